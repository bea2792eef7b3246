//! A network that misbehaves by a seed.

use core::{net::SocketAddr, ops::RangeInclusive, time::Duration};
use std::collections::{BTreeMap, BTreeSet};

use centrala_time::Timestamp;

use crate::Dice;

/// How a [`Network`] treats datagrams.
///
/// The default is perfect: 5 ms one way, nothing lost.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// The one-way delay, drawn anew for each datagram. A wide range reorders.
    pub delay: RangeInclusive<Duration>,
    /// How many of 100 datagrams are lost.
    pub loss_percent: u8,
    /// How many of 100 datagrams arrive a second time.
    pub duplicate_percent: u8,
    /// How many of 100 datagrams are held back, so that later ones overtake them.
    pub reorder_percent: u8,
    /// How long a reordered or duplicated datagram is held back in addition to its delay.
    pub hold_back: RangeInclusive<Duration>,
}

impl NetworkConfig {
    /// Returns a network that loses, duplicates and reorders `percent` of the datagrams each.
    #[must_use]
    pub fn lossy(percent: u8) -> Self {
        Self {
            delay: Duration::from_millis(5)..=Duration::from_millis(60),
            loss_percent: percent,
            duplicate_percent: percent,
            reorder_percent: percent,
            hold_back: Duration::from_millis(1)..=Duration::from_millis(900),
        }
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(5)..=Duration::from_millis(5),
            loss_percent: 0,
            duplicate_percent: 0,
            reorder_percent: 0,
            hold_back: Duration::ZERO..=Duration::ZERO,
        }
    }
}

/// What became of the datagrams given to a [`Network`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkCounters {
    /// Datagrams handed to the network.
    pub sent: u64,
    /// Datagrams handed over at their destination, duplicates included.
    pub delivered: u64,
    /// Datagrams lost by chance or on a cut path.
    pub lost: u64,
    /// Datagrams that were given a second copy.
    pub duplicated: u64,
    /// Datagrams that were held back.
    pub reordered: u64,
}

/// A datagram that has arrived.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery<D> {
    /// Who sent it.
    pub source: SocketAddr,
    /// For whom it is.
    pub destination: SocketAddr,
    /// What was sent.
    pub datagram: D,
}

/// A datagram network between any number of addresses, without I/O.
///
/// Feed it with [`handle_send`](Self::handle_send), advance the clock to
/// [`poll_timeout`](Self::poll_timeout), and take what has arrived with
/// [`poll_output`](Self::poll_output). Two datagrams that arrive at the same instant come in the
/// order in which they were sent.
#[derive(Clone, Debug)]
pub struct Network<D> {
    config: NetworkConfig,
    dice: Dice,
    under_way: BTreeMap<(Timestamp, u64), Delivery<D>>,
    cut: BTreeSet<(SocketAddr, SocketAddr)>,
    next_number: u64,
    counters: NetworkCounters,
}

impl<D: Clone> Network<D> {
    /// Returns an empty network whose mischief follows from `seed`.
    #[must_use]
    pub const fn new(config: NetworkConfig, seed: u64) -> Self {
        Self {
            config,
            dice: Dice::new(seed),
            under_way: BTreeMap::new(),
            cut: BTreeSet::new(),
            next_number: 0,
            counters: NetworkCounters {
                sent: 0,
                delivered: 0,
                lost: 0,
                duplicated: 0,
                reordered: 0,
            },
        }
    }

    /// Takes a datagram from `source` for `destination`.
    pub fn handle_send(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        datagram: D,
        now: Timestamp,
    ) {
        self.counters.sent += 1;
        let lost = self.dice.chance(self.config.loss_percent);
        let duplicated = self.dice.chance(self.config.duplicate_percent);
        let reordered = self.dice.chance(self.config.reorder_percent);
        if lost || self.cut.contains(&(source, destination)) {
            self.counters.lost += 1;
            return;
        }
        let delivery = Delivery { source, destination, datagram };
        let mut at = now + self.dice.duration(self.config.delay.clone());
        if reordered {
            self.counters.reordered += 1;
            at += self.dice.duration(self.config.hold_back.clone());
        }
        if duplicated {
            self.counters.duplicated += 1;
            let again = at + self.dice.duration(self.config.hold_back.clone());
            self.carry(delivery.clone(), again);
        }
        self.carry(delivery, at);
    }

