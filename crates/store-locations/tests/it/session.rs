//! A session with a store, and what must be there after it.

use std::collections::BTreeMap;

use centrala_testkit::{Dice, FaultyDisk};
use centrala_ua::{LocationRecord, LocationStore};

use crate::support::{record, try_open};

/// One thing that is done with a store.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Put(LocationRecord),
    Flush,
}

const USERS: u64 = 6;

/// Returns a session that follows from a seed.
pub(crate) fn anything(seed: u64, steps: u64) -> Vec<Step> {
    let mut dice = Dice::new(seed);
    (0..steps)
        .map(|number| {
            if dice.chance(25) {
                return Step::Flush;
            }
            let user = dice.below(USERS).to_string();
            let bindings = usize::try_from(dice.below(4)).unwrap();
            Step::Put(record(&user, bindings, number))
        })
        .collect()
}

/// Returns a session that makes a journal too long several times: one big user, who changes all the time.
pub(crate) fn much(changes: u64) -> Vec<Step> {
    let put = |number| {
        let mut big = record("big", 1, number);
        big.bindings[0].call_id = "x".repeat(30_000);
        [Step::Put(big), Step::Put(record("small", 1, number)), Step::Flush]
    };
    (0..changes).flat_map(put).collect()
}

/// Runs a session until it is over or the power is cut; returns what may be there then.
pub(crate) fn run(disk: &FaultyDisk, script: &[Step]) -> Oracle {
    let mut oracle = Oracle::default();
    let Ok((mut store, _)) = try_open(disk) else { return oracle };
    for step in script {
        oracle.step(&mut store, step);
        if disk.is_without_power() {
            break;
        }
    }
    oracle
}

/// Knows of each user what may be found: what was there at the last flush that succeeded, and everything after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    possible: BTreeMap<String, Vec<Option<LocationRecord>>>,
    pub(crate) failures: usize,
    pub(crate) flushes: usize,
}

impl Oracle {
    pub(crate) fn step(&mut self, store: &mut dyn LocationStore, step: &Step) {
        match step {
            Step::Put(record) => {
                self.put(record);
                store.put(record.clone());
            }
            Step::Flush => match store.flush() {
                Ok(()) => self.flushed(),
                Err(_) => self.failures += 1,
            },
        }
    }

    /// A record was handed over, or may have been.
    pub(crate) fn put(&mut self, record: &LocationRecord) {
        let is_there = !record.bindings.is_empty();
        let possible = self.possible.entry(record.user.clone()).or_insert_with(|| vec![None]);
        possible.push(is_there.then(|| record.clone()));
    }

    pub(crate) fn flushed(&mut self) {
        self.flushes += 1;
        for possible in self.possible.values_mut() {
            possible.drain(..possible.len() - 1);
        }
    }

    /// Holds what is found against what may be.
    #[track_caller]
    pub(crate) fn check(&self, store: &dyn LocationStore) {
        let mut found: BTreeMap<_, _> =
            store.records().into_iter().map(|record| (record.user.clone(), record)).collect();
        for (user, possible) in &self.possible {
            let found = found.remove(user);
            assert!(possible.contains(&found), "{user}: {found:?}\nis none of {possible:?}");
        }
        assert!(found.is_empty(), "nobody ever registered {found:?}");
    }
}
