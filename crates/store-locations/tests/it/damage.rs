//! What is in the journal is not what was written: a disk changed it, a person did, or another version wrote it.

use std::{
    path::{Path, PathBuf},
    slice::from_ref,
};

use centrala_disk::{Disk as _, DiskFile as _};
use centrala_store_locations::{MAX_DAMAGED, OpenLocationsError, Recovery};
use centrala_testkit::{Fault, FaultyDisk, Forgetting, OnFailure};
use centrala_ua::{LocationRecord, LocationStore as _};

use crate::support::{STORE, find, open, record, try_open};

const JOURNAL: &str = "journal";
const DAMAGED: &str = "damaged";
const SET_ASIDE: &str = "journal.damaged";

fn path(name: &str) -> PathBuf {
    Path::new(STORE).join(name)
}

fn contents(disk: &FaultyDisk, name: &str) -> Option<Vec<u8>> {
    disk.clone().open(&path(name)).ok()?.read_up_to(0, 1 << 22).ok()
}

/// A disk with this journal.
fn disk_with(journal: &[u8]) -> FaultyDisk {
    let mut disk = FaultyDisk::new();
    disk.create_dir_durably(Path::new(STORE)).unwrap();
    disk.replace(&path(JOURNAL), |file| Ok(file.write_all(0, journal)?)).unwrap();
    disk
}

/// The journal of a session: what was put, a flush between each two.
fn journal(flushes: &[&[LocationRecord]]) -> Vec<u8> {
    let disk = FaultyDisk::new();
    let (mut store, _) = open(&disk);
    for records in flushes {
        records.iter().cloned().for_each(|record| store.put(record));
        store.flush().unwrap();
    }
    contents(&disk, JOURNAL).unwrap()
}

/// Returns where a line begins and ends, by what is in it.
fn line_with(journal: &[u8], what: &str) -> std::ops::Range<usize> {
    let mut at = 0;
    for line in journal.split_inclusive(|octet| *octet == b'\n') {
        if line.windows(what.len()).any(|part| part == what.as_bytes()) {
            return at..at + line.len();
        }
        at += line.len();
    }
    panic!("{what} is in no line")
}

fn flipped(journal: &[u8], bit: usize) -> Vec<u8> {
    let mut journal = journal.to_vec();
    journal[bit / 8] ^= 1 << (bit % 8);
    journal
}

#[test]
fn a_line_that_was_changed_is_put_aside_and_the_others_are_read() {
    let whole = journal(&[&[record("101", 1, 1), record("102", 1, 1), record("103", 1, 1)]]);
    let text = String::from_utf8(whole).unwrap();
    let text = text.replace("sip:102@10.0.0.0", "sip:666@10.0.0.0") + "5f3a9c01 104 | cont";
    let disk = disk_with(text.as_bytes());
    let (store, recovery) = open(&disk);
    let users: Vec<_> = store.records().into_iter().map(|record| record.user).collect();
    assert_eq!(users, ["101", "103"]);
    assert_eq!((recovery.damaged, recovery.forgotten, recovery.torn), (1, 0, 19));
    assert_eq!(recovery.aside, Some(path(DAMAGED)));
    let aside = String::from_utf8(contents(&disk, DAMAGED).unwrap()).unwrap();
    assert!(aside.contains("sip:666@10.0.0.0") && aside.lines().count() == 1, "{aside}");
    drop(store);
    assert_eq!(open(&disk).1, Recovery::default(), "mended, and told once");
}

