//! What is asked of the store, and what it answers.

use centrala_dialogue::DraftId;

use crate::{Answer, Envelope, KeptMessage, MailboxName, Request, StoreError};

/// What a [`TakeMessage`](crate::TakeMessage) asks the world outside.
#[expect(clippy::exhaustive_enums, reason = "the seam: every driver must answer every ask")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TakeMessageAsk {
    /// Open a draft. If it is opened after the ask has failed, or after the caller has left, it is
    /// the driver's to discard.
    OpenDraft {
        /// Where the message will be kept.
        mailbox: MailboxName,
    },
    /// Keep what was recorded.
    Keep {
        /// Which draft.
        draft: DraftId,
    },
    /// Forget what was recorded.
    Discard {
        /// Which draft.
        draft: DraftId,
    },
}

impl TakeMessageAsk {
    /// Returns the request to the store. Only a draft that is opened takes the envelope.
    #[must_use]
    pub fn to_request(&self, envelope: &Envelope) -> Request {
        match self {
            Self::OpenDraft { mailbox } => {
                Request::OpenDraft { mailbox: mailbox.clone(), envelope: envelope.clone() }
            }
            Self::Keep { draft } => Request::Commit { draft: *draft },
            Self::Discard { draft } => Request::Discard { draft: *draft },
        }
    }
}

/// What a [`TakeMessage`](crate::TakeMessage) is answered.
#[expect(clippy::exhaustive_enums, reason = "the seam: one answer for each ask")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TakeMessageAnswer {
    /// The draft is open.
    Opened(DraftId),
    /// The message is kept.
    Kept(KeptMessage),
    /// The draft is gone.
    Discarded,
    /// The store cannot do it.
    Refused(StoreError),
}

impl TakeMessageAnswer {
    /// Returns what a store's answer says, if it answers an ask of this dialogue.
    #[must_use]
    pub const fn from_answer(answer: &Answer) -> Option<Self> {
        match answer {
            Answer::Draft(draft) => Some(Self::Opened(*draft)),
            Answer::Kept(summary) => Some(Self::Kept(KeptMessage {
                id: summary.id,
                length: summary.length,
                interrupted: summary.interrupted,
            })),
            Answer::Discarded => Some(Self::Discarded),
            Answer::Failed(error) => Some(Self::Refused(*error)),
            Answer::MailboxReady
            | Answer::Appended
            | Answer::Messages(_)
            | Answer::Sound(_)
            | Answer::Moved(_)
            | Answer::Deleted
            | Answer::Greetings(_)
            | Answer::GreetingSet
            | Answer::GreetingRemoved => None,
        }
    }
}
