//! Where registered telephones can be reached, kept on disk over a restart.
//!
//! [`FileLocations`] is a [`LocationStore`](centrala_ua::LocationStore): a registrar tells it what is worth keeping, and
//! it writes that into a journal, many records with one wait for the disk. After `kill -9`, a power cut or a full disk
//! each user's bindings are as they were at some moment, not before the last flush; never half, never somebody else's.
//! What a disk changes by itself is noticed, put aside and told ([`Recovery`]).
//!
//! The journal is text, one line for each record with its checksum; `README.md` describes it.
//!
//! # Example
//!
//! ```
//! use core::time::Duration;
//! use centrala_store_locations::FileLocations;
//! use centrala_ua::{LocationRecord, LocationStore, StoredBinding};
//!
//! # let scratch = std::env::temp_dir().join(format!("centrala-doc-locations-{}", std::process::id()));
//! let dir = scratch.join("locations");
//! let (mut store, recovery) = FileLocations::open(&dir)?;
//! assert_eq!((recovery.damaged, store.records().len()), (0, 0), "the store is new");
//!
//! let (contact, flow) = ("sip:101@10.0.0.7".parse()?, "UDP 192.0.2.9:40112".parse()?);
//! let until = Duration::from_secs(1_795_550_000);
//! let record = LocationRecord::new("101".into(), vec![StoredBinding::new(contact, flow, until)]);
//! store.put(record.clone());
//! store.flush()?;
//! drop(store);
//!
//! let (store, _) = FileLocations::open(&dir)?;
//! assert_eq!(store.records(), [record]);
//! # drop(store);
//! # std::fs::remove_dir_all(scratch)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Driving it
//!
//! `put` is cheap, `flush` waits for the disk: give the store a thread of its own, and flush about once a second when
//! something was put. A telephone does not wait for either; see [`LocationStore`](centrala_ua::LocationStore). After a
//! failure nothing is lost but time: flush again, later.
//!
//! It writes through [`Disk`](centrala_disk::Disk): a test puts a disk beneath it that fails and forgets
//! ([`FileLocations::open_on`]).

mod checksum;
mod error;
mod journal;
mod line;
mod store;

pub use error::{FORMAT, OpenLocationsError};
pub use journal::MAX_JOURNAL;
pub use line::MAX_LINE;
pub use store::{FileLocations, MAX_DAMAGED, Recovery};
