//! The cases of RFC 4475 and RFC 5118. The messages in `tests/data` were written for this crate: each has the
//! traits that the RFC's section describes, under the RFC's name.

use std::ops::DerefMut;

use bytes::Bytes;
use centrala_sip::{
    CheckMessageError, Contact, HeaderError, HeaderName, Host, Message, Method,
    ParseMessageErrorKind as Kind, Scheme, StatusCode, Transport,
};

use crate::sample::{file, headers, names, parse, request, response};

enum Verdict {
    /// Parsed, and has the headers that every message must have.
    Accepted,
    /// Parsed, but this header is absent, malformed or repeated.
    Unprocessable(HeaderName),
    /// Parsed, but the method of `CSeq` is another one.
    Mismatch,
    /// Not parsed, to be answered with this code or dropped.
    Refused(fn(Kind) -> bool, Option<StatusCode>),
}
use Verdict::{Accepted, Mismatch, Refused, Unprocessable};

const BAD: Option<StatusCode> = Some(StatusCode::BAD_REQUEST);

fn rfc4475() -> Vec<(&'static str, Verdict)> {
    let uri = |kind| matches!(kind, Kind::RequestUri(_));
    vec![
        // 3.1.1: valid
        ("wsinv", Accepted),
        ("intmeth", Accepted),
        ("esc01", Accepted),
        ("escnull", Accepted),
        ("esc02", Accepted),
        ("lwsdisp", Accepted),
        ("longreq", Accepted),
        ("dblreq", Accepted),
        ("semiuri", Accepted),
        ("transports", Accepted),
        ("mpart01", Accepted),
        ("unreason", Accepted),
        ("noreason", Accepted),
        // 3.1.2: must be refused
        ("badinv01", Unprocessable(HeaderName::VIA)),
        ("clerr", Refused(|kind| kind == Kind::BodyTooShort, BAD)),
        ("ncl", Refused(|kind| kind == Kind::ContentLength, BAD)),
        ("scalar02", Unprocessable(HeaderName::CSEQ)),
        ("scalarlg", Unprocessable(HeaderName::CSEQ)),
        ("quotbal", Unprocessable(HeaderName::TO)),
        ("bigcode", Refused(|kind| kind == Kind::StatusCode, None)),
        // 3.1.2: may be refused, and are
        ("ltgtruri", Refused(uri, BAD)),
        ("lwsruri", Refused(uri, BAD)),
        ("lwsstart", Refused(uri, BAD)),
        ("trws", Refused(|kind| kind == Kind::StartLine, BAD)),
        ("regbadct", Unprocessable(HeaderName::CONTACT)),
        ("badaspec", Unprocessable(HeaderName::FROM)),
        ("baddn", Unprocessable(HeaderName::FROM)),
        // 3.1.2: for others to judge
        ("escruri", Accepted),
        ("baddate", Accepted),
        (
            "badvers",
            Refused(
                |kind| kind == Kind::UnsupportedVersion,
                Some(StatusCode::VERSION_NOT_SUPPORTED),
            ),
        ),
        ("mismatch01", Mismatch),
        ("mismatch02", Mismatch),
        // 3.2 to 3.4
        ("badbranch", Accepted),
        ("insuf", Unprocessable(HeaderName::FROM)),
        ("unkscm", Accepted),
        ("novelsc", Accepted),
        ("unksm2", Accepted),
        ("bext01", Accepted),
        ("invut", Accepted),
        ("regaut01", Accepted),
        ("multi01", Unprocessable(HeaderName::FROM)),
        ("mcl01", Refused(|kind| kind == Kind::RepeatedContentLength, BAD)),
        ("bcast", Accepted),
        ("zeromf", Accepted),
        ("cparam01", Accepted),
        ("cparam02", Accepted),
        ("regescrt", Accepted),
        ("sdp01", Accepted),
        ("inv2543", Accepted),
    ]
}

fn rfc5118() -> Vec<(&'static str, Verdict)> {
    vec![
        ("ipv6-good", Accepted),
        ("ipv6-bad", Refused(|kind| matches!(kind, Kind::RequestUri(_)), BAD)),
        ("port-ambiguous", Accepted),
        ("port-unambiguous", Accepted),
        ("received-with-brackets", Accepted),
        ("received-without-brackets", Accepted),
        ("ipv6-in-sdp", Accepted),
        ("many-addresses", Accepted),
        ("many-addresses-in-sdp", Accepted),
        ("ipv4-mapped", Accepted),
        ("three-colons", Accepted),
        ("two-colons", Accepted),
    ]
}

