//! The disk of this machine.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use crate::{Disk, DiskFile, LockError};

/// The longest text that is read from a lock file.
const MAX_HOLDER: u64 = 64;

/// The disk of this machine, by `std::fs`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk {
    _private: (),
}

impl RealDisk {
    /// Returns the disk of this machine.
    #[must_use]
    pub const fn new() -> Self {
        Self { _private: () }
    }
}

impl Disk for RealDisk {
    type File = RealFile;
    type Lock = RealLock;

    fn create_dir(&mut self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn read_dir(&mut self, path: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn create(&mut self, path: &Path) -> io::Result<RealFile> {
        File::options().read(true).write(true).create_new(true).open(path).map(RealFile)
    }

    fn open(&mut self, path: &Path) -> io::Result<RealFile> {
        File::options().read(true).write(true).open(path).map(RealFile)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        // Elsewhere a directory cannot be opened, and names are durable by other rules.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    fn lock(&mut self, path: &Path, holder: &str) -> Result<RealLock, LockError> {
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.write_all(holder.as_bytes())?;
                Ok(RealLock { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is good to know, but not to know it changes nothing.
                let _ = file.take(MAX_HOLDER).read_to_string(&mut holder);
                Err(LockError::Held { holder })
            }
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

/// An open file on the disk of this machine.
#[derive(Debug)]
pub struct RealFile(File);

impl DiskFile for RealFile {
    fn length(&mut self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.seek(SeekFrom::Start(offset))?;
        self.0.read(bytes)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.0.seek(SeekFrom::Start(offset))?;
        self.0.write(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        // Length and contents; when it was last read is nobody's concern.
        self.0.sync_data()
    }
}

/// A lock on a file of this machine. The system releases it, too, when the process dies.
#[derive(Debug)]
pub struct RealLock {
    _file: File,
}
