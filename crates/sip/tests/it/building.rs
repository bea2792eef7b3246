//! Builders make messages which parse, and no others.

use bytes::Bytes;
use centrala_sip::{
    BuildMessageError, CSeq, HeaderError, HeaderName, Host, Message, Method, NameAddr, Request,
    RequestBuilder, ResponseBuilder, StatusCode, Transport, Uri, Via,
};

use crate::sample::{file, invite, request, response};

fn options() -> RequestBuilder {
    RequestBuilder::new(Method::Options, &"sip:bob@acme.example".parse().unwrap())
}

#[test]
fn a_request_is_written_in_the_order_of_the_calls() {
    let uri: Uri = "sip:bob@acme.example".parse().unwrap();
    let via =
        Via::new(Transport::Udp, Host::V6("2001:db8::1".parse().unwrap()), Some(5062), "z9hG4bK7")
            .unwrap();
    let from = NameAddr::new(&"sip:alice@acme.example".parse().unwrap())
        .with_display_name("Alice \"Al\" O'Hara")
        .with_tag("t1")
        .unwrap();
    let request = RequestBuilder::new(Method::Invite, &uri)
        .via(&via.with_rport())
        .max_forwards(70)
        .from(&from)
        .to(&NameAddr::new(&uri))
        .call_id(&"1@host".parse().unwrap())
        .cseq(3)
        .contact(&NameAddr::new(&"sip:alice@[2001:db8::1]:5062".parse().unwrap()))
        .route(&"<sip:proxy;lr>".parse().unwrap())
        .body("application/sdp", "v=0\r\n")
        .build()
        .unwrap();
    assert_eq!(request.check(), Ok(()));
    let expected = "INVITE sip:bob@acme.example SIP/2.0\r\n\
        Via: SIP/2.0/UDP [2001:db8::1]:5062;branch=z9hG4bK7;rport\r\n\
        Max-Forwards: 70\r\n\
        From: \"Alice \\\"Al\\\" O'Hara\" <sip:alice@acme.example>;tag=t1\r\n\
        To: <sip:bob@acme.example>\r\n\
        Call-ID: 1@host\r\n\
        CSeq: 3 INVITE\r\n\
        Contact: <sip:alice@[2001:db8::1]:5062>\r\n\
        Route: <sip:proxy;lr>\r\n\
        Content-Type: application/sdp\r\n\
        Content-Length: 5\r\n\r\nv=0\r\n";
    assert_eq!(request.to_bytes(), expected);
    assert_eq!(request.from().unwrap().display_name().as_deref(), Some("Alice \"Al\" O'Hara"));
}

#[test]
fn what_would_break_out_of_a_line_is_refused() {
    let name: HeaderName = "X-Name".parse().unwrap();
    for value in ["a\r\nEvil: 1", "a\nb", "a\rb", "a\0b"] {
        let refused = Some(BuildMessageError::UnsafeValue(name.clone()));
        assert_eq!(options().header(&name, value).build().err(), refused, "{value:?}");
        let invite = request(&invite(&[]));
        let response = ResponseBuilder::for_request(&invite, StatusCode::OK);
        assert_eq!(response.clone().header(&name, value).build().err(), refused, "{value:?}");
        assert_eq!(
            response.clone().reason(value).build().err(),
            Some(BuildMessageError::UnsafeReason)
        );
        assert_eq!(response.to_tag(value).build().err(), Some(BuildMessageError::Tag));
        assert!(value.parse::<NameAddr>().is_err());
        assert!(format!("<sip:a@b>;x=\"{value}\"").parse::<NameAddr>().is_err());
        assert!(format!("sip:a{value}@b").parse::<Uri>().is_err());
        assert!(Via::new(Transport::Udp, Host::Name(value), None, "z9hG4bK1").is_err());
        assert!(Via::new(Transport::Udp, Host::Name("h"), None, value).is_err());
        assert!(NameAddr::new(&"sip:a@b".parse().unwrap()).with_tag(value).is_none());
        assert!(
            NameAddr::new(&"sip:a@b".parse().unwrap())
                .with_param("x", Some(&format!("\"{value}\"")))
                .is_none()
        );
    }
    assert_eq!(
        options().header(&HeaderName::CONTENT_LENGTH, "3").build().err(),
        Some(BuildMessageError::ContentLength)
    );
    assert!(options().body("a/b\r\nEvil: 1", "x").build().is_err());
}

