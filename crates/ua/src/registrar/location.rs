//! Bindings that outlive us: what a store keeps, and the store.

use std::{collections::BTreeMap, io};

use centrala_sip::{NameAddr, Uri};
use core::{num::NonZeroU32, time::Duration};

use crate::Flow;

/// What is to be kept of a user: all bindings there are. It replaces what was kept before, so that a REGISTER which
/// changes several bindings is kept wholly or not at all, and so that the same record twice is as good as once.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocationRecord {
    /// The user.
    pub user: String,
    /// The bindings, the oldest first. None: nothing is to be kept.
    pub bindings: Vec<StoredBinding>,
}

impl LocationRecord {
    /// Returns what is to be kept.
    #[must_use]
    pub const fn new(user: String, bindings: Vec<StoredBinding>) -> Self {
        Self { user, bindings }
    }
}

/// A binding in words that mean the same after a restart.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBinding {
    /// The contact.
    pub contact: Uri,
    /// The way to it. Its connection means nothing any more.
    pub flow: Flow,
    /// The preference in thousandths.
    pub quality: u16,
    /// When it ends, by the calendar: since the first of January 1970.
    pub expires: Duration,
    /// The Call-ID of the registration.
    pub call_id: String,
    /// Its number.
    pub sequence: u32,
    /// The device.
    pub instance: Option<String>,
    /// Which of its flows.
    pub reg_id: Option<NonZeroU32>,
    /// The proxies on the way.
    pub paths: Vec<NameAddr>,
}

impl StoredBinding {
    /// Returns a binding that has nothing special.
    #[must_use]
    pub const fn new(contact: Uri, flow: Flow, expires: Duration) -> Self {
        Self {
            contact,
            flow,
            quality: 1_000,
            expires,
            call_id: String::new(),
            sequence: 0,
            instance: None,
            reg_id: None,
            paths: Vec::new(),
        }
    }
}

/// Keeps bindings over a restart.
///
/// A registrar works from memory and tells what is worth keeping (`RegistrarOutput::Keep`); whoever drives it brings
/// that here. A REGISTER is answered without waiting for it: a binding is soft state, which its telephone repeats by
/// itself, and a disk that is slow, full or broken must not keep anybody from being called. So many records may share
/// one [`flush`](Self::flush), as many as come while the last one lasts.
///
/// What a store promises: after a successful flush, all that was [put](Self::put) before survives a crash. What was put
/// later may survive or not, each record wholly or not at all.
pub trait LocationStore {
    /// Takes a record. Cheap: nothing is waited for.
    fn put(&mut self, record: LocationRecord);

    /// Makes everything durable that was put. Waits for the disk.
    ///
    /// # Errors
    ///
    /// If that fails. Nothing is forgotten by it: a later flush may succeed, with all that was put before.
    fn flush(&mut self) -> Result<(), LocationStoreError>;

    /// Returns what is kept, by user.
    fn records(&self) -> Vec<LocationRecord>;
}

/// Why records were not made durable.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationStoreError {
    /// There is no room.
    #[error("no room to keep registrations")]
    NoSpace,
    /// The medium fails.
    #[error("registrations cannot be kept: {0}")]
    Medium(io::ErrorKind),
}

/// A store that outlives a registrar, and not the process: for tests, and for a registrar that is replaced.
#[derive(Clone, Debug, Default)]
pub struct MemoryLocations {
    records: BTreeMap<String, Vec<StoredBinding>>,
}

impl MemoryLocations {
    /// Returns an empty store.
    #[must_use]
    pub const fn new() -> Self {
        Self { records: BTreeMap::new() }
    }
}

impl LocationStore for MemoryLocations {
    fn put(&mut self, record: LocationRecord) {
        if record.bindings.is_empty() {
            self.records.remove(&record.user);
        } else {
            self.records.insert(record.user, record.bindings);
        }
    }

    fn flush(&mut self) -> Result<(), LocationStoreError> {
        Ok(())
    }

    fn records(&self) -> Vec<LocationRecord> {
        let record = |(user, bindings): (&String, &Vec<_>)| {
            LocationRecord::new(user.clone(), bindings.clone())
        };
        self.records.iter().map(record).collect()
    }
}
