//! What must be there: follows a session by its answers, and checks a store against that.

use std::collections::{BTreeMap, BTreeSet};

use centrala_disk::Disk;
use centrala_store_files::FileStore;
use centrala_testkit::Dice;
use centrala_voicemail::{
    Answer, Folder, GreetingKind, MessageId, MessageStore, MessageSummary, Request, StoreError,
};

use crate::support::{ask, envelope, list, mailbox, sound};

/// No more than the last second of a recording may be lost.
const MAY_BE_LOST: usize = 8_000;

pub(crate) const MAILBOXES: [&str; 2] = ["101", "sales"];

/// A store that may be asked to make all drafts durable.
pub(crate) trait Store: MessageStore {
    fn sync(&mut self) -> Result<(), StoreError>;
}

impl<D: Disk> Store for FileStore<D> {
    fn sync(&mut self) -> Result<(), StoreError> {
        let synced = self.sync_drafts();
        assert!(synced.is_err() || !self.has_unsynced());
        synced
    }
}

/// A step of a session. A slot stands for a draft, and later for its message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Add(usize),
    Open { slot: u8, mailbox: usize },
    Append { slot: u8, bytes: usize },
    Sync,
    Commit(u8),
    Discard(u8),
    Move(u8, Folder),
    Delete(u8),
    Greet { mailbox: usize, kind: GreetingKind, seed: u8, bytes: usize },
    Ungreet { mailbox: usize, kind: GreetingKind },
}

/// What may have become of a message.
#[derive(Clone, Debug, PartialEq)]
enum Fate {
    /// It is a draft. After a restart: an interrupted message, or nothing if too little was said.
    Open,
    /// It is there.
    Kept { audio: Vec<u8>, folder: Folder, interrupted: bool },
    /// It is not there.
    Gone,
}

#[derive(Debug)]
struct Message {
    id: MessageId,
    mailbox: usize,
    /// All that was said, whether or not it was acknowledged.
    said: Vec<u8>,
    /// How much of it was acknowledged.
    acknowledged: usize,
    /// How much of it was synced together with others.
    synced: usize,
    /// Whether something about it has failed: what was not durable then may never be.
    is_broken: bool,
    /// One, as far as answers are known; more, if one failed.
    fates: Vec<Fate>,
}

#[derive(Debug, Default)]
pub(crate) struct Oracle {
    mailboxes: BTreeSet<usize>,
    slots: BTreeMap<u8, Message>,
    greetings: BTreeMap<(usize, GreetingKind), Vec<Option<Vec<u8>>>>,
    pub(crate) failures: usize,
}

impl Oracle {
    /// Takes a step, and remembers what its answer promises.
    pub(crate) fn step(&mut self, store: &mut impl Store, step: Step) {
        match step {
            Step::Add(at) => {
                let answer = ask(store, Request::AddMailbox { mailbox: mailbox(MAILBOXES[at]) });
                if self.succeeded(&answer) {
                    assert_eq!(answer, Answer::MailboxReady);
                    self.mailboxes.insert(at);
                }
            }
            Step::Open { slot, mailbox: at } => self.open(store, slot, at),
            Step::Append { slot, bytes } => self.append(store, slot, bytes),
            Step::Sync => self.sync(store),
            Step::Commit(slot) => self.commit(store, slot),
            Step::Discard(slot) => {
                let Some(message) = self.slots.get(&slot) else { return };
                let answer = ask(store, Request::Discard { draft: message.id.draft() });
                self.settle(slot, &answer, |fate| match fate {
                    Fate::Open | Fate::Gone => Fate::Gone,
                    // A message is not touched by this.
                    Fate::Kept { .. } => fate.clone(),
                });
            }
            Step::Move(slot, to) => {
                let Some(message) = self.slots.get(&slot) else { return };
                let answer = ask(store, Request::Move { message: message.id, folder: to });
                self.settle(slot, &answer, |fate| match fate {
                    Fate::Kept { audio, interrupted, .. } => {
                        Fate::Kept { audio: audio.clone(), folder: to, interrupted: *interrupted }
                    }
                    Fate::Open | Fate::Gone => fate.clone(),
                });
            }
            Step::Delete(slot) => {
                let Some(message) = self.slots.get(&slot) else { return };
                let answer = ask(store, Request::Delete { message: message.id });
                self.settle(slot, &answer, |fate| match fate {
                    Fate::Kept { .. } | Fate::Gone => Fate::Gone,
                    Fate::Open => Fate::Open,
                });
            }
            Step::Greet { mailbox: at, kind, seed, bytes } => {
                let audio = speech(seed, 0, bytes);
                let request = Request::SetGreeting {
                    mailbox: mailbox(MAILBOXES[at]),
                    kind,
                    audio: audio.clone(),
                };
                let answer = ask(store, request);
                self.greet((at, kind), &answer, Some(audio));
            }
            Step::Ungreet { mailbox: at, kind } => {
                let request = Request::RemoveGreeting { mailbox: mailbox(MAILBOXES[at]), kind };
                let answer = ask(store, request);
                self.greet((at, kind), &answer, None);
            }
        }
    }

