//! The seam: a conversation with one party.

use std::{fmt::Debug, hash::Hash, time::Duration};

use centrala_keys::Digits;

use crate::{DraftId, Phrase, Turn};

/// A spoken conversation with one party, free of I/O, clocks and samples.
///
/// # Laws
///
/// 1. A turn ends by exactly one [`Heard`]; an ask by exactly one `Answered` or `Failed`.
/// 2. After [`Heard::Left`] (or a [`Recording`] that it ended) the party hears nothing any more:
///    the dialogue may only ask (to keep what was recorded, say) and end.
/// 3. Silence, wrong keys and failures, repeated, come to an end: there is no way round in circles
///    that nobody asked for.
/// 4. After [`Step::End`] the dialogue is not resumed.
pub trait Dialogue {
    /// What a matched string of keys means here.
    type Label: Clone + Debug + Eq + Hash;
    /// What the conversation decided: a destination, "accepted".
    type Outcome: Clone + Debug + Eq + Hash;
    /// What it needs from outside: open a draft, verify a PIN, mark a message as heard.
    type Ask: Clone + Debug + Eq + Hash;
    /// What it is told then.
    type Answer: Clone + Debug + Eq + Hash;
    /// What may reach it in mid-turn: another leg won, the system shuts down.
    type Signal: Clone + Debug + Eq + Hash;

    /// Begins the conversation.
    fn begin(&mut self) -> StepOf<Self>;

    /// Goes on with what was heard.
    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self>;
}

/// The [`Step`] of a dialogue.
pub type StepOf<D> = Step<<D as Dialogue>::Label, <D as Dialogue>::Ask, <D as Dialogue>::Outcome>;

/// What a dialogue may hear.
pub type HeardBy<D> =
    Heard<<D as Dialogue>::Label, <D as Dialogue>::Answer, <D as Dialogue>::Signal>;

/// What a dialogue wants next.
#[expect(clippy::exhaustive_enums, reason = "the seam: a new kind of step changes every runner")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step<L, A, O> {
    /// Say, listen, record.
    Turn(Turn<L>),
    /// Ask the world outside.
    Ask(Ask<A>),
    /// The conversation is over.
    End(O),
}

/// A question to the world outside.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ask<A> {
    /// The question.
    pub request: A,
    /// What the party hears while waiting. Keys pressed meanwhile are kept for the next turn.
    pub meanwhile: Vec<Phrase>,
    /// How long to wait for the answer before the ask has [failed](AskError::TimedOut).
    pub limit: Duration,
}

impl<A> Ask<A> {
    /// Returns a question that is answered within five seconds, in silence.
    #[must_use]
    pub const fn new(request: A) -> Self {
        Self { request, meanwhile: Vec::new(), limit: Duration::from_secs(5) }
    }

    /// Waits for the answer for so long.
    #[must_use]
    pub const fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Says something meanwhile.
    #[must_use]
    pub fn saying(mut self, meanwhile: impl Into<Vec<Phrase>>) -> Self {
        self.meanwhile = meanwhile.into();
        self
    }
}

/// What a dialogue is resumed with.
#[expect(clippy::exhaustive_enums, reason = "the seam: every dialogue must answer every case")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Heard<L, R, S> {
    /// Everything was said, in a turn that did not listen.
    Finished,
    /// The party keyed something that means `label`.
    Matched {
        /// What it means.
        label: L,
        /// What was keyed.
        digits: Digits,
    },
    /// The party keyed something that means nothing.
    WrongKeys(Digits),
    /// The party keyed nothing in time.
    NoInput,
    /// A turn that records has ended. No other event ends such a turn.
    Recorded(Recording<L, S>),
    /// The ask was answered.
    Answered(R),
    /// The ask failed.
    Failed(AskError),
    /// Something happened outside.
    Signal(S),
    /// The party has left the conversation: hung up, or was taken to the operator. Tidy up.
    Left,
}

impl<L, R, S> Heard<L, R, S> {
    /// Returns whether the party has left with this event.
    #[must_use]
    pub const fn is_departure(&self) -> bool {
        matches!(self, Self::Left | Self::Recorded(Recording { end: RecordEnd::Left, .. }))
    }
}

/// What became of a recording. Never samples: those went straight into the draft.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recording<L, S> {
    /// Where the sound went.
    pub draft: DraftId,
    /// How long it is.
    pub length: Duration,
    /// What ended it.
    pub end: RecordEnd<L, S>,
}

impl<L, S> Recording<L, S> {
    /// Returns the summary of a recording.
    #[must_use]
    pub const fn new(draft: DraftId, length: Duration, end: RecordEnd<L, S>) -> Self {
        Self { draft, length, end }
    }
}

/// What ended a recording.
#[expect(clippy::exhaustive_enums, reason = "the seam: every dialogue must answer every case")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecordEnd<L, S> {
    /// The party was silent.
    Silence,
    /// It was as long as it may be.
    Limit,
    /// The party keyed something.
    Matched {
        /// What it means.
        label: L,
        /// What was keyed.
        digits: Digits,
    },
    /// Something happened outside.
    Signal(S),
    /// The party left, as in [`Heard::Left`].
    Left,
    /// The sound could not be stored (any more). What was stored before is in the draft.
    Failed,
}

/// Why an ask has no answer.
#[expect(clippy::exhaustive_enums, reason = "the seam: every dialogue must answer every case")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AskError {
    /// Nobody answered within the limit.
    #[error("no answer in time")]
    TimedOut,
    /// The world outside cannot do it now.
    #[error("not available")]
    Unavailable,
}
