//! Makers of header values.

use std::{fmt::Debug, str::FromStr};

use bytes::Bytes;
use centrala_sip::{
    ChargingVector, ContentDisposition, Diversion, Event, Handling, HeaderName, HistoryChange,
    HistoryInfo, Host, Identity, Link, MediaRange, Message, NameAddr, Privacy, Reason, Replaces,
    Request, SubscriptionState, TargetDialog, Transport, Uri, Via, Warning,
};

use crate::choices::Choices;

/// Whatever the maker of a value is given, it refuses or makes a value that is read again as the same, says what was
/// given, and stays in its line and its element of a list.
pub fn check(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    let (what, number) = (choices.octet(), u32::from(choices.octet()));
    let texts: Vec<String> =
        (0..3).map(|_| String::from_utf8_lossy(choices.text()).into_owned()).collect();
    let [one, two, three] = [texts[0].as_str(), texts[1].as_str(), texts[2].as_str()];
    match what % 16 {
        0 => check_warning(number, one, two),
        1 => check_reason(number, one, two),
        2 => check_event(one, two),
        3 => check_link(one, two, three),
        4 => check_charging_vector(one, two, three),
        5 => check_diversion(number, one, two),
        6 => check_dialog(one, two, three),
        7 => check_history(number, one, two),
        8 => check_identity(one, two, three),
        9 => check_address(one, two, three),
        10 => check_via(number, one, two, three),
        11 => check_disposition(one),
        12 => {
            let Ok(range) = MediaRange::new(one, two) else { return };
            assert_eq!((range.kind(), range.subtype()), (one, two));
            check_value("Accept", &range.to_string(), &range);
        }
        13 => {
            let Ok(state) = SubscriptionState::terminated(one) else { return };
            let state = state.with_retry_after(number);
            assert_eq!((state.reason(), state.retry_after()), (Some(one), Some(number)));
            check_value("Subscription-State", &state.to_string(), &state);
        }
        _ => {
            let Ok(privacy) = Privacy::new([one, two]) else { return };
            assert!(privacy.has(one) && privacy.has(two));
            check_value("Privacy", &privacy.to_string(), &privacy);
        }
    }
}

fn check_warning(number: u32, agent: &str, text: &str) {
    let code = 300 + u16::try_from(number).expect("an octet");
    let Ok(warning) = Warning::new(code, agent, text) else { return };
    assert_eq!((warning.code(), warning.agent(), &*warning.text()), (code, agent, text));
    check_value("Warning", &warning.to_string(), &warning);
}

fn check_reason(number: u32, protocol: &str, text: &str) {
    let Ok(reason) = Reason::new(protocol, number) else { return };
    let Ok(reason) = reason.with_text(text) else { return };
    assert_eq!((reason.protocol(), reason.cause()), (protocol, Some(number)));
    assert_eq!(reason.text().as_deref(), Some(text));
    check_value("Reason", &reason.to_string(), &reason);
}

fn check_event(event_type: &str, id: &str) {
    let Ok(event) = Event::new(event_type).and_then(|event| event.with_id(id)) else { return };
    assert_eq!((event.event_type(), event.id()), (event_type, Some(id)));
    check_value("Event", &event.to_string(), &event);
}

fn check_link(uri: &str, name: &str, value: &str) {
    let Ok(uri) = uri.parse::<Uri>() else { return };
    let Ok(link) = Link::new(&uri).with_param(name, value) else { return };
    assert_eq!(link.uri().as_ref(), Some(&uri));
    assert_eq!(link.param(name).as_deref(), Some(value), "{link}");
    check_value("Alert-Info", &link.to_string(), &link);
}

fn check_charging_vector(icid: &str, name: &str, value: &str) {
    let Ok(vector) = ChargingVector::new(icid) else { return };
    assert_eq!(vector.icid_value(), icid);
    check_value("P-Charging-Vector", &vector.to_string(), &vector);
    let Ok(vector) = vector.with_param(name, value) else { return };
    if !name.eq_ignore_ascii_case("icid-value") {
        assert_eq!(vector.param(name).as_deref(), Some(value));
    }
    check_value("P-Charging-Vector", &vector.to_string(), &vector);
}

fn check_diversion(number: u32, uri: &str, reason: &str) {
    let Ok(uri) = uri.parse::<Uri>() else { return };
    let Ok(diversion) = Diversion::new(&uri, reason) else { return };
    let diversion = diversion.with_counter(number);
    assert_eq!((diversion.uri(), diversion.counter()), (&uri, Some(number)));
    assert_eq!(diversion.reason().as_deref(), Some(reason));
    check_value("Diversion", &diversion.to_string(), &diversion);
}