    fn open(&mut self, store: &mut impl MessageStore, slot: u8, at: usize) {
        let begin =
            Request::OpenDraft { mailbox: mailbox(MAILBOXES[at]), envelope: envelope(slot.into()) };
        let answer = ask(store, begin);
        if self.succeeded(&answer) {
            let Answer::Draft(draft) = answer else { panic!("{answer:?}") };
            let id = MessageId::of_draft(draft);
            let taken = self.slots.values().any(|message| message.id == id);
            assert!(!taken, "the number {id} is given twice");
            let fates = vec![Fate::Open];
            let message = Message {
                id,
                mailbox: at,
                said: vec![],
                acknowledged: 0,
                synced: 0,
                is_broken: false,
                fates,
            };
            assert!(self.slots.insert(slot, message).is_none(), "slots are used once");
        }
    }

    fn append(&mut self, store: &mut impl MessageStore, slot: u8, bytes: usize) {
        let Some(message) = self.slots.get_mut(&slot) else { return };
        let before = message.said.len();
        let audio = speech(slot, before, bytes);
        if message.fates.contains(&Fate::Open) {
            message.said.extend_from_slice(&audio);
        }
        let said = message.said.len();
        let answer = ask(store, Request::Append { draft: message.id.draft(), audio });
        if answer == Answer::Appended {
            assert!(message.fates.contains(&Fate::Open), "appended to what is no draft");
            message.acknowledged = said;
        } else if answer == Answer::Failed(StoreError::NoSuchDraft) {
            // It was kept, although that was not acknowledged, or is gone.
            message.fates.retain(|fate| *fate != Fate::Open);
            assert_ne!(message.fates, [], "a draft is lost");
            message.said.truncate(before);
        } else {
            message.is_broken = true;
        }
        self.succeeded(&answer);
    }

    fn sync(&mut self, store: &mut impl Store) {
        let synced = store.sync();
        self.failures += usize::from(synced.is_err());
        for message in self.slots.values_mut() {
            message.is_broken |= synced.is_err();
            if !message.is_broken {
                message.synced = message.acknowledged;
            }
        }
    }

    fn commit(&mut self, store: &mut impl MessageStore, slot: u8) {
        let Some(message) = self.slots.get_mut(&slot) else { return };
        let answer = ask(store, Request::Commit { draft: message.id.draft() });
        let whole = message.said.clone();
        let was_open = message.fates.contains(&Fate::Open);
        if answer == Answer::Failed(StoreError::TooShort) {
            // Nothing is there to keep; it stays a draft.
            assert!(message.acknowledged <= MAY_BE_LOST);
            return;
        }
        match (&answer, was_open) {
            (Answer::Kept(summary), true) => {
                assert_eq!(summary.id, message.id);
                let mut audio = whole;
                if summary.interrupted {
                    audio = sound(store, Request::Fetch { message: message.id });
                    message.check_spoken(&audio);
                }
                let (folder, interrupted) = (summary.folder, summary.interrupted);
                message.fates = vec![Fate::Kept { audio, folder, interrupted }];
            }
            // Asked again: what is there is told.
            (Answer::Kept(summary), false) => message.check_summary(summary),
            (_, true) => {
                message.is_broken = true;
                let folder = Folder::New;
                message.fates.push(Fate::Kept { audio: whole, folder, interrupted: false });
            }
            (_, false) => {}
        }
        self.succeeded(&answer);
    }

