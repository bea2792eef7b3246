//! Opening a store, and recovering what a crash has left behind.

use std::{
    io,
    path::{Path, PathBuf},
};

use centrala_disk::{CreateDirError, Disk, DiskFile, LockError};
use centrala_voicemail::{Folder, MessageId, MessageSummary, StoreError};

use crate::{
    FORMAT, FileStore, FileStoreConfig, OpenStoreError,
    draft::{Draft, Finish},
    error::{at, store_error},
    index::Entry,
    layout::{Layout, parse_file_name},
    message_file::HEADER_LIMIT,
    numbers::{Numbers, write_atomically},
};

/// What the file `format` begins with.
const FORMAT_WORDS: &str = "centrala-store-files ";

/// What was done when a store was opened.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Recordings that a crash had cut off. They are new messages now, marked as interrupted.
    pub recovered: Vec<MessageSummary>,
    /// How many drafts were removed because nothing was in them.
    pub empty: usize,
    /// Drafts that nobody understands. They were put here, under `damaged/`.
    pub damaged: Vec<PathBuf>,
}

impl<D: Disk> FileStore<D> {
    /// Opens a store on any disk, as [`FileStore::open`] does.
    ///
    /// # Errors
    ///
    /// If another process uses it, if there is something else, or if the disk fails.
    pub fn open_on(
        mut disk: D,
        dir: impl AsRef<Path>,
        config: FileStoreConfig,
    ) -> Result<(Self, Recovery), OpenStoreError> {
        let layout = Layout::new(dir.as_ref());
        disk.create_dir_durably(layout.root())
            .map_err(|CreateDirError { path, error, .. }| at(path)(error))?;
        check_format(&mut disk, &layout)?;
        let lock = lock(&mut disk, &layout)?;
        write_format(&mut disk, &layout)?;
        for dir in [layout.temporary(), layout.drafts(), layout.mailboxes()] {
            disk.create_dir(&dir).map_err(at(dir))?;
        }
        disk.sync_dir(layout.root()).map_err(at(layout.root()))?;
        for name in disk.read_dir(&layout.temporary()).map_err(at(layout.temporary()))? {
            let path = layout.temporary().join(name);
            disk.remove(&path).map_err(at(path))?;
        }
        let mut store = Self::new(disk, layout, lock, config);
        store.scan()?;
        let recovery = store.recover()?;
        Ok((store, recovery))
    }

    /// Finds out which messages there are, by the names of their files.
    fn scan(&mut self) -> Result<(), OpenStoreError> {
        let mailboxes = self.layout.mailboxes();
        for name in self.disk.read_dir(&mailboxes).map_err(at(mailboxes))? {
            let Ok(mailbox) = name.parse() else { continue };
            let greetings = self.layout.greetings(&mailbox);
            self.disk.create_dir(&greetings).map_err(at(greetings))?;
            for folder in Folder::ALL {
                let dir = self.layout.folder(&mailbox, folder);
                self.disk.create_dir(&dir).map_err(at(&dir))?;
                for name in self.disk.read_dir(&dir).map_err(at(&dir))? {
                    let Some(id) = parse_file_name(&name) else { continue };
                    if self.index.get(id).is_some() {
                        // It was being moved. Both names are of one message; the first is kept.
                        let path = dir.join(name);
                        self.disk.remove(&path).map_err(at(path))?;
                        self.disk.sync_dir(&dir).map_err(at(&dir))?;
                    } else {
                        let mailbox = mailbox.clone();
                        self.index.insert(id, Entry { mailbox, folder, summary: None });
                    }
                }
            }
            self.index.add_mailbox(mailbox);
        }
        Ok(())
    }

    fn recover(&mut self) -> Result<Recovery, OpenStoreError> {
        let mut recovery = Recovery::default();
        let drafts = self.layout.drafts();
        let names = self.disk.read_dir(&drafts).map_err(at(&drafts))?;
        let mut ids: Vec<_> = names.iter().filter_map(|name| parse_file_name(name)).collect();
        ids.sort_unstable();
        let highest = ids.last().map_or(0, |id| id.number()).max(self.index.last_number());
        let numbers = Numbers::open(&mut self.disk, &self.layout, highest);
        self.numbers = numbers.map_err(at(self.layout.numbers()))?;
        for &id in &ids {
            let path = self.layout.draft(id);
            let recovered = self.recover_draft(id, &path, &mut recovery);
            recovered.map_err(|error| at(path)(as_io(error)))?;
        }
        if !ids.is_empty() {
            self.settle([drafts.clone()]).map_err(|error| at(drafts)(as_io(error)))?;
        }
        Ok(recovery)
    }

