//! The lines of a description, kept as they were written.

use alloc::{borrow::Cow, string::String, sync::Arc, vec::Vec};
use core::{fmt, ops::Range};

use crate::{
    Expected, ParseValueError,
    cursor::{is_token, is_token_text},
};

/// One line: a letter, `=` and a value (RFC 8866 section 5).
///
/// A line that was received shares the octets of its description: a clone copies nothing. Two lines are equal when
/// their letters and values are; how they end (CRLF, or LF alone) is kept for printing, but is no part of them.
#[derive(Clone)]
pub struct Line {
    kind: u8,
    end: LineEnd,
    /// From 1; 0 for a line made or edited here.
    number: u16,
    octets: Arc<[u8]>,
    value: Range<usize>,
}

/// Why a line cannot be made or changed.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditLineError {
    /// No letter `a` to `z`, or `v`, `o` or `m`, or `a` for all attributes at once: those have setters of their own.
    #[error("no line may be made with this letter")]
    Kind,
    /// A name, a kind or a format that is no token (RFC 8866 section 9).
    #[error("a name must be a token")]
    Name,
    /// CR, LF or NUL in a value: they would end the line.
    #[error("a value must not have CR, LF or NUL")]
    Value,
    /// No format would be left, and an `m=` line has one at least (RFC 8866 section 5.14).
    #[error("no format is left")]
    NoFormat,
    /// There is no such media section.
    #[error("no such media section")]
    NoSection,
}

/// How a line ends on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineEnd {
    CrLf,
    Lf,
    /// Not at all, as the last of a description; CRLF once another follows.
    Missing,
    /// As the line before: of a line that was added.
    Same,
}

/// Writes lines one after the other.
#[derive(Debug)]
pub(crate) struct Printer {
    text: Vec<u8>,
    end: &'static [u8],
    is_open: bool,
}

impl Line {
    /// Makes a line.
    ///
    /// # Errors
    ///
    /// [`EditLineError`] if the value would break out of the line, or the letter is not one of an ordinary line.
    pub fn new(kind: char, value: &str) -> Result<Self, EditLineError> {
        let letter = u8::try_from(kind).ok().filter(u8::is_ascii_lowercase);
        let kind = letter.filter(|kind| !is_structural(*kind)).ok_or(EditLineError::Kind)?;
        if breaks_out(value.as_bytes()) {
            return Err(EditLineError::Value);
        }
        Ok(Self::own(kind, value))
    }

    /// Makes an attribute with a value, `a=name:value`; without one if `value` is empty.
    ///
    /// # Errors
    ///
    /// [`EditLineError`] if the name is no token or the value would break out of the line.
    pub fn attribute_of(name: &str, value: &str) -> Result<Self, EditLineError> {
        if !is_token_text(name) {
            return Err(EditLineError::Name);
        }
        let mut text = String::from(name);
        if !value.is_empty() {
            text.push(':');
            text.push_str(value);
        }
        Self::new('a', &text)
    }

    /// A line whose value is made of numbers and checked words.
    pub(crate) fn own(kind: u8, value: &str) -> Self {
        let octets: Arc<[u8]> = Arc::from(value.as_bytes());
        Self { kind, end: LineEnd::Same, number: 0, value: 0..octets.len(), octets }
    }

    /// A line of a received description: its value is there.
    pub(crate) const fn received(
        kind: u8,
        octets: Arc<[u8]>,
        value: Range<usize>,
        end: LineEnd,
        number: u16,
    ) -> Self {
        Self { kind, end, number, octets, value }
    }

    /// Gives the line another value; it keeps its end.
    pub(crate) fn replace(&mut self, value: &str) {
        if self.raw_value() != value.as_bytes() {
            *self = Self { end: self.end, ..Self::own(self.kind, value) };
        }
    }

    /// Returns the letter.
    #[must_use]
    pub const fn kind(&self) -> char {
        self.kind as char
    }

    /// Returns the octets of the value.
    #[must_use]
    pub fn raw_value(&self) -> &[u8] {
        self.octets.get(self.value.clone()).unwrap_or_default()
    }

