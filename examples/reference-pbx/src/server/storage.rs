//! The storage thread: the one place that waits for the disk.
//!
//! Requests and recorded sound come through one queue, so a message is committed after all of its
//! sound was appended. Nobody on the way to a caller's ear ever waits here.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use centrala_dialogue::DraftId;
use centrala_disk::Disk;
use centrala_store_files::FileStore;
use centrala_voicemail::{Answer, MAX_APPEND, MessageStore as _, Request, RequestId};

use crate::engine::{RecordSink, SessionId};

/// Requests of this thread's own begin here: those of the exchange count from zero.
const OWN_REQUESTS: u64 = 1 << 63;

/// How long sound may wait to be made durable. With the 0.3 s that a recorder collects, and the 0.1 s in which packets are put
/// in order, what was said is safe within a second.
const SYNC_AFTER: Duration = Duration::from_millis(400);

/// How many octets of sound may wait for the disk: 20 s of 200 recordings. A disk that is slower than that for longer is
/// taken for full.
const MAX_WAITING: usize = 32 * 1_024 * 1_024;

/// How long the end of the process waits for the disk.
const LONGEST_STOP: Duration = Duration::from_secs(10);

/// What the storage thread is given.
#[derive(Debug)]
enum Job {
    /// A request of the exchange.
    Request(RequestId, Request),
    /// Recorded sound, µ-law.
    Sound(DraftId, Bytes),
    /// A recording has ended: all of its sound came before this.
    End(SessionId, Duration),
    /// End, when everything before is done.
    Stop,
}

/// What the storage thread tells.
#[derive(Debug)]
pub(crate) enum Report {
    /// A request was answered.
    Answer(RequestId, Answer),
    /// All sound of a recording was taken, or told lost.
    Ended(SessionId, Duration),
    /// Sound of this draft could not be stored. Told once for each draft by the disk, and once if it is too slow.
    SoundLost(DraftId),
}

/// Where the thread tells.
type Tell = Arc<dyn Fn(Report) + Send + Sync>;

/// The storage thread.
pub(crate) struct Storage {
    jobs: Sender<Job>,
    /// Octets of sound that wait.
    waiting: Arc<AtomicUsize>,
    tell: Tell,
    /// Hangs up when the thread has ended.
    ended: Receiver<()>,
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Storage").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

impl Storage {
    /// Starts the thread.
    pub(crate) fn start<D>(
        store: FileStore<D>,
        report: impl Fn(Report) + Send + Sync + 'static,
    ) -> std::io::Result<Self>
    where
        D: Disk + Send + 'static,
        D::File: Send,
        D::Lock: Send,
    {
        let (jobs, queue) = channel();
        let (alive, ended) = channel::<()>();
        let tell: Tell = Arc::new(report);
        let waiting = Arc::new(AtomicUsize::new(0));
        let mut worker = Worker {
            store,
            appends: Appends::default(),
            waiting: Arc::clone(&waiting),
            tell: Arc::clone(&tell),
            sync_at: None,
        };
        std::thread::Builder::new().name("storage".into()).spawn(move || {
            worker.work(&queue);
            drop(worker);
            drop(alive);
        })?;
        Ok(Self { jobs, waiting, tell, ended })
    }

    /// Submits a request.
    pub(crate) fn submit(&self, id: RequestId, request: Request) {
        // The thread ends only after `Stop`; nothing is submitted after that.
        drop(self.jobs.send(Job::Request(id, request)));
    }

    /// Returns a way to bring the sound of a draft here, which never waits. Where too much waits already, the sound is
    /// lost, and all that comes after it: a message has no holes.
    pub(crate) fn sink(&self, draft: DraftId) -> RecordSink {
        let (jobs, waiting) = (self.jobs.clone(), Arc::clone(&self.waiting));
        let tell = Arc::clone(&self.tell);
        let mut is_lost = false;
        Box::new(move |sound| {
            if is_lost {
                return;
            }
            let length = sound.len();
            if waiting.fetch_add(length, Ordering::Relaxed) > MAX_WAITING {
                waiting.fetch_sub(length, Ordering::Relaxed);
                is_lost = true;
                tracing::warn!(draft = draft.number(), "the disk is too slow: sound is lost");
                return tell(Report::SoundLost(draft));
            }
            drop(jobs.send(Job::Sound(draft, sound)));
        })
    }

