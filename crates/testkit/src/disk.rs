//! A disk that forgets.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    rc::Rc,
};

use centrala_disk::{Disk, LockError};

pub use self::file::FaultyFile;
use crate::Dice;

mod file;
mod trial;

/// A [`Disk`] in memory that loses power, fills up, and fails when it is told to.
///
/// It keeps two states: what a program sees, and what a power cut would leave. The contents of a
/// file become durable by [`DiskFile::sync`](centrala_disk::DiskFile::sync), its name by [`sync_dir`](Disk::sync_dir) of its
/// directory, and nothing before. A rename is one step: a power cut leaves the old name, the new
/// one, or both (until the new directory is synced, and after it the old one), never none.
///
/// Every operation has a number, from 1. A clone is another hand on the same disk.
#[derive(Clone, Debug, Default)]
pub struct FaultyDisk {
    state: Rc<RefCell<State>>,
}

/// What an operation of a [`FaultyDisk`] does instead of what it should.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails, and changes nothing. After a failed sync, what was to be synced is seen, and will
    /// never be durable.
    Error(io::ErrorKind),
    /// It fails, and so does everything after it.
    Dead(io::ErrorKind),
    /// It writes only half of what it should, and says so.
    ShortWrite,
    /// The power is cut: neither it nor anything after it happens.
    PowerCut,
}

/// What a power cut leaves of what was not synced.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgetting {
    /// None of it.
    Everything,
    /// All of it, as when only the process dies.
    Nothing,
    /// Any of it: some writes, some halves of writes, some names.
    Some {
        /// Decides which.
        seed: u64,
    },
}

#[derive(Debug, Default)]
struct State {
    operations: u64,
    faults: BTreeMap<u64, Fault>,
    dead: Option<io::ErrorKind>,
    room: Option<u64>,
    last_inode: u64,
    inodes: BTreeMap<u64, Inode>,
    /// What a program sees.
    names: BTreeMap<PathBuf, Node>,
    /// What a power cut leaves.
    durable: BTreeMap<PathBuf, Node>,
    /// What leads from there to here, in order; each with a number.
    pending: BTreeMap<u64, NameChange>,
    last_change: u64,
    locked: BTreeSet<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Directory,
    File(u64),
}

#[derive(Clone, Debug, Default)]
struct Inode {
    seen: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<DataChange>,
}

#[derive(Clone, Debug)]
enum DataChange {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// A change in one directory.
#[derive(Clone, Debug)]
enum NameChange {
    Add(PathBuf, Node),
    Remove(PathBuf),
    /// A rename within the directory.
    Replace(PathBuf, PathBuf, Node),
    /// The end of the old name, after a rename to another directory added the new one by the
    /// change of this number. It never becomes durable before that.
    MovedBy(PathBuf, u64),
}

impl NameChange {
    fn directory(&self) -> &Path {
        let (Self::Add(path, _)
        | Self::Remove(path)
        | Self::Replace(path, _, _)
        | Self::MovedBy(path, _)) = self;
        above(path)
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Add(path, node) => {
                names.insert(path, node);
            }
            Self::Remove(path) | Self::MovedBy(path, _) => {
                names.remove(&path);
            }
            Self::Replace(from, to, node) => {
                names.remove(&from);
                names.insert(to, node);
            }
        }
    }
}

impl DataChange {
    fn apply(&self, data: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                data.resize(data.len().max(end), 0);
                if let Some(place) = data.get_mut(*at..end) {
                    place.copy_from_slice(bytes);
                }
            }
            Self::Truncate(length) => data.resize(*length, 0),
        }
    }

    /// Returns what a power cut in the middle of it leaves of a file of this length: a half of
    /// what was written, or a longer file with nothing in it yet.
    fn torn(&self, length: usize, dice: &mut Dice) -> Self {
        match self {
            Self::Write { at, bytes } if dice.chance(50) => Self::Write {
                at: *at,
                bytes: bytes.iter().copied().take(bytes.len() / 2).collect(),
            },
            Self::Write { at, bytes } => {
                let longer = (at + bytes.len()).saturating_sub(length.max(*at));
                Self::Write { at: length.max(*at), bytes: vec![0; longer] }
            }
            Self::Truncate(length) => Self::Truncate(*length),
        }
    }
}

