//! Messages that are almost right.

use bytes::Bytes;
use centrala_sip::{HeaderName, Request, ResponseBuilder, StatusCode};

use crate::choices::Choices;

const METHODS: &[&str] = &[
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "REGISTER",
    "OPTIONS",
    "INFO",
    "UPDATE",
    "SUBSCRIBE",
    "NOTIFY",
    "MESSAGE",
    "PRACK",
    "REFER",
    "DANCE",
];
const URIS: &[&str] = &[
    "sip:alice@192.0.2.10",
    "sip:192.0.2.10",
    "sip:500@192.0.2.10;transport=tcp",
    "tel:+15551234",
    "urn:x:y",
];
const CONTACTS: &[&str] = &[
    "Contact: <sip:a@192.0.2.1>\r\n",
    "",
    "Contact: *\r\n",
    "Contact: <sip:a@10.0.0.1:5090;transport=tcp>;expires=60;+sip.instance=\"<urn:uuid:1>\"\r\n",
    "Contact: <sip:a@192.0.2.1>;expires=0, <sip:b@192.0.2.2>;q=0.5\r\n",
    "Contact: <tel:5>\r\n",
];
const LINES: &[&str] = &[
    "",
    "Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2>\r\n",
    "Route: <sip:192.0.2.10;lr>\r\n",
    "Require: 100rel\r\n",
    "Expires: 0\r\n",
    "Expires: 120\r\nPath: <sip:192.0.2.2;lr>\r\nSupported: path\r\n",
    "Max-Forwards: 0\r\n",
    "Allow: INVITE, ACK, BYE, CANCEL, UPDATE, INFO\r\n",
    "Event: message-summary\r\n",
    "Event: dialog\r\nExpires: 300\r\nAccept: application/dialog-info+xml\r\n",
    "Subscription-State: active;expires=60\r\nEvent: dialog\r\n",
    "Proxy-Require: magic\r\n",
    "RAck: 1 1 INVITE\r\n",
    "Authorization: Digest username=\"alice\", realm=\"office\", nonce=\"n\", uri=\"sip:x\", response=\"0\"\r\n",
];
const BODIES: &[&str] = &[
    "\r\n",
    "Content-Type: application/sdp\r\nContent-Length: 3\r\n\r\nv=0",
    "Content-Type: application/dtmf-relay\r\nContent-Length: 24\r\n\r\nSignal=5\r\nDuration=100\r\n\r\n",
    "Content-Type: application/dtmf\r\nContent-Length: 1\r\n\r\n#",
    "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
    "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nv=0",
];

/// A request of somebody: with a few branches, tags and Call-IDs, so that many belong together.
pub(super) fn request(choices: &mut Choices<'_>, tags: &[String], call_ids: &[String]) -> String {
    let method = choices.one_of(METHODS);
    let uri = choices.one_of(URIS);
    let octet = choices.octet();
    let branch = match octet & 7 {
        0 => "old".to_owned(),
        number => format!("z9hG4bK{number}"),
    };
    let rport = if octet & 8 == 0 { ";rport" } else { "" };
    let transport = if octet & 16 == 0 { "UDP" } else { "TCP" };
    let octet = choices.octet();
    let learned = |all: &[String], back: u8| all.iter().rev().nth(usize::from(back % 8)).cloned();
    let call_id = match octet & 3 {
        3 => learned(call_ids, octet >> 4).unwrap_or_else(|| "1".to_owned()),
        number => number.to_string(),
    };
    let from = match octet & 12 {
        0 => String::new(),
        number => format!(";tag=f{number}"),
    };
    let octet = choices.octet();
    let to = match octet & 3 {
        0 => String::new(),
        1 => ";tag=nobody".to_owned(),
        _ => learned(tags, octet >> 2).map_or_else(String::new, |tag| format!(";tag={tag}")),
    };
    let sequence = choices.octet() % 16;
    let (contact, line, body) =
        (choices.one_of(CONTACTS), choices.one_of(LINES), choices.one_of(BODIES));
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{transport} 192.0.2.1;branch={branch}{rport}\r\n\
         From: <sip:alice@192.0.2.10>{from}\r\nTo: <sip:alice@192.0.2.10>{to}\r\nCall-ID: {call_id}\r\n\
         CSeq: {sequence} {method}\r\n{contact}{line}{body}"
    )
}

const STATUSES: &[u16] = &[
    100, 180, 183, 200, 200, 202, 302, 401, 407, 408, 423, 481, 486, 487, 489, 491, 500, 503, 603,
];

/// A response to a request of ours, by whoever feels called.
pub(super) fn response(choices: &mut Choices<'_>, request: &Request) -> Option<Bytes> {
    let status = choices.one_of(STATUSES);
    let octet = choices.octet();
    let mut builder = ResponseBuilder::for_request(request, StatusCode::new(status)?);
    if octet & 7 != 0 {
        builder = builder.to_tag(&format!("t{}", octet & 7));
    }
    if octet & 8 != 0 {
        builder = builder.header(&HeaderName::CONTACT, "<sip:them@192.0.2.1:5070>;expires=90");
    }
    if octet & 16 != 0 {
        builder = builder.header(&HeaderName::RECORD_ROUTE, "<sip:192.0.2.1;lr>, <sip:192.0.2.2>");
    }
    if octet & 32 != 0 {
        builder = builder
            .header(&HeaderName::ALLOW, "INVITE, UPDATE")
            .header(&HeaderName::RETRY_AFTER, "3");
    }
    if octet & 64 != 0 {
        let name = if status == 407 {
            HeaderName::PROXY_AUTHENTICATE
        } else {
            HeaderName::WWW_AUTHENTICATE
        };
        let nonce = choices.octet();
        let challenge =
            format!("Digest realm=\"office\", nonce=\"{nonce}\", qop=\"auth\", algorithm=MD5");
        builder = builder.header(&name, challenge);
    }
    if octet & 128 != 0 {
        builder = builder.body("application/sdp", "v=0 theirs");
    }
    builder.build().ok().map(|response| response.to_bytes())
}
