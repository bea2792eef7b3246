//! The disk fails, fills up, and writes by halves.

use std::io;

use centrala_testkit::{Fault, FaultyDisk, Forgetting};
use centrala_voicemail::{Answer, MessageId, Request, StoreError};

use crate::{
    oracle::{Step, anything, everything_once},
    support::{ask, envelope, list, mailbox, open, run, sound},
};

/// Lets each operation of a session fail; returns how many answers were failures.
fn fail_everywhere(script: &[Step], fault: Fault) -> usize {
    let mut failures = 0;
    let session = |disk: &FaultyDisk| run(disk, script);
    FaultyDisk::new().with_each_fault(fault, 1, session, |disk, oracle| {
        failures += oracle.failures;
        disk.each_power_cut(1, |after| oracle.check(&mut open(after).0));
    });
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
