//! Registrations on disk: a thread of their own, because a disk that stalls must delay neither a call nor a message.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use centrala_store_locations::FileLocations;
use centrala_ua::{LocationRecord, LocationStore, LocationStoreError};

/// What comes within this time shares one wait for the disk.
const GATHERING: Duration = Duration::from_secs(1);
/// How long a disk that has failed is left alone.
const RECOVERING: Duration = Duration::from_secs(10);

/// How long the end of the process waits for the disk.
const LONGEST_STOP: Duration = Duration::from_secs(10);

/// Whether registrations are kept, told when that changes.
pub(crate) type Report = Result<(), LocationStoreError>;

/// The thread that keeps registrations.
#[derive(Debug)]
pub(crate) struct Locations {
    waiting: Arc<Waiting>,
    thread: JoinHandle<()>,
}

/// What waits for the thread: of each user the last record, so that a disk which stalls for hours costs no more memory than
/// there are users.
#[derive(Debug, Default)]
struct Waiting {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<String, LocationRecord>,
    is_over: bool,
    /// The thread has nothing more to do.
    has_ended: bool,
}

/// Tells that the thread has ended, however it has.
struct Ending<'w>(&'w Waiting);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.lock().has_ended = true;
        self.0.changed.notify_all();
    }
}

/// Opens the store in a directory; `None` if that cannot be done. The office opens all the same: its telephones register
/// anew by themselves.
pub(crate) fn open(dir: &Path) -> Option<FileLocations> {
    match FileLocations::open(dir) {
        Ok((store, recovery)) => {
            if recovery.damaged > 0 || recovery.torn > 0 {
                tracing::warn!(?recovery, "some registrations could not be read");
            }
            Some(store)
        }
        Err(error) => {
            let error = anyhow::Error::new(error);
            tracing::warn!("registrations will not survive a restart: {error:#}");
            None
        }
    }
}

impl Locations {
    /// Starts the thread.
    pub(crate) fn start(
        store: impl LocationStore + Send + 'static,
        report: impl Fn(Report) + Send + 'static,
    ) -> std::io::Result<Self> {
        let waiting = Arc::new(Waiting::default());
        let own = Arc::clone(&waiting);
        let thread = std::thread::Builder::new().name("locations".into()).spawn(move || {
            let ending = Ending(&own);
            work(store, &own, &report);
            drop(ending);
        })?;
        Ok(Self { waiting, thread })
    }

    /// Has a record kept, some time soon.
    pub(crate) fn keep(&self, record: LocationRecord) {
        let mut state = self.waiting.lock();
        let was_empty = state.records.is_empty();
        state.records.insert(record.user.clone(), record);
        drop(state);
        if was_empty {
            self.waiting.changed.notify_one();
        }
    }

    /// Keeps everything that was handed over and ends the thread. A disk that hangs is not waited for: the process ends,
    /// and telephones register anew by themselves.
    pub(crate) fn stop(self) {
        self.stop_within(LONGEST_STOP);
    }