    /// Loses everything from `source` to `destination` until [`mend`](Self::mend).
    pub fn cut(&mut self, source: SocketAddr, destination: SocketAddr) {
        self.cut.insert((source, destination));
    }

    /// Repairs the path that [`cut`](Self::cut) broke.
    pub fn mend(&mut self, source: SocketAddr, destination: SocketAddr) {
        self.cut.remove(&(source, destination));
    }

    /// Treats the datagrams that are sent from now on as `config` says.
    pub fn reconfigure(&mut self, config: NetworkConfig) {
        self.config = config;
    }

    /// Returns the next datagram that has arrived by `now`.
    pub fn poll_output(&mut self, now: Timestamp) -> Option<Delivery<D>> {
        let entry = self.under_way.first_entry()?;
        if entry.key().0 > now {
            return None;
        }
        self.counters.delivered += 1;
        Some(entry.remove())
    }

    /// Returns when the next datagram arrives; `None` if the network is empty.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// Returns what became of all datagrams so far.
    #[must_use]
    pub const fn counters(&self) -> NetworkCounters {
        self.counters
    }

    fn carry(&mut self, delivery: Delivery<D>, at: Timestamp) {
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

    fn arrivals(
        config: NetworkConfig,
        seed: u64,
        count: u64,
    ) -> (Vec<(u64, u128)>, NetworkCounters) {
        let mut network = Network::new(config, seed);
        for number in 0..count {
            network.handle_send(address(1), address(2), number, Timestamp::from_millis(number));
        }
        let mut arrived = Vec::new();
        while let Some(at) = network.poll_timeout() {
            let delivery = network.poll_output(at).expect("something arrives at the timeout");
            arrived.push((delivery.datagram, at.since_start().as_millis()));
        }
        (arrived, network.counters())
    }

    #[test]
    fn a_perfect_network_keeps_order_and_delay() {
        let (arrived, counters) = arrivals(NetworkConfig::default(), 1, 50);
        let expected: Vec<_> = (0..50).map(|number| (number, u128::from(number) + 5)).collect();
        assert_eq!(arrived, expected);
        assert_eq!((counters.delivered, counters.lost), (50, 0));
    }

    #[test]
    fn a_lossy_network_loses_duplicates_and_reorders_its_share() {
        let (arrived, counters) = arrivals(NetworkConfig::lossy(20), 2, 5_000);
        assert!((900..=1_100).contains(&counters.lost), "{counters:?}");
        assert!((700..=900).contains(&counters.duplicated), "{counters:?}");
        assert_eq!(counters.delivered, counters.sent - counters.lost + counters.duplicated);
        let overtaken = arrived.windows(2).filter(|pair| pair[1].0 < pair[0].0).count();
        assert!(overtaken > 500, "{overtaken} overtaken");
    }

    #[test]
    fn a_cut_path_loses_everything_one_way_until_it_is_mended() {
        let mut network = Network::new(NetworkConfig::default(), 3);
        let later = Timestamp::from_millis(100);
        network.cut(address(1), address(2));
        network.handle_send(address(1), address(2), 'x', Timestamp::ZERO);
        network.handle_send(address(2), address(1), 'y', Timestamp::ZERO);
        assert_eq!(network.poll_output(later).map(|delivery| delivery.datagram), Some('y'));
        assert!(network.poll_output(later).is_none());
        network.mend(address(1), address(2));
        network.handle_send(address(1), address(2), 'z', Timestamp::ZERO);
        assert_eq!(network.poll_output(later).map(|delivery| delivery.datagram), Some('z'));
    }

    proptest! {
        #[test]
        fn the_same_seed_repeats_the_run(seed in any::<u64>(), percent in 0_u8..=100) {
            let config = NetworkConfig::lossy(percent);
            prop_assert_eq!(arrivals(config.clone(), seed, 60), arrivals(config, seed, 60));
        }
    }
}
