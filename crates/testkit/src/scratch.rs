//! Directories for tests on a real disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A new, empty directory on the disk of this machine, which is removed with its contents when this is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates a directory below another one: `env!("CARGO_TARGET_TMPDIR")` for a test of a whole crate.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    pub fn below(parent: impl AsRef<Path>, name: &str) -> io::Result<Self> {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let dir = parent.as_ref().join(format!("{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(parent)?;
        fs::create_dir(&dir)?;
        Ok(Self(dir))
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies where nobody minds it.
        let _ = fs::remove_dir_all(&self.0);
    }
}
