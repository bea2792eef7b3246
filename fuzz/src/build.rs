//! Builders.

use bytes::Bytes;
use centrala_sip::{
    HeaderName, Host, Message, Method, RequestBuilder, ResponseBuilder, StatusCode, Uri,
};

use crate::{choices::Choices, headers::NAMES, message::wide};

/// Whatever a builder is given, it refuses or makes a message which is read as what was given: no value adds a
/// header, a start line or a body of its own.
pub fn check(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    if choices.octet().is_multiple_of(2) {
        check_request(&mut choices)
    } else {
        check_response(&mut choices)
    }
}

fn check_request(choices: &mut Choices<'_>) {
    let method = String::from_utf8_lossy(choices.text()).parse().unwrap_or(Method::Options);
    let Some(uri) = uri(choices) else { return };
    let mut builder = RequestBuilder::new(method.clone(), &uri);
    let (given, body) = parts(choices);
    for (name, value) in &given {
        builder = builder.header(name, value);
    }
    let Ok(request) = builder.body("text/plain", body.clone()).build() else { return };
    assert_eq!((request.method(), request.uri()), (&method, &uri));
    check_message(&Message::Request(request), given, &body);
}

fn check_response(choices: &mut Choices<'_>) {
    let code = 100 + u16::from(choices.octet()) * 3 % 600;
    let status = StatusCode::new(code).expect("between 100 and 699");
    let text = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\r\n".as_slice();
    let Ok(Message::Request(request)) = Message::parse(Bytes::from(text)) else {
        panic!("a request")
    };
    let reason = String::from_utf8_lossy(choices.text()).into_owned();
    let mut builder = ResponseBuilder::for_request(&request, status).reason(&reason);
    if choices.octet() % 2 == 1 {
        builder = builder.to_tag(&String::from_utf8_lossy(choices.text()));
    }
    let (given, body) = parts(choices);
    for (name, value) in &given {
        builder = builder.header(name, value);
    }
    let Ok(response) = builder.body("text/plain", body.clone()).build() else { return };
    assert_eq!((response.status(), response.reason()), (status, reason.as_bytes()));
    let via = (HeaderName::VIA, b"SIP/2.0/UDP h;branch=z9hG4bK1".to_vec());
    let given = std::iter::once(via).chain(given).collect();
    check_message(&Message::Response(response), given, &body);
}

/// A URI that is built of any pieces, or read.
fn uri(choices: &mut Choices<'_>) -> Option<Uri> {
    let text = String::from_utf8_lossy(choices.text()).into_owned();
    let pieces = choices.octet();
    if pieces.is_multiple_of(2) {
        return text.parse().ok();
    }
    let host = choices.text();
    let host = Host::parse(std::str::from_utf8(host).ok()?).ok()?;
    let mut builder = Uri::sip(host).user(&text);
    if pieces & 2 != 0 {
        builder = builder.port(u16::from(choices.octet()) << 8 | u16::from(choices.octet()));
    }
    let name = String::from_utf8_lossy(choices.text()).into_owned();
    if pieces & 4 != 0 {
        builder = builder.param(&name);
    }
    if pieces & 8 != 0 {
        builder = builder.param_value(&name, &String::from_utf8_lossy(choices.text()));
    }
    let uri = builder.build().ok()?;
    assert_eq!(uri.to_string().parse().as_ref(), Ok(&uri), "what is built is read");
    assert_eq!(uri.user_decoded().as_deref().unwrap_or_default(), text.as_bytes(), "{uri}");
    Some(uri)
}

fn parts(choices: &mut Choices<'_>) -> (Vec<(HeaderName, Vec<u8>)>, Vec<u8>) {
    let mut given = Vec::new();
    for _ in 0..choices.octet() % 6 {
        let name = choices.one_of(NAMES).parse().expect("a token");
        given.push((name, choices.text().to_vec()));
    }
    (given, choices.rest().to_vec())
}

fn check_message(built: &Message, given: Vec<(HeaderName, Vec<u8>)>, body: &[u8]) {
    let printed = built.to_bytes();
    let read = Message::parse_within(printed.clone(), &wide());
    let read = read.unwrap_or_else(|error| panic!("{error}: {}", printed.escape_ascii()));
    let (headers, read_body) = match (&read, built) {
        (Message::Request(read), Message::Request(built)) => {
            assert_eq!((read.method(), read.uri()), (built.method(), built.uri()));
            (read.headers(), read.body())
        }
        (Message::Response(read), Message::Response(built)) => {
            assert_eq!((read.status(), read.reason()), (built.status(), built.reason()));
            (read.headers(), read.body())
        }
        (Message::Request(_) | Message::Response(_), _) => panic!("the kind changed"),
    };
    assert_eq!(read_body, body);
    let length = (HeaderName::CONTENT_LENGTH, body.len().to_string().into_bytes());
    let kind = (HeaderName::CONTENT_TYPE, b"text/plain".to_vec());
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let trimmed = |value: Vec<u8>| {
        let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
        let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
        value[start..end].to_vec()
    };
    let expected: Vec<_> = given
        .into_iter()
        .map(|(name, value)| (name, trimmed(value)))
        .chain([kind, length])
        .collect();
    let found: Vec<_> =
        headers.iter().map(|header| (header.name(), header.value().to_vec())).collect();
    assert_eq!(found, expected, "{}", printed.escape_ascii());
}
