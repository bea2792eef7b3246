//! The power is cut after every single operation.

use centrala_store_files::Recovery;
use centrala_testkit::{Fault, FaultyDisk, Forgetting, OnFailure};

use crate::{
    oracle::{Step, anything, everything_once},
    support::{open, run, try_open},
};

/// Cuts the power at each operation of a session; returns how many there are.
fn cut_everywhere(script: &[Step], mixtures: u64) -> u64 {
    let session = |disk: &FaultyDisk| run(disk, script);
    FaultyDisk::new().with_each_fault(Fault::PowerCut, 1, session, |disk, oracle| {
        disk.each_power_cut(mixtures, |after| {
            let (mut store, recovery) = open(after);
            assert_eq!(recovery.damaged, Vec::<std::path::PathBuf>::new());
            oracle.check(&mut store);
            drop(store);
            // What was recovered is as safe as what was acknowledged, and is recovered once.
            let (mut store, recovery) = open(&after.after_power_cut(Forgetting::Everything));
            assert_eq!(recovery, Recovery::default());
            oracle.check(&mut store);
        });
    })
}

#[test]
fn nothing_acknowledged_is_lost_wherever_the_power_is_cut() {
    let operations = cut_everywhere(&everything_once(), 8);
    assert!(operations > 100, "only {operations} operations: is the disk asked at all?");
}

#[test]
fn nothing_acknowledged_is_lost_in_any_session() {
    for seed in 0..10 {
        let script = anything(seed, 40);
        let _told = OnFailure::new(format!("session {seed}: {script:?}"));
        cut_everywhere(&script, 2);
    }
}

#[test]
fn the_power_may_be_cut_again_while_the_store_recovers() {
    let script = everything_once();
    let mut again = 0;
    let session = |disk: &FaultyDisk| run(disk, &script);
    FaultyDisk::new().with_each_fault(Fault::PowerCut, 3, session, |disk, oracle| {
        disk.each_power_cut(1, |after| {
            let recovery = |disk: &FaultyDisk| drop(try_open(disk));
            after.with_each_fault(Fault::PowerCut, 1, recovery, |disk, ()| {
                disk.each_power_cut(1, |after| {
                    oracle.check(&mut open(after).0);
                    again += 1;
                });
            });
        });
    });
    assert!(again > 5_000, "only {again} second power cuts");
}
