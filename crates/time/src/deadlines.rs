//! The deadlines of a collection of machines.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::Timestamp;

/// At most one deadline for each key, with the earliest at hand.
///
/// Setting, clearing and taking cost a logarithm of the number of deadlines; nothing is left
/// behind by a deadline that moved, so memory follows the number of keys. Deadlines that fall on
/// the same instant come in the order of their keys.
#[derive(Clone, Debug)]
pub struct Deadlines<K> {
    by_key: BTreeMap<K, Timestamp>,
    in_order: BTreeSet<(Timestamp, K)>,
}

impl<K: Ord + Clone> Deadlines<K> {
    /// Returns a collection without deadlines.
    #[must_use]
    pub const fn new() -> Self {
        Self { by_key: BTreeMap::new(), in_order: BTreeSet::new() }
    }

    /// Sets or moves the deadline of `key`.
    pub fn set(&mut self, key: K, deadline: Timestamp) {
        match self.by_key.insert(key.clone(), deadline) {
            Some(old) if old == deadline => return,
            Some(old) => drop(self.in_order.remove(&(old, key.clone()))),
            None => {}
        }
        self.in_order.insert((deadline, key));
    }

    /// Removes the deadline of `key`, if it has one.
    pub fn clear(&mut self, key: &K) {
        if let Some(old) = self.by_key.remove(key) {
            self.in_order.remove(&(old, key.clone()));
        }
    }

    /// Sets, moves or removes the deadline of `key`: what a machine's `poll_timeout` said.
    pub fn update(&mut self, key: K, deadline: Option<Timestamp>) {
        match deadline {
            Some(deadline) => self.set(key, deadline),
            None => self.clear(&key),
        }
    }

    /// Removes and returns the key with the earliest deadline if that is `now` or before.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<K> {
        if self.next()? > now {
            return None;
        }
        let (_, key) = self.in_order.pop_first()?;
        self.by_key.remove(&key);
        Some(key)
    }

    /// Returns the earliest deadline.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.in_order.first().map(|(deadline, _)| *deadline)
    }

    /// Returns the deadline of `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<Timestamp> {
        self.by_key.get(key).copied()
    }

    /// Returns how many deadlines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Returns whether there is no deadline.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

impl<K: Ord + Clone> Default for Deadlines<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_behaves_like_a_plain_map_that_is_searched(
            steps in proptest::collection::vec((0_u8..6, proptest::option::of(0_u64..50), any::<bool>()), 0..80)
        ) {
            let mut deadlines = Deadlines::new();
            let mut model: BTreeMap<u8, Timestamp> = BTreeMap::new();
            for (key, millis, pop) in steps {
                let at = millis.map(Timestamp::from_millis);
                if pop {
                    let now = at.unwrap_or_default();
                    let mut due: Vec<_> = model.iter().map(|(key, at)| (*at, *key)).collect();
                    due.sort_unstable();
                    let expected = due.first().filter(|(at, _)| *at <= now).map(|(_, key)| *key);
                    expected.map(|key| model.remove(&key));
                    prop_assert_eq!(deadlines.pop_due(now), expected);
                } else {
                    deadlines.update(key, at);
                    match at {
                        Some(at) => drop(model.insert(key, at)),
                        None => drop(model.remove(&key)),
                    }
                }
                prop_assert_eq!(deadlines.next(), model.values().min().copied());
                prop_assert_eq!(deadlines.len(), model.len());
                prop_assert_eq!(deadlines.in_order.len(), model.len());
            }
        }
    }
}
