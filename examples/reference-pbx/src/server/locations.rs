//! Registrations on disk: a thread of their own, because a disk that stalls must delay neither a call nor a message.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use centrala_store_locations::{FileLocations, Recovery};
use centrala_ua::{LocationRecord, LocationStore, LocationStoreError};

/// What comes within this time shares one wait for the disk.
const GATHERING: Duration = Duration::from_secs(1);
/// How long a disk that has failed is left alone.
const RECOVERING: Duration = Duration::from_secs(10);

/// How long the end of the process waits for the disk.
const LONGEST_STOP: Duration = Duration::from_secs(10);
/// How many users are named whose registrations are not kept; the others are counted.
const MAX_NAMED: usize = 20;

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
    /// Whose records the thread has taken, and are not on disk yet.
    taken: BTreeSet<String>,
    is_over: bool,
    /// What the disk said last, when the thread has ended.
    ended: Option<Report>,
}

impl State {
    /// Returns what is not kept, for this reason.
    fn unkept(&mut self, why: Why) -> Unkept {
        let mut users = std::mem::take(&mut self.taken);
        users.extend(self.records.keys().cloned());
        Unkept { users, why }
    }
}

/// Whose last registration, or its end, is not on disk.
#[derive(Debug, PartialEq, Eq)]
struct Unkept {
    users: BTreeSet<String>,
    why: Why,
}

#[derive(Debug, PartialEq, Eq)]
enum Why {
    /// The disk has not answered for so long.
    Hangs(Duration),
    Fails(LocationStoreError),
}

impl Unkept {
    fn tell(&self) {
        let named: Vec<_> = self.users.iter().take(MAX_NAMED).map(String::as_str).collect();
        let (count, users) = (self.users.len(), named.join(" "));
        match self.why {
            Why::Hangs(limit) => {
                tracing::warn!(count, users, ?limit, "registrations are not kept: the disk hangs");
            }
            Why::Fails(error) => tracing::warn!(count, users, %error, "registrations are not kept"),
        }
    }
}

/// Tells that the thread has ended, however it has.
struct Ending<'w>(&'w Waiting);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let died = Err(LocationStoreError::Medium(io::ErrorKind::Other));
        self.0.lock().ended.get_or_insert(died);
        self.0.changed.notify_all();
    }
}

/// Opens the store in a directory; `None` if that cannot be done. The office opens all the same: its telephones register
/// anew by themselves.
pub(crate) fn open(dir: &Path) -> Option<FileLocations> {
    match FileLocations::open(dir) {
        Ok((store, recovery)) => {
            tell(&recovery);
            Some(store)
        }
        Err(error) => {
            let error = anyhow::Error::new(error);
            tracing::warn!("registrations will not survive a restart: {error:#}");
            None
        }
    }
}

/// A last line that the disk has changed looks as one that a crash cut off, so that both are worth a look.
fn tell(recovery: &Recovery) {
    let Recovery { damaged, forgotten, torn, .. } = *recovery;
    if damaged > 0 {
        let aside = recovery.aside.as_deref().map(Path::display).map(tracing::field::display);
        tracing::warn!(
            lines = damaged,
            users_forgotten = forgotten,
            aside,
            "the journal of registrations is damaged: telephones may be unreachable until they register anew"
        );
    }
    if torn > 0 {
        tracing::warn!(octets = torn, "the journal of registrations was cut off, as by a crash");
    }
}

impl Locations {
    /// Starts the thread.
    pub(crate) fn start(
        store: impl LocationStore + Send + 'static,
        report: impl Fn(Report) + Send + 'static,
    ) -> io::Result<Self> {
        let waiting = Arc::new(Waiting::default());
        let own = Arc::clone(&waiting);
        let thread = std::thread::Builder::new().name("locations".into()).spawn(move || {
            let ending = Ending(&own);
            let kept = work(store, &own, &report);
            own.lock().ended = Some(kept);
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
    /// and telephones register anew by themselves. Whose registrations are not kept is told.
    pub(crate) fn stop(self) {
        if let Err(unkept) = self.stop_within(LONGEST_STOP) {
            unkept.tell();
        }
    }

    fn stop_within(self, limit: Duration) -> Result<(), Unkept> {
        let Self { waiting, thread } = self;
        let mut state = waiting.lock();
        state.is_over = true;
        waiting.changed.notify_all();
        let end = Instant::now() + limit;
        let kept = loop {
            if let Some(kept) = state.ended {
                break kept;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(state.unkept(Why::Hangs(limit)));
            }
            state = match waiting.changed.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        };
        let kept = kept.map_err(|error| state.unkept(Why::Fails(error)));
        drop(state);
        drop(thread.join());
        kept
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
                let records = std::mem::take(&mut state.records);
                state.taken.extend(records.keys().cloned());
                return (records, state.is_over);
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

/// Returns what the disk said at the end.
fn work(mut store: impl LocationStore, waiting: &Waiting, report: &impl Fn(Report)) -> Report {
    let mut told = Ok(());
    // The first record after a pause does not wait.
    let mut not_before = Instant::now();
    loop {
        let (records, is_over) = waiting.take(not_before, told.is_err());
        records.into_values().for_each(|record| store.put(record));
        let kept = store.flush();
        if kept.is_ok() {
            waiting.lock().taken.clear();
        }
        if is_over {
            return kept;
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
        // One hangs with the thread, the other one waits for it.
        while !locations.waiting.lock().records.is_empty() {
            std::thread::yield_now();
        }
        locations.keep(record(2));
        let limit = Duration::from_millis(50);
        let unkept = Unkept { users: ["1".into(), "2".into()].into(), why: Why::Hangs(limit) };
        assert_eq!(locations.stop_within(limit), Err(unkept));
        drop(hanging);
        let locations = Locations::start(store, |_| {}).unwrap();
        locations.keep(record(3));
        assert_eq!(locations.stop_within(Duration::from_secs(60)), Ok(()));
    }

    #[test]
    fn what_a_full_disk_has_not_taken_is_known_at_the_end() {
        let store = Counting::default();
        let (tell, told) = channel();
        let report = move |kept| {
            let _ = tell.send(kept);
        };
        let locations = Locations::start(store.clone(), report).unwrap();
        locations.keep(record(1));
        while store.0.lock().unwrap().1 == 0 || !locations.waiting.lock().taken.is_empty() {
            std::thread::yield_now();
        }
        store.0.lock().unwrap().2 = Medium::Full;
        locations.keep(record(2));
        let full = LocationStoreError::NoSpace;
        assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok(Err(full)));
        locations.keep(record(3));
        let unkept = Unkept { users: ["2".into(), "3".into()].into(), why: Why::Fails(full) };
        assert_eq!(locations.stop_within(Duration::from_secs(60)), Err(unkept));
    }

    #[test]
    fn a_store_that_panics_keeps_nobody_either() {
        /// Its disk is a defect of ours.
        struct Broken;

        impl LocationStore for Broken {
            fn put(&mut self, _record: LocationRecord) {}

            fn flush(&mut self) -> Report {
                panic!("broken on purpose")
            }

            fn records(&self) -> Vec<LocationRecord> {
                Vec::new()
            }
        }

        let locations = Locations::start(Broken, |_| {}).unwrap();
        locations.keep(record(1));
        let died = Why::Fails(LocationStoreError::Medium(io::ErrorKind::Other));
        let unkept = Unkept { users: ["1".into()].into(), why: died };
        assert_eq!(locations.stop_within(Duration::from_secs(60)), Err(unkept));
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
