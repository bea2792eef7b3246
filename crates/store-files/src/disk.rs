//! What a store needs of a disk.

use std::{io, path::Path};

/// The few operations on files that the store is built from, so that a test can put a disk beneath
/// it that fails, fills up, and loses power.
///
/// Nothing is durable before it is synced: the contents of a file by [`DiskFile::sync`], its name
/// by [`sync_dir`](Self::sync_dir) of its directory. A rename is one step: afterwards either the
/// old name is there, or the new one, or (until the old directory is synced too) both; never none.
pub trait Disk {
    /// An open file.
    type File: DiskFile;
    /// Keeps others out until it is dropped.
    type Lock;

    /// Creates a directory and those above it. One that exists is left as it is.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn create_dir(&mut self, path: &Path) -> io::Result<()>;

    /// Returns the names in a directory, in any order, without those that are not UTF-8.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if there is no such directory; or if the disk fails.
    fn read_dir(&mut self, path: &Path) -> io::Result<Vec<String>>;

    /// Creates an empty file.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] if there is one of that name; or if the disk fails.
    fn create(&mut self, path: &Path) -> io::Result<Self::File>;

    /// Opens a file to be read and written.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if there is none; or if the disk fails.
    fn open(&mut self, path: &Path) -> io::Result<Self::File>;

    /// Gives a file another name, and replaces the file that had it.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if there is no such file; or if the disk fails.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if there is none; or if the disk fails.
    fn remove(&mut self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn sync_dir(&mut self, path: &Path) -> io::Result<()>;

    /// Locks a file, creates it if necessary, and writes `holder` into it.
    ///
    /// # Errors
    ///
    /// If another process has locked it, or the disk fails.
    fn lock(&mut self, path: &Path, holder: &str) -> Result<Self::Lock, LockError>;
}

/// An open file on a [`Disk`].
pub trait DiskFile {
    /// Returns the length in bytes.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn length(&mut self) -> io::Result<u64>;

    /// Reads some bytes, and returns how many; none at the end of the file.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;

    /// Writes some of the bytes, and returns how many.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::StorageFull`] if there is no room; or if the disk fails.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts the file off.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Makes the contents durable. If that fails, what was not durable before may never be.
    ///
    /// # Errors
    ///
    /// If the disk fails, or has no room for what was written.
    fn sync(&mut self) -> io::Result<()>;
}

/// Why a file cannot be locked.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has locked it.
    #[error("locked by another process")]
    Held {
        /// What that process wrote into it.
        holder: String,
    },
    /// The disk fails.
    #[error("cannot be locked")]
    Io(#[from] io::Error),
}

/// Writes all of `bytes`. On failure, says how many were written.
pub(crate) fn write_all<F: DiskFile>(
    file: &mut F,
    mut offset: u64,
    mut bytes: &[u8],
) -> Result<(), (u64, io::Error)> {
    let mut written = 0;
    while !bytes.is_empty() {
        match file.write_at(offset, bytes) {
            Ok(count) if (1..=bytes.len()).contains(&count) => {
                bytes = bytes.get(count..).unwrap_or_default();
                let count = u64::try_from(count).unwrap_or(0);
                offset = offset.saturating_add(count);
                written += count;
            }
            Ok(_) => return Err((written, io::ErrorKind::WriteZero.into())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err((written, error)),
        }
    }
    Ok(())
}

/// Reads `length` bytes, or fewer if the file is shorter.
pub(crate) fn read_up_to<F: DiskFile>(
    file: &mut F,
    mut offset: u64,
    length: usize,
) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(offset, rest) {
            Ok(0) => break,
            Ok(count) => {
                filled += count;
                offset = offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
