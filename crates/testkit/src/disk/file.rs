//! A file on a disk that forgets.

use std::{cell::RefCell, io, rc::Rc};

use super::{DataChange, State};

/// No file begins to be written beyond this.
const MAX_FILE: usize = 1 << 30;

/// An open file on a [`FaultyDisk`](crate::FaultyDisk).
#[derive(Clone, Debug)]
pub struct FaultyFile {
    pub(super) state: Rc<RefCell<State>>,
    pub(super) inode: u64,
}

impl FaultyFile {
    /// Returns the length in bytes.
    ///
    /// # Errors
    ///
    /// By a fault.
    pub fn length(&self) -> io::Result<u64> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        Ok(u64::try_from(state.inode(self.inode)?.seen.len()).unwrap_or(u64::MAX))
    }

    /// Reads some bytes, and returns how many.
    ///
    /// # Errors
    ///
    /// By a fault.
    pub fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        let seen = &state.inode(self.inode)?.seen;
        let rest = usize::try_from(offset).ok().and_then(|at| seen.get(at..)).unwrap_or_default();
        let read = bytes.iter_mut().zip(rest).map(|(to, from)| *to = *from).count();
        Ok(read)
    }

    /// Writes some of the bytes, and returns how many.
    ///
    /// # Errors
    ///
    /// If there is no room, or by a fault.
    pub fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
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

    /// Cuts the file off.
    ///
    /// # Errors
    ///
    /// By a fault.
    pub fn truncate(&self, length: u64) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        state.inode(self.inode)?.change(DataChange::Truncate(length));
        Ok(())
    }

    /// Makes the contents durable.
    ///
    /// # Errors
    ///
    /// By a fault; what was to be synced will never be durable then.
    pub fn sync(&self) -> io::Result<()> {
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
