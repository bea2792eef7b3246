//! Laws of strictness that hold for any input.

use bytes::Bytes;
use centrala_sip::{
    HeaderName, Host, Limits, Message, Method, NameAddr, RequestBuilder, ResponseBuilder,
    StatusCode, Transport, Uri, Via, leniency::Leniency,
};
use proptest::prelude::*;

use crate::sample::{file, headers, invite, names};

/// Texts made of what the grammar is made of.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "\r\n ",
        "\n\t",
        "\r\n",
        " ",
        ",",
        ";",
        "=",
        ":",
        "/",
        "\"",
        "\\",
        "<",
        ">",
        "(",
        ")",
        "@",
        "[",
        "]",
        "::",
        ":::",
        "#",
        "%41",
        "%",
        "?",
        "&",
        "*",
        "_",
        ".",
        "-",
        "\0",
        "\x7f",
        "ł",
        "é",
        "sip:",
        "tel:",
        "urn:x",
        "SIP/2.0/UDP ",
        "h",
        "192.0.2.1",
        "1",
        "70",
        "4294967296",
        "INVITE",
        "branch=z9hG4bK",
        "tag=",
        "received=",
        "rport",
        "expires=",
        "q=",
        "Digest ",
        "Basic ",
        "qop=",
        "nc=",
        "realm=\"a\"",
        "text/plain",
        "GMT",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24)
        .prop_map(|pieces| pieces.concat().into_bytes())
}

/// A message of the suites with some octets replaced.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<Bytes> = ["rfc4475", "rfc5118"]
        .iter()
        .flat_map(|folder| {
            names(folder).into_iter().map(move |name| file(&format!("{folder}/{name}")))
        })
        .collect();
    let edit = (any::<prop::sample::Index>(), 0..6_usize, text());
    (prop::sample::select(all), prop::collection::vec(edit, 0..4)).prop_map(|(message, edits)| {
        let mut message = message.to_vec();
        for (place, cut, new) in edits {
            let start = place.index(message.len() + 1);
            let end = (start + cut).min(message.len());
            message.splice(start..end, new.into_iter().take(9));
        }
        message
    })
}

