//! Parsing and printing.

use std::net::IpAddr;

use centrala_sdp::{
    Codec, Connection, Direction, EditLineError, Expected, HostName, Line, Media, Origin,
    ParseDescriptionError as Error, PayloadType, RtpMap, SessionDescription,
};

use crate::sample::{description, text};

#[test]
fn all_lines_are_kept_in_their_place() {
    let lines = [
        "b=TIAS:64000",
        "a=tool:x y",
        "a=group:BUNDLE audio",
        "m=audio 49170/2 RTP/AVP 0 8 97",
        "i=title",
        "c=IN IP4 203.0.113.9",
        "b=AS:64",
        "k=clear:secret",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secret",
        "a=rtpmap:97 iLBC/8000",
        "a=fmtp:97 mode=30",
        "x=unknown=line",
        "a=sendonly",
        "m=video 51372 RTP/SAVPF 99",
        "a=rtpmap:99 h263-1998/90000",
        "m=image 5000 udptl t38",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ];
    let description = description(&lines);
    assert_eq!(description.to_string(), text(&lines));
    let kinds: Vec<_> = description.media().iter().map(Media::kind).collect();
    assert_eq!(kinds, ["audio", "video", "image", "application"]);
    assert!(!format!("{description:?}").contains("secret"), "no keys in Debug");
    assert_eq!(description.attribute("tool"), Some("x y"));
    assert_eq!(description.lines()[5].kind(), 'b');
}

#[test]
fn bytes_that_are_not_utf_8_survive() {
    let text = [text(&["m=audio 4000 RTP/AVP 0"]).as_bytes(), b"i=J\xfcrgen\r\n"].concat();
    let description = SessionDescription::parse(&text).unwrap();
    assert_eq!(description.to_bytes(), text);
    assert_eq!(description.media()[0].lines()[0].raw_value(), b"J\xfcrgen");
}

#[test]
fn bare_line_feeds_and_empty_lines_at_the_end_are_read() {
    let lines = ["m=audio 4000 RTP/AVP 0", "a=ptime:30"];
    let text = text(&lines);
    let expected = Ok(description(&lines));
    assert_eq!(text.replace("\r\n", "\n").parse(), expected);
    assert_eq!(format!("{text}\r\n\r\n").parse(), expected);
    assert_eq!(text.trim_end().parse(), expected);
}

#[test]
fn a_faulty_line_is_named() {
    let head = text(&[]).len();
    let at = |line, offset, expected| Error::Malformed { line, offset, expected };
    for (name, text, expected, status) in [
        ("nothing", String::new(), at(1, 0, Expected::Letter), 400),
        ("not sdp", "hello".to_owned(), at(1, 1, Expected::Equals), 400),
        ("version", "v=1\r\n".to_owned(), at(1, 0, Expected::Version), 400),
        ("no version", "o=- 1 1 IN IP4 h\r\n".to_owned(), at(1, 0, Expected::Version), 400),
        ("no origin", "v=0\r\ns=-\r\n".to_owned(), Error::NoOrigin, 400),
        (
            "an origin too late",
            "v=0\r\nm=audio 1 RTP/AVP 0\r\no=- 1 1 IN IP4 h\r\n".to_owned(),
            Error::NoOrigin,
            400,
        ),
        (
            "an origin of words",
            "v=0\r\no=- one 1 IN IP4 h\r\n".to_owned(),
            at(2, 9, Expected::Number),
            400,
        ),
        ("a short origin", "v=0\no=- 1 1\n".to_owned(), at(2, 11, Expected::Address), 400),
        ("no letter", text(&["=x"]), at(6, head, Expected::Letter), 400),
        ("no value", text(&["a"]), at(6, head + 1, Expected::Equals), 400),
        ("a long letter", text(&["ab=c"]), at(6, head + 1, Expected::Equals), 400),
        ("an empty line", text(&["", "a=x"]), at(6, head, Expected::Letter), 400),
        ("a bare CR", text(&["a=x\ra=y"]), at(6, head + 3, Expected::PlainLine), 400),
        ("a NUL", text(&["a=x\0"]), at(6, head + 3, Expected::PlainLine), 400),
        ("a port of words", text(&["m=audio x RTP/AVP 0"]), at(6, head + 8, Expected::Port), 400),
        (
            "a port too high",
            text(&["m=audio 65536 RTP/AVP 0"]),
            at(6, head + 8, Expected::Port),
            400,
        ),
        ("a signed port", text(&["m=audio +1 RTP/AVP 0"]), at(6, head + 8, Expected::Port), 400),
        ("no protocol", text(&["m=audio 4000"]), at(6, head + 12, Expected::Protocol), 400),
        ("glued", text(&["m=audio 4000RTP/AVP 0"]), at(6, head + 12, Expected::Protocol), 400),
        (
            "too long",
            text(&[&format!("a={}", "x".repeat(SessionDescription::MAX_LEN))]),
            Error::TooLong,
            413,
        ),
        (
            "too many sections",
            text(&["m=audio 1 RTP/AVP 0"; SessionDescription::MAX_MEDIA + 1]),
            Error::TooManyMedia,
            413,
        ),
        ("too many lines", text(&["a=x"; SessionDescription::MAX_LINES]), Error::TooManyLines, 413),
    ] {
        let error = text.parse::<SessionDescription>().unwrap_err();
        assert_eq!((error, error.status()), (expected, status), "{name}");
    }
    let most = text(&["m=audio 1 RTP/AVP 0"; SessionDescription::MAX_MEDIA]);
    assert_eq!(most.parse::<SessionDescription>().unwrap().media().len(), 256);
    let error = text(&["m=audio x RTP/AVP 0"]).parse::<SessionDescription>().unwrap_err();
    assert_eq!(error.to_string(), "expected a port in line 6 at offset 79");
    assert_eq!((error.line(), error.offset()), (Some(6), Some(79)));
}

