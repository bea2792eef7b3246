//! What an exchange wants done.

use std::{sync::Arc, time::Duration};

use centrala_dialogue::{DraftId, Phrase};
use centrala_office::PersonId;
use centrala_voicemail::{Request, RequestId};

use crate::{Caller, JourneyEvent, LegId, PlayId, Refusal};

/// What the owner of an exchange must do, in order.
///
/// After [`Refuse`](Self::Refuse) and [`HangUp`](Self::HangUp) the exchange has forgotten the leg:
/// nothing more need be reported of it, except a recording that it had.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Tell the caller that it rings (SIP 180). She is not answered yet.
    Ring {
        /// The caller.
        leg: LegId,
    },
    /// Take the call (SIP 200).
    Answer {
        /// The caller.
        leg: LegId,
    },
    /// Refuse the call.
    Refuse {
        /// The caller.
        leg: LegId,
        /// Why.
        cause: Refusal,
    },
    /// End a leg, whatever its state: stop ringing, say goodbye. May come twice for a leg that was
    /// answered while it was told to stop.
    HangUp {
        /// Which leg.
        leg: LegId,
    },
    /// Call all telephones of a person as one leg: the first that answers is the answer, and
    /// [`Input::Failed`](crate::Input::Failed) comes when none can any more. With no telephone
    /// registered that is at once, as [`Cause::Unreachable`](crate::Cause::Unreachable).
    Call {
        /// The new leg.
        leg: LegId,
        /// Whom.
        person: PersonId,
        /// The user whose telephones are registered.
        user: Arc<str>,
        /// Who calls, as it is to be shown.
        caller: Caller,
    },
    /// Play this from its beginning, in place of what plays. A ringback tone plays until it is
    /// stopped.
    Play {
        /// To whom.
        leg: LegId,
        /// The name of this playback.
        play: PlayId,
        /// What.
        phrases: Vec<Phrase>,
    },
    /// Play nothing any more.
    StopPlaying {
        /// To whom.
        leg: LegId,
    },
    /// Move what plays.
    Transport {
        /// To whom.
        leg: LegId,
        /// How.
        movement: Movement,
    },
    /// Record what the party says. The sound is appended to the draft as it comes.
    Record {
        /// Whom.
        leg: LegId,
        /// Where the sound goes.
        draft: DraftId,
        /// After how much silence [`Input::Silent`](crate::Input::Silent) is due.
        silence: Duration,
    },
    /// Stop recording, and report with [`Input::Recorded`](crate::Input::Recorded).
    StopRecording {
        /// Whom.
        leg: LegId,
        /// Which recording.
        draft: DraftId,
    },
    /// Let two parties hear each other.
    Bridge {
        /// The caller.
        a: LegId,
        /// The called.
        b: LegId,
    },
    /// They hear each other no more.
    Unbridge {
        /// The caller.
        a: LegId,
        /// The called.
        b: LegId,
    },
    /// Ask the store; [`Input::Stored`](crate::Input::Stored) brings the answer.
    Store(RequestId, Request),
    /// Note what a caller met.
    Log(JourneyEvent),
}

/// How playback moves.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// Stands still, and remembers the place.
    Pause,
    /// Goes on after a pause.
    Resume,
    /// Goes back by so much, to the beginning at the farthest.
    Back(Duration),
    /// Skips so much; past the end, playback is finished.
    Forward(Duration),
}
