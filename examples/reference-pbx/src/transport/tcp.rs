//! All connections of stream transports, and their sockets.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::{self, Read as _, Write as _},
    mem,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use centrala_sip::Frame;
use centrala_time::{Deadlines, Timestamp};
use centrala_ua::{ConnectionId, Flow, InterfaceId, Ticket};
use mio::{Interest, Registry, Token, net::TcpStream};
use socket2::{SockRef, TcpKeepalive};

use super::{
    Arrival,
    connection::{CloseCause, Connection, is_response},
    limits::{Census, Holding, SourceKey, StreamLimits},
    listen,
};

/// The octets that are read from one connection before the others have their turn.
const QUANTUM: usize = 8 << 10;

/// After how long without an acknowledgement the kernel gives a connection up: a message that waits longer is
/// answered by nobody any more.
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// After how long without a word the kernel asks the other machine whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(120);

/// All connections.
#[derive(Debug)]
pub(super) struct Connections {
    limits: StreamLimits,
    registry: Registry,
    links: BTreeMap<ConnectionId, Link>,
    by_remote: BTreeSet<(SocketAddr, ConnectionId)>,
    by_token: BTreeMap<Token, ConnectionId>,
    deadlines: Deadlines<ConnectionId>,
    census: Census,
    /// Those from which something can be read, and since when.
    ready: VecDeque<(ConnectionId, Timestamp)>,
    /// Those to which something can be written, or whose end has to be looked at.
    dirty: BTreeSet<ConnectionId>,
    arrivals: VecDeque<Arrival>,
    /// Those on which nothing has come for a long time.
    idle: Vec<Flow>,
    buffer: Box<[u8]>,
    first_token: usize,
    opened: usize,
    first_number: u64,
}

/// A connection, its socket, and who is at the other end.
#[derive(Debug)]
struct Link {
    stream: TcpStream,
    token: Token,
    connection: Connection,
    flow: Flow,
    source: SourceKey,
    counted: Holding,
    is_ready: bool,
    /// Whether the other side was told that nothing more will come.
    has_shut_down: bool,
}

impl Connections {
    /// Begins without connections. Their tokens begin at `first_token`, their numbers after `first_number`.
    pub(super) fn new(
        limits: StreamLimits,
        registry: Registry,
        first_token: usize,
        first_number: u64,
    ) -> Self {
        Self {
            limits,
            registry,
            links: BTreeMap::new(),
            by_remote: BTreeSet::new(),
            by_token: BTreeMap::new(),
            deadlines: Deadlines::new(),
            census: Census::default(),
            ready: VecDeque::new(),
            dirty: BTreeSet::new(),
            arrivals: VecDeque::new(),
            idle: Vec::new(),
            buffer: vec![0; QUANTUM].into_boxed_slice(),
            first_token,
            opened: 0,
            first_number,
        }
    }

    /// Takes a connection that was opened to us, if there is room for it.
    pub(super) fn admit(
        &mut self,
        stream: TcpStream,
        remote: SocketAddr,
        interface: InterfaceId,
        now: Timestamp,
    ) {
        if !self.census.has_room(SourceKey::from(remote), &self.limits) {
            tracing::debug!(%remote, "a connection too many is closed");
            return;
        }
        let connection = Connection::accepted(self.limits, now);
        if let Err(error) = self.insert(stream, connection, remote, interface) {
            tracing::debug!(%remote, %error, "a connection is not taken");
        }
    }

