//! Certificates and roles of a DTLS association.

use alloc::vec::Vec;
use core::fmt;

use crate::{Expected, ParseValueError, cursor::Cursor};

/// An `a=fingerprint` line (RFC 8122 section 5). Two are equal in any case of their letters.
#[derive(Clone, Copy, Debug)]
pub struct Fingerprint<'a> {
    hash: &'a str,
    digits: &'a str,
}

/// An `a=setup` line: who opens the connection (RFC 4145 section 4, of DTLS RFC 8842 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4145 section 4 closes the set")]
pub enum Setup {
    /// This side does.
    Active,
    /// The other side does.
    Passive,
    /// Either; the answer says.
    ActPass,
    /// Nobody for now.
    HoldConn,
}

impl<'a> Fingerprint<'a> {
    /// Parses the value of an `a=fingerprint` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it is not the name of a hash function and pairs of digits.
    pub fn parse(text: &'a str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, ParseValueError> {
        let hash = cursor.token(Expected::HashFunction)?;
        cursor.skip_spaces();
        let at = cursor.at();
        let digits = cursor.word(Expected::HexDigits)?;
        let is_pair =
            |pair: &str| pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        if digits.split(':').all(is_pair) {
            Ok(Self { hash, digits })
        } else {
            Err(ParseValueError { at, expected: Expected::HexDigits })
        }
    }

    /// Returns the name of the hash function, for instance `sha-256`. It is compared in any case.
    #[must_use]
    pub const fn hash(&self) -> &'a str {
        self.hash
    }

    /// Returns the hash.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.digits.split(':').filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
    }
}

impl PartialEq for Fingerprint<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.hash.eq_ignore_ascii_case(other.hash) && self.digits.eq_ignore_ascii_case(other.digits)
    }
}

impl Eq for Fingerprint<'_> {}

impl fmt::Display for Fingerprint<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.hash, self.digits)
    }
}

impl Setup {
    /// Parses the value of an `a=setup` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it is none of the roles.
    pub fn parse(text: &str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseValueError> {
        cursor.skip_spaces();
        let at = cursor.at();
        let role = cursor.word(Expected::SetupRole)?;
        [Self::Active, Self::Passive, Self::ActPass, Self::HoldConn]
            .into_iter()
            .find(|setup| setup.as_str() == role)
            .ok_or(ParseValueError { at, expected: Expected::SetupRole })
    }

    /// Returns the word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
            Self::HoldConn => "holdconn",
        }
    }

    /// Returns what may answer this, the recommended role first (RFC 4145 section 4.1, RFC 8842 section 5.3).
    #[must_use]
    pub const fn answers(self) -> &'static [Self] {
        match self {
            Self::Active => &[Self::Passive, Self::HoldConn],
            Self::Passive => &[Self::Active, Self::HoldConn],
            Self::ActPass => &[Self::Active, Self::Passive, Self::HoldConn],
            Self::HoldConn => &[Self::HoldConn],
        }
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