#[test]
fn the_host_of_a_via_is_one_host() {
    for host in ["h;received=192.0.2.66", "h:99", "h ", "h;x", "h, SIP/2.0/UDP evil", "[::1]", ""] {
        let via = Via::new(Transport::Udp, Host::Name(host), None, "z9hG4bK1");
        let is_host = host == "[::1]";
        assert_eq!(via.is_ok(), is_host, "{host:?}");
    }
}

#[test]
fn a_via_that_was_folded_can_be_sent_again() {
    let received = request(&invite(&["Via: SIP/2.0/UDP\r\n h;branch=z9hG4bK1;x=\"a\r\n b\""]));
    let via = received.via().unwrap();
    let expected = b"SIP/2.0/UDP h;branch=z9hG4bK1;x=\"a b\"".as_slice();
    let built = options().via(&via).build().unwrap();
    assert_eq!(built.header(&HeaderName::VIA), Some(expected));
    let mut edited = request(&invite(&[]));
    edited.push_via(&via).unwrap();
    assert_eq!(edited.header(&HeaderName::VIA), Some(expected));
    edited.set_top_via(&via).unwrap();
    assert_eq!(edited.header(&HeaderName::VIA), Some(expected));
}

#[test]
fn a_tag_takes_the_place_of_an_empty_one() {
    for to in ["<sip:a@b>;tag", "<sip:a@b>;tag=;x", "sip:a@b;tag=\"\";x=1"] {
        let request = request(&invite(&[&format!("To: {to}")]));
        let response =
            ResponseBuilder::for_request(&request, StatusCode::OK).to_tag("mine").build().unwrap();
        let expected = if to.contains('"') { "\"\"" } else { "mine" };
        assert_eq!(response.to().unwrap().tag(), Some(expected), "{to}");
    }
}

