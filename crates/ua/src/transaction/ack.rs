//! Requests that follow from an INVITE of ours without a will of their own.

use bytes::Bytes;
use centrala_sip::{Method, NameAddr, Request, RequestBuilder, Response};

/// Returns the ACK for a final response other than 2xx (RFC 3261 section 17.1.1.3).
pub(crate) fn for_failure(invite: &Request, response: &Response) -> Option<Bytes> {
    let ack = follow(Method::Ack, invite, &response.to().ok()?)?;
    Some(ack.to_bytes())
}

/// Returns the CANCEL for an INVITE (RFC 3261 section 9.1).
pub(crate) fn cancel(invite: &Request) -> Option<Request> {
    follow(Method::Cancel, invite, &invite.to().ok()?)
}

/// Same Request-URI, topmost Via, From, Call-ID, number and routes.
fn follow(method: Method, invite: &Request, to: &NameAddr) -> Option<Request> {
    let mut builder = RequestBuilder::new(method, invite.uri())
        .via(&invite.via().ok()?)
        .max_forwards(super::MAX_FORWARDS)
        .from(&invite.from().ok()?)
        .to(to)
        .call_id(&invite.call_id().ok()?)
        .cseq(invite.cseq().ok()?.number());
    for route in invite.routes() {
        builder = builder.route(&route.ok()?);
    }
    builder.build().ok()
}
