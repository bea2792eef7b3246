//! Recorded information.

use std::sync::Arc;

use centrala_dialogue::Phrase;

use crate::{AnnouncementId, Destination};

/// Something that callers are told: opening hours, directions, news of widgets.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its place in [`Office::announcements`](crate::Office::announcements).
    pub id: AnnouncementId,
    /// Its name in the office's file: `widgets`.
    pub name: Arc<str>,
    /// What is said.
    pub say: Phrase,
    /// Where the caller goes after it.
    pub then: Destination,
}
