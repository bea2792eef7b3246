//! Edits touch their own line and no other.

use std::net::IpAddr;

use bytes::Bytes;
use centrala_sip::{
    EditHeaderError, HeaderError, HeaderName, Headers, Host, Limits, Message, Request, Rport,
    StatusCode, Transport, Via,
};

use proptest::prelude::*;

use crate::sample::{file, invite, names, request, response};

const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

/// Lines that are in one message and not in the other, in both directions.
fn differences(before: &[u8], after: &[u8]) -> (Vec<String>, Vec<String>) {
    let lines = |text: &[u8]| -> Vec<String> {
        text.split_inclusive(|&byte| byte == b'\n')
            .map(|line| line.escape_ascii().to_string())
            .collect()
    };
    let (before, after) = (lines(before), lines(after));
    let only = |one: &[String], two: &[String]| -> Vec<String> {
        one.iter().filter(|line| !two.contains(line)).cloned().collect()
    };
    (only(&before, &after), only(&after, &before))
}

fn strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn a_proxy_edits_three_lines_and_keeps_the_rest() {
    let text = file("rfc4475/wsinv");
    let mut request = request(&text);
    request
        .push_via(&Via::new(Transport::Udp, Host::Name("proxy"), Some(5060), "z9hG4bKp").unwrap())
        .unwrap();
    assert_eq!(request.decrement_max_forwards(), Ok(69));
    assert_eq!(
        request.pop_route().unwrap().uri().host(),
        Some(Host::Name("services.acme.example"))
    );
    let (gone, new) = differences(&text, &request.to_bytes());
    assert_eq!(
        gone,
        strings(&[
            r"MaX-fOrWaRdS: 0070\r\n",
            r"Route:\r\n",
            r" <sip:services.acme.example;lr;unknownwith=value;unknown-no-value>\r\n",
        ])
    );
    assert_eq!(
        new,
        strings(&[r"Max-Forwards: 69\r\n", r"Via: SIP/2.0/UDP proxy:5060;branch=z9hG4bKp\r\n"])
    );
    let printed = crate::sample::request(&request.to_bytes());
    assert_eq!(printed.via().unwrap().branch(), Some("z9hG4bKp"));
    assert_eq!(printed.vias().count(), 4);
}

#[test]
fn a_response_loses_its_topmost_via_only() {
    let text = Bytes::from_static(
        b"SIP/2.0 180 Ringing\r\nv: SIP/2.0/UDP p;branch=z9hG4bKp ,\r\n SIP/2.0/UDP a;branch=z9hG4bKa\r\n\
          Via: SIP/2.0/UDP b;branch=z9hG4bKb\r\nX: 1\r\n\r\n",
    );
    let mut response = response(&text);
    let branches = |response: &centrala_sip::Response| -> Vec<String> {
        response.vias().map(|via| via.unwrap().branch().unwrap().to_owned()).collect()
    };
    assert_eq!(response.pop_via().unwrap().branch(), Some("z9hG4bKp"));
    assert_eq!(branches(&response), ["z9hG4bKa", "z9hG4bKb"]);
    assert_eq!(response.pop_via().unwrap().branch(), Some("z9hG4bKa"));
    assert_eq!(branches(&response), ["z9hG4bKb"]);
    assert_eq!(response.pop_via().unwrap().branch(), Some("z9hG4bKb"));
    assert_eq!(
        response.pop_via(),
        Err(EditHeaderError::Unreadable(HeaderError::Absent(HeaderName::VIA)))
    );
    assert_eq!(response.to_bytes(), "SIP/2.0 180 Ringing\r\nX: 1\r\n\r\n");
}

#[test]
fn what_stays_of_a_folded_line_is_one_line() {
    let mut request = request(&invite(&[
        "Via: SIP/2.0/UDP a;branch=z9hG4bKa,\r\n SIP/2.0/UDP b;branch=z9hG4bKb,\r\n\tSIP/2.0/UDP c;x=\"1\r\n 2\"",
        "Route: <sip:a;lr>,\r\n <sip:b;lr>\r\n ,<sip:c;lr>",
    ]));
    request.pop_via().unwrap();
    request.pop_route().unwrap();
    assert_eq!(
        request.header_str(&HeaderName::VIA),
        Some("SIP/2.0/UDP b;branch=z9hG4bKb, SIP/2.0/UDP c;x=\"1 2\"")
    );
    assert_eq!(request.header_str(&HeaderName::ROUTE), Some("<sip:b;lr> ,<sip:c;lr>"));
}

