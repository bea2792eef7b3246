//! A file on a disk that forgets.

use std::{cell::RefCell, io, rc::Rc};

use centrala_disk::DiskFile;

use super::{DataChange, State};

/// No file begins to be written beyond this.
const MAX_FILE: usize = 1 << 30;

/// An open file on a [`FaultyDisk`](crate::FaultyDisk).
#[derive(Clone, Debug)]
pub struct FaultyFile {
    pub(super) state: Rc<RefCell<State>>,
    pub(super) inode: u64,
}

impl DiskFile for FaultyFile {
    fn length(&mut self) -> io::Result<u64> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        Ok(u64::try_from(state.inode(self.inode)?.seen.len()).unwrap_or(u64::MAX))
    }

    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        let seen = &state.inode(self.inode)?.seen;
        let rest = usize::try_from(offset).ok().and_then(|at| seen.get(at..)).unwrap_or_default();
        let read = bytes.iter_mut().zip(rest).map(|(to, from)| *to = *from).count();
        Ok(read)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        let short = state.operate()?;
        let at = usize::try_from(offset).ok().filter(|at| *at <= MAX_FILE);
        let at = at.ok_or(io::ErrorKind::FileTooLarge)?;
        let taken: usize = state.inodes.values().map(|inode| inode.seen.len()).sum();
        let mut count = if short { bytes.len().div_ceil(2) } else { bytes.len() };
        if let Some(room) = state.room {
            let room = usize::try_from(room).unwrap_or(usize::MAX).saturating_sub(taken);
            // Only what makes the file longer needs room.
            let length = state.inode(self.inode)?.seen.len();
            count = count.min(length.saturating_sub(at).saturating_add(room));
            if count == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
        }
        let bytes = bytes.get(..count).unwrap_or_default().to_vec();
        state.inode(self.inode)?.change(DataChange::Write { at, bytes });
        Ok(count)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        let length = usize::try_from(length).ok().filter(|length| *length <= MAX_FILE);
        let length = length.ok_or(io::ErrorKind::FileTooLarge)?;
        state.inode(self.inode)?.change(DataChange::Truncate(length));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        let done = state.operate();
        let cut = state.is_without_power();
        let inode = state.inode(self.inode)?;
        if cut {
            return done.map(|_| ());
        }
        let pending = std::mem::take(&mut inode.pending);
        done?;
        pending.iter().for_each(|change| change.apply(&mut inode.durable));
        Ok(())
    }
}