    fn recover_draft(
        &mut self,
        id: MessageId,
        path: &Path,
        recovery: &mut Recovery,
    ) -> Result<(), StoreError> {
        if self.index.get(id).is_some() {
            // It was kept; only the end of its old name was not durable yet.
            return self.remove(path);
        }
        let (mut file, header, _) = self.read_header(path)?;
        let length = file.length().map_err(|error| store_error(&error))?;
        let begun = header.and_then(|header| {
            let metadata = header.metadata?;
            Some((header.data_at, metadata.mailbox()?, metadata.envelope()))
        });
        let Some((data_at, mailbox, envelope)) = begun else {
            return self.set_aside(path, length, recovery);
        };
        // The length may have become durable before the sound: then there are zeroes, which no
        // telephone sends for long (in µ-law they are the loudest sample there is).
        let audio = without_zeroes(&mut file, data_at, length);
        let audio = audio.map_err(|error| store_error(&error))?;
        if audio == 0 {
            recovery.empty += 1;
            return self.remove(path);
        }
        if !self.index.has_mailbox(&mailbox) {
            self.create_mailbox(&mailbox)?;
        }
        let mut draft = Draft::new(mailbox, envelope, file, data_at, audio);
        self.keep(id, &mut draft, Finish::Interrupted)?;
        recovery.recovered.extend(self.index.get(id).and_then(|entry| entry.summary.clone()));
        Ok(())
    }

    fn remove(&mut self, path: &Path) -> Result<(), StoreError> {
        self.disk.remove(path).map_err(|error| store_error(&error))
    }

    /// Puts away a draft whose beginning cannot be understood.
    fn set_aside(
        &mut self,
        path: &Path,
        length: u64,
        recovery: &mut Recovery,
    ) -> Result<(), StoreError> {
        // Sound comes after a header that is durable: this one was never answered for.
        if length <= u64::try_from(HEADER_LIMIT).unwrap_or(u64::MAX) {
            recovery.empty += 1;
            return self.remove(path);
        }
        let damaged = self.layout.damaged();
        let place = damaged.join(path.file_name().unwrap_or_default());
        let moved = self.disk.create_dir(&damaged).and_then(|()| self.disk.rename(path, &place));
        moved.map_err(|error| store_error(&error))?;
        recovery.damaged.push(place);
        self.settle([self.layout.root().to_owned(), damaged])
    }
}

/// Refuses to begin a store among the files of somebody else.
fn check_format<D: Disk>(disk: &mut D, layout: &Layout) -> Result<(), OpenStoreError> {
    let path = layout.root().to_owned();
    match disk.open(&layout.format()) {
        Ok(mut file) => {
            let text = file.read_up_to(0, 64).map_err(at(layout.format()))?;
            let number = str::from_utf8(&text)
                .ok()
                .and_then(|text| text.strip_prefix(FORMAT_WORDS)?.trim_end().parse::<u32>().ok());
            match number {
                Some(FORMAT) => Ok(()),
                Some(found) if found > FORMAT => Err(OpenStoreError::NewerFormat { path, found }),
                Some(_) | None => Err(OpenStoreError::NotAStore { path }),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A first start that was cut off leaves no more than these behind.
            let begun = ["lock", "format.new"];
            let names = disk.read_dir(&path).map_err(at(&path))?;
            let ours = names.iter().all(|name| begun.contains(&name.as_str()));
            if ours { Ok(()) } else { Err(OpenStoreError::NotAStore { path }) }
        }
        Err(error) => Err(at(layout.format())(error)),
    }
}

fn write_format<D: Disk>(disk: &mut D, layout: &Layout) -> Result<(), OpenStoreError> {
    match disk.open(&layout.format()) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = format!("{FORMAT_WORDS}{FORMAT}\n");
            write_atomically(disk, &layout.format(), &text).map_err(at(layout.format()))
        }
        Err(error) => Err(at(layout.format())(error)),
    }
}

fn lock<D: Disk>(disk: &mut D, layout: &Layout) -> Result<D::Lock, OpenStoreError> {
    disk.lock(&layout.lock()).map_err(|error| match error {
        LockError::Held { process: holder } => {
            OpenStoreError::InUse { path: layout.root().to_owned(), holder }
        }
        LockError::Io(error) => at(layout.lock())(error),
    })
}

/// Returns how much there is between `from` and `to` without the zeroes at the end.
fn without_zeroes<F: DiskFile>(file: &mut F, from: u64, to: u64) -> io::Result<u64> {
    const BLOCK: u64 = 4_096;
    let mut end = to;
    while end > from {
        let start = end.saturating_sub(BLOCK).max(from);
        let block = file.read_up_to(start, usize::try_from(end - start).unwrap_or(0))?;
        if let Some(last) = block.iter().rposition(|byte| *byte != 0) {
            return Ok(start - from + u64::try_from(last).unwrap_or(0) + 1);
        }
        end = start;
    }
    Ok(0)
}

fn as_io(error: StoreError) -> io::Error {
    if let StoreError::Medium(kind) = error {
        return kind.into();
    }
    let kind = if error == StoreError::NoSpace {
        io::ErrorKind::StorageFull
    } else {
        io::ErrorKind::InvalidData
    };
    io::Error::new(kind, error)
}
