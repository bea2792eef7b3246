//! The store on a real disk.

use std::fs;

use centrala_store_locations::{FileLocations, OpenLocationsError, Recovery};
use centrala_ua::LocationStore as _;

use crate::support::{record, scratch};

#[test]
fn what_was_flushed_is_there_when_it_is_opened_again() {
    let scratch = scratch("again");
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
    assert_eq!(text.lines().next().unwrap().split_once(' ').unwrap().1, "centrala-locations 2");
    assert_eq!(text.lines().count(), 6, "each batch behind a mark: {text}");
}

#[test]
fn a_second_store_in_the_same_directory_is_refused() {
    let scratch = scratch("lock");
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

#[cfg(unix)]
#[test]
fn nobody_else_may_read_where_telephones_are() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = scratch("mode");
    let (mut store, _) = FileLocations::open(scratch.path()).unwrap();
    store.flush().unwrap();
    let mode = fs::metadata(scratch.path().join("journal")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}
