//! What the tests share.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use centrala_store_locations::{
    Disk, DiskFile, FileLocations, LockError, OpenLocationsError, Recovery,
};
use centrala_testkit::{FaultyDisk, FaultyFile};
use centrala_ua::{LocationRecord, LocationStore, StoredBinding};

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

    fn create(&mut self, path: &Path) -> io::Result<ForgetfulFile> {
        match self.0.create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let file = self.0.open(path)?;
                file.truncate(0)?;
                Ok(ForgetfulFile(file))
            }
            created => created.map(ForgetfulFile),
        }
    }

    fn open(&mut self, path: &Path) -> io::Result<ForgetfulFile> {
        self.0.open(path).map(ForgetfulFile)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        self.0.sync_dir(path)
    }

    fn lock(&mut self, path: &Path) -> Result<(), LockError> {
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

    fn read_at(&mut self, offset: u64, octets: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, octets)
    }

    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<usize> {
        self.0.write_at(offset, octets)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }
}

/// Where the store lies on a disk in memory.
pub(crate) const STORE: &str = "/var/locations";

pub(crate) fn try_open(
    disk: &FaultyDisk,
) -> Result<(FileLocations<Forgetful>, Recovery), OpenLocationsError> {
    FileLocations::open_on(Forgetful(disk.clone()), STORE)
}

pub(crate) fn open(disk: &FaultyDisk) -> (FileLocations<Forgetful>, Recovery) {
    try_open(disk).expect("a disk without faults can be opened")
}

/// What is kept of a user: as many bindings, and a number by which this is told from another.
pub(crate) fn record(user: &str, bindings: usize, number: u64) -> LocationRecord {
    let binding = |place| {
        let contact = format!("sip:{user}@10.0.0.{place}").parse().unwrap();
        let flow = "UDP 192.0.2.9:40112".parse().unwrap();
        let mut binding = StoredBinding::new(contact, flow, Duration::from_secs(number));
        binding.call_id = format!("call-{number}");
        binding
    };
    LocationRecord::new(user.to_owned(), (0..bindings).map(binding).collect())
}

/// Returns what is kept of a user, if anything.
pub(crate) fn find(store: &dyn LocationStore, user: &str) -> Option<LocationRecord> {
    let mut found = store.records().into_iter().filter(|record| record.user == user);
    let first = found.next();
    assert_eq!(found.next(), None, "{user} is there once");
    first
}

/// A new, empty directory that is removed with its contents.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("store-locations-{name}-{process}-{number}"));
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
