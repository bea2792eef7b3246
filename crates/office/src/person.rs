//! People.

use std::{sync::Arc, time::Duration};

use centrala_dialogue::Phrase;
use centrala_keys::Digits;

use crate::{MailboxId, PersonId};

/// Somebody with an extension and a mailbox.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Her place in [`Office::people`](crate::Office::people).
    pub id: PersonId,
    /// Her name, as it is spoken.
    pub name: Arc<str>,
    /// What callers dial for her. Never begins with 0.
    pub extension: Digits,
    /// The user name with which her telephone registers.
    pub user: Arc<str>,
    /// How long her telephone rings.
    pub ring: Duration,
    /// What callers hear before they leave a message, where she has recorded nothing.
    pub greeting: Option<Phrase>,
    /// Her own mailbox.
    pub mailbox: MailboxId,
}