    /// Notes that a recording has ended: all of its sound came before this.
    pub(crate) fn end(&self, session: SessionId, length: Duration) {
        drop(self.jobs.send(Job::End(session, length)));
    }

    /// Finishes everything that was submitted and ends the thread. A disk that does not answer is not waited for without
    /// end.
    pub(crate) fn stop(self) {
        drop(self.jobs.send(Job::Stop));
        if self.ended.recv_timeout(LONGEST_STOP) == Err(RecvTimeoutError::Timeout) {
            let waiting = self.waiting.load(Ordering::Relaxed);
            tracing::error!(waiting, "the disk does not answer: octets of sound are lost");
        }
    }
}

/// What the thread works with.
struct Worker<D: Disk> {
    store: FileStore<D>,
    appends: Appends,
    waiting: Arc<AtomicUsize>,
    tell: Tell,
    /// When to make sound durable.
    sync_at: Option<Instant>,
}

impl<D: Disk> Worker<D> {
    fn work(&mut self, queue: &Receiver<Job>) {
        loop {
            let now = Instant::now();
            if self.sync_at.is_some_and(|at| at <= now) {
                self.sync_at = None;
                if let Err(error) = self.store.sync_drafts() {
                    tracing::warn!(%error, "recorded sound is not durable");
                }
            }
            let job = match self.sync_at {
                Some(at) => queue.recv_timeout(at.saturating_duration_since(now)),
                None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(job) => self.handle(job),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.sync_at.is_none() && self.store.has_unsynced() {
                self.sync_at = Some(Instant::now() + SYNC_AFTER);
            }
        }
    }

    fn handle(&mut self, job: Job) {
        match job {
            Job::Stop => {}
            Job::End(session, length) => (self.tell)(Report::Ended(session, length)),
            Job::Request(id, request) => {
                if let Request::Commit { draft } | Request::Discard { draft } = &request {
                    self.appends.lost.remove(draft);
                }
                self.store.submit(id, request);
            }
            Job::Sound(draft, sound) => {
                self.waiting.fetch_sub(sound.len(), Ordering::Relaxed);
                for piece in sound.chunks(MAX_APPEND) {
                    let id = self.appends.next(draft);
                    self.store.submit(id, Request::Append { draft, audio: piece.to_vec() });
                }
            }
        }
        while let Some((id, answer)) = self.store.poll_answer() {
            match self.appends.answered(id) {
                None => (self.tell)(Report::Answer(id, answer)),
                Some(draft) => {
                    if matches!(answer, Answer::Failed(_)) && self.appends.lost.insert(draft) {
                        tracing::warn!(draft = draft.number(), ?answer, "recorded sound is lost");
                        (self.tell)(Report::SoundLost(draft));
                    }
                }
            }
        }
    }
}

/// The appends that are under way, in the order in which they will be answered.
#[derive(Debug, Default)]
struct Appends {
    count: u64,
    pending: std::collections::VecDeque<(RequestId, DraftId)>,
    /// Drafts whose loss was told.
    lost: BTreeSet<DraftId>,
}

impl Appends {
    fn next(&mut self, draft: DraftId) -> RequestId {
        let id = RequestId::new(OWN_REQUESTS | self.count);
        self.count += 1;
        self.pending.push_back((id, draft));
        id
    }

    fn answered(&mut self, id: RequestId) -> Option<DraftId> {
        let at = self.pending.iter().position(|(pending, _)| *pending == id)?;
        self.pending.remove(at).map(|(_, draft)| draft)
    }
}

#[cfg(test)]
mod tests;