#[test]
fn the_first_via_stands_on_top_of_everything() {
    let mut request = request(&Bytes::from_static(b"BYE sip:a SIP/2.0\r\nX: 1\r\n\r\n"));
    request
        .push_via(&Via::new(Transport::Tls, Host::Name("p"), None, "z9hG4bKp").unwrap())
        .unwrap();
    let expected = "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/TLS p;branch=z9hG4bKp\r\nX: 1\r\n\r\n";
    assert_eq!(request.to_bytes(), expected);
}

#[test]
fn the_source_is_stamped_into_the_topmost_via() {
    for (via, expected) in [
        // RFC 3261 section 18.2.1: only if the sent-by is not the source.
        (
            "SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1",
            "SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1",
        ),
        (
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1",
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=198.51.100.7",
        ),
        (
            "SIP/2.0/UDP host;branch=z9hG4bK1",
            "SIP/2.0/UDP host;branch=z9hG4bK1;received=198.51.100.7",
        ),
        // RFC 3581 section 4: always if rport is asked for.
        (
            "SIP/2.0/UDP 198.51.100.7;rport;branch=z9hG4bK1",
            "SIP/2.0/UDP 198.51.100.7;rport=5066;branch=z9hG4bK1;received=198.51.100.7",
        ),
        // A liar's values are replaced.
        (
            "SIP/2.0/UDP 10.0.0.1;received=1.2.3.4;rport=1;branch=z9hG4bK1",
            "SIP/2.0/UDP 10.0.0.1;received=198.51.100.7;rport=5066;branch=z9hG4bK1",
        ),
        // RFC 3261 section 18.2.2 would send the response there.
        (
            "SIP/2.0/UDP 198.51.100.7;received=1.2.3.4;branch=z9hG4bK1",
            "SIP/2.0/UDP 198.51.100.7;received=198.51.100.7;branch=z9hG4bK1",
        ),
        // Those behind it in the line stay.
        (
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1 , SIP/2.0/UDP b;x=\"a, b\"",
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=198.51.100.7, SIP/2.0/UDP b;x=\"a, b\"",
        ),
    ] {
        let mut request = request(&invite(&[&format!("Via: {via}")]));
        request.stamp_top_via(SOURCE, 5066).unwrap();
        let line = request.header(&HeaderName::VIA).unwrap();
        assert_eq!(line.escape_ascii().to_string(), expected.as_bytes().escape_ascii().to_string());
    }
}

#[test]
fn an_ipv6_source_is_stamped_without_brackets() {
    let mut request = request(&invite(&["Via: SIP/2.0/UDP host;rport;branch=z9hG4bK1"]));
    request.stamp_top_via("2001:db8::9".parse().unwrap(), 5060).unwrap();
    let via = request.via().unwrap();
    assert_eq!(via.received(), Some("2001:db8::9".parse().unwrap()));
    assert_eq!(via.rport(), Some(Rport::Port(5060)));
    assert!(via.to_string().ends_with("received=2001:db8::9"));
}

#[test]
fn a_message_without_hops_is_not_forwarded() {
    let mut none = request(&file("rfc4475/zeromf"));
    assert_eq!(none.decrement_max_forwards(), Err(EditHeaderError::NoHopLeft));
    let mut old = request(&file("rfc4475/inv2543"));
    assert_eq!(old.decrement_max_forwards(), Ok(70));
    assert_eq!(old.max_forwards(), Ok(70));
}

#[test]
fn headers_are_set_appended_and_removed_by_name() {
    let supported = HeaderName::SUPPORTED;
    let mut request = request(&invite(&["k: timer", "X: 1", "Supported: path"]));
    let tags = |request: &Request| -> Vec<String> {
        request.supported().map(|tag| tag.unwrap().to_owned()).collect()
    };
    request.append(&supported, "100rel").unwrap();
    request.push_front(&supported, "gruu").unwrap();
    assert_eq!(tags(&request), ["gruu", "timer", "path", "100rel"]);
    request.set(&supported, "outbound").unwrap();
    assert_eq!(tags(&request), ["outbound"]);
    assert_eq!(request.remove(&supported), 1);
    assert_eq!(request.remove(&supported), 0);
    assert_eq!(request.to_bytes(), invite(&["X: 1"]));
}

#[test]
fn a_line_cannot_be_broken_out_of() {
    let name: HeaderName = "X-Name".parse().unwrap();
    let mut request = request(&invite(&[]));
    for value in ["a\r\nEvil: 1", "a\nEvil: 1", "a\rEvil: 1", "a\0b", "a\r\n folded"] {
        let refused = Err(EditHeaderError::UnsafeValue(name.clone()));
        assert_eq!(request.append(&name, value), refused, "{value:?}");
        assert_eq!(request.push_front(&name, value), refused, "{value:?}");
        assert_eq!(request.set(&name, value), refused, "{value:?}");
    }
    assert_eq!(
        request.append(&HeaderName::CONTENT_LENGTH, "7"),
        Err(EditHeaderError::ContentLength)
    );
    assert_eq!(request.set(&HeaderName::CONTENT_LENGTH, "7"), Err(EditHeaderError::ContentLength));
    assert_eq!(request.to_bytes(), invite(&[]));
}

