//! The disk fails, fills up, and writes by halves.

use std::{io, path::Path};

use centrala_disk::{Disk as _, DiskFile as _};
use centrala_testkit::{Fault, FaultyDisk, Forgetting};
use centrala_ua::{LocationStore as _, LocationStoreError};

use crate::{
    session::{Step, anything, much, run},
    support::{STORE, open, record},
};

/// Lets each operation of a session fail; returns how many answers were failures.
fn fail_everywhere(script: &[Step], fault: Fault) -> usize {
    let mut failures = 0;
    let session = |disk: &FaultyDisk| run(disk, script);
    FaultyDisk::new().with_each_fault(fault, 1, session, |disk, oracle| {
        failures += oracle.failures;
        disk.each_power_cut(1, |after| oracle.check(&open(after).0));
    });
    failures
}

#[test]
fn whatever_operation_fails_nothing_flushed_is_lost() {
    for kind in [io::ErrorKind::Other, io::ErrorKind::StorageFull] {
        for fault in [Fault::Error(kind), Fault::Dead(kind)] {
            let mut failures = fail_everywhere(&much(6), fault);
            for seed in 0..6 {
                failures += fail_everywhere(&anything(seed, 40), fault);
            }
            assert!(failures > 100, "{fault:?} made only {failures} flushes fail");
        }
    }
}

#[test]
fn short_writes_are_completed() {
    assert_eq!(fail_everywhere(&anything(3, 60), Fault::ShortWrite), 0);
    assert_eq!(fail_everywhere(&much(6), Fault::ShortWrite), 0);
}

#[test]
fn a_disk_that_is_full_is_told_each_time_and_made_up_for_when_there_is_room() {
    let disk = FaultyDisk::new();
    let (mut store, _) = open(&disk);
    store.put(record("101", 1, 1));
    store.flush().unwrap();
    disk.set_room(Some(0));
    for number in 2..5 {
        store.put(record("101", 1, number));
        store.put(record("102", 1, number));
        assert_eq!(store.flush(), Err(LocationStoreError::NoSpace));
        let (old, _) = open(&disk.after_power_cut(Forgetting::Everything));
        assert_eq!(old.records(), [record("101", 1, 1)], "what was kept is kept");
    }
    assert_eq!(store.records().len(), 2, "and in memory nothing is missing");
    disk.set_room(None);
    store.flush().unwrap();
    let (new, _) = open(&disk.after_power_cut(Forgetting::Everything));
    assert_eq!(new.records(), store.records());
}

#[test]
fn a_sync_that_failed_once_is_not_believed_the_next_time() {
    let disk = FaultyDisk::new();
    let (mut store, _) = open(&disk);
    store.put(record("101", 1, 1));
    store.flush().unwrap();
    store.put(record("101", 1, 2));
    // The write, then the sync.
    disk.fail_at(disk.operations() + 2, Fault::Error(io::ErrorKind::Other));
    assert_eq!(store.flush(), Err(LocationStoreError::Medium(io::ErrorKind::Other)));
    store.flush().unwrap();
    let (after, _) = open(&disk.after_power_cut(Forgetting::Everything));
    assert_eq!(after.records(), [record("101", 1, 2)]);
}

#[test]
fn a_store_that_cannot_be_written_can_be_read() {
    let disk = FaultyDisk::new();
    let (mut store, _) = open(&disk);
    store.put(record("101", 1, 1));
    store.flush().unwrap();
    drop(store);
    disk.set_room(Some(0));
    let (mut store, _) = open(&disk);
    assert_eq!(store.records(), [record("101", 1, 1)]);
    store.put(record("102", 1, 1));
    assert_eq!(store.flush(), Err(LocationStoreError::NoSpace));
}

#[test]
fn the_journal_stays_as_small_as_what_there_is() {
    let mut disk = FaultyDisk::new();
    let (mut store, _) = open(&disk);
    let mut longest = 0;
    for number in 0..2_000 {
        for user in 0..20 {
            store.put(record(&user.to_string(), 1, number));
        }
        store.flush().unwrap();
        longest = longest.max(store.journal_length().unwrap());
    }
    assert!(longest <= 64 * 1_024, "{longest} octets for 20 telephones");
    for user in 0..20 {
        store.put(record(&user.to_string(), 0, 0));
    }
    store.flush().unwrap();
    drop(store);
    let (store, recovery) = open(&disk.after_power_cut(Forgetting::Everything));
    assert_eq!((store.records().len(), recovery.damaged, recovery.torn), (0, 0, 0));
    let mut file = disk.open(&Path::new(STORE).join("journal")).unwrap();
    assert!(file.length().unwrap() <= 64 * 1_024);
}

#[test]
fn a_store_that_is_never_flushed_does_not_grow() {
    let disk = FaultyDisk::new();
    let (mut store, _) = open(&disk);
    store.flush().unwrap();
    let before = disk.operations();
    for number in 0..20_000 {
        store.put(record("101", 1, number));
    }
    assert_eq!(disk.operations(), before, "nothing is written");
    let shown = format!("{store:?}");
    assert!(shown.contains("users: 1"), "{shown}");
    let pending: usize = shown
        .split("pending: ")
        .nth(1)
        .and_then(|rest| rest.split([',', ' ']).next()?.parse().ok())
        .unwrap();
    assert!(pending <= 64 * 1_024, "{pending} octets wait");
    assert!(!shown.contains("10.0.0"), "where a telephone is is not printed");
}
