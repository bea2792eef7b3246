//! What every store does.

use centrala_store_locations::FileLocations;
use centrala_testkit::FaultyDisk;
use centrala_ua::{LocationStore, MemoryLocations};

use crate::{
    session::{Oracle, anything},
    support::{find, open, record, scratch},
};

/// Runs a check over all stores, each new.
#[track_caller]
fn each(check: impl Fn(&mut dyn LocationStore)) {
    check(&mut MemoryLocations::new());
    check(&mut open(&FaultyDisk::new()).0);
    let scratch = scratch("conformance");
    check(&mut FileLocations::open(scratch.path()).unwrap().0);
}

#[test]
fn the_last_record_of_a_user_is_what_is_kept() {
    each(|store| {
        assert_eq!(store.records(), []);
        store.put(record("101", 2, 1));
        store.put(record("102", 1, 2));
        assert_eq!(store.records(), [record("101", 2, 1), record("102", 1, 2)], "at once");
        store.put(record("101", 1, 3));
        store.flush().unwrap();
        assert_eq!(find(store, "101"), Some(record("101", 1, 3)));
        store.put(record("101", 0, 4));
        assert_eq!(store.records(), [record("102", 1, 2)]);
        store.put(record("101", 1, 5));
        assert_eq!(store.records().len(), 2, "who has gone may come back");
    });
}

#[test]
fn the_same_record_twice_is_as_good_as_once() {
    each(|store| {
        for _ in 0..2 {
            store.put(record("101", 2, 1));
            store.put(record("102", 0, 1));
            store.flush().unwrap();
        }
        assert_eq!(store.records(), [record("101", 2, 1)]);
    });
}

#[test]
fn nothing_put_is_nothing_to_flush() {
    each(|store| {
        for _ in 0..3 {
            store.flush().unwrap();
        }
        assert_eq!(store.records(), []);
    });
}

#[test]
fn any_session_ends_with_what_was_put_last() {
    each(|store| {
        for seed in 0..20 {
            let mut oracle = Oracle::default();
            for user in 0..10_u8 {
                let gone = record(&user.to_string(), 0, 0);
                oracle.put(&gone);
                store.put(gone);
            }
            anything(seed, 100).iter().for_each(|step| oracle.step(store, step));
            oracle.flushed();
            oracle.check(store);
        }
    });
}
