//! Each leniency has a message that needs nothing else.

use std::collections::BTreeSet;

use bytes::Bytes;
use centrala_sip::{
    HeaderName, Limits, Message,
    leniency::{Departure, Leniency, Leniency as L, ParseStrictError},
};

use crate::sample::invite;

/// Where the fault is marked in the messages below.
const MARK: u8 = b'^';

/// Checks that a message needs this leniency, at the mark, and no other; and that strict refuses it there.
#[track_caller]
fn check_bytes(leniency: Leniency, header: Option<&str>, marked: &[u8]) {
    let offset = marked.iter().position(|&byte| byte == MARK).expect("a mark");
    let mut text = marked.to_vec();
    text.remove(offset);
    let text = Bytes::from(text);
    let (message, departures) =
        Message::parse_noting(text.clone(), &Limits::default()).expect("a message");
    let found: Vec<_> = departures
        .iter()
        .map(|Departure { leniency, offset, header, .. }| (*leniency, *offset, header.clone()))
        .collect();
    let header: Option<HeaderName> = header.map(|name| name.parse().unwrap());
    assert_eq!(found, [(leniency, offset, header)], "{}", text.escape_ascii());
    let error = Message::parse_strict(text.clone(), &Limits::default()).expect_err("not strict");
    assert_eq!(error.offset(), offset);
    assert!(matches!(&error, ParseStrictError::Departed { departure, .. }
        if departure.leniency == leniency));
    assert!(error.to_string().starts_with(leniency.summary()), "{error}");
    // What was parsed knows it, too, but for what lies outside of the message.
    let skipped = text.len() - message.to_bytes().len();
    if leniency != Leniency::LineEndsBeforeStartLine {
        let again: Vec<_> = message.leniencies().collect();
        assert_eq!(again, departures);
        assert_eq!(skipped, 0);
    }
}

/// A request with this header line instead of, or beside, the usual ones.
#[track_caller]
fn check(leniency: Leniency, line: &str) {
    let name = line.trim_start_matches('^').split(':').next().unwrap().trim();
    check_bytes(leniency, Some(name), &invite(&[line]));
}

/// A request with this start line.
#[track_caller]
fn check_start(leniency: Leniency, line: &str) {
    let text = String::from_utf8(invite(&[]).to_vec()).unwrap();
    let text = text.replacen("INVITE sip:a@acme.example SIP/2.0", line, 1);
    check_bytes(leniency, None, text.as_bytes());
}

