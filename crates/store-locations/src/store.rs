//! The store.

use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
};

use centrala_disk::{CreateDirError, Disk, DiskFile as _, LockError, RealDisk};
use centrala_ua::{LocationRecord, LocationStore, LocationStoreError};

use crate::{
    OpenLocationsError,
    error::store_error,
    journal::{Found, Journal, State},
    line,
};

/// A [`LocationStore`] in a directory.
///
/// It writes a journal, and a new one in its place when that has become twice as long as it needs to be: the size on
/// disk is bounded by the bindings that there are. In memory it keeps one line for each user.
pub struct FileLocations<D: Disk = RealDisk> {
    disk: D,
    dir: PathBuf,
    _lock: D::Lock,
    /// What is kept of each user, as it is written.
    lines: BTreeMap<String, Box<str>>,
    /// How long all of them are.
    live: usize,
    /// Lines that are not in the journal yet.
    pending: Vec<u8>,
    /// None if it has to be written anew: there is none, or what is at its end is not known.
    journal: Option<Journal<D::File>>,
}

/// What was found when a store was opened.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Lines that could not be read, with others behind them: a disk has changed what was written, or a person has. Whose
    /// they were is only known if the name is whole.
    pub damaged: usize,
    /// Users of whom an older line was there, and does not count because a damaged one names them: it may say that they
    /// are where they have left. They are not registered until they come again. (Where the name itself was damaged, an
    /// older line counts until it expires.)
    pub forgotten: usize,
    /// Where the damaged lines are, up to [`MAX_DAMAGED`] octets of them, or the whole journal if its first line, which
    /// says how the others are to be read, is one of them. What is there is replaced when that happens again. `None` if
    /// there were none, or they could not be put aside.
    pub aside: Option<PathBuf>,
    /// Octets at the end that cannot be read. A crash cut them off, most likely, before anybody was told that they are
    /// kept; a last line that the disk has changed looks the same. What was kept before counts.
    pub torn: usize,
}

/// Octets of damaged lines that are put aside.
pub const MAX_DAMAGED: usize = 64 * 1_024;
/// A journal may become this long whatever is in it.
const MIN_JOURNAL: usize = 64 * 1_024;

impl FileLocations {
    /// Opens a store, and creates its directory if necessary.
    ///
    /// # Errors
    ///
    /// If somebody else uses it, or it cannot be read. That the disk has no room is no error here.
    pub fn open(dir: impl Into<PathBuf>) -> Result<(Self, Recovery), OpenLocationsError> {
        // Who can be reached where is nobody else's concern.
        Self::open_on(RealDisk::private(), dir)
    }
}

impl<D: Disk> FileLocations<D> {
    /// Opens a store on another disk.
    ///
    /// # Errors
    ///
    /// As [`FileLocations::open`].
    pub fn open_on(
        mut disk: D,
        dir: impl Into<PathBuf>,
    ) -> Result<(Self, Recovery), OpenLocationsError> {
        let dir = dir.into();
        let failed = |path: &Path, error| OpenLocationsError::Disk { path: path.to_owned(), error };
        disk.create_dir_durably(&dir)
            .map_err(|CreateDirError { path, error, .. }| failed(&path, error))?;
        let lock = dir.join(LOCK);
        let lock = disk.lock(&lock).map_err(|error| match error {
            LockError::Held { process: holder } => {
                OpenLocationsError::InUse { path: dir.clone(), holder }
            }
            LockError::Io(error) => failed(&lock, error),
        })?;
        let (state, found) = Journal::read(&mut disk, &dir)?;
        let Found { damaged_lines: damaged, forgotten, torn, set_aside: mut aside, .. } = found;
        if aside.is_none() && !found.damaged.is_empty() {
            aside = put_aside(&mut disk, &dir, &found.damaged);
        }
        let recovery = Recovery { damaged, forgotten, aside, torn };
        let (journal, is_unfit) = match state {
            State::Absent => (None, false),
            State::Unfit => (None, true),
            State::Whole(journal) => (Some(journal), false),
        };
        let pending = Vec::new();
        let lines = BTreeMap::new();
        let mut store = Self { disk, dir, _lock: lock, lines, live: 0, pending, journal };
        for (user, record) in found.records {
            if let Some(line) = line::write(&record) {
                store.live += line.len();
                store.lines.insert(user, line.into_boxed_str());
            }
        }
        if is_unfit {
            // If that fails, the next flush does it, and tells.
            let _ = store.try_flush();
        }
        Ok((store, recovery))
    }

    /// Returns how many octets the journal has on disk; `None` if it will be written anew.
    #[must_use]
    pub fn journal_length(&self) -> Option<u64> {
        self.journal.as_ref().map(Journal::length)
    }

    /// Returns how long a journal may become.
    fn longest_journal(&self) -> usize {
        self.live.saturating_mul(2).max(MIN_JOURNAL)
    }

    fn try_flush(&mut self) -> io::Result<()> {
        let pending = core::mem::take(&mut self.pending);
        // Whatever fails now, the old journal is left as it is: at its end may be anything.
        if let Some(mut journal) = self.journal.take() {
            let length = usize::try_from(journal.length()).unwrap_or(usize::MAX);
            let longer = length.saturating_add(line::MARK.len()).saturating_add(pending.len());
            if longer <= self.longest_journal() {
                if !pending.is_empty() {
                    journal.append(&pending)?;
                }
                self.journal = Some(journal);
                return Ok(());
            }
        }
        let lines = self.lines.values().map(|line| &**line);
        self.journal = Some(Journal::replace(&mut self.disk, &self.dir, lines)?);
        Ok(())
    }
}

impl<D: Disk> LocationStore for FileLocations<D> {
    fn put(&mut self, record: LocationRecord) {
        let Some(line) = line::write(&record) else { return };
        let old = if record.bindings.is_empty() {
            match self.lines.remove(&record.user) {
                Some(old) => Some(old),
                None => return,
            }
        } else {
            self.live += line.len();
            self.lines.insert(record.user, line.as_str().into())
        };
        self.live -= old.as_ref().map_or(0, |old| old.len());
        if old.is_some_and(|old| *old == *line) {
            return;
        }
        if self.journal.is_some() {
            self.pending.extend_from_slice(line.as_bytes());
            if self.pending.len() > self.longest_journal() {
                // It is shorter to write all of it anew.
                (self.pending, self.journal) = (Vec::new(), None);
            }
        }
    }

    fn flush(&mut self) -> Result<(), LocationStoreError> {
        self.try_flush().map_err(|error| store_error(&error))
    }

    fn records(&self) -> Vec<LocationRecord> {
        let read = |line: &str| line::record(line::unseal(line.strip_suffix('\n')?.as_bytes())?);
        self.lines.values().filter_map(|line| read(line)).collect()
    }
}

/// Shows how much there is: where telephones are is nobody's concern.
impl<D: Disk> fmt::Debug for FileLocations<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLocations")
            .field("dir", &self.dir)
            .field("users", &self.lines.len())
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}

const LOCK: &str = "lock";
const ASIDE: &str = "damaged";

/// Keeps what cannot be read for whoever wants to look at it. What was put aside before goes.
fn put_aside<D: Disk>(disk: &mut D, dir: &Path, damaged: &[u8]) -> Option<PathBuf> {
    let path = dir.join(ASIDE);
    let damaged = damaged.get(..MAX_DAMAGED).unwrap_or(damaged);
    disk.replace(&path, |file| Ok(file.write_all(0, damaged)?)).ok()?;
    Some(path)
}
