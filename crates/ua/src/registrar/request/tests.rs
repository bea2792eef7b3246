use centrala_sip::Message;

use super::*;

fn register(headers: &str) -> Request {
    let text = format!(
        "REGISTER sip:office SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\nFrom: <sip:101@office>;tag=1\r\nTo: <sip:101@office>\r\n\
         Call-ID: a84b4c\r\nCSeq: 7 REGISTER\r\n{headers}Content-Length: 0\r\n\r\n"
    );
    match Message::parse(Bytes::from(text)).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!("a request"),
    }
}

fn flow() -> Flow {
    "UDP 192.0.2.9:40112".parse().unwrap()
}

fn read(headers: &str) -> Result<RegisterRequest, ReadRegisterError> {
    RegisterRequest::read(&register(headers), flow())
}

#[track_caller]
fn contacts(headers: &str) -> Vec<RequestedContact> {
    match read(headers).unwrap().contacts {
        RequestedContacts::Bind(contacts) => contacts,
        other @ (RequestedContacts::Query | RequestedContacts::RemoveAll) => panic!("{other:?}"),
    }
}

#[test]
fn what_a_telephone_says_of_itself_is_read() {
    let headers = "Contact: \"Desk\" <sip:101@10.0.0.7:5062;ob>;q=0.7;expires=120;reg-id=2\
                   ;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\"\r\n\
                   m: sip:101@10.0.0.8;expires=60, <sip:101@10.0.0.9>\r\nExpires: 300\r\n";
    let request = read(headers).unwrap();
    assert_eq!((&*request.call_id, request.sequence, request.flow), ("a84b4c", 7, flow()));
    let [desk, plain, last] = &contacts(headers)[..] else { panic!() };
    assert_eq!(desk.uri.as_str(), "sip:101@10.0.0.7:5062;ob");
    assert_eq!((desk.quality, desk.expires), (700, Some(Duration::from_secs(120))));
    let instance = "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>";
    assert_eq!((desk.instance.as_deref(), desk.reg_id), (Some(instance), NonZeroU32::new(2)));
    assert_eq!(plain.expires, Some(Duration::from_secs(60)), "without brackets it is a header's");
    assert_eq!((last.expires, last.quality), (Some(Duration::from_secs(300)), 1_000));
}

#[test]
fn a_lifetime_that_cannot_be_read_counts_as_none() {
    let cases = [
        ("Contact: <sip:a@b>\r\n", None),
        ("Contact: <sip:a@b>\r\nExpires: soon\r\n", None),
        ("Contact: <sip:a@b>;expires=soon\r\nExpires: 300\r\n", None),
        ("Contact: <sip:a@b>;expires\r\nExpires: 300\r\n", None),
        ("Contact: <sip:a@b>;expires=-1\r\nExpires: 300\r\n", None),
        ("Contact: <sip:a@b>;expires=99999999999999999999\r\n", Some(u32::MAX)),
        ("Contact: <sip:a@b>\r\nExpires: 99999999999999999999\r\n", Some(u32::MAX)),
        ("Contact: <sip:a@b>;expires=0\r\nExpires: 300\r\n", Some(0)),
    ];
    for (headers, expected) in cases {
        let expected = expected.map(|seconds| Duration::from_secs(seconds.into()));
        assert_eq!(contacts(headers)[0].expires, expected, "{headers}");
    }
}

#[test]
fn a_wildcard_stands_alone_and_removes() {
    assert_eq!(read("").unwrap().contacts, RequestedContacts::Query);
    let all = read("Contact: *\r\nExpires: 0\r\n").unwrap().contacts;
    assert_eq!(all, RequestedContacts::RemoveAll);
    for headers in [
        "Contact: *\r\n",
        "Contact: *\r\nExpires: 60\r\n",
        "Contact: *\r\nExpires: never\r\n",
        "Contact: *, <sip:a@b>\r\nExpires: 0\r\n",
        "Contact: <sip:a@b>\r\nContact: *\r\nExpires: 0\r\n",
        "Contact: *\r\nContact: *\r\nExpires: 0\r\n",
    ] {
        assert_eq!(read(headers), Err(ReadRegisterError::Wildcard), "{headers}");
    }
}

#[test]
fn more_than_anybody_needs_is_refused() {
    let many = "Contact: <sip:a@b>\r\n".repeat(RegisterRequest::MAX_CONTACTS + 1);
    let proxies = "Path: <sip:p;lr>\r\n".repeat(RegisterRequest::MAX_PATHS + 1);
    let long = "x".repeat(RegisterRequest::MAX_URI);
    let cases = [
        many,
        format!("Contact: <sip:{long}@b>\r\n"),
        format!("Contact: <sip:a@b>;+sip.instance=\"<{long}>\"\r\n"),
        format!("Supported: path\r\n{proxies}"),
        format!("Supported: path\r\nPath: <sip:{long}@b;lr>\r\n"),
    ];
    for headers in cases {
        let error = read(&headers).unwrap_err();
        assert!(
            matches!(error, ReadRegisterError::TooMany { .. } | ReadRegisterError::TooLong { .. }),
            "{error}: {headers}"
        );
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    }
}

#[test]
fn a_contact_is_any_uri() {
    assert_eq!(contacts("Contact: <mailto:a@b>\r\n")[0].uri.as_str(), "mailto:a@b");
    assert_eq!(read("Contact: <sip:>\r\n"), Err(ReadRegisterError::Malformed("Contact")));
    assert_eq!(read("Contact: <>\r\n"), Err(ReadRegisterError::Malformed("Contact")));
}

#[test]
fn a_flow_without_a_device_is_none_and_odd_devices_are_none() {
    let [one] = &contacts("Contact: <sip:a@b>;reg-id=1\r\n")[..] else { panic!() };
    assert_eq!(one.reg_id, None);
    for odd in ["reg-id=0", "reg-id=x", "reg-id"] {
        let headers = format!("Contact: <sip:a@b>;+sip.instance=\"<urn:x>\";{odd}\r\n");
        assert_eq!(contacts(&headers)[0].reg_id, None, "{odd}");
    }
    let quoted = "Contact: <sip:a@b>;+sip.instance=\"a\\\"b\"\r\n";
    assert_eq!(contacts(quoted)[0].instance, None, "it could not be written again");
}

#[test]
fn proxies_on_the_way_are_kept_as_they_are_if_the_telephone_knows_of_them() {
    let paths = "Path: <sip:edge.example;lr>,<sip:token%40@p2.example;lr;ob>\r\n\
                 Path: \"P3\"\r\n <sip:p3.example;lr>\r\n";
    assert_eq!(read(paths), Err(ReadRegisterError::PathUnsupported));
    assert_eq!(ReadRegisterError::PathUnsupported.status(), StatusCode::BAD_EXTENSION);
    let request = read(&format!("Supported: gruu, path\r\n{paths}")).unwrap();
    let read: Vec<_> = request.paths.iter().map(ToString::to_string).collect();
    let expected = [
        "<sip:edge.example;lr>",
        "<sip:token%40@p2.example;lr;ob>",
        "\"P3\"   <sip:p3.example;lr>",
    ];
    assert_eq!(read, expected);
}

#[test]
fn qualities_are_read_in_thousandths() {
    let cases = [
        ("1", Some(1_000)),
        ("1.0", Some(1_000)),
        ("1.5", None),
        ("0.5", Some(500)),
        ("0.125", Some(125)),
        ("0", Some(0)),
        (".7", Some(700)),
        ("0.1234", None),
        ("2", None),
        ("0.x", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_quality(text), expected, "{text}");
    }
}
