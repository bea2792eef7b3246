//! Bandwidths of any type.

use core::fmt;

use crate::{Expected, ParseValueError, cursor::Cursor};

/// A `b=` line (RFC 8866 section 5.8). Its types are an open registry; those which begin with `X-` are anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bandwidth<'a> {
    kind: &'a str,
    value: u64,
}

impl<'a> Bandwidth<'a> {
    /// Of one application, in kilobits per second (RFC 8866 section 5.8).
    pub const AS: &'static str = "AS";
    /// Of all of a conference, in kilobits per second (RFC 8866 section 5.8).
    pub const CT: &'static str = "CT";
    /// Without the transport's share, in bits per second (RFC 3890).
    pub const TIAS: &'static str = "TIAS";
    /// RTCP of active senders, in bits per second (RFC 3556).
    pub const RS: &'static str = "RS";
    /// RTCP of the others, in bits per second (RFC 3556).
    pub const RR: &'static str = "RR";

    /// Parses the value of a `b=` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it is not a type, a colon and a number.
    pub fn parse(text: &'a str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, ParseValueError> {
        let kind = cursor.token(Expected::BandwidthType)?;
        cursor.octet(b':', Expected::Colon)?;
        Ok(Self { kind, value: cursor.number(Expected::Number)? })
    }

    /// Returns the type as it was written.
    #[must_use]
    pub const fn kind(&self) -> &'a str {
        self.kind
    }

    /// Returns the number; its unit is that of its type.
    #[must_use]
    pub const fn value(&self) -> u64 {
        self.value
    }
}

impl fmt::Display for Bandwidth<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.kind, self.value)
    }
}
