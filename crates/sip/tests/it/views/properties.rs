//! Laws that hold for any value of any header.

use std::{fmt::Display, str::FromStr};

use bytes::Bytes;
use centrala_sip::{
    AnswerMode, AuthenticationInfo, ChargingVector, ContactPreference, ContentDisposition, Date,
    Diversion, Event, HeaderError, Headers, HistoryInfo, Identity, Join, Link, MediaRange, Message,
    ParseValueError, Preference, Privacy, QValue, RAck, Reason, ReferredBy, Replaces,
    RequestTimestamp, RetryAfter, SessionExpires, SubscriptionState, TargetDialog, Warning,
};
use proptest::prelude::*;

/// Names of all headers whose grammar is known, and one that is not.
pub(super) const NAMES: &[&str] = &[
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
    "P-Called-Party-ID",
    "P-Charging-Vector",
    "P-Preferred-Identity",
    "Path",
    "Priority",
    "Priv-Answer-Mode",
    "Privacy",
    "Proxy-Authenticate",
    "Proxy-Authentication-Info",
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

/// Values that are well.
const SEEDS: &[&str] = &[
    "text/plain;q=0.5, */*;q=0.001",
    "gzip;q=1.0, *;q=0",
    "*;audio;+x=\"a,b\";require;explicit",
    "<http://a.example/x>;purpose=icon, Bellcore-dr3;info=\"a b\"",
    "Auto ; require",
    "nextnonce=\"a\\\"b\", qop=auth, nc=0000001F,rspauth=\"c\"",
    "session;handling=optional",
    "Sat, 13 Nov 2010 23:29:00 GMT",
    "\"A, B\" <sip:a@b>;reason=no-answer;counter=1;limit=5",
    "presence.winfo;id=1",
    "<sip:a@b?Reason=SIP%3Bcause%3D1&Privacy=id>;index=1.2;mp=1.1",
    "abc.def.ghi;info=<https://a.example/c.pem>;alg=ES256;ppt=shaken, \"YWJj\"",
    "c@h;to-tag=1;from-tag=2;early-only",
    "c@h;local-tag=1;remote-tag=2",
    "1.0 (a (b))",
    "id;header,user",
    "icid-value=\"a\";orig-ioi=b;icid-generated-at=[2001:db8::1]",
    "776656 1 INVITE",
    "Q.850;cause=16;text=Normal call clearing, SIP;cause=\"200\";text=\"a;b,c\"",
    "true;x",
    "<sip:a@b>;cid=\"c@d\"",
    "18000 (in a meeting);duration=3600",
    "1800;refresher=uac",
    "active ; expires=600",
    "terminated;reason=probation;retry-after=30",
    "54.21 0.3",
    "307 isi.example:5060 \"a, b\", 399 gw no quotes",
    "3600",
    "100rel, timer",
    "SIP/2.0/UDP h:5060;branch=z9hG4bK1;rport",
    "Digest realm=\"a\", nonce=\"b\"",
    "1 INVITE",
];

/// Texts that matter to the grammars.
const PIECES: &[&str] = &[
    " ",
    "\t",
    "\r\n ",
    ";",
    ",",
    "=",
    "\"",
    "\\",
    "<",
    ">",
    "(",
    ")",
    ".",
    ":",
    "/",
    "*",
    "?",
    "&",
    "@",
    "%",
    "\0",
    "é",
    "a",
    "0",
    "1",
    ";q=0.5",
    ";cause=16",
    ";text=",
    "4294967296",
    ";expires=5",
];

/// A value that is well with a few octets replaced, cut out or put in; or pieces alone.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => prop::sample::select(PIECES).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..3),
    ];
    let edit = (any::<prop::sample::Index>(), 0..4_usize, piece.clone());
    let edited = (prop::sample::select(SEEDS), prop::collection::vec(edit, 0..4));
    prop_oneof![
        4 => edited.prop_map(|(seed, edits)| {
            let mut text = seed.as_bytes().to_vec();
            for (place, cut, new) in edits {
                let start = place.index(text.len() + 1);
                let end = (start + cut).min(text.len());
                text.splice(start..end, new);
            }
            text
        }),
        1 => prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()),
    ]
}

/// Prints what was read and reads it again.
fn check_text<T>(text: &Bytes) -> Result<(), TestCaseError>
where
    T: FromStr<Err = ParseValueError> + Display + PartialEq + std::fmt::Debug,
{
    let Ok(text) = str::from_utf8(text) else { return Ok(()) };
    match text.parse::<T>() {
        Ok(value) => {
            let printed = value.to_string();
            let again = printed.parse::<T>();
            prop_assert!(again.is_ok(), "{text:?} was printed as {printed:?}");
            let again = again.map(|again| again.to_string()).ok();
            prop_assert_eq!(again.as_deref(), Some(printed.as_str()));
            let _ = format!("{value:?}");
            Ok(())
        }
        Err(error) => {
            prop_assert!(error.offset <= text.len(), "{text:?}: {error}");
            Ok(())
        }
    }
}

