//! Connections that keep order and lose nothing, until they break.

use core::{net::SocketAddr, time::Duration};
use std::collections::BTreeMap;

use centrala_time::Timestamp;

use crate::{Dice, NetworkConfig};

/// How long a stream waits before it sends again what the network has lost.
const RECOVERY: Duration = Duration::from_millis(200);
/// How often one piece is lost at most.
const MAX_LOSSES: u32 = 6;

/// Connections between any number of addresses, without I/O.
///
/// What is sent arrives once and in the order in which it was sent, as late as the losses of the network below make
/// it, or not at all if the connection breaks first. Both ends are told of a break.
#[derive(Clone, Debug)]
pub struct Streams<D> {
    config: NetworkConfig,
    dice: Dice,
    connections: BTreeMap<u64, Connection>,
    under_way: BTreeMap<(Timestamp, u64), StreamDelivery<D>>,
    next_connection: u64,
    next_number: u64,
}

#[derive(Clone, Debug)]
struct Connection {
    ends: [SocketAddr; 2],
    /// When what was sent last arrives at each end.
    arrivals: [Timestamp; 2],
}

/// Something at one end of a connection.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamDelivery<D> {
    /// The connection.
    pub connection: u64,
    /// The other end.
    pub source: SocketAddr,
    /// The end that it is for.
    pub destination: SocketAddr,
    /// What has happened.
    pub news: StreamNews<D>,
}

/// What happens at an end of a connection.
#[expect(clippy::exhaustive_enums, reason = "a stream brings something, ends, or never was")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamNews<D> {
    /// What the other end has sent.
    Arrived(D),
    /// The connection is broken.
    Broken,
    /// There was nobody to connect to, so that this was not sent.
    Unsent(D),
}

impl<D> Streams<D> {
    /// Returns streams without connections, above a network of this kind.
    #[must_use]
    pub const fn new(config: NetworkConfig, seed: u64) -> Self {
        Self {
            config,
            dice: Dice::new(seed),
            connections: BTreeMap::new(),
            under_way: BTreeMap::new(),
            next_connection: 0,
            next_number: 0,
        }
    }

    /// Connects two addresses and returns the number of the connection. None is used twice.
    pub fn open(&mut self, from: SocketAddr, to: SocketAddr, now: Timestamp) -> u64 {
        self.next_connection += 1;
        let connection = Connection { ends: [from, to], arrivals: [now, now] };
        self.connections.insert(self.next_connection, connection);
        self.next_connection
    }

    /// Takes a piece from one end for the other. Returns false, and drops it, if there is no such connection.
    pub fn handle_send(
        &mut self,
        connection: u64,
        source: SocketAddr,
        data: D,
        now: Timestamp,
    ) -> bool {
        let delay = self.draw_delay();
        let Some(open) = self.connections.get_mut(&connection) else { return false };
        let [one, other] = open.ends;
        let (destination, arrival) = match &mut open.arrivals {
            [_, second] if source == one => (other, second),
            [first, _] => (one, first),
        };
        *arrival = (*arrival).max(now + delay);
        let at = *arrival;
        let news = StreamNews::Arrived(data);
        self.carry(StreamDelivery { connection, source, destination, news }, at);
        true
    }

    /// Breaks a connection: what is under way is lost, and both ends are told.
    pub fn cut(&mut self, connection: u64, now: Timestamp) {
        let Some(broken) = self.connections.remove(&connection) else { return };
        self.under_way.retain(|_, delivery| delivery.connection != connection);
        let [one, other] = broken.ends;
        for (source, destination) in [(one, other), (other, one)] {
            let at = now + self.dice.duration(self.config.delay.clone());
            let news = StreamNews::Broken;
            self.carry(StreamDelivery { connection, source, destination, news }, at);
        }
    }

