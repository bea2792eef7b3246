//! What a store of messages is asked, and what it answers.

use std::{fmt, io, sync::Arc, time::Duration};

use centrala_dialogue::DraftId;

use crate::{Envelope, Folder, GreetingKind, MailboxName, MessageId, MessageSummary};

/// How many bytes of µ-law (ITU-T G.711) a second of sound takes: 8,000 samples of one byte.
pub const BYTES_PER_SECOND: u32 = 8_000;

/// The most bytes that one [`Request::Append`] may carry: eight seconds and a little.
pub const MAX_APPEND: usize = 65_536;

/// Keeps messages and greetings.
///
/// A request and, later, an answer: a slow disk, a full disk and a crash are just other answers, or
/// none. Requests are carried out in the order in which they were submitted; every request is
/// answered exactly once. Sound is µ-law, 8 kHz, one channel.
///
/// What was answered is durable: a message that was [`Kept`](Answer::Kept) is there after any
/// crash, whole, and so is a moved message, a discarded draft and a greeting. What was appended to
/// a draft is kept by a store that outlives the process at most a second later, and becomes an
/// [interrupted](MessageSummary::interrupted) message if nobody is left to commit it.
///
/// Answers that nobody polls pile up: drain [`poll_answer`](Self::poll_answer) after each
/// [`submit`](Self::submit).
pub trait MessageStore {
    /// Asks for something.
    fn submit(&mut self, id: RequestId, request: Request);

    /// Returns the next answer, with the id of its request.
    fn poll_answer(&mut self) -> Option<(RequestId, Answer)>;
}

/// Ties an answer to its request. The asker chooses it; a store only repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

impl RequestId {
    /// Returns the id with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// What a store is asked.
#[expect(clippy::exhaustive_enums, reason = "every store must answer every request")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Request {
    /// See to it that there is such a mailbox. → [`Answer::MailboxReady`]
    AddMailbox {
        /// Its name.
        mailbox: MailboxName,
    },
    /// Begin a message, if there is room for it. → [`Answer::Draft`]
    OpenDraft {
        /// Where it will be kept.
        mailbox: MailboxName,
        /// What is known about the call.
        envelope: Envelope,
    },
    /// Append sound to a draft. → [`Answer::Appended`]
    Append {
        /// Which draft.
        draft: DraftId,
        /// At most [`MAX_APPEND`] bytes of µ-law.
        audio: Vec<u8>,
    },
    /// Keep a draft as a new message; asked again, it is answered again. → [`Answer::Kept`]
    Commit {
        /// Which draft.
        draft: DraftId,
    },
    /// Forget a draft; so does a draft that does not exist (any more). → [`Answer::Discarded`]
    Discard {
        /// Which draft.
        draft: DraftId,
    },
    /// Tell the messages of a mailbox, the oldest first. → [`Answer::Messages`]
    List {
        /// Which mailbox.
        mailbox: MailboxName,
    },
    /// Give the sound of a message. → [`Answer::Sound`]
    Fetch {
        /// Which message.
        message: MessageId,
    },
    /// Put a message into another folder, or leave it there. → [`Answer::Moved`]
    Move {
        /// Which message.
        message: MessageId,
        /// Where to.
        folder: Folder,
    },
    /// Forget a message for ever. → [`Answer::Deleted`]
    Delete {
        /// Which message.
        message: MessageId,
    },
    /// Tell which greetings there are. → [`Answer::Greetings`]
    ListGreetings {
        /// Whose.
        mailbox: MailboxName,
    },
    /// Give the sound of a greeting. → [`Answer::Sound`]
    FetchGreeting {
        /// Whose.
        mailbox: MailboxName,
        /// Which.
        kind: GreetingKind,
    },
    /// Put a greeting in the place of the one before; at no moment there is none, or half of one.
    /// → [`Answer::GreetingSet`]
    SetGreeting {
        /// Whose.
        mailbox: MailboxName,
        /// Which.
        kind: GreetingKind,
        /// The sound: µ-law.
        audio: Vec<u8>,
    },
    /// Remove a greeting; so does one that does not exist. → [`Answer::GreetingRemoved`]
    RemoveGreeting {
        /// Whose.
        mailbox: MailboxName,
        /// Which.
        kind: GreetingKind,
    },
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddMailbox { mailbox } => write!(f, "AddMailbox({mailbox})"),
            Self::OpenDraft { mailbox, .. } => write!(f, "OpenDraft({mailbox})"),
            // What a caller said is nobody's business, and long.
            Self::Append { draft, audio } => write!(f, "Append({draft:?}, {} bytes)", audio.len()),
            Self::Commit { draft } => write!(f, "Commit({draft:?})"),
            Self::Discard { draft } => write!(f, "Discard({draft:?})"),
            Self::List { mailbox } => write!(f, "List({mailbox})"),
            Self::Fetch { message } => write!(f, "Fetch({message})"),
            Self::Move { message, folder } => write!(f, "Move({message}, {folder:?})"),
            Self::Delete { message } => write!(f, "Delete({message})"),
            Self::ListGreetings { mailbox } => write!(f, "ListGreetings({mailbox})"),
            Self::FetchGreeting { mailbox, kind } => {
                write!(f, "FetchGreeting({mailbox}, {kind:?})")
            }
            Self::SetGreeting { mailbox, kind, audio } => {
                write!(f, "SetGreeting({mailbox}, {kind:?}, {} bytes)", audio.len())
            }
            Self::RemoveGreeting { mailbox, kind } => {
                write!(f, "RemoveGreeting({mailbox}, {kind:?})")
            }
        }
    }
}

