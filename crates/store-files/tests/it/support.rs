//! What the tests share.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use centrala_store_files::{
    Disk, DiskFile, FileStore, FileStoreConfig, LockError, OpenStoreError, Recovery,
};
use centrala_testkit::{FaultyDisk, FaultyFile};
use centrala_voicemail::{
    Answer, Envelope, EnvelopeText, MailboxName, MessageStore, MessageSummary, Reason, Request,
    RequestId, StoreError, UnixMillis,
};

/// Puts the disk of the testkit beneath a store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forgetful(pub(crate) FaultyDisk);

#[derive(Debug)]
pub(crate) struct ForgetfulFile(FaultyFile);

impl Disk for Forgetful {
    type File = ForgetfulFile;
    type Lock = ();

    fn create_dir(&mut self, path: &Path) -> io::Result<()> {
        self.0.create_dir(path)
    }

    fn read_dir(&mut self, path: &Path) -> io::Result<Vec<String>> {
        self.0.read_dir(path)
    }

    fn create(&mut self, path: &Path) -> io::Result<ForgetfulFile> {
        self.0.create(path).map(ForgetfulFile)
    }

    fn open(&mut self, path: &Path) -> io::Result<ForgetfulFile> {
        self.0.open(path).map(ForgetfulFile)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }

    fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        self.0.sync_dir(path)
    }

    fn lock(&mut self, path: &Path, _holder: &str) -> Result<(), LockError> {
        // A file of that name is all that is left of a lock after a power cut.
        match self.0.create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl DiskFile for ForgetfulFile {
    fn length(&mut self) -> io::Result<u64> {
        self.0.length()
    }

    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, bytes)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_at(offset, bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.truncate(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }
}

/// Where the store lies on a disk in memory.
pub(crate) const STORE: &str = "/var/store";

pub(crate) fn open(disk: &FaultyDisk) -> (FileStore<Forgetful>, Recovery) {
    try_open(disk).expect("a disk without faults can be opened")
}

pub(crate) fn try_open(
    disk: &FaultyDisk,
) -> Result<(FileStore<Forgetful>, Recovery), OpenStoreError> {
    FileStore::open_on(Forgetful(disk.clone()), STORE, FileStoreConfig::default())
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
