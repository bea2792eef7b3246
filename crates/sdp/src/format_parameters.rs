//! Parameters of formats.

use core::fmt;

use crate::{Expected, ParseValueError, PayloadType, cursor::Cursor, cursor::number};

/// An `a=fmtp` line (RFC 8866 section 6.15).
///
/// ```
/// use centrala_sdp::FormatParameters;
/// let fmtp = FormatParameters::parse("97 mode-set=0,2,7; octet-align=1;robust-sorting")?;
/// assert_eq!(fmtp.format(), "97");
/// assert_eq!(fmtp.get("Octet-Align"), Some("1"));
/// assert_eq!(fmtp.iter().last(), Some(("robust-sorting", None)));
/// # Ok::<(), centrala_sdp::ParseValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatParameters<'a> {
    format: &'a str,
    parameters: &'a str,
}

impl<'a> FormatParameters<'a> {
    /// Parses the value of an `a=fmtp` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it does not begin with a format.
    pub fn parse(text: &'a str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, ParseValueError> {
        let format = cursor.word(Expected::Format)?;
        Ok(Self { format, parameters: cursor.rest() })
    }

    /// Returns the format as it was written.
    #[must_use]
    pub const fn format(&self) -> &'a str {
        self.format
    }

    /// Returns the format if it is a payload type.
    #[must_use]
    pub fn payload_type(&self) -> Option<PayloadType> {
        number(self.format).and_then(PayloadType::new)
    }

    /// Returns the parameters as they were written: what they mean is up to the format.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.parameters
    }

    /// Iterates over the parameters, which semicolons divide: names with or without values.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        parameters(self.parameters)
    }

    /// Returns the value of a parameter; its name is compared in any case (RFC 4855 section 3).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        parameter(self.parameters, name)
    }
}

impl fmt::Display for FormatParameters<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.format, self.parameters)
    }
}

pub(crate) fn parameters(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| match part.split_once('=') {
        Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
        None => (part, None),
    })
}

pub(crate) fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    parameters(text)
        .find(|(other, _)| other.eq_ignore_ascii_case(name))
        .and_then(|(_, value)| value)
}
