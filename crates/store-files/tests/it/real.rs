//! On the disk of this machine.

use std::{fs, path::Path};

use centrala_store_files::{FORMAT, FileStore, FileStoreConfig, OpenStoreError, Recovery};
use centrala_voicemail::{
    Answer, Folder, GreetingKind, MessageId, Request, StoreError, conformance,
};

use crate::support::{ask, envelope, list, mailbox, scratch, sound};

fn open(dir: &Path) -> (FileStore, Recovery) {
    FileStore::open(dir, FileStoreConfig::default()).unwrap()
}

/// Leaves a message, and returns its id.
fn leave(store: &mut FileStore, name: &str, audio: &[u8]) -> MessageId {
    let Answer::Draft(draft) =
        ask(store, Request::OpenDraft { mailbox: mailbox(name), envelope: envelope(5) })
    else {
        panic!("no draft")
    };
    assert_eq!(ask(store, Request::Append { draft, audio: audio.to_vec() }), Answer::Appended);
    assert!(matches!(ask(store, Request::Commit { draft }), Answer::Kept(_)));
    MessageId::of_draft(draft)
}

#[test]
fn the_store_in_files_conforms() {
    let scratch = scratch("conformance");
    let mut number = 0;
    conformance::check(|limits| {
        number += 1;
        let dir = scratch.path().join(number.to_string());
        FileStore::open(dir, FileStoreConfig::new(limits)).unwrap().0
    });
}

#[test]
fn everything_is_there_after_a_restart() {
    let scratch = scratch("restart");
    let (mut store, recovery) = open(&scratch.path().join("new"));
    assert_eq!(recovery, Recovery::default());
    ask(&mut store, Request::AddMailbox { mailbox: mailbox("101") });
    let first = leave(&mut store, "101", b"first");
    let second = leave(&mut store, "101", b"second");
    let third = leave(&mut store, "101", b"third");
    ask(&mut store, Request::Move { message: first, folder: Folder::Saved });
    ask(&mut store, Request::Delete { message: third });
    let kind = GreetingKind::Unavailable;
    let greeting = b"gone fishing".to_vec();
    ask(&mut store, Request::SetGreeting { mailbox: mailbox("101"), kind, audio: greeting });
    let before = list(&mut store, "101");
    drop(store);

    let (mut store, recovery) = open(&scratch.path().join("new"));
    assert_eq!(recovery, Recovery::default());
    assert_eq!(list(&mut store, "101"), before);
    assert_eq!(before[0].envelope, envelope(5));
    assert_eq!(sound(&mut store, Request::Fetch { message: first }), b"first");
    assert_eq!(sound(&mut store, Request::Fetch { message: second }), b"second");
    let fetch = Request::FetchGreeting { mailbox: mailbox("101"), kind };
    assert_eq!(sound(&mut store, fetch), b"gone fishing");
    assert!(matches!(ask(&mut store, Request::Commit { draft: second.draft() }), Answer::Kept(_)));
    assert!(leave(&mut store, "101", b"fourth") > third, "a number is never given again");
}

