//! Endpoints on a network, in virtual time.

use std::{collections::BTreeMap, fmt::Write as _, net::SocketAddr};

use bytes::Bytes;
use centrala_sip::{Message, NameAddr};
use centrala_testkit::{Network, NetworkConfig, VirtualClock};
use centrala_time::Timestamp;
use centrala_ua::{
    Algorithm, CallId, EndCause, Endpoint, EndpointConfig, Event, Ha1, IncomingCall, OutgoingCall,
    Output, Strangers, User,
};
use core::time::Duration;

pub(crate) const REALM: &str = "office";

/// Any number of endpoints, a network between them, and what they told.
pub(crate) struct World {
    pub(crate) clock: VirtualClock,
    pub(crate) network: Network<Bytes>,
    pub(crate) endpoints: BTreeMap<SocketAddr, Endpoint>,
    pub(crate) events: Vec<(SocketAddr, Event)>,
    names: BTreeMap<SocketAddr, &'static str>,
    ladder: String,
    datagrams: usize,
}

impl World {
    pub(crate) fn new(config: NetworkConfig, seed: u64) -> Self {
        Self {
            clock: VirtualClock::new(),
            network: Network::new(config, seed),
            endpoints: BTreeMap::new(),
            events: Vec::new(),
            names: BTreeMap::new(),
            ladder: String::new(),
            datagrams: 0,
        }
    }

    /// Alice and Bob, who may call each other, without losses.
    pub(crate) fn alice_and_bob() -> Self {
        let mut world = Self::new(NetworkConfig::default(), 1);
        world.add("alice", ALICE, phone(ALICE));
        world.add("bob", BOB, phone(BOB));
        world
    }