/// What a store answers.
#[expect(clippy::exhaustive_enums, reason = "one answer for each request")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The mailbox exists.
    MailboxReady,
    /// The draft is open.
    Draft(DraftId),
    /// The sound was taken. It is durable at most a second later.
    Appended,
    /// The message is kept, durably.
    Kept(MessageSummary),
    /// The draft is gone, durably.
    Discarded,
    /// The messages of the mailbox, the oldest first.
    Messages(Vec<MessageSummary>),
    /// Sound: µ-law.
    Sound(Arc<[u8]>),
    /// The message is in the folder, durably.
    Moved(MessageSummary),
    /// The message is gone, durably.
    Deleted,
    /// The greetings that there are.
    Greetings(Vec<GreetingKind>),
    /// The greeting is the new one, durably.
    GreetingSet,
    /// The greeting is gone, durably.
    GreetingRemoved,
    /// It cannot be done. What was answered before is not touched by that.
    Failed(StoreError),
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MailboxReady => f.write_str("MailboxReady"),
            Self::Draft(draft) => write!(f, "Draft({})", draft.number()),
            Self::Appended => f.write_str("Appended"),
            Self::Kept(summary) => f.debug_tuple("Kept").field(summary).finish(),
            Self::Discarded => f.write_str("Discarded"),
            Self::Messages(messages) => f.debug_tuple("Messages").field(messages).finish(),
            Self::Sound(audio) => write!(f, "Sound({} bytes)", audio.len()),
            Self::Moved(summary) => f.debug_tuple("Moved").field(summary).finish(),
            Self::Deleted => f.write_str("Deleted"),
            Self::Greetings(kinds) => f.debug_tuple("Greetings").field(kinds).finish(),
            Self::GreetingSet => f.write_str("GreetingSet"),
            Self::GreetingRemoved => f.write_str("GreetingRemoved"),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}

/// Why a store cannot do what it is asked.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum StoreError {
    /// There is no such mailbox.
    #[error("no such mailbox")]
    NoSuchMailbox,
    /// There is no such draft (any more).
    #[error("no such draft")]
    NoSuchDraft,
    /// There is no such message (any more).
    #[error("no such message")]
    NoSuchMessage,
    /// There is no such greeting.
    #[error("no such greeting")]
    NoSuchGreeting,
    /// The mailbox has as many messages as it may have.
    #[error("the mailbox is full")]
    MailboxFull,
    /// As many drafts are open as may be.
    #[error("too many drafts are open")]
    TooManyDrafts,
    /// The sound is longer than it may be. Of a draft, what was appended before is there.
    #[error("the sound is too long")]
    TooLong,
    /// There is no sound.
    #[error("there is no sound")]
    TooShort,
    /// The store has no room left. What was appended before is there.
    #[error("no space left in the store")]
    NoSpace,
    /// Reading or writing failed. What was appended before may be there.
    #[error("the store failed to read or write: {0}")]
    Medium(io::ErrorKind),
    /// What is stored cannot be understood.
    #[error("what is stored is damaged")]
    Damaged,
}

/// How much a store takes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLimits {
    /// Messages of one mailbox in [`Folder::New`] and [`Folder::Saved`], and drafts for it.
    pub messages: usize,
    /// Drafts that are open at once, in all mailboxes.
    pub drafts: usize,
    /// The longest message.
    pub longest_message: Duration,
    /// The longest greeting.
    pub longest_greeting: Duration,
}

impl Default for StoreLimits {
    /// 1,000 messages in a mailbox, 2,000 drafts, 30 minutes, 5 minutes.
    fn default() -> Self {
        Self {
            messages: 1_000,
            drafts: 2_000,
            longest_message: Duration::from_mins(30),
            longest_greeting: Duration::from_mins(5),
        }
    }
}

/// Returns how long `bytes` of µ-law sound.
#[must_use]
pub fn sound_length(bytes: u64) -> Duration {
    let rate = u64::from(BYTES_PER_SECOND);
    // The rest is below 8,000, so its nanoseconds are below a second.
    let nanos = u32::try_from((bytes % rate) * 1_000_000_000 / rate).unwrap_or(0);
    Duration::new(bytes / rate, nanos)
}

/// Returns how many bytes of µ-law sound for `length`, rounded down.
#[must_use]
pub fn sound_bytes(length: Duration) -> u64 {
    let whole = length.as_secs().saturating_mul(u64::from(BYTES_PER_SECOND));
    let part = u64::from(length.subsec_micros()) * u64::from(BYTES_PER_SECOND) / 1_000_000;
    whole.saturating_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_lengths_are_exact() {
        for (bytes, length) in [
            (0, Duration::ZERO),
            (1, Duration::from_micros(125)),
            (160, Duration::from_millis(20)),
            (8_000, Duration::from_secs(1)),
            (84_001, Duration::new(10, 500_125_000)),
        ] {
            assert_eq!(sound_length(bytes), length);
            assert_eq!(sound_bytes(length), bytes);
        }
        assert_eq!(sound_length(u64::MAX).as_secs(), u64::MAX / 8_000);
        assert_eq!(sound_bytes(Duration::MAX), u64::MAX);
    }

    #[test]
    fn what_a_caller_said_is_not_printed() {
        let append = Request::Append { draft: DraftId::new(1), audio: b"secret".to_vec() };
        assert!(!format!("{append:?}").contains("115"), "{append:?}");
        let sound = Answer::Sound(b"secret".as_slice().into());
        assert_eq!(format!("{sound:?}"), "Sound(6 bytes)");
    }
}
