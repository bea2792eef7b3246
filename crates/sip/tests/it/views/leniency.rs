//! What devices write beside the grammar, and what is not guessed.

use centrala_sip::{Diversion, Reason, SubscriptionState, Warning};

use crate::sample::{invite, request};

#[test]
fn a_reason_without_quotes_ends_with_a_separator() {
    let message = request(&invite(&[
        "Reason: Q.850 ; cause = 16 ; text = Normal call clearing , SIP;cause=487;text=Request Terminated",
        "Reason: SIP;text=\"a;b, c\";cause=\"200\"",
    ]));
    let reasons: Vec<Reason> = message.reasons().map(Result::unwrap).collect();
    let read: Vec<_> = reasons
        .iter()
        .map(|reason| (reason.protocol(), reason.cause(), reason.text().unwrap().into_owned()))
        .collect();
    assert_eq!(
        read,
        [
            ("Q.850", Some(16), "Normal call clearing".to_owned()),
            ("SIP", Some(487), "Request Terminated".to_owned()),
            ("SIP", Some(200), "a;b, c".to_owned()),
        ]
    );
    assert!(reasons[0].is("q.850") && reasons[2].raw_param("text") == Some(b"\"a;b, c\""));
}

#[test]
fn a_reason_may_have_no_cause() {
    let reason: Reason = "preemption".parse().unwrap();
    assert_eq!((reason.cause(), reason.text()), (None, None));
    for wrong in
        ["", ";cause=1", "SIP;cause=", "SIP;cause", "SIP;cause=-1", "SIP;text=\"a", "SIP cause=1"]
    {
        assert!(wrong.parse::<Reason>().is_err(), "{wrong}");
    }
}

#[test]
fn a_warning_without_quotes_ends_with_a_comma() {
    let message = request(&invite(&["Warning: 399 gw1 Media port = 5 , 399 gw2 \"two, three\""]));
    let texts: Vec<String> = message
        .warnings()
        .map(|warning: Result<Warning, _>| warning.unwrap().text().into_owned())
        .collect();
    assert_eq!(texts, ["Media port = 5", "two, three"]);
}

#[test]
fn the_vector_may_begin_with_another_parameter() {
    let message = request(&invite(&["P-Charging-Vector: orig-ioi=a;icid-value=7"]));
    assert_eq!(message.p_charging_vector().unwrap().icid_value(), "7");
}

#[test]
fn a_diversion_may_have_no_brackets() {
    let message =
        request(&invite(&["Diversion: tel:+15550100;reason=unconditional, sip:a@b;counter=1"]));
    let diversions: Vec<Diversion> = message.diversions().map(Result::unwrap).collect();
    assert_eq!(diversions[0].uri().user(), Some("+15550100"));
    assert_eq!(diversions[0].reason().as_deref(), Some("unconditional"));
    assert_eq!(diversions[1].counter(), Some(1));
}

#[test]
fn folds_are_spaces_between_the_parts() {
    let message = request(&invite(&[
        "Subscription-State: active\r\n ;expires\r\n\t=\r\n 60",
        "Replaces: c@h\r\n ;to-tag=1\r\n ;from-tag=2",
        "Date: Sat,\r\n 13 Nov 2010\r\n 23:29:00 GMT",
        "RAck: 1\r\n 2\r\n INVITE",
        "Warning: 399 gw \"a\r\n b\"",
    ]));
    let state: SubscriptionState = message.subscription_state().unwrap();
    assert_eq!((state.expires(), state.to_string().as_str()), (Some(60), "active ;expires = 60"));
    assert_eq!(message.replaces().unwrap().from_tag(), "2");
    assert_eq!(message.date().unwrap().year(), 2010);
    assert_eq!(message.rack().unwrap().to_string(), "1 2 INVITE");
    assert_eq!(message.warnings().next().unwrap().unwrap().text(), "a b");
}

#[test]
fn octets_that_are_not_utf_8_do_not_hide_a_value() {
    let mut text =
        invite(&["Reason: SIP;cause=486;text=\"bes@tzt\"", "Warning: 399 a b@"]).to_vec();
    for octet in text.iter_mut().rev().take(60) {
        if *octet == b'@' {
            *octet = 0xe4;
        }
    }
    let message = request(&text.into());
    assert_eq!(message.reasons().next().unwrap().unwrap().text().as_deref(), Some("besätzt"));
    assert_eq!(message.warnings().next().unwrap().unwrap().text(), "bä");
}

#[test]
fn a_number_that_does_not_fit_is_malformed() {
    assert!("active;expires=4294967295".parse::<SubscriptionState>().is_ok());
    assert!("active;expires=4294967296".parse::<SubscriptionState>().is_err());
    assert!("SIP;cause=4294967296".parse::<Reason>().is_err());
    assert!("<sip:a@b>;counter=4294967296".parse::<Diversion>().is_err());
    assert!(request(&invite(&["Session-Expires: 4294967296"])).session_expires().is_err());
}