#[test]
fn rubbish_is_put_aside_up_to_a_limit() {
    let whole = journal(&[&[record("101", 1, 1)]]);
    let rubbish: Vec<u8> = (0..1_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let (head, rest) = whole.split_at(line_with(&whole, "101").start);
    let disk = disk_with(&[head, &rubbish, b"\n", rest].concat());
    let (store, recovery) = open(&disk);
    assert_eq!(store.records(), [record("101", 1, 1)]);
    assert!(recovery.damaged > 1_000, "{recovery:?}");
    assert_eq!(recovery.aside, Some(path(DAMAGED)));
    assert_eq!(contents(&disk, DAMAGED).unwrap().len(), MAX_DAMAGED);
    assert!(contents(&disk, JOURNAL).unwrap().len() < 1_000, "mended");
}

#[test]
fn a_bit_that_the_disk_has_changed_costs_one_line_at_most_and_is_told() {
    let whole = journal(&[&[record("101", 1, 1)], &[record("102", 1, 1)]]);
    let lines = |text: &[u8]| text.iter().filter(|octet| **octet == b'\n').count();
    for bit in 0..whole.len() * 8 {
        let _told = OnFailure::new(format!("bit {bit}"));
        let text = flipped(&whole, bit);
        let disk = disk_with(&text);
        let (mut store, recovery) = open(&disk);
        assert!(recovery.damaged > 0 || recovery.torn > 0, "{recovery:?}");
        assert_eq!(recovery.aside.is_some(), recovery.damaged > 0);
        // The end of a line may be the bit: then two are one.
        let lost = 2 - store.records().len();
        assert!(lost <= 1, "{lost} lines of {}", lines(&text));
        store.put(record("103", 1, 1));
        store.flush().unwrap();
        drop(store);
        let (store, recovery) = open(&disk);
        assert_eq!((store.records().len(), recovery), (3 - lost, Recovery::default()), "mended");
    }
}

#[test]
fn a_damaged_first_line_loses_no_registration_and_nothing_of_the_journal() {
    let records = [record("101", 1, 1), record("102", 2, 1)];
    let whole = journal(&[&records, &[record("103", 1, 1)]]);
    let first = line_with(&whole, "centrala-locations");
    for bit in 0..first.end * 8 {
        let _told = OnFailure::new(format!("bit {bit}"));
        let text = flipped(&whole, bit);
        let disk = disk_with(&text);
        let (mut store, recovery) = open(&disk);
        let mut expected = Recovery::default();
        (expected.damaged, expected.aside) = (1, Some(path(SET_ASIDE)));
        assert_eq!(recovery, expected);
        assert_eq!(contents(&disk, SET_ASIDE), Some(text), "nothing of it is lost");
        // Without the end of the first line the second one is a part of it.
        let users = if bit / 8 == first.end - 1 { 2 } else { 3 };
        assert_eq!(store.records().len(), users);
        assert!(store.journal_length().is_some(), "a new journal has begun");
        store.put(record("104", 1, 1));
        store.flush().unwrap();
        drop(store);
        let (store, recovery) = open(&disk.after_power_cut(Forgetting::Everything));
        assert_eq!((store.records().len(), recovery), (users + 1, Recovery::default()));
    }
}

#[test]
fn a_journal_without_a_first_line_is_told() {
    let whole = journal(&[&[record("101", 1, 1)]]);
    let headless = whole.get(line_with(&whole, "101").start..).unwrap();
    for (name, text, damaged, torn, users) in [
        ("empty", &b""[..], 1, 0, 0),
        ("half a line", b"9cdae26a centr", 1, 14, 0),
        ("another line", headless, 1, 0, 1),
        ("format 0", b"1c0a7a5e centrala-locations 0\n", 1, 30, 0),
    ] {
        let (store, recovery) = open(&disk_with(text));
        let mut expected = Recovery::default();
        (expected.damaged, expected.torn) = (damaged, torn);
        expected.aside = Some(path(SET_ASIDE));
        assert_eq!((store.records().len(), recovery), (users, expected), "{name}");
    }
}

#[test]
fn the_power_may_be_cut_while_a_journal_is_set_aside() {
    let records = [record("101", 1, 1), record("102", 2, 1)];
    let text = flipped(&journal(&[&records]), 3);
    let mut cuts = 0;
    let session = |disk: &FaultyDisk| try_open(disk).is_ok();
    disk_with(&text).with_each_fault(Fault::PowerCut, 1, session, |disk, _| {
        disk.each_power_cut(8, |after| {
            let (store, recovery) = open(after);
            assert_eq!(store.records(), records);
            assert_eq!(contents(after, SET_ASIDE).as_deref(), Some(&text[..]));
            if recovery != Recovery::default() {
                assert_eq!(recovery.aside, Some(path(SET_ASIDE)));
            }
            drop(store);
            let (store, recovery) = open(&after.after_power_cut(Forgetting::Everything));
            assert_eq!((&store.records()[..], recovery), (&records[..], Recovery::default()));
            cuts += 1;
        });
    });
    assert!(cuts > 100, "only {cuts} power cuts");
}

#[test]
fn a_disk_that_is_full_keeps_what_it_has_of_a_journal_that_was_set_aside() {
    let records = [record("101", 1, 1)];
    let text = flipped(&journal(&[&records]), 3);
    let disk = disk_with(&text);
    disk.set_room(Some(0));
    for _ in 0..3 {
        let (store, recovery) = open(&disk);
        assert_eq!((&store.records()[..], recovery.damaged), (&records[..], 1));
        assert_eq!(recovery.aside, Some(path(SET_ASIDE)));
        assert_eq!(store.journal_length(), None);
    }
    disk.set_room(None);
    assert_eq!(open(&disk).0.records(), records);
    let (store, recovery) = open(&disk);
    assert_eq!((&store.records()[..], recovery), (&records[..], Recovery::default()));
}

#[test]
fn what_a_newer_version_wrote_is_left_alone() {
    let text = b"ebddd2fc centrala-locations 3\nsomething else\n8bb1d29a |\n";
    let mut disk = disk_with(text);
    let error = try_open(&disk).unwrap_err();
    assert!(matches!(error, OpenLocationsError::NewerFormat { found: 3, .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "/var/locations/journal has format 3; this version knows format 2"
    );
    assert_eq!(contents(&disk, JOURNAL).as_deref(), Some(&text[..]));
    let mut names = disk.read_dir(Path::new(STORE)).unwrap();
    names.sort();
    assert_eq!(names, ["journal", "lock"], "nothing was written");
    // A journal that looks newer because of one bit is not; if it was, all of it is still there.
    for bit in 0..29 * 8 {
        let text = flipped(text, bit);
        let disk = disk_with(&text);
        open(&disk);
        assert_eq!(contents(&disk, SET_ASIDE), Some(text), "bit {bit}");
    }
}

/// Format 1, as it was written: without marks, and without a checksum in the first line.
const FORMAT_1: &str = "centrala-locations 1\n\
    af1a9c47 102 | contact=sip:102@10.0.0.7 flow=UDP%20192.0.2.9:40112 until=1795550000000 call=a84b4c cseq=4\n\
    5470607c 101\n";

#[test]
fn a_journal_of_format_1_is_read_and_becomes_one_of_format_2() {
    // For a while it had a checksum in the first line as well.
    let sealed = FORMAT_1.replacen("centrala", "05d3b3d0 centrala", 1);
    for text in [FORMAT_1, &sealed] {
        let disk = disk_with(text.as_bytes());
        let (store, recovery) = open(&disk);
        assert_eq!(recovery, Recovery::default(), "it is as it should be");
        let records = store.records();
        let [record] = &records[..] else { panic!("{records:?}") };
        let [binding] = &record.bindings[..] else { panic!("{record:?}") };
        assert_eq!((record.user.as_str(), binding.contact.as_str()), ("102", "sip:102@10.0.0.7"));
        assert_eq!((binding.call_id.as_str(), binding.sequence), ("a84b4c", 4));
        drop(store);
        let after = disk.after_power_cut(Forgetting::Everything);
        let text = String::from_utf8(contents(&after, JOURNAL).unwrap()).unwrap();
        assert!(text.starts_with("9cdae26a centrala-locations 2\naf1a9c47 102 |"), "{text}");
        let (store, recovery) = open(&after);
        assert_eq!((store.records(), recovery), (records, Recovery::default()));
    }
}

#[test]
fn damage_in_a_journal_of_format_1_is_told_as_ever() {
    let text = FORMAT_1.replace("sip:102", "sip:666");
    let (store, recovery) = open(&disk_with(text.as_bytes()));
    assert_eq!(store.records(), []);
    assert_eq!((recovery.damaged, recovery.aside, recovery.torn), (1, Some(path(DAMAGED)), 0));
    let cut = FORMAT_1.strip_suffix(" 101\n").unwrap();
    let (store, recovery) = open(&disk_with(cut.as_bytes()));
    assert_eq!((store.records().len(), recovery.damaged, recovery.torn), (1, 0, 8));
}

#[test]
fn a_bit_in_the_middle_does_not_bring_back_where_somebody_was_before() {
    let (old, new) = (record("101", 1, 1), record("101", 1, 2));
    let whole = journal(&[from_ref(&old), from_ref(&new), &[record("201", 1, 3)]]);
    let line = line_with(&whole, "call=call-2");
    let name = line.start + 9..line.start + 13;
    let (mut forgotten, mut returned) = (0, 0);
    for bit in line.start * 8..line.end * 8 {
        let (store, recovery) = open(&disk_with(&flipped(&whole, bit)));
        assert_eq!((recovery.damaged, recovery.torn), (1, 0), "bit {bit}");
        assert_eq!(find(&store, "201"), Some(record("201", 1, 3)), "bit {bit}");
        let found = find(&store, "101");
        assert_ne!(found.as_ref(), Some(&new));
        if name.contains(&(bit / 8)) {
            assert_eq!((found.as_ref(), recovery.forgotten), (Some(&old), 0), "bit {bit}");
            returned += 1;
        } else {
            assert_eq!((found, recovery.forgotten), (None, 1), "bit {bit}");
            forgotten += 1;
        }
    }
    assert!(returned == 4 * 8 && forgotten > 10 * returned, "{returned} of {forgotten}");
}

#[test]
fn who_came_again_after_a_damaged_line_is_there() {
    let numbers: Vec<_> = (1..=4).map(|number| [record("101", 1, number)]).collect();
    let flushes: Vec<_> = numbers.iter().map(|records| &records[..]).collect();
    let whole = journal(&flushes);
    for number in 1..=3 {
        let at = line_with(&whole, &format!("call=call-{number}")).start;
        let (store, recovery) = open(&disk_with(&flipped(&whole, at * 8)));
        assert_eq!((recovery.damaged, recovery.forgotten), (1, 0));
        assert_eq!(store.records(), [record("101", 1, 4)]);
    }
}

#[test]
fn somebody_who_left_is_not_back_when_that_line_is_damaged() {
    let whole = journal(&[&[record("101", 1, 1)], &[record("101", 0, 2)], &[record("102", 1, 3)]]);
    let leaving = line_with(&whole, " 101\n");
    let (store, recovery) = open(&disk_with(&flipped(&whole, leaving.start * 8)));
    assert_eq!((recovery.damaged, recovery.forgotten), (1, 1));
    assert_eq!(store.records(), [record("102", 1, 3)]);
}

#[test]
fn a_write_of_which_a_power_cut_left_the_end_only_takes_nothing_back() {
    let (kept, never_told) = (record("101", 1, 1), [record("101", 1, 2), record("102", 1, 2)]);
    let whole = journal(&[from_ref(&kept), &never_told]);
    let line = line_with(&whole, "call=call-2");
    for from in line.start..line.end {
        // The last pages of a write were written, the first ones not.
        let mut torn = whole.clone();
        torn[from..line.end - 1].fill(0);
        if from < line.end - 1 {
            let (store, recovery) = open(&disk_with(&torn));
            assert_eq!((recovery.damaged, recovery.forgotten), (1, 0));
            assert_eq!(store.records(), [kept.clone(), record("102", 1, 2)], "from {from}");
        }
    }
}
