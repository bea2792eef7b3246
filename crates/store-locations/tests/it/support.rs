//! What the tests share.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use centrala_store_locations::{FileLocations, OpenLocationsError, Recovery};
use centrala_testkit::FaultyDisk;
use centrala_ua::{LocationRecord, LocationStore, StoredBinding};

/// Where the store lies on a disk in memory.
pub(crate) const STORE: &str = "/var/locations";

pub(crate) fn try_open(
    disk: &FaultyDisk,
) -> Result<(FileLocations<FaultyDisk>, Recovery), OpenLocationsError> {
    FileLocations::open_on(disk.clone(), STORE)
}

pub(crate) fn open(disk: &FaultyDisk) -> (FileLocations<FaultyDisk>, Recovery) {
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
