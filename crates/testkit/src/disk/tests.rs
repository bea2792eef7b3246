use centrala_disk::{DiskFile as _, conformance};

use super::*;

fn written(disk: &FaultyDisk, path: &str, bytes: &[u8]) -> FaultyFile {
    let mut file = disk.clone().create(Path::new(path)).unwrap();
    assert_eq!(file.write_at(0, bytes).unwrap(), bytes.len());
    file
}

fn contents(disk: &FaultyDisk, path: &str) -> Option<Vec<u8>> {
    let mut file = disk.clone().open(Path::new(path)).ok()?;
    let mut bytes = vec![0; 64];
    let length = file.read_at(0, &mut bytes).unwrap();
    bytes.truncate(length);
    Some(bytes)
}

fn with_dirs() -> FaultyDisk {
    let mut disk = FaultyDisk::new();
    for dir in ["/a", "/b"] {
        disk.create_dir(Path::new(dir)).unwrap();
    }
    disk.sync_dir(Path::new("/")).unwrap();
    disk
}

#[test]
fn a_disk_without_faults_conforms() {
    let disk = FaultyDisk::new();
    conformance::check(&mut disk.clone(), Path::new("/some/where"));
    conformance::check(&mut disk.after_power_cut(Forgetting::Everything), Path::new("/else"));
}

#[test]
fn nobody_holds_a_lock_after_a_power_cut() {
    let mut disk = with_dirs();
    let path = Path::new("/a/lock");
    let _held = disk.lock(path).unwrap();
    assert!(matches!(disk.lock(path), Err(LockError::Held { process: None })));
    disk.sync_dir(Path::new("/a")).unwrap();
    let mut after = disk.after_power_cut(Forgetting::Everything);
    assert_eq!(after.read_dir(Path::new("/a")).unwrap(), ["lock"]);
    after.lock(path).unwrap();
}

#[test]
fn contents_and_names_are_forgotten_unless_each_was_synced() {
    let mut disk = with_dirs();
    written(&disk, "/a/neither", b"x");
    written(&disk, "/a/contents", b"x").sync().unwrap();
    let mut after = disk.after_power_cut(Forgetting::Everything);
    assert_eq!(after.read_dir(Path::new("/a")).unwrap(), Vec::<String>::new());
    disk.sync_dir(Path::new("/a")).unwrap();
    let after = disk.after_power_cut(Forgetting::Everything);
    assert_eq!(contents(&after, "/a/neither").unwrap(), b"");
    assert_eq!(contents(&after, "/a/contents").unwrap(), b"x");
    let after = disk.after_power_cut(Forgetting::Nothing);
    assert_eq!(contents(&after, "/a/neither").unwrap(), b"x");
}

#[test]
fn what_is_in_a_directory_that_was_not_synced_is_gone_with_it() {
    let mut disk = FaultyDisk::new();
    disk.create_dir(Path::new("/a/b")).unwrap();
    written(&disk, "/a/b/file", b"x").sync().unwrap();
    disk.sync_dir(Path::new("/a/b")).unwrap();
    disk.sync_dir(Path::new("/a")).unwrap();
    let after = disk.after_power_cut(Forgetting::Everything);
    assert_eq!(contents(&after, "/a/b/file"), None);
    disk.sync_dir(Path::new("/")).unwrap();
    let after = disk.after_power_cut(Forgetting::Everything);
    assert_eq!(contents(&after, "/a/b/file").unwrap(), b"x");
}

#[test]
fn a_renamed_file_has_a_name_after_any_power_cut() {
    let mut disk = with_dirs();
    written(&disk, "/a/old", b"x").sync().unwrap();
    disk.sync_dir(Path::new("/a")).unwrap();
    disk.rename(Path::new("/a/old"), Path::new("/b/new")).unwrap();
    let mut seen = BTreeSet::new();
    for seed in 0..100 {
        let after = disk.after_power_cut(Forgetting::Some { seed });
        let names = (contents(&after, "/a/old"), contents(&after, "/b/new"));
        assert_ne!(names, (None, None));
        seen.insert((names.0.is_some(), names.1.is_some()));
    }
    assert_eq!(seen.len(), 3, "old, new, both: {seen:?}");
    // The old name ends when the new one is durable, and not before.
    let mut names_after = |synced: &str| {
        disk.sync_dir(Path::new(synced)).unwrap();
        let after = disk.after_power_cut(Forgetting::Everything);
        (contents(&after, "/a/old").is_some(), contents(&after, "/b/new").is_some())
    };
    assert_eq!(names_after("/a"), (true, false));
    assert_eq!(names_after("/b"), (true, true));
    assert_eq!(names_after("/a"), (false, true));
}