#[test]
fn a_message_is_a_wav_file_at_the_documented_place() {
    let scratch = scratch("wav");
    let (mut store, _) = open(scratch.path());
    ask(&mut store, Request::AddMailbox { mailbox: mailbox("sales") });
    let id = leave(&mut store, "sales", &[0x7f; 8_000]);
    assert_eq!(id, MessageId::new(1));
    let file = fs::read(scratch.path().join("mailboxes/sales/new/0000000000000001.wav")).unwrap();
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!((&file[..4], &file[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
    assert_eq!(usize::try_from(number(4)).unwrap() + 8, file.len());
    assert_eq!(&file[20..24], [7, 0, 1, 0], "µ-law, one channel");
    assert_eq!((number(24), number(28)), (8_000, 8_000));
    let data = file.len() - 8_008;
    assert_eq!((&file[data..data + 4], number(data + 4)), (&b"data"[..], 8_000));
    let json = r#"{"mailbox":"sales","received":5,"reason":"no-answer","called":"+15550100","caller_number":"+15550177","caller_name":"Łucja"}"#;
    assert!(file.windows(json.len()).any(|part| part == json.as_bytes()));
    let format = fs::read_to_string(scratch.path().join("format")).unwrap();
    assert_eq!(format, format!("centrala-store-files {FORMAT}\n"));
}

#[test]
fn a_second_store_in_the_same_directory_is_told_who_has_it() {
    let scratch = scratch("lock");
    let store = open(scratch.path());
    let error = FileStore::open(scratch.path(), FileStoreConfig::default()).unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(error, OpenStoreError::InUse { holder: Some(pid), .. } if pid == std::process::id()),
        "{text}"
    );
    assert!(text.contains("in use by the process"), "{text}");
    drop(store);
    open(scratch.path());
}

#[test]
fn what_is_no_store_is_left_alone() {
    let scratch = scratch("foreign");
    fs::write(scratch.path().join("thesis.txt"), "chapter one").unwrap();
    let error = FileStore::open(scratch.path(), FileStoreConfig::default()).unwrap_err();
    assert!(matches!(error, OpenStoreError::NotAStore { .. }), "{error}");
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1, "nothing was written");
    fs::write(scratch.path().join("format"), "centrala-store-files 2\n").unwrap();
    let error = FileStore::open(scratch.path(), FileStoreConfig::default()).unwrap_err();
    assert!(matches!(error, OpenStoreError::NewerFormat { found: 2, .. }), "{error}");
    fs::write(scratch.path().join("format"), "PNG").unwrap();
    let error = FileStore::open(scratch.path(), FileStoreConfig::default()).unwrap_err();
    assert!(matches!(error, OpenStoreError::NotAStore { .. }), "{error}");
}

#[test]
fn a_draft_of_a_store_that_is_gone_becomes_an_interrupted_message() {
    let scratch = scratch("draft");
    let (mut store, _) = open(scratch.path());
    ask(&mut store, Request::AddMailbox { mailbox: mailbox("101") });
    let begin = Request::OpenDraft { mailbox: mailbox("101"), envelope: envelope(5) };
    let Answer::Draft(draft) = ask(&mut store, begin.clone()) else { panic!("no draft") };
    let Answer::Draft(_empty) = ask(&mut store, begin) else { panic!("no draft") };
    ask(&mut store, Request::Append { draft, audio: b"call me ba".to_vec() });
    drop(store);

    let (mut store, recovery) = open(scratch.path());
    let messages = list(&mut store, "101");
    assert_eq!((recovery.recovered.as_slice(), recovery.empty), (messages.as_slice(), 1));
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].interrupted, messages[0].folder), (true, Folder::New));
    assert_eq!(messages[0].envelope, envelope(5));
    let message = MessageId::of_draft(draft);
    assert_eq!(sound(&mut store, Request::Fetch { message }), b"call me ba");
    // Whoever did not hear the answer asks again.
    let Answer::Kept(kept) = ask(&mut store, Request::Commit { draft }) else { panic!("not kept") };
    assert_eq!(kept, messages[0]);
    drop(store);
    assert_eq!(open(scratch.path()).1, Recovery::default(), "all is recovered once");
}

#[test]
fn files_that_nobody_understands_are_kept_and_told() {
    let scratch = scratch("damaged");
    let (mut store, _) = open(scratch.path());
    ask(&mut store, Request::AddMailbox { mailbox: mailbox("101") });
    let id = leave(&mut store, "101", b"whole");
    drop(store);
    let new = scratch.path().join("mailboxes/101/new");
    fs::write(new.join("00000000000000ff.wav"), vec![b'?'; 10_000]).unwrap();
    fs::write(new.join("notes.txt"), "not ours").unwrap();
    fs::write(scratch.path().join("drafts/00000000000000fe.wav"), vec![b'?'; 10_000]).unwrap();

    let (mut store, recovery) = open(scratch.path());
    assert_eq!(recovery.damaged, [scratch.path().join("damaged/00000000000000fe.wav")]);
    assert_eq!(fs::read(&recovery.damaged[0]).unwrap(), vec![b'?'; 10_000]);
    let told: Vec<_> =
        list(&mut store, "101").iter().map(|message| (message.id, message.interrupted)).collect();
    let odd = MessageId::new(0xff);
    assert_eq!(told, [(id, false), (odd, true)]);
    let fetched = ask(&mut store, Request::Fetch { message: odd });
    assert_eq!(fetched, Answer::Failed(StoreError::Damaged));
    assert_eq!(sound(&mut store, Request::Fetch { message: id }), b"whole");
    assert!(leave(&mut store, "101", b"next") > odd);
}
