//! The disk of this machine.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use crate::{Disk, DiskFile, LockError};

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

    fn create(&mut self, path: &Path) -> io::Result<RealFile> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(true);
        // Who can be reached where is nobody else's concern.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(RealFile)
    }

    fn open(&mut self, path: &Path) -> io::Result<RealFile> {
        File::options().read(true).write(true).open(path).map(RealFile)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        // Elsewhere a directory cannot be opened, and names are durable by other rules.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    fn lock(&mut self, path: &Path) -> Result<RealLock, LockError> {
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(RealLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held),
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

    fn read_at(&mut self, offset: u64, octets: &mut [u8]) -> io::Result<usize> {
        self.0.seek(SeekFrom::Start(offset))?;
        self.0.read(octets)
    }

    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<usize> {
        self.0.seek(SeekFrom::Start(offset))?;
        self.0.write(octets)
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
