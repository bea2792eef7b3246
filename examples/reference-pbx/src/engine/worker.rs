//! A worker thread: its sessions, its beat, its poll.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    io,
    net::UdpSocket as StdSocket,
    sync::{Arc, mpsc::Receiver},
    time::{Duration, Instant},
};

use centrala_media::{RtpSender, Ssrc};
use mio::{Events, Interest, Poll, Token, Waker, net::UdpSocket};

use super::{
    Command, EngineEvent, SessionId, Tell,
    beat::Beat,
    bridge::{self, MAX_PACKET},
    incoming::Arrival,
    session::Session,
};

/// What a worker is told.
#[derive(Debug)]
pub(super) enum Order {
    Open(SessionId, StdSocket),
    Command(Command),
    Stop,
}

const WAKER: Token = Token(usize::MAX);

/// How many packets of one session are taken before the others have their turn.
const BATCH: usize = 32;

/// How often sessions are looked at that nobody hears.
const SWEEP: Duration = Duration::from_secs(1);

/// A worker's sessions and what drives them.
pub(super) struct Worker {
    poll: Poll,
    waker: Arc<Waker>,
    orders: Receiver<Order>,
    tell: Tell,
    sessions: Vec<Option<Session>>,
    free: Vec<usize>,
    index: BTreeMap<SessionId, usize>,
    beat: Beat,
    start: Instant,
    nothing_heard_after: Option<Duration>,
    next_sweep: Instant,
    numbers: Numbers,
}

impl Worker {
    pub(super) fn new(
        orders: Receiver<Order>,
        tell: Tell,
        nothing_heard_after: Option<Duration>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let start = Instant::now();
        Ok(Self {
            poll,
            waker,
            orders,
            tell,
            sessions: Vec::new(),
            free: Vec::new(),
            index: BTreeMap::new(),
            beat: Beat::new(start),
            start,
            nothing_heard_after,
            next_sweep: start,
            numbers: Numbers::default(),
        })
    }

