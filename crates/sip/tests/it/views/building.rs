//! Values made of parts: what is printed is parsed again as the same, and nothing breaks out of its place.

use std::{fmt::Debug, fmt::Display, str::FromStr, time::Duration};

use centrala_sip::{
    AnswerMode, CSeq, CallId, ChargingVector, ContentDisposition, Date, Diversion, Event,
    HeaderName, HistoryChange, HistoryInfo, Identity, Join, Link, MediaRange, Message, Method,
    NameAddr, ParseValueError, Preference, Privacy, QValue, RAck, Reason, ReferredBy, Refresher,
    Replaces, RequestBuilder, RequestTimestamp, RetryAfter, SessionExpires, StatusCode,
    SubscriptionState, TargetDialog, Uri, Warning,
};
use proptest::prelude::*;

/// Prints, parses, and finds the same; then puts it into a message and finds it there.
#[track_caller]
fn check<T>(name: &HeaderName, value: &T, printed: &str)
where
    T: FromStr<Err: Debug> + Display + Debug + PartialEq,
{
    assert_eq!(value.to_string(), printed);
    assert_eq!(&printed.parse::<T>().unwrap(), value);
    let uri: Uri = "sip:a@b".parse().unwrap();
    let request = RequestBuilder::new(Method::Notify, &uri).header(name, printed).build().unwrap();
    assert_eq!(request.header(name), Some(printed.as_bytes()));
    assert_eq!(request.malformed().count(), 0, "{printed}");
}

#[test]
fn what_is_built_is_parsed_as_the_same() {
    let uri: Uri = "sip:a@b;transport=tcp".parse().unwrap();
    let id: CallId = "c@h".parse().unwrap();
    check(&HeaderName::RETRY_AFTER, &RetryAfter::new(7), "7");
    check(&HeaderName::RETRY_AFTER, &RetryAfter::new(7).with_duration(9), "7;duration=9");
    check(&HeaderName::SESSION_EXPIRES, &SessionExpires::new(90), "90");
    let refreshed =
        SessionExpires::new(90).with_refresher(Refresher::Uas).with_refresher(Refresher::Uac);
    check(&HeaderName::SESSION_EXPIRES, &refreshed, "90;refresher=uac");
    check(&HeaderName::RACK, &RAck::new(1, CSeq::new(2, Method::Update)), "1 2 UPDATE");
    check(&HeaderName::EVENT, &Event::new("a.b").unwrap().with_id("1").unwrap(), "a.b;id=1");
    check(&HeaderName::SUBSCRIPTION_STATE, &SubscriptionState::active(5), "active;expires=5");
    check(&HeaderName::SUBSCRIPTION_STATE, &SubscriptionState::pending(0), "pending;expires=0");
    let over =
        SubscriptionState::terminated("giveup").unwrap().with_retry_after(3).with_retry_after(4);
    check(&HeaderName::SUBSCRIPTION_STATE, &over, "terminated;reason=giveup;retry-after=3");
    check(&HeaderName::REASON, &Reason::sip(StatusCode::BUSY_HERE), "SIP;cause=486");
    let cleared = Reason::q850(16).with_text("a").unwrap().with_text("b \"c\"").unwrap();
    check(&HeaderName::REASON, &cleared, "Q.850;cause=16;text=\"b \\\"c\\\"\"");
    check(&HeaderName::WARNING, &Warning::new(399, "h:5060", "t").unwrap(), "399 h:5060 \"t\"");
    let replaces = Replaces::new(&id, "1", "2").unwrap();
    check(&HeaderName::REPLACES, &replaces, "c@h;to-tag=1;from-tag=2");
    check(
        &HeaderName::REPLACES,
        &replaces.early_only().early_only(),
        "c@h;to-tag=1;from-tag=2;early-only",
    );
    check(&HeaderName::JOIN, &Join::new(&id, "1", "2").unwrap(), "c@h;to-tag=1;from-tag=2");
    check(
        &HeaderName::TARGET_DIALOG,
        &TargetDialog::new(&id, "1", "2").unwrap(),
        "c@h;local-tag=1;remote-tag=2",
    );
    check(
        &HeaderName::DIVERSION,
        &Diversion::new(&uri, "away").unwrap().with_counter(1).with_counter(2),
        "<sip:a@b;transport=tcp>;reason=away;counter=2",
    );
    check(
        &HeaderName::REFERRED_BY,
        &ReferredBy::new(NameAddr::new(&uri)),
        "<sip:a@b;transport=tcp>",
    );
    check(&HeaderName::CALL_INFO, &Link::new(&uri), "<sip:a@b;transport=tcp>");
    let icon = Link::new(&uri).with_param("purpose", "icon").unwrap();
    check(&HeaderName::CALL_INFO, &icon, "<sip:a@b;transport=tcp>;purpose=icon");
    let entry = HistoryInfo::new(&uri, &[1, 20]).unwrap();
    let moved = entry.with_change(HistoryChange::Mapped("1")).unwrap();
    let moved = moved.with_change(HistoryChange::Resolved("1.2")).unwrap();
    check(&HeaderName::HISTORY_INFO, &moved, "<sip:a@b;transport=tcp>;index=1.20;rc=1.2");
    assert!(HistoryInfo::new(&uri, &[]).is_err());
    check(&HeaderName::PRIVACY, &Privacy::new(["id"]).unwrap(), "id");
    check(&HeaderName::ANSWER_MODE, &AnswerMode::manual().require().require(), "Manual;require");
    check(&HeaderName::ACCEPT, &MediaRange::new("a", "*").unwrap(), "a/*");
    check(
        &HeaderName::ACCEPT_LANGUAGE,
        &Preference::new("de", "0.7".parse().unwrap()).unwrap(),
        "de;q=0.7",
    );
    let alert = ContentDisposition::new("alert").unwrap().optional();
    check(&HeaderName::CONTENT_DISPOSITION, &alert, "alert;handling=optional");
    let stamp = RequestTimestamp::new(Duration::from_millis(1_050));
    check(&HeaderName::TIMESTAMP, &stamp, "1.050");
    check(&HeaderName::TIMESTAMP, &stamp.with_delay(Duration::from_millis(7)), "1.050 0.007");
    check(&HeaderName::DATE, &Date::from_unix(0).unwrap(), "Thu, 01 Jan 1970 00:00:00 GMT");
}

