//! The media engine: sound on time, on threads of its own.
//!
//! A *session* is one party's sound: a port, a stream that goes out and one that comes in. Sessions
//! live on worker threads, which take [`Command`]s and tell [`EngineEvent`]s; nothing on the way of a
//! packet waits for a lock or allocates. Played sessions are spread over the beat of 20 ms in phases
//! of 1 ms, so that they are sent evenly and not in bursts; bridged sessions are relayed when their
//! packets arrive, without decoding where both sides speak the same codec; those in a *room* are
//! mixed at a beat of its own. Whatever feeds it, a session sends one stream: one source, one run of
//! sequence numbers, timestamps that follow the clock, and no click where one sound gives way to
//! another.
//!
//! ```text
//!  commands ──▶ worker ──▶ session: outgoing (player, keys) ──beat──▶ ┌────────┐
//!                          session: incoming (latch, keys) ◀──────── │ socket │
//!                             │ take: jitter buffer ──beat──▶ sink    └────────┘
//!                             │ bridge: rewritten on arrival ──▶ the other session's socket
//!                             └ member: jitter buffer ──beat──▶ room ──▶ all others
//! ```
//!
//! Not here: who hears what (`centrala-switch`), and what is said (`centrala-speech`).

mod beat;
mod bridge;
mod command;
mod connection;
mod event;
mod incoming;
mod outgoing;
mod ports;
mod report;
mod reports;
mod room;
mod session;
mod speed;
mod take;
mod worker;

use std::{
    cell::Cell,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Sender, channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use centrala_media::EncodedPrompt;
use mio::Waker;

pub use command::{AtEnd, Command, RecordSink, Seek};
pub use connection::{Connection, Rtcp};
pub use event::EngineEvent;
pub use report::{RemoteReport, SoundReport};

use ports::Ports;
use worker::{Order, Worker};

/// One party's sound. Never used twice by an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(u64);

/// Several parties that hear each other. Never used twice by an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(u64);

/// What an engine is started with.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct EngineConfig {
    /// The address that sound is sent from and received at.
    pub ip: IpAddr,
    /// The first and the last port; `None` takes any that are free.
    pub ports: Option<(u16, u16)>,
    /// How many threads.
    pub workers: usize,
    /// After how long without a packet of a party that should be heard to tell
    /// [`EngineEvent::NothingHeard`]; `None` never tells it.
    pub nothing_heard_after: Option<Duration>,
}

impl EngineConfig {
    /// Returns the settings of an engine with one thread at this address, on any free ports.
    #[must_use]
    pub const fn new(ip: IpAddr) -> Self {
        Self { ip, ports: None, workers: 1, nothing_heard_after: Some(Duration::from_secs(30)) }
    }
}

/// Where an engine tells what happens; called from the workers' threads.
type Tell = Arc<dyn Fn(EngineEvent) + Send + Sync>;

/// The media engine. It ends when it is dropped or [stopped](Engine::stop).
#[derive(Debug)]
pub struct Engine {
    ip: IpAddr,
    workers: Vec<Handle>,
    ports: Ports,
    next_session: AtomicU64,
}

#[derive(Debug)]
struct Handle {
    orders: Sender<Order>,
    waker: Arc<Waker>,
    /// Whether something was ordered of which the worker was not told.
    waiting: Cell<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Puts an order into the queue; [`wake`](Self::wake) tells the worker.
    fn order(&self, order: Order) {
        // A worker ends only after `Order::Stop`; nothing is ordered after that.
        self.waiting.set(self.orders.send(order).is_ok());
    }

    fn wake(&self) {
        if self.waiting.take() {
            drop(self.waker.wake());
        }
    }
}

impl Engine {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// If the operating system refuses a thread or a poll.
    pub fn start(
        config: EngineConfig,
        tell: impl Fn(EngineEvent) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let tell: Tell = Arc::new(tell);
        let mut workers = Vec::new();
        for number in 0..config.workers.max(1) {
            let (orders, queue) = channel();
            let worker = Worker::new(queue, Arc::clone(&tell), config.nothing_heard_after)?;
            let waker = worker.waker();
            let thread = std::thread::Builder::new()
                .name(format!("media-{number}"))
                .spawn(move || worker.run())?;
            workers.push(Handle { orders, waker, waiting: Cell::new(false), thread: Some(thread) });
        }
        let ports = Ports::new(config.ports);
        Ok(Self { ip: config.ip, workers, ports, next_session: AtomicU64::new(0) })
    }

    /// Opens a session on a port of its own. Sessions with the same `affinity` can be bridged. What follows is carried
    /// out after the next [`send`](Self::send) or [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// If there is no free port.
    pub fn open(&self, affinity: usize) -> io::Result<(SessionId, SocketAddr)> {
        self.open_at(self.ip, affinity)
    }

    /// Opens a session as [`open`](Self::open) does, at another address of this machine.
    ///
    /// # Errors
    ///
    /// If there is no free port.
    pub fn open_at(&self, ip: IpAddr, affinity: usize) -> io::Result<(SessionId, SocketAddr)> {
        let (socket, local) = self.ports.bind(ip)?;
        let (worker, number) = self.next_number(affinity);
        if let Some(handle) = self.workers.get(worker) {
            handle.order(Order::Open(SessionId(number), socket));
        }
        Ok((SessionId(number), local))
    }

    /// Returns a room for parties of the same `affinity`, which is empty.
    pub fn open_room(&self, affinity: usize) -> RoomId {
        RoomId(self.next_number(affinity).1)
    }

    /// Sets what parties hear that another one has put on hold: one of these, that of their codec, over and over. Who is
    /// on hold already hears it when she is next.
    pub fn set_hold_music(&self, music: impl Into<Arc<[EncodedPrompt]>>) {
        let music = music.into();
        for handle in &self.workers {
            handle.order(Order::HoldMusic(Arc::clone(&music)));
        }
        self.flush();
    }

    /// Returns the worker of an affinity, and a number that tells it.
    fn next_number(&self, affinity: usize) -> (usize, u64) {
        let worker = affinity % self.workers.len().max(1);
        let count = self.next_session.fetch_add(1, Ordering::Relaxed);
        let workers = u64::try_from(self.workers.len()).unwrap_or(1);
        (worker, count * workers + u64::try_from(worker).unwrap_or(0))
    }

    /// Has a command carried out, and all that were [posted](Self::post) before. Commands to the same session keep
    /// their order.
    pub fn send(&self, command: Command) {
        self.post(command);
        self.flush();
    }

    /// Has the workers look at what was posted.
    pub fn flush(&self) {
        self.workers.iter().for_each(Handle::wake);
    }

    /// Has a command carried out at the next [`flush`](Self::flush): to wake another thread costs more than most
    /// commands.
    pub fn post(&self, command: Command) {
        let workers = u64::try_from(self.workers.len()).unwrap_or(1);
        let worker = usize::try_from(command.number() % workers).unwrap_or(0);
        if let Some(handle) = self.workers.get(worker) {
            handle.order(Order::Command(command));
        }
    }

    /// Ends all sessions, their recordings included, and the threads.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        for handle in &self.workers {
            handle.order(Order::Stop);
            handle.wake();
        }
        for thread in self.workers.iter_mut().filter_map(|handle| handle.thread.take()) {
            drop(thread.join());
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests;
