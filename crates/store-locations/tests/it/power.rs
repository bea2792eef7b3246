//! The power is cut after every single operation.

use centrala_testkit::{Fault, FaultyDisk, Forgetting, OnFailure};
use centrala_ua::LocationStore as _;

use crate::{
    session::{Step, anything, much, run},
    support::{open, try_open},
};

/// Cuts the power at each operation of a session; returns how many there are.
fn cut_everywhere(script: &[Step], mixtures: u64) -> u64 {
    let session = |disk: &FaultyDisk| run(disk, script);
    FaultyDisk::new().with_each_fault(Fault::PowerCut, 1, session, |disk, oracle| {
        disk.each_power_cut(mixtures, |after| {
            let (mut store, recovery) = open(after);
            assert_eq!(recovery.forgotten, 0, "a power cut takes nothing back");
            oracle.check(&store);
            // What was found is found again, and can be written again.
            let found = store.records();
            store.flush().unwrap();
            drop(store);
            let (store, recovery) = open(&after.after_power_cut(Forgetting::Everything));
            assert_eq!((recovery.damaged, recovery.torn), (0, 0), "the journal was mended");
            assert_eq!(store.records(), found);
        });
    })
}

#[test]
fn each_user_is_as_at_some_moment_since_the_last_flush_wherever_the_power_is_cut() {
    let mut operations = 0;
    for seed in 0..30 {
        let script = anything(seed, 40);
        let _told = OnFailure::new(format!("session {seed}: {script:?}"));
        operations += cut_everywhere(&script, 6);
    }
    assert!(operations > 500, "only {operations} operations: is the disk asked at all?");
}

#[test]
fn a_journal_that_is_written_anew_is_there_wholly_or_the_old_one_is() {
    let script = much(12);
    let operations = cut_everywhere(&script, 6);
    assert!(operations > 40, "only {operations} operations");
}

#[test]
fn the_power_may_be_cut_again_while_the_store_is_mended() {
    let script = anything(7, 40);
    let mut again = 0;
    let session = |disk: &FaultyDisk| run(disk, &script);
    FaultyDisk::new().with_each_fault(Fault::PowerCut, 3, session, |disk, oracle| {
        disk.each_power_cut(2, |after| {
            let mending = |disk: &FaultyDisk| {
                // It fails where the power is cut.
                let _ = try_open(disk).map(|(mut store, _)| store.flush());
            };
            after.with_each_fault(Fault::PowerCut, 1, mending, |disk, ()| {
                disk.each_power_cut(2, |after| {
                    oracle.check(&open(after).0);
                    again += 1;
                });
            });
        });
    });
    assert!(again > 500, "only {again} second power cuts");
}
