//! Where everything lies.

use std::path::{Path, PathBuf};

use centrala_voicemail::{Folder, GreetingKind, MailboxName, MessageId};

/// The directory of a store.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

/// Where greetings lie in a mailbox, beside the folders.
const GREETINGS: &str = "greetings";

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(crate) fn format(&self) -> PathBuf {
        self.root.join("format")
    }

    pub(crate) fn numbers(&self) -> PathBuf {
        self.root.join("numbers")
    }

    /// Where files are written before they get the name that counts.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    pub(crate) fn drafts(&self) -> PathBuf {
        self.root.join("drafts")
    }

    /// Where files go that nobody understands.
    pub(crate) fn damaged(&self) -> PathBuf {
        self.root.join("damaged")
    }

    pub(crate) fn mailboxes(&self) -> PathBuf {
        self.root.join("mailboxes")
    }

    pub(crate) fn mailbox(&self, mailbox: &MailboxName) -> PathBuf {
        self.mailboxes().join(mailbox.as_str())
    }

    pub(crate) fn folder(&self, mailbox: &MailboxName, folder: Folder) -> PathBuf {
        self.mailbox(mailbox).join(folder.word())
    }

    pub(crate) fn greetings(&self, mailbox: &MailboxName) -> PathBuf {
        self.mailbox(mailbox).join(GREETINGS)
    }

    pub(crate) fn greeting(&self, mailbox: &MailboxName, kind: GreetingKind) -> PathBuf {
        self.greetings(mailbox).join(format!("{}.wav", kind.word()))
    }

    pub(crate) fn draft(&self, id: MessageId) -> PathBuf {
        self.drafts().join(file_name(id))
    }

    pub(crate) fn message(&self, mailbox: &MailboxName, folder: Folder, id: MessageId) -> PathBuf {
        self.folder(mailbox, folder).join(file_name(id))
    }
}

fn file_name(id: MessageId) -> String {
    format!("{id}.wav")
}

/// Returns the message whose file is named so, if it is the name of a message's file.
pub(crate) fn parse_file_name(name: &str) -> Option<MessageId> {
    let digits = name.strip_suffix(".wav")?;
    let id = MessageId::new(u64::from_str_radix(digits, 16).ok()?);
    (file_name(id) == name).then_some(id)
}

/// Returns the greeting whose file is named so, if it is the name of a greeting's file.
pub(crate) fn parse_greeting_name(name: &str) -> Option<GreetingKind> {
    GreetingKind::from_word(name.strip_suffix(".wav")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_that_are_written_are_read() {
        for number in [0, 42, u64::MAX] {
            let id = MessageId::new(number);
            assert_eq!(parse_file_name(&file_name(id)), Some(id));
        }
        for name in ["2a.wav", "000000000000002A.wav", "+00000000000002a.wav", "x", ".wav", ""] {
            assert_eq!(parse_file_name(name), None, "{name}");
        }
    }
}
