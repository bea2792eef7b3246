//! Keys of SRTP within a description.

use core::fmt;

use crate::{Expected, ParseValueError, cursor::Cursor};

/// An `a=crypto` line (RFC 4568 section 4). Its key is opaque, and `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Crypto<'a> {
    tag: u32,
    suite: &'a str,
    key_params: &'a str,
    session_params: &'a str,
}

impl<'a> Crypto<'a> {
    /// Parses the value of an `a=crypto` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it is not a tag, a suite and a key.
    pub fn parse(text: &'a str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, ParseValueError> {
        let tag = cursor.number(Expected::Number)?;
        let suite = cursor.word(Expected::CryptoSuite)?;
        cursor.skip_spaces();
        let at = cursor.at();
        let key_params = cursor.word(Expected::KeyParameters)?;
        if !key_params.contains(':') {
            return Err(ParseValueError { at, expected: Expected::KeyParameters });
        }
        Ok(Self { tag, suite, key_params, session_params: cursor.rest() })
    }

    /// Returns the tag: an answer has that of the line it takes.
    #[must_use]
    pub const fn tag(&self) -> u32 {
        self.tag
    }

    /// Returns the suite, for instance `AES_CM_128_HMAC_SHA1_80`.
    #[must_use]
    pub const fn suite(&self) -> &'a str {
        self.suite
    }

    /// Returns the key parameters, for instance `inline:…|2^20|1:4`. They are a secret.
    #[must_use]
    pub const fn key_params(&self) -> &'a str {
        self.key_params
    }

    /// Iterates over the session parameters, for instance `UNENCRYPTED_SRTCP`.
    pub fn session_params(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.session_params.split_ascii_whitespace()
    }
}

impl fmt::Debug for Crypto<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Crypto");
        fields.field("tag", &self.tag).field("suite", &self.suite).finish_non_exhaustive()
    }
}

/// Prints the key, too.
impl fmt::Display for Crypto<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.tag, self.suite, self.key_params)?;
        self.session_params().try_for_each(|parameter| write!(formatter, " {parameter}"))
    }
}
