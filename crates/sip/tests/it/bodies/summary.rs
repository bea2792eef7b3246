//! Message summaries.

use bytes::Bytes;
use centrala_sip::{
    HeaderName, MessageClass, MessageCounts, MessageSummary, ParseBodyErrorKind as Kind,
    UrgentCounts,
};

use crate::sample::{file, request};

fn read(text: &str) -> MessageSummary {
    MessageSummary::parse(&Bytes::from(text.to_owned()))
        .unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

fn class(name: &str) -> MessageClass {
    MessageClass::from_name(&name.parse().unwrap()).unwrap()
}

#[test]
fn a_notification_of_waiting_messages_is_read_whole() {
    let notify = request(&file("bodies/message-waiting"));
    let summary = notify.typed_body().message_summary().unwrap();
    assert!(summary.is_waiting());
    assert_eq!(summary.account(), Some("sip:*97@acme.example"));
    let voice = summary.counts_of(&MessageClass::VOICE).unwrap();
    assert_eq!((voice.new_messages(), voice.old_messages()), (4, 8));
    assert_eq!(voice.urgent(), Some(UrgentCounts { new: 1, old: 2 }));
    let fax = summary.counts_of(&MessageClass::FAX).unwrap();
    assert_eq!((fax.new_messages(), fax.old_messages(), fax.urgent()), (0, 3, None));
    let unknown = summary.counts_of(&class("x-recording")).unwrap();
    assert_eq!((unknown.class().as_str(), unknown.new_messages()), ("X-Recording", 7));
    let others: Vec<_> = summary.others().map(|(name, value)| (name.as_str(), value)).collect();
    assert_eq!(others, [("X-Quota", b"81 percent".as_slice())]);
    assert!(summary.extensions().starts_with(b"To: <sip:101@acme.example>\r\n"));
    assert_eq!(summary.to_bytes(), notify.body(), "as it came");
}

#[test]
fn devices_write_as_they_like() {
    let voice = |new, old| MessageCounts::new(MessageClass::VOICE, new, old);
    for (text, waiting, counts) in [
        ("Messages-Waiting: yes\r\n", true, None),
        ("Messages-Waiting: no", false, None),
        ("messages-waiting:YES\nvoice-message:1/2\n", true, Some(voice(1, 2).without_urgent())),
        (
            "Messages-Waiting : No \r\nVoice-Message : 0 / 3 ( 0 / 1 ) \r\n",
            false,
            Some(voice(0, 3).with_urgent(0, 1)),
        ),
        ("Voice-Message: 1/0 (0/0)\r\n", true, Some(voice(1, 0))),
        ("Voice-Message: 0/4\r\n", false, Some(voice(0, 4).without_urgent())),
        ("Voice-Message:\r\n 1/2\r\n (0/0)\r\nMessages-Waiting: yes", true, Some(voice(1, 2))),
        (
            "Messages-Waiting: yes\r\nVoice-Message: 99999999999/0",
            true,
            Some(voice(u32::MAX, 0).without_urgent()),
        ),
        (
            "Messages-Waiting: no\r\nVoice-Message: 1/0\r\nVoice-Message: 2/0",
            false,
            Some(voice(1, 0).without_urgent()),
        ),
    ] {
        let summary = read(text);
        assert_eq!(summary.is_waiting(), waiting, "{text:?}");
        assert_eq!(summary.counts_of(&MessageClass::VOICE), counts.as_ref(), "{text:?}");
    }
}

#[test]
fn counts_that_are_none_are_kept_as_they_are() {
    for value in ["1", "a/b", "1/2 (3)", "1/2 (3/4", "1/2 3/4", "-1/2", "1/2 (3/4) x", "/", ""] {
        let text = format!("Messages-Waiting: yes\r\nVoice-Message: {value}\r\n");
        let summary = read(&text);
        assert_eq!(summary.counts(), [], "{value:?}");
        assert_eq!(summary.others().count(), 1, "{value:?}");
        assert_eq!(summary.to_string(), text, "{value:?}");
    }
}

#[test]
fn what_is_no_summary_is_refused_with_its_place() {
    let many = "A: b\r\n".repeat(65);
    for (text, offset, kind) in [
        ("", 0, Kind::MessagesWaiting),
        ("\r\nMessages-Waiting: yes", 0, Kind::MessagesWaiting),
        ("Message-Account: sip:a@b\r\n", 0, Kind::MessagesWaiting),
        ("Messages-Waiting: maybe\r\n", 18, Kind::MessagesWaiting),
        ("Messages-Waiting: yes\r\n2 new messages\r\n", 23, Kind::HeaderName),
        ("Messages-Waiting: yes\rVoice-Message: 1/2", 21, Kind::BareCr),
        (&many, 64 * 6, Kind::TooManyHeaders),
    ] {
        let error = MessageSummary::parse(&Bytes::from(text.to_owned())).unwrap_err();
        assert_eq!((error.offset(), error.kind()), (offset, kind), "{text:?}");
    }
    let long = Bytes::from(vec![b'\n'; MessageSummary::MAX_LEN + 1]);
    let error = MessageSummary::parse(&long).unwrap_err();
    assert_eq!((error.offset(), error.kind()), (MessageSummary::MAX_LEN, Kind::TooLong));
}

#[test]
fn a_summary_at_its_limits_is_printed_and_read_as_the_same() {
    let counts = |lines: usize| "y: 0/4\r\n".repeat(lines);
    let most = read(&counts(63));
    assert_eq!(MessageSummary::parse(&most.to_bytes()), Ok(most));
    let error = MessageSummary::parse(&Bytes::from(counts(64))).unwrap_err();
    assert_eq!((error.offset(), error.kind()), (64 * 8, Kind::TooManyHeaders));
    let told = read(&format!("Messages-Waiting: no\r\n{}", counts(63)));
    assert_eq!(MessageSummary::parse(&told.to_bytes()), Ok(told));

    let long = |octets: usize| format!("Messages-Waiting: no\r\ny: {}\r\n", "x".repeat(octets));
    let longest = read(&long(MessageSummary::MAX_VALUE));
    assert_eq!(MessageSummary::parse(&longest.to_bytes()), Ok(longest));
    let error = MessageSummary::parse(&Bytes::from(long(4_097))).unwrap_err();
    assert_eq!((error.offset(), error.kind()), (25, Kind::HeaderTooLong));

    // Octets that are not UTF-8 are printed as three.
    let account = [b"y: 0/4\r\nMessage-Account: ", b"\xff".repeat(4_000).as_slice()].concat();
    let error = MessageSummary::parse(&Bytes::from(account)).unwrap_err();
    assert_eq!((error.offset(), error.kind()), (25, Kind::HeaderTooLong));
    let whole = |octets: usize| {
        let text = "Messages-Waiting: no\r\n\r\n";
        MessageSummary::parse(&format!("{text:x<octets$}").into())
    };
    let longest = whole(MessageSummary::MAX_LEN).unwrap();
    assert_eq!(MessageSummary::parse(&longest.to_bytes()), Ok(longest));
    let grows = format!("y:0/4\n\n{:x<65500}", "");
    let error = MessageSummary::parse(&Bytes::from(grows)).unwrap_err();
    assert_eq!((error.offset(), error.kind()), (65_507, Kind::TooLong));
}

#[test]
fn a_summary_shows_no_password_and_no_messages() {
    let text = "Messages-Waiting: yes\r\nMessage-Account: sip:101:4711@h\r\nVoice-Message: 1/2\r\n\
                X-Pin: 4712\r\n\r\nSubject: 4713\r\n";
    let shown = format!("{:?}", read(text));
    assert!(shown.contains("Voice-Message") && shown.contains("X-Pin"), "{shown}");
    assert!(!shown.contains("471"), "{shown}");
    let odd = read("Messages-Waiting: yes\r\nMessage-Account: 4711\r\n");
    assert!(!format!("{odd:?}").contains("4711"), "{odd:?}");
}

#[test]
fn a_summary_is_built_as_phones_read_it() {
    let summary = MessageSummary::new(false)
        .with_account(&"sip:mail@acme.example;user=phone".parse().unwrap())
        .with_counts(MessageCounts::new(MessageClass::VOICE, 1, 1))
        .with_counts(MessageCounts::new(MessageClass::TEXT, 0, 2).without_urgent())
        .with_counts(MessageCounts::new(MessageClass::VOICE, 0, 2))
        .with_counts(MessageCounts::new(class("Telex-Message"), 0, 1).with_urgent(0, 1));
    assert_eq!(
        summary.to_string(),
        "Messages-Waiting: no\r\n\
         Message-Account: sip:mail@acme.example;user=phone\r\n\
         Voice-Message: 0/2 (0/0)\r\n\
         Text-Message: 0/2\r\n\
         Telex-Message: 0/1 (0/1)\r\n"
    );
    assert_eq!(MessageSummary::parse(&summary.to_bytes()), Ok(summary));
}

#[test]
fn the_lines_of_a_summary_are_no_classes() {
    for name in ["Messages-Waiting", "message-account"] {
        let name: HeaderName = name.parse().unwrap();
        assert_eq!(MessageClass::from_name(&name), None, "{name}");
    }
    assert_eq!(class("VOICE-message"), MessageClass::VOICE);
    assert_ne!(class("voicemail"), MessageClass::VOICE);
}
