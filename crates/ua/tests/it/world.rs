//! Endpoints and proxies on a network, in virtual time.

use std::{fmt::Write as _, net::SocketAddr};

use bytes::Bytes;
use centrala_sip::{Message, NameAddr};
use centrala_testkit::{Ladder, Network, NetworkConfig, Path, Sent};
use centrala_time::Timestamp;
use centrala_ua::{
    Algorithm, CallId, EndCause, Endpoint, EndpointConfig, Event, Ha1, IncomingCall, OutgoingCall,
    Output, Strangers, User,
};
use core::time::Duration;

use crate::{
    proxy::{Proxy, ProxyConfig},
    station::{Agent, Parcel, Station},
};

pub(crate) const REALM: &str = "office";

/// Any number of endpoints and proxies, a network between them, and what they told.
pub(crate) struct World {
    inner: centrala_testkit::World<Station>,
    /// In the order in which they came.
    names: Vec<(SocketAddr, &'static str)>,
}

impl World {
    pub(crate) fn new(config: NetworkConfig, seed: u64) -> Self {
        Self { inner: centrala_testkit::World::new(config, seed), names: Vec::new() }
    }

    /// Alice and Bob, who may call each other, without losses.
    pub(crate) fn alice_and_bob() -> Self {
        let mut world = Self::new(NetworkConfig::default(), 1);
        world.add("alice", ALICE, phone(ALICE));
        world.add("bob", BOB, phone(BOB));
        world
    }

    /// Adds an endpoint; one at the same address is replaced.
    pub(crate) fn add(&mut self, name: &'static str, address: &str, config: EndpointConfig) {
        let address: SocketAddr = address.parse().unwrap();
        self.name(name, address);
        let seed = [u8::try_from(self.names.len()).unwrap(); 32];
        let agent = Agent::new(config, address, seed);
        self.inner.add(&[address], Station::Agent(Box::new(agent)));
    }

    pub(crate) fn add_proxy(&mut self, name: &'static str, config: ProxyConfig) {
        let address = config.address;
        self.name(name, address);
        self.inner.add(&[address], Station::Proxy(Box::new(Proxy::new(config))));
    }

    fn name(&mut self, name: &'static str, address: SocketAddr) {
        self.names.retain(|(at, _)| *at != address);
        self.names.push((address, name));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.now()
    }

    /// Lets the user of an endpoint do something.
    pub(crate) fn at<T>(
        &mut self,
        address: &str,
        act: impl FnOnce(&mut Endpoint, Timestamp) -> T,
    ) -> T {
        let address: SocketAddr = address.parse().unwrap();
        let result = self.inner.act(address, |station, now| match station {
            Station::Agent(agent) => act(&mut agent.endpoint, now),
            Station::Proxy(_) => panic!("a proxy has no user"),
        });
        result.unwrap()
    }

    pub(crate) fn peek(&self, address: &str) -> &Endpoint {
        match self.inner.node(address.parse().unwrap()) {
            Some(Station::Agent(agent)) => &agent.endpoint,
            Some(Station::Proxy(_)) | None => panic!("no endpoint at {address}"),
        }
    }

    /// An endpoint, to change it behind the back of the network.
    pub(crate) fn endpoint(&mut self, address: &str) -> &mut Endpoint {
        match self.inner.node_mut(address.parse().unwrap()) {
            Some(Station::Agent(agent)) => &mut agent.endpoint,
            Some(Station::Proxy(_)) | None => panic!("no endpoint at {address}"),
        }
    }

    /// Puts a datagram in front of an endpoint, and returns what it sends at once. That goes nowhere else.
    pub(crate) fn inject(&mut self, from: &str, to: &str, datagram: &str) -> Vec<Message> {
        let (source, now): (SocketAddr, Timestamp) = (from.parse().unwrap(), self.now());
        let endpoint = self.endpoint(to);
        endpoint.handle_datagram(source.into(), Bytes::copy_from_slice(datagram.as_bytes()), now);
        let (mut sent, mut told) = (Vec::new(), Vec::new());
        while let Some(output) = endpoint.poll_output() {
            match output {
                Output::Send { destination, datagram, .. } => {
                    assert_eq!(destination.remote(), source, "answers go back");
                    sent.push(Message::parse(datagram).unwrap());
                }
                Output::Event(event) => told.push(event),
                _ => unreachable!("there are no other outputs"),
            }
        }
        told.into_iter().for_each(|event| self.inner.push_event(to.parse().unwrap(), event));
        sent
    }