/// Asks the values of lists for everything.
fn ask_lists(headers: &Headers) -> usize {
    let mut parts = 0;
    for reason in headers.reasons().flatten() {
        parts += usize::from(reason.cause().is_some()) + reason.text().map_or(0, |text| text.len());
        let _ = reason.with_text("x").map(|reason| assert_eq!(reason.text().as_deref(), Some("x")));
    }
    for entry in headers.history_info().flatten() {
        parts +=
            entry.index().count() + entry.reasons().count() + usize::from(entry.change().is_some());
    }
    for link in headers.alert_info().chain(headers.call_info()).flatten() {
        assert!(link.uri().is_some() || link.label().is_some() || !link.params().is_empty());
        parts += link.params().iter().count();
    }
    for identity in headers.identities().flatten() {
        assert!(!identity.signed_digest().contains(['"', ';', ',']));
        parts += usize::from(identity.info().is_some());
    }
    for diversion in headers.diversions().flatten() {
        assert!(!diversion.params().has("counter") || diversion.counter().is_some());
        assert_eq!(diversion.with_counter(7).counter(), Some(7));
    }
    parts
}

/// Asks the values of which there can be one for everything.
fn ask_singles(headers: &Headers) {
    if let Ok(state) = headers.subscription_state() {
        assert!(!state.params().has("expires") || state.expires().is_some());
        assert!(state.with_retry_after(1).retry_after().is_some());
    }
    if let Ok(replaces) = headers.replaces() {
        assert!(replaces.early_only().is_early_only());
        assert!(!replaces.to_tag().is_empty() && !replaces.call_id().is_empty());
    }
    if let Ok(privacy) = headers.privacy() {
        assert!(privacy.values().count() > 0);
    }
    if let Ok(vector) = headers.p_charging_vector() {
        assert!(vector.param("icid-value").is_some());
    }
    if let Ok(stamp) = headers.timestamp() {
        let delay = std::time::Duration::from_secs(1);
        assert_eq!(stamp.with_delay(delay).delay(), Some(delay));
    }
}

type Check = fn(&Bytes) -> Result<(), TestCaseError>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_value_of_any_header_is_read_or_refused(
        name in prop::sample::select(NAMES), values in prop::collection::vec(value(), 1..3),
    ) {
        let mut text = b"INVITE sip:a@b SIP/2.0\r\n".to_vec();
        for value in values {
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(&value);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"\r\n");
        let text = Bytes::from(text);
        let Ok(message) = Message::parse(text.clone()) else { return Ok(()) };
        let headers = crate::sample::headers(&message);
        let mut count = 0;
        for error in headers.malformed() {
            count += 1;
            if let HeaderError::Malformed { offset, .. } = error {
                prop_assert!(offset <= text.len(), "{error}");
            }
        }
        prop_assert!(count <= text.len());
        let parts = ask_lists(headers);
        ask_singles(headers);
        prop_assert!(parts <= 4 * text.len());
    }

    #[test]
    fn what_is_read_is_printed_and_read_again(value in value()) {
        let text = Bytes::from(value);
        let checks: [Check; 26] = [
            check_text::<AnswerMode>, check_text::<AuthenticationInfo>, check_text::<ChargingVector>,
            check_text::<ContactPreference>, check_text::<ContentDisposition>, check_text::<Date>,
            check_text::<Diversion>, check_text::<Event>, check_text::<HistoryInfo>,
            check_text::<Identity>, check_text::<Join>, check_text::<Link>, check_text::<MediaRange>,
            check_text::<Preference>, check_text::<Privacy>, check_text::<QValue>, check_text::<RAck>,
            check_text::<Reason>, check_text::<ReferredBy>, check_text::<Replaces>,
            check_text::<RequestTimestamp>, check_text::<RetryAfter>, check_text::<SessionExpires>,
            check_text::<SubscriptionState>, check_text::<TargetDialog>, check_text::<Warning>,
        ];
        for check in checks {
            check(&text)?;
        }
    }
}

#[test]
fn a_detached_view_is_equal_and_shares_nothing() {
    let text = Bytes::from_static(b"Q.850;cause=16;text=\"a\"");
    let reason = Reason::parse(&text).unwrap();
    let detached = reason.detached();
    assert_eq!(detached, reason);
    assert_eq!(reason.as_bytes().as_ptr(), text.as_ptr());
    assert_ne!(detached.as_bytes().as_ptr(), text.as_ptr());
    let diversion = Diversion::parse(&Bytes::from_static(b"<sip:a@b>;counter=1")).unwrap();
    assert_eq!(diversion.detached(), diversion);
}
