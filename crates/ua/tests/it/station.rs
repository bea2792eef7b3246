//! What can stand on the network of a test: an endpoint behind its sockets, or a proxy.

use std::{collections::BTreeMap, net::SocketAddr};

use bytes::Bytes;
use centrala_sip::{Limits, StreamFramer};
use centrala_testkit::{Medium, Node, NodeOutput, Path};
use centrala_time::Timestamp;
use centrala_ua::{
    Carrier, ConnectionId, Endpoint, EndpointConfig, Event, Flow, InterfaceId, Output, Ticket,
};

use crate::proxy::Proxy;

/// What goes over the network, with what an endpoint wants to hear if it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parcel {
    pub(crate) octets: Bytes,
    ticket: Option<Ticket>,
}

impl Parcel {
    pub(crate) const fn new(octets: Bytes) -> Self {
        Self { octets, ticket: None }
    }
}

/// Somebody on the network.
#[derive(Debug)]
pub(crate) enum Station {
    Agent(Box<Agent>),
    Proxy(Box<Proxy>),
}

/// An endpoint and its sockets.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) endpoint: Endpoint,
    /// The addresses of its interfaces, in their order.
    sockets: Vec<(Carrier, SocketAddr)>,
    framers: BTreeMap<u64, StreamFramer>,
}

impl Agent {
    /// Returns an endpoint whose sockets all have the same address.
    pub(crate) fn new(config: EndpointConfig, address: SocketAddr, seed: [u8; 32]) -> Self {
        let sockets = config.interfaces.iter().map(|one| (one.carrier, address)).collect();
        let endpoint = Endpoint::new(config, seed, Timestamp::ZERO);
        Self { endpoint, sockets, framers: BTreeMap::new() }
    }

    fn flow(&self, path: Path) -> Flow {
        let carrier = match path.medium {
            Medium::Datagram => Carrier::Udp,
            Medium::Stream(_) => Carrier::Tcp,
        };
        let interface = self.sockets.iter().position(|(one, _)| *one == carrier).unwrap();
        let interface = InterfaceId::new(u16::try_from(interface).unwrap());
        match path.medium {
            Medium::Datagram => Flow::datagram(interface, path.remote),
            Medium::Stream(number) => {
                Flow::stream(interface, path.remote, ConnectionId::new(number.unwrap()))
            }
        }
    }

    fn handle_datagram(&mut self, path: Path, octets: Bytes, now: Timestamp) {
        let flow = self.flow(path);
        let Medium::Stream(Some(number)) = path.medium else {
            self.endpoint.handle_datagram(flow, octets, now);
            return;
        };
        let new = || StreamFramer::new(Limits::default());
        let framer = self.framers.entry(number).or_insert_with(new);
        framer.handle_data(&octets);
        while let Some(frame) = framer.poll_frame() {
            self.endpoint.handle_frame(flow, frame.unwrap(), now);
        }
    }

    fn poll_output(&mut self) -> Option<NodeOutput<Parcel, Event>> {
        Some(match self.endpoint.poll_output()? {
            Output::Send { destination, datagram: octets, ticket, .. } => {
                NodeOutput::Send(path(destination), Parcel { octets, ticket })
            }
            Output::Event(event) => NodeOutput::Event(event),
            _ => unreachable!("there are no other outputs"),
        })
    }
}

fn path(flow: Flow) -> Path {
    match flow.carrier() {
        Carrier::Udp => Path::datagram(flow.remote()),
        Carrier::Tcp => {
            let medium = Medium::Stream(flow.connection().map(ConnectionId::number));
            Path { local: None, remote: flow.remote(), medium }
        }
        _ => unreachable!("there are no other carriers"),
    }
}

impl Node for Station {
    type Datagram = Parcel;
    type Event = Event;

    fn handle_datagram(&mut self, path: Path, parcel: Parcel, now: Timestamp) {
        match self {
            Self::Agent(agent) => agent.handle_datagram(path, parcel.octets, now),
            Self::Proxy(proxy) => proxy.handle_datagram(path, parcel.octets, now),
        }
    }

    fn handle_disconnect(&mut self, path: Path, _: Timestamp) {
        if let (Self::Agent(agent), Medium::Stream(Some(number))) = (self, path.medium) {
            agent.framers.remove(&number);
        }
    }

    fn handle_unsent(&mut self, _: Path, parcel: Parcel, now: Timestamp) {
        if let (Self::Agent(agent), Some(ticket)) = (self, parcel.ticket) {
            agent.endpoint.handle_unsent(ticket, now);
        }
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        match self {
            Self::Agent(agent) => agent.endpoint.handle_timeout(now),
            Self::Proxy(proxy) => proxy.handle_timeout(now),
        }
        let next = self.poll_timeout();
        assert!(next.is_none_or(|next| next > now), "it is called again at once: {next:?}");
    }

    fn poll_output(&mut self) -> Option<NodeOutput<Parcel, Event>> {
        match self {
            Self::Agent(agent) => agent.poll_output(),
            Self::Proxy(proxy) => proxy
                .poll_output()
                .map(|(to, octets)| NodeOutput::Send(Path::datagram(to), Parcel::new(octets))),
        }
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        match self {
            Self::Agent(agent) => agent.endpoint.poll_timeout(),
            Self::Proxy(proxy) => proxy.poll_timeout(),
        }
    }
}
