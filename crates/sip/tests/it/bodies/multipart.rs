//! Multiparts.

use bytes::Bytes;
use centrala_sip::{
    BodyKind, BuildMultipartError, Handling, HeaderName, Multipart, ParseBodyErrorKind as Kind,
    ReadBodyError, Request,
};

use crate::sample::{file, invite, request};

fn message(content_type: &str, body: impl Into<Bytes>) -> Request {
    let mut request = request(&invite(&[]));
    request.set_body(content_type, body).unwrap();
    request
}

fn read(content_type: &str, body: &[u8]) -> Result<Multipart, ReadBodyError> {
    message(content_type, body.to_vec()).typed_body().multipart()
}

/// The contents of the parts of a `multipart/mixed` with boundary `b`.
#[track_caller]
fn contents(body: &[u8]) -> Vec<Vec<u8>> {
    let multipart = read("multipart/mixed;boundary=b", body)
        .unwrap_or_else(|error| panic!("{error}: {}", body.escape_ascii()));
    multipart.parts().iter().map(|part| part.content().to_vec()).collect()
}

#[track_caller]
fn refused(content_type: &str, body: &[u8], expected: (usize, Kind)) {
    match read(content_type, body) {
        Err(ReadBodyError::Malformed(error)) => {
            assert_eq!((error.offset(), error.kind()), expected, "{}", body.escape_ascii());
        }
        other => panic!("{}: {other:?}", body.escape_ascii()),
    }
}

#[test]
fn an_emergency_call_brings_its_place() {
    let invite = request(&file("bodies/emergency-with-place"));
    let body = invite.typed_body();
    let multipart = body.multipart().unwrap();
    assert_eq!(multipart.subtype(), "mixed");
    assert_eq!(multipart.boundary(), "cut here: (1)");
    assert_eq!(multipart.preamble(), "Preamble of a mail program.");
    assert_eq!(multipart.epilogue(), "Epilogue.\r\n");
    assert!(multipart.is_complete());
    let kinds: Vec<BodyKind> = multipart.parts().iter().map(|part| part.body().kind()).collect();
    assert_eq!(kinds, [BodyKind::Sdp, BodyKind::Presence]);
    let place = multipart.by_content_id("place@acme.example").unwrap();
    assert!(place.body().is_for("by-reference"));
    assert_eq!(place.body().handling(), Handling::Optional);
    assert!(place.content().starts_with(b"<?xml") && place.content().ends_with(b"/>\n"));
    assert!(multipart.by_content_id("<place@acme.example>").is_none());
    let description = body.session_description().unwrap().unwrap();
    assert!(description.starts_with(b"v=0\r\n") && description.ends_with(b"8000\r\n"));
    assert_eq!(multipart.content_type(), "multipart/mixed;boundary=\"cut here: (1)\"");
}

#[test]
fn binary_parts_are_kept_octet_by_octet() {
    let invite = request(&file("bodies/trunk-with-isup"));
    let multipart = invite.typed_body().multipart().unwrap();
    let isup = &multipart.parts()[1];
    assert_eq!(
        isup.content().as_ref(),
        b"\x01\x00\x49\x00\r\n--\r\x00\n\xff\r\r\n--x",
        "NUL, bare CR and LF, hyphens at the start of a line"
    );
    assert_eq!(isup.body().media_type().unwrap().params().value("base"), Some("etsi121"));
    assert_eq!(isup.body().handling(), Handling::Optional);
    assert!(invite.typed_body().session_description().unwrap().is_some());
}

#[test]
fn a_part_may_be_a_multipart() {
    let invite = request(&file("bodies/nested"));
    let body = invite.typed_body();
    let outer = body.multipart().unwrap();
    assert_eq!(outer.parts().len(), 2);
    let inner = outer.parts()[0].body().multipart().unwrap();
    assert_eq!((inner.subtype(), inner.boundary()), ("alternative", "outer-inner"));
    assert_eq!(inner.parts()[0].content(), "please call");
    // RFC 2046 section 5.1: text, if nothing else is said.
    assert_eq!(outer.parts()[1].body().kind(), BodyKind::PlainText);
    assert_eq!(outer.parts()[1].content(), "no headers at all");
    assert!(outer.parts()[1].headers().is_empty());
    assert!(body.session_description().unwrap().unwrap().starts_with(b"v=0"));
}

#[test]
fn the_torture_message_of_two_parts_is_read() {
    let Ok(centrala_sip::Message::Request(message)) =
        centrala_sip::Message::parse(file("rfc4475/mpart01"))
    else {
        panic!("a request");
    };
    let multipart = message.typed_body().multipart().unwrap();
    assert_eq!(multipart.parts().len(), 2);
    assert_eq!(multipart.parts()[0].content(), "hello");
    assert_eq!(multipart.parts()[1].content().as_ref(), b"\0\x01\r\x02\n\xff\xfe\x80 \0");
}

