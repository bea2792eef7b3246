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
//! Who hears each other is on one worker: a session begins on the one with the fewest, moves to the
//! other's when it is bridged, and to the room's when it joins. All that it has moves along; what is
//! sent to it meanwhile waits in its socket, and commands wait where it is going.
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
mod placement;
mod ports;
mod report;
mod reports;
mod room;
mod session;
mod speed;
mod take;
mod worker;

use std::{
    cell::{Cell, RefCell},
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use centrala_media::EncodedPrompt;

pub use command::{AtEnd, Command, RecordSink, Seek};
pub use connection::{Connection, Rtcp};
pub use event::EngineEvent;
pub use report::{RemoteReport, SoundReport};

use placement::{Placement, Route};
use ports::Ports;
use worker::{Address, Handover, Order, Start, Worker};

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
    placement: RefCell<Placement>,
}

#[derive(Debug)]
struct Handle {
    address: Address,
    /// Whether something was ordered of which the worker was not told.
    waiting: Cell<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Puts an order into the queue, which [`wake`](Self::wake) tells the worker; says whether there is a worker.
    fn order(&self, order: Order) -> bool {
        let is_ordered = self.address.order(order).is_ok();
        self.waiting.set(self.waiting.get() || is_ordered);
        is_ordered
    }

    fn wake(&self) {
        if self.waiting.take() {
            self.address.wake();
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
        let start = Start::now();
        let count = config.workers.max(1);
        let placement = RefCell::new(Placement::new(count));
        let ports = Ports::new(config.ports);
        let mut engine = Self { ip: config.ip, workers: Vec::new(), ports, placement };
        for number in 0..count {
            let worker = Worker::new(Arc::clone(&tell), start, config.nothing_heard_after)?;
            let address = worker.address();
            let thread = std::thread::Builder::new()
                .name(format!("media-{number}"))
                .spawn(move || worker.run())?;
            let handle = Handle { address, waiting: Cell::new(false), thread: Some(thread) };
            engine.workers.push(handle);
        }
        Ok(engine)
    }

    /// Opens a session on a port of its own, on the thread with the fewest. What follows is carried out after the next
    /// [`send`](Self::send) or [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// If there is no free port, or no thread.
    pub fn open(&self) -> io::Result<(SessionId, SocketAddr)> {
        self.open_at(self.ip)
    }

    /// Opens a session as [`open`](Self::open) does, at another address of this machine.
    ///
    /// # Errors
    ///
    /// If there is no free port, or no thread.
    pub fn open_at(&self, ip: IpAddr) -> io::Result<(SessionId, SocketAddr)> {
        let (socket, local) = self.ports.bind(ip)?;
        let opened = self.placement.borrow_mut().open();
        let (session, worker) =
            opened.ok_or_else(|| io::Error::other("all media threads have died"))?;
        if !self.order(worker, Order::Open(session, socket)) {
            return Err(io::Error::other("a media thread has died"));
        }
        Ok((session, local))
    }

    /// Returns a room, which is empty.
    pub fn open_room(&self) -> RoomId {
        self.placement.borrow_mut().open_room()
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
    /// commands. One that names a session which is no more does nothing.
    pub fn post(&self, command: Command) {
        let Some(Route { worker, moves }) = self.placement.borrow().route(&command) else { return };
        if let Some((session, from)) = moves
            && !self.move_session(session, from, worker)
        {
            return;
        }
        if let Command::Close { session } = &command {
            self.placement.borrow_mut().close(*session);
        }
        self.order(worker, Order::Command(command));
    }

    /// Has a session move to another worker; says whether there is one.
    fn move_session(&self, session: SessionId, from: usize, to: usize) -> bool {
        // Told first, so that what follows waits there for the session, whenever that comes.
        let is_expected = self.order(to, Order::Expect(session));
        if let Some(handle) = self.workers.get(to).filter(|_| is_expected) {
            self.placement.borrow_mut().place(session, to);
            self.order(from, Order::HandOver(Handover::new(session, handle.address.clone())));
        }
        is_expected
    }

    /// Gives an order to a worker; says whether there is one.
    fn order(&self, worker: usize, order: Order) -> bool {
        let is_ordered = self.workers.get(worker).is_some_and(|handle| handle.order(order));
        if !is_ordered {
            tracing::error!(worker, "a media thread has died");
            self.placement.borrow_mut().end(worker);
        }
        is_ordered
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
