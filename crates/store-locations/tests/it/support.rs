//! What the tests share.

use std::time::Duration;

use centrala_store_locations::{FileLocations, OpenLocationsError, Recovery};
use centrala_testkit::{FaultyDisk, Scratch};
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
pub(crate) fn scratch(name: &str) -> Scratch {
    Scratch::below(env!("CARGO_TARGET_TMPDIR"), &format!("store-locations-{name}")).unwrap()
}
