//! The lines of a description, kept as they were written.

use std::{borrow::Cow, fmt};

/// One line: a letter, `=` and a value (RFC 8866 section 5).
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    kind: u8,
    value: Vec<u8>,
}

/// Why a text cannot be the value of a line.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value must not have CR, LF or NUL")]
pub struct UnsafeValueError;

impl Line {
    /// Makes a line.
    ///
    /// # Errors
    ///
    /// [`UnsafeValueError`] if the letter or the value would break out of the line.
    pub fn new(kind: char, value: &str) -> Result<Self, UnsafeValueError> {
        let is_unsafe = value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | b'\0'));
        let letter = u8::try_from(kind).ok().filter(u8::is_ascii_lowercase);
        letter.filter(|_| !is_unsafe).map(|kind| Self::own(kind, value)).ok_or(UnsafeValueError)
    }

    /// A line whose value is made of numbers and words of this crate.
    pub(crate) fn own(kind: u8, value: &str) -> Self {
        Self { kind, value: value.as_bytes().to_vec() }
    }

    /// Reads `<letter>=<value>`.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let (&kind, rest) = text.split_first()?;
        let value = rest.strip_prefix(b"=")?;
        kind.is_ascii_alphabetic().then(|| Self { kind, value: value.to_vec() })
    }

    /// Returns the letter.
    #[must_use]
    pub fn kind(&self) -> char {
        char::from(self.kind)
    }

    /// Returns the octets of the value.
    #[must_use]
    pub fn raw_value(&self) -> &[u8] {
        &self.value
    }

    /// Returns the value; octets which are not UTF-8 are replaced.
    #[must_use]
    pub fn value(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }

    /// Returns the value if it is UTF-8: all that has a grammar is ASCII.
    pub(crate) fn text(&self) -> Option<&str> {
        str::from_utf8(&self.value).ok()
    }

    /// Returns name and value if this is an attribute; a flag has an empty value.
    #[must_use]
    pub fn attribute(&self) -> Option<(&str, &str)> {
        if self.kind != b'a' {
            return None;
        }
        let text = self.text()?;
        Some(text.split_once(':').unwrap_or((text, "")))
    }

    pub(crate) fn is(&self, kind: u8) -> bool {
        self.kind == kind
    }

    pub(crate) fn print(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(&[self.kind, b'=']);
        text.extend_from_slice(&self.value);
        text.extend_from_slice(b"\r\n");
    }
}

/// Hides the values of attributes which hold keys (RFC 4568).
impl fmt::Debug for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attribute() {
            Some((name @ ("crypto" | "key-mgmt" | "ice-pwd"), _)) => {
                write!(formatter, "a={name}:***")
            }
            Some(_) | None if self.is(b'k') => formatter.write_str("k=***"),
            Some(_) | None => write!(formatter, "{}={}", self.kind(), self.value()),
        }
    }
}