    /// Applies what an operation does, or may have done.
    fn settle(&mut self, slot: u8, answer: &Answer, change: impl Fn(&Fate) -> Fate) {
        let succeeded = self.succeeded(answer);
        let Some(message) = self.slots.get_mut(&slot) else { return };
        let changed: Vec<_> = message.fates.iter().map(change).collect();
        if succeeded {
            message.fates = changed;
        } else {
            message.fates.extend(changed);
        }
        message.fates.dedup();
    }

    fn greet(&mut self, key: (usize, GreetingKind), answer: &Answer, new: Option<Vec<u8>>) {
        let succeeded = self.succeeded(answer);
        let candidates = self.greetings.entry(key).or_insert_with(|| vec![None]);
        if succeeded {
            candidates.clear();
        }
        candidates.push(new);
    }

    fn succeeded(&mut self, answer: &Answer) -> bool {
        let failed = matches!(answer, Answer::Failed(_));
        self.failures += usize::from(failed);
        !failed
    }

    /// Checks a store that was opened after the session came to its end, well or badly.
    pub(crate) fn check(&self, store: &mut impl MessageStore) {
        let mut there = BTreeMap::new();
        for name in MAILBOXES {
            for message in list(store, name) {
                assert_eq!(message.mailbox, mailbox(name));
                let id = message.id;
                assert!(there.insert(id, message).is_none(), "{id} is there twice");
            }
        }
        for at in &self.mailboxes {
            let list = Request::List { mailbox: mailbox(MAILBOXES[*at]) };
            assert!(matches!(ask(store, list), Answer::Messages(_)), "an added mailbox is lost");
        }
        for message in self.slots.values() {
            let id = message.id;
            let found = there.remove(&id).map(|summary| {
                let audio = sound(store, Request::Fetch { message: id });
                (summary, audio)
            });
            message.check(found);
        }
        assert!(there.is_empty(), "messages that nobody left: {there:?}");
        self.check_greetings(store);
    }

    fn check_greetings(&self, store: &mut impl MessageStore) {
        for ((at, kind), candidates) in &self.greetings {
            let (mailbox, kind) = (mailbox(MAILBOXES[*at]), *kind);
            let answer = ask(store, Request::FetchGreeting { mailbox, kind });
            let found = if let Answer::Sound(audio) = &answer {
                Some(audio.to_vec())
            } else {
                let none = [StoreError::NoSuchGreeting, StoreError::NoSuchMailbox];
                assert!(none.map(Answer::Failed).contains(&answer), "{answer:?}");
                None
            };
            let sizes: Vec<_> = candidates.iter().map(|it| it.as_ref().map(Vec::len)).collect();
            let size = found.as_ref().map(Vec::len);
            assert!(candidates.contains(&found), "{kind:?}: {size:?} is none of {sizes:?}");
        }
    }
}

impl Message {
    fn check(&self, found: Option<(MessageSummary, Vec<u8>)>) {
        let Some((summary, audio)) = found else {
            let sure = self.sure();
            let may_be_gone =
                self.fates.contains(&Fate::Gone) || self.fates.contains(&Fate::Open) && sure == 0;
            assert!(may_be_gone, "{} is lost: {:?}", self.id, self.brief());
            return;
        };
        self.check_summary(&summary);
        let is = |fate: &Fate| match fate {
            Fate::Open => summary.interrupted && summary.folder == Folder::New,
            Fate::Kept { audio: kept, folder, interrupted } => {
                *kept == audio && *folder == summary.folder && *interrupted == summary.interrupted
            }
            Fate::Gone => false,
        };
        assert!(self.fates.iter().any(is), "{summary:?} is none of {:?}", self.brief());
        if summary.interrupted {
            self.check_spoken(&audio);
        }
    }

    /// Returns how much of what was said must be there.
    fn sure(&self) -> usize {
        self.acknowledged.saturating_sub(MAY_BE_LOST).max(self.synced)
    }

    fn check_summary(&self, summary: &MessageSummary) {
        assert_eq!(summary.id, self.id);
        assert_eq!(summary.mailbox, mailbox(MAILBOXES[self.mailbox]));
        assert_eq!(summary.envelope.caller_name, envelope(0).caller_name);
    }

