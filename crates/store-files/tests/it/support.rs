//! What the tests share.

use centrala_store_files::{FileStore, FileStoreConfig, OpenStoreError, Recovery};
use centrala_testkit::{FaultyDisk, Scratch};
use centrala_voicemail::{
    Answer, Envelope, EnvelopeText, MailboxName, MessageStore, MessageSummary, Reason, Request,
    RequestId, StoreError, UnixMillis,
};

use crate::oracle::{Oracle, Step};

/// Where the store lies on a disk in memory.
pub(crate) const STORE: &str = "/var/store";

pub(crate) fn open(disk: &FaultyDisk) -> (FileStore<FaultyDisk>, Recovery) {
    try_open(disk).expect("a disk without faults can be opened")
}

pub(crate) fn try_open(
    disk: &FaultyDisk,
) -> Result<(FileStore<FaultyDisk>, Recovery), OpenStoreError> {
    FileStore::open_on(disk.clone(), STORE, FileStoreConfig::default())
}

/// Runs a session until it is over or the power is cut; returns what must be there then.
pub(crate) fn run(disk: &FaultyDisk, script: &[Step]) -> Oracle {
    let mut oracle = Oracle::default();
    let Ok((mut store, _)) = try_open(disk) else { return oracle };
    for step in script {
        oracle.step(&mut store, *step);
        if disk.is_without_power() {
            break;
        }
    }
    oracle
}

pub(crate) fn ask(store: &mut impl MessageStore, request: Request) -> Answer {
    store.submit(RequestId::new(1), request);
    let (id, answer) = store.poll_answer().expect("every request is answered at once");
    assert_eq!(id, RequestId::new(1));
    assert_eq!(store.poll_answer(), None, "every request is answered once");
    answer
}

pub(crate) fn mailbox(name: &str) -> MailboxName {
    name.parse().unwrap()
}

pub(crate) fn envelope(number: u64) -> Envelope {
    Envelope::new(EnvelopeText::new("+15550100"), Reason::NoAnswer, UnixMillis::new(number))
        .from_caller(Some(EnvelopeText::new("+15550177")), Some(EnvelopeText::new("Łucja")))
}

pub(crate) fn list(store: &mut impl MessageStore, name: &str) -> Vec<MessageSummary> {
    let answer = ask(store, Request::List { mailbox: mailbox(name) });
    let Answer::Messages(messages) = answer else {
        assert_eq!(answer, Answer::Failed(StoreError::NoSuchMailbox));
        return Vec::new();
    };
    messages
}

pub(crate) fn sound(store: &mut impl MessageStore, request: Request) -> Vec<u8> {
    let answer = ask(store, request);
    let Answer::Sound(sound) = answer else { panic!("{answer:?} is no sound") };
    sound.to_vec()
}

/// A new, empty directory that is removed with its contents.
pub(crate) fn scratch(name: &str) -> Scratch {
    Scratch::below(env!("CARGO_TARGET_TMPDIR"), &format!("store-files-{name}")).unwrap()
}
