//! The store: requests become files.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use centrala_disk::{Disk, DiskFile as _, RealDisk};
use centrala_voicemail::{
    Answer, Envelope, EnvelopeText, Folder, GreetingKind, MAX_APPEND, MailboxName, MessageId,
    MessageStore, MessageSummary, Reason, Request, RequestId, StoreError, StoreLimits, UnixMillis,
    sound_bytes, sound_length,
};

use crate::{
    OpenStoreError, Recovery,
    draft::{Draft, Finish},
    error::store_error,
    index::{Entry, Index},
    layout::{Layout, parse_greeting_name},
    message_file::{self, FileState, HEADER_LIMIT, Header, Metadata},
    numbers::Numbers,
};

/// How a [`FileStore`] is set.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileStoreConfig {
    /// How much it takes.
    pub limits: StoreLimits,
}

impl FileStoreConfig {
    /// Returns the settings with these limits.
    #[must_use]
    pub const fn new(limits: StoreLimits) -> Self {
        Self { limits }
    }
}

/// A [`MessageStore`] in plain files. It carries each request out, and waits for the disk, inside
/// [`submit`](MessageStore::submit): give it a thread of its own.
///
/// Drop it to release the directory. A draft that is still open then becomes an interrupted message
/// when the directory is opened the next time, as after a crash.
#[derive(Debug)]
pub struct FileStore<D: Disk = RealDisk> {
    pub(crate) disk: D,
    pub(crate) layout: Layout,
    pub(crate) index: Index,
    pub(crate) numbers: Numbers,
    config: FileStoreConfig,
    drafts: BTreeMap<MessageId, Draft<D::File>>,
    /// Directories that must be synced before anything is acknowledged, in this order.
    unsettled: Vec<PathBuf>,
    answers: VecDeque<(RequestId, Answer)>,
    _lock: D::Lock,
}

impl FileStore {
    /// Opens a store on the disk of this machine, or creates it, and recovers what a crash has
    /// left behind.
    ///
    /// # Errors
    ///
    /// If another process uses it, if there is something else, or if the disk fails.
    pub fn open(
        dir: impl AsRef<Path>,
        config: FileStoreConfig,
    ) -> Result<(Self, Recovery), OpenStoreError> {
        Self::open_on(RealDisk::new(), dir, config)
    }
}

impl<D: Disk> FileStore<D> {
    pub(crate) fn new(disk: D, layout: Layout, lock: D::Lock, config: FileStoreConfig) -> Self {
        Self {
            disk,
            layout,
            index: Index::default(),
            numbers: Numbers::default(),
            config,
            drafts: BTreeMap::new(),
            unsettled: Vec::new(),
            answers: VecDeque::new(),
            _lock: lock,
        }
    }

    fn carry_out(&mut self, request: Request) -> Result<Answer, StoreError> {
        if changes_names(&request) {
            // What an earlier failure has left behind comes first, also for what is asked again.
            self.settle([])?;
        }
        match request {
            Request::AddMailbox { mailbox } => self.add_mailbox(&mailbox),
            Request::OpenDraft { mailbox, envelope } => self.open_draft(mailbox, envelope),
            Request::Append { draft, audio } => self.append(MessageId::of_draft(draft), &audio),
            Request::Commit { draft } => self.commit(MessageId::of_draft(draft)),
            Request::Discard { draft } => self.discard(MessageId::of_draft(draft)),
            Request::List { mailbox } => self.list(&mailbox),
            Request::Fetch { message } => self.fetch(message),
            Request::Move { message, folder } => self.move_to(message, folder),
            Request::Delete { message } => self.delete(message),
            Request::ListGreetings { mailbox } => self.list_greetings(&mailbox),
            Request::FetchGreeting { mailbox, kind } => self.fetch_greeting(&mailbox, kind),
            Request::SetGreeting { mailbox, kind, audio } => {
                self.set_greeting(&mailbox, kind, &audio)
            }
            Request::RemoveGreeting { mailbox, kind } => self.remove_greeting(&mailbox, kind),
        }
    }

    fn add_mailbox(&mut self, mailbox: &MailboxName) -> Result<Answer, StoreError> {
        if !self.index.has_mailbox(mailbox) {
            self.create_mailbox(mailbox)?;
        }
        Ok(Answer::MailboxReady)
    }

    pub(crate) fn create_mailbox(&mut self, mailbox: &MailboxName) -> Result<(), StoreError> {
        for folder in Folder::ALL {
            self.disk(|disk, layout| disk.create_dir(&layout.folder(mailbox, folder)))?;
        }
        self.disk(|disk, layout| disk.create_dir(&layout.greetings(mailbox)))?;
        self.settle([self.layout.mailbox(mailbox), self.layout.mailboxes()])?;
        self.index.add_mailbox(mailbox.clone());
        Ok(())
    }

