//! Laws that hold for any input.

use bytes::Bytes;
use centrala_sip::{
    HeaderName, Headers, Host, Message, Method, NameAddr, RequestBuilder, ResponseBuilder,
    StatusCode, Transport, Uri, Via,
};
use proptest::prelude::*;

use crate::sample::{file, invite, names, request};

/// Octets that are likely to matter.
fn sip_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("\r\n"),
        Just("\n"),
        Just("\r"),
        Just(" "),
        Just("\t"),
        Just(":"),
        Just(";"),
        Just(","),
        Just("="),
        Just("\""),
        Just("\\"),
        Just("<"),
        Just(">"),
        Just("@"),
        Just("["),
        Just("]"),
        Just("%41"),
        Just("%"),
        Just("?"),
        Just("&"),
        Just("*"),
        Just("/"),
        Just("\0"),
        Just("ł"),
        Just("SIP/2.0"),
        Just("INVITE"),
        Just("Via"),
        Just("From"),
        Just("Contact: "),
        Just("CSeq: "),
        Just("l: "),
        Just("sip:"),
        Just("tel:"),
        Just("1"),
        Just("99999999999"),
        Just("branch=z9hG4bK"),
        Just("tag="),
        Just("UDP"),
        Just("Digest "),
        Just("a"),
    ];
    prop_oneof![
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes()),
        prop::collection::vec(any::<u8>(), 0..200),
    ]
}

/// A message of the suite with some of its octets replaced, cut out or put in.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<Bytes> = ["rfc4475", "rfc5118"]
        .iter()
        .flat_map(|folder| {
            names(folder).into_iter().map(move |name| file(&format!("{folder}/{name}")))
        })
        .collect();
    let edit = (
        any::<prop::sample::Index>(),
        0..8_usize,
        sip_like().prop_map(|text| text.into_iter().take(12).collect::<Vec<u8>>()),
    );
    (prop::sample::select(all), prop::collection::vec(edit, 0..4)).prop_map(|(text, edits)| {
        let mut text = text.to_vec();
        for (place, cut, new) in edits {
            let start = place.index(text.len() + 1);
            let end = (start + cut).min(text.len());
            text.splice(start..end, new);
        }
        text
    })
}

/// Calls everything that reads.
fn read_all(headers: &Headers) -> usize {
    let found = [
        headers.vias().filter(Result::is_ok).count(),
        headers.contacts().filter(Result::is_ok).count(),
        headers.routes().chain(headers.record_routes()).filter(Result::is_ok).count(),
        headers.challenges().filter(Result::is_ok).count(),
        headers.credentials().filter(Result::is_ok).count(),
        headers.require().chain(headers.supported()).filter(Result::is_ok).count(),
        headers.allow().count(),
        usize::from(headers.from().is_ok()) + usize::from(headers.to().is_ok()),
        usize::from(headers.call_id().is_ok()) + usize::from(headers.cseq().is_ok()),
        usize::from(headers.content_type().is_ok()) + usize::from(headers.expires().is_ok()),
    ];
    for via in headers.vias().flatten() {
        assert!(via.params().iter().count() <= via.as_bytes().len());
        let _ = (via.branch(), via.received(), via.rport(), via.host().to_string());
        assert_eq!(via.with_rport_value(9).rport(), Some(centrala_sip::Rport::Port(9)));
    }
    for address in headers.contacts().flatten().filter_map(|contact| contact.address().cloned()) {
        let _ = (address.display_name(), address.tag(), address.uri().user_decoded());
        assert!(address.uri().is_equivalent(address.uri()), "{address}");
    }
    found.iter().sum()
}