/// Every way to make a value of texts.
fn builds(text: &str) -> Vec<(&'static str, Result<String, ParseValueError>)> {
    fn shown<T: ToString>(made: Result<T, ParseValueError>) -> Result<String, ParseValueError> {
        made.map(|value| value.to_string())
    }
    let id: CallId = "c@h".parse().unwrap();
    let uri: Uri = "sip:a@b".parse().unwrap();
    let event = Event::new("e").unwrap();
    let entry = HistoryInfo::new(&uri, &[1]).unwrap();
    vec![
        ("Event", shown(Event::new(text))),
        ("Event", shown(event.with_id(text))),
        ("Subscription-State", shown(SubscriptionState::terminated(text))),
        ("Reason", shown(Reason::new(text, 1))),
        ("Reason", shown(Reason::q850(1).with_text(text))),
        ("Warning", shown(Warning::new(399, text, "t"))),
        ("Warning", shown(Warning::new(399, "a", text))),
        ("Replaces", shown(Replaces::new(&id, text, "1"))),
        ("Replaces", shown(Replaces::new(&id, "1", text))),
        ("Join", shown(Join::new(&id, text, "1"))),
        ("Target-Dialog", shown(TargetDialog::new(&id, "1", text))),
        ("Diversion", shown(Diversion::new(&uri, text))),
        ("Privacy", shown(Privacy::new([text]))),
        ("Accept", shown(MediaRange::new(text, "a"))),
        ("Accept", shown(MediaRange::new("a", text))),
        ("Accept-Encoding", shown(Preference::new(text, QValue::ONE))),
        ("Content-Disposition", shown(ContentDisposition::new(text))),
        ("Call-Info", shown(Link::new(&uri).with_param(text, "a"))),
        ("Call-Info", shown(Link::new(&uri).with_param("a", text))),
        ("P-Charging-Vector", shown(ChargingVector::new(text))),
        ("P-Charging-Vector", shown(ChargingVector::new("a").unwrap().with_param(text, "b"))),
        ("Identity", shown(Identity::new(text, &uri))),
        ("Identity", shown(Identity::new("a", &uri).unwrap().with_ppt(text))),
        ("History-Info", shown(entry.with_change(HistoryChange::Mapped(text)))),
    ]
}

