//! The seam through which a store writes files, with what each call guarantees after a crash.
//!
//! [`Disk`] has the few operations on files that a store needs to lose nothing: so few that a test can put a disk beneath
//! it that fails, fills up, writes by halves, and forgets what was not synced (`FaultyDisk` of `centrala-testkit`).
//! [`RealDisk`] is the disk of this machine. [`conformance`] checks that a disk does what is said here.
//!
//! # What is certain when
//!
//! By POSIX.1-2024 (`write`, `fsync`, `fdatasync`, `rename`) and what Linux says beyond it: a synced file may be without a name
//! (`fsync(2)`: "does not necessarily ensure that the entry in the directory containing the file has also reached disk").
//!
//! | call | other processes, and `kill -9` | a power cut |
//! | --- | --- | --- |
//! | [`DiskFile::write_at`], [`DiskFile::truncate`] | see it at once; a kill in the middle may leave a part | may leave all, nothing, a part, or zeroes in a file that is longer |
//! | [`DiskFile::sync`] | | contents and length of the file are there, if its name is |
//! | [`Disk::create`], [`Disk::remove`], [`Disk::create_dir`] | see it at once | may undo it |
//! | [`Disk::rename`] | see the old file or the new one under that name, never none, never a mixture | leaves the old name, the new one or, between two directories, both; never none |
//! | [`Disk::sync_dir`] | | the names in that directory are there; what is in the files is not promised by this |
//! | [`Disk::lock`] | keeps others out until it is dropped or the process dies | is gone |
//!
//! What follows from it, and is written once, here:
//!
//! - A new file is written, synced, renamed, and its directory synced, in this order ([`Disk::replace`]). A rename before the
//!   sync may leave the new name on an empty file.
//! - A new directory is durable when the ones *above* it are synced ([`Disk::create_dir_durably`]).
//! - A move between two directories is settled by syncing the new directory, then the old one.
//! - A sync that failed is not tried again on the same file: systems drop what they could not write, and say "done" the next
//!   time. What was synced before is there; everything after that has to be written anew, into another file.
//! - A full disk is told by a write or only by a sync ([`is_full`]).
//!
//! # Example
//!
//! ```
//! use centrala_disk::{Disk, DiskFile, RealDisk};
//!
//! # let scratch = std::env::temp_dir().join(format!("centrala-doc-disk-{}", std::process::id()));
//! let dir = scratch.join("counters");
//! let mut disk = RealDisk::new();
//! disk.create_dir_durably(&dir)?;
//! let held = disk.lock(&dir.join("lock"))?;
//!
//! // Whatever happens now, the file is the old one or the new one, and it is whole.
//! let place = dir.join("calls");
//! disk.replace(&place, |file| Ok(file.write_all(0, b"41\n")?))?;
//! disk.replace(&place, |file| Ok(file.write_all(0, b"42\n")?))?;
//!
//! assert_eq!(disk.open(&place)?.read_up_to(0, 64)?, b"42\n");
//! assert!(disk.lock(&dir.join("lock")).is_err(), "one at a time");
//! # drop(held);
//! # std::fs::remove_dir_all(scratch)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod conformance;
mod disk;
mod error;
mod file;
mod real;

pub use disk::Disk;
pub use error::{CreateDirError, LockError, WriteAllError, is_full};
pub use file::DiskFile;
pub use real::{RealDisk, RealFile, RealLock};
