//! Datagrams.

use bytes::Bytes;
use centrala_sip::{Limits, Message, Request, Response, ResponseBuilder, StatusCode};

use crate::{bodies, headers};

/// Limits that nothing exceeds which is made of a message within the default ones.
pub fn wide() -> Limits {
    let mut limits = Limits::default();
    limits.message *= 8;
    limits.start_line *= 8;
    limits.headers *= 8;
    limits.header_value *= 8;
    limits
}

/// Any datagram is read or refused, and answered either way:
///
/// - what is read is printed as it came, and what is printed is read as the same;
/// - strict implies lenient: what the strict parser takes, the lenient one takes without a leniency;
/// - every leniency and every refusal lies within the datagram;
/// - each request has a response, and so has what was salvaged of a refused one.
pub fn check(octets: &[u8]) {
    let datagram = Bytes::copy_from_slice(octets);
    check_strictness(&datagram);
    match Message::parse(datagram.clone()) {
        Ok(message) => {
            let printed = message.to_bytes();
            let start = octets.iter().position(|octet| !b"\r\n".contains(octet)).unwrap_or(0);
            assert!(octets[start..].starts_with(&printed), "printed as it came");
            let again = Message::parse(printed.clone()).expect("what is printed is read");
            assert_eq!(again.to_bytes(), printed);
            match &message {
                Message::Request(request) => check_request(request),
                Message::Response(response) => check_response(response),
            }
        }
        Err(error) => {
            assert!(error.offset() <= octets.len());
            let Some(salvaged) = error.salvaged() else {
                assert_eq!(error.status(), None, "without what is salvaged there is no answer");
                return;
            };
            headers::check_all(salvaged.headers());
            let status = error.status().expect("a status answers what is salvaged");
            let refusal = ResponseBuilder::for_salvaged(salvaged, status).to_tag("t").build();
            let refusal = refusal.expect("what was salvaged makes a refusal");
            Message::parse_within(refusal.to_bytes(), &wide()).expect("a refusal is a message");
        }
    }
}

fn check_strictness(datagram: &Bytes) {
    let limits = Limits::default();
    let lenient = Message::parse_noting(datagram.clone(), &limits);
    match Message::parse_strict(datagram.clone(), &limits) {
        Ok(strict) => {
            let (message, departures) = lenient.expect("strict implies lenient");
            assert_eq!(message.to_bytes(), strict.to_bytes());
            assert!(departures.is_empty(), "{departures:?}");
            assert_eq!(strict.leniencies().count(), 0);
        }
        Err(error) => {
            assert!(error.offset() <= datagram.len());
            if let Some(response) = error.response() {
                assert!(response.to_tag("t").build().is_ok(), "a refusal can be built");
            }
            let Ok((_, departures)) = lenient else { return };
            assert!(!departures.is_empty(), "lenient without leniency is strict");
            assert!(departures.iter().all(|departure| departure.offset <= datagram.len()));
            assert!(departures.is_sorted_by_key(|departure| departure.offset), "{departures:?}");
        }
    }
}

fn check_request(request: &Request) {
    let _ = (request.check(), format!("{request:?}"));
    headers::check_all(request.headers());
    bodies::check_body(&request.typed_body());
    let response = ResponseBuilder::for_request(request, StatusCode::OK).to_tag("t").build();
    let response = response.expect("any request can be answered");
    assert_eq!(response.call_id().ok(), request.call_id().ok());
    assert_eq!(response.cseq().ok(), request.cseq().ok());
    assert_eq!(response.vias().count(), request.vias().count());
    Message::parse_within(response.to_bytes(), &wide()).expect("a response is a message");
    if request.check().is_ok() {
        assert!(response.check().is_ok(), "a response to a good request is good");
        assert!(response.to().is_ok_and(|to| to.tag().is_some()), "it has a tag");
    }
}

fn check_response(response: &Response) {
    let _ = (response.check(), format!("{response:?}"), response.reason().len());
    headers::check_all(response.headers());
    bodies::check_body(&response.typed_body());
}
