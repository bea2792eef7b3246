//! The disk fails, fills up, and writes by halves.

use std::io;

use centrala_testkit::{Fault, FaultyDisk, Forgetting};
use centrala_voicemail::{Answer, MessageId, Request, StoreError};

use crate::{
    oracle::{Oracle, Step, anything, everything_once},
    support::{Context, ask, envelope, list, mailbox, open, sound, try_open},
};

/// Runs a session with a fault at the operation of this number; returns what must be there then,
/// unless the session was over before.
fn run_with(disk: &FaultyDisk, script: &[Step], at: u64, fault: Fault) -> Option<Oracle> {
    disk.fail_at(at, fault);
    let mut oracle = Oracle::default();
    if let Ok((mut store, _)) = try_open(disk) {
        script.iter().for_each(|step| oracle.step(&mut store, *step));
    }
    (disk.operations() >= at).then_some(oracle)
}

fn fail_everywhere(script: &[Step], fault: Fault) -> usize {
    let mut failures = 0;
    for at in 1.. {
        let disk = FaultyDisk::new();
        let Some(oracle) = run_with(&disk, script, at, fault) else { break };
        failures += oracle.failures;
        for forgetting in
            [Forgetting::Everything, Forgetting::Nothing, Forgetting::Some { seed: at }]
        {
            let context = format!("{fault:?} at {at}, forgetting {forgetting:?}");
            let _told_on_failure = Context(&context);
            let (mut store, _) = open(&disk.after_power_cut(forgetting));
            oracle.check(&mut store);
        }
    }
    failures
}

#[test]
fn whatever_operation_fails_nothing_acknowledged_is_lost() {
    for kind in [io::ErrorKind::Other, io::ErrorKind::StorageFull] {
        for fault in [Fault::Error(kind), Fault::Dead(kind)] {
            let failures = fail_everywhere(&everything_once(), fault);
            assert!(failures > 100, "{fault:?} made only {failures} requests fail");
        }
    }
}

#[test]
fn whatever_operation_fails_in_any_session_nothing_acknowledged_is_lost() {
    for seed in 0..10 {
        fail_everywhere(&anything(seed, 40), Fault::Error(io::ErrorKind::Other));
    }
}

#[test]
fn short_writes_are_completed() {
    let script = everything_once();
    assert_eq!(fail_everywhere(&script, Fault::ShortWrite), 0);
}

#[test]
fn a_full_disk_is_told_and_what_was_said_before_is_kept() {
    let disk = FaultyDisk::new();
    let (mut store, _) = open(&disk);
    ask(&mut store, Request::AddMailbox { mailbox: mailbox("101") });
    let begin = Request::OpenDraft { mailbox: mailbox("101"), envelope: envelope(1) };
    let Answer::Draft(draft) = ask(&mut store, begin.clone()) else { panic!("no draft") };
    let spoken = |from: u8| -> Vec<u8> { (1..=200).map(|n| n % 50 + from).collect() };
    let append = |from| Request::Append { draft, audio: spoken(from) };
    assert_eq!(ask(&mut store, append(1)), Answer::Appended);
    disk.set_room(Some(0));
    for _ in 0..2 {
        let full = Answer::Failed(StoreError::NoSpace);
        assert_eq!(ask(&mut store, append(100)), full);
        assert_eq!(ask(&mut store, begin.clone()), full);
    }
    // The file is as long as it will be: to keep it needs no room.
    let Answer::Kept(kept) = ask(&mut store, Request::Commit { draft }) else { panic!("not kept") };
    assert!(kept.interrupted, "there was more to say");
    assert_eq!(list(&mut store, "101"), std::slice::from_ref(&kept));
    drop(store);
    let (mut store, _) = open(&disk.after_power_cut(Forgetting::Everything));
    assert_eq!(list(&mut store, "101"), [kept]);
    let message = MessageId::of_draft(draft);
    assert_eq!(sound(&mut store, Request::Fetch { message }), spoken(1));
}

#[test]
fn after_a_failed_sync_only_what_is_certain_is_kept() {
    let disk = FaultyDisk::new();
    let (mut store, _) = open(&disk);
    ask(&mut store, Request::AddMailbox { mailbox: mailbox("101") });
    let begin = Request::OpenDraft { mailbox: mailbox("101"), envelope: envelope(1) };
    let Answer::Draft(draft) = ask(&mut store, begin) else { panic!("no draft") };
    let append = |byte| Request::Append { draft, audio: vec![byte; 6_400] };
    assert_eq!(ask(&mut store, append(1)), Answer::Appended);
    // The write, then the sync.
    disk.fail_at(disk.operations() + 2, Fault::Error(io::ErrorKind::Other));
    let failed = Answer::Failed(StoreError::Medium(io::ErrorKind::Other));
    assert_eq!(ask(&mut store, append(2)), failed);
    assert_eq!(ask(&mut store, append(3)), failed, "although the disk works again");
    let Answer::Kept(kept) = ask(&mut store, Request::Commit { draft }) else { panic!("not kept") };
    assert!(kept.interrupted);
    let (mut store, _) = open(&disk.after_power_cut(Forgetting::Everything));
    let message = MessageId::of_draft(draft);
    assert_eq!(sound(&mut store, Request::Fetch { message }), vec![1; 6_400]);
}
