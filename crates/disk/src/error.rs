//! What can go wrong.

use std::{io, path::PathBuf};

/// Why a file cannot be locked.
#[expect(clippy::exhaustive_enums, reason = "somebody has it, or it cannot be found out")]
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else has locked it.
    #[error("locked by {}", holder(process))]
    Held {
        /// The process, if it could be found out.
        process: Option<u32>,
    },
    /// The disk fails.
    #[error("cannot be locked")]
    Io(#[from] io::Error),
}

fn holder(process: &Option<u32>) -> String {
    process.map_or_else(|| "somebody else".into(), |id| format!("the process {id}"))
}

/// Why a directory could not be made durable.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
#[error("cannot use {}", path.display())]
pub struct CreateDirError {
    /// The directory, or one above it.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub error: io::Error,
}

/// Why not all was written.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
#[error("written {written} bytes, and no more")]
pub struct WriteAllError {
    /// How many bytes were written before.
    pub written: u64,
    /// Why.
    #[source]
    pub error: io::Error,
}

impl From<WriteAllError> for io::Error {
    fn from(failed: WriteAllError) -> Self {
        failed.error
    }
}

/// Returns whether a disk failed because it, or what somebody may use of it, is full.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