#[test]
fn delimiters_are_whole_lines() {
    for (name, body, expected) in [
        ("one part", b"--b\r\n\r\nx\r\n--b--\r\n".as_slice(), [b"x".as_slice()].as_slice()),
        ("no line end at the end", b"--b\r\n\r\nx\r\n--b--", &[b"x"]),
        ("white space behind", b"--b \t\r\n\r\nx\r\n--b-- \r\n", &[b"x"]),
        (
            "a longer line is none",
            b"--b\r\n\r\n--bb\r\n--b-\r\n--b x\r\n--b--x\r\n--b--",
            &[b"--bb\r\n--b-\r\n--b x\r\n--b--x"],
        ),
        ("in mid-line it is none", b"--b\r\n\r\nx--b--\r\n --b--\r\n--b--", &[b"x--b--\r\n --b--"]),
        ("an empty content", b"--b\r\n\r\n\r\n--b\r\n\r\n--b--", &[b"", b""]),
        ("headers without an empty line", b"--b\r\nA: 1\r\n--b\r\n--b--", &[b"", b""]),
        ("line ends in the content", b"--b\r\n\r\n\r\nx\r\n\r\n--b--", &[b"\r\nx\r\n"]),
        ("after a CRLF only CRLF counts", b"--b\r\n\r\nx\n--b\ny\r\n--b--", &[b"x\n--b\ny"]),
        ("bare LFs throughout", b"--b\n\nx\n--b\nA: 1\n\ny\n--b--\n", &[b"x", b"y"]),
        ("a bare LF at the end", b"--b\r\n\r\nx\r\n--b--\n", &[b"x"]),
        ("a preamble", b"not\r\n --b\r\n\r\n--b\r\n\r\nx\r\n--b--", &[b"x"]),
        ("an epilogue", b"--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny\r\n--b--", &[b"x"]),
    ] {
        assert_eq!(contents(body), expected, "{name}");
    }
}

#[test]
fn a_boundary_has_1_to_70_characters() {
    let body = |boundary: &str| format!("--{boundary}\r\n\r\nx\r\n--{boundary}--\r\n").into_bytes();
    let long = "b".repeat(70);
    for (written, boundary) in [
        ("b", "b"),
        ("\"b\"", "b"),
        ("\"a b\"", "a b"),
        ("\"'()+_,-./:=?\"", "'()+_,-./:=?"),
        ("a=b/c:d?", "a=b/c:d?"),
        ("\"a\\b\"", "ab"),
        (&long, &long),
    ] {
        let content_type = format!("multipart/mixed; x=1; Boundary={written}; y=2");
        let multipart = read(&content_type, &body(boundary)).unwrap();
        assert_eq!((multipart.boundary(), multipart.parts().len()), (boundary, 1), "{written}");
    }
    let too_long = "b".repeat(71);
    for written in ["", "\"\"", "\"a \"", "a@b", "\"ł\"", "\"a\\\"b\"", "a#b", &too_long] {
        let content_type = format!("multipart/mixed;boundary={written}");
        refused(&content_type, &body("b"), (0, Kind::Boundary));
    }
    refused("multipart/mixed", &body("b"), (0, Kind::Boundary));
    refused("multipart/mixed;boundary", &body("b"), (0, Kind::Boundary));
}

#[test]
fn what_is_no_multipart_is_refused_with_its_place() {
    let mixed = "multipart/mixed;boundary=b";
    refused(mixed, b"", (0, Kind::NoDelimiter));
    refused(mixed, b"--c\r\n\r\nx\r\n--c--", (0, Kind::NoDelimiter));
    refused(mixed, b"--b--\r\n", (0, Kind::NoDelimiter));
    refused(mixed, b"--b", (0, Kind::NoDelimiter));
    refused(mixed, b"--b\r\n\r\nx\r\n", (10, Kind::NoClosingDelimiter));
    refused(mixed, b"--b\r\n\r\nx\r\n--b", (13, Kind::NoClosingDelimiter));
    refused(mixed, b"--b\r\nA: 1\r\nnonsense\r\n\r\nx\r\n--b--", (11, Kind::HeaderName));
    refused(mixed, b"--b\r\n fold: 1\r\n\r\nx\r\n--b--", (5, Kind::HeaderName));
    refused(mixed, b"--b\r\nA: 1\rB: 2\r\n\r\nx\r\n--b--", (9, Kind::BareCr));
    let long = [b"--b\r\nA: ", "x".repeat(8_190).as_bytes(), b"\r\n\r\n\r\n--b--"].concat();
    refused(mixed, &long, (5, Kind::HeaderTooLong));
    let folds =
        [b"--b\r\nA:".to_vec(), b"\r\n x".repeat(3_000), b"\r\n\r\n\r\n--b--".to_vec()].concat();
    refused(mixed, &folds, (5, Kind::HeaderTooLong));
    let many = [b"--b\r\n".to_vec(), b"A: 1\r\n".repeat(65), b"\r\n--b--".to_vec()].concat();
    refused(mixed, &many, (5 + 64 * 6, Kind::TooManyHeaders));
}

