//! What callers met: for records, and for people who watch.

use std::{fmt, sync::Arc};

use centrala_office::{
    Office,
    routing::{Outcome, Place},
};

use crate::{Caller, JourneyId, LegId};

/// Something that a caller met.
///
/// `Display` tells it in a line, without keyed digits: `journey 3: no answer → mailbox 101`.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq)]
pub struct JourneyEvent {
    /// On which journey.
    pub journey: JourneyId,
    /// By whose plan: a journey keeps the office in which it began.
    pub office: Arc<Office>,
    /// What.
    pub step: JourneyStep,
}

/// A step of a journey.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JourneyStep {
    /// A call came in.
    Began {
        /// The caller's leg.
        leg: LegId,
        /// Who called.
        caller: Caller,
        /// What was dialled.
        called: String,
        /// Where the call begins.
        place: Place,
    },
    /// Something happened, and led on.
    Moved {
        /// What happened.
        outcome: Outcome,
        /// Where it led.
        place: Place,
    },
    /// The journey is over, and nothing is left of it.
    Ended {
        /// Where it ended.
        place: Place,
        /// How.
        ending: Ending,
    },
}

/// How a journey ended.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// The caller hung up.
    CallerHungUp,
    /// The called person hung up.
    CalledHungUp,
    /// All was said and done.
    Done,
    /// The call was not taken.
    Refused,
    /// The call took as long as a call may.
    TooLong,
    /// The exchange shut down.
    ShutDown,
}

impl fmt::Display for JourneyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "journey {}: ", self.journey.number())?;
        match &self.step {
            JourneyStep::Began { caller, called, place, leg: _ } => {
                let who = caller.name.as_deref().or(caller.number.as_deref());
                let who = who.unwrap_or("an unknown number");
                write!(f, "{who} calls {called} → {}", place.describe(&self.office))
            }
            JourneyStep::Moved { outcome, place } => {
                write!(f, "{outcome} → {}", place.describe(&self.office))
            }
            JourneyStep::Ended { ending, place: _ } => f.write_str(match ending {
                Ending::CallerHungUp => "the caller hung up",
                Ending::CalledHungUp => "the called person hung up",
                Ending::Done => "ended",
                Ending::Refused => "refused",
                Ending::TooLong => "ended: longer than a call may be",
                Ending::ShutDown => "ended: the exchange shut down",
            }),
        }
    }
}

impl fmt::Debug for JourneyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The office is as long as its file.
        f.debug_struct("JourneyEvent")
            .field("journey", &self.journey)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}
