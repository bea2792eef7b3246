//! Values of lines: absent, malformed, repeated.

use centrala_sdp::{
    Bandwidth, Candidate, Connection, Crypto, Direction, Expected, Fingerprint, FormatParameters,
    Group, LineName, Lines, Origin, ParseValueError, RtcpAddress, RtpMap, Setup, SourceAttribute,
    Timing, ValueError,
};

use crate::sample::{description, text};

/// How a value is read and printed; what is right; what is wrong, where, and what is expected there.
type Case = (Read, &'static [&'static str], &'static [(&'static str, usize, Expected)]);
type Read = fn(&str) -> Result<String, ParseValueError>;

fn printed<T: ToString>(value: Result<T, ParseValueError>) -> Result<String, ParseValueError> {
    value.map(|value| value.to_string())
}

/// Each value is printed as it was read, and a fault is told with its place.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn values_are_read_and_printed() {
    use Expected as E;
    let table: &[Case] = &[
        (
            |text| printed(Bandwidth::parse(text)),
            &["AS:64", "X-Vendor:0", "TIAS:18446744073709551615"],
            &[
                ("", 0, E::BandwidthType),
                ("AS", 2, E::Colon),
                ("AS:x", 3, E::Number),
                ("AS:-1", 3, E::Number),
                ("AS:18446744073709551616", 3, E::Number),
                ("AS:1 2", 5, E::EndOfLine),
            ],
        ),
        (
            |text| printed(Timing::parse(text)),
            &["0 0", "2873397496 0"],
            &[("", 0, E::Number), ("0", 1, E::Number), ("0 x", 2, E::Number)],
        ),
        (
            |text| printed(Crypto::parse(text)),
            &["1 S inline:k", "2 S inline:k|2^20|1:4;inline:l P=1 Q"],
            &[
                ("", 0, E::Number),
                ("x S inline:k", 0, E::Number),
                ("1", 1, E::CryptoSuite),
                ("1 S", 3, E::KeyParameters),
                ("1 S key", 4, E::KeyParameters),
            ],
        ),
        (
            |text| printed(Fingerprint::parse(text)),
            &["sha-1 AB:cd:09"],
            &[
                ("", 0, E::HashFunction),
                ("sha-1", 5, E::HexDigits),
                ("sha-1 ABC", 6, E::HexDigits),
                ("sha-1 AB:", 6, E::HexDigits),
                ("sha-1 A+", 6, E::HexDigits),
            ],
        ),
        (
            |text| printed(Setup::parse(text)),
            &["active", "passive", "actpass", "holdconn"],
            &[("", 0, E::SetupRole), ("Active", 0, E::SetupRole)],
        ),
        (
            |text| printed(Candidate::parse(text)),
            &[
                "f 1 udp 4294967295 192.0.2.1 9 typ host",
                "f 1 x 0 a.local 9 typ z raddr :: rport 0",
            ],
            &[
                ("", 0, E::IceCharacters),
                ("f", 1, E::Number),
                ("f 1 udp 4294967296 h 9 typ host", 8, E::Number),
                ("f 1 udp 1 h 65536 typ host", 12, E::Port),
                ("f 1 udp 1 h 9 type host", 14, E::CandidateType),
                ("f 1 udp 1 h 9 typ", 17, E::CandidateType),
            ],
        ),
        (
            |text| printed(Group::parse(text)),
            &["BUNDLE", "LS a b"],
            &[("", 0, E::Semantics), (":", 0, E::Semantics)],
        ),
        (
            |text| printed(SourceAttribute::parse(text)),
            &["1 cname:a b", "4294967295 flag"],
            &[("x", 0, E::Number), ("1", 1, E::Attribute), ("1 a b", 4, E::EndOfLine)],
        ),
        (
            |text| printed(FormatParameters::parse(text)),
            &["101 0-16", "* a=b;c"],
            &[("", 0, E::Format)],
        ),
        (
            |text| printed(RtcpAddress::parse(text)),
            &["53020", "53020 IN IP6 2001:db8::1"],
            &[
                ("x", 0, E::Port),
                ("70000", 0, E::Port),
                ("1 X", 2, E::NetworkType),
                ("1 IN IP4", 8, E::Address),
            ],
        ),
        (
            |text| printed(RtpMap::parse(text)),
            &["PCMU/8000", "opus/48000/2"],
            &[
                ("", 0, E::Encoding),
                ("PCMU", 4, E::ClockRate),
                ("PCMU/x", 5, E::ClockRate),
                ("PCMU/8000/x", 10, E::Number),
                ("PCMU/8000/1/2", 11, E::EndOfLine),
            ],
        ),
        (
            |text| printed(Connection::parse(text)),
            &["IN IP4 192.0.2.1", "IN IP6 ::1", "IN IP4 a.example"],
            &[
                ("TN RFC2543 1", 0, E::NetworkType),
                ("IN IP5 h", 3, E::AddressType),
                ("IN IP4 !", 7, E::Address),
            ],
        ),
        (
            |text| printed(Origin::parse(text)),
            &["- 1 2 IN IP4 h"],
            &[
                ("", 0, E::Username),
                ("- x 2 IN IP4 h", 2, E::Number),
                ("- 1 2", 5, E::Address),
                ("- 1 2 IN\rIP4 h", 8, E::PlainLine),
            ],
        ),
    ];
    for (read, right, wrong) in table {
        for text in *right {
            assert_eq!(read(text).as_deref(), Ok(*text));
        }
        for (text, at, expected) in *wrong {
            let error = read(text).unwrap_err();
            assert_eq!((error.at, error.expected), (*at, *expected), "{text:?}");
        }
    }
}