fn check_any(text: Vec<u8>) -> Result<(), TestCaseError> {
    let text = Bytes::from(text);
    let limits = Limits::default();
    let lenient = Message::parse(text.clone());
    let noted = Message::parse_noting(text.clone(), &limits);
    let strict = Message::parse_strict(text.clone(), &limits);
    prop_assert_eq!(lenient.is_ok(), noted.is_ok());
    let Ok((message, departures)) = noted else {
        prop_assert!(strict.is_err());
        return Ok(());
    };
    prop_assert_eq!(strict.is_ok(), departures.is_empty());
    prop_assert!(departures.iter().all(|departure| departure.offset <= text.len()));
    prop_assert!(departures.is_sorted_by_key(|departure| departure.offset));
    let lines = headers(&message).len() + 2;
    prop_assert!(departures.len() <= lines * Leniency::ALL.len(), "each once per line");
    for error in headers(&message).malformed() {
        // So that strict takes no more than lenient reads.
        let name = error.name();
        let is_named = departures.iter().any(|departure| departure.header.as_ref() == Some(name));
        prop_assert!(is_named, "{}: {}", error, text.escape_ascii());
    }
    for departure in &departures {
        // What lenient reads has a name of its own.
        if departure.leniency == Leniency::Malformed {
            let name = departure.header.as_ref().expect("start lines are read already");
            let is_refused = headers(&message).malformed().any(|error| error.name() == name);
            prop_assert!(is_refused, "{} has no name: {}", departure, text.escape_ascii());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn strict_takes_no_more_than_lenient_reads(text in mutated()) {
        check_any(text)?;
    }

    #[test]
    fn any_value_of_any_header_is_judged(
        name in prop::sample::select(vec![
            "Via", "From", "To", "Contact", "CSeq", "Call-ID", "Max-Forwards", "Route", "Record-Route",
            "Expires", "Require", "Supported", "Allow", "Content-Type", "WWW-Authenticate",
            "Proxy-Authenticate", "Authorization", "Proxy-Authorization", "User-Agent", "Warning",
            "Retry-After", "Date", "Timestamp", "Accept", "Event", "Privacy", "Replaces", "RAck",
            "P-Asserted-Identity", "Diversion", "History-Info", "Alert-Info", "Reason", "MIME-Version", "Session-Expires", "Min-SE",
            "Subscription-State", "Identity", "P-Charging-Vector", "Answer-Mode", "Refer-To", "Join",
        ]),
        value in text(),
    ) {
        let line = [name.as_bytes(), b": ", &value].concat();
        let mut text = invite(&["-: -"]).to_vec();
        let at = text.windows(4).position(|window| window == b"-: -").expect("it is there");
        text.splice(at..at + 4, line);
        check_any(text)?;
    }

    #[test]
    fn what_a_builder_makes_needs_none(
        user in "[a-z0-9#%&=+@ ł]{1,12}",
        name in ".{0,12}",
        param in "[a-z0-9 \"\\\\]{0,8}",
        tag in "[a-z0-9]{1,8}",
        number in 0_u32..1 << 31,
        body in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let host = Host::Name("acme.example");
        let uri = Uri::sip(host).user(&user).build().expect("a URI");
        let from = NameAddr::new(&uri).with_display_name(&name).with_tag(&tag).expect("a token");
        let quoted = format!("\"{}\"", param.replace(['"', '\\'], ""));
        let to = NameAddr::new(&uri).with_param("x", Some(&quoted)).expect("a quoted string");
        let via = Via::new(Transport::Tcp, host, Some(5060), "z9hG4bKx").expect("a Via").with_rport();
        let request = RequestBuilder::new(Method::Message, &uri)
            .via(&via)
            .from(&from)
            .to(&to)
            .call_id(&"1@h".parse().expect("a Call-ID"))
            .cseq(number)
            .max_forwards(70)
            .header(&HeaderName::SUBJECT, name.replace(|c: char| c.is_control(), "").trim())
            .body("text/plain", body)
            .build()
            .expect("a request");
        let found: Vec<_> = request.leniencies().collect();
        prop_assert!(found.is_empty(), "{:?} {}", found, request.to_bytes().escape_ascii());
        let response = ResponseBuilder::for_request(&request, StatusCode::OK)
            .to_tag("t")
            .contact(&NameAddr::new(&uri))
            .build()
            .expect("a response");
        prop_assert_eq!(response.leniencies().count(), 0);
        prop_assert!(Message::parse_strict(response.to_bytes(), &Limits::default()).is_ok());
    }
}

#[test]
fn hostile_sizes_cost_no_more_than_their_octets() {
    // A quadratic check of any of these would take minutes.
    let mut limits = Limits::default();
    limits.message = 4 << 20;
    limits.header_value = 2 << 20;
    limits.headers = 200_000;
    for line in [
        format!("Contact: {}", "<sip:a@b>,".repeat(100_000) + "<sip:a@b>"),
        format!("Contact: {}", "a ".repeat(500_000)),
        format!("Via: SIP/2.0/UDP h{}", ";a=b".repeat(250_000)),
        format!("Via: {}", ",".repeat(1_000_000)),
        format!("From: \"{}", "\\".repeat(1_000_000)),
        format!("From: {}", "\r\n ".repeat(300_000)),
        format!("User-Agent: {}", "(".repeat(1_000_000)),
        format!("User-Agent: {}", "a/".repeat(500_000)),
        format!("Warning: {}", "399 h \"x\", ".repeat(90_000)),
        format!("Supported: {}", ",".repeat(1_000_000)),
        "Z: y\r\n".repeat(150_000) + "Z: y",
        "Subject: y\r\n".repeat(90_000) + "Subject: y",
    ] {
        let text = invite(&[&line]);
        let (message, departures) = Message::parse_noting(text, &limits).expect("a message");
        let start = line.get(..20);
        assert!(departures.len() <= headers(&message).len() + 2, "{start:?}: {}", departures.len());
    }
}
