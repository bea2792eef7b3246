//! The 24 things of the field that parsers stumble over: which are departures, and which are legal.

use bytes::Bytes;
use centrala_sip::{Limits, Message, leniency::Leniency};

use crate::sample::invite;

/// Checks that a message needs these leniencies, each once or more, and that strict takes it if there are none.
#[track_caller]
fn check(name: &str, text: impl Into<Bytes>, expected: &[Leniency]) {
    let text = text.into();
    let (_, departures) = Message::parse_noting(text.clone(), &Limits::default()).expect(name);
    let mut found: Vec<_> = departures.iter().map(|departure| departure.leniency).collect();
    found.dedup();
    assert_eq!(found, expected, "{name}");
    assert_eq!(
        Message::parse_strict(text, &Limits::default()).is_ok(),
        expected.is_empty(),
        "{name}"
    );
}

fn replaced(from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(invite(&[]).to_vec()).unwrap();
    assert!(text.contains(from), "{from}");
    text.replace(from, to).into_bytes()
}

#[test]
fn those_which_are_departures_have_names() {
    let mut latin = replaced("\"B\"", "\"Ren?\"");
    let at = latin.iter().position(|&byte| byte == b'?').unwrap();
    latin[at] = 0xe9;
    check("01 a Latin-1 display name", latin, &[Leniency::NonUtf8Text]);
    check("03 bare line feeds", replaced("\r\n", "\n"), &[Leniency::BareLineFeed]);
    check(
        "04 line ends before the start line",
        [b"\r\n\r\n", invite(&[]).as_ref()].concat(),
        &[Leniency::LineEndsBeforeStartLine],
    );
    check(
        "06 the version in small letters",
        replaced(" SIP/2.0\r", " sip/2.0\r"),
        &[Leniency::VersionCase],
    );
    check("12 # in a user part", replaced("sip:a@", "sip:#31#5@"), &[Leniency::UnescapedUser]);
    check(
        "16 an underscore in a host",
        invite(&["Via: SIP/2.0/UDP pc_9:5060;branch=z9hG4bK1", "Contact: <sip:b@pc_9>"]),
        &[Leniency::UnderscoreHost],
    );
    check(
        "20 spaces after a value",
        invite(&["Max-Forwards: 70 \t "]),
        &[Leniency::TrailingWhiteSpace],
    );
    check(
        "21 a NUL in an unknown header",
        invite(&["X-Raw: 1\x002"]),
        &[Leniency::ControlCharacter],
    );
}

#[test]
fn those_which_are_legal_are_taken_strictly() {
    let with_body = [invite(&["Content-Type: text/plain"]).as_ref(), b"body"].concat();
    check("02 no Content-Length in a datagram", with_body, &[]);
    check(
        "05 a tel URI",
        invite(&["From: <tel:+48225550100;phone-context=acme.example>;tag=1"]),
        &[],
    );
    check(
        "07 empty values of lists and texts",
        invite(&["Subject:", "Supported: ", "Accept:"]),
        &[],
    );
    check(
        "08 spaces around the separators of Via",
        invite(&["Via: SIP / 2.0 / UDP h.acme.example : 5060 ; branch = z9hG4bK1"]),
        &[],
    );
    let register = String::from_utf8(invite(&["Contact: *", "Expires: 0"]).to_vec()).unwrap();
    check("09 a star as contact", register.replace("INVITE", "REGISTER"), &[]);
    check("10 an unknown method", replaced("INVITE", "FETCH"), &[]);
    check("11 a space before the colon", replaced("To: ", "To \t: "), &[]);
    check("13 a star in a user part", replaced("sip:a@", "sip:*97@"), &[]);
    check(
        "14 separators in quotes",
        invite(&["Contact: \"Doe, J; <x>\" <sip:b@h>, <sip:c@h>;q=0.2"]),
        &[],
    );
    check(
        "15 words without quotes",
        invite(&["From: Mary Ann Public <sip:b@acme.example>;tag=1"]),
        &[],
    );
    check(
        "17 rport and an IPv6 address in received",
        invite(&[
            "Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1;received=2001:db8::2;rport=5070",
        ]),
        &[],
    );
    check("18 an emergency URN", replaced("sip:a@acme.example", "urn:service:sos"), &[]);
    check("19 names in any case", replaced("\r\nFrom", "\r\nfROM"), &[]);
    check(
        "22 two Vias in a line",
        invite(&["Via: SIP/2.0/UDP h1;branch=z9hG4bK1, SIP/2.0/TCP h2;branch=z9hG4bK2"]),
        &[],
    );
    check("23 no space after the colon", replaced("\nCall-ID: ", "\nCall-ID:"), &[]);
    check("24 an unknown status code", b"SIP/2.0 499 Odd\r\n\r\n".as_slice(), &[]);
}
