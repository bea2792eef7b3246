//! Legs: the exchange's word for one party's connection.

use std::fmt;

/// One party's connection, whatever carries it.
///
/// The owner of the exchange numbers the legs that come in, the exchange numbers those that it
/// calls: the two can never be taken for each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId {
    side: Side,
    number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Side {
    Incoming,
    Outgoing,
}

impl LegId {
    /// Returns the id of the incoming leg that its owner gave this number. A number is used once.
    #[must_use]
    pub const fn incoming(number: u64) -> Self {
        Self { side: Side::Incoming, number }
    }

    pub(crate) const fn outgoing(number: u64) -> Self {
        Self { side: Side::Outgoing, number }
    }

    /// Returns whether the party called us.
    #[must_use]
    pub const fn is_incoming(self) -> bool {
        matches!(self.side, Side::Incoming)
    }

    /// Returns the number, unique among the legs of the same direction.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.number
    }
}

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.side {
            Side::Incoming => write!(f, "in-{}", self.number),
            Side::Outgoing => write!(f, "out-{}", self.number),
        }
    }
}

impl fmt::Debug for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Names one caller's journey through the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JourneyId(u64);

impl JourneyId {
    pub(crate) const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// Names one thing that is played to a leg: what was asked for before, and stopped, cannot be
/// taken for what plays now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayId(u64);

impl PlayId {
    pub(crate) const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// Who is calling, as it is shown and noted.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The number, if it is known.
    pub number: Option<String>,
    /// The name, if it is known.
    pub name: Option<String>,
}

impl Caller {
    /// Returns a caller who is known by a number only.
    #[must_use]
    pub fn new(number: impl Into<String>) -> Self {
        Self { number: Some(number.into()), name: None }
    }

    /// Adds a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Cuts what a peer made longer than [`MAX_IDENTITY_LEN`].
    pub(crate) fn bounded(self) -> Self {
        Self { number: self.number.map(bounded), name: self.name.map(bounded) }
    }
}

/// The most bytes of a caller's number or name that are kept and shown.
pub const MAX_IDENTITY_LEN: usize = 128;

pub(crate) fn bounded(mut text: String) -> String {
    if text.len() > MAX_IDENTITY_LEN {
        let end = (0..=MAX_IDENTITY_LEN).rev().find(|&at| text.is_char_boundary(at));
        text.truncate(end.unwrap_or(0));
    }
    text
}

/// Where a call comes from, as its carrier proved it.
#[expect(clippy::exhaustive_enums, reason = "a call comes from inside or from outside")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// From outside, over the trunk of this name.
    Trunk(String),
    /// From a telephone of the company that proved to be this user's.
    Phone(String),
}

/// Why a call to a telephone came to nothing.
#[expect(clippy::exhaustive_enums, reason = "each cause leads the caller on by its own way")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The telephone is in use (SIP 486, 600).
    Busy,
    /// It rang and nobody answered (SIP 408, 480 after ringing).
    NoAnswer,
    /// No telephone is registered, or none could be reached.
    Unreachable,
    /// Somebody refused the call (SIP 603).
    Declined,
    /// The call failed in some other way.
    Gone,
}

/// Why an incoming call is not taken.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Nobody has this number (SIP 404).
    NotFound,
    /// The caller may not call this number, or not from there (SIP 403).
    Forbidden,
    /// There are as many calls as the exchange may carry (SIP 486).
    Busy,
    /// The exchange is shutting down (SIP 503).
    ShuttingDown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incoming_leg_is_never_an_outgoing_one() {
        assert_ne!(LegId::incoming(7), LegId::outgoing(7));
        assert_eq!(format!("{} {:?}", LegId::incoming(7), LegId::outgoing(7)), "in-7 out-7");
    }

    #[test]
    fn a_name_is_cut_between_characters() {
        let name = "ł".repeat(MAX_IDENTITY_LEN);
        let caller = Caller::new("1").named(format!("a{name}")).bounded();
        assert_eq!(caller.name.map(|name| name.len()), Some(MAX_IDENTITY_LEN - 1));
    }
}
