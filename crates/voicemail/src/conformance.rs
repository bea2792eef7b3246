//! What every [`MessageStore`](crate::MessageStore) must do, as a test that any of them can run.

use crate::{MessageStore, StoreLimits};

/// Checks a store.
///
/// # Panics
///
/// If the store does something else.
pub fn check<S: MessageStore>(mut open: impl FnMut(StoreLimits) -> S) {
    let _store = open(StoreLimits::default());
}
