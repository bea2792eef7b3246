//! Any datagram: read or refused, and answered either way.

#![no_main]

use bytes::Bytes;
use centrala_sip::{Headers, Message, ResponseBuilder, StatusCode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let datagram = Bytes::copy_from_slice(octets);
    match Message::parse(datagram.clone()) {
        Ok(message) => {
            let printed = message.to_bytes();
            let start = octets.iter().position(|octet| !b"\r\n".contains(octet)).unwrap_or(0);
            assert!(octets[start..].starts_with(&printed), "printed as it came");
            match message {
                Message::Request(request) => {
                    let _ = request.check();
                    read_all(request.headers());
                    let response = ResponseBuilder::for_request(&request, StatusCode::OK).to_tag("t").build();
                    let response = response.expect("any request can be answered");
                    assert_eq!(response.call_id().ok(), request.call_id().ok());
                }
                Message::Response(response) => {
                    let _ = response.check();
                    read_all(response.headers());
                }
            }
        }
        Err(error) => {
            assert!(error.offset() <= octets.len());
            if let (Some(salvaged), Some(status)) = (error.salvaged(), error.status()) {
                read_all(salvaged.headers());
                let refusal = ResponseBuilder::for_salvaged(salvaged, status).to_tag("t").build();
                assert!(refusal.is_ok(), "what was salvaged makes a refusal");
            }
        }
    }
});

fn read_all(headers: &Headers) {
    for via in headers.vias().flatten() {
        let _ = (via.host(), via.branch(), via.received(), via.rport());
        let stamped = via.with_received([192, 0, 2, 1].into()).with_rport_value(9);
        assert!(stamped.received().is_some() && stamped.rport().is_some());
    }
    let addresses = [headers.from(), headers.to()];
    let contacts = headers.contacts().flatten().filter_map(|contact| contact.address().cloned());
    let routes = headers.routes().chain(headers.record_routes()).flatten();
    for address in addresses.into_iter().flatten().chain(contacts).chain(routes) {
        let _ = (address.display_name(), address.params().iter().count());
        assert!(address.uri().is_equivalent(address.uri()));
        assert_eq!(address.with_tag("t").and_then(|address| address.tag().map(str::to_owned)).as_deref(), Some("t"));
    }
    for challenge in headers.challenges().flatten() {
        let _ = (challenge.params().count(), challenge.param("nonce"));
    }
    for credentials in headers.credentials().flatten() {
        let _ = (credentials.params().count(), credentials.param("uri"));
    }
    let _ = (headers.call_id(), headers.cseq(), headers.expires(), headers.max_forwards(), headers.content_type());
    let _ = headers.require().chain(headers.supported()).count() + headers.allow().count();
}
