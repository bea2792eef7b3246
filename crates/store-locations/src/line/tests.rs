use core::num::NonZeroU32;

use proptest::prelude::*;

use super::*;

fn record() -> LocationRecord {
    let flow: Flow = "TCP [2001:db8::9]:40112".parse().unwrap();
    let flow = flow.with_interface(InterfaceId::new(3));
    let contact = "sip:1%301@10.0.0.7;x=|".parse().unwrap();
    let mut binding = StoredBinding::new(contact, flow, Duration::from_millis(1_795_550_000_123));
    binding.quality = 250;
    binding.call_id = "a 84%b4c@ł".into();
    binding.sequence = 4;
    binding.instance = Some("<urn:uuid:1>".into());
    binding.reg_id = NonZeroU32::new(2);
    binding.paths =
        vec!["\"A B\" <sip:p;lr>;x=\"|\"".parse().unwrap(), "<sip:q;lr>".parse().unwrap()];
    let plain = StoredBinding::new(
        "sip:x@y".parse().unwrap(),
        "192.0.2.1:5060".parse().unwrap(),
        Duration::ZERO,
    );
    LocationRecord::new("Łucja 1".into(), vec![binding, plain])
}

/// Reads a line that is a record.
fn read(line: &[u8]) -> Option<LocationRecord> {
    match super::read(line)? {
        Line::Record(record) => Some(record),
        Line::Mark => panic!("a mark is no record"),
    }
}

fn line(record: &LocationRecord) -> String {
    write(record).unwrap().strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn a_record_is_one_line_that_a_person_can_read() {
    let expected = "%c5%81ucja%201 | contact=sip:1%25301@10.0.0.7;x=%7c \
        flow=TCP%20[2001:db8::9]:40112 interface=3 q=250 until=1795550000123 \
        call=a%2084%25b4c@%c5%82 cseq=4 instance=<urn:uuid:1> reg-id=2 \
        path=\"A%20B\"%20<sip:p;lr>;x=\"%7c\" path=<sip:q;lr> \
        | contact=sip:x@y flow=UDP%20192.0.2.1:5060 until=0 call= cseq=0";
    let line = line(&record());
    assert_eq!(line, format!("{} {expected}", sum(expected)));
    assert_eq!(read(line.as_bytes()), Some(record()));
    let gone = LocationRecord::new("101".into(), Vec::new());
    assert_eq!(write(&gone).unwrap(), "5470607c 101\n");
    assert_eq!(read(format!("{} 101", sum("101")).as_bytes()), Some(gone));
}

fn sum(text: &str) -> String {
    format!("{:08x}", crc32(text.as_bytes()))
}

#[test]
fn a_mark_is_told_from_every_user() {
    assert_eq!(MARK, seal(MARK_TEXT));
    assert_eq!(super::read(MARK.trim_end().as_bytes()), Some(Line::Mark));
    let user = LocationRecord::new("|".into(), Vec::new());
    assert_eq!(read(line(&user).as_bytes()), Some(user));
}

#[test]
fn the_user_of_a_line_is_known_as_long_as_the_name_is_whole() {
    let user = record().user;
    let whole = write(&record()).unwrap().into_bytes();
    let name = 9.."%c5%81ucja%201".len() + 9;
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        let known = user_of(&changed).as_ref() == Some(&user);
        assert_eq!(known, !(name.start..=name.end).contains(&place), "{place}");
    }
    for (line, user) in [
        (&b""[..], None),
        (b"1234567\n", None),
        (b"12345678\n", Some("")),
        (b"5470607c 101\n", Some("101")),
        (b"5470607c", None),
        (b"5470607c 10%1 | contact", None),
        (b"5470607c \xff |", None),
    ] {
        assert_eq!(user_of(line).as_deref(), user, "{line:?}");
    }
}

#[test]
fn what_a_later_version_adds_is_passed_over_and_what_is_missing_is_missed() {
    let with = |text: &str| read(format!("{} {text}", sum(text)).as_bytes());
    let known = "101 | contact=sip:a@b flow=UDP%20192.0.2.1:1 until=5 call=c cseq=1";
    assert_eq!(with(&format!("{known} colour=blue")), with(known));
    assert!(with(known).is_some());
    for (what, bad) in [
        ("no user", " | contact=sip:a@b"),
        ("no contact", "101 | flow=UDP%20192.0.2.1:1 until=5 call=c cseq=1"),
        ("no flow", "101 | contact=sip:a@b until=5 call=c cseq=1"),
        ("no field", "101 | contact"),
        ("no binding", "101 contact=sip:a@b"),
        ("no escape", "10%1"),
        ("no octet", "10%zz"),
        ("no transport", "101 | contact=sip:a@b flow=SCTP%20192.0.2.1:1 until=5 call=c cseq=1"),
    ] {
        assert_eq!(with(bad), None, "{what}");
    }
}

#[test]
fn a_line_that_was_changed_anywhere_is_none() {
    let line = line(&record()).into_bytes();
    for place in 0..line.len() {
        for bit in [1, 4, 128] {
            let mut changed = line.clone();
            changed[place] ^= bit;
            assert_eq!(read(&changed), None, "{place}");
        }
        assert_eq!(read(&line[..place]), None, "cut off at {place}");
    }
}

#[test]
fn a_record_beyond_all_limits_is_not_written() {
    let mut record = record();
    record.bindings[0].call_id = "x".repeat(MAX_LINE);
    assert_eq!(write(&record), None);
}

proptest! {
    #[test]
    fn any_octets_are_read_without_harm(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&octets);
        let text = String::from_utf8_lossy(&octets).into_owned();
        let _ = read(format!("{} {text}", sum(&text)).as_bytes());
    }

    #[test]
    fn any_word_survives(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
        let mut text = String::new();
        escape(&mut text, &octets);
        prop_assert!(text.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'|'));
        prop_assert_eq!(unescape(&text), Some(octets));
    }

    #[test]
    fn any_record_survives(
        user in "[^\u{0}]{1,20}",
        call_id in ".{0,20}",
        sequence: u32,
        quality in 0_u16..=1_000,
        millis: u64,
        instance in proptest::option::of(".{1,20}"),
        reg_id in 0_u32..3,
        interface in proptest::option::of(0_u16..3),
        port: u16,
    ) {
        let mut flow = Flow::from(std::net::SocketAddr::from(([192, 0, 2, 1], port)));
        if let Some(interface) = interface {
            flow = flow.with_interface(InterfaceId::new(interface));
        }
        let contact = "sip:a@b".parse().unwrap();
        let mut binding = StoredBinding::new(contact, flow, Duration::from_millis(millis));
        (binding.call_id, binding.sequence, binding.quality) = (call_id, sequence, quality);
        (binding.instance, binding.reg_id) = (instance, NonZeroU32::new(reg_id));
        let record = LocationRecord::new(user, vec![binding]);
        prop_assert_eq!(read(line(&record).as_bytes()), Some(record));
    }
}