    /// Checks what is left of a recording: it begins with what must be there, and after that there
    /// is what was said, or nothing.
    fn check_spoken(&self, audio: &[u8]) {
        let sure = self.sure();
        assert!(audio.len() <= self.said.len(), "{}: more than was said", self.id);
        assert!(audio.len() >= sure, "{}: {} of {sure} bytes", self.id, audio.len());
        assert_eq!(audio[..sure], self.said[..sure], "{}: other sound", self.id);
        let heard = audio.iter().zip(&self.said).all(|(is, was)| is == was || *is == 0);
        assert!(heard, "{}: sound that nobody made", self.id);
    }

    fn brief(&self) -> Vec<String> {
        let brief = |fate: &Fate| match fate {
            Fate::Open => format!("open with {} bytes", self.acknowledged),
            Fate::Kept { audio, folder, interrupted } => {
                format!("{folder:?} with {} bytes, interrupted: {interrupted}", audio.len())
            }
            Fate::Gone => "gone".to_owned(),
        };
        self.fates.iter().map(brief).collect()
    }
}

/// Returns sound that differs by slot and place, and has no zero byte.
fn speech(slot: u8, from: usize, bytes: usize) -> Vec<u8> {
    let at = |n: usize| 1 + u8::try_from((n * 7 + n / 251 + usize::from(slot) * 31) % 255).unwrap();
    (from..from + bytes).map(at).collect()
}

/// Returns a session in which everything happens once.
pub(crate) fn everything_once() -> Vec<Step> {
    let kind = GreetingKind::Busy;
    let mut steps = vec![
        Step::Add(0),
        Step::Add(1),
        Step::Greet { mailbox: 0, kind, seed: 1, bytes: 501 },
        Step::Open { slot: 0, mailbox: 0 },
        Step::Open { slot: 1, mailbox: 1 },
    ];
    for _ in 0..9 {
        steps.push(Step::Append { slot: 0, bytes: 1_601 });
        steps.push(Step::Append { slot: 1, bytes: 800 });
        steps.push(Step::Sync);
    }
    steps.extend([
        Step::Commit(0),
        Step::Greet { mailbox: 0, kind, seed: 2, bytes: 700 },
        Step::Move(0, Folder::Saved),
        Step::Commit(1),
        Step::Open { slot: 2, mailbox: 0 },
        Step::Append { slot: 2, bytes: 9_000 },
        Step::Discard(2),
        Step::Commit(1),
        Step::Delete(1),
        Step::Ungreet { mailbox: 0, kind },
        Step::Move(0, Folder::Deleted),
        Step::Open { slot: 3, mailbox: 1 },
        Step::Append { slot: 3, bytes: 30_000 },
        Step::Append { slot: 3, bytes: 160 },
    ]);
    steps
}

/// Returns a session of so many steps in which anything happens that can.
pub(crate) fn anything(seed: u64, count: usize) -> Vec<Step> {
    let mut dice = Dice::new(seed);
    let mut steps = vec![Step::Add(0), Step::Add(1)];
    let mut slots = 0_u8;
    let sizes = [1, 160, 161, 3_199, 6_400, 12_801];
    while steps.len() < count {
        let any = |dice: &mut Dice| u8::try_from(dice.below(slots.max(1).into())).unwrap();
        let size = |dice: &mut Dice| sizes[usize::try_from(dice.below(6)).unwrap()];
        let mailbox = usize::try_from(dice.below(2)).unwrap();
        let kind = [GreetingKind::Regular, GreetingKind::Name][mailbox];
        let step = match dice.below(18) {
            0..=2 => {
                slots += 1;
                Step::Open { slot: slots - 1, mailbox }
            }
            3..=7 => Step::Append { slot: any(&mut dice), bytes: size(&mut dice) },
            8..=10 => Step::Commit(any(&mut dice)),
            11 => Step::Discard(any(&mut dice)),
            12..=13 => {
                let to = Folder::ALL[usize::try_from(dice.below(3)).unwrap()];
                Step::Move(any(&mut dice), to)
            }
            14 => Step::Delete(any(&mut dice)),
            15..=16 => Step::Sync,
            _ if dice.chance(25) => Step::Ungreet { mailbox, kind },
            _ => {
                let seed = u8::try_from(dice.below(200)).unwrap();
                Step::Greet { mailbox, kind, seed, bytes: size(&mut dice) }
            }
        };
        steps.push(step);
    }
    steps
}
