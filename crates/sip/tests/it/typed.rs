//! Absent, malformed and repeated are three answers.

use centrala_sip::{
    AuthParty, Contact, Expected, HeaderError, HeaderName, Headers, Method, NameAddr,
};

use crate::sample::{invite, request};

#[test]
fn a_single_header_is_absent_malformed_or_repeated() {
    type Read = fn(&Headers) -> Option<HeaderError>;
    let cases: [(HeaderName, Read, &str); 7] = [
        (HeaderName::FROM, |headers| headers.from().err(), "<sip:a@b"),
        (HeaderName::TO, |headers| headers.to().err(), "<sip:a@b> x"),
        (HeaderName::CALL_ID, |headers| headers.call_id().err(), "a b"),
        (HeaderName::CSEQ, |headers| headers.cseq().err(), "1"),
        (HeaderName::MAX_FORWARDS, |headers| headers.max_forwards().err(), "seventy"),
        (HeaderName::EXPIRES, |headers| headers.expires().err(), "-1"),
        (HeaderName::CONTENT_TYPE, |headers| headers.content_type().err(), "sdp"),
    ];
    for (name, read, wrong) in cases {
        let mut without = request(&invite(&[]));
        without.remove(&name);
        assert_eq!(read(&without), Some(HeaderError::Absent(name.clone())));
        let malformed = request(&invite(&[&format!("{name}: {wrong}")]));
        assert!(
            matches!(read(&malformed), Some(HeaderError::Malformed { name: seen, .. }) if seen == name),
            "{name}"
        );
        let twice = request(&invite(&[&format!("{name}: {wrong}"), &format!("{name}: {wrong}")]));
        assert_eq!(read(&twice), Some(HeaderError::Repeated(name.clone())));
        let empty = request(&invite(&[&format!("{name}:")]));
        assert!(matches!(read(&empty), Some(HeaderError::Malformed { .. })), "{name}");
    }
}

#[test]
fn a_malformed_value_says_where() {
    let text = invite(&["Contact: <sip:a@b>;q=1, \"never"]);
    let request = request(&text);
    let contacts: Vec<_> = request.contacts().collect();
    assert_eq!(contacts.len(), 2);
    assert!(contacts[0].is_ok());
    let offset = text.windows(6).position(|window| window == b"\"never").unwrap();
    let expected = HeaderError::Malformed {
        name: HeaderName::CONTACT,
        offset,
        expected: Expected::QuotedString,
    };
    assert_eq!(contacts[1], Err(expected.clone()));
    assert_eq!(
        expected.to_string(),
        format!("malformed Contact: expected a quoted string at offset {offset}")
    );
}

#[test]
fn two_numbers_are_no_number() {
    for (value, expected) in [
        ("7 0", None),
        ("70\r\n 1", None),
        ("70 x", None),
        ("70 ;x", Some(70)),
        ("70 (hops)", Some(70)),
        ("70;x", Some(70)),
    ] {
        let request = request(&invite(&[&format!("Max-Forwards: {value}")]));
        assert_eq!(request.max_forwards().ok(), expected, "{value}");
    }
}

#[test]
fn an_asterisk_may_begin_a_name() {
    let request = request(&invite(&["Contact: *55 <sip:a@b>, * <sip:c@d>, *", "m:*"]));
    let contacts: Vec<_> = request.contacts().map(Result::unwrap).collect();
    let names: Vec<_> =
        contacts.iter().map(|contact| contact.address().and_then(NameAddr::display_name)).collect();
    assert_eq!(names, [Some("*55".to_owned()), Some("*".to_owned()), None, None]);
    assert_eq!(contacts[2..], [Contact::Wildcard, Contact::Wildcard]);
}

#[test]
fn a_dialog_has_no_wildcard_as_its_contact() {
    let text = invite(&["Contact: *"]);
    let offset = text.windows(5).position(|window| window == b": *\r\n").unwrap() + 2;
    assert_eq!(
        request(&text).contact(),
        Err(HeaderError::Malformed { name: HeaderName::CONTACT, offset, expected: Expected::Uri })
    );
}

#[test]
fn an_empty_via_is_malformed_and_not_absent() {
    let request = request(&invite(&["Via:"]));
    assert!(matches!(request.via(), Err(HeaderError::Malformed { .. })));
}

#[test]
fn a_dialog_needs_one_contact() {
    let contact = |lines: &[&str]| request(&invite(lines)).contact();
    assert!(contact(&["Contact: <sip:b@h>"]).is_ok());
    assert!(matches!(contact(&["Contact: <sip:b@h>, <sip:c@h>"]), Err(HeaderError::Repeated(_))));
    assert!(matches!(contact(&["Contact: *"]), Err(HeaderError::Malformed { .. })));
}

