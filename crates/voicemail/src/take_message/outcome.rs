//! How it ends.

use std::time::Duration;

use centrala_keys::Digits;

use crate::MessageId;

/// A message that is in the store.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeptMessage {
    /// Which message.
    pub id: MessageId,
    /// How long it is.
    pub length: Duration,
    /// Whether the store could not take all that was said.
    pub interrupted: bool,
}

impl KeptMessage {
    /// Returns a message that was kept whole.
    #[must_use]
    pub const fn new(id: MessageId, length: Duration) -> Self {
        Self { id, length, interrupted: false }
    }
}

/// How a [`TakeMessage`](crate::TakeMessage) ended: what is in the store, and where the caller is.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TakeMessageOutcome {
    /// The message, if one was kept: tell its owner.
    pub kept: Option<KeptMessage>,
    /// What the caller needs now.
    pub then: Then,
}

/// What a caller needs after a [`TakeMessage`](crate::TakeMessage).
#[expect(clippy::exhaustive_enums, reason = "routing must lead every caller on")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Then {
    /// Nothing: the message was kept, and goodbye was said.
    Goodbye,
    /// To reach an extension.
    Dial(Digits),
    /// To be led on: no message could be taken, or not all of it; the caller knows.
    LeadOn(NotTaken),
    /// Nothing: the caller has left.
    Left,
}

/// Why no message was taken, or not all of it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotTaken {
    /// The mailbox is full.
    MailboxFull,
    /// The store failed, or did not answer.
    StoreFailed,
    /// The caller said nothing, or too little.
    NothingSaid,
    /// The system shuts down.
    WindingUp,
}