#[test]
fn what_was_cut_short_can_be_had_on_demand() {
    let body = Bytes::from_static(b"--b\r\n\r\nx\r\n--b\r\nA: 1\r\n\r\nhalf of");
    let message = message("multipart/mixed;boundary=b", body.clone());
    let media_type = message.content_type().unwrap();
    assert_eq!(Multipart::parse(&media_type, &body).unwrap_err().kind(), Kind::NoClosingDelimiter);
    let multipart = Multipart::parse_cut_short(&media_type, &body).unwrap();
    assert!(!multipart.is_complete());
    assert_eq!(multipart.parts()[1].content(), "half of");
    assert_eq!(multipart.epilogue(), "");
}

#[test]
fn parts_are_counted() {
    let body = |parts: usize| [b"--b\r\n\r\nx\r\n".repeat(parts), b"--b--".to_vec()].concat();
    assert_eq!(contents(&body(Multipart::MAX_PARTS)).len(), Multipart::MAX_PARTS);
    let last = 10 * Multipart::MAX_PARTS - 2;
    let expected = (last, Kind::TooManyParts);
    refused("multipart/mixed;boundary=b", &body(Multipart::MAX_PARTS + 1), expected);
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| {
        let mut body = String::from("v=0");
        let mut kind = String::from("application/sdp");
        for level in 0..depth {
            body =
                format!("--l{level}.\r\nContent-Type: {kind}\r\n\r\n{body}\r\n--l{level}.--\r\n");
            kind = format!("multipart/mixed;boundary=l{level}.");
        }
        message(&kind, body)
    };
    let deepest = nested(Multipart::MAX_DEPTH);
    assert_eq!(
        deepest.typed_body().session_description().unwrap().as_deref(),
        Some(b"v=0".as_slice())
    );
    let error = nested(Multipart::MAX_DEPTH + 1).typed_body().session_description().unwrap_err();
    assert!(matches!(error, ReadBodyError::Malformed(error) if error.kind() == Kind::TooDeep));
}

#[test]
fn only_a_session_is_the_session_description() {
    let part = |disposition: &str, content: &str| {
        format!("--b\r\nContent-Type: application/sdp\r\n{disposition}\r\n{content}\r\n")
    };
    let early = part("Content-Disposition: early-session\r\n", "v=early");
    let encoded = part("Content-Encoding: gzip\r\n", "v=packed");
    let optional =
        part("Content-Encoding: gzip\r\nContent-Disposition: session;handling=optional\r\n", "?");
    let session = part("", "v=0");
    let find = |parts: &[&str]| {
        let body = format!("{}--b--", parts.concat());
        message("multipart/mixed;boundary=b", body).typed_body().session_description()
    };
    assert_eq!(find(&[&early, &session]).unwrap().unwrap(), "v=0");
    assert_eq!(find(&[&early]), Ok(None));
    assert_eq!(find(&[&encoded, &session]), Err(ReadBodyError::Encoded));
    assert_eq!(find(&[&optional, &session]).unwrap().unwrap(), "v=0");
}

#[test]
fn a_built_multipart_is_the_one_that_is_read() {
    let id: HeaderName = "Content-ID".parse().unwrap();
    let built = Multipart::builder("related")
        .part("application/sdp", "v=0\r\n")
        .part_with("image/png", &[(&id, " <i@h> ")], b"\x89PNG\r\n\x1a\n\0".to_vec())
        .build()
        .unwrap();
    assert_eq!(built.content_type(), "multipart/related;boundary=centrala-000000000");
    assert_eq!(
        built.to_bytes().as_ref(),
        b"--centrala-000000000\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n\
          --centrala-000000000\r\nContent-Type: image/png\r\nContent-ID: <i@h>\r\n\r\n\x89PNG\r\n\x1a\n\0\r\n\
          --centrala-000000000--\r\n"
    );
    assert_eq!(built.by_content_id("i@h").unwrap().content().as_ref(), b"\x89PNG\r\n\x1a\n\0");
    let message = message(&built.content_type(), built.to_bytes().clone());
    assert_eq!(message.typed_body().multipart().unwrap(), built);
}

