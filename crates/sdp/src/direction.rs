//! Which way media flows.

use core::fmt;

use crate::Line;

/// The direction of a stream, seen from the side that wrote it (RFC 8866 section 6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8866 section 6.7 closes the set")]
pub enum Direction {
    /// Media is sent and received.
    #[default]
    SendRecv,
    /// Media is sent only: the other side is on hold.
    SendOnly,
    /// Media is received only.
    RecvOnly,
    /// No media flows.
    Inactive,
}

impl Direction {
    /// Returns the direction with these two halves.
    #[must_use]
    pub const fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Tells whether media is sent.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Tells whether media is received.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// Returns the same flow, seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self::of(self.receives(), self.sends())
    }

    /// Returns what both allow.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// Returns the attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Returns the direction that a line says, if it does.
    pub(crate) fn of_line(line: &Line) -> Option<Self> {
        let (name, _) = line.raw_attribute()?;
        [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive]
            .into_iter()
            .find(|direction| direction.as_str().as_bytes() == name.trim_ascii_end())
    }

    /// Returns the first direction that is said.
    pub(crate) fn in_lines(lines: &[Line]) -> Option<Self> {
        lines.iter().find_map(Self::of_line)
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
