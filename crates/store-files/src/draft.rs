//! A message that is being recorded.

use std::io;

use centrala_disk::{DiskFile, WriteAllError};
use centrala_voicemail::{
    Envelope, MailboxName, MessageId, MessageSummary, StoreError, sound_length,
};

use crate::{
    error::store_error,
    message_file::{self, FileState},
};

/// A file is synced by itself when so much of it is not durable, 0.8 s of sound: so that with what the caller of the store
/// collects before it appends, no more than the last second is lost. Whoever records many at once has all of them synced
/// together before it comes to that.
pub(crate) const SYNC_EVERY: u64 = 6_400;

/// A message that is being recorded, in a file of `drafts/`.
#[derive(Debug)]
pub(crate) struct Draft<F> {
    pub(crate) mailbox: MailboxName,
    pub(crate) envelope: Envelope,
    file: F,
    /// Where the sound begins.
    data_at: u64,
    /// How many bytes of sound are written.
    audio: u64,
    /// How many of them are durable.
    synced: u64,
    /// Why no more can be written.
    broken: Option<StoreError>,
}

impl<F: DiskFile> Draft<F> {
    /// Returns a draft whose header is written and durable.
    pub(crate) const fn new(
        mailbox: MailboxName,
        envelope: Envelope,
        file: F,
        data_at: u64,
        audio: u64,
    ) -> Self {
        Self { mailbox, envelope, file, data_at, audio, synced: audio, broken: None }
    }

    pub(crate) fn append(&mut self, sound: &[u8], longest: u64) -> Result<(), StoreError> {
        if let Some(error) = self.broken {
            return Err(error);
        }
        let length = u64::try_from(sound.len()).unwrap_or(u64::MAX);
        if self.audio.saturating_add(length) > longest {
            return Err(StoreError::TooLong);
        }
        match self.file.write_all(self.data_at + self.audio, sound) {
            Ok(()) => self.audio += length,
            Err(WriteAllError { written, error, .. }) => {
                self.audio += written;
                return Err(self.break_off(&error));
            }
        }
        if self.audio - self.synced >= SYNC_EVERY { self.sync() } else { Ok(()) }
    }

    /// Makes the file what it is to be for ever, except for its name.
    pub(crate) fn finish(&mut self, how: Finish) -> Result<FileState, StoreError> {
        if self.audio == 0 {
            return Err(StoreError::TooShort);
        }
        let state = match (how, self.broken) {
            (Finish::Whole, None) => FileState::Whole,
            (Finish::Whole, Some(_)) | (Finish::Interrupted, _) => FileState::Interrupted,
        };
        // What a failed write has left behind the sound that counts.
        let cut = self.file.truncate(self.data_at + self.audio);
        cut.map_err(|error| store_error(&error))?;
        for (at, bytes) in message_file::finish(self.data_at, self.audio, state) {
            let written = self.file.write_all(at, &bytes);
            written.map_err(|failed| store_error(&failed.error))?;
        }
        self.sync()?;
        Ok(state)
    }

    pub(crate) fn summary(&self, id: MessageId, state: FileState) -> MessageSummary {
        let length = sound_length(self.audio);
        let mut summary =
            MessageSummary::new(id, self.mailbox.clone(), self.envelope.clone(), length);
        summary.interrupted = state != FileState::Whole;
        summary
    }

    /// Returns the file, if some of it is not durable.
    pub(crate) fn unsynced(&mut self) -> Option<&mut F> {
        self.has_unsynced().then_some(&mut self.file)
    }

    pub(crate) const fn has_unsynced(&self) -> bool {
        self.synced < self.audio
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let synced = self.file.sync();
        self.note_synced(synced.err().as_ref())
    }

    /// Notes that all that was written is durable, unless that has failed.
    pub(crate) fn note_synced(&mut self, error: Option<&io::Error>) -> Result<(), StoreError> {
        match error {
            None => {
                self.synced = self.audio;
                Ok(())
            }
            Some(error) => {
                // After a failed sync the system may have dropped what was not durable, and say
                // "done" the next time. Only what was synced before is certain.
                self.audio = self.synced;
                Err(self.break_off(error))
            }
        }
    }

    fn break_off(&mut self, error: &io::Error) -> StoreError {
        let error = store_error(error);
        self.broken = Some(error);
        error
    }
}

/// How a recording came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// Its owner said so.
    Whole,
    /// Nobody was left to say so.
    Interrupted,
}
