//! Overload: how many calls may begin, whose, and when there is no time for more.
//!
//! Three limits, each of which ends in a 503 with Retry-After that costs nothing to remember:
//!
//! - **The rate.** [`Limits::calls_per_second`](crate::Limits::calls_per_second) fills a bucket from which every call
//!   that begins takes. It holds one second's worth, so that a burst passes.
//! - **The share.** While less than half of the bucket is left, a source (an address; of IPv6 its first 64 bits) takes
//!   no more than its part of the rate: the rate divided by the sources that wanted calls in the last second. Whoever
//!   floods with calls is refused before anybody else is; what others leave goes to whoever asks, so that a single trunk has the
//!   whole rate.
//! - **The delay.** What stands in the queue of the sockets longer than [`TARGET`] for [`INTERVAL`] shows that more comes
//!   in than is dealt with. Then nothing new begins until the queue is short again, as every answer that comes late is
//!   asked for again and makes it longer: a PBX that answers all callers after a second answers none. What belongs to a
//!   running call is always taken.
//!
//! The delay is judged for everybody and for each source, as far as the owner of the sockets tells both: where sources
//! take turns at being read, one that sends faster than that waits behind itself, and nothing new of it begins. The share
//! does not bound what is refused before a call would begin, such as OPTIONS and guesses at passwords (see
//! [`GuessLimits`](crate::digest::GuessLimits)); turns do.
//!
//! The rate limit is the generic cell rate algorithm of ITU-T I.371; the delay limit has the idea of RFC 8289: a queue
//! that is long for a moment is a burst, one that stays long is a load.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use centrala_time::Timestamp;
use core::time::Duration;

/// How long a datagram may wait before it is read.
pub(crate) const TARGET: Duration = Duration::from_millis(20);

/// For how long they may all wait longer than that.
pub(crate) const INTERVAL: Duration = Duration::from_millis(500);

/// How many readings in a row must show it: two slow moments of a server that starts are no load.
const MIN_READINGS: u32 = 8;

/// How long a source counts as one that wants calls.
const ACTIVE: Duration = Duration::from_secs(1);

/// What the bucket holds.
const BURST: Duration = Duration::from_secs(1);

/// A bucket that holds less than this many calls would refuse the second of two that come at once.
const MIN_BURST: u32 = 5;

/// Sources that are told apart at once; the one that was quiet for the longest time is forgotten first.
const MAX_SOURCES: usize = 4_096;

/// Decides whether a call may begin.
#[derive(Debug)]
pub(crate) struct Admission {
    rate: Option<Bucket>,
    sources: BTreeMap<Source, Share>,
    /// The sources by when they last wanted something.
    by_demand: BTreeSet<(Timestamp, Source)>,
    queue: Queue,
    /// Sources that wait behind themselves; never one whose queue is short.
    slow: BTreeMap<Source, Queue>,
}

/// An address, or of IPv6 the network that one customer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Source(IpAddr);

#[derive(Clone, Copy, Debug)]
struct Share {
    bucket: Timestamp,
    demand: Timestamp,
}

/// The time between two calls at the admitted rate, and when all calls so far are paid for.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    pace: Duration,
    burst: Duration,
    full_at: Timestamp,
}

/// What the queue of the sockets was like lately.
#[derive(Clone, Copy, Debug)]
enum Queue {
    Short,
    Long { since: Timestamp, readings: u32 },
    Overloaded,
}

impl Admission {
    /// Admits so many calls a second; `None` admits all that there is time for.
    pub(crate) fn new(calls_per_second: Option<u32>) -> Self {
        let rate = calls_per_second.map(|rate| {
            let pace = Duration::from_secs(1) / rate.max(1);
            Bucket { pace, burst: BURST.max(pace * MIN_BURST), full_at: Timestamp::ZERO }
        });
        Self {
            rate,
            sources: BTreeMap::new(),
            by_demand: BTreeSet::new(),
            queue: Queue::Short,
            slow: BTreeMap::new(),
        }
    }

    /// Notes how long everything had waited that was read at `now`.
    pub(crate) fn note_delay(&mut self, waited: Duration, now: Timestamp) {
        self.queue = self.queue.after(waited, now);
    }

