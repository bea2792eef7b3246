//! What can go wrong.

use std::{io, path::PathBuf};

use centrala_disk::is_full;
use centrala_ua::LocationStoreError;

/// Why a store cannot be opened.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum OpenLocationsError {
    /// Another process uses it.
    #[error("the registrations in {} are in use{}", path.display(), by(holder))]
    InUse {
        /// The store.
        path: PathBuf,
        /// The process, if it could be found out.
        holder: Option<u32>,
    },
    /// A newer version of this program wrote it.
    #[error("{} has format {found}; this version knows format {FORMAT}", path.display())]
    NewerFormat {
        /// The journal.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// There is more than a store ever writes.
    #[error("{} is too large to be a journal of registrations", path.display())]
    TooLarge {
        /// The journal.
        path: PathBuf,
    },
    /// The disk fails.
    #[error("cannot use {}", path.display())]
    Disk {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

/// The version of the format on disk that this crate writes.
pub const FORMAT: u32 = 2;

fn by(holder: &Option<u32>) -> String {
    holder.map_or_else(String::new, |id| format!(" by the process {id}"))
}

/// Returns what is told about a failure of the disk.
pub(crate) fn store_error(error: &io::Error) -> LocationStoreError {
    if is_full(error) {
        LocationStoreError::NoSpace
    } else {
        LocationStoreError::Medium(error.kind())
    }
}
