//! What a body is, what is to be done with it, and what is within it.

use bytes::Bytes;
use centrala_sip::{
    Body, BodyEncoding, BodyKind, Handling, HeaderError, HeaderName, ReadBodyError, Request,
    StatusCode,
};

use crate::sample::{file, invite, request};

fn body_file(name: &str) -> Request {
    request(&file(&format!("bodies/{name}")))
}

fn with(headers: &[&str]) -> Request {
    request(&invite(headers))
}

#[test]
fn a_body_is_what_its_content_type_says() {
    for (content_type, kind) in [
        ("application/sdp", BodyKind::Sdp),
        ("Application / SDP ; charset=utf-8", BodyKind::Sdp),
        ("multipart/mixed;boundary=x", BodyKind::Multipart),
        ("MULTIPART/related", BodyKind::Multipart),
        ("application/simple-message-summary", BodyKind::MessageSummary),
        ("message/sipfrag;version=2.0", BodyKind::SipFragment),
        ("message/sip", BodyKind::SipMessage),
        ("application/dialog-info+xml", BodyKind::DialogInfo),
        ("application/pidf+xml", BodyKind::Presence),
        ("application/dtmf-relay", BodyKind::DtmfRelay),
        ("application/dtmf", BodyKind::Dtmf),
        ("text/plain;charset=latin1", BodyKind::PlainText),
        ("text/html", BodyKind::Other),
        ("application/sdp2", BodyKind::Other),
        ("sdp", BodyKind::Unknown),
        ("", BodyKind::Unknown),
    ] {
        let request = with(&[&format!("Content-Type: {content_type}")]);
        assert_eq!(request.typed_body().kind(), kind, "{content_type}");
    }
    assert_eq!(with(&[]).typed_body().kind(), BodyKind::Unknown, "absent");
    let twice = with(&["c: text/plain", "Content-Type: text/plain"]);
    assert_eq!(twice.typed_body().kind(), BodyKind::Unknown, "repeated");
    assert_eq!(
        twice.typed_body().media_type().unwrap_err(),
        HeaderError::Repeated(HeaderName::CONTENT_TYPE)
    );
}

#[test]
fn a_body_says_what_is_to_be_done_with_it() {
    for (content_type, disposition, expected) in [
        ("application/sdp", "", ("session", Handling::Required)),
        ("text/plain", "", ("render", Handling::Required)),
        ("text/plain", "icon;handling=optional", ("icon", Handling::Optional)),
        ("text/plain", "icon ; HANDLING = \"Optional\"", ("icon", Handling::Optional)),
        ("text/plain", "icon;handling=required", ("icon", Handling::Required)),
        ("text/plain", "icon;handling=whatever", ("icon", Handling::Required)),
        ("application/sdp", "early-session;x=1", ("early-session", Handling::Required)),
        ("application/sdp", ";handling=optional", ("session", Handling::Required)),
        ("application/sdp", "a b;handling=optional", ("session", Handling::Required)),
    ] {
        let mut headers = vec![format!("Content-Type: {content_type}")];
        if !disposition.is_empty() {
            headers.push(format!("Content-Disposition: {disposition}"));
        }
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let request = with(&headers);
        let body = request.typed_body();
        assert_eq!(body.handling(), expected.1, "{disposition:?}");
        for kind in ["session", "RENDER", "icon", "early-session"] {
            let is_expected = kind.eq_ignore_ascii_case(expected.0);
            assert_eq!(body.is_for(kind), is_expected, "{kind} {disposition:?}");
        }
        let is_readable =
            !matches!(disposition, "" | ";handling=optional" | "a b;handling=optional");
        assert_eq!(body.disposition().is_some(), is_readable, "{disposition:?}");
    }
}

