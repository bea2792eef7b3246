//! Headers that may have many values, in one line or in many.

use centrala_sip::{Expected, HeaderError, HeaderName, Headers, Method};

use crate::sample::{invite, request};

type Read = fn(&Headers) -> Vec<Result<String, HeaderError>>;

/// A header, how it is read, two values, one that is malformed, where that breaks and what was expected.
type Case = (HeaderName, Read, [&'static str; 2], &'static str, usize, Expected);

macro_rules! read {
    ($accessor:ident) => {
        |headers: &Headers| {
            headers.$accessor().map(|value| value.map(|value| value.to_string())).collect()
        }
    };
}

fn cases() -> Vec<Case> {
    use Expected::{ClosingBracket, Contact, End, MediaType, Number, Scheme, Token, Uri};
    vec![
        (HeaderName::ACCEPT, read!(accept), ["text/plain;q=0.5", "*/*"], "text", 4, MediaType),
        (HeaderName::ACCEPT, read!(accept), ["text/html;level=1", "a/b"], "a/b;q=2", 6, Number),
        (
            HeaderName::ACCEPT_CONTACT,
            read!(accept_contacts),
            ["*;audio", "*;methods=\"INVITE,BYE\";require"],
            "audio",
            0,
            Contact,
        ),
        (
            HeaderName::ACCEPT_ENCODING,
            read!(accept_encoding),
            ["gzip", "*;q=0"],
            "gzip;q=0.1234",
            7,
            Number,
        ),
        (
            HeaderName::ACCEPT_LANGUAGE,
            read!(accept_language),
            ["da", "en-gb;q=0.8"],
            "da en",
            3,
            End,
        ),
        (
            HeaderName::ALERT_INFO,
            read!(alert_info),
            ["<http://example.com/a.wav>", "<urn:alert:service:normal>;x=1"],
            "<http://a",
            0,
            ClosingBracket,
        ),
        (
            HeaderName::ALLOW_EVENTS,
            read!(allow_events),
            ["presence", "message-summary"],
            "a b",
            0,
            Token,
        ),
        (
            HeaderName::CALL_INFO,
            read!(call_info),
            ["<http://a.example>;purpose=icon", "<sip:a@b>;answer-after=0"],
            "<sip>",
            1,
            Scheme,
        ),
        (
            HeaderName::CONTENT_ENCODING,
            read!(content_encoding),
            ["gzip", "deflate"],
            "g/zip",
            0,
            Token,
        ),
        (
            HeaderName::CONTENT_LANGUAGE,
            read!(content_language),
            ["fr", "pt-BR"],
            "\"fr\"",
            0,
            Token,
        ),
        (
            HeaderName::DIVERSION,
            read!(diversions),
            ["<tel:+15550100>;reason=no-answer;counter=2", "sip:a@b;privacy=\"full\""],
            "<sip:a@b>;counter=two",
            18,
            Number,
        ),
        (
            HeaderName::ERROR_INFO,
            read!(error_info),
            ["<sip:a@b>", "<https://a.example/why>"],
            "<>",
            1,
            Scheme,
        ),
        (
            HeaderName::HISTORY_INFO,
            read!(history_info),
            ["<sip:a@b>;index=1", "<sip:c@d?Reason=SIP%3Bcause%3D302>;index=1.1;mp=1"],
            "<sip:a@b>;index=1.",
            16,
            Number,
        ),
        (
            HeaderName::IDENTITY,
            read!(identities),
            [
                "abc.def.ghi;info=<https://a.example/c.pem>;alg=ES256",
                "..sig=;info=<https://a.example/d.pem>;ppt=shaken",
            ],
            "abc;info=<c.pem>",
            10,
            Scheme,
        ),
        (
            HeaderName::IN_REPLY_TO,
            read!(in_reply_to),
            ["70710@saturn.example", "17320@saturn.example"],
            "a b",
            2,
            End,
        ),
        (
            HeaderName::P_ASSERTED_IDENTITY,
            read!(p_asserted_identities),
            ["\"B\" <sip:b@c.example>", "tel:+15550100"],
            "<sip:b@",
            1,
            ClosingBracket,
        ),
        (
            HeaderName::P_PREFERRED_IDENTITY,
            read!(p_preferred_identities),
            ["<sip:b@c.example>", "<tel:+15550100>"],
            "<tel:>",
            5,
            Uri,
        ),
        (
            HeaderName::PATH,
            read!(paths),
            ["<sip:p1.example;lr>", "<sip:p2.example;lr>"],
            "<sip:p1.example:x>",
            16,
            Expected::Port,
        ),
        (HeaderName::PROXY_REQUIRE, read!(proxy_require), ["sec-agree", "foo"], "a@b", 0, Token),
        (
            HeaderName::REASON,
            read!(reasons),
            ["SIP;cause=200;text=\"Completed, elsewhere\"", "Q.850;cause=16"],
            "Q.850;cause=x",
            12,
            Number,
        ),
        (
            HeaderName::REJECT_CONTACT,
            read!(reject_contacts),
            ["*;actor=\"msg-taker\"", "*;video"],
            "**",
            1,
            End,
        ),
        (
            HeaderName::REQUEST_DISPOSITION,
            read!(request_disposition),
            ["proxy", "no-fork"],
            "=",
            0,
            Token,
        ),
        (
            HeaderName::SERVICE_ROUTE,
            read!(service_routes),
            ["<sip:p1.example;lr>", "<sip:p2.example;lr>"],
            "<sip:;lr>",
            5,
            Expected::Host,
        ),
        (HeaderName::UNSUPPORTED, read!(unsupported), ["100rel", "timer"], "100 rel", 0, Token),
        (
            HeaderName::WARNING,
            read!(warnings),
            ["307 isi.example \"a, b\"", "399 [2001:db8::1]:5060 \"c\""],
            "30 isi.example \"a\"",
            0,
            Number,
        ),
    ]
}

#[test]
fn values_stand_in_one_line_or_in_many() {
    for (name, read, [one, two], ..) in cases() {
        let expected = vec![Ok(one.to_owned()), Ok(two.to_owned())];
        let line = request(&invite(&[&format!("{name}: {one} , {two}")]));
        assert_eq!(read(&line), expected, "{name}");
        assert_eq!(line.malformed().count(), 0, "{name}");
        let lines =
            request(&invite(&[&format!("{name}: {one}"), "X-Y: z", &format!("{name}: {two}")]));
        assert_eq!(read(&lines), expected, "{name}");
        let folded = request(&invite(&[&format!("{name}: {one},\r\n {two}")]));
        assert_eq!(read(&folded), expected, "{name}");
        assert!(read(&request(&invite(&[]))).is_empty(), "{name}");
    }
}

#[test]
fn a_malformed_value_says_where_and_does_not_hide_the_others() {
    for (name, read, [one, two], wrong, offset, expected) in cases() {
        let head = format!("\r\n{name}: {one}, ");
        let text = invite(&[&format!("{name}: {one}, {wrong}"), &format!("{name}: {two}")]);
        let at = text.windows(head.len()).position(|window| window == head.as_bytes()).unwrap();
        let error = HeaderError::Malformed {
            name: name.clone(),
            offset: at + head.len() + offset,
            expected,
        };
        let message = request(&text);
        let found: Vec<_> = read(&message);
        assert_eq!(found.first(), Some(&Ok(one.to_owned())), "{name}: {wrong}");
        assert_eq!(found.get(1), Some(&Err(error.clone())), "{name}: {wrong}");
        assert_eq!(found.last(), Some(&Ok(two.to_owned())), "{name}: {wrong}");
        assert_eq!(message.malformed().collect::<Vec<_>>(), [error], "{name}: {wrong}");
    }
}

#[test]
fn an_empty_accept_accepts_nothing() {
    let empty = request(&invite(&["Accept:", "Accept-Encoding:", "Accept-Language: ,"]));
    assert!(empty.has(&HeaderName::ACCEPT));
    assert_eq!(empty.accept().count() + empty.accept_encoding().count(), 0);
    assert_eq!(empty.accept_language().count(), 0);
    assert_eq!(empty.malformed().count(), 0);
}

#[test]
fn what_is_liked_best_comes_first() {
    let message = request(&invite(&[
        "Accept: text/plain;q=0.3, application/sdp, text/html;q=0, application/*;q=0.3",
        "Accept-Language: da;q=0.1, en-gb;q=0.8, de",
        "Accept-Encoding: identity;q=0.5, gzip;q=0.55",
    ]));
    let media = message.accept_by_preference().unwrap();
    let kinds: Vec<_> =
        media.iter().map(|range| (range.subtype(), range.q().thousandths())).collect();
    assert_eq!(kinds, [("sdp", 1000), ("plain", 300), ("*", 300), ("html", 0)]);
    let languages = message.accept_language_by_preference().unwrap();
    let values: Vec<_> = languages.iter().map(centrala_sip::Preference::value).collect();
    assert_eq!(values, ["de", "en-gb", "da"]);
    assert!(languages[1].accepts_language("EN-GB-oed") && !languages[1].accepts_language("en-gbx"));
    let codings = message.accept_encoding_by_preference().unwrap();
    assert!(codings[0].accepts("GZIP") && !codings[0].accepts("identity"));
    let wrong = request(&invite(&["Accept: a/b, c"]));
    assert!(matches!(wrong.accept_by_preference(), Err(HeaderError::Malformed { .. })));
}

#[test]
fn abilities_are_asked_for_by_name() {
    let message = request(&invite(&[
        "Supported: timer, REPLACES",
        "Require: 100rel, a b",
        "Allow: INVITE, ACK, FOO",
        "Allow: UPDATE",
    ]));
    for (tag, supported, required) in [
        ("timer", true, false),
        ("replaces", true, false),
        ("100REL", true, true),
        ("a", false, false),
    ] {
        assert_eq!((message.supports(tag), message.requires(tag)), (supported, required), "{tag}");
    }
    assert!(message.allows(&Method::Update) && message.allows(&"FOO".parse().unwrap()));
    assert!(!message.allows(&"foo".parse().unwrap()) && !message.allows(&Method::Bye));
}