    pub(super) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(256);
        let mut buffer = [0; MAX_PACKET];
        loop {
            if let Err(error) = self.poll.poll(&mut events, self.timeout(Instant::now()))
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "the media engine cannot wait for packets");
                return self.close_all();
            }
            while let Ok(order) = self.orders.try_recv() {
                match order {
                    Order::Open(id, socket) => self.open(id, socket),
                    Order::Command(command) => self.carry_out(command),
                    Order::Stop => return self.close_all(),
                }
            }
            for event in &events {
                if event.token() != WAKER {
                    self.receive(event.token().0, &mut buffer);
                }
            }
            let now = Instant::now();
            self.tick(now);
            self.sweep(now);
        }
    }

    fn timeout(&self, now: Instant) -> Option<Duration> {
        let watches = self.nothing_heard_after.is_some() && !self.index.is_empty();
        let sweep = watches.then(|| self.next_sweep.saturating_duration_since(now));
        let beat = self.beat.until_next(now);
        beat.into_iter().chain(sweep).min()
    }

    fn tick(&mut self, now: Instant) {
        let Self { beat, sessions, tell, .. } = self;
        beat.run(now, |at| {
            let Some(session) = sessions.get_mut(at).and_then(Option::as_mut) else { return false };
            session.tick(now, &**tell);
            session.on_beat = session.has_work();
            session.on_beat
        });
    }

    /// Tells which parties should be heard and are not.
    fn sweep(&mut self, now: Instant) {
        let Some(limit) = self.nothing_heard_after.filter(|_| now >= self.next_sweep) else {
            return;
        };
        self.next_sweep = now + SWEEP.min(limit);
        for session in self.sessions.iter_mut().flatten() {
            if let Some(connection) = &session.connection
                && session.incoming.is_missed(connection, limit, now)
            {
                (self.tell)(EngineEvent::NothingHeard { session: session.id });
            }
        }
    }

    fn open(&mut self, id: SessionId, socket: StdSocket) {
        let mut socket = UdpSocket::from_std(socket);
        let at = self.free.pop().unwrap_or_else(|| {
            self.sessions.push(None);
            self.sessions.len() - 1
        });
        if let Err(error) =
            self.poll.registry().register(&mut socket, Token(at), Interest::READABLE)
        {
            tracing::error!(%error, "a session cannot hear");
        }
        let session = Session::new(id, socket, self.numbers.sender(), Instant::now());
        if let Some(place) = self.sessions.get_mut(at) {
            *place = Some(session);
            self.index.insert(id, at);
        }
    }

    fn carry_out(&mut self, command: Command) {
        let now = Instant::now();
        let tell = Arc::clone(&self.tell);
        let Some((at, session)) = self.find(command.session()) else { return };
        match command {
            Command::Connect { connection, .. } => {
                session.connect(connection, now);
                // The codec or the events may have changed under a bridge.
                if let Some(peer) = session.bridge.as_ref().map(|bridge| bridge.peer)
                    && let Some((session, peer)) = self.pair(at, peer)
                {
                    bridge::renew(session, peer);
                }
                return self.put_on_beat(at, now);
            }
            Command::Play { play, prompts, at_end, .. } => {
                session.outgoing.play(play, prompts, at_end);
            }
            Command::StopPlaying { .. } => session.outgoing.stop_playing(),
            Command::Pause { .. } => session.outgoing.pause(),
            Command::Resume { .. } => session.outgoing.resume(),
            Command::Seek { seek, .. } => session.outgoing.seek(seek),
            Command::Record { sink, silence, .. } => {
                session.stop_recording(&*tell);
                session.record(sink, silence);
            }
            Command::StopRecording { .. } => session.stop_recording(&*tell),
            Command::SendKey { key, duration, .. } => session.outgoing.press(key, duration),
            Command::Bridge { a, b } => return self.bridge(a, b, now),
            Command::Unbridge { .. } => return self.unbridge(at),
            Command::Close { .. } => return self.close(at),
        }
        self.put_on_beat(at, now);
    }

    fn put_on_beat(&mut self, at: usize, now: Instant) {
        if let Some(session) = self.sessions.get_mut(at).and_then(Option::as_mut)
            && !session.on_beat
            && session.connection.is_some()
            && session.has_work()
        {
            session.on_beat = true;
            self.beat.add(at, now);
        }
    }

    fn find(&mut self, id: SessionId) -> Option<(usize, &mut Session)> {
        let at = *self.index.get(&id)?;
        Some((at, self.sessions.get_mut(at)?.as_mut()?))
    }

    /// Returns two sessions at once.
    fn pair(&mut self, one: usize, other: usize) -> Option<(&mut Session, &mut Session)> {
        let [one, other] = self.sessions.get_disjoint_mut([one, other]).ok()?;
        Some((one.as_mut()?, other.as_mut()?))
    }

    fn bridge(&mut self, a: SessionId, b: SessionId, now: Instant) {
        let (Some(&at_a), Some(&at_b)) = (self.index.get(&a), self.index.get(&b)) else {
            // One of them was closed before, or they have different affinities.
            tracing::warn!(?a, ?b, "two sessions of different workers cannot be bridged");
            return;
        };
        self.unbridge(at_a);
        self.unbridge(at_b);
        if let Some((a, b)) = self.pair(at_a, at_b) {
            bridge::join((at_a, a), (at_b, b), now);
        }
    }

    fn unbridge(&mut self, at: usize) {
        let session = self.sessions.get_mut(at).and_then(Option::as_mut);
        let Some(bridge) = session.and_then(|session| session.bridge.take()) else { return };
        if let Some(peer) = self.sessions.get_mut(bridge.peer).and_then(Option::as_mut) {
            peer.bridge = None;
        }
    }

    fn close(&mut self, at: usize) {
        self.unbridge(at);
        let Some(mut session) = self.sessions.get_mut(at).and_then(Option::take) else { return };
        self.index.remove(&session.id);
        self.beat.remove(at);
        self.free.push(at);
        session.stop_recording(&*self.tell);
        drop(self.poll.registry().deregister(&mut session.socket));
        let statistics = session.incoming.statistics();
        (self.tell)(EngineEvent::Closed {
            session: session.id,
            received: statistics.received,
            lost: statistics.lost,
            strangers: session.incoming.strangers(),
        });
    }

    fn close_all(&mut self) {
        for at in 0..self.sessions.len() {
            self.close(at);
        }
    }

    fn receive(&mut self, at: usize, buffer: &mut [u8; MAX_PACKET]) {
        for _ in 0..BATCH {
            let Some(session) = self.sessions.get_mut(at).and_then(Option::as_mut) else { return };
            let (length, from) = match session.socket.recv_from(buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP answer to something that we sent: nobody's packet.
                Err(_) => continue,
            };
            let now = Instant::now();
            let arrival = Arrival { at: now, since_start: now - self.start };
            let Some(datagram) = buffer.get_mut(..length) else { continue };
            if session.receive(from, datagram, arrival, &*self.tell)
                && let Some(peer) = session.bridge.as_ref().map(|bridge| bridge.peer)
                && let Some((session, peer)) = self.pair(at, peer)
            {
                bridge::forward(session, peer, datagram, now);
            }
        }
        // There may be more, and an edge-triggered poll tells that only when it is asked anew.
        if let Some(session) = self.sessions.get_mut(at).and_then(Option::as_mut)
            && let Err(error) =
                self.poll.registry().reregister(&mut session.socket, Token(at), Interest::READABLE)
        {
            tracing::error!(%error, "a session cannot hear any more");
        }
    }
}

/// Numbers that nobody outside can guess: a hash with a key of the operating system, counted on.
#[derive(Default)]
struct Numbers {
    key: RandomState,
    count: u64,
}

impl Numbers {
    /// Returns a stream with numbers of its own (RFC 3550 section 5.1).
    fn sender(&mut self) -> RtpSender {
        let [a, b, c, d, e, f, _, _] = self.next();
        let timestamp = self.next();
        let [g, h, i, j, ..] = timestamp;
        RtpSender::new(
            Ssrc::new(u32::from_be_bytes([a, b, c, d])),
            u16::from_be_bytes([e, f]),
            u32::from_be_bytes([g, h, i, j]),
        )
    }

    fn next(&mut self) -> [u8; 8] {
        self.count += 1;
        self.key.hash_one(self.count).to_be_bytes()
    }
}