#[test]
fn absent_malformed_and_repeated_are_three_answers() {
    let head = text(&["m=audio 4000 RTP/AVP 0"]).len();
    let description = description(&[
        "m=audio 4000 RTP/AVP 0",
        "a=ptime:x",
        "a=rtcp:1",
        "a=rtcp:2",
        "a=sendrecv",
        "a=inactive",
        "a=mid:\u{e9}",
        "b=AS:1",
        "b=AS:2",
        "a=ice-pwd:short",
        "a=setup:active now",
    ]);
    let lines: &Lines = description.media()[0].lines();
    let name = LineName::Attribute;
    let malformed =
        |name, line, offset, expected| ValueError::Malformed { name, line, offset, expected };
    assert_eq!(lines.maxptime(), Err(ValueError::Absent(name("maxptime"))));
    assert_eq!(lines.ptime(), Err(malformed(name("ptime"), 7, head + 8, Expected::Number)));
    assert_eq!(lines.rtcp(), Err(ValueError::Repeated { name: name("rtcp"), line: 9 }));
    assert_eq!(lines.direction(), Err(ValueError::Repeated { name: name("inactive"), line: 11 }));
    assert!(matches!(
        lines.mid(),
        Err(ValueError::Malformed { line: 12, expected: Expected::Token, .. })
    ));
    let repeated = ValueError::Repeated { name: LineName::Kind('b'), line: 14 };
    assert_eq!(lines.bandwidth("AS"), Err(repeated));
    let short = lines.ice_pwd().unwrap_err();
    assert!(matches!(short, ValueError::Malformed { expected: Expected::IceCharacters, .. }));
    assert_eq!(
        lines.setup().unwrap_err().to_string(),
        format!(
            "malformed a=setup in line 16: expected the end of the line at offset {}",
            head + 113
        )
    );
    assert_eq!(lines.maxptime().unwrap_err().to_string(), "no a=maxptime line");
    assert_eq!(repeated.to_string(), "another b= in line 14");
    assert_eq!((repeated.status(), lines.maxptime().unwrap_err().status()), (400, 488));
    // Who only asks for the direction in effect is given the first.
    assert_eq!(description.direction_of(&description.media()[0]), Direction::SendRecv);
}

