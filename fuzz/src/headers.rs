//! Header sections, and single headers.

use std::{
    fmt::{Debug, Display},
    str::FromStr,
};

use bytes::Bytes;
use centrala_sip::{Headers, Message, NameAddr, Params, Via};

/// Every header whose grammar is known, and one which is not.
pub const NAMES: &[&str] = &[
    "Accept",
    "Accept-Contact",
    "Accept-Encoding",
    "Accept-Language",
    "Alert-Info",
    "Allow",
    "Allow-Events",
    "Answer-Mode",
    "Authentication-Info",
    "Authorization",
    "Call-ID",
    "Call-Info",
    "Contact",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Type",
    "CSeq",
    "Date",
    "Diversion",
    "Error-Info",
    "Event",
    "Expires",
    "Flow-Timer",
    "From",
    "History-Info",
    "Identity",
    "In-Reply-To",
    "Join",
    "Max-Forwards",
    "MIME-Version",
    "Min-Expires",
    "Min-SE",
    "Organization",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Path",
    "Priority",
    "Privacy",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Require",
    "RAck",
    "Reason",
    "Record-Route",
    "Refer-Sub",
    "Refer-To",
    "Referred-By",
    "Reject-Contact",
    "Replaces",
    "Reply-To",
    "Request-Disposition",
    "Require",
    "Retry-After",
    "Route",
    "RSeq",
    "Server",
    "Service-Route",
    "Session-Expires",
    "SIP-ETag",
    "SIP-If-Match",
    "Subject",
    "Subscription-State",
    "Supported",
    "Target-Dialog",
    "Timestamp",
    "To",
    "Unsupported",
    "User-Agent",
    "Via",
    "Warning",
    "WWW-Authenticate",
    "X-Unknown",
];

/// Any value of any header, chosen by the first octet, is read or refused, by each view of it: what is found wrong
/// is of that header and within the message.
pub fn check(octets: &[u8]) {
    let Some((&choice, value)) = octets.split_first() else { return };
    let name = NAMES[usize::from(choice) % NAMES.len()];
    let text = [b"SIP/2.0 200 OK\r\n", name.as_bytes(), b": ", value, b"\r\n\r\n"].concat();
    let datagram = Bytes::from(text);
    let message = match Message::parse(datagram.clone()) {
        Ok(message) => message,
        Err(error) => {
            assert!(error.offset() <= datagram.len());
            return;
        }
    };
    for departure in message.leniencies() {
        assert!(departure.offset <= datagram.len());
    }
    let Message::Response(response) = message else { panic!("a response") };
    check_all(response.headers());
}

/// Every view of every header answers.
pub fn check_all(headers: &Headers) {
    let _ = format!("{headers:?}");
    for header in headers {
        let name = header.name();
        assert!(header.is(&name) && headers.has(&name));
        assert!(header.line().starts_with(header.raw_name()));
        assert!(header.unfolded().len() <= header.value().len());
        assert_eq!(headers.all(&name).next().map(|first| first.value()), headers.header(&name));
    }
    for error in headers.malformed() {
        assert!(headers.has(error.name()), "what is absent is not malformed: {error}");
    }
    headers.vias().flatten().for_each(|via| check_via(&via));
    let addresses = [headers.from(), headers.to()];
    let contacts = headers.contacts().flatten().filter_map(|contact| contact.address().cloned());
    let routes = headers.routes().chain(headers.record_routes()).flatten();
    for address in addresses.into_iter().flatten().chain(contacts).chain(routes) {
        check_address(&address);
    }
    for challenge in headers.challenges().flatten() {
        let _ = (challenge.params().count(), challenge.param("nonce"), format!("{challenge:?}"));
    }
    for credentials in headers.credentials().flatten() {
        let _ =
            (credentials.params().count(), credentials.param("uri"), format!("{credentials:?}"));
    }
    if let Ok(cseq) = headers.cseq() {
        assert_eq!(cseq.to_string(), format!("{} {}", cseq.number(), cseq.method()));
    }
    if let Ok(call_id) = headers.call_id() {
        assert_eq!(call_id.to_string().parse().as_ref(), Ok(&call_id));
    }
    if let Ok(media_type) = headers.content_type() {
        check_params(media_type.params());
        assert!(!media_type.kind().is_empty() && !media_type.subtype().is_empty());
    }
    check_views(headers);
}