    fn open_draft(
        &mut self,
        mailbox: MailboxName,
        envelope: Envelope,
    ) -> Result<Answer, StoreError> {
        self.known(&mailbox)?;
        if self.drafts.len() >= self.config.limits.drafts {
            return Err(StoreError::TooManyDrafts);
        }
        let begun = self.drafts.values().filter(|draft| draft.mailbox == mailbox).count();
        if self.index.count(&mailbox) + begun >= self.config.limits.messages {
            return Err(StoreError::MailboxFull);
        }
        let numbered = self.numbers.next(&mut self.disk, &self.layout);
        let number = numbered.map_err(|error| store_error(&error))?;
        let id = MessageId::new(number);
        let path = self.layout.draft(id);
        let header = message_file::draft_header(&Metadata::new(&mailbox, &envelope))
            .map_err(|_| StoreError::Damaged)?;
        let opened = self.write_new(&path, &header).and_then(|file| {
            self.settle([self.layout.drafts()])?;
            Ok(file)
        });
        let file = match opened {
            Ok(file) => file,
            Err(error) => {
                // There is nothing in it. If it cannot be removed now, it is at the next start.
                let _ = self.disk.remove(&path);
                return Err(error);
            }
        };
        let data_at = u64::try_from(header.len()).unwrap_or(u64::MAX);
        self.drafts.insert(id, Draft::new(mailbox, envelope, file, data_at, 0));
        Ok(Answer::Draft(id.draft()))
    }

    fn append(&mut self, id: MessageId, audio: &[u8]) -> Result<Answer, StoreError> {
        let draft = self.drafts.get_mut(&id).ok_or(StoreError::NoSuchDraft)?;
        if audio.len() > MAX_APPEND {
            return Err(StoreError::TooLong);
        }
        draft.append(audio, sound_bytes(self.config.limits.longest_message))?;
        Ok(Answer::Appended)
    }

    /// Makes the sound of all drafts durable together: with many recordings at once this costs far less than each by
    /// itself. Call it a few times a second while [`has_unsynced`](Self::has_unsynced) says so. A failure ends the drafts
    /// of which not all was durable, as a failed append does, and is told again with what is next asked of each.
    ///
    /// # Errors
    ///
    /// If the disk fails.
    pub fn sync_drafts(&mut self) -> Result<(), StoreError> {
        // A name is taken by a new file only, so that the smallest one is the oldest file.
        let mut files: Vec<_> = self.drafts.values_mut().filter_map(Draft::unsynced).collect();
        let synced = self.disk.sync_files(&mut files);
        for draft in self.drafts.values_mut().filter(|draft| draft.has_unsynced()) {
            // What has failed is kept by the draft.
            let _ = draft.note_synced(synced.as_ref().err());
        }
        synced.map_err(|error| store_error(&error))
    }

    /// Returns whether sound of some draft is not durable yet.
    #[must_use]
    pub fn has_unsynced(&self) -> bool {
        self.drafts.values().any(Draft::has_unsynced)
    }

    fn commit(&mut self, id: MessageId) -> Result<Answer, StoreError> {
        if let Some(mut draft) = self.drafts.remove(&id) {
            if let Err(error) = self.keep(id, &mut draft, Finish::Whole) {
                self.drafts.insert(id, draft);
                return Err(error);
            }
        } else if self.index.get(id).is_none() {
            return Err(StoreError::NoSuchDraft);
        }
        // If this fails the message has its place already, and asking again only syncs.
        self.settle([])?;
        self.summary(id).map(Answer::Kept)
    }

    /// Finishes a draft and gives it its place. It is not durable there before that is settled.
    pub(crate) fn keep(
        &mut self,
        id: MessageId,
        draft: &mut Draft<D::File>,
        how: Finish,
    ) -> Result<(), StoreError> {
        let state = draft.finish(how)?;
        let folder = Folder::New;
        let place = self.layout.message(&draft.mailbox, folder, id);
        self.disk(|disk, layout| disk.rename(&layout.draft(id), &place))?;
        let new = self.layout.folder(&draft.mailbox, folder);
        self.unsettled.extend([new, self.layout.drafts()]);
        let summary = Some(draft.summary(id, state));
        self.index.insert(id, Entry { mailbox: draft.mailbox.clone(), folder, summary });
        Ok(())
    }