#[test]
fn content_length_follows_the_body() {
    let mut request = request(&invite(&["l: 0", "X: 1"]));
    request.set_body("application/sdp", "v=0\r\n").unwrap();
    assert_eq!(request.body(), "v=0\r\n");
    let printed = crate::sample::request(&request.to_bytes());
    assert_eq!(printed.number(&HeaderName::CONTENT_LENGTH), Ok(5));
    assert!(printed.content_type().unwrap().is("application", "sdp"));
    assert_eq!(request.remove(&HeaderName::CONTENT_LENGTH), 0, "it stays");
    request.remove_body().unwrap();
    let printed = crate::sample::request(&request.to_bytes());
    assert_eq!((printed.body().len(), printed.number(&HeaderName::CONTENT_LENGTH)), (0, Ok(0)));
    assert!(!printed.has(&HeaderName::CONTENT_TYPE));
}

#[test]
fn start_lines_are_replaced() {
    let mut request = request(&invite(&[]));
    request.set_uri(&"sip:new@192.0.2.99".parse().unwrap());
    let (gone, new) = differences(&invite(&[]), &request.to_bytes());
    assert_eq!(gone, strings(&[r"INVITE sip:a@acme.example SIP/2.0\r\n"]));
    assert_eq!(new, strings(&[r"INVITE sip:new@192.0.2.99 SIP/2.0\r\n"]));

    let mut response = response(&Bytes::from_static(b"SIP/2.0 200 OK\r\nX: 1\r\n\r\n"));
    assert!(response.set_status(StatusCode::BUSY_HERE, "a\r\nEvil: 1").is_err());
    response.set_status(StatusCode::BUSY_HERE, "Busy").unwrap();
    assert_eq!(response.to_bytes(), "SIP/2.0 486 Busy\r\nX: 1\r\n\r\n");
}

#[test]
fn a_thousand_edits_print_one_line() {
    let mut request = request(&invite(&[]));
    for number in 0..1_000 {
        request.set(&HeaderName::SUBJECT, number.to_string()).unwrap();
    }
    let (gone, new) = differences(&invite(&[]), &request.to_bytes());
    assert_eq!((gone, new), (vec![], strings(&[r"Subject: 999\r\n"])));
}

#[test]
fn every_message_of_the_suite_survives_a_pushed_via() {
    let via = Via::new(Transport::Tcp, Host::Name("p"), None, "z9hG4bKp").unwrap();
    for folder in ["rfc4475", "rfc5118"] {
        for name in names(folder) {
            let Ok(Message::Request(mut request)) =
                Message::parse(file(&format!("{folder}/{name}")))
            else {
                continue;
            };
            let before = request.to_bytes();
            request.push_via(&via).unwrap();
            let after = request.to_bytes();
            assert_eq!(
                after.len(),
                before.len() + "Via: SIP/2.0/TCP p;branch=z9hG4bKp\r\n".len(),
                "{name}"
            );
            assert_eq!(request.pop_via(), Ok(via.clone()), "{name}");
            assert_eq!(request.to_bytes(), before, "{name}");
        }
    }
}

/// Spellings of header names: known ones, their compact forms, and names which the registry lacks.
const SPELLINGS: [&str; 12] = [
    "Via",
    "v",
    "Supported",
    "k",
    "SUBJECT",
    "s",
    "X-One",
    "x-ONE",
    "X-Two",
    "Max-Forwards",
    "Date",
    "q",
];

#[derive(Clone, Copy, Debug)]
enum Edit {
    PushFront,
    Append,
    Set,
    Remove,
}

/// Header lines as they should stand: names and values.
type Lines = Vec<(HeaderName, String)>;

fn apply(lines: &mut Lines, edit: Edit, name: &HeaderName, value: &str) {
    let line = (name.clone(), value.to_owned());
    let first = lines.iter().position(|(other, _)| other == name);
    let last = lines.iter().rposition(|(other, _)| other == name);
    match (edit, first, last) {
        (Edit::PushFront, Some(first), _) => lines.insert(first, line),
        (Edit::Append, _, Some(last)) => lines.insert(last + 1, line),
        (Edit::PushFront | Edit::Append | Edit::Set, _, _) if first.is_none() => lines.push(line),
        (Edit::Set, Some(first), _) => {
            let mut rest = lines.split_off(first);
            rest.retain(|(other, _)| other != name);
            lines.push(line);
            lines.append(&mut rest);
        }
        _ => lines.retain(|(other, _)| other != name),
    }
}

