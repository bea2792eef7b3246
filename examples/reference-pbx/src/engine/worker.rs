//! A worker thread: its sessions, its beat, its poll.

mod handover;
mod meeting;
mod numbers;
mod waiting;

use std::{
    collections::BTreeMap,
    io,
    net::UdpSocket as StdSocket,
    sync::{
        Arc,
        mpsc::{Receiver, SendError, Sender, channel},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use centrala_media::EncodedPrompt;
use mio::{Events, Interest, Poll, Token, Waker, net::UdpSocket};

use super::{
    Command, Connection, EngineEvent, RoomId, Rtcp, SessionId, Tell,
    beat::{Beat, Due},
    bridge::{self, MAX_PACKET},
    incoming::Arrival,
    reports::Reports,
    room::Room,
    session::Session,
};
use numbers::Numbers;
use waiting::Waiting;

pub(super) use handover::Handover;

/// What a worker is told.
#[derive(Debug)]
pub(super) enum Order {
    Open(SessionId, StdSocket),
    HoldMusic(Arc<[EncodedPrompt]>),
    Command(Command),
    /// A session moves here: what names it waits until it has come.
    Expect(SessionId),
    /// A session moves away.
    HandOver(Handover),
    /// A session comes from another worker, where it would have been due on the beat in this millisecond.
    Adopt(Box<Session>, Option<u64>),
    /// A session that was expected does not come.
    Absent(SessionId),
    Stop,
}

/// Where a worker takes orders.
#[derive(Clone, Debug)]
pub(super) struct Address {
    orders: Sender<Order>,
    waker: Arc<Waker>,
}

impl Address {
    /// Puts an order into the queue. It comes back from a worker that has ended.
    pub(super) fn order(&self, order: Order) -> Result<(), SendError<Order>> {
        self.orders.send(order)
    }

    /// Has the worker look into its queue.
    pub(super) fn wake(&self) {
        drop(self.waker.wake());
    }
}

/// When an engine was started: all of its workers count time from then, so that a session takes its own along.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    at: Instant,
    /// The same, since 1970.
    unix: Duration,
}

impl Start {
    pub(super) fn now() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { at: Instant::now(), unix }
    }
}

const READABLE: Interest = Interest::READABLE;

const WAKER: Token = Token(usize::MAX);

/// The tokens of ports for reports begin here.
const REPORTS: usize = 1 << (usize::BITS - 2);

/// How many packets of one session are taken before the others have their turn.
const BATCH: usize = 32;

/// How often some sessions are looked at, whether they are heard and owe a report.
const SWEEP: Duration = Duration::from_millis(100);

/// In so many sweeps it is everybody's turn.
const SWEEPS: usize = 10;

/// A worker's sessions and what drives them.
pub(super) struct Worker {
    poll: Poll,
    address: Address,
    orders: Receiver<Order>,
    waiting: Waiting,
    tell: Tell,
    sessions: Vec<Option<Session>>,
    free: Vec<usize>,
    index: BTreeMap<SessionId, usize>,
    rooms: Vec<Option<Room>>,
    free_rooms: Vec<usize>,
    room_index: BTreeMap<RoomId, usize>,
    hold_music: Arc<[EncodedPrompt]>,
    beat: Beat,
    start: Start,
    nothing_heard_after: Option<Duration>,
    next_sweep: Instant,
    sweep: usize,
    numbers: Numbers,
    stage: Stage,
}

/// How far a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Running,
    /// It was told to stop.
    Stopping,
}

impl Worker {
    pub(super) fn new(
        tell: Tell,
        start: Start,
        nothing_heard_after: Option<Duration>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (sender, orders) = channel();
        Ok(Self {
            poll,
            address: Address { orders: sender, waker },
            orders,
            waiting: Waiting::default(),
            tell,
            sessions: Vec::new(),
            free: Vec::new(),
            index: BTreeMap::new(),
            rooms: Vec::new(),
            free_rooms: Vec::new(),
            room_index: BTreeMap::new(),
            hold_music: Arc::new([]),
            beat: Beat::new(start.at),
            start,
            nothing_heard_after,
            next_sweep: start.at,
            sweep: 0,
            numbers: Numbers::default(),
            stage: Stage::Running,
        })
    }