    fn discard(&mut self, id: MessageId) -> Result<Answer, StoreError> {
        if self.drafts.contains_key(&id) {
            self.disk(|disk, layout| disk.remove(&layout.draft(id)))?;
            self.drafts.remove(&id);
            self.settle([self.layout.drafts()])?;
        }
        Ok(Answer::Discarded)
    }

    fn list(&mut self, mailbox: &MailboxName) -> Result<Answer, StoreError> {
        self.known(mailbox)?;
        let ids = self.index.of_mailbox(mailbox);
        ids.into_iter().map(|id| self.summary(id)).collect::<Result<_, _>>().map(Answer::Messages)
    }

    fn fetch(&mut self, id: MessageId) -> Result<Answer, StoreError> {
        let entry = self.index.get(id).ok_or(StoreError::NoSuchMessage)?;
        let path = self.layout.message(&entry.mailbox, entry.folder, id);
        self.sound(&path, sound_bytes(self.config.limits.longest_message))
    }

    fn move_to(&mut self, id: MessageId, folder: Folder) -> Result<Answer, StoreError> {
        let entry = self.index.get(id).ok_or(StoreError::NoSuchMessage)?;
        let (mailbox, before) = (entry.mailbox.clone(), entry.folder);
        if before != folder {
            let from = self.layout.message(&mailbox, before, id);
            let to = self.layout.message(&mailbox, folder, id);
            self.disk(|disk, _| disk.rename(&from, &to))?;
            self.index.set_folder(id, folder);
            // First the new name, then the end of the old one: it is never without a name.
            let (new, old) =
                (self.layout.folder(&mailbox, folder), self.layout.folder(&mailbox, before));
            self.settle([new, old])?;
        }
        self.summary(id).map(Answer::Moved)
    }

    fn delete(&mut self, id: MessageId) -> Result<Answer, StoreError> {
        let entry = self.index.get(id).ok_or(StoreError::NoSuchMessage)?;
        let folder = self.layout.folder(&entry.mailbox, entry.folder);
        let path = self.layout.message(&entry.mailbox, entry.folder, id);
        self.disk(|disk, _| disk.remove(&path))?;
        self.index.remove(id);
        self.settle([folder])?;
        Ok(Answer::Deleted)
    }

    fn list_greetings(&mut self, mailbox: &MailboxName) -> Result<Answer, StoreError> {
        self.known(mailbox)?;
        let names = self.disk(|disk, layout| disk.read_dir(&layout.greetings(mailbox)))?;
        let mut kinds: Vec<_> = names.iter().filter_map(|name| parse_greeting_name(name)).collect();
        kinds.sort_unstable();
        Ok(Answer::Greetings(kinds))
    }

    fn fetch_greeting(
        &mut self,
        mailbox: &MailboxName,
        kind: GreetingKind,
    ) -> Result<Answer, StoreError> {
        self.known(mailbox)?;
        let path = self.layout.greeting(mailbox, kind);
        match self.sound(&path, sound_bytes(self.config.limits.longest_greeting)) {
            Err(StoreError::Medium(io::ErrorKind::NotFound)) => Err(StoreError::NoSuchGreeting),
            sound => sound,
        }
    }

    fn set_greeting(
        &mut self,
        mailbox: &MailboxName,
        kind: GreetingKind,
        audio: &[u8],
    ) -> Result<Answer, StoreError> {
        self.known(mailbox)?;
        let length = u64::try_from(audio.len()).unwrap_or(u64::MAX);
        if length > sound_bytes(self.config.limits.longest_greeting) {
            return Err(StoreError::TooLong);
        }
        if audio.is_empty() {
            return Err(StoreError::TooShort);
        }
        let file = message_file::greeting_file(audio);
        let written = self.layout.temporary().join("greeting.wav");
        // What an earlier failure has left there.
        let _ = self.disk.remove(&written);
        self.write_new(&written, &file)?;
        self.disk(|disk, layout| disk.rename(&written, &layout.greeting(mailbox, kind)))?;
        self.settle([self.layout.greetings(mailbox)])?;
        Ok(Answer::GreetingSet)
    }

    fn remove_greeting(
        &mut self,
        mailbox: &MailboxName,
        kind: GreetingKind,
    ) -> Result<Answer, StoreError> {
        self.known(mailbox)?;
        match self.disk.remove(&self.layout.greeting(mailbox, kind)) {
            Ok(()) => self.settle([self.layout.greetings(mailbox)])?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(store_error(&error)),
        }
        Ok(Answer::GreetingRemoved)
    }

