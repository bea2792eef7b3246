//! Mailboxes.

use std::sync::Arc;

use centrala_dialogue::Phrase;

use crate::{MailboxId, PersonId};

/// Where messages are kept.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its place in [`Office::mailboxes`](crate::Office::mailboxes).
    pub id: MailboxId,
    /// Its name, unique in the office and made of letters, digits, `-` and `_`: `sales`, or the
    /// extension of its owner.
    pub name: Arc<str>,
    /// Whose it is.
    pub owner: MailboxOwner,
    /// What callers hear before they leave a message, where nobody has recorded a greeting.
    pub greeting: Option<Phrase>,
}

/// Whose a mailbox is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailboxOwner {
    /// One person's.
    Person(PersonId),
    /// The company's: `[mailbox.sales]`.
    Company,
}
