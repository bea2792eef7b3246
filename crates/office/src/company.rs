//! The company itself.

use std::sync::Arc;

use centrala_dialogue::Language;

use crate::{Callee, MailboxId};

/// What is true of the whole company.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Its name, as it is spoken.
    pub name: Arc<str>,
    /// The language in which callers are spoken to.
    pub language: Language,
    /// Who answers 0.
    pub operator: Callee,
    /// Where a call for the operator ends when nobody answers: the last resort of every call.
    pub last_mailbox: MailboxId,
}