/// Every look-up gives what a walk over all lines gives.
fn check_lookups(headers: &Headers, lines: &Lines) {
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
    let all: Lines = headers.iter().map(|header| (header.name(), text(header.value()))).collect();
    assert_eq!(&all, lines);
    assert_eq!(headers.len(), lines.len());
    for spelling in SPELLINGS {
        let name: HeaderName = spelling.parse().unwrap();
        let expected: Vec<&str> = lines
            .iter()
            .filter(|(other, _)| *other == name)
            .map(|(_, value)| value.as_str())
            .collect();
        let found: Vec<String> = headers.all(&name).map(|header| text(header.value())).collect();
        assert_eq!(found, expected, "{spelling}");
        assert_eq!(headers.header_str(&name), expected.first().copied(), "{spelling}");
        assert_eq!(headers.has(&name), !expected.is_empty(), "{spelling}");
        let single = match expected[..] {
            [] => Err(HeaderError::Absent(name.clone())),
            [only] => Ok(only.parse().unwrap()),
            _ => Err(HeaderError::Repeated(name.clone())),
        };
        assert_eq!(headers.number(&name), single, "{spelling}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// The index counts places in one octet: lines beyond the 254th are looked up in another way.
    #[test]
    fn look_ups_are_right_after_any_edits_of_any_number_of_lines(
        front in proptest::collection::vec(0..SPELLINGS.len(), 0..6),
        filling in prop_oneof![Just(0_usize), 248..260_usize],
        back in proptest::collection::vec(0..SPELLINGS.len(), 0..6),
        edits in proptest::collection::vec((0..4_usize, 0..SPELLINGS.len()), 0..24),
    ) {
        let mut lines: Vec<String> = front.iter().map(|place| SPELLINGS[*place].to_owned()).collect();
        lines.extend((0..filling).map(|number| format!("X-Fill-{number}")));
        lines.extend(back.iter().map(|place| SPELLINGS[*place].to_owned()));
        let mut text = String::from("OPTIONS sip:a@acme.example SIP/2.0\r\n");
        for (number, name) in lines.iter().enumerate() {
            text.push_str(&format!("{name}: {number}\r\n"));
        }
        text.push_str("\r\n");
        let mut limits = Limits::default();
        limits.headers = 1_000;
        let parse = |text: Bytes| match Message::parse_within(text, &limits) {
            Ok(Message::Request(request)) => request,
            other => panic!("{other:?}"),
        };
        let mut request = parse(Bytes::from(text));
        let mut expected: Lines = lines
            .iter()
            .enumerate()
            .map(|(number, name)| (name.parse().unwrap(), number.to_string()))
            .collect();
        check_lookups(request.headers(), &expected);
        for (number, (edit, name)) in (1_000..).zip(edits) {
            let edit = [Edit::PushFront, Edit::Append, Edit::Set, Edit::Remove][edit];
            let name: HeaderName = SPELLINGS[name].parse().unwrap();
            let value = number.to_string();
            match edit {
                Edit::PushFront => request.push_front(&name, &value).unwrap(),
                Edit::Append => request.append(&name, &value).unwrap(),
                Edit::Set => request.set(&name, &value).unwrap(),
                Edit::Remove => {
                    let count = request.all(&name).count();
                    assert_eq!(request.remove(&name), count);
                }
            }
            apply(&mut expected, edit, &name, &value);
            check_lookups(request.headers(), &expected);
        }
        check_lookups(parse(request.to_bytes()).headers(), &expected);
    }
}

#[test]
fn a_nul_that_was_received_hinders_no_edit() {
    let line = "Via: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2;x=\"\0\"";
    let second = "SIP/2.0/UDP b;branch=z9hG4bK2;x=\"\0\"";
    let received = request(&invite(&[line]));
    let first = received.via().unwrap();
    let mut popped = received.clone();
    assert_eq!(popped.pop_via(), Ok(first));
    assert_eq!(popped.header(&HeaderName::VIA), Some(second.as_bytes()));
    let with_nul = popped.via().unwrap();
    assert_eq!(popped.push_via(&with_nul), Ok(()));
    assert_eq!(popped.headers().all(&HeaderName::VIA).count(), 2);
    let mut stamped = received;
    assert_eq!(stamped.stamp_top_via("192.0.2.9".parse().unwrap(), 5060), Ok(()));
    let expected = format!("SIP/2.0/UDP a;branch=z9hG4bK1;received=192.0.2.9, {second}");
    assert_eq!(stamped.header(&HeaderName::VIA), Some(expected.as_bytes()));
    assert!(stamped.set(&HeaderName::SUBJECT, "a\0b").is_err(), "none comes in from here");
}
