//! Numbers that are given once.

use std::{io, path::Path};

use centrala_disk::{Disk, DiskFile as _};

use crate::layout::Layout;

/// So many numbers are reserved at a time. Those that are left at a crash are never given.
const BLOCK: u64 = 4_096;

/// Gives each number once, over restarts and even if the highest message was deleted: the file
/// `numbers` says below which number none may be given any more.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    next: u64,
    reserved: u64,
}

impl Numbers {
    /// Reads what was reserved before. `highest` is the highest number that is seen to be taken.
    pub(crate) fn open<D: Disk>(disk: &mut D, layout: &Layout, highest: u64) -> io::Result<Self> {
        let reserved = match disk.open(&layout.numbers()) {
            Ok(mut file) => {
                let text = file.read_up_to(0, 32)?;
                // A number that cannot be read is as good as none: the messages tell.
                str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        let next = reserved.max(highest.saturating_add(1));
        Ok(Self { next, reserved: next })
    }

    /// Returns the next number.
    pub(crate) fn next<D: Disk>(&mut self, disk: &mut D, layout: &Layout) -> io::Result<u64> {
        if self.next >= self.reserved {
            let reserved = self.next.checked_add(BLOCK).ok_or(io::ErrorKind::InvalidData)?;
            write_atomically(disk, &layout.numbers(), &format!("{reserved}\n"))?;
            self.reserved = reserved;
        }
        let number = self.next;
        self.next += 1;
        Ok(number)
    }
}

/// Puts a small file in the place of the one before.
pub(crate) fn write_atomically<D: Disk>(disk: &mut D, path: &Path, text: &str) -> io::Result<()> {
    disk.replace(path, |file| Ok(file.write_all(0, text.as_bytes())?))?;
    Ok(())
}
