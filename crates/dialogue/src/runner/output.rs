//! What a runner wants done.

use std::time::Duration;

use super::TimerKind;
use crate::{Dialogue, Phrase, RecordRule};

/// What the owner of a runner must do.
#[expect(clippy::exhaustive_enums, reason = "an owner must carry out every order")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Output<A, O> {
    /// Play this from its beginning. It replaces what plays, and ends a pause.
    Play(Vec<Phrase>),
    /// Play nothing any more.
    StopPlaying,
    /// Stand still, and remember the place.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Go back by so much, to the beginning at the farthest.
    Back(Duration),
    /// Skip so much; past the end, playback is finished.
    Forward(Duration),
    /// Record what the party says into a draft.
    Record(RecordRule),
    /// Close the recording; [`Input::Recorded`](super::Input::Recorded) follows.
    StopRecording,
    /// Start a timer of this kind, or start it again if it runs.
    Start(TimerKind, Duration),
    /// Stop a timer.
    Cancel(TimerKind),
    /// Find an answer.
    Ask(A),
    /// The ask has taken too long: an answer to it must not be delivered any more.
    Withdraw,
    /// The conversation is over.
    End(O),
}

/// The [`Output`] of a runner of `D`.
pub type OutputOf<D> = Output<<D as Dialogue>::Ask, <D as Dialogue>::Outcome>;