    /// Sends a message that somebody has written by hand.
    pub(crate) fn send_by_hand(&mut self, from: &str, to: &str, text: &str) {
        let path = Path::datagram(to.parse().unwrap());
        let parcel = Parcel::new(Bytes::copy_from_slice(text.as_bytes()));
        self.inner.send(from.parse().unwrap(), path, parcel);
    }

    /// Forgets the first messages that were sent.
    pub(crate) fn forget_sent(&mut self, count: usize) {
        self.inner.take_sent_until(count);
    }

    /// Lets time pass until `duration` is over.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        self.inner.run_for(duration);
    }

    pub(crate) fn run_millis(&mut self, millis: u64) {
        self.run_for(Duration::from_millis(millis));
    }

    /// Lets time pass until nothing is left to happen.
    pub(crate) fn run_to_rest(&mut self) {
        self.inner.run_to_rest();
    }

    /// Loses everything from one to another until it is mended.
    pub(crate) fn cut(&mut self, from: &str, to: &str) {
        self.network().cut(from.parse().unwrap(), to.parse().unwrap());
    }

    pub(crate) fn mend(&mut self, from: &str, to: &str) {
        self.network().mend(from.parse().unwrap(), to.parse().unwrap());
    }

    fn network(&mut self) -> &mut Network<Parcel> {
        self.inner.network_mut()
    }

    /// Breaks the connections between two endpoints.
    pub(crate) fn break_streams(&mut self, one: &str, other: &str) -> usize {
        self.inner.break_streams(one.parse().unwrap(), other.parse().unwrap())
    }

    /// Takes all events so far.
    pub(crate) fn events(&mut self) -> Vec<(SocketAddr, Event)> {
        self.inner.take_events()
    }

    /// Takes the events of an endpoint so far.
    pub(crate) fn events_at(&mut self, address: &str) -> Vec<Event> {
        self.inner.take_events_of(address.parse().unwrap())
    }

    /// Takes the first incoming call that was told to an endpoint.
    pub(crate) fn incoming(&mut self, address: &str) -> IncomingCall {
        let events = self.events_at(address);
        let found = events.into_iter().find_map(|event| match event {
            Event::Incoming(incoming) => Some(*incoming),
            _ => None,
        });
        found.expect("a call came in")
    }

    /// Nothing is left: no call, no transaction.
    #[track_caller]
    pub(crate) fn assert_empty(&self) {
        for (address, station) in self.inner.nodes() {
            match station {
                Station::Agent(agent) => {
                    let endpoint = &agent.endpoint;
                    let left = (endpoint.call_count(), endpoint.transaction_count());
                    assert_eq!(left, (0, 0), "{address}");
                    let left = (endpoint.watcher_count(), endpoint.subscription_count());
                    assert_eq!(left, (0, 0), "{address}");
                    assert_eq!(endpoint.statistics().unsendable, 0, "{address}");
                }
                Station::Proxy(proxy) => assert_eq!(proxy.transaction_count(), 0, "{address}"),
            }
        }
    }

    /// What was sent so far.
    pub(crate) fn sent(&self) -> &[Sent<Parcel>] {
        self.inner.sent()
    }

    /// The messages that were sent so far, a line each.
    pub(crate) fn take_ladder(&mut self) -> String {
        let mut ladder = String::new();
        for sent in self.inner.take_sent() {
            let name = |address| self.column(address).map_or("?", |column| self.names[column].1);
            let (left, right, what) = (name(sent.from), name(sent.to), describe(&sent));
            let seconds = sent.at.since_start().as_secs_f64();
            let _ = writeln!(ladder, "{seconds:8.3}  {left:>6} -> {right:<6}  {what}");
        }
        ladder
    }

