//! Sockets: datagrams and streams become what an endpoint is told.

mod connection;
mod fair;
mod limits;
mod listen;
mod listener;
mod tcp;
#[cfg(test)]
mod tickets;
mod udp;

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use bytes::Bytes;
use centrala_sip::{Frame, StreamError};
use centrala_time::Timestamp;
use centrala_ua::{Carrier, Endpoint, Flow, Interface, InterfaceId, Ticket};
use mio::{Registry, Token};

pub use listen::{Advertised, BindError, Listen, ParseListenError};

pub(crate) use limits::StreamLimits;

use fair::{FairQueue, Waiting};
use listener::Listener;
use tcp::Connections;
use udp::{SendError, UdpPort};

/// The largest datagram of IPv4.
const MAX_DATAGRAM: usize = 65_535;

/// How many datagrams are taken from one socket before the others have their turn. Many more than are handed over: the
/// queue of the kernel is one for all sources, and who floods it keeps everybody's datagrams out.
const DATAGRAMS: usize = 1_024;

/// How many times connections are read in one turn.
const READS: usize = 64;

/// How many arrivals of connections may be held before connections are read no further: what else comes waits in the
/// kernel, and its sender with it.
const ARRIVALS: usize = 64;

/// What has come.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// A datagram, and how long it has waited.
    Datagram(Flow, Bytes, Duration),
    /// A frame of a stream.
    Frame(Flow, Box<Frame>),
    /// A stream that cannot be read on.
    Broken(Flow, StreamError),
    /// Something was not sent.
    Unsent(Ticket),
    /// Connections on which nothing has come for a long time; they stay if nobody closes them.
    Idle(Vec<Flow>),
}

impl Arrival {
    /// Tells it to an endpoint. Returns connections that are idle.
    pub(crate) fn tell(self, endpoint: &mut Endpoint, now: Timestamp) -> Option<Vec<Flow>> {
        match self {
            Self::Datagram(flow, datagram, waited) => {
                endpoint.note_delay_of(flow.remote().ip(), waited, now);
                endpoint.handle_datagram(flow, datagram, now);
            }
            Self::Frame(flow, frame) => endpoint.handle_frame(flow, *frame, now),
            Self::Broken(flow, error) => endpoint.handle_broken_stream(flow, &error),
            Self::Unsent(ticket) => endpoint.handle_unsent(ticket, now),
            Self::Idle(flow) => return Some(flow),
        }
        None
    }
}

/// All sockets of an endpoint.
#[derive(Debug)]
pub(crate) struct Transports {
    registry: Registry,
    ports: Vec<Port>,
    connections: Connections,
    held: FairQueue,
    unsent: VecDeque<Ticket>,
    buffer: Box<[u8]>,
    first_token: usize,
    /// How long whoever waited least of those handed out last had waited.
    backlog: Duration,
}

/// One socket that is listened on.
#[derive(Debug)]
struct Port {
    local: SocketAddr,
    interface: Interface,
    socket: Socket,
}

#[derive(Debug)]
enum Socket {
    Udp(UdpPort),
    Tcp(Listener),
}

impl Transports {
    /// Listens. Tokens begin at `first_token`; connections get numbers above `first_number`.
    pub(crate) fn bind(
        listen: &[Listen],
        limits: StreamLimits,
        registry: Registry,
        first_token: usize,
        first_number: u64,
    ) -> Result<Self, BindError> {
        let mut ports = Vec::new();
        for one in listen {
            let bound = one.bind()?;
            let sockets = [(Carrier::Udp, bound.udp), (Carrier::Tcp, bound.tcp)];
            for (carrier, socket) in sockets {
                let Some(socket) = socket else { continue };
                let token = Token(first_token + ports.len());
                let port = Port::open(one, carrier, socket, token, &registry)?;
                ports.push(port);
            }
        }
        if ports.is_empty() {
            return Err(BindError::Nowhere);
        }
        let of_connections = registry.try_clone().map_err(BindError::Poll)?;
        let after_ports = first_token + ports.len();
        Ok(Self {
            registry,
            ports,
            connections: Connections::new(limits, of_connections, after_ports, first_number),
            held: FairQueue::default(),
            unsent: VecDeque::new(),
            buffer: vec![0; MAX_DATAGRAM].into_boxed_slice(),
            first_token,
            backlog: Duration::ZERO,
        })
    }

    /// Sends a datagram, or as many octets of a stream.
    pub(crate) fn send(
        &mut self,
        destination: Flow,
        octets: &Bytes,
        ticket: Option<Ticket>,
        now: Timestamp,
    ) {
        let place = destination.interface().map_or(0, InterfaceId::index);
        let port = self.ports.get_mut(place);
        if destination.carrier() == Carrier::Udp {
            let Some(Port { socket: Socket::Udp(port), .. }) = port else {
                self.unsent.extend(ticket);
                return;
            };
            match port.send(destination.remote(), octets, &self.registry) {
                Ok(()) => {}
                Err(SendError::Lost(error)) => {
                    tracing::debug!(%destination, %error, "a datagram was lost");
                }
                Err(SendError::Refused(error)) => {
                    tracing::debug!(%destination, %error, "a datagram was not sent");
                    self.unsent.extend(ticket);
                }
            }
        } else {
            let from = port.map(|port| port.local.ip());
            self.connections.send(destination, from, octets, ticket, now);
        }
    }

