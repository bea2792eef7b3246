//! The store on a real disk.

use std::fs;

use centrala_store_locations::{FileLocations, MAX_DAMAGED, OpenLocationsError, Recovery};
use centrala_ua::LocationStore as _;

use crate::support::{Scratch, record};

#[test]
fn what_was_flushed_is_there_when_it_is_opened_again() {
    let scratch = Scratch::new("again");
    let dir = scratch.path().join("deep/below");
    let (mut store, recovery) = FileLocations::open(&dir).unwrap();
    assert_eq!(recovery, Recovery::default());
    store.put(record("101", 2, 1));
    store.put(record("102", 1, 2));
    store.flush().unwrap();
    store.put(record("102", 0, 3));
    store.flush().unwrap();
    drop(store);
    let (store, recovery) = FileLocations::open(&dir).unwrap();
    assert_eq!((store.records(), recovery), (vec![record("101", 2, 1)], Recovery::default()));
    let text = fs::read_to_string(dir.join("journal")).unwrap();
    assert_eq!(text.lines().next().unwrap().split_once(' ').unwrap().1, "centrala-locations 1");
    assert_eq!(text.lines().count(), 4);
}

#[test]
fn a_second_store_in_the_same_directory_is_refused() {
    let scratch = Scratch::new("lock");
    let store = FileLocations::open(scratch.path()).unwrap();
    let error = FileLocations::open(scratch.path()).unwrap_err();
    let process = std::process::id();
    assert!(
        matches!(error, OpenLocationsError::InUse { holder: Some(id), .. } if id == process),
        "{error}"
    );
    drop(store);
    FileLocations::open(scratch.path()).unwrap();
}

#[test]
fn a_line_that_was_changed_is_put_aside_and_the_others_are_read() {
    let scratch = Scratch::new("damaged");
    let (mut store, _) = FileLocations::open(scratch.path()).unwrap();
    for user in ["101", "102", "103"] {
        store.put(record(user, 1, 1));
    }
    store.flush().unwrap();
    drop(store);
    let journal = scratch.path().join("journal");
    let text = fs::read_to_string(&journal).unwrap();
    let text = text.replace("sip:102@10.0.0.0", "sip:666@10.0.0.0") + "5f3a9c01 104 | cont";
    fs::write(&journal, &text).unwrap();

    let (mut store, recovery) = FileLocations::open(scratch.path()).unwrap();
    let users: Vec<_> = store.records().into_iter().map(|record| record.user).collect();
    assert_eq!(users, ["101", "103"]);
    let aside = scratch.path().join("damaged");
    assert_eq!((recovery.damaged, recovery.torn), (1, 19));
    assert_eq!(recovery.aside.as_ref(), Some(&aside));
    assert!(fs::read_to_string(aside).unwrap().contains("sip:666@10.0.0.0"));
    store.flush().unwrap();
    drop(store);
    let (_, recovery) = FileLocations::open(scratch.path()).unwrap();
    assert_eq!(recovery, Recovery::default(), "told once");
}

#[test]
fn rubbish_is_put_aside_up_to_a_limit() {
    let scratch = Scratch::new("rubbish");
    let (mut store, _) = FileLocations::open(scratch.path()).unwrap();
    store.put(record("101", 1, 1));
    store.flush().unwrap();
    drop(store);
    let journal = scratch.path().join("journal");
    let text = fs::read(&journal).unwrap();
    let rubbish: Vec<u8> = (0..1_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    fs::write(&journal, [&rubbish[..], b"\n", &text].concat()).unwrap();
    let (mut store, recovery) = FileLocations::open(scratch.path()).unwrap();
    assert_eq!(store.records(), [record("101", 1, 1)]);
    assert!(recovery.damaged > 1_000, "{recovery:?}");
    let aside = fs::metadata(recovery.aside.unwrap()).unwrap().len();
    assert_eq!(aside, u64::try_from(MAX_DAMAGED).unwrap());
    store.flush().unwrap();
    assert!(fs::metadata(&journal).unwrap().len() < 1_000, "mended");
}

#[test]
fn what_a_newer_version_wrote_is_left_alone() {
    let scratch = Scratch::new("newer");
    let journal = scratch.path().join("journal");
    let text = "9cdae26a centrala-locations 2\nsomething else\n";
    fs::write(&journal, text).unwrap();
    let error = FileLocations::open(scratch.path()).unwrap_err();
    assert!(matches!(error, OpenLocationsError::NewerFormat { found: 2, .. }), "{error}");
    assert_eq!(fs::read_to_string(journal).unwrap(), text);
}

#[test]
fn a_bit_that_the_disk_has_changed_costs_one_line_at_most_and_is_told() {
    let scratch = Scratch::new("bits");
    let (mut store, _) = FileLocations::open(scratch.path()).unwrap();
    for user in ["101", "102"] {
        store.put(record(user, 1, 1));
    }
    store.flush().unwrap();
    drop(store);
    let journal = scratch.path().join("journal");
    let whole = fs::read(&journal).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut text = whole.clone();
        text[bit / 8] ^= 1 << (bit % 8);
        fs::write(&journal, &text).unwrap();
        let (mut store, recovery) = FileLocations::open(scratch.path())
            .unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert!(recovery.damaged > 0 || recovery.torn > 0, "bit {bit}: {recovery:?}");
        // The end of a line may be the bit: then two are one.
        let lost = 2 - store.records().len();
        assert!(
            lost <= if text.iter().filter(|octet| **octet == b'\n').count() < 3 { 2 } else { 1 }
        );
        store.put(record("103", 1, 1));
        store.flush().unwrap();
        drop(store);
        let (store, recovery) = FileLocations::open(scratch.path()).unwrap();
        assert_eq!((store.records().len(), recovery), (3 - lost, Recovery::default()), "mended");
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_where_telephones_are() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new("mode");
    let (mut store, _) = FileLocations::open(scratch.path()).unwrap();
    store.flush().unwrap();
    let mode = fs::metadata(scratch.path().join("journal")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}
