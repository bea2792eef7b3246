//! The storage thread: the one place that waits for the disk.
//!
//! Requests and recorded sound come through one queue, so a message is committed after all of its
//! sound was appended. Nobody on the way to a caller's ear ever waits here.

use std::{
    collections::BTreeSet,
    sync::mpsc::{Receiver, Sender, channel},
    thread::JoinHandle,
    time::Duration,
};

use bytes::Bytes;
use centrala_dialogue::DraftId;
use centrala_store_files::FileStore;
use centrala_voicemail::{Answer, MAX_APPEND, MessageStore as _, Request, RequestId};

use crate::engine::SessionId;

/// Requests of this thread's own begin here: those of the exchange count from zero.
const OWN_REQUESTS: u64 = 1 << 63;

/// What the storage thread is given.
#[derive(Debug)]
pub(crate) enum Job {
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
    /// Sound of this draft could not be stored. Told once for each draft.
    SoundLost(DraftId),
}

/// The storage thread.
#[derive(Debug)]
pub(crate) struct Storage {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

impl Storage {
    /// Starts the thread.
    pub(crate) fn start(
        store: FileStore,
        report: impl Fn(Report) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        let thread = std::thread::Builder::new()
            .name("storage".into())
            .spawn(move || work(store, &queue, &report))?;
        Ok(Self { jobs, thread })
    }

    /// Submits a request.
    pub(crate) fn submit(&self, id: RequestId, request: Request) {
        // The thread ends only after `Stop`; nothing is submitted after that.
        drop(self.jobs.send(Job::Request(id, request)));
    }

    /// Returns a way to bring sound here.
    pub(crate) fn sound(&self) -> Sender<Job> {
        self.jobs.clone()
    }

    /// Finishes everything that was submitted and ends the thread.
    pub(crate) fn stop(self) {
        drop(self.jobs.send(Job::Stop));
        drop(self.thread.join());
    }
}

fn work(mut store: FileStore, queue: &Receiver<Job>, report: &impl Fn(Report)) {
    let mut appends = Appends::default();
    while let Ok(job) = queue.recv() {
        match job {
            Job::Stop => return,
            Job::End(session, length) => report(Report::Ended(session, length)),
            Job::Request(id, request) => {
                if let Request::Commit { draft } | Request::Discard { draft } = &request {
                    appends.lost.remove(draft);
                }
                store.submit(id, request);
            }
            Job::Sound(draft, sound) => {
                for piece in sound.chunks(MAX_APPEND) {
                    let id = appends.next(draft);
                    store.submit(id, Request::Append { draft, audio: piece.to_vec() });
                }
            }
        }
        while let Some((id, answer)) = store.poll_answer() {
            match appends.answered(id) {
                None => report(Report::Answer(id, answer)),
                Some(draft) => {
                    if matches!(answer, Answer::Failed(_)) && appends.lost.insert(draft) {
                        tracing::warn!(draft = draft.number(), ?answer, "recorded sound is lost");
                        report(Report::SoundLost(draft));
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