fn check_any(text: Vec<u8>) -> Result<(), TestCaseError> {
    let text = Bytes::from(text);
    match Message::parse(text.clone()) {
        Ok(message) => {
            let printed = message.to_bytes();
            prop_assert!(
                text.windows(printed.len()).any(|window| window == printed),
                "printed as received"
            );
            let again = Message::parse(printed.clone());
            prop_assert_eq!(again.map(|message| message.to_bytes()), Ok(printed));
            let headers = crate::sample::headers(&message);
            prop_assert!(read_all(headers) <= 2 * text.len());
            let shown = format!("{message:?}");
            prop_assert!(shown.len() < 20 * text.len() + 200);
            if let Message::Request(request) = &message {
                let _ = request.check();
                if let Ok(response) =
                    ResponseBuilder::for_request(request, StatusCode::OK).to_tag("t").build()
                {
                    prop_assert_eq!(response.vias().count(), request.vias().count());
                    prop_assert!(Message::parse(response.to_bytes()).is_ok());
                }
            }
        }
        Err(error) => {
            prop_assert!(error.offset() <= text.len());
            if let Some(salvaged) = error.salvaged() {
                read_all(salvaged.headers());
                let refusal = ResponseBuilder::for_salvaged(salvaged, StatusCode::BAD_REQUEST)
                    .to_tag("t")
                    .build();
                prop_assert!(refusal.is_ok(), "{refusal:?}");
            }
        }
    }
    Ok(())
}

fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9.!%*_+`'~-]{1,12}"
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9-]{0,8}(\\.[a-z]{2,4})?",
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| format!("[{address}]")),
    ]
}

fn uri() -> impl Strategy<Value = Uri> {
    let param = (token(), prop::option::of("\\PC{0,10}"));
    (
        host(),
        prop::option::of("\\PC{1,16}"),
        prop::option::of(any::<u16>()),
        prop::collection::vec(param, 0..4),
    )
        .prop_map(|(host, user, port, params)| {
            let mut builder = Uri::sip(Host::parse(&host).unwrap());
            if let Some(user) = user {
                builder = builder.user(&user);
            }
            if let Some(port) = port {
                builder = builder.port(port);
            }
            for (name, value) in params {
                builder = match value {
                    Some(value) => builder.param_value(&name, &value),
                    None => builder.param(&name),
                };
            }
            builder.build().unwrap()
        })
}

/// URIs of which many mean the same.
const NEARLY_THE_SAME: &str = "(sip|SIP|sips):((a|%61)(:p|:%70)?@)?[hH](:5060)?\
    (;(lr|%6Cr|x=1|X=%31|x=2|transport=tcp|Transport=TCP)){0,2}([?](a=1|A=%31)(&b)?)?";

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_are_read_or_refused(text in sip_like()) {
        check_any(text)?;
    }

    #[test]
    fn a_mutated_message_is_read_or_refused(text in mutated()) {
        check_any(text)?;
    }

    #[test]
    fn any_header_value_is_read_or_refused(value in sip_like(), index in 0..10_usize) {
        let name = ["Via", "From", "Contact", "CSeq", "Call-ID", "Authorization", "WWW-Authenticate", "Route", "Allow", "Content-Type"][index];
        let value: Vec<u8> = value.into_iter().filter(|byte| !b"\r\n".contains(byte)).collect();
        let text = [b"INVITE sip:a@b SIP/2.0\r\n", name.as_bytes(), b": ", &value, b"\r\n\r\n"].concat();
        check_any(text)?;
    }

    #[test]
    fn a_uri_that_was_read_is_printed_as_it_was(text in "(sip|sips|tel|urn|x):[ -~ł]{0,40}") {
        if let Ok(uri) = text.parse::<Uri>() {
            prop_assert_eq!(uri.to_string(), text);
            prop_assert!(uri.is_equivalent(&uri));
        }
    }

    #[test]
    fn comparison_of_uris_is_symmetric(one in uri(), two in uri()) {
        prop_assert!(one.is_equivalent(&one));
        prop_assert_eq!(one.is_equivalent(&two), two.is_equivalent(&one));
    }

    #[test]
    fn comparison_of_uris_that_are_nearly_the_same_knows_no_side_and_no_order(
        one in NEARLY_THE_SAME,
        two in NEARLY_THE_SAME,
    ) {
        let (head, tail) = one.split_at(one.find('?').unwrap_or(one.len()));
        let mut parts: Vec<&str> = head.split(';').collect();
        parts[1..].reverse();
        let turned: Uri = format!("{}{tail}", parts.join(";")).parse().unwrap();
        let (one, two): (Uri, Uri) = (one.parse().unwrap(), two.parse().unwrap());
        prop_assert!(one.is_equivalent(&one) && one.is_equivalent(&turned), "{one} {turned}");
        prop_assert_eq!(one.is_equivalent(&two), two.is_equivalent(&one));
        prop_assert_eq!(one.is_equivalent(&two), turned.is_equivalent(&two));
        if one.is_equivalent(&two) {
            prop_assert_eq!(one.user_decoded(), two.user_decoded());
            prop_assert_eq!((one.scheme(), one.port()), (two.scheme(), two.port()));
            let transport = |uri: &Uri| uri.params().value("transport").map(str::to_ascii_lowercase);
            prop_assert_eq!(transport(&one), transport(&two));
        }
    }

    #[test]
    fn a_built_address_is_the_one_that_is_read(uri in uri(), name in "\\PC{0,20}", tag in token()) {
        let address = NameAddr::new(&uri).with_display_name(&name).with_tag(&tag).unwrap();
        let read: NameAddr = address.to_string().parse().unwrap();
        prop_assert_eq!(&read, &address);
        prop_assert_eq!(read.uri(), &uri);
        prop_assert_eq!(read.tag(), Some(tag.as_str()));
        prop_assert_eq!(read.display_name().unwrap_or_default(), name);
    }

    #[test]
    fn a_built_via_is_the_one_that_is_read(host in host(), port in prop::option::of(any::<u16>()), branch in token()) {
        let via = Via::new(Transport::Tls, Host::parse(&host).unwrap(), port, &branch).unwrap().with_rport();
        let read: Via = via.to_string().parse().unwrap();
        prop_assert_eq!(&read, &via);
        prop_assert_eq!((read.port(), read.branch()), (port, Some(branch.as_str())));
        prop_assert_eq!(read.host().to_string(), Host::parse(&host).unwrap().to_string());
    }

    #[test]
    fn a_built_request_is_the_one_that_is_read(
        uri in uri(),
        method in token(),
        number in any::<u32>(),
        headers in prop::collection::vec((token(), "[ -~ł]{0,30}"), 0..6),
        body in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let mut builder = RequestBuilder::new(method.parse::<Method>().unwrap(), &uri).cseq(number);
        let mut expected = Vec::new();
        for (name, value) in headers {
            let name: HeaderName = format!("X-{name}").parse().unwrap();
            builder = builder.header(&name, &value);
            expected.push((name, value.trim().as_bytes().to_vec()));
        }
        let built = builder.body("a/b", body.clone()).build().unwrap();
        let read = request(&built.to_bytes());
        prop_assert_eq!(read.method().as_str(), method.as_str());
        prop_assert_eq!(read.uri(), &uri);
        prop_assert_eq!(read.cseq().unwrap().number(), number);
        prop_assert_eq!(read.body(), body);
        let others: Vec<_> = read
            .headers()
            .iter()
            .filter(|header| header.raw_name().starts_with(b"X-"))
            .map(|header| (header.name(), header.value().to_vec()))
            .collect();
        prop_assert_eq!(others, expected);
    }

    #[test]
    fn an_edit_touches_its_own_line(value in "[!-~]([ -~]{0,28}[!-~])?", position in 0..7_usize) {
        let mut edited = request(&invite(&[]));
        let names: Vec<HeaderName> = edited.headers().iter().map(|header| header.name()).collect();
        edited.set(&names[position], &value).unwrap();
        let printed = edited.to_bytes();
        let before: Vec<Vec<u8>> = invite(&[]).split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        let after: Vec<Vec<u8>> = printed.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        prop_assert_eq!(before.len(), after.len());
        for (number, (one, two)) in before.iter().zip(&after).enumerate() {
            if number == position + 1 {
                let expected = format!("{}: {value}\r", names[position]);
                prop_assert_eq!(two, expected.as_bytes());
            } else {
                prop_assert_eq!(one, two);
            }
        }
    }
}
