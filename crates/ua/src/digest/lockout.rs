//! Who guesses passwords is not listened to for a while.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use centrala_time::Timestamp;
use core::time::Duration;

/// Counts wrong credentials by source address. Bounded: the source that failed longest ago is
/// forgotten first.
#[derive(Debug)]
pub(crate) struct Lockout {
    allowed: u32,
    period: Duration,
    capacity: usize,
    sources: BTreeMap<IpAddr, Failures>,
    by_time: BTreeSet<(Timestamp, IpAddr)>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Lockout {
    /// After `allowed` failures that lie less than `period` apart, a source is locked out until
    /// it has been quiet for `period`.
    pub(crate) fn new(allowed: u32, period: Duration, capacity: usize) -> Self {
        let sources = BTreeMap::new();
        Self { allowed, period, capacity: capacity.max(1), sources, by_time: BTreeSet::new() }
    }

    /// Notes a failure.
    pub(crate) fn note(&mut self, source: IpAddr, now: Timestamp) {
        let count = self.count(source, now).saturating_add(1);
        if let Some(old) = self.sources.insert(source, Failures { count, last: now }) {
            self.by_time.remove(&(old.last, source));
        }
        self.by_time.insert((now, source));
        if self.sources.len() > self.capacity
            && let Some((_, oldest)) = self.by_time.pop_first()
        {
            self.sources.remove(&oldest);
        }
    }

    /// Returns for how long the source stays locked out; `None` if it is not.
    pub(crate) fn remaining(&self, source: IpAddr, now: Timestamp) -> Option<Duration> {
        let failures = self.sources.get(&source)?;
        let quiet = now.saturating_since(failures.last);
        (failures.count > self.allowed && quiet < self.period).then(|| self.period - quiet)
    }

    fn count(&self, source: IpAddr, now: Timestamp) -> u32 {
        self.sources
            .get(&source)
            .filter(|failures| now.saturating_since(failures.last) < self.period)
            .map_or(0, |failures| failures.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_secs(60);

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_source_is_locked_out_after_its_failures_and_forgiven_after_silence() {
        let mut lockout = Lockout::new(3, PERIOD, 10);
        let at = |seconds: u64| Timestamp::from_millis(seconds * 1_000);
        for second in 0..3 {
            lockout.note(address(1), at(second));
            assert_eq!(lockout.remaining(address(1), at(second)), None);
        }
        lockout.note(address(1), at(3));
        assert_eq!(lockout.remaining(address(1), at(3)), Some(PERIOD));
        assert_eq!(lockout.remaining(address(2), at(3)), None, "others are not");
        assert_eq!(lockout.remaining(address(1), at(63)), None);
        lockout.note(address(1), at(64));
        assert_eq!(lockout.remaining(address(1), at(64)), None, "it starts anew");
    }

    #[test]
    fn the_table_is_bounded() {
        let mut lockout = Lockout::new(0, PERIOD, 10);
        for last in 0..=255 {
            lockout.note(address(last), Timestamp::from_millis(u64::from(last)));
        }
        assert_eq!((lockout.sources.len(), lockout.by_time.len()), (10, 10));
        let now = Timestamp::from_millis(256);
        assert!(lockout.remaining(address(255), now).is_some());
        assert!(lockout.remaining(address(0), now).is_none());
    }
}
