//! What can go wrong.

use std::{io, path::PathBuf};

use centrala_disk::is_full;
use centrala_voicemail::StoreError;

/// Why a store cannot be opened.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// Another process uses it.
    #[error("the message store {} is in use{}", path.display(), by(holder))]
    InUse {
        /// The store.
        path: PathBuf,
        /// The process, if it could be found out.
        holder: Option<u32>,
    },
    /// A newer version of this program wrote it.
    #[error("the message store {} has format {found}; this version knows format {FORMAT}", path.display())]
    NewerFormat {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// There is something else.
    #[error("{} is neither empty nor a message store", path.display())]
    NotAStore {
        /// What was to be a store.
        path: PathBuf,
    },
    /// The disk fails.
    #[error("the message store cannot use {}", path.display())]
    Disk {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

/// The version of the format on disk that this crate writes.
pub const FORMAT: u32 = 1;

fn by(holder: &Option<u32>) -> String {
    holder.map_or_else(String::new, |pid| format!(" by the process {pid}"))
}

/// Returns what is told about a failure of the disk.
pub(crate) fn store_error(error: &io::Error) -> StoreError {
    if is_full(error) { StoreError::NoSpace } else { StoreError::Medium(error.kind()) }
}

/// Returns a function that ties a failure of the disk to what it concerned.
pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> OpenStoreError {
    let path = path.into();
    move |error| OpenStoreError::Disk { path, error }
}
