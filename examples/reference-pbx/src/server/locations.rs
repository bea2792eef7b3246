//! Registrations on disk: a thread of their own, because a disk that stalls must delay neither a call nor a message.

use std::{
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use centrala_store_locations::FileLocations;
use centrala_ua::{LocationRecord, LocationStore, LocationStoreError};

/// What comes within this time shares one wait for the disk.
const GATHERING: Duration = Duration::from_secs(1);
/// How long a disk that has failed is left alone.
const RECOVERING: Duration = Duration::from_secs(10);

/// Whether registrations are kept, told when that changes.
pub(crate) type Report = Result<(), LocationStoreError>;

/// The thread that keeps registrations.
#[derive(Debug)]
pub(crate) struct Locations {
    records: Sender<LocationRecord>,
    thread: JoinHandle<()>,
}

/// Opens the store in a directory; `None` if that cannot be done. The office opens all the same: its telephones register
/// anew by themselves.
pub(crate) fn open(dir: &Path) -> Option<FileLocations> {
    match FileLocations::open(dir) {
        Ok((store, recovery)) => {
            if recovery.damaged > 0 {
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
        let (records, queue) = channel();
        let thread = std::thread::Builder::new()
            .name("locations".into())
            .spawn(move || work(store, &queue, &report))?;
        Ok(Self { records, thread })
    }

    /// Has a record kept, some time soon.
    pub(crate) fn keep(&self, record: LocationRecord) {
        // The thread ends only when it is stopped; nothing is kept after that.
        drop(self.records.send(record));
    }

    /// Keeps everything that was handed over and ends the thread.
    pub(crate) fn stop(self) {
        drop(self.records);
        drop(self.thread.join());
    }
}

fn work(mut store: impl LocationStore, queue: &Receiver<LocationRecord>, report: &impl Fn(Report)) {
    let mut told = Ok(());
    // When to flush, if something waits for it. The first record after a pause does not wait.
    let mut due: Option<Instant> = None;
    let mut last = None;
    loop {
        let next = match due {
            Some(due) => queue.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok(record) => {
                store.put(record);
                let now = Instant::now();
                due = due.or_else(|| Some(last.map_or(now, |last: Instant| last + GATHERING)));
                if due.is_some_and(|due| due > now) {
                    continue;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                if let Err(error) = store.flush() {
                    tracing::warn!(%error, "the last registrations are not kept");
                }
                return;
            }
        }
        queue.try_iter().for_each(|record| store.put(record));
        let kept = store.flush();
        let now = Instant::now();
        last = Some(now);
        due = kept.is_err().then(|| now + RECOVERING);
        if kept != told {
            told = kept;
            report(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

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

    fn record() -> LocationRecord {
        LocationRecord::new("101".into(), Vec::new())
    }

    #[test]
    fn ten_thousand_registrations_wait_for_the_disk_only_a_few_times() {
        let store = Counting::default();
        let locations = Locations::start(store.clone(), |_| {}).unwrap();
        (0..10_000).for_each(|_| locations.keep(record()));
        locations.stop();
        let (puts, flushes, _) = *store.0.lock().unwrap();
        assert_eq!(puts, 10_000);
        assert!((1..=5).contains(&flushes), "{flushes} flushes");
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
        (0..100).for_each(|_| locations.keep(record()));
        let full = Err(LocationStoreError::NoSpace);
        assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok(full));
        locations.keep(record());
        locations.stop();
        assert_eq!(told.try_iter().count(), 0, "not for each registration");
    }
}