#[test]
fn an_encoded_body_is_said_to_be_so() {
    for (header, expected) in [
        ("Content-Encoding: identity", BodyEncoding::Identity),
        ("Content-Encoding: ", BodyEncoding::Identity),
        ("e: gzip", BodyEncoding::Content("gzip")),
        ("Content-Encoding: compress, gzip", BodyEncoding::Content("gzip")),
        ("Content-Encoding: (gzip)", BodyEncoding::Unreadable),
        ("Content-Transfer-Encoding: BINARY", BodyEncoding::Identity),
        ("Content-Transfer-Encoding: 7bit", BodyEncoding::Identity),
        ("Content-Transfer-Encoding: base64", BodyEncoding::Transfer("base64")),
        ("content-transfer-encoding: a b", BodyEncoding::Unreadable),
        (
            "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64",
            BodyEncoding::Unreadable,
        ),
        // What was compressed was then written as text.
        (
            "Content-Encoding: gzip\r\nContent-Transfer-Encoding: base64",
            BodyEncoding::Transfer("base64"),
        ),
        (
            "Content-Transfer-Encoding: binary\r\nContent-Encoding: gzip",
            BodyEncoding::Content("gzip"),
        ),
    ] {
        let request = with(&[header, "Content-Type: application/sdp"]);
        let body = request.typed_body();
        assert_eq!(body.encoding(), expected, "{header}");
        let is_plain = expected == BodyEncoding::Identity;
        assert_eq!(body.plain().is_ok(), is_plain, "{header}");
        assert_eq!(body.session_description().is_ok(), is_plain, "{header}");
    }
    let compressed = body_file("compressed-description");
    let error = compressed.typed_body().session_description().unwrap_err();
    assert_eq!(error, ReadBodyError::Encoded);
    assert_eq!(error.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(compressed.typed_body().languages().collect::<Vec<_>>(), ["pl", "en"]);
}

#[test]
fn xml_stays_opaque() {
    let notify = body_file("busy-lamp");
    let body = notify.typed_body();
    assert_eq!(body.kind(), BodyKind::DialogInfo);
    assert_eq!(body.plain().unwrap(), notify.body());
    assert_eq!(body.multipart().unwrap_err(), ReadBodyError::OtherType);
    assert_eq!(body.session_description(), Ok(None));
}

#[test]
fn a_type_that_cannot_be_read_is_not_taken_for_no_offer() {
    let find = |types: &[&str], body: &'static str| {
        let lines: Vec<_> = types.iter().map(|text| format!("Content-Type: {text}")).collect();
        let request = with(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        Body::new(request.headers(), Bytes::from_static(body.as_bytes())).session_description()
    };
    let sdp = "application/sdp";
    for types in [[sdp, sdp].as_slice(), &["application"], &["application/sdp;=x"]] {
        let error = find(types, "v=0").unwrap_err();
        assert!(matches!(error, ReadBodyError::Header(_)), "{types:?}: {error}");
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
        assert_eq!(find(types, ""), Ok(None), "without a body its type does not matter");
    }
    assert_eq!(find(&[], "v=0"), Ok(None));
}

#[test]
fn a_body_asked_for_another_kind_refuses() {
    let info = body_file("key-by-info");
    let body = info.typed_body();
    assert_eq!(body.message_summary().unwrap_err(), ReadBodyError::OtherType);
    assert_eq!(body.sip_fragment().unwrap_err(), ReadBodyError::OtherType);
    assert_eq!(body.sip_message().unwrap_err(), ReadBodyError::OtherType);
    assert_eq!(body.dtmf().unwrap().signal().as_char(), Some('7'));
    assert_eq!(with(&[]).typed_body().dtmf().unwrap_err(), ReadBodyError::OtherType);
}

#[test]
fn a_message_within_a_message_is_one() {
    let inner = file("bodies/key-by-info");
    let mut outer = with(&[]);
    outer.set_body("message/sip", inner.clone()).unwrap();
    let read = outer.typed_body().sip_message().unwrap();
    assert_eq!(read.to_bytes(), inner);

    outer.set_body("message/sip", "INFO sip:a@b SIP/2.0\r\nnonsense\r\n\r\n").unwrap();
    let error = outer.typed_body().sip_message().unwrap_err();
    assert!(matches!(&error, ReadBodyError::Message(error) if error.offset() == 22), "{error}");
    assert_eq!(error.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn debug_output_hides_contents() {
    let mut request = with(&[]);
    request.set_body("text/plain", Bytes::from_static(b"the code is 4711")).unwrap();
    let shown = format!("{:?} {request:?}", request.typed_body());
    assert!(shown.contains("PlainText") && !shown.contains("4711"), "{shown}");
}
