//! The power is cut after every single operation.

use centrala_testkit::{Fault, FaultyDisk, Forgetting};
use centrala_ua::LocationStore as _;

use crate::{
    session::{Oracle, Step, anything, much},
    support::{Context, open, try_open},
};

/// What a power cut may leave: nothing, everything, and mixtures.
fn forgettings(mixtures: u64) -> impl Iterator<Item = Forgetting> {
    let mixtures = (0..mixtures).map(|seed| Forgetting::Some { seed });
    [Forgetting::Everything, Forgetting::Nothing].into_iter().chain(mixtures)
}

/// Runs a session up to the operation of this number; returns what may be there then, and whether the session was over
/// before.
fn run_until(disk: &FaultyDisk, script: &[Step], cut: u64) -> (Oracle, bool) {
    disk.fail_at(cut, Fault::PowerCut);
    let mut oracle = Oracle::default();
    let Ok((mut store, _)) = try_open(disk) else { return (oracle, false) };
    for step in script {
        oracle.step(&mut store, step);
        if disk.operations() >= cut {
            return (oracle, false);
        }
    }
    (oracle, true)
}

/// Cuts the power at each operation of a session; returns how many there are.
fn cut_everywhere(script: &[Step], mixtures: u64) -> u64 {
    for cut in 1.. {
        let disk = FaultyDisk::new();
        let (oracle, over) = run_until(&disk, script, cut);
        for forgetting in forgettings(mixtures) {
            let context = format!("power cut at {cut}, forgetting {forgetting:?}");
            let _told_on_failure = Context(&context);
            let after = disk.after_power_cut(forgetting);
            let (mut store, _) = open(&after);
            oracle.check(&store);
            // What was found is found again, and can be written again.
            let found = store.records();
            store.flush().unwrap();
            drop(store);
            let (store, recovery) = open(&after.after_power_cut(Forgetting::Everything));
            assert_eq!((recovery.damaged, recovery.torn), (0, 0), "the journal was mended");
            assert_eq!(store.records(), found);
        }
        if over {
            return cut - 1;
        }
    }
    unreachable!("the numbers do not end")
}

#[test]
fn each_user_is_as_at_some_moment_since_the_last_flush_wherever_the_power_is_cut() {
    let mut operations = 0;
    for seed in 0..30 {
        let script = anything(seed, 40);
        let _told_on_failure = Context(&format!("session {seed}: {script:?}"));
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
    for cut in (1..).step_by(3) {
        let disk = FaultyDisk::new();
        let (oracle, over) = run_until(&disk, &script, cut);
        for forgetting in forgettings(2) {
            for second in 1.. {
                let after = disk.after_power_cut(forgetting);
                after.fail_at(second, Fault::PowerCut);
                let mended = try_open(&after).is_ok_and(|(mut store, _)| store.flush().is_ok());
                let context = format!("cut at {cut} and {second}, forgetting {forgetting:?}");
                let _told_on_failure = Context(&context);
                for forgetting in forgettings(2) {
                    oracle.check(&open(&after.after_power_cut(forgetting)).0);
                    again += 1;
                }
                if mended {
                    break;
                }
            }
        }
        if over {
            break;
        }
    }
    assert!(again > 500, "only {again} second power cuts");
}
