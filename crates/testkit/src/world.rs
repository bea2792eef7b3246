//! Machines on a network, in virtual time.

use core::{net::SocketAddr, time::Duration};
use std::collections::{BTreeMap, VecDeque};

use centrala_time::Timestamp;

use crate::{
    Medium, Network, NetworkConfig, Path, StreamDelivery, StreamNews, Streams, VirtualClock,
};

/// A machine that a [`World`] can drive: feed one thing, drain, sleep until the timeout or the next input.
pub trait Node {
    /// What it sends.
    type Datagram: Clone;
    /// What it tells its user.
    type Event;

    /// A message came.
    fn handle_datagram(&mut self, path: Path, datagram: Self::Datagram, now: Timestamp);

    /// A connection has ended. The default does nothing.
    fn handle_disconnect(&mut self, path: Path, now: Timestamp) {
        let _ = (path, now);
    }

    /// There was nobody to connect to, so that this was not sent. The default does nothing.
    fn handle_unsent(&mut self, path: Path, datagram: Self::Datagram, now: Timestamp) {
        let _ = (path, datagram, now);
    }

    /// Time has passed.
    fn handle_timeout(&mut self, now: Timestamp);

    /// Returns the next thing to do.
    fn poll_output(&mut self) -> Option<NodeOutput<Self::Datagram, Self::Event>>;

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    fn poll_timeout(&self) -> Option<Timestamp>;
}

/// What a [`Node`] wants.
#[expect(clippy::exhaustive_enums, reason = "a machine speaks to the network or to its user")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeOutput<D, E> {
    /// To send a message.
    Send(Path, D),
    /// To tell something.
    Event(E),
}

/// A message that was sent.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent<D> {
    /// When.
    pub at: Timestamp,
    /// The first address of who sent it.
    pub from: SocketAddr,
    /// The first address of who it is for; where it goes, if nobody is there.
    pub to: SocketAddr,
    /// Whether it goes on a connection.
    pub on_stream: bool,
    /// What was sent.
    pub datagram: D,
}

/// Outputs of one input, after which a machine is taken to produce them for ever.
const MAX_BURST: usize = 1_000;
/// Steps after which the world is taken not to come to rest.
const MAX_STEPS: usize = 1_000_000;
/// The first port that connections go out from.
const FIRST_EPHEMERAL_PORT: u16 = 49_152;

/// Any number of machines, the network between them, what they have sent and what they have told.
///
/// ```
/// use core::net::SocketAddr;
/// use centrala_testkit::{NetworkConfig, Node, NodeOutput, Path, World};
/// use centrala_time::Timestamp;
///
/// /// Counts down together with another.
/// struct Counter { sends: Option<(Path, u8)>, heard: Option<u8> }
///
/// impl Node for Counter {
///     type Datagram = u8;
///     type Event = u8;
///     fn handle_datagram(&mut self, path: Path, number: u8, _: Timestamp) {
///         self.heard = Some(number);
///         self.sends = number.checked_sub(1).map(|less| (path, less));
///     }
///     fn handle_timeout(&mut self, _: Timestamp) {}
///     fn poll_output(&mut self) -> Option<NodeOutput<u8, u8>> {
///         let sends = self.sends.take().map(|(path, number)| NodeOutput::Send(path, number));
///         sends.or_else(|| self.heard.take().map(NodeOutput::Event))
///     }
///     fn poll_timeout(&self) -> Option<Timestamp> { None }
/// }
///
/// let (alice, bob): (SocketAddr, SocketAddr) = ("192.0.2.1:5060".parse()?, "192.0.2.2:5060".parse()?);
/// let mut world = World::new(NetworkConfig::default(), 7);
/// world.add(&[alice], Counter { sends: None, heard: None });
/// world.add(&[bob], Counter { sends: None, heard: None });
/// world.act(alice, |counter, _| counter.sends = Some((Path::datagram(bob), 2)));
/// world.run_to_rest();
/// assert_eq!(world.take_events(), [(bob, 2), (alice, 1), (bob, 0)]);
/// assert_eq!(world.now(), Timestamp::from_millis(15));
/// # Ok::<(), core::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct World<N: Node> {
    clock: VirtualClock,
    network: Network<N::Datagram>,
    streams: Streams<N::Datagram>,
    /// By the first address of each.
    nodes: BTreeMap<SocketAddr, N>,
    /// The first address of the node behind each address.
    sockets: BTreeMap<SocketAddr, SocketAddr>,
    /// The same for the ports that connections go out from: nobody listens there.
    ports: BTreeMap<SocketAddr, SocketAddr>,
    next_port: u16,
    events: Vec<(SocketAddr, N::Event)>,
    sent: Vec<Sent<N::Datagram>>,
    longest_burst: usize,
}