impl FaultyDisk {
    /// Returns an empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the operation of this number do something else.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        self.state.borrow_mut().faults.insert(operation, fault);
    }

    /// Leaves room for so many bytes in all files together; `None` is room for everything.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.state.borrow_mut().room = bytes;
    }

    /// Returns how many operations there were.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state.borrow().operations
    }

    /// Returns whether the power was cut: then nothing works any more.
    #[must_use]
    pub fn is_without_power(&self) -> bool {
        self.state.borrow().is_without_power()
    }

    /// Returns a disk, without faults, with what is left of this one after a power cut.
    #[must_use]
    pub fn after_power_cut(&self, forgetting: Forgetting) -> Self {
        let state = self.state.borrow();
        let mut names = state.durable.clone();
        let mut inodes = BTreeMap::new();
        let mut dice = Dice::new(0);
        match forgetting {
            Forgetting::Everything => {}
            Forgetting::Nothing => {
                state.pending.values().for_each(|change| change.clone().apply(&mut names));
            }
            Forgetting::Some { seed } => {
                dice = Dice::new(seed);
                apply_some(&state.pending, &mut names, &mut dice);
            }
        }
        for (number, inode) in &state.inodes {
            let mut data = inode.durable.clone();
            for change in &inode.pending {
                match forgetting {
                    Forgetting::Everything => {}
                    Forgetting::Nothing => change.apply(&mut data),
                    Forgetting::Some { .. } => match dice.below(3) {
                        0 => {}
                        1 => change.torn(data.len(), &mut dice).apply(&mut data),
                        _ => change.apply(&mut data),
                    },
                }
            }
            inodes.insert(*number, Inode { seen: data.clone(), durable: data, pending: vec![] });
        }
        let reachable = |path: &PathBuf| {
            path.ancestors().skip(1).all(|dir| {
                dir.parent().is_none() || names.get(dir).is_some_and(|n| *n == Node::Directory)
            })
        };
        let names: BTreeMap<_, _> = names
            .iter()
            .filter(|(path, _)| reachable(path))
            .map(|(p, n)| (p.clone(), *n))
            .collect();
        let last_inode = state.last_inode;
        let after = State { last_inode, inodes, durable: names.clone(), names, ..State::default() };
        Self { state: Rc::new(RefCell::new(after)) }
    }
}

impl Disk for FaultyDisk {
    type File = FaultyFile;
    type Lock = FaultyLock;

    fn create_dir(&mut self, path: &Path) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        let mut missing: Vec<_> = path.ancestors().filter(|dir| dir.parent().is_some()).collect();
        missing.reverse();
        for dir in missing {
            match state.names.get(dir) {
                Some(Node::Directory) => {}
                Some(Node::File(_)) => return Err(io::ErrorKind::NotADirectory.into()),
                None => state.change(NameChange::Add(dir.to_owned(), Node::Directory)),
            }
        }
        Ok(())
    }

    fn read_dir(&mut self, path: &Path) -> io::Result<Vec<String>> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        state.directory(path)?;
        let inside = state.names.keys().filter(|name| above(name) == path && *name != path);
        let name = |path: &PathBuf| Some(path.file_name()?.to_str()?.to_owned());
        Ok(inside.filter_map(name).collect())
    }

    fn create(&mut self, path: &Path) -> io::Result<FaultyFile> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        let inode = state.add_file(path)?;
        Ok(FaultyFile { state: Rc::clone(&self.state), inode })
    }

    fn open(&mut self, path: &Path) -> io::Result<FaultyFile> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        let inode = state.file(path)?;
        Ok(FaultyFile { state: Rc::clone(&self.state), inode })
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        let node = Node::File(state.file(from)?);
        state.directory(above(to))?;
        let (old, new) = (from.to_owned(), to.to_owned());
        if above(from) == above(to) {
            state.change(NameChange::Replace(old, new, node));
        } else {
            state.change(NameChange::Add(new, node));
            let added = state.last_change;
            state.change(NameChange::MovedBy(old, added));
        }
        Ok(())
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        state.file(path)?;
        state.change(NameChange::Remove(path.to_owned()));
        Ok(())
    }

    fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        state.directory(path)?;
        let State { pending, durable, .. } = &mut *state;
        let waiting: BTreeSet<u64> = pending.keys().copied().collect();
        pending.retain(|_, change| {
            // Never without a name: the old one ends only when the new one is durable.
            let too_early =
                matches!(change, NameChange::MovedBy(_, added) if waiting.contains(added));
            if too_early || change.directory() != path {
                return true;
            }
            change.clone().apply(durable);
            false
        });
        Ok(())
    }

    fn lock(&mut self, path: &Path) -> Result<FaultyLock, LockError> {
        let mut state = self.state.borrow_mut();
        state.operate()?;
        if state.locked.contains(path) {
            return Err(LockError::Held { process: None });
        }
        if state.file(path).is_err() {
            state.add_file(path)?;
        }
        state.locked.insert(path.to_owned());
        Ok(FaultyLock { state: Rc::clone(&self.state), path: path.to_owned() })
    }
}