    /// Returns what is told about a message. A file that nobody understands is told, too: it is
    /// there, and somebody may want to look at it.
    fn summary(&mut self, id: MessageId) -> Result<MessageSummary, StoreError> {
        let entry = self.index.get(id).ok_or(StoreError::NoSuchMessage)?;
        if let Some(summary) = &entry.summary {
            return Ok(summary.clone());
        }
        let (mailbox, folder) = (entry.mailbox.clone(), entry.folder);
        let path = self.layout.message(&mailbox, folder, id);
        let (_, header, audio) = self.read_header(&path)?;
        let state = header.as_ref().and_then(|header| header.state);
        let metadata = header.and_then(|header| header.metadata);
        let (envelope, length) = metadata.map_or_else(
            || {
                let unknown = EnvelopeText::new("");
                let envelope = Envelope::new(unknown, Reason::NoAnswer, UnixMillis::default());
                (envelope, Duration::ZERO)
            },
            |metadata| (metadata.envelope(), sound_length(audio)),
        );
        let mut summary = MessageSummary::new(id, mailbox, envelope, length);
        summary.folder = folder;
        summary.interrupted = state != Some(FileState::Whole);
        self.index.remember(summary.clone());
        Ok(summary)
    }

    fn sound(&mut self, path: &Path, longest: u64) -> Result<Answer, StoreError> {
        let (mut file, header, audio) = self.read_header(path)?;
        let header = header.ok_or(StoreError::Damaged)?;
        let wanted = usize::try_from(audio.min(longest)).unwrap_or(usize::MAX);
        let sound = file.read_up_to(header.data_at, wanted);
        Ok(Answer::Sound(sound.map_err(|error| store_error(&error))?.into()))
    }

    /// Returns a file, its header if it has one, and how much sound is in it.
    pub(crate) fn read_header(
        &mut self,
        path: &Path,
    ) -> Result<(D::File, Option<Header>, u64), StoreError> {
        let mut file = self.disk(|disk, _| disk.open(path))?;
        let length = file.length().map_err(|error| store_error(&error))?;
        let start = file.read_up_to(0, HEADER_LIMIT).map_err(|error| store_error(&error))?;
        let header = message_file::parse_header(&start);
        let audio = header.as_ref().map_or(0, |header| {
            u64::from(header.data_size).min(length.saturating_sub(header.data_at))
        });
        Ok((file, header, audio))
    }

    /// Writes a new file whose contents are durable; its name is not yet.
    fn write_new(&mut self, path: &Path, bytes: &[u8]) -> Result<D::File, StoreError> {
        let mut file = self.disk(|disk, _| disk.create(path))?;
        file.write_all(0, bytes).map_err(|failed| store_error(&failed.error))?;
        file.sync().map_err(|error| store_error(&error))?;
        Ok(file)
    }

    fn known(&self, mailbox: &MailboxName) -> Result<(), StoreError> {
        self.index.has_mailbox(mailbox).then_some(()).ok_or(StoreError::NoSuchMailbox)
    }

    fn disk<T>(
        &mut self,
        act: impl FnOnce(&mut D, &Layout) -> io::Result<T>,
    ) -> Result<T, StoreError> {
        act(&mut self.disk, &self.layout).map_err(|error| store_error(&error))
    }

    /// Makes the names in these directories durable, in this order, after those that were left.
    pub(crate) fn settle(
        &mut self,
        dirs: impl IntoIterator<Item = PathBuf>,
    ) -> Result<(), StoreError> {
        self.unsettled.extend(dirs);
        while let Some(dir) = self.unsettled.first() {
            self.disk.sync_dir(dir).map_err(|error| store_error(&error))?;
            self.unsettled.remove(0);
        }
        Ok(())
    }
}

impl<D: Disk> MessageStore for FileStore<D> {
    fn submit(&mut self, id: RequestId, request: Request) {
        let answer = self.carry_out(request).unwrap_or_else(Answer::Failed);
        self.answers.push_back((id, answer));
    }

    fn poll_answer(&mut self) -> Option<(RequestId, Answer)> {
        self.answers.pop_front()
    }
}

/// Returns whether a request gives, changes or takes a name.
const fn changes_names(request: &Request) -> bool {
    match request {
        Request::AddMailbox { .. }
        | Request::OpenDraft { .. }
        | Request::Commit { .. }
        | Request::Discard { .. }
        | Request::Move { .. }
        | Request::Delete { .. }
        | Request::SetGreeting { .. }
        | Request::RemoveGreeting { .. } => true,
        Request::Append { .. }
        | Request::List { .. }
        | Request::Fetch { .. }
        | Request::ListGreetings { .. }
        | Request::FetchGreeting { .. } => false,
    }
}
