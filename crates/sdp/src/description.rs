//! Session descriptions.

use std::{fmt, str::FromStr};

use crate::{Connection, Direction, Line, Media, Origin, media::MediaLine};

/// A session description (RFC 8866). All lines are kept in their place, the unknown ones too.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDescription {
    lines: Vec<Line>,
    origin: Origin,
    media: Vec<Media>,
}

/// Why a text is not a session description.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDescriptionError {
    /// Longer than [`SessionDescription::MAX_LEN`].
    #[error("description too long")]
    TooLong,
    /// More than [`SessionDescription::MAX_LINES`].
    #[error("more than {} lines", SessionDescription::MAX_LINES)]
    TooManyLines,
    /// The first line is not `v=0`.
    #[error("line 1 is not v=0")]
    Version,
    /// A line is not a letter, `=` and a value.
    #[error("line {0} is no letter with a value")]
    Line(usize),
    /// The `o=` line is malformed.
    #[error("line {0} is no origin")]
    Origin(usize),
    /// There is no `o=` line before the media.
    #[error("no origin")]
    NoOrigin,
    /// An `m=` line is malformed.
    #[error("line {0} describes no media")]
    Media(usize),
}

impl SessionDescription {
    /// Longest description that is accepted, in octets.
    pub const MAX_LEN: usize = 65_535;
    /// Most lines that are accepted.
    pub const MAX_LINES: usize = 1_024;

    /// Makes a description without media. Its name is `-` and it is unbounded in time, as RFC 3264 section 5
    /// recommends.
    #[must_use]
    pub fn new(origin: Origin, connection: &Connection) -> Self {
        let lines = vec![
            Line::own(b'v', "0"),
            Line::own(b'o', &origin.to_string()),
            Line::own(b's', "-"),
            Line::own(b'c', &connection.to_string()),
            Line::own(b't', "0 0"),
        ];
        Self { lines, origin, media: Vec::new() }
    }

    /// Parses a description. Lines may end with a bare LF, and empty lines at the end are left aside.
    ///
    /// # Errors
    ///
    /// [`ParseDescriptionError`] if a line cannot be told from another; values are parsed on access.
    pub fn parse(text: &[u8]) -> Result<Self, ParseDescriptionError> {
        if text.len() > Self::MAX_LEN {
            return Err(ParseDescriptionError::TooLong);
        }
        let mut session = Vec::new();
        let mut origin = None;
        let mut media: Vec<Media> = Vec::new();
        let text = text.trim_ascii_end();
        for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let number = index + 1;
            if number > Self::MAX_LINES {
                return Err(ParseDescriptionError::TooManyLines);
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let malformed = ParseDescriptionError::Line(number);
            // A CR or NUL within a line would come out as another line somewhere else.
            if line.iter().any(|byte| matches!(byte, b'\r' | b'\0')) {
                return Err(malformed);
            }
            let line = Line::read(line).ok_or(malformed)?;
            if index == 0 && !(line.is(b'v') && line.raw_value().trim_ascii() == b"0") {
                return Err(ParseDescriptionError::Version);
            }
            if line.is(b'm') {
                let read = line.text().and_then(MediaLine::read);
                media.push(Media::of(read.ok_or(ParseDescriptionError::Media(number))?));
                continue;
            }
            if let Some(section) = media.last_mut() {
                section.push(line);
                continue;
            }
            if line.is(b'o') {
                let read = line.text().and_then(|text| text.parse().ok());
                origin = Some(read.ok_or(ParseDescriptionError::Origin(number))?);
            }
            session.push(line);
        }
        let origin = origin.ok_or(ParseDescriptionError::NoOrigin)?;
        Ok(Self { lines: session, origin, media })
    }

    /// Adds a media section at the end.
    pub fn push_media(&mut self, media: Media) {
        self.media.push(media);
    }

    /// Adds a line to the session section.
    pub fn push_line(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Replaces the origin.
    pub fn set_origin(&mut self, origin: Origin) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.is(b'o')) {
            *line = Line::own(b'o', &origin.to_string());
        }
        self.origin = origin;
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
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Returns the value of a session attribute; of a flag it is empty.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        attribute(&self.lines, name)
    }

    /// Returns the connection of a media section: its own, else that of the session (RFC 8866 section 5.7).
    /// `None` if there is none or it is malformed.
    #[must_use]
    pub fn connection_of(&self, media: &Media) -> Option<Connection> {
        let line = connection_line(media.lines()).or_else(|| connection_line(&self.lines))?;
        line.text()?.parse().ok()
    }

    /// Returns the direction of a media section: its own, else that of the session, else both ways (RFC 8866
    /// section 6.7).
    #[must_use]
    pub fn direction_of(&self, media: &Media) -> Direction {
        Direction::in_lines(media.lines())
            .or_else(|| Direction::in_lines(&self.lines))
            .unwrap_or_default()
    }

    /// Returns the description as octets.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for line in &self.lines {
            line.print(&mut text);
        }
        for media in &self.media {
            media.print(&mut text);
        }
        text
    }
}

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

pub(crate) fn attribute<'a>(lines: &'a [Line], name: &str) -> Option<&'a str> {
    lines
        .iter()
        .filter_map(Line::attribute)
        .find(|(other, _)| *other == name)
        .map(|(_, value)| value)
}

fn connection_line(lines: &[Line]) -> Option<&Line> {
    lines.iter().find(|line| line.is(b'c'))
}