/// A lock on a file of a [`FaultyDisk`]. After a power cut nobody has one.
#[derive(Debug)]
pub struct FaultyLock {
    state: Rc<RefCell<State>>,
    path: PathBuf,
}

impl Drop for FaultyLock {
    fn drop(&mut self) {
        self.state.borrow_mut().locked.remove(&self.path);
    }
}

impl State {
    /// Counts an operation. Returns whether it is to be done by half.
    fn operate(&mut self) -> io::Result<bool> {
        self.operations += 1;
        if let Some(kind) = self.dead {
            return Err(kind.into());
        }
        match self.faults.get(&self.operations) {
            None => Ok(false),
            Some(Fault::ShortWrite) => Ok(true),
            Some(Fault::Error(kind)) => Err((*kind).into()),
            Some(Fault::Dead(kind)) => {
                self.dead = Some(*kind);
                Err((*kind).into())
            }
            Some(Fault::PowerCut) => {
                self.dead = Some(NO_POWER);
                Err(NO_POWER.into())
            }
        }
    }

    fn is_without_power(&self) -> bool {
        self.dead == Some(NO_POWER)
    }

    fn change(&mut self, change: NameChange) {
        change.clone().apply(&mut self.names);
        self.last_change += 1;
        self.pending.insert(self.last_change, change);
    }

    fn directory(&self, path: &Path) -> io::Result<()> {
        match self.names.get(path) {
            Some(Node::Directory) => Ok(()),
            None if path.parent().is_none() => Ok(()),
            None => Err(io::ErrorKind::NotFound.into()),
            Some(Node::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn file(&self, path: &Path) -> io::Result<u64> {
        match self.names.get(path) {
            Some(Node::File(inode)) => Ok(*inode),
            None => Err(io::ErrorKind::NotFound.into()),
            Some(Node::Directory) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn add_file(&mut self, path: &Path) -> io::Result<u64> {
        self.directory(above(path))?;
        if self.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.last_inode += 1;
        let inode = self.last_inode;
        self.inodes.insert(inode, Inode::default());
        self.change(NameChange::Add(path.to_owned(), Node::File(inode)));
        Ok(inode)
    }

    fn inode(&mut self, number: u64) -> io::Result<&mut Inode> {
        self.inodes.get_mut(&number).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Inode {
    fn change(&mut self, change: DataChange) {
        change.apply(&mut self.seen);
        self.pending.push(change);
    }
}

/// Applies some of the changes: of each directory any number of the first ones.
fn apply_some(
    pending: &BTreeMap<u64, NameChange>,
    names: &mut BTreeMap<PathBuf, Node>,
    dice: &mut Dice,
) {
    let mut stopped: BTreeSet<&Path> = BTreeSet::new();
    let mut lost = BTreeSet::new();
    for (number, change) in pending {
        let impossible = matches!(change, NameChange::MovedBy(_, added) if lost.contains(added));
        if impossible || stopped.contains(change.directory()) || dice.chance(30) {
            stopped.insert(change.directory());
            lost.insert(*number);
        } else {
            change.clone().apply(names);
        }
    }
}

/// What every operation says after a power cut.
const NO_POWER: io::ErrorKind = io::ErrorKind::NotConnected;

fn above(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

#[cfg(test)]
mod tests;
