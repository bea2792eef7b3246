//! The disk of this machine.

use std::{fs, path::PathBuf};

use centrala_disk::{Disk as _, LockError, RealDisk, conformance};

/// An empty directory that is removed with its contents.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("disk-{name}-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies in the target directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_disk_of_this_machine_conforms() {
    let scratch = Scratch::new("conforms");
    conformance::check(&mut RealDisk::new(), &scratch.0.join("usual"));
    conformance::check(&mut RealDisk::private(), &scratch.0.join("private"));
}

#[test]
fn who_holds_a_lock_is_told() {
    let scratch = Scratch::new("lock");
    let path = scratch.0.join("lock");
    fs::write(&path, "what was there before, and is longer").unwrap();
    let mut disk = RealDisk::new();
    let _held = disk.lock(&path).unwrap();
    let error = disk.lock(&path).unwrap_err();
    let process = std::process::id();
    assert!(matches!(error, LockError::Held { process: Some(id) } if id == process), "{error}");
    assert_eq!(error.to_string(), format!("locked by the process {process}"));
    fs::write(&path, "nonsense").unwrap();
    let error = disk.lock(&path).unwrap_err();
    assert!(matches!(error, LockError::Held { process: None }), "{error}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_what_a_private_disk_creates() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new("private");
    let mut disk = RealDisk::private();
    let (created, replaced, lock) =
        (scratch.0.join("created"), scratch.0.join("replaced"), scratch.0.join("lock"));
    disk.create(&created).unwrap();
    disk.replace(&replaced, |_| Ok(())).unwrap();
    let _held = disk.lock(&lock).unwrap();
    for path in [created, replaced, lock] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}
