//! What is said, listened for and recorded.

use std::time::Duration;

use centrala_dialogue::{Argument, SoundId};
use centrala_keys::{DigitMap, Digits};

use crate::{MailboxName, Reason};

/// What a [`TakeMessage`](crate::TakeMessage) says, listens for and records.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TakeMessageConfig {
    /// Where the message goes.
    pub mailbox: MailboxName,
    /// Whose mailbox it is, for the stock wording: a text, or a recorded name.
    pub name: Argument,
    /// Why the caller came here.
    pub reason: Reason,
    /// The greeting that its owner recorded, to be said instead of the stock wording.
    pub greeting: Option<SoundId>,
    /// Who may help instead, and the keys for it. The voice itself says it, after either greeting,
    /// so that it cannot go stale; the keys always work.
    pub helper: Option<Helper>,
    /// The extensions that a caller may dial at any moment. Clones of a map share it: an office has many extensions, and
    /// many callers.
    pub extensions: DigitMap<()>,
    /// The longest message.
    pub longest: Duration,
    /// How long a silence ends the message.
    pub silence: Duration,
    /// What is shorter is not kept.
    pub shortest: Duration,
}

impl TakeMessageConfig {
    /// Returns the usual: stock wording, at most five minutes, at least one second, and eight
    /// seconds of silence end the message.
    #[must_use]
    pub fn new(mailbox: MailboxName, name: Argument, reason: Reason) -> Self {
        Self {
            mailbox,
            name,
            reason,
            greeting: None,
            helper: None,
            extensions: DigitMap::default(),
            longest: Duration::from_mins(5),
            silence: Duration::from_secs(8),
            shortest: Duration::from_secs(1),
        }
    }
}

/// Who may help while somebody is not available.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Helper {
    /// The helper's name: a text, or a recorded name.
    pub name: Argument,
    /// The helper's extension.
    pub extension: Digits,
}

impl Helper {
    /// Returns a helper.
    #[must_use]
    pub const fn new(name: Argument, extension: Digits) -> Self {
        Self { name, extension }
    }
}