#[test]
fn a_value_that_was_edited_has_no_place_in_what_was_received() {
    let mut description = description(&["m=audio 4000 RTP/AVP 0", "a=ptime:20"]);
    let mut lines = description.media_mut(0).unwrap().lines_mut();
    assert_eq!(lines[0].number(), Some(7));
    lines.set_attribute("ptime", "much").unwrap();
    let name = LineName::Attribute("ptime");
    let expected = Expected::Number;
    assert_eq!(lines.ptime(), Err(ValueError::Malformed { name, line: 0, offset: 6, expected }));
    assert_eq!(lines[0].number(), None);
}

#[test]
fn setup_roles_are_answered_by_their_counterparts() {
    use Setup::{ActPass, Active, HoldConn, Passive};
    for (offered, first) in
        [(Active, Passive), (Passive, Active), (ActPass, Active), (HoldConn, HoldConn)]
    {
        assert_eq!(offered.answers().first(), Some(&first));
        assert!(!offered.answers().contains(&ActPass), "RFC 4145 section 4.1");
    }
}

#[test]
fn versions_are_compared_as_numbers() {
    use core::cmp::Ordering::{Equal, Greater, Less};
    let origin = |version: &str| format!("u 7 {version} IN IP4 h").parse::<Origin>().unwrap();
    for (one, two, expected) in [
        ("1", "2", Less),
        ("9", "10", Less),
        ("010", "10", Equal),
        ("0", "00", Equal),
        ("99999999999999999999999", "99999999999999999999998", Greater),
    ] {
        assert_eq!(origin(one).cmp_version(&origin(two)), expected, "{one} {two}");
    }
    assert!(origin("1").is_same_session(&origin("2")));
    for other in ["v 7 1 IN IP4 h", "u 8 1 IN IP4 h", "u 7 1 IN IP4 i"] {
        assert!(!origin("1").is_same_session(&other.parse().unwrap()), "{other}");
    }
}

#[test]
fn a_fault_within_a_candidate_is_pointed_at() {
    let description = description(&["a=candidate:1 1 udp 1 192.0.2.1 5000  host typ"]);
    let expected = description.to_string().find("host");
    let Some(Err(ValueError::Malformed { offset, .. })) = description.lines().candidates().next()
    else {
        panic!("it is malformed")
    };
    assert_eq!(Some(offset), expected);
}

#[test]
fn a_flag_with_spaces_behind_it_is_a_flag() {
    let mut description =
        description(&["a=ice-lite ", "m=audio 4000 RTP/AVP 0", "a=rtcp-mux\t", "a=rtcp-muxer"]);
    assert!(description.lines().is_ice_lite());
    assert!(description.media()[0].lines().has_rtcp_mux());
    description.remove_ice();
    assert!(!description.to_string().contains("ice-lite"));
    let mut lines = description.media_mut(0).unwrap().lines_mut();
    assert_eq!(lines.remove_attributes("rtcp-mux"), 1);
    assert!(description.to_string().ends_with("0\r\na=rtcp-muxer\r\n"));
}

#[test]
fn a_line_of_another_description_is_a_new_one() {
    let other: centrala_sdp::SessionDescription =
        "v=0\no=- 1 1 IN IP4 h\ns=-\nt=0 0\nb=AS:x\n".parse().unwrap();
    let line = other.lines().of_kind('b').next().unwrap();
    let mut description = description(&["m=audio 4000 RTP/AVP 0", "a=x"]);
    description.media_mut(0).unwrap().push(line.clone()).unwrap();
    assert!(description.to_string().ends_with("\r\nb=AS:x\r\na=x\r\n"), "{description:?}");
    let lines = description.media()[0].lines();
    let (name, expected) = (LineName::Kind('b'), Expected::Number);
    let malformed = ValueError::Malformed { name, line: 0, offset: 3, expected };
    assert_eq!((lines[0].number(), lines.bandwidth("AS")), (None, Err(malformed)));
}
