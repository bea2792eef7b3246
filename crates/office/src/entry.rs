//! Numbers under which the company is called.

use std::sync::Arc;

use crate::{EntryId, Route};

/// A number, and where its calls go.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in [`Office::entries`](crate::Office::entries).
    pub id: EntryId,
    /// The number without spaces and punctuation: `+15550100`.
    pub number: Arc<str>,
    /// Where its calls go.
    pub route: Route,
}

impl Entry {
    /// Returns the number as it is looked up: without the `+`.
    pub(crate) fn key(&self) -> Arc<str> {
        self.number.trim_start_matches('+').into()
    }
}
