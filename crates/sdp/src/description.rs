//! Session descriptions.

mod anchor;
mod parse;

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, str::FromStr};

use crate::{
    Connection, Direction, EditLineError, Line, LineName, Lines, LinesMut, Media, Origin,
    ValueError, line::Printer,
};

pub use anchor::Anchor;
pub use parse::ParseDescriptionError;

/// A session description (RFC 8866). All lines are kept in their place, the unknown ones too.
///
/// What was received and not changed is printed octet by octet as it was, with its line ends (CRLF or LF alone),
/// its trailing spaces, its empty lines at the end, and what is not UTF-8.
///
/// ```
/// use centrala_sdp::SessionDescription;
/// let text = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
///             m=audio 4000 RTP/AVP 0\r\nb=TIAS:64000\r\na=sendrecv\r\n";
/// let description: SessionDescription = text.parse()?;
/// assert_eq!(description.media()[0].port(), 4000);
/// assert_eq!(description.to_string(), text);
/// # Ok::<(), centrala_sdp::ParseDescriptionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SessionDescription {
    lines: Lines,
    origin: Origin,
    media: Vec<Media>,
    /// Empty lines at the end.
    tail: Vec<u8>,
}

impl SessionDescription {
    /// Longest description that is accepted, in octets.
    pub const MAX_LEN: usize = 65_535;
    /// Most lines that are accepted.
    pub const MAX_LINES: usize = 1_024;
    /// Most media sections that are accepted: an answer has as many, and must be readable, too.
    pub const MAX_MEDIA: usize = 256;

    /// Makes a description without media. Its name is `-` and it is unbounded in time, as RFC 3264 section 5
    /// recommends.
    #[must_use]
    pub fn new(origin: Origin, connection: &Connection) -> Self {
        let lines = Lines::of(alloc::vec![
            Line::own(b'v', "0"),
            Line::own(b'o', &origin.to_string()),
            Line::own(b's', "-"),
            Line::own(b'c', &connection.to_string()),
            Line::own(b't', "0 0"),
        ]);
        Self { lines, origin, media: Vec::new(), tail: Vec::new() }
    }

    /// Adds a media section at the end.
    pub fn push_media(&mut self, media: Media) {
        self.media.push(media);
    }

    /// Adds a media section before the one that has this position; at the end if there is none.
    ///
    /// Within a session the sections of offers and answers keep their places (RFC 3264 section 8): this is for
    /// who stands between two sessions and maps one to the other.
    pub fn insert_media(&mut self, position: usize, media: Media) {
        self.media.insert(position.min(self.media.len()), media);
    }

    /// Removes a media section, and its name from the groups. See [`SessionDescription::insert_media`] for who may.
    pub fn remove_media(&mut self, position: usize) -> Option<Media> {
        if position >= self.media.len() {
            return None;
        }
        let media = self.media.remove(position);
        self.leave_groups(&media);
        Some(media)
    }

    /// Refuses a media section in its place, as [`Media::refused`] does (RFC 3264 section 6), and its name leaves the
    /// groups (RFC 9143 section 7.3.3).
    ///
    /// # Errors
    ///
    /// [`EditLineError::NoSection`] if there is none at this position.
    pub fn refuse_media(&mut self, position: usize) -> Result<(), EditLineError> {
        let media = self.media.get_mut(position).ok_or(EditLineError::NoSection)?;
        let refused = media.refused();
        let media = core::mem::replace(media, refused);
        self.leave_groups(&media);
        Ok(())
    }

    /// Returns a media section, to be changed.
    pub fn media_mut(&mut self, position: usize) -> Option<&mut Media> {
        self.media.get_mut(position)
    }

    /// Adds a line to the session section, where it belongs.
    ///
    /// # Errors
    ///
    /// [`EditLineError::Kind`] for a line which says where sections begin.
    pub fn push_line(&mut self, line: Line) -> Result<(), EditLineError> {
        self.lines.push(line)
    }

    /// Returns the lines before the first media section, to be changed. `v=` and `o=` stay as they are.
    pub const fn lines_mut(&mut self) -> LinesMut<'_> {
        LinesMut::of_session(&mut self.lines)
    }

    /// Replaces the origin. Should there be many, none of the others stays.
    pub fn set_origin(&mut self, origin: Origin) {
        // The one that counts is the last, should there be many; the others would tell who was here before.
        let origins = self.lines.iter().filter(|line| line.is(b'o')).count();
        let mut number = 0;
        self.lines.retain(|line| {
            number += usize::from(line.is(b'o'));
            !line.is(b'o') || number == origins
        });
        if self.origin == origin {
            return;
        }
        if let Some(line) = self.lines.iter_mut().find(|line| line.is(b'o')) {
            line.replace(&origin.to_string());
        }
        self.origin = origin;
    }

    /// Replaces the connection of the session.
    pub fn set_connection(&mut self, connection: &Connection) {
        self.lines.put(Line::own(b'c', &connection.to_string()), |line| line.is(b'c'));
    }

    /// Returns the origin.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the media sections in their order.
    #[must_use]
    pub fn media(&self) -> &[Media] {
        &self.media
    }

    /// Returns the lines before the first media section.
    #[must_use]
    pub const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Returns the value of a session attribute; of a flag it is empty.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.lines.attribute(name)
    }

    /// Returns the connection of a media section: its own, else that of the session (RFC 8866 section 5.7). Of
    /// many the first counts.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if there is none, or it cannot be read.
    pub fn connection_of(&self, media: &Media) -> Result<Connection, ValueError> {
        let mut connections = media.lines().connections().chain(self.lines.connections());
        connections.next().unwrap_or(Err(ValueError::Absent(LineName::Kind('c'))))
    }

    /// Returns the direction of a media section: its own, else that of the session, else both ways (RFC 8866
    /// section 6.7). Of many the first counts.
    #[must_use]
    pub fn direction_of(&self, media: &Media) -> Direction {
        Direction::in_lines(media.lines())
            .or_else(|| Direction::in_lines(&self.lines))
            .unwrap_or_default()
    }

    /// Returns the description as octets.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut printer = Printer::new();
        for line in &self.lines {
            printer.line(line);
        }
        for media in &self.media {
            media.print(&mut printer);
        }
        printer.finish(&self.tail)
    }

    /// Removes the name of a section from the groups; a group of nobody is removed.
    fn leave_groups(&mut self, media: &Media) {
        let Ok(mid) = media.lines().mid() else { return };
        self.lines.retain(|line| {
            let Some(("group", value)) = line.attribute() else { return true };
            let mut words = value.split_ascii_whitespace().skip(1);
            !words.clone().any(|other| other == mid) || words.any(|other| other != mid)
        });
        for line in self.lines.iter_mut() {
            let Some(("group", value)) = line.attribute() else { continue };
            let mut words = value.split_ascii_whitespace();
            let Some(semantics) = words.next() else { continue };
            if words.clone().any(|other| other == mid) {
                let mut text = String::from("group:");
                text.push_str(semantics);
                for other in words.filter(|other| *other != mid) {
                    text.push(' ');
                    text.push_str(other);
                }
                line.replace(&text);
            }
        }
    }
}

/// Two are equal when all their lines are. How lines end and empty lines at the end are no part of it:
/// [`SessionDescription::to_bytes`] tells.
impl PartialEq for SessionDescription {
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines && self.media == other.media
    }
}

impl Eq for SessionDescription {}

impl FromStr for SessionDescription {
    type Err = ParseDescriptionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for SessionDescription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}