#[test]
fn nothing_breaks_out_of_its_place() {
    let attacks = [
        "",
        "a\r\nX-Evil: 1",
        "a\nb",
        "a\rb",
        "a\0b",
        "a;b=c",
        "a, b",
        "a b",
        "\"",
        "a\"",
        "<a>",
        "é;",
    ];
    for attack in attacks {
        for (name, made) in builds(attack) {
            // Only texts between quotes may have separators.
            let may_be_text =
                matches!(name, "Reason" | "Warning" | "Call-Info" | "P-Charging-Vector")
                    && !attack.contains(['\r', '\n', '\0']);
            assert!(made.is_err() || may_be_text, "{name}: {made:?}");
        }
    }
    assert!(Replaces::new(&"c;early-only@h".parse().unwrap(), "1", "2").is_err());
    assert!(Replaces::new(&"c,d".parse().unwrap(), "1", "2").is_err());
    assert!(Warning::new(99, "a", "t").is_err() && Warning::new(1000, "a", "t").is_err());
}

proptest! {
    #[test]
    fn a_value_made_of_any_text_is_one_value(text in "[ -~äł\r\n\t\0]{0,12}|[a-z.;,\"<>@ ]{0,8}") {
        for (name, made) in builds(&text) {
            let Ok(value) = made else { continue };
            let line = format!("INVITE sip:a@b SIP/2.0\r\n{name}: {value}\r\n\r\n");
            let Ok(Message::Request(request)) = Message::parse(line.into_bytes().into()) else {
                return Err(TestCaseError::fail(format!("{name}: {value}")));
            };
            prop_assert_eq!(request.len(), 1);
            prop_assert_eq!(request.malformed().count(), 0, "{}: {}", name, value);
            let header: HeaderName = name.parse().unwrap();
            let values = [
                request.reasons().count() + request.warnings().count(),
                request.diversions().count() + request.accept().count(),
                request.accept_encoding().count() + request.call_info().count(),
                request.identities().count() + request.history_info().count(),
                usize::from(request.p_charging_vector().is_ok()),
                usize::from(request.event().is_ok() || request.replaces().is_ok()),
                usize::from(request.join().is_ok() || request.target_dialog().is_ok()),
                usize::from(request.privacy().is_ok() || request.content_disposition().is_ok()),
                usize::from(request.subscription_state().is_ok()),
            ];
            prop_assert_eq!(values.iter().sum::<usize>(), 1, "{}: {}", header, value);
        }
    }

    #[test]
    fn texts_come_back_as_they_went_in(text in "[^\\p{Cc}]{0,20}") {
        let reason = Reason::sip(StatusCode::OK).with_text(&text).unwrap();
        prop_assert_eq!(reason.text().map(String::from), Some(text.clone()));
        let warning = Warning::new(399, "a", &text).unwrap();
        prop_assert_eq!(warning.text(), text);
    }

    #[test]
    fn a_dialog_survives_the_escapes_of_a_uri(
        call_id in "[!-+.-:<-~]{1,30}", to in "[a-zA-Z0-9.!%*_+`'~-]{1,9}", from in "[a-z0-9%]{1,9}",
    ) {
        let replaces = Replaces::new(&call_id.parse().unwrap(), &to, &from).unwrap();
        prop_assert_eq!(replaces.call_id(), &call_id);
        let uri: Uri = format!("sip:b@h?{}&a=b", replaces.to_uri_header()).parse().unwrap();
        let address: NameAddr = NameAddr::new(&uri).to_string().parse().unwrap();
        prop_assert_eq!(Replaces::of_uri(address.uri()), Some(Ok(replaces)));
    }

    #[test]
    fn every_second_is_a_date_of_its_own(seconds in -62_167_219_200_i64..253_402_300_800) {
        let date = Date::from_unix(seconds).unwrap();
        prop_assert_eq!(date.to_unix(), seconds);
        prop_assert_eq!(date.to_string().parse::<Date>(), Ok(date));
        let next = Date::from_unix(seconds + 1);
        prop_assert!(next.is_none_or(|next| next > date));
    }

    #[test]
    fn every_thousandth_is_printed_and_parsed(thousandths in 0_u16..=1_000) {
        let q = QValue::from_thousandths(thousandths).unwrap();
        prop_assert_eq!(q.to_string().parse::<QValue>(), Ok(q));
        prop_assert_eq!(q.thousandths(), thousandths);
    }
}
