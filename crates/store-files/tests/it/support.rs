//! What the tests share.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use centrala_store_files::{FileStore, FileStoreConfig, OpenStoreError, Recovery};
use centrala_testkit::FaultyDisk;
use centrala_voicemail::{
    Answer, Envelope, EnvelopeText, MailboxName, MessageStore, MessageSummary, Reason, Request,
    RequestId, StoreError, UnixMillis,
};

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
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("store-files-{name}-{process}-{number}"));
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies in the target directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Prints what was being done if a check fails.
pub(crate) struct Context<'a>(pub(crate) &'a str);

impl Drop for Context<'_> {
    #[expect(clippy::print_stderr, reason = "a test that fails says where")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}
