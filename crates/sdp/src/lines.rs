//! The lines of one section: found, added, replaced and removed.

mod edit;
mod typed;

use alloc::vec::Vec;
use core::{ops::Deref, str};

use crate::{EditLineError, Expected, Line, LineName, ParseValueError, ValueError, cursor::Cursor};

pub use edit::LinesMut;

/// The lines of the session section or of a media section, in their order.
///
/// Typed values are parsed when asked for, and *absent*, *malformed* and *repeated* are told apart
/// ([`ValueError`]). They are changed through [`LinesMut`].
///
/// ```
/// use centrala_sdp::{Bandwidth, LineName, SessionDescription, ValueError};
/// let mut description: SessionDescription = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n\
///     m=audio 4000 RTP/AVP 0\r\nb=TIAS:64000\r\na=ptime:20\r\na=ptime:30\r\n".parse()?;
/// let mut lines = description.media_mut(0).expect("a section").lines_mut();
///
/// assert_eq!(lines.bandwidth(Bandwidth::TIAS), Ok(64_000));
/// assert_eq!(lines.mid(), Err(ValueError::Absent(LineName::Attribute("mid"))));
/// assert!(matches!(lines.ptime(), Err(ValueError::Repeated { line: 8, .. })));
///
/// lines.set_attribute("ptime", "20")?;
/// assert_eq!(lines.ptime(), Ok(20));
/// assert!(lines.set_attribute("tool", "x\r\nm=audio 1 RTP/AVP 0").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    lines: Vec<Line>,
}

impl Lines {
    pub(crate) const fn of(lines: Vec<Line>) -> Self {
        Self { lines }
    }

    /// Adds a line where it belongs.
    pub(crate) fn push(&mut self, line: Line) -> Result<(), EditLineError> {
        if line.is_structural() {
            return Err(EditLineError::Kind);
        }
        self.insert(line.moved());
        Ok(())
    }

    /// Returns the value of the first attribute of a name; of a flag it is empty. `None` if there is none, or it
    /// is not UTF-8.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut named = self.lines.iter().filter(|line| line.is_attribute(name));
        named.find_map(|line| line.attribute().map(|(_, value)| value))
    }

    /// Iterates over the values of all attributes of a name.
    pub fn attributes<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.lines.iter().filter(move |line| line.is_attribute(name)).filter_map(|line| {
            let (_, value) = line.attribute()?;
            Some(value)
        })
    }

    /// Tells whether there is an attribute of this name.
    #[must_use]
    pub fn has_attribute(&self, name: &str) -> bool {
        self.lines.iter().any(|line| line.is_attribute(name))
    }

    /// Returns the text of the only line of a letter, as `i=`, `u=`, `s=` and `k=` are.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if there is none or more than one, or it is not UTF-8.
    pub fn text(&self, kind: char) -> Result<&str, ValueError> {
        let name = LineName::Kind(kind);
        utf8(self.single(name)?, name)
    }

    /// Iterates over the lines of a letter, as `e=`, `p=`, `r=` and `z=` are.
    pub fn of_kind(&self, kind: char) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.kind() == kind)
    }

    /// Puts a line in the place of the first that is such, or where it belongs.
    pub(crate) fn put(&mut self, line: Line, is_such: impl Fn(&Line) -> bool) {
        let Some(first) = self.lines.iter().position(&is_such) else {
            self.insert(line);
            return;
        };
        if let (Some(old), Ok(value)) = (self.lines.get_mut(first), line.text()) {
            old.replace(value);
        }
        let mut position = 0;
        self.lines.retain(|line| {
            position += 1;
            position <= first + 1 || !is_such(line)
        });
    }

    pub(crate) fn push_received(&mut self, line: Line) {
        self.lines.push(line);
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Line> {
        self.lines.iter_mut()
    }

    pub(crate) fn retain(&mut self, keeps: impl FnMut(&Line) -> bool) {
        self.lines.retain(keeps);
    }

    /// Returns the only line that this is.
    fn single(&self, name: LineName) -> Result<&Line, ValueError> {
        let mut lines = self.lines.iter().filter(|line| is_named(line, name));
        let first = lines.next().ok_or(ValueError::Absent(name))?;
        match lines.next() {
            Some(second) => {
                Err(ValueError::Repeated { name, line: second.number().unwrap_or_default() })
            }
            None => Ok(first),
        }
    }

    /// Parses the only line that this is.
    fn value<'a, T>(
        &'a self,
        name: LineName,
        read: impl FnOnce(&mut Cursor<'a>) -> Result<T, ParseValueError>,
    ) -> Result<T, ValueError> {
        parse_line(self.single(name)?, name, read)
    }

    /// Parses each line that this is.
    fn values<'a, T>(
        &'a self,
        name: LineName,
        read: impl Fn(&mut Cursor<'a>) -> Result<T, ParseValueError> + 'a,
    ) -> impl Iterator<Item = Result<T, ValueError>> + 'a {
        let lines = self.lines.iter().filter(move |line| is_named(line, name));
        lines.map(move |line| parse_line(line, name, &read))
    }

    fn insert(&mut self, line: Line) {
        let rank = rank(line.kind());
        let last = self.lines.iter().rposition(|other| self::rank(other.kind()) <= rank);
        self.lines.insert(last.map_or(0, |last| last + 1), line);
    }
}

impl Deref for Lines {
    type Target = [Line];

    fn deref(&self) -> &[Line] {
        &self.lines
    }
}

impl<'a> IntoIterator for &'a Lines {
    type Item = &'a Line;
    type IntoIter = core::slice::Iter<'a, Line>;

    fn into_iter(self) -> Self::IntoIter {
        self.lines.iter()
    }
}

/// Parses the value of a line; for an attribute, what follows its name.
pub(crate) fn parse_line<'a, T>(
    line: &'a Line,
    name: LineName,
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T, ParseValueError>,
) -> Result<T, ValueError> {
    let text = utf8(line, name)?;
    let base = match name {
        LineName::Kind(_) => 0,
        LineName::Attribute(_) => line.raw_value().len() - text.len(),
    };
    Cursor::whole(text, read)
        .map_err(|fault| malformed(line, name, base + fault.at, fault.expected))
}

fn utf8(line: &Line, name: LineName) -> Result<&str, ValueError> {
    let value = match name {
        LineName::Kind(_) => line.raw_value(),
        LineName::Attribute(_) => line.raw_attribute().map(|(_, value)| value).unwrap_or_default(),
    };
    let base = line.raw_value().len() - value.len();
    str::from_utf8(value)
        .map_err(|error| malformed(line, name, base + error.valid_up_to(), Expected::Utf8))
}

fn malformed(line: &Line, name: LineName, at: usize, expected: Expected) -> ValueError {
    let number = line.number().unwrap_or_default();
    ValueError::Malformed { name, line: number, offset: line.offset_of(at), expected }
}

fn is_named(line: &Line, name: LineName) -> bool {
    match name {
        LineName::Kind(kind) => line.kind() == kind,
        LineName::Attribute(name) => line.is_attribute(name),
    }
}

/// The order of lines (RFC 8866 section 5). What is unknown goes to the attributes, which are the last.
fn rank(kind: char) -> usize {
    const ORDER: &str = "vosiuepcbtrzka";
    ORDER.find(kind).unwrap_or(ORDER.len() - 1)
}
