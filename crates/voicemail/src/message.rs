//! A message: its name, its folder, and what is told about it.

use std::{fmt, time::Duration};

use centrala_dialogue::DraftId;

use crate::{Envelope, MailboxName};

/// Names a message for ever: never reused, never renumbered. It is the number of its draft.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(u64);

impl MessageId {
    /// Returns the id with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the id of the message that this draft becomes.
    #[must_use]
    pub const fn of_draft(draft: DraftId) -> Self {
        Self(draft.number())
    }

    /// Returns the draft that the message was.
    #[must_use]
    pub const fn draft(self) -> DraftId {
        DraftId::new(self.0)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}

impl fmt::Display for MessageId {
    /// Writes sixteen hexadecimal digits, so that the order of the text is the order of the ids.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A message, without its sound.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageSummary {
    /// Which message.
    pub id: MessageId,
    /// Whose.
    pub mailbox: MailboxName,
    /// Where it lies.
    pub folder: Folder,
    /// What is known about the call.
    pub envelope: Envelope,
    /// How long it is.
    pub length: Duration,
    /// Whether the recording was cut off: by a crash, or by a disk that failed.
    pub interrupted: bool,
}

impl MessageSummary {
    /// Returns the summary of a message that has just been kept whole.
    #[must_use]
    pub const fn new(
        id: MessageId,
        mailbox: MailboxName,
        envelope: Envelope,
        length: Duration,
    ) -> Self {
        Self { id, mailbox, folder: Folder::New, envelope, length, interrupted: false }
    }
}

/// Where a message lies in its mailbox.
#[expect(clippy::exhaustive_enums, reason = "a new folder changes every store and every lamp")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Folder {
    /// Not heard yet.
    New,
    /// Heard and kept.
    Saved,
    /// Deleted, and still there.
    Deleted,
}

impl Folder {
    /// All folders.
    pub const ALL: [Self; 3] = [Self::New, Self::Saved, Self::Deleted];

    /// Returns the word for it, as stores write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Saved => "saved",
            Self::Deleted => "deleted",
        }
    }

    /// Returns whether a message here counts against the quota of the mailbox.
    #[must_use]
    pub const fn counts(self) -> bool {
        match self {
            Self::New | Self::Saved => true,
            Self::Deleted => false,
        }
    }
}