#[test]
fn the_derived_boundary_occurs_in_no_part() {
    let once = Multipart::builder("mixed").part("text/plain", "x").build().unwrap();
    let twice = Multipart::builder("mixed")
        .part(&once.content_type(), once.to_bytes().clone())
        .part("text/plain", "--centrala-000000001\nand --centrala-000000002")
        .part("text/plain", "y\r--centrala-9999999999999")
        .build()
        .unwrap();
    assert_eq!(twice.boundary(), "centrala-000000002", "the first that begins no line");
    assert_eq!(twice.parts().len(), 3);
    assert_eq!(twice.parts()[0].body().multipart().unwrap(), once);
}

#[test]
fn no_invalid_multipart_is_built() {
    let id: HeaderName = "Content-ID".parse().unwrap();
    let mixed = || Multipart::builder("mixed").part("text/plain", "a\r\n--cut\r\nb");
    let error = |builder: centrala_sip::MultipartBuilder| builder.build().unwrap_err();
    assert_eq!(error(Multipart::builder("mixed")), BuildMultipartError::Empty);
    assert_eq!(error(Multipart::builder("a/b").part("a/b", "")), BuildMultipartError::Subtype);
    assert_eq!(error(Multipart::builder("").part("a/b", "")), BuildMultipartError::Subtype);
    assert_eq!(error(mixed().boundary("cut")), BuildMultipartError::BoundaryOccurs);
    assert_eq!(error(mixed().boundary("cu")), BuildMultipartError::BoundaryOccurs);
    assert!(mixed().boundary("cut2").build().is_ok());
    let cut: HeaderName = "--cut".parse().unwrap();
    let headers = [(&cut, "here"), (&HeaderName::CONTENT_TYPE, "application/sdp")];
    let torn = Multipart::builder("mixed").part_with("text/plain", &headers, "v=0");
    assert_eq!(error(torn.boundary("cut: here")), BuildMultipartError::BoundaryOccurs);
    for boundary in ["", "a ", "a@b", "\"", "a\r\nb", &"b".repeat(71)] {
        assert_eq!(
            error(mixed().boundary(boundary)),
            BuildMultipartError::Boundary,
            "{boundary:?}"
        );
    }
    for value in ["a\r\nX: y", "a\n", "\0"] {
        let unsafe_value = BuildMultipartError::UnsafeValue(id.clone());
        assert_eq!(error(mixed().part_with("a/b", &[(&id, value)], "")), unsafe_value);
        let unsafe_type = BuildMultipartError::UnsafeValue(HeaderName::CONTENT_TYPE);
        assert_eq!(error(mixed().part(value, "")), unsafe_type);
    }
    assert!(matches!(error(mixed().part("plain", "")), BuildMultipartError::Header(_)));
    let mut many = mixed();
    for _ in 0..Multipart::MAX_PARTS {
        many = many.part("a/b", "");
    }
    assert!(
        matches!(error(many), BuildMultipartError::Refused(refused) if refused.kind() == Kind::TooManyParts)
    );
    let shown = format!("{:?}", mixed());
    assert!(!shown.contains("cut"), "{shown}");
}

#[test]
fn of_alternatives_the_last_is_taken_and_of_other_purposes_none() {
    let sdp = |origin: &str| format!("Content-Type: application/sdp\r\n\r\nv=0 {origin}");
    let found = |kind: &str, parts: [String; 2]| {
        let body = format!("--b\r\n{}\r\n--b\r\n{}\r\n--b--\r\n", parts[0], parts[1]);
        let request = message(&format!("multipart/{kind};boundary=b"), body);
        request.typed_body().session_description().map(|text| text.map(|text| text.to_vec()))
    };
    let both = || [sdp("one"), sdp("two")];
    assert_eq!(found("mixed", both()), Ok(Some(b"v=0 one".to_vec())));
    assert_eq!(found("alternative", both()), Ok(Some(b"v=0 two".to_vec())));
    let first = [sdp("one"), "Content-Type: text/plain\r\n\r\nnone".to_owned()];
    assert_eq!(found("alternative", first), Ok(Some(b"v=0 one".to_vec())));
    // A whole multipart for early media holds no description of the session.
    for (disposition, expected) in
        [("early-session", "v=0 two"), ("render", "v=0 one"), ("session", "v=0 one")]
    {
        let nested = format!(
            "Content-Type: multipart/mixed;boundary=c\r\nContent-Disposition: {disposition}\r\n\r\n\
             --c\r\n{}\r\n--c--",
            sdp("one")
        );
        assert_eq!(
            found("mixed", [nested, sdp("two")]),
            Ok(Some(expected.as_bytes().to_vec())),
            "{disposition}"
        );
    }
    // What cannot be read is not passed over.
    let twice = format!("Content-Type: application/sdp\r\n{}", sdp("one"));
    assert!(found("mixed", [twice, sdp("two")]).is_err());
}