    /// Notes how long what was read of one source at `now` had waited.
    pub(crate) fn note_delay_of(&mut self, source: IpAddr, waited: Duration, now: Timestamp) {
        if waited < TARGET && self.slow.is_empty() {
            return;
        }
        let source = Source::of(source);
        let queue = self.slow.get(&source).copied().unwrap_or(Queue::Short).after(waited, now);
        if matches!(queue, Queue::Short) {
            self.slow.remove(&source);
            return;
        }
        if self.slow.len() >= MAX_SOURCES && !self.slow.contains_key(&source) {
            // So many that wait are a load of everybody, which is judged by itself.
            self.slow.clear();
        }
        self.slow.insert(source, queue);
    }

    /// Returns whether nothing new of a source should begin.
    pub(crate) fn is_overloaded(&self, source: IpAddr) -> bool {
        let is_overloaded = |queue: &Queue| matches!(queue, Queue::Overloaded);
        is_overloaded(&self.queue)
            || (!self.slow.is_empty()
                && self.slow.get(&Source::of(source)).is_some_and(is_overloaded))
    }

    /// Returns whether a call from `source` may begin now; if so, it counts.
    pub(crate) fn admit(&mut self, source: IpAddr, now: Timestamp) -> bool {
        let Some(Bucket { pace, burst, full_at }) = self.rate else { return true };
        let source = Source::of(source);
        let active = self.note_demand(source, now);
        let Some(share) = self.sources.get_mut(&source) else { return false };
        let is_scarce = full_at.saturating_since(now) > burst / 2;
        let part = pace.saturating_mul(active);
        let has_share = share.bucket.saturating_since(now) <= part;
        if full_at > now + burst || (is_scarce && !has_share) {
            return false;
        }
        // What was taken while there was plenty is not held against anybody for long.
        share.bucket = (share.bucket.max(now) + part).min(now + burst.max(part));
        if let Some(bucket) = &mut self.rate {
            bucket.full_at = full_at.max(now) + pace;
        }
        true
    }

    /// Notes that a source wants a call; returns how many do.
    fn note_demand(&mut self, source: Source, now: Timestamp) -> u32 {
        let share = self.sources.entry(source).or_insert(Share { bucket: now, demand: now });
        self.by_demand.remove(&(share.demand, source));
        share.demand = now;
        self.by_demand.insert((now, source));
        while let Some(&(demand, oldest)) = self.by_demand.first() {
            let is_quiet = now.saturating_since(demand) > ACTIVE;
            if !is_quiet && self.sources.len() <= MAX_SOURCES {
                break;
            }
            self.by_demand.remove(&(demand, oldest));
            self.sources.remove(&oldest);
        }
        u32::try_from(self.sources.len()).unwrap_or(u32::MAX).max(1)
    }
}

impl Queue {
    /// Returns what the queue is like after one more reading.
    fn after(self, waited: Duration, now: Timestamp) -> Self {
        match self {
            _ if waited < TARGET => Self::Short,
            Self::Short => Self::Long { since: now, readings: 1 },
            Self::Long { since, readings }
                if now.saturating_since(since) < INTERVAL || readings < MIN_READINGS =>
            {
                Self::Long { since, readings: readings.saturating_add(1) }
            }
            Self::Long { .. } | Self::Overloaded => Self::Overloaded,
        }
    }
}

impl Source {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: u64) -> Timestamp {
        Timestamp::ZERO + Duration::from_micros(micros)
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// Lets sources ask for so many calls a second each, evenly, and counts what each was given in the time after the
    /// first two seconds.
    fn admitted(limit: u32, wanted: &[u32], seconds: u64) -> Vec<u64> {
        let mut admission = Admission::new(Some(limit));
        let mut asked: Vec<(u64, usize)> = Vec::new();
        for (source, rate) in wanted.iter().enumerate() {
            let pace = 1_000_000 / u64::from(*rate);
            asked.extend((0..(seconds + 2) * u64::from(*rate)).map(|n| (n * pace, source)));
        }
        asked.sort_unstable();
        let mut given = vec![0; wanted.len()];
        for (micros, source) in asked {
            let last = u8::try_from(source).unwrap();
            if admission.admit(address(last), at(micros)) && micros >= 2_000_000 {
                given[source] += 1;
            }
        }
        given
    }

    #[test]
    fn one_source_has_the_whole_rate_and_no_more() {
        assert_eq!(admitted(100, &[50], 10), [500]);
        let [given] = admitted(100, &[200], 10)[..] else { panic!() };
        assert!((990..=1_001).contains(&given), "{given}");
    }