    /// The figure of what was sent so far, with a number for each message as the RFCs have it. A 100 from a telephone
    /// gets none: those in the figures of RFC 3665 send none.
    pub(crate) fn take_figure(&mut self) -> String {
        let mut ladder = Ladder::new(self.names.iter().map(|(_, name)| *name));
        let mut number = 0;
        for sent in self.inner.take_sent() {
            let (from, to) = (self.column(sent.from).unwrap(), self.column(sent.to).unwrap());
            let label = brief(&sent);
            let is_agent = matches!(self.inner.node(sent.from), Some(Station::Agent(_)));
            if is_agent && label == "100 Trying" {
                ladder.arrow(from, to, format!("({label})"));
            } else {
                number += 1;
                ladder.arrow(from, to, format!("{label} F{number}"));
            }
        }
        ladder.to_string()
    }

    fn column(&self, address: SocketAddr) -> Option<usize> {
        self.names.iter().position(|(at, _)| *at == address)
    }

    pub(crate) fn next_instant(&self) -> Option<Timestamp> {
        self.inner.poll_timeout()
    }
}

pub(crate) const ALICE: &str = "192.0.2.1:5060";
pub(crate) const BOB: &str = "192.0.2.2:5060";
pub(crate) const OFFICE: &str = "192.0.2.10:5060";

/// A phone: whoever calls may ring it.
pub(crate) fn phone(address: &str) -> EndpointConfig {
    let mut config = EndpointConfig::new(address.parse().unwrap());
    config.strangers = Strangers::Admit;
    config
}

/// A PBX with users of the given algorithm; each password is the name, repeated.
pub(crate) fn office(users: &[&str], algorithm: Algorithm) -> EndpointConfig {
    let mut config = EndpointConfig::new(OFFICE.parse().unwrap());
    config.realm = REALM.to_owned();
    config.algorithms = vec![algorithm];
    for user in users {
        let secret = Ha1::new(algorithm, user, REALM, &password(user));
        config.users.insert((*user).to_owned(), User::new(vec![secret]));
    }
    config
}

pub(crate) fn password(user: &str) -> String {
    format!("{user}{user}")
}

/// A call from one user to another, straight to an address.
pub(crate) fn call(from: &str, to: &str, destination: &str) -> OutgoingCall {
    let from: NameAddr = format!("\"{from}\" <sip:{from}@example.com>").parse().unwrap();
    let uri = format!("sip:{to}@{destination}").parse().unwrap();
    OutgoingCall::new(uri, destination.parse().unwrap(), from, Bytes::from_static(OFFER))
}

pub(crate) const OFFER: &[u8] = b"v=0 offer";
pub(crate) const ANSWER: &[u8] = b"v=0 answer";

pub(crate) fn body(text: &[u8]) -> Bytes {
    Bytes::copy_from_slice(text)
}

/// The end of a call among events, which comes exactly once.
#[track_caller]
pub(crate) fn the_end(events: &[Event], call: CallId) -> EndCause {
    let mut ends = events.iter().filter_map(|event| match event {
        Event::Ended { call: ended, cause } if *ended == call => Some(cause.clone()),
        _ => None,
    });
    let end = ends.next().unwrap_or_else(|| panic!("no end of {call:?} in {events:?}"));
    assert_eq!(ends.next(), None, "a call ends once");
    end
}

/// The message that was sent.
pub(crate) fn message(sent: &Sent<Parcel>) -> Message {
    Message::parse(sent.datagram.octets.clone()).expect("what is sent can be read")
}

fn brief(sent: &Sent<Parcel>) -> String {
    match message(sent) {
        Message::Request(request) => request.method().to_string(),
        Message::Response(response) => {
            format!("{} {}", response.status(), String::from_utf8_lossy(response.reason()))
        }
    }
}

fn describe(sent: &Sent<Parcel>) -> String {
    match message(sent) {
        Message::Request(request) => {
            let sequence = request.cseq().map_or(0, |cseq| cseq.number());
            let auth =
                if request.credentials().next().is_some() { " with credentials" } else { "" };
            let sdp = if request.body().is_empty() { "" } else { " with a body" };
            format!("{} ({sequence}){auth}{sdp}", request.method())
        }
        Message::Response(response) => {
            let cseq = response.cseq().map(|cseq| cseq.to_string()).unwrap_or_default();
            let sdp = if response.body().is_empty() { "" } else { " with a body" };
            let reason = String::from_utf8_lossy(response.reason()).into_owned();
            format!("{} {reason} ({cseq}){sdp}", response.status())
        }
    }
}