    pub(crate) fn add(&mut self, name: &'static str, address: &str, config: EndpointConfig) {
        let address: SocketAddr = address.parse().unwrap();
        let seed = [u8::try_from(self.endpoints.len() + 1).unwrap(); 32];
        self.endpoints.insert(address, Endpoint::new(config, seed, self.now()));
        self.names.insert(address, name);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets the user of an endpoint do something.
    pub(crate) fn at<T>(
        &mut self,
        address: &str,
        act: impl FnOnce(&mut Endpoint, Timestamp) -> T,
    ) -> T {
        let address: SocketAddr = address.parse().unwrap();
        let now = self.now();
        let result = act(self.endpoints.get_mut(&address).unwrap(), now);
        self.drain(address);
        result
    }

    /// Puts a datagram in front of an endpoint, and returns what it sends at once.
    pub(crate) fn inject(&mut self, from: &str, to: &str, datagram: &str) -> Vec<Message> {
        let (from, to): (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
        let now = self.now();
        let endpoint = self.endpoints.get_mut(&to).unwrap();
        endpoint.handle_datagram(from.into(), Bytes::copy_from_slice(datagram.as_bytes()), now);
        let mut sent = Vec::new();
        while let Some(output) = endpoint.poll_output() {
            match output {
                Output::Send { destination, datagram, .. } => {
                    assert_eq!(destination.remote(), from, "answers go back");
                    sent.push(Message::parse(datagram).unwrap());
                }
                Output::Event(event) => self.events.push((to, event)),
                _ => unreachable!("there are no other outputs"),
            }
        }
        sent
    }

    /// Lets time pass until `duration` is over.
    pub(crate) fn run_for(&mut self, duration: Duration) {
        let end = self.now() + duration;
        while let Some(next) = self.next_instant().filter(|next| *next <= end) {
            self.step(next);
        }
        self.clock.advance_to(end);
    }

    pub(crate) fn run_millis(&mut self, millis: u64) {
        self.run_for(Duration::from_millis(millis));
    }

    /// Lets time pass until nothing is left to happen.
    pub(crate) fn run_to_rest(&mut self) {
        let mut steps = 0;
        while let Some(next) = self.next_instant() {
            self.step(next);
            steps += 1;
            assert!(steps < 100_000, "no rest");
        }
    }

    /// Takes the events of an endpoint so far.
    pub(crate) fn events_at(&mut self, address: &str) -> Vec<Event> {
        let address: SocketAddr = address.parse().unwrap();
        let all = core::mem::take(&mut self.events);
        let (own, others) = all.into_iter().partition(|(at, _)| *at == address);
        self.events = others;
        let own: Vec<(SocketAddr, Event)> = own;
        own.into_iter().map(|(_, event)| event).collect()
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
        for (address, endpoint) in &self.endpoints {
            assert_eq!((endpoint.call_count(), endpoint.transaction_count()), (0, 0), "{address}");
            assert_eq!(endpoint.statistics().unsendable, 0, "{address}");
        }
    }

    /// The messages that were sent so far, a line each.
    pub(crate) fn take_ladder(&mut self) -> String {
        core::mem::take(&mut self.ladder)
    }

    pub(crate) fn datagrams(&self) -> usize {
        self.datagrams
    }

    pub(crate) fn next_instant(&self) -> Option<Timestamp> {
        let timeouts = self.endpoints.values().filter_map(Endpoint::poll_timeout);
        timeouts.chain(self.network.poll_timeout()).min()
    }

    pub(crate) fn step(&mut self, instant: Timestamp) {
        self.clock.advance_to(instant);
        let now = self.now();
        while let Some(delivery) = self.network.poll_output(now) {
            if let Some(endpoint) = self.endpoints.get_mut(&delivery.destination) {
                endpoint.handle_datagram(delivery.source.into(), delivery.datagram, now);
                self.drain(delivery.destination);
            }
        }
        let addresses: Vec<_> = self.endpoints.keys().copied().collect();
        for address in addresses {
            if let Some(endpoint) = self.endpoints.get_mut(&address)
                && endpoint.poll_timeout().is_some_and(|timeout| timeout <= now)
            {
                endpoint.handle_timeout(now);
                self.drain(address);
            }
        }
    }

    pub(crate) fn drain(&mut self, address: SocketAddr) {
        let now = self.now();
        let Some(endpoint) = self.endpoints.get_mut(&address) else { return };
        let mut outputs = 0;
        while let Some(output) = endpoint.poll_output() {
            outputs += 1;
            assert!(outputs < 1_000, "outputs of one input are bounded");
            match output {
                Output::Send { destination, datagram, .. } => {
                    self.datagrams += 1;
                    let destination = destination.remote();
                    note(&mut self.ladder, &self.names, (now, address, destination), &datagram);
                    self.network.handle_send(address, destination, datagram, now);
                }
                Output::Event(event) => self.events.push((address, event)),
                _ => unreachable!("there are no other outputs"),
            }
        }
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

fn note(
    ladder: &mut String,
    names: &BTreeMap<SocketAddr, &'static str>,
    (now, from, to): (Timestamp, SocketAddr, SocketAddr),
    datagram: &Bytes,
) {
    let name = |address| names.get(&address).copied().unwrap_or("?");
    let what = match Message::parse(datagram.clone()) {
        Ok(Message::Request(request)) => {
            let sequence = request.cseq().map_or(0, |cseq| cseq.number());
            let auth =
                if request.credentials().next().is_some() { " with credentials" } else { "" };
            let sdp = if request.body().is_empty() { "" } else { " with a body" };
            format!("{} ({sequence}){auth}{sdp}", request.method())
        }
        Ok(Message::Response(response)) => {
            let cseq = response.cseq().map(|cseq| cseq.to_string()).unwrap_or_default();
            let sdp = if response.body().is_empty() { "" } else { " with a body" };
            let reason = String::from_utf8_lossy(response.reason()).into_owned();
            format!("{} {reason} ({cseq}){sdp}", response.status())
        }
        Err(error) => panic!("a message that cannot be read was sent: {error}"),
    };
    let (left, right) = (name(from), name(to));
    let seconds = now.since_start().as_secs_f64();
    let _ = writeln!(ladder, "{seconds:8.3}  {left:>6} -> {right:<6}  {what}");
}
