//! Fragments of messages.

use bytes::Bytes;
use centrala_sip::{
    BodyKind, BuildSipFragmentError, HeaderName, Method, ParseBodyErrorKind as Kind,
    ParseMessageErrorKind, SipFragment, StatusCode,
};

use crate::sample::{file, invite, request};

fn read(text: &str) -> SipFragment {
    SipFragment::parse(&Bytes::from(text.to_owned()))
        .unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

#[test]
fn the_progress_of_a_transfer_is_a_status() {
    let notify = request(&file("bodies/transfer-progress"));
    let fragment = notify.typed_body().sip_fragment().unwrap();
    assert_eq!(fragment.status(), Some(StatusCode::SESSION_PROGRESS));
    assert_eq!(fragment.reason(), Some(b"Session Progress".as_slice()));
    assert_eq!((fragment.method(), fragment.uri()), (None, None));
    assert!(fragment.headers().is_empty() && fragment.body().is_empty());
}

#[test]
fn each_piece_may_be_missing() {
    for (text, status, method, headers, body) in [
        ("SIP/2.0 200 OK", Some(200), None, 0, ""),
        ("SIP/2.0 200 OK\n", Some(200), None, 0, ""),
        ("sip/2.0 200\r\n\r\n", Some(200), None, 0, ""),
        ("SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP h", Some(100), None, 1, ""),
        (
            "INVITE sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\nc: text/plain\r\n\r\nhi",
            None,
            Some("INVITE"),
            2,
            "hi",
        ),
        ("From: <sip:a@b>\r\n folded\r\nTo : <sip:c@d>", None, None, 2, ""),
        ("Subject: SIP/2.0 200 OK", None, None, 1, ""),
        ("a:b", None, None, 1, ""),
        ("\r\nonly a body", None, None, 0, "only a body"),
        ("", None, None, 0, ""),
    ] {
        let fragment = read(text);
        assert_eq!(fragment.status().map(|status| status.as_u16()), status, "{text:?}");
        assert_eq!(fragment.method().map(Method::as_str), method, "{text:?}");
        assert_eq!(fragment.headers().len(), headers, "{text:?}");
        assert_eq!(fragment.body(), body, "{text:?}");
        let printed = fragment.to_bytes();
        let again = SipFragment::parse(&printed).unwrap();
        assert_eq!(again.to_bytes(), printed, "{text:?}");
        assert_eq!((again.headers().len(), again.body()), (headers, fragment.body()), "{text:?}");
    }
}

#[test]
fn headers_of_a_fragment_have_their_views() {
    let fragment =
        read("SIP/2.0 302 Moved\r\nContact: <sip:x@y>, <sip:z@y>;q=0.5\r\nCSeq: 7 INVITE\r\n");
    assert_eq!(fragment.headers().contacts().count(), 2);
    assert_eq!(fragment.headers().cseq().unwrap().number(), 7);
}

#[test]
fn what_is_no_fragment_is_refused_with_its_place() {
    for (text, offset, kind) in [
        ("SIP/2.0 99 No", 8, Kind::StartLine(ParseMessageErrorKind::StatusCode)),
        ("SIP/3.0 200 OK", 0, Kind::StartLine(ParseMessageErrorKind::UnsupportedVersion)),
        ("INVITE sip:a@b", 7, Kind::StartLine(ParseMessageErrorKind::StartLine)),
        ("nonsense", 0, Kind::StartLine(ParseMessageErrorKind::NotSip)),
        ("SIP/2.0 200 OK\r\nnonsense\r\n", 16, Kind::HeaderName),
        ("A: b\r\nSIP/2.0 200 OK\r\n", 6, Kind::HeaderName),
        ("A: b\r", 4, Kind::BareCr),
    ] {
        let error = SipFragment::parse(&Bytes::from(text.to_owned())).unwrap_err();
        assert_eq!((error.offset(), error.kind()), (offset, kind), "{text:?}");
    }
}

#[test]
fn a_status_is_built_in_one_line() {
    let fragment = SipFragment::for_status(StatusCode::BUSY_HERE, "Busy Here").unwrap();
    assert_eq!(fragment.to_bytes(), "SIP/2.0 486 Busy Here\r\n");
    assert_eq!(SipFragment::for_status(StatusCode::OK, "").unwrap().to_bytes(), "SIP/2.0 200 \r\n");
    for reason in ["a\r\nX: y", "a\n", "\0", &"x".repeat(70_000)] {
        let error = SipFragment::for_status(StatusCode::OK, reason).unwrap_err();
        assert_eq!(error, BuildSipFragmentError::Reason);
    }
}

#[test]
fn a_fragment_takes_the_headers_that_are_asked_for() {
    let source = request(&invite(&["Subject: a\r\n b", "X-Other: 1"]));
    let names = [HeaderName::FROM, HeaderName::SUBJECT];
    let mut fragment = SipFragment::of_headers(source.headers(), &names).unwrap();
    assert_eq!(fragment.to_bytes(), "From: \"B\" <sip:b@acme.example>;tag=1\r\nSubject: a b\r\n");
    fragment.set_body("text/plain", "hello").unwrap();
    fragment.headers_mut().set(&HeaderName::SUBJECT, "c").unwrap();
    assert_eq!(
        fragment.to_bytes(),
        "From: \"B\" <sip:b@acme.example>;tag=1\r\nSubject: c\r\n\
         Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
    );
    assert_eq!(fragment.typed_body().kind(), BodyKind::PlainText);
    let all = SipFragment::of_headers(source.headers(), &[]).unwrap();
    assert_eq!(all.headers().len(), source.headers().len());
}