    /// Tells an address that nobody listens at the other, where this was to go.
    pub fn refuse(&mut self, from: SocketAddr, to: SocketAddr, data: D, now: Timestamp) {
        let connection = self.open(from, to, now);
        self.connections.remove(&connection);
        let at = now + self.dice.duration(self.config.delay.clone());
        let (source, destination) = (to, from);
        let news = StreamNews::Unsent(data);
        self.carry(StreamDelivery { connection, source, destination, news }, at);
    }

    /// Returns the next piece that has arrived by `now`, or the next end that learns of a break.
    pub fn poll_output(&mut self, now: Timestamp) -> Option<StreamDelivery<D>> {
        let entry = self.under_way.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// Returns when the next one arrives; `None` if nothing is under way.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// Returns the two ends of an open connection, who has opened it first.
    #[must_use]
    pub fn ends(&self, connection: u64) -> Option<[SocketAddr; 2]> {
        self.connections.get(&connection).map(|open| open.ends)
    }

    /// Returns the open connections, in the order in which they were opened.
    pub fn connections(&self) -> impl Iterator<Item = u64> + '_ {
        self.connections.keys().copied()
    }

    fn draw_delay(&mut self) -> Duration {
        let mut delay = self.dice.duration(self.config.delay.clone());
        for losses in 0..MAX_LOSSES {
            if !self.dice.chance(self.config.loss_percent) {
                break;
            }
            delay += RECOVERY.saturating_mul(1 << losses);
        }
        delay
    }

    fn carry(&mut self, delivery: StreamDelivery<D>, at: Timestamp) {
        self.under_way.insert((at, self.next_number), delivery);
        self.next_number += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn both_ends_are_told_of_a_break_and_what_was_under_way_is_lost() {
        let mut streams = Streams::new(NetworkConfig::default(), 1);
        let connection = streams.open(address(1), address(2), Timestamp::ZERO);
        assert!(streams.handle_send(connection, address(1), 'x', Timestamp::ZERO));
        streams.cut(connection, Timestamp::ZERO);
        let later = Timestamp::from_millis(100);
        let told: Vec<_> = core::iter::from_fn(|| streams.poll_output(later)).collect();
        let ends: Vec<_> = told.iter().map(|one| (one.destination, one.news)).collect();
        assert_eq!(ends, [(address(2), StreamNews::Broken), (address(1), StreamNews::Broken)]);
        assert!(!streams.handle_send(connection, address(1), 'y', later), "it is broken");
        assert_eq!(streams.poll_timeout(), None);
    }

    #[test]
    fn who_connects_to_nobody_is_told() {
        let mut streams = Streams::new(NetworkConfig::default(), 1);
        streams.refuse(address(1), address(9), 'x', Timestamp::ZERO);
        let told = streams.poll_output(Timestamp::from_millis(5)).expect("it is told");
        assert_eq!((told.source, told.destination), (address(9), address(1)));
        assert_eq!(told.news, StreamNews::Unsent('x'));
        assert_eq!(streams.connections().count(), 0);
    }

    proptest! {
        #[test]
        fn whatever_the_network_loses_a_stream_delivers_everything_once_and_in_order(
            seed in any::<u64>(), percent in 0_u8..=100, count in 1_u64..80,
        ) {
            let mut streams = Streams::new(NetworkConfig::lossy(percent), seed);
            let connection = streams.open(address(1), address(2), Timestamp::ZERO);
            for number in 0..count {
                let (source, now) = (address(1 + u16::from(number % 3 == 0)), Timestamp::from_millis(number));
                prop_assert!(streams.handle_send(connection, source, number, now));
            }
            let mut arrived = [Vec::new(), Vec::new()];
            while let Some(at) = streams.poll_timeout() {
                let delivery = streams.poll_output(at).expect("something arrives at the timeout");
                let StreamNews::Arrived(number) = delivery.news else { panic!("{delivery:?}") };
                arrived[usize::from(delivery.destination == address(2))].push(number);
            }
            let (back, forth): (Vec<_>, Vec<_>) = (0..count).partition(|number| number % 3 == 0);
            prop_assert_eq!(arrived, [back, forth]);
        }
    }
}