#[test]
fn a_move_whose_end_is_synced_late_brings_nothing_back() {
    let mut disk = with_dirs();
    written(&disk, "/a/old", b"x").sync().unwrap();
    disk.sync_dir(Path::new("/a")).unwrap();
    disk.rename(Path::new("/a/old"), Path::new("/b/new")).unwrap();
    disk.sync_dir(Path::new("/b")).unwrap();
    disk.remove(Path::new("/b/new")).unwrap();
    disk.sync_dir(Path::new("/b")).unwrap();
    disk.sync_dir(Path::new("/a")).unwrap();
    let after = disk.after_power_cut(Forgetting::Everything);
    assert_eq!((contents(&after, "/a/old"), contents(&after, "/b/new")), (None, None));
}

#[test]
fn what_a_failed_sync_has_dropped_never_becomes_durable() {
    let mut disk = with_dirs();
    let mut file = written(&disk, "/a/file", b"lost");
    disk.sync_dir(Path::new("/a")).unwrap();
    disk.fail_at(disk.operations() + 1, Fault::Error(io::ErrorKind::Other));
    assert_eq!(file.sync().unwrap_err().kind(), io::ErrorKind::Other);
    assert_eq!(contents(&disk, "/a/file").unwrap(), b"lost", "it is still seen");
    file.write_at(4, b"kept").unwrap();
    file.sync().unwrap();
    let after = disk.after_power_cut(Forgetting::Nothing);
    assert_eq!(contents(&after, "/a/file").unwrap(), b"\0\0\0\0kept");
}

#[test]
fn a_full_disk_takes_what_fits_and_then_nothing() {
    let disk = with_dirs();
    disk.set_room(Some(6));
    let mut file = written(&disk, "/a/file", b"1234");
    assert_eq!(file.write_at(4, b"5678").unwrap(), 2);
    assert_eq!(file.write_at(6, b"78").unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(file.write_at(0, b"over").unwrap(), 4, "what is there can be changed");
    assert_eq!(contents(&disk, "/a/file").unwrap(), b"over56");
}

#[test]
fn a_session_meets_a_fault_at_each_of_its_operations() {
    let disk = with_dirs();
    let session = |disk: &FaultyDisk| {
        let mut file = disk.clone().create(Path::new("/a/file")).ok()?;
        file.write_all(0, b"1234").ok()?;
        file.sync().ok()?;
        disk.clone().sync_dir(Path::new("/a")).ok()
    };
    let mut done = Vec::new();
    let mut left = BTreeSet::new();
    let operations = disk.with_each_fault(Fault::PowerCut, 1, session, |disk, returned| {
        assert_eq!(disk.is_without_power(), returned.is_none());
        done.push(returned.is_some());
        disk.each_power_cut(4, |after| {
            left.insert(contents(after, "/a/file"));
        });
    });
    assert_eq!((operations, &done[..]), (4, &[false, false, false, false, true][..]));
    assert!(left.contains(&None) && left.contains(&Some(b"1234".to_vec())), "{left:?}");
    let mut runs = 0;
    let error = Fault::Error(io::ErrorKind::Other);
    assert_eq!(disk.with_each_fault(error, 3, session, |_, _| runs += 1), 4);
    assert_eq!(runs, 3, "at 1, at 4, and at 7, which is never reached");
}

#[test]
fn after_a_power_cut_nothing_works_and_half_a_write_may_be_there() {
    let mut disk = with_dirs();
    let mut file = written(&disk, "/a/file", b"");
    disk.sync_dir(Path::new("/a")).unwrap();
    file.write_at(0, b"abcd").unwrap();
    disk.fail_at(disk.operations() + 1, Fault::PowerCut);
    assert!(file.sync().is_err());
    assert!(disk.read_dir(Path::new("/a")).is_err());
    let left: BTreeSet<_> = (0..100)
        .map(|seed| disk.after_power_cut(Forgetting::Some { seed }))
        .map(|after| contents(&after, "/a/file").unwrap())
        .collect();
    let expected: [&[u8]; 4] = [b"", b"\0\0\0\0", b"ab", b"abcd"];
    assert!(left.iter().map(Vec::as_slice).eq(expected), "{left:?}");
}