    /// Returns where it takes orders.
    pub(super) fn address(&self) -> Address {
        self.address.clone()
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
                self.take_order(order);
            }
            // Whoever is still on the way here is waited for: a session that nobody has would not be told to be closed.
            if self.stage == Stage::Stopping && self.waiting.is_empty() {
                return self.close_all();
            }
            for event in &events {
                match event.token() {
                    WAKER => {}
                    Token(at @ REPORTS..) => self.receive_report(at - REPORTS, &mut buffer),
                    Token(at) => self.receive(at, &mut buffer),
                }
            }
            let now = Instant::now();
            self.tick(now);
            self.sweep(now);
        }
    }

    fn timeout(&self, now: Instant) -> Option<Duration> {
        let watches = !self.index.is_empty();
        let sweep = watches.then(|| self.next_sweep.saturating_duration_since(now));
        let beat = self.beat.until_next(now);
        beat.into_iter().chain(sweep).min()
    }

    fn tick(&mut self, now: Instant) {
        let Self { beat, sessions, rooms, tell, .. } = self;
        beat.run(now, |due| match due {
            Due::Session(at) => {
                let Some(session) = sessions.get_mut(at).and_then(Option::as_mut) else {
                    return false;
                };
                session.tick(now, &**tell);
                session.on_beat = session.has_work();
                session.on_beat
            }
            Due::Room(at) => {
                let room = rooms.get_mut(at).and_then(Option::as_mut);
                room.map(|room| room.tick(sessions, now)).is_some()
            }
        });
    }

    /// Tells which parties should be heard and are not, and sends the reports that are due: of some sessions, so that
    /// those of all do not hold up the beat.
    fn sweep(&mut self, now: Instant) {
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now + SWEEP;
        self.sweep = (self.sweep + 1) % SWEEPS;
        let unix = self.unix(now);
        for session in self.sessions.iter_mut().skip(self.sweep).step_by(SWEEPS).flatten() {
            session.report(self.numbers.draw(), unix);
            if let (Some(connection), Some(limit)) = (&session.connection, self.nothing_heard_after)
                && session.incoming.is_missed(connection, limit, now)
            {
                (self.tell)(EngineEvent::NothingHeard { session: session.id });
            }
        }
    }

    /// Returns the time since 1970, as far as the clock of the start can tell.
    fn unix(&self, now: Instant) -> Duration {
        self.start.unix + now.saturating_duration_since(self.start.at)
    }

    fn open(&mut self, id: SessionId, socket: StdSocket) {
        let socket = UdpSocket::from_std(socket);
        let session = Session::new(id, socket, self.numbers.sender(), Instant::now());
        self.put(session);
    }

    /// Gives a session a place, and has the poll tell of its packets; returns the place.
    fn put(&mut self, mut session: Session) -> usize {
        let at = self.free.pop().unwrap_or_else(|| {
            self.sessions.push(None);
            self.sessions.len() - 1
        });
        // The poll is told at once of what came before.
        let sound = self.poll.registry().register(&mut session.socket, Token(at), READABLE);
        let reports = session.reports.as_mut().and_then(Reports::socket).map_or(Ok(()), |socket| {
            self.poll.registry().register(socket, Token(at + REPORTS), READABLE)
        });
        if let Err(error) = sound.and(reports) {
            tracing::error!(%error, "a session cannot hear");
        }
        self.index.insert(session.id, at);
        if let Some(place) = self.sessions.get_mut(at) {
            *place = Some(session);
        }
        at
    }

    /// Takes a session out, away from all others; returns also when it would have been due on the beat.
    fn take(&mut self, at: usize) -> Option<(Session, Option<u64>)> {
        self.unbridge(at);
        self.leave(at);
        let mut session = self.sessions.get_mut(at)?.take()?;
        self.index.remove(&session.id);
        self.free.push(at);
        drop(self.poll.registry().deregister(&mut session.socket));
        if let Some(socket) = session.reports.as_mut().and_then(Reports::socket) {
            drop(self.poll.registry().deregister(socket));
        }
        Some((session, self.beat.take(Due::Session(at))))
    }

    fn carry_out(&mut self, command: Command) {
        let now = Instant::now();
        let tell = Arc::clone(&self.tell);
        let command = match command {
            Command::RecordRoom { room, sink } => return self.record_room(room, Some(sink)),
            Command::StopRecordingRoom { room } => return self.record_room(room, None),
            command => command,
        };
        let Some((at, session)) = self.find(SessionId(command.number())) else { return };
        match command {
            Command::Connect { connection, .. } => {
                session.connect(connection, now);
                return self.connected(at, &connection, now);
            }
            Command::Play { play, prompts, at_end, .. } => {
                let spoken = session.connection.map(|connection| connection.codec);
                session.outgoing.play(play, prompts, at_end, spoken);
            }
            Command::StopPlaying { .. } => session.outgoing.stop_playing(),
            Command::Pause { .. } => session.outgoing.pause(),
            Command::Resume { .. } => session.outgoing.resume(),
            Command::Seek { seek, .. } => session.outgoing.seek(seek),
            Command::SetSpeed { percent, .. } => session.outgoing.set_speed(percent),
            Command::Record { sink, silence, .. } => {
                session.stop_recording(&*tell);
                session.record(sink, silence);
            }
            Command::StopRecording { .. } => session.stop_recording(&*tell),
            Command::SendKey { key, duration, .. } => session.outgoing.press(key, duration),
            Command::Bridge { a, b } => return self.bridge(a, b, now),
            Command::Unbridge { .. } => return self.unbridge(at),
            Command::Join { room, .. } => return self.join(at, room, now),
            Command::Leave { .. } => return self.leave(at),
            Command::RecordRoom { .. } | Command::StopRecordingRoom { .. } => return,
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
            self.beat.add(Due::Session(at), now);
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

    /// A session speaks otherwise from now on.
    fn connected(&mut self, at: usize, connection: &Connection, now: Instant) {
        self.connect_reports(at, connection.rtcp, now);
        let session = self.sessions.get(at).and_then(Option::as_ref);
        if let Some(peer) = session.and_then(|session| Some(session.bridge.as_ref()?.peer)) {
            // The codec, the events or the direction may have changed under a bridge.
            if let Some((session, peer)) = self.pair(at, peer) {
                bridge::renew(session, peer);
            }
            self.hold(at, peer, now);
            self.hold(peer, at, now);
        }
        self.put_on_beat(at, now);
    }

    /// Opens the way of the reports that was agreed upon.
    fn connect_reports(&mut self, at: usize, rtcp: Rtcp, now: Instant) {
        let (unix, draw) = (self.unix(now), self.numbers.draw());
        let Some(session) = self.sessions.get_mut(at).and_then(Option::as_mut) else { return };
        let is_open = match (rtcp, &mut session.reports) {
            (Rtcp::Multiplexed, Some(reports)) => reports.is_multiplexed(),
            (Rtcp::Separate(remote), Some(reports)) => reports.move_to(remote),
            (Rtcp::Off, _) | (_, None) => false,
        };
        if is_open {
            return;
        }
        if let Some(socket) = session.reports.as_mut().and_then(Reports::socket) {
            drop(self.poll.registry().deregister(socket));
        }
        session.reports = match rtcp {
            Rtcp::Off => None,
            Rtcp::Multiplexed => Some(Reports::multiplexed(draw, unix)),
            Rtcp::Separate(remote) => {
                let local = session.socket.local_addr();
                let opened = local.and_then(|local| Reports::separate(remote, local, draw, unix));
                let registered = opened.and_then(|mut reports| {
                    let token = Token(at + REPORTS);
                    if let Some(socket) = reports.socket() {
                        self.poll.registry().register(socket, token, READABLE)?;
                    }
                    Ok(reports)
                });
                if let Err(error) = &registered {
                    tracing::debug!(%error, "a session has no port for reports");
                }
                registered.ok()
            }
        };
    }

    fn close(&mut self, at: usize) {
        if let Some((session, _)) = self.take(at) {
            self.end(session);
        }
    }

    /// Ends a session that was taken out.
    fn end(&self, mut session: Session) {
        session.stop_recording(&*self.tell);
        let report = session.leave(self.unix(Instant::now()));
        (self.tell)(EngineEvent::Closed { session: session.id, report });
    }

    fn close_all(&mut self) {
        for at in 0..self.sessions.len() {
            self.close(at);
        }
        // Only where the poll has failed there may be some in the queue.
        while let Ok(order) = self.orders.try_recv() {
            if let Order::Adopt(session, _) = order {
                self.end(*session);
            }
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
            let since_start = now.saturating_duration_since(self.start.at);
            let arrival = Arrival { at: now, since_start, unix: self.start.unix + since_start };
            let Some(datagram) = buffer.get_mut(..length) else { continue };
            if session.receive(from, datagram, arrival, &*self.tell)
                && let Some(peer) = session.bridge.as_ref().map(|bridge| bridge.peer)
                && let Some((session, peer)) = self.pair(at, peer)
            {
                bridge::forward(session, peer, datagram, now);
            }
        }
        self.ask_again(at);
    }

    /// Takes reports of a party that come to a port of their own.
    fn receive_report(&mut self, at: usize, buffer: &mut [u8; MAX_PACKET]) {
        let unix = self.unix(Instant::now());
        let Some(session) = self.sessions.get_mut(at).and_then(Option::as_mut) else { return };
        if !(0..BATCH).all(|_| session.receive_report(buffer, unix)) {
            return;
        }
        if let Some(socket) = session.reports.as_mut().and_then(Reports::socket) {
            let token = Token(at + REPORTS);
            drop(self.poll.registry().reregister(socket, token, READABLE));
        }
    }

    /// Has the poll tell of a socket again that was not read to its end.
    fn ask_again(&mut self, at: usize) {
        // There may be more, and an edge-triggered poll tells that only when it is asked anew.
        if let Some(session) = self.sessions.get_mut(at).and_then(Option::as_mut)
            && let Err(error) =
                self.poll.registry().reregister(&mut session.socket, Token(at), READABLE)
        {
            tracing::error!(%error, "a session cannot hear any more");
        }
    }
}
