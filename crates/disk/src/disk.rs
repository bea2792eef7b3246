//! A disk.

use std::{ffi::OsString, io, path::Path};

use crate::{CreateDirError, DiskFile, LockError};

/// The few operations on files that a store is built from.
///
/// The crate documentation says what is certain when each has returned. In short: nothing is durable before it is synced,
/// the contents of a file by [`DiskFile::sync`], its name by [`sync_dir`](Self::sync_dir) of its directory.
pub trait Disk {
    /// An open file.
    type File: DiskFile;
    /// Keeps others out until it is dropped.
    type Lock;

    /// Creates a directory and those above it. One that exists is left as it is. Not durable before the directories above
    /// each new one are synced.
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

    /// Creates an empty file. Its name is not durable before its directory is synced.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] if there is one of that name; [`io::ErrorKind::NotFound`] if there is no directory
    /// for it; or if the disk fails.
    fn create(&mut self, path: &Path) -> io::Result<Self::File>;

    /// Opens a file to be read and written.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if there is none; or if the disk fails.
    fn open(&mut self, path: &Path) -> io::Result<Self::File>;

    /// Gives a file another name, and replaces the file that had it, in one step: whoever looks finds the old file or the
    /// new one. Not durable before the new directory is synced, and after it the old one if that is another.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if there is no such file; or if the disk fails.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file. It may be back after a power cut until its directory is synced.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if there is none; or if the disk fails.
    fn remove(&mut self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable: what was created, renamed and removed there. What is in the files, and in
    /// the directories below, is not its concern.
    ///
    /// # Errors
    ///
    /// If the disk fails. What was to be synced may or may not be durable; it can be synced again.
    fn sync_dir(&mut self, path: &Path) -> io::Result<()>;

    /// Makes the contents of several files durable, as [`DiskFile::sync`] does for one: a disk may have a cheaper way for all
    /// of them together. The file that was opened first comes first.
    ///
    /// # Errors
    ///
    /// If the disk fails. Of none of the files is it certain then that it is durable.
    fn sync_files(&mut self, files: &mut [&mut Self::File]) -> io::Result<()> {
        files.iter_mut().try_for_each(|file| file.sync())
    }

    /// Locks a file, and creates it if necessary. The lock ends when it is dropped, and when the process dies.
    ///
    /// # Errors
    ///
    /// If somebody else has locked it, or the disk fails. A full disk is no reason if the file is there.
    fn lock(&mut self, path: &Path) -> Result<Self::Lock, LockError>;

    /// Creates a directory and those above it, and makes the names of all of them durable.
    ///
    /// # Errors
    ///
    /// If the disk fails. A directory above that may not be read, or that its file system does not sync, is passed over:
    /// where nothing may be read or synced, nothing was created either.
    fn create_dir_durably(&mut self, path: &Path) -> Result<(), CreateDirError> {
        use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
        let at = |path: &Path, error| CreateDirError { path: path.to_owned(), error };
        self.create_dir(path).map_err(|error| at(path, error))?;
        for above in path.ancestors().skip(1).map(or_current) {
            match self.sync_dir(above) {
                Err(error)
                    if matches!(error.kind(), PermissionDenied | Unsupported | InvalidInput) => {}
                synced => synced.map_err(|error| at(above, error))?,
            }
        }
        Ok(())
    }

    /// Writes a file and puts it in the place of the one before, durably: a file of that name and `.new` is written,
    /// synced and renamed, and the directory is synced. Returns the file, and what `write` returned.
    ///
    /// Until this returns, a crash leaves the old file or the new one; whole in either case. A file of that name and
    /// `.new` means nothing, and is removed the next time.
    ///
    /// # Errors
    ///
    /// If the disk fails, or `write` does. The old file is in its place, or already the new one; call it again.
    fn replace<T>(
        &mut self,
        path: &Path,
        write: impl FnOnce(&mut Self::File) -> io::Result<T>,
    ) -> io::Result<(Self::File, T)> {
        let mut new = OsString::from(path);
        new.push(".new");
        let new = Path::new(&new);
        match self.remove(new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = self.create(new)?;
        let written = write(&mut file)?;
        file.sync()?;
        self.rename(new, path)?;
        self.sync_dir(path.parent().map_or_else(|| Path::new("."), or_current))?;
        Ok((file, written))
    }
}

/// The directory above a relative path of one word is the current one.
fn or_current(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() { Path::new(".") } else { dir }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_above_a_relative_one_is_the_current_one() {
        for (path, above) in
            [("data", &["."][..]), ("a/data", &["a", "."]), ("/a/data", &["/a", "/"]), ("/", &[])]
        {
            let found = Path::new(path).ancestors().skip(1).map(or_current);
            assert!(found.eq(above.iter().map(Path::new)), "{path}");
        }
    }
}
