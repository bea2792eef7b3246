//! What happens to a runner.

use std::{fmt, time::Duration};

use centrala_keys::Key;

use crate::{AskError, Dialogue};

/// What happened.
///
/// `Debug` does not tell which key was pressed: it may belong to a PIN.
#[expect(clippy::exhaustive_enums, reason = "an owner and a checker know every input")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Input<R, S> {
    /// Some key is going down; which one is not sure yet. A [`Key`](Self::Key) may follow or not.
    Onset,
    /// A key was pressed.
    Key(Key),
    /// Everything that was to be played was heard.
    PlaybackFinished,
    /// The recorder has heard silence for as long as its rule says.
    Silent,
    /// The recorder has closed the draft.
    Recorded {
        /// How long the sound in the draft is.
        length: Duration,
        /// Whether all of it was stored.
        outcome: RecordOutcome,
    },
    /// The ask was answered.
    Answered(R),
    /// The ask failed.
    Failed(AskError),
    /// A timer has run out.
    Fired(TimerKind),
    /// Something happened outside.
    Signal(S),
    /// The party has hung up.
    Left,
}

impl<R: fmt::Debug, S: fmt::Debug> fmt::Debug for Input<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Onset => f.write_str("Onset"),
            Self::Key(_) => f.write_str("Key(..)"),
            Self::PlaybackFinished => f.write_str("PlaybackFinished"),
            Self::Silent => f.write_str("Silent"),
            Self::Recorded { length, outcome } => write!(f, "Recorded({length:?}, {outcome:?})"),
            Self::Answered(answer) => write!(f, "Answered({answer:?})"),
            Self::Failed(error) => write!(f, "Failed({error:?})"),
            Self::Fired(kind) => write!(f, "Fired({kind:?})"),
            Self::Signal(signal) => write!(f, "Signal({signal:?})"),
            Self::Left => f.write_str("Left"),
        }
    }
}

/// The [`Input`] of a runner of `D`.
pub type InputTo<D> = Input<<D as Dialogue>::Answer, <D as Dialogue>::Signal>;

/// What became of the sound that was recorded.
#[expect(clippy::exhaustive_enums, reason = "all of it or not")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordOutcome {
    /// All of it is in the draft.
    Stored,
    /// Some of it, or all, could not be stored.
    Failed,
}

/// The timers of a runner. At most one of each kind runs.
#[expect(clippy::exhaustive_enums, reason = "an owner and a checker know every timer")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerKind {
    /// Waits for the first key, after the prompt.
    FirstKey,
    /// Waits for another key.
    InterDigit,
    /// Ends a pause.
    Pause,
    /// Ends a recording.
    RecordLimit,
    /// Ends an ask.
    Ask,
}

impl TimerKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::FirstKey, Self::InterDigit, Self::Pause, Self::RecordLimit, Self::Ask];
}
