//! What RFC 3261 section 16 says of single messages.

use std::net::SocketAddr;

use bytes::Bytes;
use centrala_sip::{Method, NameAddr, Request, RequestBuilder, StatusCode, Uri};

/// A 6xx first, then the lowest class, in which those that ask for something come first (section 16.7, step 6).
pub(super) fn rank(status: StatusCode) -> (u16, bool, u16) {
    let class = if status.as_u16() >= 600 { 0 } else { status.as_u16() / 100 };
    let asks = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    (class, !asks, status.as_u16())
}

pub(super) fn exchange(body: &Bytes, inside: &str, outside: &str) -> String {
    let text = String::from_utf8(body.to_vec()).unwrap();
    if text.contains(inside) {
        text.replace(inside, outside)
    } else {
        text.replace(outside, inside)
    }
}

/// What an INVITE and its ACK have in common.
pub(super) fn name_of(request: &Request) -> (String, u32) {
    let call_id = request.call_id().unwrap().as_str().to_owned();
    (call_id, request.cseq().unwrap().number())
}

pub(super) fn address_of(uri: &Uri) -> Option<SocketAddr> {
    Some(SocketAddr::new(uri.host()?.to_ip()?, uri.port().unwrap_or(5060)))
}

pub(super) fn cancel_of(invite: &Request) -> Request {
    let mut builder = RequestBuilder::new(Method::Cancel, invite.uri())
        .via(&invite.via().unwrap())
        .max_forwards(70)
        .from(&invite.from().unwrap())
        .to(&invite.to().unwrap())
        .call_id(&invite.call_id().unwrap())
        .cseq(invite.cseq().unwrap().number());
    for route in invite.routes() {
        let route: NameAddr = route.unwrap();
        builder = builder.route(&route);
    }
    builder.build().unwrap()
}
