//! What telephones and callers do.

use std::time::Duration;

use centrala_keys::Key;
use centrala_switch::{Cause, Origin};

/// Returns so many seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns so many milliseconds.
pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What a telephone does when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    /// Is answered.
    Answers {
        /// After so long.
        after: Duration,
        /// For so long at most.
        talks: Duration,
    },
    /// Rings until it is told to stop.
    Ignores,
    /// Rings, and is picked up in the moment in which it is told to stop.
    Crosses,
    /// Does not ring.
    Fails {
        /// After so long.
        after: Duration,
        /// Why.
        cause: Cause,
    },
}

impl Phone {
    /// Is used for another call.
    pub const BUSY: Self = Self::Fails { after: millis(30), cause: Cause::Busy };
    /// Is switched off.
    pub const UNREGISTERED: Self = Self::Fails { after: millis(0), cause: Cause::Unreachable };
    /// Is answered after three seconds.
    pub const ANSWERS: Self = Self::Answers { after: secs(3), talks: secs(600) };
}

/// What a caller does.
#[derive(Clone, Debug)]
pub struct Script {
    /// The number that she calls from.
    pub number: &'static str,
    /// Where the call comes from.
    pub from: Origin,
    /// The number that she calls.
    pub called: String,
    /// Keys, and when after the answer they are pressed.
    pub keys: Vec<(Duration, Key)>,
    /// How long she speaks after a beep, and what she does then.
    pub speaks: Duration,
    /// What she does when she has spoken.
    pub then: AfterMessage,
    /// How long she talks with people.
    pub talks: Duration,
    /// How long after her call began she gives up, whatever happens.
    pub patience: Option<Duration>,
}

/// What a caller does when she has left a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterMessage {
    /// That.
    HangsUp,
    /// That.
    Presses(Key),
    /// That.
    Waits,
}

impl Script {
    /// Returns a caller from outside who presses nothing and speaks for five seconds.
    pub fn outside(called: &str) -> Self {
        Self {
            number: "+4822555010",
            from: Origin::Trunk("telco".to_owned()),
            called: called.to_owned(),
            keys: Vec::new(),
            speaks: secs(5),
            then: AfterMessage::HangsUp,
            talks: secs(30),
            patience: None,
        }
    }

    /// Returns a colleague.
    pub fn inside(user: &str, called: &str) -> Self {
        Self { from: Origin::Phone(user.to_owned()), ..Self::outside(called) }
    }

    /// Presses these keys, half a second apart, beginning so long after the answer.
    #[must_use]
    pub fn presses(mut self, after: Duration, keys: &str) -> Self {
        for (at, key) in keys.chars().enumerate() {
            let at = after + millis(500) * u32::try_from(at).unwrap();
            self.keys.push((at, Key::from_char(key).unwrap()));
        }
        self
    }
}