    /// Returns whether the thread has ended.
    fn stop_within(self, limit: Duration) -> bool {
        let Self { waiting, thread } = self;
        let mut state = waiting.lock();
        state.is_over = true;
        waiting.changed.notify_all();
        let end = Instant::now() + limit;
        while !state.has_ended {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::warn!("the disk hangs: the last registrations may not be kept");
                return false;
            }
            state = match waiting.changed.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        drop(state);
        drop(thread.join());
        true
    }
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that is done while it is locked leaves it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to do, and at least until `not_before`; returns the records, and whether they are the
    /// last ones. With `again` there is something to do in any case.
    fn take(&self, not_before: Instant, again: bool) -> (BTreeMap<String, LocationRecord>, bool) {
        let mut state = self.lock();
        loop {
            let left = not_before.saturating_duration_since(Instant::now());
            let is_wanted = again || !state.records.is_empty();
            if state.is_over || (is_wanted && left.is_zero()) {
                return (std::mem::take(&mut state.records), state.is_over);
            }
            let limit = if is_wanted { left } else { FOREVER };
            state = match self.changed.wait_timeout(state, limit) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

/// Nobody waits longer than this for nothing.
const FOREVER: Duration = Duration::from_secs(3_600);

fn work(mut store: impl LocationStore, waiting: &Waiting, report: &impl Fn(Report)) {
    let mut told = Ok(());
    // The first record after a pause does not wait.
    let mut not_before = Instant::now();
    loop {
        let (records, is_over) = waiting.take(not_before, told.is_err());
        records.into_values().for_each(|record| store.put(record));
        let kept = store.flush();
        if is_over {
            if let Err(error) = kept {
                tracing::warn!(%error, "the last registrations are not kept");
            }
            return;
        }
        not_before = Instant::now() + if kept.is_ok() { GATHERING } else { RECOVERING };
        if kept != told {
            told = kept;
            report(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    /// A store whose disk fails for a while, and that counts.
    #[derive(Clone, Default)]
    struct Counting(Arc<Mutex<(usize, usize, Medium)>>);

    #[derive(Clone, Copy, Default)]
    enum Medium {
        #[default]
        Works,
        Full,
    }

    impl LocationStore for Counting {
        fn put(&mut self, _record: LocationRecord) {
            self.0.lock().unwrap().0 += 1;
        }

        fn flush(&mut self) -> Report {
            let mut state = self.0.lock().unwrap();
            state.1 += 1;
            match state.2 {
                Medium::Works => Ok(()),
                Medium::Full => Err(LocationStoreError::NoSpace),
            }
        }

        fn records(&self) -> Vec<LocationRecord> {
            Vec::new()
        }
    }

    fn record(user: usize) -> LocationRecord {
        LocationRecord::new(user.to_string(), Vec::new())
    }

    #[test]
    fn ten_thousand_registrations_wait_for_the_disk_only_a_few_times() {
        let store = Counting::default();
        let locations = Locations::start(store.clone(), |_| {}).unwrap();
        (0..10_000).for_each(|user| locations.keep(record(user)));
        locations.stop();
        let (puts, flushes, _) = *store.0.lock().unwrap();
        assert_eq!(puts, 10_000);
        assert!((1..=5).contains(&flushes), "{flushes} flushes");
    }

    #[test]
    fn a_disk_that_stalls_costs_no_more_memory_than_there_are_users() {
        let store = Counting::default();
        let stalled = Arc::clone(&store.0);
        let stalled = stalled.lock().unwrap();
        let locations = Locations::start(store.clone(), |_| {}).unwrap();
        (0..100_000).for_each(|number| locations.keep(record(number % 7)));
        assert!(locations.waiting.lock().records.len() <= 7);
        drop(stalled);
        locations.stop();
        assert!((7..=14).contains(&store.0.lock().unwrap().0));
    }

    #[test]
    fn a_disk_that_hangs_does_not_keep_the_process() {
        let store = Counting::default();
        let hanging = Arc::clone(&store.0);
        let hanging = hanging.lock().unwrap();
        let locations = Locations::start(store.clone(), |_| {}).unwrap();
        locations.keep(record(1));
        assert!(!locations.stop_within(Duration::from_millis(50)));
        drop(hanging);
        let locations = Locations::start(store, |_| {}).unwrap();
        assert!(locations.stop_within(Duration::from_secs(60)));
    }

    #[test]
    fn a_disk_that_fails_is_told_once() {
        let store = Counting::default();
        store.0.lock().unwrap().2 = Medium::Full;
        let (tell, told) = channel();
        let locations = Locations::start(store, move |kept| {
            let _ = tell.send(kept);
        })
        .unwrap();
        (0..100).for_each(|user| locations.keep(record(user)));
        let full = Err(LocationStoreError::NoSpace);
        assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok(full));
        locations.keep(record(1));
        locations.stop();
        assert_eq!(told.try_iter().count(), 0, "not for each registration");
    }
}
