//! The power is cut after every single operation.

use centrala_store_files::Recovery;
use centrala_testkit::{Fault, FaultyDisk, Forgetting};

use crate::{
    oracle::{Oracle, Step, anything, everything_once},
    support::{Context, open, try_open},
};

/// What a power cut may leave: nothing, everything, and mixtures.
fn forgettings(mixtures: u64) -> impl Iterator<Item = Forgetting> {
    let mixtures = (0..mixtures).map(|seed| Forgetting::Some { seed });
    [Forgetting::Everything, Forgetting::Nothing].into_iter().chain(mixtures)
}

/// Runs a session up to the operation of this number; returns what must be there then, and whether
/// the session was over before.
fn run_until(disk: &FaultyDisk, script: &[Step], cut: u64) -> (Oracle, bool) {
    disk.fail_at(cut, Fault::PowerCut);
    let mut oracle = Oracle::default();
    let Ok((mut store, _)) = try_open(disk) else { return (oracle, false) };
    for step in script {
        oracle.step(&mut store, *step);
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
            let (mut store, recovery) = open(&after);
            assert_eq!(recovery.damaged, Vec::<std::path::PathBuf>::new());
            oracle.check(&mut store);
            drop(store);
            // What was recovered is as safe as what was acknowledged, and is recovered once.
            let (mut store, recovery) = open(&after.after_power_cut(Forgetting::Everything));
            assert_eq!(recovery, Recovery::default());
            oracle.check(&mut store);
        }
        if over {
            return cut - 1;
        }
    }
    unreachable!("the numbers do not end")
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
        let _told_on_failure = Context(&format!("session {seed}: {script:?}"));
        cut_everywhere(&script, 2);
    }
}

#[test]
fn the_power_may_be_cut_again_while_the_store_recovers() {
    let script = everything_once();
    let mut again = 0;
    for cut in (1..).step_by(3) {
        let disk = FaultyDisk::new();
        let (oracle, over) = run_until(&disk, &script, cut);
        for forgetting in forgettings(1) {
            for second in 1.. {
                let after = disk.after_power_cut(forgetting);
                after.fail_at(second, Fault::PowerCut);
                let opened = try_open(&after).is_ok();
                let context = format!("cut at {cut} and {second}, forgetting {forgetting:?}");
                let _told_on_failure = Context(&context);
                for forgetting in forgettings(1) {
                    oracle.check(&mut open(&after.after_power_cut(forgetting)).0);
                    again += 1;
                }
                if opened {
                    break;
                }
            }
        }
        if over {
            break;
        }
    }
    assert!(again > 5_000, "only {again} second power cuts");
}