#[track_caller]
fn check(name: &str, text: &Bytes, verdict: &Verdict) {
    let parsed = Message::parse(text.clone());
    let checked = match &parsed {
        Ok(Message::Request(request)) => request.check(),
        Ok(Message::Response(response)) => response.check(),
        Err(error) => {
            let Refused(is_kind, status) = verdict else { panic!("{name}: {error}") };
            assert!(is_kind(error.kind()), "{name}: {error}");
            assert_eq!(error.status(), *status, "{name}");
            return;
        }
    };
    match (checked, verdict) {
        (Ok(()), Accepted) | (Err(CheckMessageError::MethodMismatch), Mismatch) => {}
        (Err(CheckMessageError::Header(error)), Unprocessable(header)) => {
            assert_eq!(error.name(), header, "{name}: {error}");
        }
        (answer, _) => panic!("{name}: {answer:?}"),
    }
}

#[test]
fn messages_of_rfc_4475_get_its_verdict() {
    let cases = rfc4475();
    for (name, verdict) in &cases {
        check(name, &file(&format!("rfc4475/{name}")), verdict);
    }
    assert_eq!(cases.len(), names("rfc4475").len(), "each file is a case");
}

#[test]
fn messages_of_rfc_5118_get_its_verdict() {
    let cases = rfc5118();
    for (name, verdict) in &cases {
        check(name, &file(&format!("rfc5118/{name}")), verdict);
    }
    assert_eq!(cases.len(), names("rfc5118").len(), "each file is a case");
}

#[test]
fn what_is_not_edited_leaves_as_it_came() {
    for folder in ["rfc4475", "rfc5118"] {
        for name in names(folder) {
            let text = file(&format!("{folder}/{name}"));
            let Ok(mut message) = Message::parse(text.clone()) else { continue };
            // Octets after the body are not part of the message.
            let expected =
                if name == "dblreq" { text.slice(..message.to_bytes().len()) } else { text };
            assert_eq!(message.to_bytes(), expected, "{name}");
            // Mutable access makes the message be printed from its lines.
            match &mut message {
                Message::Request(request) => drop(request.deref_mut().remove(&HeaderName::JOIN)),
                Message::Response(response) => drop(response.deref_mut().remove(&HeaderName::JOIN)),
            }
            assert_eq!(message.to_bytes(), expected, "{name}");
        }
    }
}