/// The lines of all cases: a leniency and a header line with a mark before the fault.
const LINES: &[(L, &str)] = &[
    (L::BlankContinuation, "From: \"B\"\r\n^ \r\n <sip:b@acme.example>;tag=1"),
    (L::BlankContinuation, "Via: SIP/2.0/UDP h\r\n ;a\r\n^\t\r\n ;branch=z9hG4bK1"),
    (L::TrailingWhiteSpace, "Max-Forwards: 70^  \t"),
    (L::TrailingWhiteSpace, "Subject: hi^ "),
    (L::TrailingWhiteSpace, "CSeq: 1 INVITE^\r\n "),
    (L::ControlCharacter, "Subject: a^\0b"),
    (L::ControlCharacter, "X-Bin: ^\x07"),
    (L::ControlCharacter, "From: \"a^\0b\" <sip:b@acme.example>;tag=1"),
    (L::ControlCharacter, "Contact: <sip:b@h>;x=\"^\x7f\""),
    (L::ControlCharacter, "User-Agent: a (^\x01)"),
    (L::QuotedPair, "From: \"a^\\é\" <sip:b@acme.example>;tag=1"),
    (L::QuotedPair, "From: \"a^\\\r\n b\" <sip:b@acme.example>;tag=1"),
    (L::Malformed, "To: ^\"a <sip:a@acme.example>"),
    (L::Malformed, "To: <sip:a@acme.example^ >"),
    (L::Malformed, "Route: ^"),
    (L::Malformed, "Date: ^Sat, 13 Nov 2010 23:29:00 EST"),
    (L::Malformed, "Date: ^Sat, 13 Now 2010 23:29:00 GMT"),
    (L::Malformed, "Via: SIP/2.0/UDP h;branch=z9hG4bK1,^"),
    (L::Malformed, "Max-Forwards: ^many"),
    (L::Malformed, "Accept: text^"),
    (L::Malformed, "Event: ^"),
    (L::Malformed, "Allow: INVITE, ^<"),
    (L::Malformed, "Warning: 399 ^\"x\""),
    (L::Malformed, "Privacy: id;^"),
    (L::EmptyElement, "Supported: 100rel,^,timer"),
    (L::EmptyElement, "Supported: 100rel,^ "),
    (L::EmptyElement, "Require: ^"),
    (L::EmptyElement, "Allow: ^,INVITE"),
    (L::TextAfterNumber, "Max-Forwards: 70^;x=y"),
    (L::TextAfterNumber, "Expires: 60^ (an hour)"),
    (L::NumberOutOfRange, "Max-Forwards: ^256"),
    (L::NumberOutOfRange, "Expires: ^4294967296"),
    (L::NumberOutOfRange, "Contact: <sip:b@h>;expires=^4294967296"),
    (L::NumberOutOfRange, "Retry-After: ^99999999999 (long)"),
    (L::CSeqOutOfRange, "CSeq: ^2147483648 INVITE"),
    (L::CallIdNotWord, "Call-ID: ^a@b@c"),
    (L::CallIdNotWord, "Call-ID: ^a#b"),
    (L::CallIdNotWord, "Call-ID: ^@b"),
    (L::EmptyTag, "To: <sip:a@acme.example>;tag=^"),
    (L::EmptyParameterValue, "To: <sip:a@acme.example>;x=^;y"),
    (L::EmptyParameterValue, "Contact: <sip:b@h;^transport=>"),
    (L::EmptyParameterValue, "Via: SIP/2.0/UDP h;branch=z9hG4bK1;rport=^"),
    (L::EmptyParameterValue, "Authorization: Digest realm=\"a\",opaque=^"),
    (L::RepeatedParameter, "To: <sip:a@acme.example>;tag=1;x;^TAG=2;x"),
    (L::RepeatedParameter, "Via: SIP/2.0/UDP h;branch=z9hG4bK1 ; ^branch=z9hG4bK2"),
    (L::RepeatedParameter, "Contact: <sip:b@h>;q=1, <sip:b@h>;q=1;a;^a=\"x\";q=0"),
    (L::RepeatedParameter, "Contact: <sip:b@h;transport=tcp;^Transport=udp>"),
    (L::RepeatedParameter, "Contact: <sip:b@h;transport=tcp;^trans%70ort=udp>"),
    (L::RepeatedParameter, "Reason: SIP;cause=200;^cause=487"),
    (L::RepeatedParameter, "P-Charging-Vector: icid-value=a;^icid-value=b"),
    (L::MissingParameterValue, "Content-Type: text/plain;^charset"),
    (L::MissingParameterValue, "Via: SIP/2.0/UDP h;branch=z9hG4bK1;^received"),
    (L::ParameterValue, "To: <sip:a@acme.example>;x=^a@b"),
    (L::ParameterValue, "To: <sip:a@acme.example>;tag=^\"1\""),
    (L::ParameterValue, "Contact: <sip:b@h>;q=^1.5"),
    (L::ParameterValue, "Contact: <sip:b@h>;q=^0.1234"),
    (L::ParameterValue, "Contact: <sip:b@h>;expires=^soon"),
    (L::ParameterValue, "Via: SIP/2.0/UDP h;branch=z9hG4bK1;rport=^x"),
    (L::ParameterValue, "Via: SIP/2.0/UDP h;branch=z9hG4bK1;ttl=^256"),
    (L::ParameterValue, "Via: SIP/2.0/UDP h;branch=^z9hG4bK1/2"),
    (L::ParameterValue, "Via: SIP/2.0/UDP h;branch=z9hG4bK1;received=^h2"),
    (L::ParameterValue, "Content-Type: text/plain;charset=^a/b"),
    (L::ParameterValue, "Accept: text/plain;q=^2"),
    (L::ParameterValue, "Authorization: Digest realm=\"a\",nc=^1"),
    (L::ParameterValue, "Authorization: Digest realm=\"a\",response=^\"ABCD\""),
    (L::UnexpectedParameter, "P-Asserted-Identity: <sip:b@h>;^x"),
    (L::UnquotedDisplayName, "From: Bob ^@ home <sip:b@acme.example>;tag=1"),
    (L::UnquotedDisplayName, "From: Za^żółć <sip:b@acme.example>;tag=1"),
    (L::MissingBrackets, "Route: ^sip:proxy.acme.example"),
    (L::MissingBrackets, "Record-Route: <sip:p1;lr>, ^sip:p2"),
    (L::DisallowedUriPart, "To: <sip:a@acme.example;^transport=tcp>"),
    (L::DisallowedUriPart, "To: <sip:a@acme.example^?subject=x>"),
    (L::DisallowedUriPart, "Contact: <sip:b@h;^method=BYE>"),
    (L::DisallowedUriPart, "Route: <sip:h;lr;^ttl=1>"),
    (L::BareLink, "Alert-Info: ^Bellcore-dr3"),
    (L::BareLink, "Alert-Info: ^;info=alert-internal"),
    (L::BareLink, "Call-Info: <http://h/>;purpose=icon, ^word;x=y"),
    (L::StarAmongContacts, "Contact: <sip:b@h>, ^*"),
    (L::StarAmongContacts, "Contact: ^*, <sip:b@h>"),
    (L::UnescapedUser, "To: <sip:^#97@acme.example>"),
    (L::UnescapedUser, "To: <sip:a^|b@acme.example>"),
    (L::UnescapedUser, "To: <sip:^ł@acme.example>"),
    (L::UnescapedUriPart, "To: <sip:a:p^/w@acme.example>"),
    (L::UnescapedUriPart, "Contact: <sip:b@h;x=^{y}>"),
    (L::UnescapedUriPart, "Contact: <sip:b@h?a=^{b}>"),
    (L::BrokenEscape, "To: <sip:a^%zz@acme.example>"),
    (L::BrokenEscape, "To: <sip:a^%2@acme.example>"),
    (L::UriHeaderWithoutValue, "Contact: <sip:b@h?^subject>"),
    (L::UriHeaderWithoutValue, "Contact: <sip:b@h?a=b&^=c>"),
    (L::UnderscoreHost, "Contact: <sip:b@my^_host>"),
    (L::UnderscoreHost, "Via: SIP/2.0/UDP ^_h:5060;branch=z9hG4bK1"),
    (L::MalformedHostname, "Contact: <sip:b@^1af019b2ba08>"),
    (L::MalformedHostname, "Contact: <sip:b@^a..b>"),
    (L::MalformedHostname, "Via: SIP/2.0/UDP ^-h;branch=z9hG4bK1"),
    (L::ThreeColons, "Contact: <sip:b@[2001:db8^:::192.0.2.1]>"),
    (L::LocalNumberWithoutContext, "From: <tel:^1234>;tag=1"),
    (L::PhoneNumber, "From: <tel:^+12a>;tag=1"),
    (L::PhoneNumber, "From: <tel:^+()>;tag=1"),
    (L::BracketedReceived, "Via: SIP/2.0/UDP h;branch=z9hG4bK1;received=^[2001:db8::1]"),
    (L::BranchCookieCase, "Via: SIP/2.0/UDP h;branch=^z9HG4BK1"),
    (L::UnquotedAuthParameter, "WWW-Authenticate: Digest realm=\"a\",nonce=\"b\",qop=^auth"),
    (L::UnquotedAuthParameter, "Authorization: Digest realm=\"a\",username=^bob"),
    (L::QuotedAuthParameter, "Authorization: Digest realm=\"a\",algorithm=^\"MD5\""),
    (L::QuotedAuthParameter, "Proxy-Authorization: Digest realm=\"a\",qop=^\"auth\""),
    (L::OpaqueCredentials, "Authorization: Basic ^Zm9v"),
    (L::OpaqueCredentials, "WWW-Authenticate: NTLM^"),
    (L::ProductText, "User-Agent: Phone/1.2^(a)"),
    (L::ProductText, "User-Agent: Phone/1.2 ^[a]"),
    (L::ProductText, "Server: ^"),
    (L::DateForm, "Date: ^Sat,  13 Nov 2010 23:29:00 GMT"),
    (L::DateForm, "Date: ^sat, 13 nov 2010 23:29:00 gmt"),
    (L::DateForm, "Date: ^Tue, 2 Nov 2010 23:29:00 GMT"),
    (L::WarningForm, "Warning: 399 h ^no quotes at all"),
    (L::WarningForm, "Warning: 399^  h \"x\""),
    (L::WarningForm, "Warning: 399 ^(h) \"x\""),
    (L::TextAfterNumber, "MIME-Version: ^1.0 (made by hand)"),
    (L::TextAfterNumber, "MIME-Version: ^1 . 0"),
    (L::TextAfterNumber, "Min-SE: 90^ (seconds)"),
    (L::ParameterValue, "Reason: SIP;cause=200;text=^Call completed elsewhere"),
    (L::EmptyElement, "Accept: text/plain,^,*/*"),
    (L::CallIdNotWord, "Call-ID: ^a;b"),
    (L::ParameterValue, "Reason: SIP;cause=^\"200\""),
    (L::ParameterValue, "Session-Expires: 90;refresher=^\"uac\""),
    (L::NumberOutOfRange, "RSeq: ^0"),
    (L::NumberOutOfRange, "RAck: ^0 1 INVITE"),
    (L::IdentityForm, "Identity: ^\"c2ln\";info=<https://h/c>"),
    (L::IdentityForm, "Identity: c2ln^"),
    (L::IdentityForm, "Identity: c2ln;^alg=ES256;info=<https://h/c>"),
    (L::Malformed, "Identity: c2ln;info=^https://h/c"),
    (L::PrivacyComma, "Privacy: id^, header"),
    (L::ParameterOrder, "P-Charging-Vector: ^orig-ioi=a;icid-value=b"),
    (L::Malformed, "Date: ^Sun, 13 Nov 2010 23:29:00 GMT"),
    (L::Malformed, "Alert-Info: ^"),
    (L::Malformed, "Diversion: <sip:b@h>;counter=^many"),
    (L::Malformed, "Reason: SIP;cause=200, Q.850;cause=^x"),
    (L::Malformed, "Reason: SIP;cause=200\r\nReason: Q.850;cause=^x"),
    (L::Malformed, "Session-Expires: ^4294967296"),
    (L::Malformed, "Proxy-Authentication-Info: rspauth^"),
];