    /// The poll has told of one of our sockets.
    pub(crate) fn handle_event(&mut self, event: &mio::event::Event, now: Timestamp) {
        let place = event.token().0.checked_sub(self.first_token);
        match place.and_then(|place| self.ports.get_mut(place)).map(|port| &mut port.socket) {
            Some(Socket::Udp(port)) => {
                port.is_readable |= event.is_readable() || event.is_error();
                if event.is_writable() {
                    port.handle_writable(&self.registry);
                }
            }
            Some(Socket::Tcp(listener)) => listener.handle_ready(),
            None => self.connections.handle_ready(event, now),
        }
    }

    /// Takes from the kernel what it has, up to what is held here.
    pub(crate) fn take(&mut self, now: Timestamp) {
        for (interface, port) in self.ports.iter_mut().enumerate() {
            let Socket::Udp(port) = &mut port.socket else { continue };
            let interface = interface_of(interface);
            let mut taken = 0;
            while port.is_readable && taken < DATAGRAMS {
                taken += 1;
                let Some((source, octets)) = port.receive(&mut self.buffer) else { break };
                self.held.push(Flow::datagram(interface, source), octets, now);
            }
        }
        for _ in 0..READS {
            if self.connections.arrivals() >= ARRIVALS || !self.connections.read_one(now) {
                break;
            }
        }
        // After those that were closed before a new one came: they leave it their room.
        for (interface, port) in self.ports.iter_mut().enumerate() {
            let Socket::Tcp(listener) = &mut port.socket else { continue };
            listener.accept(&mut self.connections, interface_of(interface), now);
        }
    }

    /// Hands over what has come: at most so many datagrams, and as many arrivals of connections, so that neither keeps the
    /// other waiting.
    pub(crate) fn hand_over(
        &mut self,
        batch: usize,
        now: Timestamp,
        mut take: impl FnMut(Arrival),
    ) {
        let waited = |since| now.saturating_since(since);
        let of_streams = self.connections.waiting_since().map(waited);
        while let Some(ticket) = self.unsent.pop_front() {
            take(Arrival::Unsent(ticket));
        }
        for _ in 0..batch {
            let Some(arrival) = self.connections.poll_arrival() else { break };
            take(arrival);
        }
        let mut of_datagrams = None;
        for _ in 0..batch {
            let Some(Waiting { since, flow, octets }) = self.held.pop() else { break };
            let waited = waited(since);
            // Who floods waits longer than others; only if all wait, there is too much of everything.
            of_datagrams = Some(of_datagrams.map_or(waited, |least: Duration| least.min(waited)));
            take(Arrival::Datagram(flow, octets, waited));
        }
        self.backlog = of_datagrams.max(of_streams).unwrap_or_default();
    }

    /// Returns whether there is something that can be handed over without waiting for the poll.
    pub(crate) fn has_more(&self) -> bool {
        !self.held.is_empty()
            || !self.unsent.is_empty()
            || self.connections.has_arrivals()
            || self.connections.waiting_since().is_some()
            || self.ports.iter().any(|port| match &port.socket {
                Socket::Udp(port) => port.is_readable,
                Socket::Tcp(listener) => listener.has_more(),
            })
    }

    /// Writes what waits for connections.
    pub(crate) fn flush(&mut self, now: Timestamp) {
        self.connections.flush(now);
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        self.connections.handle_timeout(now);
        for port in &mut self.ports {
            if let Socket::Tcp(listener) = &mut port.socket {
                listener.handle_timeout(now);
            }
        }
    }

    /// Closes those of some idle connections that no flow needs.
    pub(crate) fn close_unused(&mut self, idle: &[Flow], needed: impl Iterator<Item = Flow>) {
        self.connections.close_unused(idle, needed);
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        let paused = self.ports.iter().filter_map(|port| match &port.socket {
            Socket::Udp(_) => None,
            Socket::Tcp(listener) => listener.poll_timeout(),
        });
        paused.chain(self.connections.poll_timeout()).min()
    }

    /// Returns how long everything that was handed out last had waited here for its turn.
    pub(crate) const fn backlog(&self) -> Duration {
        self.backlog
    }

    /// Returns our sockets, as others see them.
    pub(crate) fn interfaces(&self) -> Vec<Interface> {
        self.ports.iter().map(|port| port.interface).collect()
    }

    /// Returns the addresses that the sockets are bound to.
    pub(crate) fn locals(&self) -> impl Iterator<Item = (Carrier, SocketAddr)> {
        self.ports.iter().map(|port| (port.interface.carrier, port.local))
    }
}

/// Returns which of our sockets is at this place; there are never more than can be counted.
fn interface_of(place: usize) -> InterfaceId {
    InterfaceId::new(u16::try_from(place).unwrap_or(u16::MAX))
}

impl Port {
    fn open(
        listen: &Listen,
        carrier: Carrier,
        socket: socket2::Socket,
        token: Token,
        registry: &Registry,
    ) -> Result<Self, BindError> {
        let refused = |error| BindError::Refused(*listen, error);
        let local = socket.local_addr().map_err(refused)?.as_socket().unwrap_or(listen.address);
        let interface = Interface::new(carrier, listen.advertised(local)?);
        let socket = match carrier {
            Carrier::Udp => {
                Socket::Udp(UdpPort::new(socket.into(), token, registry).map_err(refused)?)
            }
            _ => Socket::Tcp(Listener::new(socket.into(), token, registry).map_err(refused)?),
        };
        Ok(Self { local, interface, socket })
    }
}

#[cfg(test)]
mod tests;