#[test]
fn a_section_says_how_media_is_coded() {
    let description = description(&[
        "m=audio 4000 RTP/AVP 8 0 18 97 98 101 9999 x",
        "a=rtpmap:97 pcmu/8000/1",
        "a=rtpmap:98 PCMA/16000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20.0",
        "a=maxptime:60",
        "a=rtcp:53020 IN IP4 126.16.64.4",
    ]);
    let media = &description.media()[0];
    let maps: Vec<_> = media
        .rtp_maps()
        .map(|(number, map)| (number.as_u8(), map.codec(), map.is_telephone_event()))
        .collect();
    assert_eq!(
        maps,
        [
            (8, Some(Codec::Pcma), false),
            (0, Some(Codec::Pcmu), false),
            (18, None, false),
            (97, Some(Codec::Pcmu), false),
            (98, None, false),
            (101, None, true),
        ]
    );
    assert_eq!(media.format_parameters(PayloadType::TELEPHONE_EVENT), Some("0-16"));
    assert_eq!((media.lines().ptime(), media.lines().maxptime()), (Ok(20), Ok(60)));
    let rtcp = media.lines().rtcp().unwrap();
    assert_eq!((rtcp.port(), rtcp.to_ip()), (53020, Some("126.16.64.4".parse().unwrap())));
    assert_eq!(media.formats().count(), 8);
}

#[test]
fn a_number_may_be_given_another_meaning() {
    let description = description(&["m=audio 4000 RTP/AVP 0", "a=rtpmap:0 G722/8000"]);
    assert_eq!(description.media()[0].rtp_maps().next().unwrap().1.encoding(), "G722");
}

#[test]
fn a_section_overrides_the_session() {
    let description = description(&[
        "a=sendonly",
        "m=audio 4000 RTP/AVP 0",
        "m=audio 4002 RTP/AVP 0",
        "c=IN IP6 2001:db8::7",
        "a=inactive",
    ]);
    let [first, second] = description.media() else { panic!("two sections") };
    assert_eq!(description.direction_of(first), Direction::SendOnly);
    assert_eq!(description.direction_of(second), Direction::Inactive);
    let address = |text: &str| Ok(Connection::Address(text.parse().unwrap()));
    assert_eq!(description.connection_of(first), address("203.0.113.1"));
    assert_eq!(description.connection_of(second), address("2001:db8::7"));
}

#[test]
fn connections_are_addresses_or_names() {
    let parse = |text: &str| text.parse::<Connection>().ok();
    let address = |text: &str| Some(Connection::Address(text.parse::<IpAddr>().unwrap()));
    assert_eq!(parse("IN IP4 192.0.2.1"), address("192.0.2.1"));
    assert_eq!(parse("IN IP4 224.2.1.1/127"), address("224.2.1.1"));
    assert_eq!(parse("IN IP6 2001:db8::1"), address("2001:db8::1"));
    assert_eq!(parse("IN IP4 2001:db8::1"), address("2001:db8::1"));
    assert_eq!(
        parse("IN IP4 host.example"),
        Some(Connection::Name("host.example".parse().unwrap()))
    );
    assert!(parse("IN IP4 0.0.0.0").unwrap().is_hold());
    for wrong in ["", "IN", "IN IP4", "IN IP5 192.0.2.1", "ATM IP4 192.0.2.1", "IN IP4 !"] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
}