#[test]
fn each_line_needs_its_leniency_only() {
    for (leniency, line) in LINES {
        check(*leniency, line);
    }
}

#[test]
fn start_lines_have_leniencies_of_their_own() {
    check_start(Leniency::VersionCase, "INVITE sip:a@acme.example ^sip/2.0");
    check_start(Leniency::VersionCase, "INVITE sip:a@acme.example ^Sip/2.0");
    check_start(Leniency::UnescapedUser, "INVITE sip:^#97@acme.example SIP/2.0");
    check_start(Leniency::DisallowedUriPart, "INVITE sip:a@acme.example^?subject=x SIP/2.0");
    check_start(Leniency::DisallowedUriPart, "INVITE sip:a@acme.example;^method=BYE SIP/2.0");
    check_start(Leniency::UnderscoreHost, "INVITE sip:acme^_1.example SIP/2.0");
    for (leniency, text) in [
        (Leniency::VersionCase, b"^sip/2.0 200 OK\r\n\r\n".as_slice()),
        (Leniency::MissingReasonSpace, b"SIP/2.0 200^\r\n\r\n"),
        (Leniency::ReasonPhraseCharacter, b"SIP/2.0 404 No ^\"bob\" here\r\n\r\n"),
        (Leniency::ReasonPhraseCharacter, b"SIP/2.0 404 100^% gone\r\n\r\n"),
        (Leniency::ControlCharacter, b"SIP/2.0 404 Not^\x01Found\r\n\r\n"),
        (Leniency::NonUtf8Text, b"SIP/2.0 404 Nicht verf^\xfcgbar\r\n\r\n"),
    ] {
        check_bytes(leniency, None, text);
    }
}