#[test]
fn folded_lines_and_odd_spaces_are_read() {
    let request = request(&file("rfc4475/wsinv"));
    assert_eq!(request.method(), &Method::Invite);
    assert_eq!(request.uri().params().value("odd_param"), Some("yes"));
    let to = request.to().unwrap();
    assert_eq!((to.uri().as_str(), to.tag()), ("sip:grace@chair.acme.example", Some("77nn")));
    let from = request.from().unwrap();
    assert_eq!(from.display_name().as_deref(), Some(r#"Ada \"L\""#));
    assert_eq!(from.tag(), Some("aa11"));
    assert_eq!(request.max_forwards(), Ok(70));
    let cseq = request.cseq().unwrap();
    assert_eq!((cseq.number(), cseq.method()), (7, &Method::Invite));
    let vias: Vec<_> = request.vias().collect::<Result<_, _>>().unwrap();
    let branches: Vec<_> = vias.iter().map(|via| via.branch().unwrap()).collect();
    assert_eq!(branches, ["390hop", "z9hG4bK7thing", "z9hG4bK30hop"]);
    assert_eq!(vias[1].transport(), Transport::Tcp);
    let unknown: HeaderName = "x-not-known".parse().unwrap();
    let folded = request.headers().all(&unknown).next().unwrap();
    assert_eq!(&*folded.unfolded(), b"comes in three pieces");
    let contact = request.contact().unwrap();
    assert_eq!(contact.params().value("q"), Some("0.33"));
    assert!(contact.params().has("second"));
    assert_eq!(
        request.routes().next().unwrap().unwrap().uri().params().value("unknownwith"),
        Some("value")
    );
    assert_eq!(request.header(&HeaderName::SUBJECT), Some(b"".as_slice()));
}

#[test]
fn the_whole_range_of_characters_is_read() {
    let request = request(&file("rfc4475/intmeth"));
    assert_eq!(request.method().as_str(), "!strange-Meth0d_of.*%`~+'");
    assert_eq!(request.cseq().unwrap().method(), request.method());
    let uri = request.uri();
    assert_eq!(uri.user(), Some("1_weird!~*'&it+thing(stays),;with/all=$?%C2%BF"));
    assert_eq!(uri.password(), Some("!~*'&=+$,"));
    assert!(!format!("{uri:?}").contains("!~*'&=+$,"), "no password in Debug");
    assert_eq!(
        request.to().unwrap().display_name().as_deref(),
        Some("ΩΜΕΓΑ ` \\ \" [  control:\u{7}")
    );
    let from = request.from().unwrap();
    assert_eq!(from.display_name().as_deref(), Some("tok.en%3B's*name+_`~"));
    assert_eq!(from.tag(), Some("_t!o%k*e.n+`'~-"));
    assert_eq!(
        from.params().get("t.o!k%e*n_+`'~").unwrap().unquoted().unwrap(),
        "α \\ \"b".as_bytes()
    );
    assert_eq!(request.call_id().unwrap().as_str(), "in*th%is-w.o!r`d'>)(:\\/\"][?}{~");
    let via = request.via().unwrap();
    assert_eq!((via.transport(), via.transport_str()), (Transport::Other, "!odd*transport'`"));
}

#[test]
fn escapes_are_kept_and_decoded_on_request() {
    let escaped = request(&file("rfc4475/esc01"));
    assert_eq!(escaped.uri().user(), Some("sips%3Abob%40acme.example"));
    assert_eq!(escaped.uri().user_decoded().unwrap(), b"sips:bob@acme.example".as_slice());
    assert_eq!(escaped.from().unwrap().uri().user_decoded().unwrap(), b"I have spaces".as_slice());
    // An escape that is escaped is decoded once only.
    let contact = escaped.contact().unwrap();
    assert_eq!(contact.uri().params().value("name"), Some("v%61lue%25%34%31"));
    assert!(contact.uri().is_loose_router());

    let zero = request(&file("rfc4475/escnull"));
    assert_eq!(zero.to().unwrap().uri().user_decoded().unwrap(), b"nothing-\0-here".as_slice());
    let contacts: Vec<_> = zero.contacts().collect::<Result<_, _>>().unwrap();
    assert_eq!(contacts.len(), 2);
    assert_eq!(contacts[1].address().unwrap().uri().user_decoded().unwrap(), b"\0\0".as_slice());

    let percent = request(&file("rfc4475/esc02"));
    assert_eq!(percent.method().as_str(), "RE%47IST%45R");
    assert_eq!(percent.contacts().count(), 2, "C%6Fntact is no Contact");
    assert_eq!(percent.to().unwrap().display_name().as_deref(), Some("%Z%45"));
}

#[test]
fn a_body_is_framed_by_its_length() {
    let first = request(&file("rfc4475/dblreq"));
    assert_eq!((first.method(), first.body().len()), (&Method::Register, 0));
    let binary = request(&file("rfc4475/mpart01"));
    assert!(binary.body().ends_with(b"\x00\x01\r\x02\n\xff\xfe\x80 \x00\r\n--ff--\r\n"));
    let kind = binary.content_type().unwrap();
    assert!(kind.is("multipart", "MIXED"));
    assert_eq!(kind.params().value("boundary"), Some("ff"));
}

#[test]
fn reason_phrases_are_any_octets_or_none() {
    let unicode = response(&file("rfc4475/unreason"));
    assert_eq!(unicode.status(), StatusCode::OK);
    assert_eq!(unicode.reason(), "= 2**3 * 5**2 но сто девяносто девять".as_bytes());
    let empty = response(&file("rfc4475/noreason"));
    assert_eq!((empty.status(), empty.reason().len()), (StatusCode::TRYING, 0));
}

#[test]
fn semicolons_belong_to_the_user_part_or_the_uri_or_the_header() {
    let semicolon = request(&file("rfc4475/semiuri"));
    assert_eq!(semicolon.uri().user(), Some("user;par=u%40other.example"));
    assert_eq!(semicolon.uri().host(), Some(Host::Name("acme.example")));
    for (name, in_uri) in [("cparam01", false), ("cparam02", true)] {
        let contact = request(&file(&format!("rfc4475/{name}"))).contact().unwrap();
        assert_eq!(contact.uri().params().has("unknownparam"), in_uri, "{name}");
        assert_eq!(contact.params().has("unknownparam"), !in_uri, "{name}");
    }
    let route = request(&file("rfc4475/regescrt")).contact().unwrap();
    let pairs: Vec<_> =
        route.uri().headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(pairs, [("Route".to_owned(), "%3Csip:sip.acme.example%3E".to_owned())]);
}

#[test]
fn unknown_schemes_and_transports_are_no_syntax_errors() {
    assert_eq!(request(&file("rfc4475/unkscm")).uri().scheme_str(), "nobodyknowsthis");
    assert_eq!(request(&file("rfc4475/novelsc")).uri().scheme_specific(), "//192.0.2.103:3002");
    let strange = request(&file("rfc4475/unksm2"));
    assert_eq!(strange.to().unwrap().uri().scheme(), Scheme::Other);
    assert_eq!(strange.from().unwrap().uri().as_str(), "http://www.acme.example");
    let transports = request(&file("rfc4475/transports"));
    let seen: Vec<_> = transports.vias().map(|via| via.unwrap().transport()).collect();
    let expected =
        [Transport::Udp, Transport::Sctp, Transport::Tls, Transport::Other, Transport::Tcp];
    assert_eq!(seen, expected);
    let credentials = request(&file("rfc4475/regaut01"));
    let credentials = credentials.credentials().next().unwrap().unwrap();
    assert_eq!(credentials.scheme(), "NoOneKnowsThisScheme");
    assert!(!credentials.is_digest());
}

#[test]
fn all_vias_of_a_long_request_are_seen() {
    let long = request(&file("rfc4475/longreq"));
    assert_eq!(long.vias().filter(Result::is_ok).count(), 35);
    let to = long.to().unwrap();
    assert!(to.display_name().unwrap().len() > 200);
    assert_eq!(to.uri().port(), Some(6000));
}

#[test]
fn a_request_of_rfc_2543_passes() {
    let old = request(&file("rfc4475/inv2543"));
    assert_eq!(old.from().unwrap().tag(), None);
    assert!(!old.via().unwrap().has_rfc3261_branch());
    assert!(matches!(old.max_forwards(), Err(HeaderError::Absent(_))));
    assert!(!request(&file("rfc4475/badbranch")).via().unwrap().has_rfc3261_branch());
}

#[test]
fn ipv6_addresses_are_read_where_they_may_stand() {
    let address = "2001:db8::10".parse().unwrap();
    assert_eq!(request(&file("rfc5118/ipv6-good")).uri().host(), Some(Host::V6(address)));
    assert_eq!(request(&file("rfc5118/port-ambiguous")).uri().port(), None);
    let unambiguous = request(&file("rfc5118/port-unambiguous"));
    assert_eq!(
        (unambiguous.uri().host(), unambiguous.uri().port()),
        (Some(Host::V6(address)), Some(5070))
    );
    for name in ["received-with-brackets", "received-without-brackets"] {
        let via = request(&file(&format!("rfc5118/{name}"))).via().unwrap();
        assert_eq!(via.received(), Some("2001:db8::9:255".parse().unwrap()), "{name}");
        assert!(via.branch().unwrap().starts_with("z9hG4bKas3"), "{name}");
    }
    for name in ["three-colons", "two-colons"] {
        let request = request(&file(&format!("rfc5118/{name}")));
        let expected = Host::V6("2001:db8::192.0.2.1".parse().unwrap());
        assert_eq!(request.uri().host(), Some(expected), "{name}");
        assert_eq!(request.contact().unwrap().uri().host(), Some(expected), "{name}");
    }
    let mapped = request(&file("rfc5118/ipv4-mapped"));
    assert_eq!(mapped.via().unwrap().host(), Host::V6("::ffff:192.0.2.10".parse().unwrap()));
    assert_eq!(mapped.via().unwrap().port(), Some(19823));
    let message = parse(&file("rfc5118/many-addresses"));
    assert_eq!(headers(&message).vias().filter(Result::is_ok).count(), 3);
    assert!(matches!(headers(&message).contacts().next(), Some(Ok(Contact::Address(_)))));
}

#[test]
fn what_applications_have_to_judge_is_there_to_be_judged() {
    let extended = request(&file("rfc4475/bext01"));
    let tags: Vec<_> = extended.require().collect::<Result<_, _>>().unwrap();
    assert_eq!(tags, ["nobodyHasThis", "norThisOne"]);
    let tags: Vec<_> = extended.proxy_require().collect::<Result<_, _>>().unwrap();
    assert_eq!(tags, ["noProxyHasThis", "noProxyHasThatEither"]);
    assert!(
        request(&file("rfc4475/invut"))
            .content_type()
            .unwrap()
            .is("application", "of-no-known-kind")
    );
    let everybody = response(&file("rfc4475/bcast"));
    let vias: Vec<_> = everybody.vias().collect::<Result<_, _>>().unwrap();
    assert_eq!(vias[1].host(), Host::V4(std::net::Ipv4Addr::BROADCAST));
    let accepted: Vec<_> =
        request(&file("rfc4475/sdp01")).accept().collect::<Result<_, _>>().unwrap();
    assert_eq!(accepted.len(), 1);
    assert!(!accepted[0].to_string().contains("sdp"));
}
