//! What is no message is refused with a place, a reason and the means to answer.

use bytes::Bytes;
use centrala_sip::{
    HeaderName, Limits, Message, ParseMessageErrorKind as Kind, ResponseBuilder, StatusCode,
};

use crate::sample::{file, invite};

#[track_caller]
fn check(name: &str, text: impl Into<Bytes>, kind: Kind, offset: usize, status: Option<u16>) {
    let error = Message::parse(text.into()).expect_err(name);
    assert_eq!((error.kind(), error.offset()), (kind, offset), "{name}");
    assert_eq!(error.status().map(StatusCode::as_u16), status, "{name}");
}

const VIA: &str = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n";

#[test]
fn every_refusal_says_where_and_why() {
    let request = |rest: &str| format!("OPTIONS sip:a@b SIP/2.0\r\n{VIA}{rest}");
    check("nothing", "", Kind::Empty, 0, None);
    check("a keep-alive", "\r\n\r\n", Kind::Empty, 0, None);
    check("no line", "OPTIONS sip:a@b SIP/2.0", Kind::NotSip, 0, None);
    check("other protocol", "\x16\x03\x01 x\r\n\r\n", Kind::NotSip, 0, None);
    check("http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", Kind::StartLine, 6, None);
    check("no version", format!("OPTIONS sip:a@b\r\n{VIA}\r\n"), Kind::StartLine, 8, Some(400));
    check("no colon", request("Subject\r\n\r\n"), Kind::HeaderName, 61, Some(400));
    check(
        "a name with a space in it",
        request("Sub ject: x\r\n\r\n"),
        Kind::HeaderName,
        61,
        Some(400),
    );
    check("no name", request(": x\r\n\r\n"), Kind::HeaderName, 61, Some(400));
    check(
        "a folded start line",
        format!("OPTIONS sip:a@b SIP/2.0\r\n x\r\n{VIA}\r\n"),
        Kind::HeaderName,
        25,
        Some(400),
    );
    check("a bare CR", request("X: a\rEvil: 1\r\n\r\n"), Kind::BareCr, 65, Some(400));
    check("a cut head", request("X: 1\r\n"), Kind::NoEmptyLine, 67, Some(400));
    check("a cut line", request("X: 1"), Kind::NoEmptyLine, 65, Some(400));
    check(
        "two lengths",
        request("l: 0\r\nl: 0\r\n\r\n"),
        Kind::RepeatedContentLength,
        67,
        Some(400),
    );
    check("a length with a sign", request("l: +1\r\n\r\nx"), Kind::ContentLength, 64, Some(400));
    check("a length of nothing", request("l:\r\n\r\n"), Kind::ContentLength, 63, Some(400));
    check("a huge length", request("l: 99999999999\r\n\r\n"), Kind::ContentLength, 64, Some(400));
    check("a cut body", request("l: 2\r\n\r\nx"), Kind::BodyTooShort, 64, Some(400));
    check(
        "a start line too long",
        format!("OPTIONS sip:{} SIP/2.0\r\n{VIA}\r\n", "a".repeat(Limits::START_LINE)),
        Kind::StartLineTooLong,
        0,
        Some(414),
    );
    check(
        "a later version",
        format!("OPTIONS sip:a@b SIP/3.0\r\n{VIA}\r\n"),
        Kind::UnsupportedVersion,
        16,
        Some(505),
    );
}

#[test]
fn an_ack_a_response_and_a_request_without_via_are_dropped() {
    check("ack", format!("ACK sip:a@b SIP/2.0\r\n{VIA}X\r\n\r\n"), Kind::HeaderName, 57, None);
    check("response", format!("SIP/2.0 200 OK\r\n{VIA}X\r\n\r\n"), Kind::HeaderName, 52, None);
    check("a later response", "SIP/3.0 200 OK\r\n\r\n", Kind::UnsupportedVersion, 0, None);
    check("a tab", "SIP/2.0\t200 OK\r\n\r\n", Kind::NotSip, 0, None);
    check("no via", "BYE sip:a@b SIP/2.0\r\nX\r\n\r\n", Kind::HeaderName, 21, None);
    check("a broken via", "BYE sip:a@b SIP/2.0\r\nVia: x\r\nX\r\n\r\n", Kind::HeaderName, 29, None);
}

