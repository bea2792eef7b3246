//! When a session is.

use core::fmt;

use crate::{Expected, ParseValueError, cursor::Cursor};

/// A `t=` line (RFC 8866 section 5.9): seconds since 1900, as NTP counts them; 0 is unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 8866 section 5.9 closes the line")]
pub struct Timing {
    /// When it begins; 0 if it is permanent.
    pub start: u64,
    /// When it ends; 0 if it does not.
    pub stop: u64,
}

impl Timing {
    /// Parses the value of a `t=` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it is not two numbers.
    pub fn parse(text: &str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseValueError> {
        let start = cursor.number(Expected::Number)?;
        Ok(Self { start, stop: cursor.number(Expected::Number)? })
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.start, self.stop)
    }
}
