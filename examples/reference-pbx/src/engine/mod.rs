//! The media engine: sound on time, on threads of its own.
//!
//! A *session* is one party's sound: a port, a stream that goes out and one that comes in. Sessions
//! live on worker threads, which take [`Command`]s and tell [`EngineEvent`]s; nothing on the way of a
//! packet waits for a lock or allocates. Played sessions are spread over the beat of 20 ms in phases
//! of 1 ms, so that they are sent evenly and not in bursts; bridged sessions are relayed when their
//! packets arrive, without decoding where both sides speak the same codec. Whatever feeds it, a
//! session sends one stream: one source, one run of sequence numbers, timestamps that follow the
//! clock.
//!
//! ```text
//!  commands ──▶ worker ──▶ session: outgoing (player, keys) ──beat──▶ ┌────────┐
//!                          session: incoming (latch, keys) ◀──────── │ socket │
//!                             │ take: jitter buffer ──beat──▶ sink    └────────┘
//!                             └ bridge: rewritten on arrival ──▶ the other session's socket
//! ```
//!
//! Not here: who hears what (`centrala-switch`), and what is said (`centrala-speech`).

mod beat;
mod bridge;
mod incoming;
mod outgoing;
mod ports;
mod session;
mod take;
mod worker;

use std::{
    cell::Cell,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Sender, channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use bytes::Bytes;
use centrala_keys::Key;
use centrala_media::{Codec, EncodedPrompt, PayloadType};
use mio::Waker;

use ports::Ports;
use worker::{Order, Worker};

/// One party's sound. Never used twice by an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(u64);

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

/// How a session speaks, as SDP has settled it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Where the party receives.
    pub remote: SocketAddr,
    /// What both sides speak.
    pub codec: Codec,
    /// The payload type of telephone events to the party.
    pub events_out: Option<PayloadType>,
    /// The payload type of telephone events from the party; without, keys are heard in the sound.
    pub events_in: Option<PayloadType>,
    /// Whether the party wants to hear us.
    pub send: bool,
    /// Whether the party lets itself be heard.
    pub receive: bool,
}

impl Connection {
    /// Returns a connection for sound in both directions, without telephone events.
    #[must_use]
    pub const fn new(remote: SocketAddr, codec: Codec) -> Self {
        Self { remote, codec, events_out: None, events_in: None, send: true, receive: true }
    }
}

/// Where recorded sound goes: µ-law, in chunks of half a second, from the worker's thread.
pub type RecordSink = Box<dyn FnMut(Bytes) + Send>;

/// What to do with a session.
#[non_exhaustive]
pub enum Command {
    /// The session can speak, or speaks otherwise from now on.
    Connect {
        /// Which session.
        session: SessionId,
        /// How.
        connection: Connection,
    },
    /// Play these, one after the other, in place of what plays.
    Play {
        /// To whom.
        session: SessionId,
        /// What [`EngineEvent::PlaybackFinished`] calls it.
        play: u64,
        /// What, in the codec of the session.
        prompts: Vec<EncodedPrompt>,
        /// What happens at the end.
        at_end: AtEnd,
    },
    /// Play nothing any more.
    StopPlaying {
        /// To whom.
        session: SessionId,
    },
    /// Stand still.
    Pause {
        /// What plays to whom.
        session: SessionId,
    },
    /// Go on after a pause.
    Resume {
        /// What plays to whom.
        session: SessionId,
    },
    /// Move what plays.
    Seek {
        /// To whom.
        session: SessionId,
        /// Where to.
        seek: Seek,
    },
    /// Record what the party says, until [`StopRecording`](Self::StopRecording) or the end of the
    /// session.
    Record {
        /// Whom.
        session: SessionId,
        /// Where the sound goes.
        sink: RecordSink,
        /// After how much silence to tell.
        silence: Option<Duration>,
    },
    /// End the recording; [`EngineEvent::Recorded`] follows.
    StopRecording {
        /// Of whom.
        session: SessionId,
    },
    /// Let two parties hear each other. What plays to them ends; what is played to one of them later
    /// takes the place of the other's sound. Their keys are told as before, and passed on.
    ///
    /// Both must have been opened with the same affinity.
    Bridge {
        /// One.
        a: SessionId,
        /// The other.
        b: SessionId,
    },
    /// A party and whoever it was bridged to hear each other no more.
    Unbridge {
        /// One of them.
        session: SessionId,
    },
    /// Press a key towards the party, as telephone events, behind those that are still being
    /// pressed. Where events were not negotiated nothing is sent: play the tones instead.
    SendKey {
        /// To whom.
        session: SessionId,
        /// Which key.
        key: Key,
        /// For how long.
        duration: Duration,
    },
    /// End the session.
    Close {
        /// Which.
        session: SessionId,
    },
}