/// Every view with a text of its own is read again from that text.
fn check_views(headers: &Headers) {
    headers.accept().for_each(check_view);
    headers.accept_contacts().for_each(check_view);
    headers.accept_encoding().for_each(check_view);
    headers.accept_language().for_each(check_view);
    headers.alert_info().for_each(check_view);
    headers.call_info().for_each(check_view);
    headers.diversions().for_each(check_view);
    headers.error_info().for_each(check_view);
    headers.history_info().for_each(check_view);
    headers.identities().for_each(check_view);
    headers.reasons().for_each(check_view);
    headers.reject_contacts().for_each(check_view);
    headers.warnings().for_each(check_view);
    check_view(headers.answer_mode());
    check_view(headers.content_disposition());
    check_view(headers.date());
    check_view(headers.event());
    check_view(headers.join());
    check_view(headers.p_charging_vector());
    check_view(headers.privacy());
    check_view(headers.rack());
    check_view(headers.referred_by());
    check_view(headers.replaces());
    check_view(headers.retry_after());
    check_view(headers.session_expires());
    check_view(headers.subscription_state());
    check_view(headers.target_dialog());
    check_view(headers.timestamp());
}

/// A view that was read is read again from its text, which has no folds.
fn check_view<T: Display + Debug + FromStr<Err: Debug>, E>(read: Result<T, E>) {
    let Ok(view) = read else { return };
    let (text, _) = (view.to_string(), format!("{view:?}"));
    // Octets that are not UTF-8 were replaced; a NUL is refused in a text.
    if text.contains(['\u{fffd}', '\0', '\r', '\n']) {
        return;
    }
    let again: T = text.parse().unwrap_or_else(|error| panic!("{error:?}: {text:?}"));
    assert_eq!(again.to_string(), text, "what is printed is read as the same");
}

fn check_via(via: &Via) {
    let _ = (via.host().to_string(), via.host().to_ip(), via.branch(), via.received(), via.rport());
    check_params(via.params());
    let stamped = via.with_received([192, 0, 2, 1].into()).with_rport_value(9);
    assert!(stamped.received().is_some() && stamped.rport().is_some());
    assert_eq!(stamped.branch(), via.branch());
    let stamps = ["received", "rport"];
    assert_eq!(others(stamped.params(), &stamps), others(via.params(), &stamps));
    check_view(Ok::<_, ()>(via.clone()));
}

fn check_address(address: &NameAddr) {
    let _ = address.display_name();
    check_params(address.params());
    assert!(address.uri().is_equivalent(address.uri()));
    let tagged = address.with_tag("t").expect("a token is a tag");
    assert_eq!(tagged.tag(), Some("t"));
    assert_eq!(tagged.uri(), address.uri());
    assert_eq!(tagged.display_name(), address.display_name());
    assert_eq!(others(tagged.params(), &["tag"]), others(address.params(), &["tag"]));
    let without = tagged.without_param("tag");
    assert_eq!(without.tag(), None);
    assert_eq!(others(without.params(), &[]), others(address.params(), &["tag"]));
}

/// The parameters which an edit leaves, without the white space of folds.
fn others(params: Params<'_>, edited: &[&str]) -> Vec<(String, Option<Vec<u8>>)> {
    let is_other = |name: &str| !edited.iter().any(|edited| edited.eq_ignore_ascii_case(name));
    let value =
        |value: &[u8]| value.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    params
        .iter()
        .filter(|param| is_other(param.name()))
        .map(|param| (param.name().to_owned(), param.raw_value().map(value)))
        .collect()
}

fn check_params(params: Params<'_>) {
    for param in params.iter() {
        let _ = (param.value(), param.unquoted());
        assert!(!param.name().is_empty());
        assert!(params.has(param.name()));
    }
}
