//! What happens to an exchange.

use std::{fmt, time::Duration};

use centrala_dialogue::DraftId;
use centrala_keys::Key;
use centrala_voicemail::{Answer, RequestId};

use crate::{Caller, Cause, LegId, Origin, PlayId};

/// What happened.
///
/// `Debug` does not tell which key was pressed: it may belong to a PIN.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody calls. Exactly one [`Output::Answer`](crate::Output::Answer) or
    /// [`Output::Refuse`](crate::Output::Refuse) follows, unless the caller hangs up first.
    Incoming {
        /// A new leg, made with [`LegId::incoming`]; one that is in use is ignored.
        leg: LegId,
        /// Who calls.
        caller: Caller,
        /// Where the call comes from.
        from: Origin,
        /// What was dialled: the user part of the Request-URI.
        called: String,
    },
    /// A called telephone rings.
    Ringing {
        /// The leg to it.
        leg: LegId,
    },
    /// A called telephone was answered. One that was told to stop at the same moment is told so
    /// again.
    Answered {
        /// The leg to it.
        leg: LegId,
    },
    /// A called telephone will not be answered any more.
    Failed {
        /// The leg to it, which ends with this.
        leg: LegId,
        /// Why.
        cause: Cause,
    },
    /// A party has gone, or has vanished. The leg ends with this.
    HungUp {
        /// Its leg.
        leg: LegId,
    },
    /// Some key is going down; which one is not sure yet. A [`Key`](Self::Key) may follow or not.
    Onset {
        /// Where.
        leg: LegId,
    },
    /// A key was pressed.
    Key {
        /// Where.
        leg: LegId,
        /// Which one.
        key: Key,
    },
    /// Everything that was to be played was heard: once for each
    /// [`Output::Play`](crate::Output::Play) that was neither stopped nor replaced.
    PlaybackFinished {
        /// By whom.
        leg: LegId,
        /// What.
        play: PlayId,
    },
    /// The recorder has heard silence for as long as its rule says.
    Silent {
        /// Of whom.
        leg: LegId,
        /// In which recording.
        draft: DraftId,
    },
    /// The recorder has closed the draft: once for each
    /// [`Output::Record`](crate::Output::Record), also when the party has hung up.
    Recorded {
        /// Of whom.
        leg: LegId,
        /// Which recording.
        draft: DraftId,
        /// How long the sound in the draft is.
        length: Duration,
        /// Whether all of it was stored.
        stored: Stored,
    },
    /// The store has answered an [`Output::Store`](crate::Output::Store).
    Stored(RequestId, Answer),
    /// The exchange shall end: it takes no new calls, and those that run have a bounded time to
    /// come to their own end.
    Drain,
}

/// Whether sound was stored.
#[expect(clippy::exhaustive_enums, reason = "all of it or not")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// All of it is in the draft.
    Whole,
    /// Some of it, or all, could not be stored.
    Damaged,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incoming { leg, from, called, caller: _ } => {
                write!(f, "Incoming({leg}, {from:?}, {called:?})")
            }
            Self::Ringing { leg } => write!(f, "Ringing({leg})"),
            Self::Answered { leg } => write!(f, "Answered({leg})"),
            Self::Failed { leg, cause } => write!(f, "Failed({leg}, {cause:?})"),
            Self::HungUp { leg } => write!(f, "HungUp({leg})"),
            Self::Onset { leg } => write!(f, "Onset({leg})"),
            Self::Key { leg, key: _ } => write!(f, "Key({leg})"),
            Self::PlaybackFinished { leg, play } => {
                write!(f, "PlaybackFinished({leg}, {})", play.number())
            }
            Self::Silent { leg, draft } => write!(f, "Silent({leg}, draft {})", draft.number()),
            Self::Recorded { leg, draft, length, stored } => {
                write!(f, "Recorded({leg}, draft {}, {length:?}, {stored:?})", draft.number())
            }
            Self::Stored(id, answer) => write!(f, "Stored({}, {answer:?})", id.number()),
            Self::Drain => f.write_str("Drain"),
        }
    }
}