#[test]
fn a_known_header_must_follow_its_grammar() {
    for (name, value) in [
        (HeaderName::FROM, "<sip:a@b"),
        (HeaderName::CSEQ, "x INVITE"),
        (HeaderName::VIA, "SIP/2.0/UDP"),
        (HeaderName::CONTACT, "<sip:a@b>,"),
        (HeaderName::AUTHORIZATION, "Digest realm"),
        (HeaderName::CONTENT_TYPE, "sdp"),
    ] {
        match options().header(&name, value).build().err() {
            Some(BuildMessageError::Header(HeaderError::Malformed { name: seen, .. })) => {
                assert_eq!(seen, name);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let twice = options().cseq(1).cseq(2).build();
    assert_eq!(
        twice.err(),
        Some(BuildMessageError::Header(HeaderError::Repeated(HeaderName::CSEQ)))
    );
}

#[test]
fn a_display_name_cannot_break_out_of_its_quotes() {
    let uri: Uri = "sip:a@b".parse().unwrap();
    for name in ["\"", "\\", "a\\\"b", "x\" <sip:evil@x>;y=\"", "łódź\r\nEvil: 1", ""] {
        let address = NameAddr::new(&uri).with_display_name(name);
        let read: NameAddr = address.to_string().parse().unwrap();
        let expected: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        assert_eq!(read.display_name().unwrap_or_default(), expected, "{name:?}");
        assert_eq!(read.uri(), &uri, "{name:?}");
        assert!(read.params().is_empty(), "{name:?}");
    }
}

#[test]
fn a_response_repeats_what_the_request_asks_for() {
    let request = request(&file("rfc4475/wsinv"));
    let response =
        ResponseBuilder::for_request(&request, StatusCode::RINGING).to_tag("mine").build().unwrap();
    assert_eq!(response.check(), Ok(()));
    let expected = "SIP/2.0 180 Ringing\r\n\
        To: sip:grace@chair.acme.example ;   tag    = 77nn\r\n\
        From: \"Ada \\\\\\\"L\\\\\\\"\"       <sip:ada@acme.example> ; tag = aa11\r\n\
        Call-ID: tortuous.1@192.0.2.53\r\n\
        CSeq: 0007 INVITE\r\n\
        Via: SIP  /   2.0 /UDP 192.0.2.2;branch=390hop\r\n\
        Via: SIP  / 2.0  / TCP     spindle.acme.example   ; branch  =   z9hG4bK7thing   , \
        SIP  /    2.0   / UDP  192.168.255.111   ; branch= z9hG4bK30hop\r\n\
        Content-Length: 0\r\n\r\n";
    assert_eq!(
        response.to_bytes().escape_ascii().to_string(),
        expected.as_bytes().escape_ascii().to_string()
    );
}

#[test]
fn a_tag_is_added_to_a_to_without_one() {
    let request = request(&invite(&[
        "To: \"A;tag=no\" <sip:a@acme.example;tag=uri>;x=\"y\"",
        "Timestamp: 54",
    ]));
    let response =
        ResponseBuilder::for_request(&request, StatusCode::OK).to_tag("mine").build().unwrap();
    let to = response.to().unwrap();
    assert_eq!((to.tag(), to.params().value("x")), (Some("mine"), Some("\"y\"")));
    assert!(!response.has(&HeaderName::TIMESTAMP));
    let trying = ResponseBuilder::for_request(&request, StatusCode::TRYING).build().unwrap();
    assert_eq!(trying.to().unwrap().tag(), None);
    assert_eq!(trying.number(&HeaderName::TIMESTAMP), Ok(54));
}

#[test]
fn record_routes_and_bodies_are_added_on_request() {
    let request = request(&invite(&[
        "Record-Route: <sip:p1;lr>,\r\n <sip:p2;lr>",
        "Record-Route: <sip:p3;lr>",
    ]));
    let response = ResponseBuilder::for_request(&request, StatusCode::OK)
        .record_routes_of(&request)
        .contact(&"<sip:me@192.0.2.7>".parse().unwrap())
        .reason("Fine")
        .body("application/sdp", Bytes::from_static(b"v=0\r\n"))
        .build()
        .unwrap();
    let hosts: Vec<String> = response
        .record_routes()
        .map(|route| route.unwrap().uri().host().unwrap().to_string())
        .collect();
    assert_eq!(hosts, ["p1", "p2", "p3"]);
    assert_eq!(
        (response.reason(), response.body().as_ref()),
        (b"Fine".as_slice(), b"v=0\r\n".as_slice())
    );
}

#[test]
fn secrets_are_not_shown() {
    let value = "Digest username=\"u\", realm=\"r\", response=\"0123456789abcdef\"";
    let request = options().header(&HeaderName::AUTHORIZATION, value).build().unwrap();
    let credentials = request.credentials().next().unwrap().unwrap();
    for shown in
        [format!("{request:?}"), format!("{credentials:?}"), format!("{:?}", request.headers())]
    {
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
    }
    assert_eq!(credentials.param("response").as_deref(), Some("0123456789abcdef"));
    // What follows other schemes may be one secret: here, a name and a password in base 64.
    let basic =
        options().header(&HeaderName::AUTHORIZATION, "Basic dXNlcjpwYXNz=").build().unwrap();
    let shown = format!("{:?}", basic.credentials().next());
    assert!(shown.contains("Basic") && !shown.contains("dXNl"), "{shown}");
}

#[test]
fn a_built_message_is_the_one_that_is_parsed() {
    let built: Request = options()
        .cseq(CSeq::MAX_INITIAL)
        .header(&HeaderName::SUBJECT, "  trimmed ")
        .build()
        .unwrap();
    let parsed = request(&built.to_bytes());
    assert_eq!(parsed.cseq().unwrap().number(), CSeq::MAX_INITIAL);
    assert_eq!(parsed.header_str(&HeaderName::SUBJECT), Some("trimmed"));
    assert!(matches!(Message::parse(built.to_bytes()), Ok(Message::Request(_))));
    let answer = ResponseBuilder::for_request(&built, StatusCode::NOT_FOUND).build().unwrap();
    assert_eq!(response(&answer.to_bytes()).reason(), b"Not Found");
}

#[test]
fn a_request_at_the_limits_is_answered() {
    let mut vias =
        "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n".repeat(centrala_sip::Limits::HEADERS - 6);
    vias.truncate(vias.len() - 2);
    let to = format!("To: \"{}\" <sip:a@b>", "x".repeat(centrala_sip::Limits::HEADER_VALUE - 12));
    let request = request(&invite(&[&vias, &to]));
    let response =
        ResponseBuilder::for_request(&request, StatusCode::OK).to_tag("t").build().unwrap();
    assert_eq!(response.vias().count(), centrala_sip::Limits::HEADERS - 6);
    assert_eq!(response.to().unwrap().tag(), Some("t"));
}