    /// Returns the value; octets which are not UTF-8 are replaced.
    #[must_use]
    pub fn value(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.raw_value())
    }

    /// Returns the number of the line in the description that was received, from 1; `None` if it was made or
    /// edited here.
    #[must_use]
    pub fn number(&self) -> Option<usize> {
        Some(usize::from(self.number)).filter(|number| *number > 0)
    }

    /// Returns name and value if this is an attribute of UTF-8; a flag has an empty value.
    #[must_use]
    pub fn attribute(&self) -> Option<(&str, &str)> {
        let (name, value) = self.raw_attribute()?;
        Some((str::from_utf8(name).ok()?, str::from_utf8(value).ok()?))
    }

    /// Returns name and value if this is an attribute.
    pub(crate) fn raw_attribute(&self) -> Option<(&[u8], &[u8])> {
        if self.kind != b'a' {
            return None;
        }
        let text = self.raw_value();
        let colon = text.iter().position(|&byte| byte == b':');
        match colon.and_then(|colon| text.split_at_checked(colon)) {
            Some((name, value)) => Some((name, value.get(1..).unwrap_or_default())),
            None => Some((text, &[])),
        }
    }

    /// Returns where this part of the value begins, in the received description or in the value.
    pub(crate) fn offset_of(&self, in_value: usize) -> usize {
        let start = if self.number > 0 { self.value.start } else { 0 };
        start + in_value
    }

    /// The same line in another place: it was not received there, and ends as the lines there do.
    pub(crate) fn moved(self) -> Self {
        Self { end: LineEnd::Same, number: 0, ..self }
    }

    /// Returns the value if it is UTF-8: all that has a grammar is ASCII.
    pub(crate) fn text(&self) -> Result<&str, ParseValueError> {
        str::from_utf8(self.raw_value())
            .map_err(|error| ParseValueError { at: error.valid_up_to(), expected: Expected::Utf8 })
    }

    pub(crate) const fn is(&self, kind: u8) -> bool {
        self.kind == kind
    }

    pub(crate) fn is_attribute(&self, name: &str) -> bool {
        let is_name = |other: &[u8]| other.trim_ascii_end() == name.as_bytes();
        self.raw_attribute().is_some_and(|(other, _)| is_name(other))
    }

    /// Tells whether only its description may put it somewhere.
    pub(crate) const fn is_structural(&self) -> bool {
        is_structural(self.kind)
    }
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.raw_value() == other.raw_value()
    }
}

impl Eq for Line {}

/// Hides the values of attributes which hold keys (RFC 4567, RFC 4568, RFC 5939, RFC 8839), also of malformed ones.
impl fmt::Debug for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind.eq_ignore_ascii_case(&b'k') {
            return formatter.write_str("k=***");
        }
        let name = self.raw_value().trim_ascii_start();
        let name = name.split(|byte| !is_token(*byte)).next().unwrap_or_default();
        let secret = SECRETS.iter().find(|secret| secret.as_bytes().eq_ignore_ascii_case(name));
        match secret {
            Some(name) if self.kind.eq_ignore_ascii_case(&b'a') => {
                write!(formatter, "a={name}:***")
            }
            Some(_) | None => write!(formatter, "{}={}", self.kind(), self.value()),
        }
    }
}

impl Printer {
    pub(crate) const fn new() -> Self {
        Self { text: Vec::new(), end: CRLF, is_open: false }
    }

    pub(crate) fn line(&mut self, line: &Line) {
        if self.is_open {
            self.text.extend_from_slice(self.end);
        }
        self.text.extend_from_slice(&[line.kind, b'=']);
        self.text.extend_from_slice(line.raw_value());
        self.is_open = line.end == LineEnd::Missing;
        match line.end {
            LineEnd::CrLf => self.end = CRLF,
            LineEnd::Lf => self.end = b"\n",
            LineEnd::Missing => return,
            LineEnd::Same => {}
        }
        self.text.extend_from_slice(self.end);
    }

    pub(crate) fn finish(mut self, tail: &[u8]) -> Vec<u8> {
        self.text.extend_from_slice(tail);
        self.text
    }
}

/// Tells whether a value would end its line.
pub(crate) fn breaks_out(value: &[u8]) -> bool {
    value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | b'\0'))
}

const fn is_structural(kind: u8) -> bool {
    matches!(kind, b'v' | b'o' | b'm')
}

const CRLF: &[u8] = b"\r\n";
const SECRETS: [&str; 5] = ["crypto", "key-mgmt", "ice-pwd", "acap", "cryptoscale"];
