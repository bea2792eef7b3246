//! What a store needs of a disk.

use std::{io, path::Path};

/// The few operations on files that the store is built from, so that a test can put a disk beneath it that fails, fills
/// up, and loses power.
///
/// Nothing is durable before it is synced: the contents of a file by [`DiskFile::sync`], its name by
/// [`sync_dir`](Self::sync_dir) of its directory. A rename within a directory is one step: afterwards the new name means
/// either the old file or the new one, never none.
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

    /// Creates an empty file. One of that name is emptied.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn create(&mut self, path: &Path) -> io::Result<Self::File>;

    /// Opens a file to be read and written.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if there is none; or if the disk fails.
    fn open(&mut self, path: &Path) -> io::Result<Self::File>;

    /// Gives a file another name in the same directory, and replaces the file that had it.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if there is no such file; or if the disk fails.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn sync_dir(&mut self, path: &Path) -> io::Result<()>;

    /// Locks a file, and creates it if necessary.
    ///
    /// # Errors
    ///
    /// If another process has locked it, or the disk fails.
    fn lock(&mut self, path: &Path) -> Result<Self::Lock, LockError>;
}

/// An open file on a [`Disk`].
pub trait DiskFile {
    /// Returns the length in octets.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn length(&mut self) -> io::Result<u64>;

    /// Reads some octets, and returns how many; none at the end of the file.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn read_at(&mut self, offset: u64, octets: &mut [u8]) -> io::Result<usize>;

    /// Writes some of the octets, and returns how many.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::StorageFull`] if there is no room; or if the disk fails.
    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<usize>;

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
    Held,
    /// The disk fails.
    #[error("cannot be locked")]
    Io(#[from] io::Error),
}

/// Writes all of `octets`.
pub(crate) fn write_all<F: DiskFile>(
    file: &mut F,
    mut offset: u64,
    mut octets: &[u8],
) -> io::Result<()> {
    while !octets.is_empty() {
        match file.write_at(offset, octets) {
            Ok(count) if (1..=octets.len()).contains(&count) => {
                octets = octets.get(count..).unwrap_or_default();
                offset = offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            }
            Ok(_) => return Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads a whole file of that length, or less if it is shorter.
pub(crate) fn read_all<F: DiskFile>(file: &mut F, length: usize) -> io::Result<Vec<u8>> {
    let mut octets = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = octets.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(u64::try_from(filled).unwrap_or(u64::MAX), rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    octets.truncate(filled);
    Ok(octets)
}
