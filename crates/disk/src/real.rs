//! The disk of this machine.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use crate::{Disk, DiskFile, LockError};

/// The longest text that is read from a lock file.
const MAX_HOLDER: u64 = 64;

/// The disk of this machine, by `std::fs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RealDisk {
    readers: Readers,
}

/// Who may read the files that are created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Readers {
    /// Whom the process lets by its umask.
    #[default]
    AsUsual,
    Owner,
}

impl RealDisk {
    /// Returns the disk of this machine. Who may read the files that are created is decided by the process (its umask).
    #[must_use]
    pub const fn new() -> Self {
        Self { readers: Readers::AsUsual }
    }

    /// Returns the disk of this machine. The files that are created can be read by their owner only, where a system (Unix)
    /// has owners.
    #[must_use]
    pub const fn private() -> Self {
        Self { readers: Readers::Owner }
    }

    /// Returns the options for a file that may have to be created.
    fn options(self) -> OpenOptions {
        let mut options = File::options();
        options.read(true).write(true);
        #[cfg(unix)]
        match self.readers {
            Readers::AsUsual => {}
            Readers::Owner => {
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            }
        }
        options
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
        self.options().create_new(true).open(path).map(RealFile)
    }

    fn open(&mut self, path: &Path) -> io::Result<RealFile> {
        self.options().open(path).map(RealFile)
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

    /// One call of the system (`syncfs`) makes everything durable that was written to the file system, and tells of any
    /// failure since the first of the files was opened.
    #[cfg(target_os = "linux")]
    fn sync_files(&mut self, files: &mut [&mut RealFile]) -> io::Result<()> {
        match files {
            [] => Ok(()),
            [file] => file.sync(),
            [first, ..] => Ok(rustix::fs::syncfs(&first.0)?),
        }
    }

    fn lock(&mut self, path: &Path) -> Result<RealLock, LockError> {
        let mut file = self.options().create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                // Who holds it is good to know. On a full disk nobody will; it is held all the same.
                let _ = file.set_len(0);
                let _ = file.write_all(std::process::id().to_string().as_bytes());
                Ok(RealLock { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = file.take(MAX_HOLDER).read_to_string(&mut holder);
                let process = read.ok().and_then(|_| holder.trim().parse().ok());
                Err(LockError::Held { process })
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
        // `fdatasync`: contents, and the length without which they cannot be found; when the file was last read is
        // nobody's concern. On Apple's systems std asks the drive itself (`F_FULLFSYNC`).
        self.0.sync_data()
    }
}

/// A lock on a file of this machine. The system releases it, too, when the process dies.
#[derive(Debug)]
pub struct RealLock {
    _file: File,
}
