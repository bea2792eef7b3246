//! What strict parsing answers.

use bytes::Bytes;
use centrala_sip::{HeaderName, Limits, Message, leniency::ParseStrictError};

use crate::sample::{file, invite};

fn strict(text: impl Into<Bytes>) -> Result<Message, ParseStrictError> {
    Message::parse_strict(text.into(), &Limits::default())
}

#[test]
fn a_message_by_the_letter_is_the_one_that_lenient_gives() {
    let text = invite(&["Subject: hi"]);
    assert_eq!(strict(text.clone()).expect("strict").to_bytes(), text);
}

#[test]
fn a_departure_is_answered_with_400() {
    let error = strict(invite(&["To: <sip:#a@acme.example>"])).expect_err("an escape is missing");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
    let response = error.response().expect("due").to_tag("x").build().expect("a response");
    assert_eq!(response.status().as_u16(), 400);
    assert_eq!(response.header(&HeaderName::CALL_ID), Some(b"c@h".as_slice()));
    assert_eq!(response.to().unwrap().tag(), Some("x"));
    assert_eq!(
        error.to_string(),
        "a character in the user part that must be escaped in To at offset 207"
    );
}

#[test]
fn what_is_no_message_keeps_its_own_error() {
    let text = file("rfc4475/badvers");
    let lenient = Message::parse(text.clone()).expect_err("a later version");
    let error = strict(text).expect_err("a later version");
    assert_eq!((error.offset(), error.status()), (lenient.offset(), lenient.status()));
    assert_eq!(error.to_string(), lenient.to_string());
    assert_eq!(error.response().expect("due").build().expect("built").status().as_u16(), 505);
    assert!(matches!(error, ParseStrictError::Refused(refused) if refused == lenient));
}

#[test]
fn acks_and_responses_are_dropped() {
    for text in [
        String::from_utf8(invite(&["To: <sip:#a@b>"]).to_vec()).unwrap().replace("INVITE", "ACK"),
        "SIP/2.0 200\r\nVia: SIP/2.0/UDP h\r\n\r\n".to_owned(),
        "OPTIONS sip:#a@b SIP/2.0\r\nTo: <sip:a@b>\r\n\r\n".to_owned(),
    ] {
        let error = strict(text.clone()).expect_err(&text);
        assert_eq!(error.status(), None, "{text}");
        assert!(error.response().is_none(), "{text}");
    }
}

#[test]
fn offsets_are_those_of_the_datagram() {
    let text = [b"\r\n\n", invite(&["To: <sip:#a@acme.example>"]).as_ref()].concat();
    let (message, departures) =
        Message::parse_noting(Bytes::from(text), &Limits::default()).expect("lenient");
    let offsets: Vec<_> = departures.iter().map(|departure| departure.offset).collect();
    assert_eq!(offsets, [0, 210]);
    let of_message: Vec<_> = message.leniencies().map(|departure| departure.offset).collect();
    assert_eq!(of_message, [207], "that of the message begins with its start line");
}

#[test]
fn an_edited_message_is_checked_as_it_is_now() {
    let Message::Request(mut request) = strict(invite(&[])).expect("strict") else {
        panic!("a request")
    };
    assert_eq!(request.leniencies().count(), 0);
    request.set(&HeaderName::TO, "<sip:#a@acme.example>").unwrap();
    let found: Vec<_> = request.leniencies().map(|departure| departure.offset).collect();
    let text = request.to_bytes();
    assert_eq!(found.len(), 1);
    assert_eq!(text.get(found[0]), Some(&b'#'));
}