impl Command {
    /// Returns the session that it is for; one of them for a bridge.
    const fn session(&self) -> SessionId {
        match self {
            Self::Connect { session, .. }
            | Self::Play { session, .. }
            | Self::StopPlaying { session }
            | Self::Pause { session }
            | Self::Resume { session }
            | Self::Seek { session, .. }
            | Self::Record { session, .. }
            | Self::StopRecording { session }
            | Self::Bridge { a: session, .. }
            | Self::Unbridge { session }
            | Self::SendKey { session, .. }
            | Self::Close { session } => *session,
        }
    }
}

/// `Debug` names the command and its session; it keeps keys to itself.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Connect { .. } => "Connect",
            Self::Play { .. } => "Play",
            Self::StopPlaying { .. } => "StopPlaying",
            Self::Pause { .. } => "Pause",
            Self::Resume { .. } => "Resume",
            Self::Seek { .. } => "Seek",
            Self::Record { .. } => "Record",
            Self::StopRecording { .. } => "StopRecording",
            Self::Bridge { .. } => "Bridge",
            Self::Unbridge { .. } => "Unbridge",
            Self::SendKey { .. } => "SendKey",
            Self::Close { .. } => "Close",
        };
        write!(f, "{name}({})", self.session().0)
    }
}

/// What happens when everything was played.
#[expect(clippy::exhaustive_enums, reason = "it ends or it goes round")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// It is told.
    Finish,
    /// It begins again.
    Repeat,
}

/// Where a player moves to.
#[expect(clippy::exhaustive_enums, reason = "back or forward")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// Back by so much, to the beginning at the farthest.
    Back(Duration),
    /// Forward by so much.
    Forward(Duration),
}

/// What an engine tells.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum EngineEvent {
    /// The party has pressed a key.
    Key {
        /// Who.
        session: SessionId,
        /// Which key.
        key: Key,
    },
    /// All was played.
    PlaybackFinished {
        /// To whom.
        session: SessionId,
        /// What.
        play: u64,
    },
    /// The party has been silent for as long as the recording asked.
    Silent {
        /// Who.
        session: SessionId,
    },
    /// No packet of the party has arrived for as long as [`EngineConfig::nothing_heard_after`] says,
    /// although it should be heard. Told once, and again only after it was heard in between.
    NothingHeard {
        /// Who.
        session: SessionId,
    },
    /// A recording has ended, and all of its sound went into the sink.
    Recorded {
        /// Of whom.
        session: SessionId,
        /// How long it is.
        length: Duration,
    },
    /// A session was closed.
    Closed {
        /// Which.
        session: SessionId,
        /// Packets of the party that arrived.
        received: u64,
        /// Packets of the party that were lost.
        lost: u64,
        /// Packets of others that were dropped.
        strangers: u64,
    },
}

impl fmt::Debug for EngineEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { session, key: _ } => write!(f, "Key({})", session.0),
            Self::PlaybackFinished { session, play } => {
                write!(f, "PlaybackFinished({}, {play})", session.0)
            }
            Self::Silent { session } => write!(f, "Silent({})", session.0),
            Self::NothingHeard { session } => write!(f, "NothingHeard({})", session.0),
            Self::Recorded { session, length } => write!(f, "Recorded({}, {length:?})", session.0),
            Self::Closed { session, received, lost, strangers } => {
                write!(
                    f,
                    "Closed({}, {received} received, {lost} lost, {strangers} strangers)",
                    session.0
                )
            }
        }
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
        let worker = affinity % self.workers.len().max(1);
        let count = self.next_session.fetch_add(1, Ordering::Relaxed);
        let workers = u64::try_from(self.workers.len()).unwrap_or(1);
        let id = SessionId(count * workers + u64::try_from(worker).unwrap_or(0));
        if let Some(handle) = self.workers.get(worker) {
            handle.order(Order::Open(id, socket));
        }
        Ok((id, local))
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
        let worker = usize::try_from(command.session().0 % workers).unwrap_or(0);
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
