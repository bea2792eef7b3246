//! What telephones and callers do.

use std::time::Duration;

use centrala_keys::Key;
use centrala_switch::{Cause, Origin};

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What a telephone does when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phone {
    Answers {
        after: Duration,
        talks: Duration,
    },
    /// Rings until it is told to stop.
    Ignores,
    /// Rings, and is picked up in the moment in which it is told to stop.
    Crosses,
    Fails {
        after: Duration,
        cause: Cause,
    },
}

impl Phone {
    pub(crate) const BUSY: Self = Self::Fails { after: millis(30), cause: Cause::Busy };
    pub(crate) const UNREGISTERED: Self =
        Self::Fails { after: millis(0), cause: Cause::Unreachable };
    pub(crate) const ANSWERS: Self = Self::Answers { after: secs(3), talks: secs(600) };
}

/// What a caller does.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) number: &'static str,
    pub(crate) from: Origin,
    pub(crate) called: String,
    /// Keys, and when after the answer they are pressed.
    pub(crate) keys: Vec<(Duration, Key)>,
    /// How long she speaks after a beep, and what she does then.
    pub(crate) speaks: Duration,
    pub(crate) then: AfterMessage,
    /// How long she talks with people.
    pub(crate) talks: Duration,
    /// How long after her call began she gives up, whatever happens.
    pub(crate) patience: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterMessage {
    HangsUp,
    Presses(Key),
    Waits,
}

impl Script {
    pub(crate) fn outside(called: &str) -> Self {
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

    pub(crate) fn inside(user: &str, called: &str) -> Self {
        Self { from: Origin::Phone(user.to_owned()), ..Self::outside(called) }
    }

    /// Presses these keys, half a second apart, beginning so long after the answer.
    pub(crate) fn presses(mut self, after: Duration, keys: &str) -> Self {
        for (at, key) in keys.chars().enumerate() {
            let at = after + millis(500) * u32::try_from(at).unwrap();
            self.keys.push((at, Key::from_char(key).unwrap()));
        }
        self
    }
}
