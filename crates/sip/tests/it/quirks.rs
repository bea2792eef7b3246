//! What devices in the field send and RFC 3261 does not quite allow, or allows and parsers forget.

use bytes::Bytes;
use centrala_sip::{
    Contact, HeaderName, Host, Message, Method, Rport, Scheme, StatusCode, Transport,
};

use crate::sample::{invite, parse, request, response};

fn with(line: &str) -> centrala_sip::Request {
    let request = request(&invite(&[line]));
    request.check().unwrap_or_else(|error| panic!("{line}: {error}"));
    request
}

fn replaced(from: &str, to: &str) -> Bytes {
    let text = String::from_utf8(invite(&[]).to_vec()).unwrap();
    assert!(text.contains(from));
    Bytes::from(text.replace(from, to))
}

#[test]
fn a_latin_1_display_name_is_kept_and_read() {
    let mut text = invite(&[]).to_vec();
    let at = text.windows(3).position(|window| window == b"\"B\"").unwrap();
    text.splice(at..at + 3, *b"\"J\xfcrgen\"");
    let request = request(&Bytes::from(text));
    assert_eq!(request.from().unwrap().raw_display_name().unwrap(), b"J\xfcrgen".as_slice());
    assert_eq!(request.from().unwrap().display_name().as_deref(), Some("Jürgen"));
    assert_eq!(request.headers().len(), 7, "the headers after it are there");
    assert!(request.contact().is_ok());
}

#[test]
fn without_content_length_the_body_is_the_rest_of_the_datagram() {
    let mut text = invite(&["Content-Type: text/plain"]).to_vec();
    text.extend_from_slice(b"hello");
    assert_eq!(request(&Bytes::from(text)).body(), "hello");
}

#[test]
fn bare_line_feeds_end_lines() {
    let text = replaced("\r\n", "\n");
    let request = request(&text);
    assert_eq!(request.check(), Ok(()));
    assert_eq!(request.to_bytes(), text);
}

#[test]
fn line_ends_before_the_start_line_are_skipped() {
    let text = Bytes::from([b"\r\n\r\n", invite(&[]).as_ref()].concat());
    let request = request(&text);
    assert_eq!(request.check(), Ok(()));
    assert_eq!(request.to_bytes(), invite(&[]));
}

#[test]
fn a_tel_uri_is_an_address() {
    let request = with("From: <tel:+15551234567;phone-context=acme.example>;tag=1");
    let from = request.from().unwrap();
    assert_eq!((from.uri().scheme(), from.uri().user()), (Scheme::Tel, Some("+15551234567")));
    assert_eq!(from.uri().params().value("phone-context"), Some("acme.example"));
    assert_eq!(from.tag(), Some("1"));
}

#[test]
fn the_version_may_be_written_in_lower_case() {
    assert_eq!(request(&replaced("acme.example SIP/2.0", "acme.example sip/2.0")).check(), Ok(()));
    let text = Bytes::from_static(b"sip/2.0 200 OK\r\n\r\n");
    assert_eq!(response(&text).status(), StatusCode::OK);
}

#[test]
fn empty_values_are_empty_lists() {
    let request = request(&invite(&["Supported: ", "Accept:", "Subject:"]));
    assert_eq!(request.supported().count(), 0);
    assert_eq!(request.header(&HeaderName::ACCEPT), Some(b"".as_slice()));
}

#[test]
fn a_via_may_have_spaces_around_all_separators() {
    for line in [
        "Via: SIP / 2.0 / UDP h1.acme.example : 5060 ; branch = z9hG4bK1",
        "Via: SIP/2.0/ UDP h1.acme.example :5060;branch= z9hG4bK1",
        "Via: SIP /2.0/UDP h1.acme.example: 5060 ;branch =z9hG4bK1",
    ] {
        let via = with(line).via().unwrap();
        assert_eq!(via.transport(), Transport::Udp, "{line}");
        assert_eq!((via.host(), via.port()), (Host::Name("h1.acme.example"), Some(5060)), "{line}");
        assert_eq!(via.branch(), Some("z9hG4bK1"), "{line}");
    }
}

#[test]
fn a_contact_may_be_a_star() {
    let contacts: Vec<_> = with("Contact: *").contacts().collect();
    assert_eq!(contacts, [Ok(Contact::Wildcard)]);
}

#[test]
fn an_unknown_method_is_no_error() {
    let text = replaced("INVITE", "FOO");
    let request = request(&text);
    assert_eq!(request.check(), Ok(()));
    assert_eq!(request.method().as_str(), "FOO");
    assert!(matches!(request.method(), Method::Other(_)));
}

#[test]
fn spaces_may_stand_before_a_colon() {
    let text = replaced("To: ", "To : ");
    assert!(request(&text).to().is_ok());
    assert_eq!(request(&text).to_bytes(), text);
}

#[test]
fn feature_codes_are_users() {
    for user in ["#97", "*97", "*8*101#"] {
        let text = replaced("sip:a@", &format!("sip:{user}@"));
        let request = request(&text);
        assert_eq!(request.uri().user(), Some(user));
        assert_eq!(request.to().unwrap().uri().user(), Some(user));
    }
}

