//! What every [`Disk`] must do as long as it works, as a test that any of them can run. What is left after a power cut a disk
//! cannot be asked; that is for a disk which can have one.

use std::{io, path::Path};

use crate::{Disk, DiskFile, LockError};

/// Checks a disk, in a directory that is not there yet, or empty.
///
/// # Panics
///
/// If the disk does something else than it should; the panic says what.
#[expect(clippy::unwrap_used, reason = "it is a test")]
pub fn check<D: Disk>(disk: &mut D, dir: &Path) {
    disk.create_dir_durably(&dir.join("a")).unwrap();
    disk.create_dir_durably(&dir.join("b/below")).unwrap();
    disk.create_dir(&dir.join("a")).unwrap();
    files_are_synced_together(disk, &dir.join("a"));
    names_are_given_and_taken(disk, &dir.join("a"), &dir.join("b"));
    contents_are_what_was_written(disk, &dir.join("a/contents"));
    a_file_is_replaced_whole(disk, &dir.join("a/replaced"));
    a_lock_keeps_others_out_until_it_is_dropped(disk, &dir.join("a/lock"));
    let mut left = disk.read_dir(&dir.join("a")).unwrap();
    left.sort();
    assert_eq!(left, ["contents", "lock", "replaced"], "the names that are left");
}

#[expect(clippy::unwrap_used, reason = "it is a test")]
fn names_are_given_and_taken<D: Disk>(disk: &mut D, dir: &Path, other: &Path) {
    let (one, two) = (dir.join("one"), other.join("two"));
    disk.create(&one).unwrap().write_all(0, b"x").unwrap();
    is(disk.create(&one), io::ErrorKind::AlreadyExists, "a second file of a name");
    disk.create(&two).unwrap();
    disk.rename(&one, &two).unwrap();
    disk.sync_dir(other).unwrap();
    disk.sync_dir(dir).unwrap();
    assert_eq!(disk.open(&two).unwrap().read_up_to(0, 9).unwrap(), b"x", "the file that was moved");
    let mut names = disk.read_dir(other).unwrap();
    names.sort();
    assert_eq!(names, ["below", "two"], "the names in a directory");
    disk.remove(&two).unwrap();
    assert_eq!(disk.read_dir(other).unwrap(), ["below"], "without what was removed");
    let nowhere = dir.join("nowhere/file");
    let absent = io::ErrorKind::NotFound;
    is(disk.open(&one), absent, "opening what was moved");
    is(disk.remove(&one), absent, "removing what is not there");
    is(disk.rename(&one, &two), absent, "renaming what is not there");
    is(disk.create(&nowhere), absent, "a file in no directory");
    is(disk.read_dir(&dir.join("nowhere")), absent, "reading no directory");
}

#[expect(clippy::unwrap_used, reason = "it is a test")]
fn files_are_synced_together<D: Disk>(disk: &mut D, dir: &Path) {
    let names = ["first", "second", "third"].map(|name| dir.join(name));
    let mut files = names.each_ref().map(|name| disk.create(name).unwrap());
    for file in &mut files {
        file.write_all(0, b"x").unwrap();
    }
    let [first, second, third] = &mut files;
    disk.sync_files(&mut []).unwrap();
    disk.sync_files(&mut [first]).unwrap();
    disk.sync_files(&mut [first, second, third]).unwrap();
    for name in &names {
        assert_eq!(disk.open(name).unwrap().read_up_to(0, 9).unwrap(), b"x", "what was synced");
        disk.remove(name).unwrap();
    }
}

#[expect(clippy::unwrap_used, reason = "it is a test")]
fn contents_are_what_was_written<D: Disk>(disk: &mut D, path: &Path) {
    let mut file = disk.create(path).unwrap();
    assert_eq!(file.length().unwrap(), 0, "a new file is empty");
    file.write_all(0, b"hello").unwrap();
    file.write_all(1, b"u").unwrap();
    file.write_all(7, b"!").unwrap();
    file.sync().unwrap();
    assert_eq!(disk.open(path).unwrap().read_up_to(0, 99).unwrap(), b"hullo\0\0!", "what is read");
    file.truncate(2).unwrap();
    assert_eq!(file.length().unwrap(), 2, "after the cut");
    file.truncate(4).unwrap();
    assert_eq!(file.read_up_to(1, 99).unwrap(), b"u\0\0", "what was cut off is not back");
    assert_eq!(file.read_at(4, &mut [0; 9]).unwrap(), 0, "at the end");
    assert_eq!(file.read_at(99, &mut [0; 9]).unwrap(), 0, "beyond the end");
}

#[expect(clippy::unwrap_used, reason = "it is a test")]
fn a_file_is_replaced_whole<D: Disk>(disk: &mut D, path: &Path) {
    disk.replace(path, |file| Ok(file.write_all(0, b"a longer text")?)).unwrap();
    let broken = disk.replace(path, |file| -> io::Result<()> {
        file.write_all(0, b"half")?;
        Err(io::ErrorKind::BrokenPipe.into())
    });
    is(broken, io::ErrorKind::BrokenPipe, "the failure of who writes");
    assert_eq!(disk.open(path).unwrap().read_up_to(0, 99).unwrap(), b"a longer text", "as before");
    let (mut file, told) = disk
        .replace(path, |file| {
            file.write_all(0, b"text")?;
            Ok(7)
        })
        .unwrap();
    assert_eq!(told, 7, "what was returned");
    file.write_all(4, b"s").unwrap();
    assert_eq!(disk.open(path).unwrap().read_up_to(0, 99).unwrap(), b"texts", "the new file");
}

#[expect(clippy::unwrap_used, clippy::panic, reason = "it is a test")]
fn a_lock_keeps_others_out_until_it_is_dropped<D: Disk>(disk: &mut D, path: &Path) {
    let held = disk.lock(path).unwrap();
    match disk.lock(path) {
        Err(LockError::Held { .. }) => {}
        Err(LockError::Io(error)) => panic!("a lock that is held is no failure: {error}"),
        Ok(_) => panic!("locked twice"),
    }
    drop(held);
    drop(disk.lock(path).unwrap());
}

#[track_caller]
fn is<T>(done: io::Result<T>, kind: io::ErrorKind, what: &str) {
    assert_eq!(done.err().map(|error| error.kind()), Some(kind), "{what}");
}