    #[test]
    fn who_floods_takes_nothing_from_the_others() {
        let given = admitted(100, &[1_000, 20, 5], 10);
        assert_eq!(given[1..], [200, 50]);
        assert!((730..=760).contains(&given[0]), "what is left, and all of it: {given:?}");
    }

    #[test]
    fn of_two_that_flood_each_has_its_part_and_what_the_third_leaves_goes_to_whoever_asks() {
        let given = admitted(100, &[1_000, 700, 10], 10);
        assert_eq!(given[2], 100);
        assert!(given[..2].iter().all(|given| *given >= 330), "{given:?}");
        assert!((980..=1_001).contains(&given.iter().sum::<u64>()), "{given:?}");
    }

    #[test]
    fn a_burst_of_a_second_passes_and_a_small_limit_takes_a_few_at_once() {
        let mut admission = Admission::new(Some(100));
        let given = (0..300).filter(|_| admission.admit(address(1), at(0))).count();
        assert!((50..=101).contains(&given), "{given}");
        let mut admission = Admission::new(Some(1));
        assert!((0..3).all(|_| admission.admit(address(1), at(0))));
    }

    #[test]
    fn the_addresses_of_one_network_are_one_source() {
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn a_queue_that_stays_long_stops_what_is_new_and_a_short_one_lets_it_go_on() {
        let mut admission = Admission::new(None);
        let long = Duration::from_millis(30);
        for micros in (0..500_000).step_by(10_000) {
            admission.note_delay(long, at(micros));
        }
        assert!(!admission.is_overloaded(address(1)), "a burst");
        admission.note_delay(Duration::ZERO, at(500_000));
        for seconds in 1..=7 {
            admission.note_delay(long, at(seconds * 1_000_000));
        }
        assert!(!admission.is_overloaded(address(1)), "a few slow moments");
        admission.note_delay(Duration::ZERO, at(8_000_000));
        for micros in (9_000_000..=9_500_000).step_by(10_000) {
            assert!(!admission.is_overloaded(address(1)));
            admission.note_delay(long, at(micros));
        }
        assert!(admission.is_overloaded(address(1)));
        admission.note_delay(TARGET, at(9_501_000));
        assert!(admission.is_overloaded(address(1)));
        admission.note_delay(Duration::from_millis(19), at(9_502_000));
        assert!(!admission.is_overloaded(address(1)));
    }

    #[test]
    fn a_source_that_waits_behind_itself_begins_nothing_and_others_do() {
        let mut admission = Admission::new(None);
        for micros in (0..=600_000).step_by(10_000) {
            admission.note_delay_of(address(1), TARGET, at(micros));
            admission.note_delay_of(address(2), Duration::ZERO, at(micros));
        }
        assert!(admission.is_overloaded(address(1)));
        assert!(!admission.is_overloaded(address(2)));
        admission.note_delay_of(address(1), Duration::ZERO, at(610_000));
        assert!(!admission.is_overloaded(address(1)));
        assert!(admission.slow.is_empty());
    }

    #[test]
    fn sources_that_wait_are_not_remembered_without_end() {
        let mut admission = Admission::new(None);
        for source in 0..3 * u32::try_from(MAX_SOURCES).unwrap() {
            admission.note_delay_of(source.to_be_bytes().into(), TARGET, at(0));
            assert!(admission.slow.len() <= MAX_SOURCES);
        }
    }

    proptest! {
        #[test]
        fn never_more_than_the_rate_and_memory_is_bounded(
            limit in 1_u32..500,
            steps in proptest::collection::vec((0_u64..50_000, any::<[u8; 4]>()), 1..400),
        ) {
            let mut admission = Admission::new(Some(limit));
            let (mut micros, mut given) = (0, 0_u64);
            for (pause, source) in steps {
                micros += pause;
                given += u64::from(admission.admit(source.into(), at(micros)));
                prop_assert_eq!(admission.sources.len(), admission.by_demand.len());
                prop_assert!(admission.sources.len() <= MAX_SOURCES);
            }
            let rate = u64::from(limit);
            let burst = rate.max(u64::from(MIN_BURST));
            prop_assert!(given <= burst + 1 + micros * rate / 1_000_000, "{given} in {micros} µs");
        }
    }
}
