//! A table that forgets.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use centrala_time::Timestamp;
use core::time::Duration;

/// What was noted lately, by key. Bounded: what was noted longest ago is forgotten first, and
/// nothing is kept for longer than its lifetime after it was noted.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    capacity: usize,
    lifetime: Duration,
    entries: BTreeMap<K, (Timestamp, V)>,
    by_time: BTreeSet<(Timestamp, K)>,
}

impl<K: Ord + Copy, V> Recent<K, V> {
    pub(super) fn new(capacity: usize, lifetime: Duration) -> Self {
        let entries = BTreeMap::new();
        Self { capacity: capacity.max(1), lifetime, entries, by_time: BTreeSet::new() }
    }

    /// Notes a value instead of the one that was there.
    pub(super) fn note(&mut self, key: K, value: V, now: Timestamp) {
        if let Some((old, _)) = self.entries.insert(key, (now, value)) {
            self.by_time.remove(&(old, key));
        }
        self.by_time.insert((now, key));
        while let Some((at, oldest)) = self.by_time.first().copied() {
            if self.entries.len() <= self.capacity && now.saturating_since(at) < self.lifetime {
                break;
            }
            self.by_time.pop_first();
            self.entries.remove(&oldest);
        }
    }

    pub(super) fn remove(&mut self, key: &K) {
        if let Some((at, _)) = self.entries.remove(key) {
            self.by_time.remove(&(at, *key));
        }
    }

    /// Returns what was noted, and when.
    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<(Timestamp, &V)> {
        let (at, value) = self.entries.get(key)?;
        (now.saturating_since(*at) < self.lifetime).then_some((*at, value))
    }

    /// Returns a value to be changed; that does not count as noted anew.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|(_, value)| value)
    }

    /// Returns the keys within a range that are not too old, and when they were noted.
    pub(super) fn within(
        &self,
        range: RangeInclusive<K>,
        now: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, K)> + '_ {
        self.entries
            .range(range)
            .map(|(key, (at, _))| (*at, *key))
            .filter(move |(at, _)| now.saturating_since(*at) < self.lifetime)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.entries.len(), self.by_time.len());
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn the_oldest_leaves_when_there_is_no_room() {
        let mut table = Recent::new(2, Duration::from_secs(100));
        for (second, key) in ["a", "b", "a", "c"].into_iter().enumerate() {
            table.note(key, second, at(second as u64));
        }
        assert_eq!(table.len(), 2);
        assert_eq!(table.get(&"b", at(4)), None, "it was noted before the second a");
        assert_eq!(table.get(&"a", at(4)), Some((at(2), &2)));
        table.remove(&"a");
        assert_eq!((table.get(&"a", at(4)), table.len()), (None, 1));
    }

    #[test]
    fn what_is_too_old_is_forgotten() {
        let mut table = Recent::new(10, Duration::from_secs(100));
        table.note(1, (), at(0));
        table.note(2, (), at(50));
        assert!(table.get(&1, at(99)).is_some());
        assert!(table.get(&1, at(100)).is_none());
        assert_eq!(table.within(0..=9, at(100)).collect::<Vec<_>>(), [(at(50), 2)]);
        table.note(3, (), at(100));
        assert_eq!(table.len(), 2);
    }
}