#[test]
fn lines_have_leniencies_of_their_own() {
    let text = invite(&[]);
    check_bytes(Leniency::LineEndsBeforeStartLine, None, &[b"^\r\n", text.as_ref()].concat());
    check_bytes(Leniency::LineEndsBeforeStartLine, None, &[b"^\n\n", text.as_ref()].concat());
    let unmarked = String::from_utf8(text.to_vec()).unwrap();
    for (name, marked) in [
        ("all", unmarked.replacen("\r\n", "^\n", 1).replace("\r\n", "\n")),
        ("one", unmarked.replacen("\r\nCSeq", "^\nCSeq", 1)),
        ("the last", format!("{}^\n", unmarked.trim_end_matches("\r\n").to_owned() + "\r\n")),
    ] {
        assert!(marked.contains('^'), "{name}");
        check_bytes(Leniency::BareLineFeed, None, marked.as_bytes());
    }
}

#[test]
fn text_that_is_not_utf_8_is_found_wherever_it_is() {
    for (header, line) in [
        ("From", b"From: \"J^\xfcrgen\" <sip:b@acme.example>;tag=1".as_slice()),
        ("Subject", b"Subject: Gr^\xfc\xdfe"),
        ("X-Odd", b"X-Odd: ^\xff"),
        ("User-Agent", b"User-Agent: a (^\xff)"),
    ] {
        let mut text = invite(&["-: -"]).to_vec();
        let at = text.windows(4).position(|window| window == b"-: -").unwrap();
        text.splice(at..at + 4, line.iter().copied());
        if header == "From" {
            let usual = b"From: \"B\" <sip:b@acme.example>;tag=1\r\n";
            let at = text.windows(usual.len()).position(|window| window == usual).unwrap();
            text.drain(at..at + usual.len());
        }
        check_bytes(Leniency::NonUtf8Text, Some(header), &text);
    }
}