impl<N: Node> World<N> {
    /// Returns a world without machines, whose network misbehaves by `seed`.
    #[must_use]
    pub fn new(config: NetworkConfig, seed: u64) -> Self {
        Self {
            clock: VirtualClock::new(),
            streams: Streams::new(config.clone(), seed),
            network: Network::new(config, seed),
            nodes: BTreeMap::new(),
            sockets: BTreeMap::new(),
            ports: BTreeMap::new(),
            next_port: FIRST_EPHEMERAL_PORT,
            events: Vec::new(),
            sent: Vec::new(),
            longest_burst: 0,
        }
    }

    /// Adds a machine that listens at these addresses. It is known by the first one; without any it is dropped.
    pub fn add(&mut self, addresses: &[SocketAddr], node: N) {
        let Some(&first) = addresses.first() else { return };
        self.sockets.extend(addresses.iter().map(|address| (*address, first)));
        self.nodes.insert(first, node);
        self.drain(first);
    }

    /// Takes a machine away, as when its power fails: its connections break, and datagrams to it are lost.
    pub fn remove(&mut self, address: SocketAddr) -> Option<N> {
        let node = self.nodes.remove(&address)?;
        self.sockets.retain(|_, first| *first != address);
        self.ports.retain(|_, first| *first != address);
        let now = self.now();
        let ends = |streams: &Streams<_>, number| streams.ends(number).unwrap_or([address; 2]);
        let all: Vec<_> = self.streams.connections().collect();
        for connection in all {
            if ends(&self.streams, connection).iter().any(|end| self.owner(*end).is_none()) {
                self.streams.cut(connection, now);
            }
        }
        Some(node)
    }

    /// Lets the user of a machine do something, and takes what follows at once. `None` if there is no such machine.
    pub fn act<T>(
        &mut self,
        address: SocketAddr,
        act: impl FnOnce(&mut N, Timestamp) -> T,
    ) -> Option<T> {
        let now = self.now();
        let result = act(self.nodes.get_mut(&address)?, now);
        self.drain(address);
        Some(result)
    }

    /// Puts a datagram in front of a machine, as if it had come from `source` just now.
    pub fn inject(&mut self, source: SocketAddr, address: SocketAddr, datagram: N::Datagram) {
        let path = Path::datagram(source).from(address);
        self.deliver(address, |node, now| node.handle_datagram(path, datagram, now));
    }

    /// Lets time pass until `duration` is over.
    pub fn run_for(&mut self, duration: Duration) {
        let end = self.now() + duration;
        while let Some(next) = self.poll_timeout().filter(|next| *next <= end) {
            self.step(next);
        }
        self.clock.advance_to(end);
    }

    /// Lets time pass until nothing is left to happen, or until `limit`. Returns whether there is rest.
    ///
    /// # Panics
    ///
    /// If a machine never rests, or asks to be called at a time that has passed, for ever.
    pub fn run_until(&mut self, limit: Timestamp) -> bool {
        let mut steps = 0;
        while let Some(next) = self.poll_timeout() {
            if next > limit {
                return false;
            }
            self.step(next);
            steps += 1;
            assert!(steps < MAX_STEPS, "no rest after {steps} steps, at {:?}", self.now());
        }
        true
    }

    /// Lets time pass until nothing is left to happen.
    ///
    /// # Panics
    ///
    /// As [`run_until`](Self::run_until).
    pub fn run_to_rest(&mut self) {
        self.run_until(Timestamp::from_start(Duration::MAX));
    }

