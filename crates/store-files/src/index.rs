//! Which messages there are. The files are the truth; this is built from their names.

use std::collections::{BTreeMap, BTreeSet};

use centrala_voicemail::{Folder, MailboxName, MessageId, MessageSummary};

/// Which mailboxes and messages there are.
#[derive(Debug, Default)]
pub(crate) struct Index {
    messages: BTreeMap<MessageId, Entry>,
    mailboxes: BTreeMap<MailboxName, BTreeSet<MessageId>>,
}

/// Where a message lies, and what its file says, as soon as somebody has read it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) mailbox: MailboxName,
    pub(crate) folder: Folder,
    pub(crate) summary: Option<MessageSummary>,
}

impl Index {
    pub(crate) fn add_mailbox(&mut self, mailbox: MailboxName) {
        self.mailboxes.entry(mailbox).or_default();
    }

    pub(crate) fn has_mailbox(&self, mailbox: &MailboxName) -> bool {
        self.mailboxes.contains_key(mailbox)
    }

    pub(crate) fn insert(&mut self, id: MessageId, entry: Entry) {
        self.mailboxes.entry(entry.mailbox.clone()).or_default().insert(id);
        self.messages.insert(id, entry);
    }

    pub(crate) fn remove(&mut self, id: MessageId) {
        if let Some(entry) = self.messages.remove(&id)
            && let Some(ids) = self.mailboxes.get_mut(&entry.mailbox)
        {
            ids.remove(&id);
        }
    }

    pub(crate) fn get(&self, id: MessageId) -> Option<&Entry> {
        self.messages.get(&id)
    }

    pub(crate) fn set_folder(&mut self, id: MessageId, folder: Folder) {
        if let Some(entry) = self.messages.get_mut(&id) {
            entry.folder = folder;
            if let Some(summary) = &mut entry.summary {
                summary.folder = folder;
            }
        }
    }

    pub(crate) fn remember(&mut self, summary: MessageSummary) {
        if let Some(entry) = self.messages.get_mut(&summary.id) {
            entry.summary = Some(summary);
        }
    }

    /// Returns the messages of a mailbox, the oldest first.
    pub(crate) fn of_mailbox(&self, mailbox: &MailboxName) -> Vec<MessageId> {
        self.mailboxes.get(mailbox).into_iter().flatten().copied().collect()
    }

    /// Returns how many messages of a mailbox count against its quota.
    pub(crate) fn count(&self, mailbox: &MailboxName) -> usize {
        let ids = self.mailboxes.get(mailbox).into_iter().flatten();
        ids.filter(|id| self.get(**id).is_some_and(|entry| entry.folder.counts())).count()
    }

    /// Returns the highest number of a message.
    pub(crate) fn last_number(&self) -> u64 {
        self.messages.last_key_value().map_or(0, |(id, _)| id.number())
    }
}
