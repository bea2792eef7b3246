//! A store that can be full, broken or silent, and a record of what became of every draft.

use std::{collections::BTreeMap, io, time::Duration};

use centrala_dialogue::DraftId;
use centrala_office::Office;
use centrala_voicemail::{
    Answer, MAX_APPEND, MailboxName, MemoryStore, MessageId, MessageStore, MessageSummary, Request,
    RequestId, StoreError, StoreLimits, sound_bytes,
};

/// How a store does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    Good,
    /// No mailbox takes another message.
    Full,
    /// Nothing works.
    Broken,
    /// Nothing can be written; what was opened stays.
    ReadOnly,
    /// Nothing is ever answered.
    Mute,
}

/// What became of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing yet.
    Open,
    /// It is a message.
    Kept,
    /// It is gone.
    Discarded,
}

/// A draft, as it is remembered.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// What became of it.
    pub fate: Fate,
    /// How much of what was said, silence at the end not counted, reached the store.
    pub said: Duration,
}

/// A store that can be full, broken or silent.
#[derive(Debug)]
pub struct Store {
    /// How it does.
    pub health: Health,
    memory: MemoryStore,
    /// All drafts that there ever were.
    pub drafts: BTreeMap<DraftId, Draft>,
}

/// Requests of the shell itself, out of the way of the exchange's.
const OWN: RequestId = RequestId::new(u64::MAX);

impl Store {
    /// Returns a store with the mailboxes of `office`.
    pub fn new(office: &Office) -> Self {
        let mut memory = MemoryStore::new(StoreLimits::default());
        for mailbox in office.mailboxes() {
            let mailbox = mailbox.name.parse::<MailboxName>().unwrap();
            memory.submit(OWN, Request::AddMailbox { mailbox });
            assert_eq!(memory.poll_answer(), Some((OWN, Answer::MailboxReady)));
        }
        Self { health: Health::Good, memory, drafts: BTreeMap::new() }
    }

    /// Returns the answer, unless there is none.
    pub fn ask(&mut self, request: &Request) -> Option<Answer> {
        match (self.health, request) {
            (Health::Mute, _) => return None,
            (Health::Full, Request::OpenDraft { .. }) => {
                return Some(Answer::Failed(StoreError::MailboxFull));
            }
            (Health::Broken, _) | (Health::ReadOnly, Request::Append { .. }) => {
                return Some(Answer::Failed(StoreError::Medium(io::ErrorKind::Other)));
            }
            _ => {}
        }
        self.memory.submit(OWN, request.clone());
        let (_, answer) = self.memory.poll_answer().unwrap();
        match (request, &answer) {
            (Request::OpenDraft { .. }, Answer::Draft(draft)) => {
                let fate = Fate::Open;
                self.drafts.insert(*draft, Draft { fate, said: Duration::ZERO });
            }
            (Request::Commit { draft }, Answer::Kept(_)) => self.decide(*draft, Fate::Kept),
            (Request::Discard { draft }, Answer::Discarded) => {
                self.decide(*draft, Fate::Discarded);
            }
            _ => {}
        }
        Some(answer)
    }

    /// Appends so much sound, of which `said` was not silence. Returns whether all was stored.
    pub fn append(&mut self, draft: DraftId, length: Duration, said: Duration) -> bool {
        let mut left = usize::try_from(sound_bytes(length)).unwrap();
        let mut stored = true;
        while left > 0 {
            let audio = vec![0xd5; left.min(MAX_APPEND)];
            left -= audio.len();
            stored &= self.ask(&Request::Append { draft, audio }) == Some(Answer::Appended);
        }
        if let Some(known) = self.drafts.get_mut(&draft).filter(|_| stored) {
            known.said += said;
        }
        stored
    }

    /// Returns the messages in a mailbox.
    pub fn messages(&mut self, mailbox: &str) -> Vec<MessageSummary> {
        self.memory.submit(OWN, Request::List { mailbox: mailbox.parse().unwrap() });
        match self.memory.poll_answer() {
            Some((_, Answer::Messages(messages))) => messages,
            other => panic!("{other:?}"),
        }
    }

    /// Returns how long the sound of a message is, in bytes of µ-law.
    pub fn sound(&mut self, message: MessageId) -> usize {
        self.memory.submit(OWN, Request::Fetch { message });
        match self.memory.poll_answer() {
            Some((_, Answer::Sound(sound))) => sound.len(),
            other => panic!("{other:?}"),
        }
    }

    fn decide(&mut self, draft: DraftId, fate: Fate) {
        let known = self.drafts.get_mut(&draft).unwrap();
        // A draft may be kept twice, or forgotten twice, but never one after the other.
        assert!(known.fate == Fate::Open || known.fate == fate, "{known:?} then {fate:?}");
        known.fate = fate;
    }
}