    /// Breaks all connections between two machines. Returns how many there were.
    pub fn break_streams(&mut self, one: SocketAddr, other: SocketAddr) -> usize {
        let now = self.now();
        let mut between = Vec::new();
        for connection in self.streams.connections() {
            let Some(ends) = self.streams.ends(connection) else { continue };
            let owners = ends.map(|end| self.owner(end));
            if owners == [Some(one), Some(other)] || owners == [Some(other), Some(one)] {
                between.push(connection);
            }
        }
        between.iter().for_each(|connection| self.streams.cut(*connection, now));
        between.len()
    }

    /// Notes an event of a machine, as if it had told it just now.
    pub fn push_event(&mut self, address: SocketAddr, event: N::Event) {
        self.events.push((address, event));
    }

    /// Takes what the machines have told so far, each with its address.
    pub fn take_events(&mut self) -> Vec<(SocketAddr, N::Event)> {
        core::mem::take(&mut self.events)
    }

    /// Takes what one machine has told so far.
    pub fn take_events_of(&mut self, address: SocketAddr) -> Vec<N::Event> {
        let all = self.take_events().into_iter();
        let (own, others): (Vec<_>, Vec<_>) = all.partition(|(at, _)| *at == address);
        self.events = others;
        own.into_iter().map(|(_, event)| event).collect()
    }

    /// Takes what was sent so far.
    pub fn take_sent(&mut self) -> Vec<Sent<N::Datagram>> {
        core::mem::take(&mut self.sent)
    }

    /// Takes the first `count` messages that were sent, and leaves the later ones.
    pub fn take_sent_until(&mut self, count: usize) -> Vec<Sent<N::Datagram>> {
        let later = self.sent.split_off(count.min(self.sent.len()));
        core::mem::replace(&mut self.sent, later)
    }

    /// Returns a machine, to change it behind the back of the world: what it wants to send waits for its next input.
    pub fn node_mut(&mut self, address: SocketAddr) -> Option<&mut N> {
        self.nodes.get_mut(&address)
    }

    /// Returns the network, to cut and to mend it.
    pub const fn network_mut(&mut self) -> &mut Network<N::Datagram> {
        &mut self.network
    }

    /// Returns what was sent so far.
    #[must_use]
    pub fn sent(&self) -> &[Sent<N::Datagram>] {
        &self.sent
    }

    /// Returns the present time.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns a machine.
    #[must_use]
    pub fn node(&self, address: SocketAddr) -> Option<&N> {
        self.nodes.get(&address)
    }

    /// Iterates over the machines.
    pub fn nodes(&self) -> impl Iterator<Item = (SocketAddr, &N)> {
        self.nodes.iter().map(|(address, node)| (*address, node))
    }