    fn insert(
        &mut self,
        mut stream: TcpStream,
        connection: Connection,
        remote: SocketAddr,
        interface: InterfaceId,
    ) -> io::Result<ConnectionId> {
        // All of this makes it better, and none is needed.
        let socket = SockRef::from(&stream);
        drop(socket.set_tcp_nodelay(true));
        drop(socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEP_ALIVE)));
        #[cfg(target_os = "linux")]
        drop(socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED)));

        self.opened = self.opened.wrapping_add(1);
        let token = Token(self.first_token.wrapping_add(self.opened));
        self.registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        let number = u64::try_from(self.opened).unwrap_or(u64::MAX);
        let id = ConnectionId::new(self.first_number.wrapping_add(number));
        let source = SourceKey::from(remote);
        let counted = connection.holding();
        self.census.replace(source, None, Some(counted));
        self.deadlines.update(id, connection.poll_timeout());
        self.by_remote.insert((remote, id));
        self.by_token.insert(token, id);
        let flow = Flow::stream(interface, remote, id);
        let (is_ready, has_shut_down) = (false, false);
        let link =
            Link { stream, token, connection, flow, source, counted, is_ready, has_shut_down };
        self.links.insert(id, link);
        Ok(id)
    }

    /// Sends on a connection: the flow's own, another one to the same address, or a new one.
    pub(super) fn send(
        &mut self,
        destination: Flow,
        from: Option<IpAddr>,
        octets: &[u8],
        ticket: Option<Ticket>,
        now: Timestamp,
    ) {
        let Some(id) = self.route(destination, octets, ticket, from, now) else {
            self.arrivals.extend(ticket.map(Arrival::Unsent));
            return;
        };
        let Some(link) = self.links.get_mut(&id) else { return };
        if link.connection.queue(octets, ticket, now).is_ok() {
            self.dirty.insert(id);
            self.settle(id);
        } else {
            self.arrivals.extend(ticket.map(Arrival::Unsent));
            if !link.connection.is_connecting() {
                self.close(id, CloseCause::Stalled);
            }
        }
    }

    fn route(
        &mut self,
        destination: Flow,
        octets: &[u8],
        ticket: Option<Ticket>,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Option<ConnectionId> {
        let is_response = is_response(octets);
        let named = destination.connection().filter(|id| {
            let link = self.links.get(id);
            link.is_some_and(|link| is_response || link.connection.takes_requests())
        });
        if named.is_some() {
            return named;
        }
        let remote = destination.remote();
        if let Some(id) = self.open_to(remote) {
            return Some(id);
        }
        // RFC 3261 section 18.2.2 has every response go over a new connection then. Those that nobody remembers are not
        // worth one: else whoever sends rubbish and leaves would have us connect to where he likes.
        let is_keep_alive = octets.iter().all(|octet| matches!(octet, b'\r' | b'\n'));
        if (ticket.is_none() && is_response) || is_keep_alive {
            return None;
        }
        let interface = destination.interface().unwrap_or(InterfaceId::new(0));
        self.connect(remote, interface, from, now)
            .map_err(|error| tracing::debug!(%remote, %error, "no connection"))
            .ok()
    }

    /// Returns the newest connection with an address that takes requests.
    fn open_to(&self, remote: SocketAddr) -> Option<ConnectionId> {
        let all = (remote, ConnectionId::new(0))..=(remote, ConnectionId::new(u64::MAX));
        let mut newest = self.by_remote.range(all).rev().map(|(_, id)| *id);
        newest.find(|id| self.links.get(id).is_some_and(|link| link.connection.takes_requests()))
    }

    fn connect(
        &mut self,
        remote: SocketAddr,
        interface: InterfaceId,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> io::Result<ConnectionId> {
        if !self.census.has_room(SourceKey::from(remote), &self.limits) {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let socket = listen::connect(remote, from)?;
        let stream = TcpStream::from_std(socket.into());
        self.insert(stream, Connection::connecting(self.limits, now), remote, interface)
    }

    /// The poll has told of a connection.
    pub(super) fn handle_ready(&mut self, event: &mio::event::Event, now: Timestamp) {
        let Some(id) = self.by_token.get(&event.token()).copied() else { return };
        let Some(link) = self.links.get_mut(&id) else { return };
        if link.connection.is_connecting() {
            match is_connected(&link.stream) {
                Ok(true) => link.connection.handle_connected(now),
                Ok(false) => return,
                Err(error) => {
                    tracing::debug!(flow = %link.flow, %error, "no connection");
                    return self.close(id, CloseCause::NotConnected);
                }
            }
            self.settle(id);
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        if (event.is_readable() || event.is_read_closed() || event.is_error()) && !link.is_ready {
            link.is_ready = true;
            self.ready.push_back((id, now));
        }
        if event.is_writable() {
            self.dirty.insert(id);
        }
    }

    /// Reads from one connection that has something. Returns false if none has.
    pub(super) fn read_one(&mut self, now: Timestamp) -> bool {
        let Some((id, _)) = self.ready.pop_front() else { return false };
        let Some(link) = self.links.get_mut(&id) else { return true };
        link.is_ready = false;
        if self.read(id, now)
            && let Some(link) = self.links.get_mut(&id)
        {
            link.is_ready = true;
            self.ready.push_back((id, now));
        }
        true
    }

    /// Reads once from a connection. Returns whether there may be more.
    fn read(&mut self, id: ConnectionId, now: Timestamp) -> bool {
        let Some(link) = self.links.get_mut(&id) else { return false };
        match link.stream.read(&mut self.buffer) {
            Ok(0) => self.handle_end(id, now),
            Ok(count) => {
                let octets = self.buffer.get(..count).unwrap_or_default();
                link.connection.handle_octets(octets, now);
                let (flow, mut is_broken) = (link.flow, false);
                while let Some(frame) = link.connection.poll_frame(now) {
                    match frame {
                        // It asks for nothing.
                        Ok(Frame::Pong) => {}
                        Ok(frame) => self.arrivals.push_back(Arrival::Frame(flow, Box::new(frame))),
                        Err(error) => {
                            is_broken = true;
                            self.arrivals.push_back(Arrival::Broken(flow, error));
                        }
                    }
                }
                if is_broken {
                    self.dirty.insert(id);
                }
                self.settle(id);
                return true;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Err(error) => {
                tracing::debug!(flow = %link.flow, %error, "a connection has broken");
                self.close(id, CloseCause::Broken);
            }
        }
        false
    }

    fn handle_end(&mut self, id: ConnectionId, now: Timestamp) {
        let Some(link) = self.links.get_mut(&id) else { return };
        if link.has_shut_down {
            return self.close(id, CloseCause::Broken);
        }
        link.connection.handle_end(now);
        self.dirty.insert(id);
        self.settle(id);
        // Whoever owes it nothing closes it now: it leaves its room to the next.
        self.look_at(id, now);
    }

    /// Writes what waits, and closes what is at its end.
    pub(super) fn flush(&mut self, now: Timestamp) {
        while let Some(id) = self.dirty.pop_first() {
            self.write(id, now);
        }
    }

    fn write(&mut self, id: ConnectionId, now: Timestamp) {
        let Some(link) = self.links.get_mut(&id) else { return };
        while !link.connection.unwritten().is_empty() {
            match link.stream.write(link.connection.unwritten()) {
                Ok(count) if count > 0 => link.connection.handle_written(count, now),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => return self.close(id, CloseCause::Broken),
            }
        }
        if link.connection.has_finished() && !link.has_shut_down {
            // Octets that came meanwhile are read and dropped until the other side closes too: closing with octets
            // unread would take back our last answer.
            link.has_shut_down = true;
            drop(link.stream.shutdown(std::net::Shutdown::Write));
        }
        self.look_at(id, now);
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(id) = self.deadlines.pop_due(now) {
            self.look_at(id, now);
        }
    }

    /// Closes a connection whose time has come.
    fn look_at(&mut self, id: ConnectionId, now: Timestamp) {
        let due = self.links.get(&id).and_then(|link| link.connection.check(now));
        // What has come in time may wait in the kernel: it is not missed.
        if due.is_some_and(CloseCause::misses_octets) {
            self.read(id, now);
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        match link.connection.check(now) {
            Some(CloseCause::Quiet) => {
                if self.census.holding(link.source).silent > self.limits.silent_of_source {
                    return self.close(id, CloseCause::Quiet);
                }
                link.connection.tolerate();
                self.settle(id);
            }
            Some(CloseCause::Idle) => {
                // Whoever has a use for it keeps it, by not closing it.
                link.connection.keep(now);
                self.idle.push(link.flow);
                self.settle(id);
            }
            Some(cause) => self.close(id, cause),
            None => self.settle(id),
        }
    }

    /// Closes those of some idle connections that no flow needs.
    pub(super) fn close_unused(&mut self, idle: &[Flow], needed: impl Iterator<Item = Flow>) {
        let needed: BTreeSet<_> = needed.map(|flow| (flow.connection(), flow.remote())).collect();
        let by_number: BTreeSet<_> = needed.iter().filter_map(|(id, _)| *id).collect();
        for (id, remote) in idle.iter().filter_map(|flow| Some((flow.connection()?, flow.remote())))
        {
            if !by_number.contains(&id) && !needed.contains(&(None, remote)) {
                self.close(id, CloseCause::Idle);
            }
        }
    }

    /// Counts what a connection holds, and sets when to look at it next.
    fn settle(&mut self, id: ConnectionId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let (before, now) = (link.counted, link.connection.holding());
        if before != now {
            link.counted = now;
            self.census.replace(link.source, Some(before), Some(now));
        }
        self.deadlines.update(id, link.connection.poll_timeout());
        let held = self.census.holding(link.source).octets;
        if now.octets > before.octets && held > self.limits.octets_of_source {
            self.close(id, CloseCause::Stalled);
        }
    }

    fn close(&mut self, id: ConnectionId, cause: CloseCause) {
        let Some(mut link) = self.links.remove(&id) else { return };
        tracing::debug!(flow = %link.flow, ?cause, "a connection is closed");
        drop(self.registry.deregister(&mut link.stream));
        self.by_remote.remove(&(link.flow.remote(), id));
        self.by_token.remove(&link.token);
        self.deadlines.clear(&id);
        self.dirty.remove(&id);
        self.census.replace(link.source, Some(link.counted), None);
        self.arrivals.extend(link.connection.into_unsent().map(Arrival::Unsent));
    }

    /// Returns what has come.
    pub(super) fn poll_arrival(&mut self) -> Option<Arrival> {
        let idle = || (!self.idle.is_empty()).then(|| Arrival::Idle(mem::take(&mut self.idle)));
        self.arrivals.pop_front().or_else(idle)
    }

    /// Returns how much has come that was not handed over.
    pub(super) fn arrivals(&self) -> usize {
        self.arrivals.len()
    }

    /// Returns whether something has come that was not handed over.
    pub(super) fn has_arrivals(&self) -> bool {
        !self.arrivals.is_empty() || !self.idle.is_empty()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    /// Returns since when the connection waits whose turn is next.
    pub(super) fn waiting_since(&self) -> Option<Timestamp> {
        self.ready.front().map(|(_, since)| *since)
    }

    /// Returns whether nothing is remembered of any connection.
    #[cfg(test)]
    pub(super) fn is_forgotten(&self) -> bool {
        self.links.is_empty()
            && self.by_remote.is_empty()
            && self.by_token.is_empty()
            && self.deadlines.is_empty()
            && self.census.is_empty()
            && self.dirty.is_empty()
    }

    /// Returns how many connections there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.links.len()
    }
}

/// Returns whether a connection is made by now (see [`TcpStream::connect`]).
fn is_connected(stream: &TcpStream) -> io::Result<bool> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}