#[test]
fn single_headers_are_single() {
    for name in ["To", "Call-ID", "Max-Forwards", "CSeq", "From", "Subject", "Expires"] {
        let value = match name {
            "To" => "<sip:a@acme.example>",
            "From" => "<sip:b@acme.example>;tag=1",
            "CSeq" => "1 INVITE",
            _ => "1",
        };
        let line = format!("{name}: {value}\r\n^{name}: {value}");
        check_bytes(Leniency::RepeatedHeader, Some(name), &invite(&[&line]));
    }
    // The compact form is the same header.
    check_bytes(Leniency::RepeatedHeader, Some("Subject"), &invite(&["Subject: a\r\n^s: b"]));
}

#[test]
fn each_line_that_cannot_be_read_is_told() {
    let lines =
        ["Reason: SIP;cause=a", "Reason: SIP;text=b c", "Reason: SIP", "Reason: Q.850;cause=z"];
    let text = invite(&lines);
    let (_, departures) = Message::parse_noting(text.clone(), &Limits::default()).unwrap();
    let found: Vec<_> = departures
        .iter()
        .map(|departure| (departure.leniency, char::from(text[departure.offset])))
        .collect();
    assert_eq!(found, [(L::Malformed, 'a'), (L::ParameterValue, 'b'), (L::Malformed, 'z')]);
}

#[test]
fn every_leniency_has_a_case() {
    let mut covered: BTreeSet<Leniency> = LINES.iter().map(|(leniency, _)| *leniency).collect();
    covered.extend([
        Leniency::LineEndsBeforeStartLine,
        Leniency::BareLineFeed,
        Leniency::VersionCase,
        Leniency::MissingReasonSpace,
        Leniency::ReasonPhraseCharacter,
        Leniency::NonUtf8Text,
        Leniency::RepeatedHeader,
    ]);
    let all: BTreeSet<Leniency> = Leniency::ALL.iter().copied().collect();
    assert_eq!(covered, all);
}

#[test]
fn names_are_unique_and_made_for_programs() {
    let names: BTreeSet<&str> = Leniency::ALL.iter().map(|leniency| leniency.name()).collect();
    assert_eq!(names.len(), Leniency::ALL.len());
    for leniency in Leniency::ALL {
        let is_name = |name: &str| {
            name.split('-').all(|word| {
                !word.is_empty()
                    && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            })
        };
        assert!(is_name(leniency.name()), "{leniency}");
        assert!(leniency.rule().starts_with("RFC "), "{leniency}");
        assert!(!leniency.summary().ends_with('.'), "{leniency}");
        assert_eq!(leniency.to_string(), leniency.name());
    }
}
