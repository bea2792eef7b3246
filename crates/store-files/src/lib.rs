//! A message store in plain files that survives a crash at any byte.

mod disk;
mod draft;
mod error;
mod index;
mod layout;
mod message_file;
mod numbers;
mod real_disk;
mod recovery;
mod store;

pub use disk::{Disk, DiskFile, LockError};
pub use error::{FORMAT, OpenStoreError};
pub use real_disk::{RealDisk, RealFile, RealLock};
pub use recovery::Recovery;
pub use store::{FileStore, FileStoreConfig};