#[test]
fn what_is_salvaged_makes_the_refusal() {
    for name in ["clerr", "ncl", "mcl01", "ltgtruri", "trws", "badvers"] {
        let error = Message::parse(file(&format!("rfc4475/{name}"))).expect_err(name);
        let status = error.status().expect(name);
        let response = ResponseBuilder::for_salvaged(error.salvaged().unwrap(), status)
            .to_tag("x")
            .build()
            .expect(name);
        assert_eq!(response.check(), Ok(()), "{name}");
        assert_eq!(response.to().unwrap().tag(), Some("x"), "{name}");
        assert_eq!(response.via(), error.salvaged().unwrap().headers().via(), "{name}");
    }
}

#[test]
fn a_refusal_repeats_even_what_is_malformed() {
    let text = "OPTIONS <sip:a@b> SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nTo: \"never closed\r\n\r\n";
    let error = Message::parse(Bytes::from(text)).unwrap_err();
    let response =
        ResponseBuilder::for_salvaged(error.salvaged().unwrap(), StatusCode::BAD_REQUEST)
            .to_tag("x")
            .build()
            .unwrap();
    assert_eq!(response.header(&HeaderName::TO), Some(b"\"never closed".as_slice()));
}

#[test]
fn limits_are_named_and_kept() {
    let mut limits = Limits::default();
    let kind = |text: Bytes, limits: &Limits| {
        Message::parse_within(text, limits).map(|_| ()).map_err(|error| error.kind())
    };
    let text = invite(&[&format!("X-Long: {}", "x".repeat(100))]);
    assert_eq!(kind(text.clone(), &limits), Ok(()));
    limits.message = text.len() - 1;
    assert_eq!(kind(text.clone(), &limits), Err(Kind::MessageTooLong));
    limits = Limits::default();
    limits.header_value = 99;
    assert_eq!(kind(text.clone(), &limits), Err(Kind::HeaderTooLong));
    limits = Limits::default();
    limits.headers = 7;
    assert_eq!(kind(text.clone(), &limits), Err(Kind::TooManyHeaders));
    limits.headers = 8;
    assert_eq!(kind(text.clone(), &limits), Ok(()));
    limits.header_name = 8;
    assert_eq!(kind(text.clone(), &limits), Err(Kind::HeaderTooLong));
    limits = Limits::default();
    limits.start_line = 10;
    assert_eq!(kind(text, &limits), Err(Kind::StartLineTooLong));
}

#[test]
fn hostile_sizes_are_refused_or_read() {
    let long = |piece: &str, count: usize| piece.repeat(count);
    for (name, line, is_fine) in [
        ("many headers", long("X: 1\r\n", 300), false),
        ("a long fold", format!("X: {}", long("\r\n y", 4_000)), false),
        ("a long value", format!("X: {}", long("y", 9_000)), false),
        (
            "many vias in a line",
            format!("Via: {}", long("SIP/2.0/UDP h;branch=z9hG4bK1,", 200)),
            true,
        ),
        ("many commas", format!("Contact: {}", long(",", 8_000)), true),
        ("many quotes", format!("Contact: {}", long("\"", 8_000)), true),
        ("many parameters", format!("Contact: <sip:a@b>{}", long(";a=b", 2_000)), true),
        ("a long URI", format!("Contact: <sip:a@b{}>", long(";a", 4_000)), true),
    ] {
        let parsed = Message::parse(invite(&[line.trim_end()]));
        assert_eq!(parsed.is_ok(), is_fine, "{name}");
        if let Ok(Message::Request(request)) = parsed {
            assert!(
                request.contacts().count() <= 1,
                "{name}: nothing is read after what is malformed"
            );
            assert!(request.vias().count() <= 201, "{name}");
            if let Ok(contact) = request.contact() {
                assert_eq!(
                    contact.params().iter().count(),
                    if name == "many parameters" { 2_000 } else { 0 }
                );
            }
        }
    }
}