#[test]
fn numbers_are_numbers() {
    let expires = |value: &str| request(&invite(&[&format!("Expires: {value}")])).expires().ok();
    for (value, expected) in [
        ("3600", Some(3600)),
        ("0000000000060", Some(60)),
        ("4294967295", Some(u32::MAX)),
        ("99999999999999999999", Some(u32::MAX)),
        ("60;x=1", Some(60)),
        ("60 (a while)", Some(60)),
        ("-1", None),
        ("6o", None),
        ("+60", None),
        ("Fri, 01 Jan 2027 16:00:00 GMT", None),
    ] {
        assert_eq!(expires(value), expected, "{value}");
    }
}

#[test]
fn cseq_is_a_number_and_a_method() {
    let cseq = |value: &str| request(&invite(&[&format!("CSeq: {value}")])).cseq().ok();
    let read = |value: &str| cseq(value).map(|cseq| (cseq.number(), cseq.method().clone()));
    assert_eq!(read("1 INVITE"), Some((1, Method::Invite)));
    assert_eq!(read("4294967295\t ACK"), Some((u32::MAX, Method::Ack)));
    for wrong in
        ["4294967296 INVITE", "1INVITE", "INVITE", "1 ", "1 INVITE x", "1 IN@VITE", "-1 INVITE"]
    {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

#[test]
fn challenges_and_credentials_keep_what_was_written() {
    let request = request(&invite(&[
        "WWW-Authenticate: Digest realm=\"a, b\", nonce=\"x\\\"y\", algorithm=SHA-256 , qop=\"auth,auth-int\"",
        "Proxy-Authenticate: Digest realm=\"p\",\r\n nonce=\"n\"",
        "WWW-Authenticate: Basic realm=\"r\"",
        "Authorization: Digest username=\"u\",uri=\"sip:a@b;transport=TLS\" , nc=00000001",
        "Proxy-Authorization: Digest username",
    ]));
    let challenges: Vec<_> = request.challenges().collect::<Result<_, _>>().unwrap();
    let parties: Vec<_> = challenges.iter().map(centrala_sip::Challenge::party).collect();
    assert_eq!(parties, [AuthParty::Server, AuthParty::Proxy, AuthParty::Server]);
    assert_eq!(challenges[0].param("realm").as_deref(), Some("a, b"));
    assert_eq!(challenges[0].param("NONCE").as_deref(), Some("x\"y"));
    assert_eq!(challenges[0].raw_param("nonce"), Some(b"\"x\\\"y\"".as_slice()));
    assert_eq!(challenges[0].param("algorithm").as_deref(), Some("SHA-256"));
    assert_eq!(challenges[0].params().count(), 4);
    assert_eq!(challenges[1].param("nonce").as_deref(), Some("n"));
    assert!(!challenges[2].is_digest());

    let credentials: Vec<_> = request.credentials().collect();
    let first = credentials[0].as_ref().unwrap();
    assert_eq!(first.param("uri").as_deref(), Some("sip:a@b;transport=TLS"));
    assert_eq!(first.raw_param("nc"), Some(b"00000001".as_slice()));
    assert_eq!(first.param("absent"), None);
    assert!(matches!(
        &credentials[1],
        Err(HeaderError::Malformed { name, .. }) if *name == HeaderName::PROXY_AUTHORIZATION
    ));
}

#[test]
fn tokens_are_listed_over_lines() {
    let request =
        request(&invite(&["Allow: INVITE, ACK,BYE", "Allow: FOO", "Require: 100rel, a b"]));
    let methods: Vec<_> = request.allow().collect::<Result<_, _>>().unwrap();
    assert_eq!(methods[..3], [Method::Invite, Method::Ack, Method::Bye]);
    assert_eq!(methods[3].as_str(), "FOO");
    let tags: Vec<_> = request.require().collect();
    assert_eq!(tags[0], Ok("100rel"));
    assert!(matches!(tags[1], Err(HeaderError::Malformed { .. })));
}

#[test]
fn headers_are_iterated_in_their_order() {
    let request = request(&invite(&["X-One: 1", "k: timer", "x-one: 2"]));
    let name: HeaderName = "X-ONE".parse().unwrap();
    let values: Vec<_> =
        request.headers().all(&name).map(|header| header.value().to_vec()).collect();
    assert_eq!(values, [b"1", b"2"]);
    let names: Vec<String> =
        request.headers().iter().map(|header| header.name().to_string()).collect();
    assert_eq!(names[names.len() - 3..], ["X-One", "Supported", "x-one"]);
    let raw: Vec<_> = request.headers().iter().map(|header| header.raw_name().to_vec()).collect();
    assert_eq!(raw[raw.len() - 2], b"k");
}