#[test]
fn origins_have_numbers_of_any_length() {
    let text = "mh 28908445268904452689 00000000000000000000000001 IN IP4 host.example";
    let origin: Origin = text.parse().unwrap();
    assert_eq!(origin.to_string(), text);
    assert_eq!((origin.username(), origin.session_id()), ("mh", "28908445268904452689"));
}

#[test]
fn a_line_cannot_be_broken_out_of() {
    for value in ["a\r\nm=audio 1 RTP/AVP 0", "a\nb", "a\rb", "a\0b"] {
        assert_eq!(Line::new('a', value).err(), Some(EditLineError::Value), "{value:?}");
        assert!(Line::attribute_of("x", value).is_err(), "{value:?}");
        assert!(format!("- 1 1 IN IP4 {value}").parse::<Origin>().is_err(), "{value:?}");
        assert!(format!("IN IP4 {value}").parse::<Connection>().is_err(), "{value:?}");
        assert!(value.parse::<HostName>().is_err(), "{value:?}");
        assert!(RtpMap::new(value, 8_000, 1).is_err(), "{value:?}");
        assert!(Media::new("audio", 1, "RTP/AVP", &[value]).is_err(), "{value:?}");
        assert!(Media::new(value, 1, "RTP/AVP", &["0"]).is_err(), "{value:?}");
        assert!(Media::new("audio", 1, value, &["0"]).is_err(), "{value:?}");
    }
    for name in ["", "a b", "a:b", "a\r\nb", "ä"] {
        assert_eq!(Line::attribute_of(name, "x").err(), Some(EditLineError::Name), "{name:?}");
    }
    for kind in ['A', '\n', 'v', 'o', 'm', 'ä'] {
        assert_eq!(Line::new(kind, "x").err(), Some(EditLineError::Kind), "{kind:?}");
    }
    assert_eq!(Line::new('a', "ptime:20").unwrap().attribute(), Some(("ptime", "20")));
    assert_eq!(Line::attribute_of("rtcp-mux", "").unwrap().attribute(), Some(("rtcp-mux", "")));
}

#[test]
fn directions_have_two_halves() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    for (direction, reversed) in
        [(SendRecv, SendRecv), (SendOnly, RecvOnly), (RecvOnly, SendOnly), (Inactive, Inactive)]
    {
        assert_eq!(direction.reversed(), reversed);
        assert_eq!(direction.and(SendRecv), direction);
        assert_eq!(direction.and(reversed).sends(), direction.sends() && reversed.sends());
    }
    assert_eq!(SendOnly.and(RecvOnly), Inactive);
}

#[test]
fn no_key_is_in_debug_however_it_is_written() {
    for line in [
        "k=clear:SECRET",
        "K=SECRET",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET",
        "a= crypto :1 AES_CM_128_HMAC_SHA1_80 inline:SECRET",
        "A=Crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET",
        "a=crypto 1 AES_CM_128_HMAC_SHA1_80 inline:SECRET",
        "a=key-mgmt\tmikey SECRET",
        "a=ice-pwd=SECRET",
        "a=ice-pwd SECRET",
        // RFC 5939 section 3.4.1: an attribute within another.
        "a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET",
        "a=cryptoscale:1 client AES_CM_128_HMAC_SHA1_80 inline:SECRET",
    ] {
        let debug = format!("{:?}", description(&[line]));
        assert!(!debug.contains("SECRET"), "{line}: {debug}");
    }
}

#[test]
fn what_is_not_utf_8_is_pointed_at() {
    let check = |line: &[u8], at: usize| {
        let head = b"v=0\r\no=- 1 1 IN IP4 h\r\n";
        let octets = [head, line, b"\r\n"].concat();
        let error = SessionDescription::parse(&octets).unwrap_err();
        assert_eq!((error.line(), error.offset()), (Some(3), Some(head.len() + at)), "{error}");
    };
    check(b"o=J\xf6rg 1 1 IN IP4 h", 3);
    check(b"m=audio 4000 RTP/AVP 0 \xff", 23);
}