#[test]
fn separators_in_quotes_separate_nothing() {
    let request =
        with("Contact: \"Doe, John; sales <x>\" <sip:b@192.0.2.9>, <sip:c@192.0.2.10>;q=0.2");
    let contacts: Vec<_> =
        request.contacts().map(|contact| contact.unwrap().address().unwrap().clone()).collect();
    assert_eq!(contacts[0].display_name().as_deref(), Some("Doe, John; sales <x>"));
    assert_eq!(contacts[1].params().value("q"), Some("0.2"));
    assert_eq!(contacts.len(), 2);
}

#[test]
fn a_display_name_may_be_many_words_without_quotes() {
    for (name, line) in [
        ("John Q Public", "From: John Q Public <sip:b@acme.example>;tag=1"),
        ("Bob @ Home (2)", "From: Bob @ Home (2) <sip:b@acme.example>;tag=1"),
        ("Zażółć", "From: Zażółć <sip:b@acme.example>;tag=1"),
    ] {
        let from = with(line).from().unwrap();
        assert_eq!(from.display_name().as_deref(), Some(name));
        assert_eq!(from.tag(), Some("1"));
    }
}

#[test]
fn a_host_may_have_an_underscore() {
    let request = request(&invite(&[
        "Via: SIP/2.0/UDP my_host:5060;branch=z9hG4bK1",
        "Contact: <sip:b@my_host>",
    ]));
    assert_eq!(request.via().unwrap().host(), Host::Name("my_host"));
    assert_eq!(request.contact().unwrap().uri().host(), Some(Host::Name("my_host")));
}

#[test]
fn received_and_rport_are_read() {
    let via =
        with("Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1;received=2001:db8::2;rport=5070")
            .via()
            .unwrap();
    assert_eq!(via.received(), Some("2001:db8::2".parse().unwrap()));
    assert_eq!(via.rport(), Some(Rport::Port(5070)));
    let asking = with("Via: SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK1").via().unwrap();
    assert_eq!((asking.rport(), asking.received()), (Some(Rport::Requested), None));
}

#[test]
fn an_emergency_urn_is_a_request_uri() {
    let request = request(&replaced("sip:a@acme.example", "urn:service:sos"));
    assert_eq!(
        (request.uri().scheme(), request.uri().scheme_specific()),
        (Scheme::Urn, "service:sos")
    );
    assert_eq!(request.to().unwrap().uri(), request.uri());
}

#[test]
fn header_names_are_read_in_any_case_and_in_compact_form() {
    for (from, to) in [
        ("Via", "vIa"),
        ("From", "FROM"),
        ("CSeq", "cseq"),
        ("Call-ID", "i"),
        ("To", "T"),
        ("Via", "v"),
    ] {
        let request = request(&replaced(&format!("\n{from}:"), &format!("\n{to}:")));
        assert_eq!(request.check(), Ok(()), "{to}");
    }
}

#[test]
fn white_space_after_a_value_is_left_aside() {
    assert_eq!(with("Max-Forwards: 70  \t").max_forwards(), Ok(70));
    assert_eq!(with("Max-Forwards:70").max_forwards(), Ok(70));
}

#[test]
fn a_nul_in_an_unknown_header_cuts_nothing() {
    let request = with("X-Bin: a\0b");
    assert_eq!(request.header(&"X-Bin".parse().unwrap()), Some(b"a\0b".as_slice()));
}

#[test]
fn two_vias_may_share_a_line() {
    let vias: Vec<_> = with("Via: SIP/2.0/UDP h1;branch=z9hG4bK1, SIP/2.0/TCP h2;branch=z9hG4bK2")
        .vias()
        .map(|via| via.unwrap().branch().unwrap().to_owned())
        .collect();
    assert_eq!(vias, ["z9hG4bK1", "z9hG4bK2"]);
}

#[test]
fn any_status_code_of_three_digits_is_read() {
    let odd = response(&Bytes::from_static(b"SIP/2.0 499 Odd\r\n\r\n"));
    assert_eq!((odd.status().as_u16(), odd.reason()), (499, b"Odd".as_slice()));
    let bare = response(&Bytes::from_static(b"SIP/2.0 180\r\n\r\n"));
    assert_eq!((bare.status(), bare.reason().len()), (StatusCode::RINGING, 0));
    for text in ["SIP/2.0 099 Low\r\n\r\n", "SIP/2.0 700 High\r\n\r\n", "SIP/2.0 20 Short\r\n\r\n"]
    {
        assert!(Message::parse(Bytes::from(text)).is_err(), "{text}");
    }
}

#[test]
fn an_empty_tag_counts_as_none() {
    assert_eq!(with("To: <sip:a@acme.example>;tag=").to().unwrap().tag(), None);
}

#[test]
fn a_line_in_the_middle_may_be_folded_by_a_tab() {
    let request = with("Subject: one\r\n\ttwo");
    let subject = request.headers().all(&HeaderName::SUBJECT).next().unwrap();
    assert_eq!(&*subject.unfolded(), b"one two");
    assert!(matches!(parse(&request.to_bytes()), Message::Request(_)));
}
