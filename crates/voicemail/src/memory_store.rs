//! A store that forgets everything when it is dropped.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use centrala_dialogue::DraftId;

use crate::{
    Answer, Envelope, GreetingKind, MAX_APPEND, MailboxName, MessageId, MessageStore,
    MessageSummary, Request, RequestId, StoreError, StoreLimits, sound_bytes, sound_length,
};

/// A [`MessageStore`] in memory, for tests and simulations. It answers at once.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    limits: StoreLimits,
    mailboxes: BTreeSet<MailboxName>,
    drafts: BTreeMap<DraftId, Draft>,
    messages: BTreeMap<MessageId, Message>,
    greetings: BTreeMap<(MailboxName, GreetingKind), Vec<u8>>,
    last_number: u64,
    answers: VecDeque<(RequestId, Answer)>,
}

#[derive(Clone)]
struct Draft {
    mailbox: MailboxName,
    envelope: Envelope,
    audio: Vec<u8>,
}

#[derive(Clone)]
struct Message {
    summary: MessageSummary,
    audio: Vec<u8>,
}

impl MemoryStore {
    /// Returns an empty store, without mailboxes.
    #[must_use]
    pub fn new(limits: StoreLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    fn carry_out(&mut self, request: Request) -> Result<Answer, StoreError> {
        match request {
            Request::AddMailbox { mailbox } => {
                self.mailboxes.insert(mailbox);
                Ok(Answer::MailboxReady)
            }
            Request::OpenDraft { mailbox, envelope } => self.open_draft(mailbox, envelope),
            Request::Append { draft, audio } => self.append(draft, &audio),
            Request::Commit { draft } => self.commit(draft),
            Request::Discard { draft } => {
                self.drafts.remove(&draft);
                Ok(Answer::Discarded)
            }
            Request::List { mailbox } => self.list(&mailbox),
            Request::Fetch { message } => {
                let found = self.messages.get(&message).ok_or(StoreError::NoSuchMessage)?;
                Ok(Answer::Sound(found.audio.as_slice().into()))
            }
            Request::Move { message, folder } => {
                let found = self.messages.get_mut(&message).ok_or(StoreError::NoSuchMessage)?;
                found.summary.folder = folder;
                Ok(Answer::Moved(found.summary.clone()))
            }
            Request::Delete { message } => {
                self.messages.remove(&message).ok_or(StoreError::NoSuchMessage)?;
                Ok(Answer::Deleted)
            }
            Request::ListGreetings { mailbox } => {
                self.known(&mailbox)?;
                let recorded =
                    |kind: &GreetingKind| self.greetings.contains_key(&(mailbox.clone(), *kind));
                Ok(Answer::Greetings(GreetingKind::ALL.into_iter().filter(recorded).collect()))
            }
            Request::FetchGreeting { mailbox, kind } => {
                self.known(&mailbox)?;
                let greeting = self.greetings.get(&(mailbox, kind));
                let audio = greeting.ok_or(StoreError::NoSuchGreeting)?;
                Ok(Answer::Sound(audio.as_slice().into()))
            }
            Request::SetGreeting { mailbox, kind, audio } => {
                self.known(&mailbox)?;
                check_length(audio.len(), self.limits.longest_greeting)?;
                if audio.is_empty() {
                    return Err(StoreError::TooShort);
                }
                self.greetings.insert((mailbox, kind), audio);
                Ok(Answer::GreetingSet)
            }
            Request::RemoveGreeting { mailbox, kind } => {
                self.known(&mailbox)?;
                self.greetings.remove(&(mailbox, kind));
                Ok(Answer::GreetingRemoved)
            }
        }
    }

    fn open_draft(
        &mut self,
        mailbox: MailboxName,
        envelope: Envelope,
    ) -> Result<Answer, StoreError> {
        self.known(&mailbox)?;
        if self.drafts.len() >= self.limits.drafts {
            return Err(StoreError::TooManyDrafts);
        }
        let counted = |message: &&Message| {
            message.summary.mailbox == mailbox && message.summary.folder.counts()
        };
        let kept = self.messages.values().filter(counted).count();
        let begun = self.drafts.values().filter(|draft| draft.mailbox == mailbox).count();
        if kept + begun >= self.limits.messages {
            return Err(StoreError::MailboxFull);
        }
        self.last_number += 1;
        let draft = DraftId::new(self.last_number);
        self.drafts.insert(draft, Draft { mailbox, envelope, audio: Vec::new() });
        Ok(Answer::Draft(draft))
    }

    fn append(&mut self, draft: DraftId, audio: &[u8]) -> Result<Answer, StoreError> {
        let found = self.drafts.get_mut(&draft).ok_or(StoreError::NoSuchDraft)?;
        if audio.len() > MAX_APPEND {
            return Err(StoreError::TooLong);
        }
        check_length(found.audio.len() + audio.len(), self.limits.longest_message)?;
        found.audio.extend_from_slice(audio);
        Ok(Answer::Appended)
    }

    fn commit(&mut self, draft: DraftId) -> Result<Answer, StoreError> {
        let id = MessageId::of_draft(draft);
        if let Some(message) = self.messages.get(&id) {
            return Ok(Answer::Kept(message.summary.clone()));
        }
        let Some(found) = self.drafts.remove(&draft) else {
            return Err(StoreError::NoSuchDraft);
        };
        if found.audio.is_empty() {
            self.drafts.insert(draft, found);
            return Err(StoreError::TooShort);
        }
        let Draft { mailbox, envelope, audio } = found;
        let length = sound_length(audio.len().try_into().unwrap_or(u64::MAX));
        let summary = MessageSummary::new(id, mailbox, envelope, length);
        self.messages.insert(id, Message { summary: summary.clone(), audio });
        Ok(Answer::Kept(summary))
    }

    fn list(&self, mailbox: &MailboxName) -> Result<Answer, StoreError> {
        self.known(mailbox)?;
        let summaries = self.messages.values().map(|message| &message.summary);
        let own = summaries.filter(|summary| summary.mailbox == *mailbox);
        Ok(Answer::Messages(own.cloned().collect()))
    }

    fn known(&self, mailbox: &MailboxName) -> Result<(), StoreError> {
        self.mailboxes.contains(mailbox).then_some(()).ok_or(StoreError::NoSuchMailbox)
    }
}

impl MessageStore for MemoryStore {
    fn submit(&mut self, id: RequestId, request: Request) {
        let answer = self.carry_out(request).unwrap_or_else(Answer::Failed);
        self.answers.push_back((id, answer));
    }

    fn poll_answer(&mut self) -> Option<(RequestId, Answer)> {
        self.answers.pop_front()
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({}, {} bytes)", self.mailbox, self.audio.len())
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({:?}, {} bytes)", self.summary, self.audio.len())
    }
}

fn check_length(bytes: usize, longest: Duration) -> Result<(), StoreError> {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    (bytes <= sound_bytes(longest)).then_some(()).ok_or(StoreError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_store_conforms() {
        crate::conformance::check(MemoryStore::new);
    }
}
