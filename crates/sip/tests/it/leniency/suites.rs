//! What the suites of RFC 4475 and RFC 5118 need.

use centrala_sip::{Limits, Message, leniency::Leniency};

use crate::sample::file;

#[track_caller]
fn check(name: &str, expected: &[Leniency]) {
    let text = file(name);
    let (_, departures) = Message::parse_noting(text.clone(), &Limits::default()).expect(name);
    let found: Vec<_> = departures.iter().map(|departure| departure.leniency).collect();
    assert_eq!(found, expected, "{name}: {departures:?}");
    let strict = Message::parse_strict(text, &Limits::default());
    assert_eq!(strict.is_ok(), expected.is_empty(), "{name}");
}

#[test]
fn valid_messages_of_rfc_4475_need_none() {
    for name in [
        "wsinv",
        "esc01",
        "escnull",
        "esc02",
        "lwsdisp",
        "longreq",
        "dblreq",
        "semiuri",
        "transports",
        "mpart01",
        "unreason",
        "noreason",
        "cparam01",
        "cparam02",
        "regescrt",
        "inv2543",
        "unkscm",
        "novelsc",
        "unksm2",
        "regaut01",
        "intmeth",
        "bext01",
        "invut",
        "bcast",
        "sdp01",
        "zeromf",
        "badbranch",
        "insuf",
        "mismatch01",
        "mismatch02",
    ] {
        check(&format!("rfc4475/{name}"), &[]);
    }
}

#[test]
fn what_rfc_4475_leaves_to_the_liberal_has_names() {
    for (name, expected) in [
        ("escruri", &[Leniency::DisallowedUriPart][..]),
        ("baddate", &[Leniency::Malformed]),
        ("regbadct", &[Leniency::Malformed]),
        ("quotbal", &[Leniency::Malformed]),
        ("multi01", &[Leniency::RepeatedHeader; 5]),
    ] {
        check(&format!("rfc4475/{name}"), expected);
    }
}

#[test]
fn valid_messages_of_rfc_5118_need_none() {
    for name in [
        "ipv6-good",
        "port-ambiguous",
        "port-unambiguous",
        "received-without-brackets",
        "ipv6-in-sdp",
        "many-addresses",
        "many-addresses-in-sdp",
        "ipv4-mapped",
        "two-colons",
    ] {
        check(&format!("rfc5118/{name}"), &[]);
    }
    check("rfc5118/received-with-brackets", &[Leniency::BracketedReceived]);
    check("rfc5118/three-colons", &[Leniency::ThreeColons; 2]);
}
