//! An open file.

use std::io;

use crate::WriteAllError;

/// An open file on a [`Disk`](crate::Disk).
pub trait DiskFile {
    /// Returns the length in bytes.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn length(&mut self) -> io::Result<u64>;

    /// Reads some bytes, and returns how many; none at the end of the file and beyond it.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;

    /// Writes some of the bytes, and returns how many. At the end of the file that makes it longer; beyond the end there
    /// are zeroes between. Nothing of it is durable.
    ///
    /// # Errors
    ///
    /// If the disk is full ([`is_full`](crate::is_full)), or fails.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts the file off, or fills it up with zeroes to this length. That is not durable.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Makes contents and length durable; not the name. If that fails, what was not durable before may never be: no later
    /// sync of this file is to be believed about it.
    ///
    /// # Errors
    ///
    /// If the disk fails, or has no room for what was written.
    fn sync(&mut self) -> io::Result<()>;

    /// Writes all of the bytes, however many writes that takes. Nothing of it is durable.
    ///
    /// # Errors
    ///
    /// As [`write_at`](Self::write_at); it says how much was written.
    fn write_all(&mut self, offset: u64, bytes: &[u8]) -> Result<(), WriteAllError> {
        let mut rest = bytes;
        let mut written: u64 = 0;
        while !rest.is_empty() {
            match self.write_at(offset.saturating_add(written), rest) {
                Ok(count) if (1..=rest.len()).contains(&count) => {
                    rest = rest.get(count..).unwrap_or_default();
                    written = written.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
                }
                Ok(_) => {
                    return Err(WriteAllError { written, error: io::ErrorKind::WriteZero.into() });
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(WriteAllError { written, error }),
            }
        }
        Ok(())
    }

    /// Reads so many bytes, or fewer if the file ends before. The caller limits the length: that much memory is taken.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    fn read_up_to(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut filled: usize = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match self.read_at(at, rest) {
                Ok(0) => break,
                Ok(count) => filled = filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that does a little at a time, is interrupted every other time, and then has no room.
    struct Stingy {
        contents: Vec<u8>,
        calls: usize,
        room: usize,
    }

    impl Stingy {
        fn with_room(room: usize) -> Self {
            Self { contents: Vec::new(), calls: 0, room }
        }

        fn interrupt(&mut self) -> io::Result<()> {
            self.calls += 1;
            if self.calls % 2 == 1 { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        }
    }

    impl DiskFile for Stingy {
        fn length(&mut self) -> io::Result<u64> {
            Ok(u64::try_from(self.contents.len()).unwrap())
        }

        fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
            self.interrupt()?;
            let rest = self.contents.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
            let count = rest.len().min(bytes.len()).min(2);
            bytes[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }

        fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
            self.interrupt()?;
            assert_eq!(offset, self.length()?, "it goes on where it was");
            let count = bytes.len().min(3).min(self.room - self.contents.len());
            self.contents.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn truncate(&mut self, _length: u64) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn short_and_interrupted_calls_are_gone_on_with() {
        let mut file = Stingy::with_room(100);
        file.write_all(0, b"0123456789").unwrap();
        assert_eq!(file.contents, b"0123456789");
        assert_eq!(file.read_up_to(1, 5).unwrap(), b"12345");
        assert_eq!(file.read_up_to(7, 100).unwrap(), b"789", "the file ends before");
        assert_eq!(file.read_up_to(70, 100).unwrap(), b"");
    }

    #[test]
    fn a_write_that_takes_nothing_is_an_error_that_says_how_much_was_written() {
        let mut file = Stingy::with_room(7);
        let failed = file.write_all(0, b"0123456789").unwrap_err();
        assert_eq!((failed.written, failed.error.kind()), (7, io::ErrorKind::WriteZero));
        assert_eq!(io::Error::from(failed).kind(), io::ErrorKind::WriteZero);
    }
}