fn check_dialog(call_id: &str, one: &str, two: &str) {
    let Ok(call_id) = call_id.parse() else { return };
    if let Ok(replaces) = Replaces::new(&call_id, one, two) {
        assert_eq!((replaces.to_tag(), replaces.from_tag()), (one, two));
        assert_eq!(replaces.call_id(), call_id.as_str());
        check_value("Replaces", &replaces.to_string(), &replaces);
        let uri = format!("sip:a@b?{}", replaces.early_only().to_uri_header());
        let uri: Uri = uri.parse().expect("a header of a URI");
        assert_eq!(Replaces::of_uri(&uri), Some(Ok(replaces.early_only())));
    }
    if let Ok(target) = TargetDialog::new(&call_id, one, two) {
        assert_eq!((target.local_tag(), target.remote_tag()), (one, two));
        check_value("Target-Dialog", &target.to_string(), &target);
    }
}

fn check_history(number: u32, uri: &str, index: &str) {
    let Ok(uri) = uri.parse::<Uri>() else { return };
    let Ok(entry) = HistoryInfo::new(&uri, &[1, number]) else { return };
    assert!(entry.uri() == &uri && entry.index().eq([1, number]));
    check_value("History-Info", &entry.to_string(), &entry);
    let Ok(entry) = entry.with_change(HistoryChange::Mapped(index)) else { return };
    assert_eq!(entry.change(), Some(HistoryChange::Mapped(index)));
    check_value("History-Info", &entry.to_string(), &entry);
}

fn check_identity(digest: &str, uri: &str, ppt: &str) {
    let Ok(uri) = uri.parse::<Uri>() else { return };
    let Ok(identity) = Identity::new(digest, &uri) else { return };
    let Ok(identity) = identity.with_ppt(ppt) else { return };
    assert_eq!((identity.signed_digest(), identity.info()), (digest, Some(uri)));
    assert_eq!(identity.ppt().as_deref(), Some(ppt));
    check_value("Identity", &identity.to_string(), &identity);
}

fn check_address(uri: &str, name: &str, tag: &str) {
    let Ok(uri) = uri.parse::<Uri>() else { return };
    let address = NameAddr::new(&uri).with_display_name(name);
    // Control characters cannot stand in a name.
    if !name.contains(|character: char| character.is_control()) {
        assert_eq!(address.display_name().unwrap_or_default(), name);
    }
    assert_eq!(address.uri(), &uri);
    check_value("Contact", &address.to_string(), &address);
    let Some(address) = address.with_tag(tag) else { return };
    assert_eq!(address.tag(), Some(tag));
    check_value("From", &address.to_string(), &address);
}

fn check_via(number: u32, host: &str, branch: &str, transport: &str) {
    let Ok(host) = Host::parse(host) else { return };
    let port = u16::try_from(number).ok().filter(|port| *port > 0);
    let transport = if transport.is_empty() { Transport::Udp } else { Transport::Wss };
    let Ok(via) = Via::new(transport, host, port, branch) else { return };
    assert_eq!((via.branch(), via.port()), (Some(branch), port));
    check_value("Via", &via.with_rport().to_string(), &via.with_rport());
}

fn check_disposition(kind: &str) {
    let Ok(disposition) = ContentDisposition::new(kind) else { return };
    assert_eq!((disposition.kind(), disposition.handling()), (kind, Handling::Required));
    let optional = disposition.optional();
    assert_eq!((optional.kind(), optional.handling()), (kind, Handling::Optional));
    check_value("Content-Disposition", &optional.to_string(), &optional);
}

/// A value is read again, and is the only one in a header that has it alone.
fn check_value<T>(name: &str, text: &str, value: &T)
where
    T: FromStr<Err: Debug> + PartialEq + Debug,
{
    assert!(!text.contains(['\r', '\n', '\0']), "{text:?}");
    let read: T = text.parse().unwrap_or_else(|error| panic!("{error:?}: {text:?}"));
    assert_eq!(&read, value, "{text:?}");
    let request =
        Bytes::from(format!("OPTIONS sip:a@b SIP/2.0\r\n{name}: {text}\r\nX-Last: 1\r\n\r\n"));
    let message = Message::parse(request).unwrap_or_else(|error| panic!("{error}: {text:?}"));
    let Message::Request(request) = message else { panic!("a request") };
    assert_eq!(request.headers().len(), 2, "{text:?}");
    assert_eq!(count(&request, name), 1, "one element: {text:?}");
    let name: HeaderName = name.parse().expect("a token");
    assert!(!request.malformed().any(|error| *error.name() == name), "{text:?}");
}

fn count(request: &Request, name: &str) -> usize {
    match name {
        "Warning" => request.warnings().count(),
        "Reason" => request.reasons().count(),
        "Alert-Info" => request.alert_info().count(),
        "Diversion" => request.diversions().count(),
        "History-Info" => request.history_info().count(),
        "Identity" => request.identities().count(),
        "Contact" => request.contacts().count(),
        "Via" => request.vias().count(),
        "Accept" => request.accept().count(),
        _ => 1,
    }
}