    /// Returns how many connections are open.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.streams.connections().count()
    }

    /// Returns the most outputs that one input had.
    #[must_use]
    pub const fn longest_burst(&self) -> usize {
        self.longest_burst
    }

    /// Returns when something happens next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let timeouts = self.nodes.values().filter_map(Node::poll_timeout);
        let network = self.network.poll_timeout().into_iter().chain(self.streams.poll_timeout());
        timeouts.chain(network).min()
    }

    /// Lets the time pass until `instant`, and what is due by then happen once.
    fn step(&mut self, instant: Timestamp) {
        self.clock.advance_to(instant);
        let now = self.now();
        while let Some(arrived) = self.network.poll_output(now) {
            let path = Path::datagram(arrived.source).from(arrived.destination);
            self.deliver(arrived.destination, |node, now| {
                node.handle_datagram(path, arrived.datagram, now);
            });
        }
        while let Some(arrived) = self.streams.poll_output(now) {
            let StreamDelivery { connection, source, destination, news } = arrived;
            let (local, medium) = (Some(destination), Medium::Stream(Some(connection)));
            let path = Path { local, remote: source, medium };
            self.deliver(destination, |node, now| match news {
                StreamNews::Arrived(data) => node.handle_datagram(path, data, now),
                StreamNews::Broken => node.handle_disconnect(path, now),
                StreamNews::Unsent(data) => node.handle_unsent(path, data, now),
            });
        }
        let due =
            self.nodes.iter().filter(|(_, node)| node.poll_timeout().is_some_and(|at| at <= now));
        let due: VecDeque<_> = due.map(|(address, _)| *address).collect();
        for address in due {
            self.deliver(address, |node, now| node.handle_timeout(now));
        }
    }

    fn deliver(&mut self, socket: SocketAddr, input: impl FnOnce(&mut N, Timestamp)) {
        let now = self.now();
        let Some(owner) = self.owner(socket) else { return };
        if let Some(node) = self.nodes.get_mut(&owner) {
            input(node, now);
        }
        self.drain(owner);
    }

    fn drain(&mut self, address: SocketAddr) {
        let mut burst = 0;
        while let Some(output) = self.nodes.get_mut(&address).and_then(Node::poll_output) {
            burst += 1;
            assert!(burst < MAX_BURST, "{address}: outputs of one input are bounded");
            match output {
                NodeOutput::Send(path, datagram) => self.send(address, path, datagram),
                NodeOutput::Event(event) => self.events.push((address, event)),
            }
        }
        self.longest_burst = self.longest_burst.max(burst);
    }

    /// Sends a message in the name of a machine.
    pub fn send(&mut self, from: SocketAddr, path: Path, datagram: N::Datagram) {
        let (now, local) = (self.now(), path.local.unwrap_or(from));
        let to = self.owner(path.remote).unwrap_or(path.remote);
        let on_stream = path.medium != Medium::Datagram;
        self.sent.push(Sent { at: now, from, to, on_stream, datagram: datagram.clone() });
        let Medium::Stream(wanted) = path.medium else {
            self.network.handle_send(local, path.remote, datagram, now);
            return;
        };
        let open = wanted.filter(|number| self.streams.ends(*number).is_some());
        let Some(connection) = open.or_else(|| self.connection(from, path.remote)) else {
            self.connect(from, local, path.remote, datagram);
            return;
        };
        let ends = self.streams.ends(connection).unwrap_or([local, path.remote]);
        let own = ends.into_iter().find(|end| self.owner(*end) == Some(from)).unwrap_or(local);
        self.streams.handle_send(connection, own, datagram, now);
    }

    /// Returns the connection of a machine to an address.
    fn connection(&self, from: SocketAddr, remote: SocketAddr) -> Option<u64> {
        self.streams.connections().find(|number| {
            self.streams.ends(*number).is_some_and(|[one, other]| {
                (self.owner(one) == Some(from) && other == remote)
                    || (self.owner(other) == Some(from) && one == remote)
            })
        })
    }

    /// Connects to an address from a port of its own, and sends something there.
    fn connect(&mut self, from: SocketAddr, local: SocketAddr, to: SocketAddr, data: N::Datagram) {
        let now = self.now();
        let port = SocketAddr::new(local.ip(), self.next_port);
        self.next_port = self.next_port.checked_add(1).unwrap_or(FIRST_EPHEMERAL_PORT);
        self.ports.insert(port, from);
        if self.sockets.contains_key(&to) {
            let connection = self.streams.open(port, to, now);
            self.streams.handle_send(connection, port, data, now);
        } else {
            self.streams.refuse(port, to, data, now);
        }
    }

    fn owner(&self, socket: SocketAddr) -> Option<SocketAddr> {
        self.sockets.get(&socket).or_else(|| self.ports.get(&socket)).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sends a number on, one less each time, and tells what it hears; wakes once.
    #[derive(Clone, Debug, Default)]
    struct Counter {
        outputs: VecDeque<NodeOutput<u8, String>>,
        wakes_at: Option<Timestamp>,
    }

    impl Node for Counter {
        type Datagram = u8;
        type Event = String;

        fn handle_datagram(&mut self, path: Path, number: u8, _: Timestamp) {
            self.outputs.push_back(NodeOutput::Event(format!("{number} from {path}")));
            if let Some(less) = number.checked_sub(1) {
                self.outputs.push_back(NodeOutput::Send(path, less));
            }
        }

        fn handle_disconnect(&mut self, path: Path, _: Timestamp) {
            self.outputs.push_back(NodeOutput::Event(format!("lost {path}")));
        }

        fn handle_unsent(&mut self, path: Path, number: u8, _: Timestamp) {
            self.outputs.push_back(NodeOutput::Event(format!("{number} unsent, {path}")));
        }

        fn handle_timeout(&mut self, now: Timestamp) {
            if self.wakes_at.is_some_and(|at| at <= now) {
                self.wakes_at = None;
                self.outputs.push_back(NodeOutput::Event("awake".to_owned()));
            }
        }

        fn poll_output(&mut self) -> Option<NodeOutput<u8, String>> {
            self.outputs.pop_front()
        }

        fn poll_timeout(&self) -> Option<Timestamp> {
            self.wakes_at
        }
    }

    const ALICE: &str = "192.0.2.1:5060";
    const BOB: &str = "192.0.2.2:5060";

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn world(config: NetworkConfig, seed: u64) -> World<Counter> {
        let mut world = World::new(config, seed);
        world.add(&[address(ALICE), address("192.0.2.1:5080")], Counter::default());
        world.add(&[address(BOB)], Counter::default());
        world
    }

    fn send(world: &mut World<Counter>, path: Path, number: u8) {
        world.act(address(ALICE), |alice, _| {
            alice.outputs.push_back(NodeOutput::Send(path, number));
        });
    }

    fn told(world: &mut World<Counter>) -> Vec<String> {
        world.take_events().into_iter().map(|(at, what)| format!("{at} {what}")).collect()
    }

    #[test]
    fn an_answer_comes_back_to_the_address_that_was_asked_from() {
        let mut world = world(NetworkConfig::default(), 1);
        let path = Path::datagram(address(BOB)).from(address("192.0.2.1:5080"));
        send(&mut world, path, 1);
        world.run_to_rest();
        let expected =
            ["192.0.2.2:5060 1 from 192.0.2.1:5080", "192.0.2.1:5060 0 from 192.0.2.2:5060"];
        assert_eq!(told(&mut world), expected);
    }

    #[test]
    fn a_connection_is_used_again_until_it_breaks_and_then_another_is_made() {
        let mut world = world(NetworkConfig::lossy(50), 1);
        for _ in 0..2 {
            send(&mut world, Path::stream(address(BOB)), 1);
            world.run_to_rest();
            let all = told(&mut world);
            assert_eq!(all.len(), 2, "{all:?}");
            assert!(all.iter().all(|one| one.ends_with("on connection 1")), "{all:?}");
        }
        assert_eq!(world.break_streams(address(ALICE), address(BOB)), 1);
        world.run_to_rest();
        assert_eq!(told(&mut world).len(), 2, "both have lost it");
        send(&mut world, Path::stream(address(BOB)), 0);
        world.run_to_rest();
        assert_eq!(told(&mut world), ["192.0.2.2:5060 0 from 192.0.2.1:49153 on connection 2"]);
        assert!(world.remove(address(BOB)).is_some());
        world.run_to_rest();
        assert_eq!(told(&mut world), ["192.0.2.1:5060 lost 192.0.2.2:5060 on connection 2"]);
        send(&mut world, Path::stream(address(BOB)), 0);
        world.run_to_rest();
        assert_eq!(told(&mut world), ["192.0.2.1:5060 0 unsent, 192.0.2.2:5060 on connection 3"]);
        assert_eq!(world.open_streams(), 0);
    }

    #[test]
    fn time_passes_from_one_event_to_the_next() {
        let mut world = world(NetworkConfig::default(), 1);
        let at = Timestamp::from_millis(700);
        world.act(address(ALICE), |alice, _| alice.wakes_at = Some(at));
        world.run_for(Duration::from_millis(600));
        assert!(world.take_events().is_empty());
        assert!(!world.run_until(Timestamp::from_millis(650)), "there is something left");
        world.run_to_rest();
        assert_eq!(world.now(), at);
        assert_eq!(world.take_events_of(address(ALICE)), ["awake"]);
        assert!(world.take_events_of(address(BOB)).is_empty());
    }

    proptest! {
        #[test]
        fn the_same_seed_makes_the_same_world(seed in any::<u64>(), stream in any::<bool>()) {
            let run = || {
                let mut world = world(NetworkConfig::lossy(20), seed);
                for number in 0..20 {
                    let path = if stream { Path::stream } else { Path::datagram };
                    send(&mut world, path(address(BOB)), number);
                }
                world.run_to_rest();
                (world.take_sent(), told(&mut world), world.now())
            };
            prop_assert_eq!(run(), run());
        }
    }
}
