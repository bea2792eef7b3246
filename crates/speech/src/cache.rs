//! What was rendered once.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

/// Keeps values up to a total weight; the oldest go first.
#[derive(Clone)]
pub(crate) struct Cache<K, V> {
    entries: BTreeMap<K, (V, usize)>,
    order: VecDeque<K>,
    weight: usize,
    limit: usize,
}

impl<K: Ord + Clone, V: Clone> Cache<K, V> {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { entries: BTreeMap::new(), order: VecDeque::new(), weight: 0, limit }
    }

    /// Keeps a value. One that is heavier than the limit is not kept.
    pub(crate) fn insert(&mut self, key: K, value: V, weight: usize) {
        if weight > self.limit || self.entries.contains_key(&key) {
            return;
        }
        while self.weight > self.limit - weight {
            let Some(oldest) = self.order.pop_front() else { return };
            self.weight -= self.entries.remove(&oldest).map_or(0, |(_, weight)| weight);
        }
        self.weight += weight;
        self.order.push_back(key.clone());
        self.entries.insert(key, (value, weight));
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.entries.get(key).map(|(value, _)| value.clone())
    }
}

/// Tells how much there is, not what: texts may name people.
impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("entries", &self.entries.len())
            .field("weight", &self.weight)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let mut cache = Cache::new(10);
        for key in 1..=3 {
            cache.insert(key, key * 10, 4);
        }
        cache.insert(9, 90, 11);
        let kept = [1, 2, 3, 9].map(|key| cache.get(&key));
        assert_eq!(kept, [None, Some(20), Some(30), None]);
        assert_eq!((cache.weight, cache.order.len()), (8, 2));
    }
}
