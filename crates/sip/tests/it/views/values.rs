//! What the values say.

use std::time::Duration;

use centrala_sip::{
    AnsweringMode, AuthParty, AuthenticationInfo, ContentDisposition, Date, Diversion, Event,
    Handling, HeaderError, HistoryChange, HistoryInfo, Identity, Link, Privacy, QValue, RAck,
    Reason, Refresher, Replaces, RequestTimestamp, SessionExpires, SubscriptionPhase,
    SubscriptionState, TargetDialog, Uri, Warning,
};

use crate::sample::{invite, request};

#[test]
fn a_date_is_counted_in_seconds() {
    for (text, unix) in [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
        ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
        ("Sun, 28 Feb 2100 23:59:59 GMT", 4_107_542_399),
        ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ("Tue, 19 Jan 2038 03:14:08 GMT", 2_147_483_648),
        ("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    ] {
        let date: Date = text.parse().unwrap();
        assert_eq!((date.to_unix(), date.to_string().as_str()), (unix, text));
        assert_eq!(Date::from_unix(unix), Some(date), "{text}");
    }
    for out in [-62_167_219_201, 253_402_300_800, i64::MAX, i64::MIN] {
        assert_eq!(Date::from_unix(out), None, "{out}");
    }
}

#[test]
fn a_date_must_be_one() {
    for wrong in [
        "Sun, 13 Nov 2010 23:29:00 GMT",
        "Sat, 31 Nov 2010 23:29:00 GMT",
        "Mon, 29 Feb 2100 00:00:00 GMT",
        "Fri, 00 Nov 2010 23:29:00 GMT",
        "Sat, 13 Nov 2010 24:00:00 GMT",
        "Sat, 13 Nov 2010 23:60:00 GMT",
        "Sat, 13 Nov 2010 23:29:60 GMT",
        "Sat, 13 Nov 2010 23:29:0 GMT",
        "Sat, 13 Nov 10 23:29:00 GMT",
        "Sat, 13 Now 2010 23:29:00 GMT",
        "Sat 13 Nov 2010 23:29:00 GMT",
        "Sat, 13 Nov 2010 23:29:00",
        "Sat, 13 Nov 2010 23:29:00 GMT+1",
        "Saturday, 13-Nov-10 23:29:00 GMT",
        "1289690940",
        "",
    ] {
        assert!(wrong.parse::<Date>().is_err(), "{wrong}");
    }
    let short: Date = "mon, 1 nov 2010 03:09:05 gmt".parse().unwrap();
    assert_eq!((short.day(), short.hour(), short.minute(), short.second()), (1, 3, 9, 5));
}

#[test]
fn a_subscription_has_a_state() {
    use SubscriptionPhase::{Active, Other, Pending, Terminated};
    type Expected<'a> = (SubscriptionPhase, Option<&'a str>, Option<u32>, Option<u32>);
    let cases: [(&str, Expected<'_>); 6] = [
        ("active;expires=600", (Active, None, Some(600), None)),
        ("ACTIVE ; expires = 0010", (Active, None, Some(10), None)),
        ("pending", (Pending, None, None, None)),
        ("terminated;reason=Timeout", (Terminated, Some("Timeout"), None, None)),
        (
            "Terminated;reason=probation;retry-after=30",
            (Terminated, Some("probation"), None, Some(30)),
        ),
        ("waiting;x=\"a;b\"", (Other, None, None, None)),
    ];
    for (text, expected) in cases {
        let state: SubscriptionState = text.parse().unwrap();
        let read = (state.phase(), state.reason(), state.expires(), state.retry_after());
        assert_eq!(read, expected, "{text}");
        assert_eq!(state.as_bytes(), text);
    }
}

#[test]
fn an_event_has_a_package_templates_and_an_id() {
    let event: Event = "presence.winfo.winfo ;id=A1;x".parse().unwrap();
    assert_eq!((event.event_type(), event.package()), ("presence.winfo.winfo", "presence"));
    assert_eq!(event.templates().collect::<Vec<_>>(), ["winfo", "winfo"]);
    assert_eq!((event.id(), event.params().has("x")), (Some("A1"), true));
    assert!(event.is("Presence.Winfo.winfo") && !event.is("presence"));
    let same = Event::new("presence.winfo.winfo").unwrap().with_id("A1").unwrap();
    assert!(event.belongs_to(&same));
    assert!(!event.belongs_to(&same.with_id("a1").unwrap()), "ids are compared octet by octet");
}

#[test]
fn a_session_timer_has_a_refresher() {
    for (text, seconds, refresher) in [
        ("1800", 1800, None),
        ("90;refresher=uac", 90, Some(Refresher::Uac)),
        ("90 ; Refresher = UAS;x=y", 90, Some(Refresher::Uas)),
        ("90;refresher=\"uac\"", 90, Some(Refresher::Uac)),
    ] {
        let timer: SessionExpires = text.parse().unwrap();
        assert_eq!((timer.seconds(), timer.refresher()), (seconds, refresher), "{text}");
    }
    let compact = request(&invite(&["x: 1800;refresher=uac"]));
    assert_eq!(compact.session_expires().unwrap().seconds(), 1800);
    assert_eq!(request(&invite(&["Min-SE: 120;x=y"])).min_se(), Ok(120));
}

#[test]
fn a_dialog_is_named_by_call_id_and_tags() {
    let replaces: Replaces =
        "98732@sip.example.com\t;from-tag=r33th4x0r ;to-tag=ff87ff;Early-Only".parse().unwrap();
    assert_eq!(replaces.call_id(), "98732@sip.example.com");
    assert_eq!((replaces.to_tag(), replaces.from_tag()), ("ff87ff", "r33th4x0r"));
    assert!(replaces.is_early_only());
    let dialog: TargetDialog =
        "fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544".parse().unwrap();
    assert_eq!((dialog.local_tag(), dialog.remote_tag()), ("kkaz-", "6544"));
    for wrong in [
        "c@h",
        "c@h;to-tag=;from-tag=1",
        "c@h;to-tag;from-tag=1",
        "c d;to-tag=1;from-tag=2",
        "c@h;to-tag=1;from-tag=2,d@h;to-tag=1;from-tag=2",
    ] {
        assert!(wrong.parse::<Replaces>().is_err(), "{wrong}");
    }
}

#[test]
fn a_dialog_in_refer_to_is_without_escapes() {
    let read = |uri: &str| {
        let message = request(&invite(&[&format!("Refer-To: <{uri}>")]));
        Replaces::of_uri(message.refer_to().unwrap().uri())
    };
    for uri in [
        "sip:b@h?Replaces=12345%40192.0.2.1%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994",
        "sip:b@h?a=b&replaces=12345%40192.0.2.1%3bto-tag%3d12345%3bfrom-tag%3d5FFE-3994",
        "sip:b@h?Replaces=12345@192.0.2.1;to-tag=12345;from-tag=5FFE-3994&Require=replaces",
    ] {
        let replaces = read(uri).unwrap().unwrap();
        assert_eq!(replaces.call_id(), "12345@192.0.2.1", "{uri}");
        assert_eq!((replaces.to_tag(), replaces.from_tag()), ("12345", "5FFE-3994"), "{uri}");
    }
    assert_eq!(read("sip:b@h"), None);
    for wrong in
        ["sip:b@h?Replaces=1%3Bto-tag%3D2", "sip:b@h?Replaces=1%0D%0Aa%3Bto-tag%3D2%3Bfrom-tag%3D3"]
    {
        assert!(read(wrong).unwrap().is_err(), "{wrong}");
    }
}

#[test]
fn an_acknowledgement_names_a_response() {
    let rack: RAck = "776656\t1  INVITE".parse().unwrap();
    assert_eq!(
        (rack.rseq(), rack.cseq().number(), rack.cseq().method().as_str()),
        (776_656, 1, "INVITE")
    );
    for wrong in
        ["1 INVITE", "1 2", "1 2 INV@ITE", "4294967296 1 INVITE", "1 2 INVITE 3", "12INVITE"]
    {
        assert!(wrong.parse::<RAck>().is_err(), "{wrong}");
    }
}

#[test]
fn a_diversion_tells_from_where_and_why() {
    let diversion: Diversion =
        "\"Sales\" <sip:+15550100@gw.example;user=phone>;reason=\"user-busy\";counter=3;limit=5;privacy=off;screen=\"yes\"".parse().unwrap();
    assert_eq!(diversion.uri().user(), Some("+15550100"));
    assert_eq!(diversion.address().display_name().as_deref(), Some("Sales"));
    assert_eq!(diversion.reason().as_deref(), Some("user-busy"));
    assert_eq!((diversion.counter(), diversion.limit()), (Some(3), Some(5)));
    assert_eq!(
        (diversion.privacy().as_deref(), diversion.screen().as_deref()),
        (Some("off"), Some("yes"))
    );
}

#[test]
fn a_history_has_indices_and_reasons() {
    let entry: HistoryInfo =
        "<sip:vm@example.com;target=sip:bob%40example.com;cause=408?Reason=SIP%3Bcause%3D480%3Btext%3D%22not%20here%22&Reason=Q.850%3Bcause%3D19&privacy=none>;index=1.10.2;np=1.10".parse().unwrap();
    assert_eq!(entry.index().collect::<Vec<_>>(), [1, 10, 2]);
    assert_eq!(entry.change(), Some(HistoryChange::Unchanged("1.10")));
    assert_eq!((entry.cause(), entry.privacy().as_deref()), (Some(408), Some(b"none".as_slice())));
    let reasons: Vec<_> = entry.reasons().map(Result::unwrap).collect();
    assert_eq!(reasons[0].text().as_deref(), Some("not here"));
    assert_eq!((reasons.len(), reasons[1].cause()), (2, Some(19)));
    let resolved: HistoryInfo = "<sip:a@b>;index=1;rc=1".parse().unwrap();
    assert_eq!(resolved.change(), Some(HistoryChange::Resolved("1")));
    assert_eq!("<sip:a@b>".parse::<HistoryInfo>().unwrap().index_str(), None);
}

#[test]
fn an_identity_is_full_compact_or_quoted() {
    let full: Identity = "eyJhbGciOi.eyJhdHRlc3QiOi.rq3pjT1hoRwakEGjHCnWSwUnshd0-zJ6F1VOgFWSjHBr8Qjpjlk-cpFYpFYsojNCpTzO3QfPOlckGaS6hEck7w;info=<https://biloxi.example/c.pem>;alg=ES256;ppt=\"shaken\"".parse().unwrap();
    assert!(!full.is_compact() && full.signed_digest().starts_with("eyJ"));
    assert_eq!(full.info().unwrap().as_str(), "https://biloxi.example/c.pem");
    assert_eq!((full.alg().as_deref(), full.ppt().as_deref()), (Some("ES256"), Some("shaken")));
    let compact: Identity = "..sIg_-;info=<https://biloxi.example/c.pem>".parse().unwrap();
    assert!(compact.is_compact());
    let old: Identity = "\"ZYNBbHC00VMZ+/=\"".parse().unwrap();
    assert_eq!((old.signed_digest(), old.info()), ("ZYNBbHC00VMZ+/=", None));
    for wrong in ["\"a b\"", ";info=<https://a.example>", "abc;info=https://a.example", "abc;info"]
    {
        assert!(wrong.parse::<Identity>().is_err(), "{wrong}");
    }
}

#[test]
fn a_link_has_a_uri_or_a_label() {
    for (text, uri, label, info) in [
        (
            "<http://127.0.0.1/x>;info=alert-internal",
            Some("http://127.0.0.1/x"),
            None,
            Some("alert-internal"),
        ),
        ("<Bellcore:dr2>", Some("Bellcore:dr2"), None, None),
        ("Bellcore-dr4", None, Some("Bellcore-dr4"), None),
        ("Auto Answer", None, Some("Auto Answer"), None),
        ("http://a.example/x ; info=\"a b\"", None, Some("http://a.example/x"), Some("a b")),
        (";info=ring-2", None, None, Some("ring-2")),
    ] {
        let link: Link = text.parse().unwrap();
        let read = link.uri();
        assert_eq!(read.as_ref().map(Uri::as_str), uri, "{text}");
        assert_eq!((link.label().as_deref(), link.info().as_deref()), (label, info), "{text}");
    }
    assert!("".parse::<Link>().is_err() && "<no uri>".parse::<Link>().is_err());
}

#[test]
fn privacy_is_a_list_of_values() {
    for text in ["id;header;critical", "id ; header;\tcritical", "id, header, critical"] {
        let privacy: Privacy = text.parse().unwrap();
        assert_eq!(privacy.values().collect::<Vec<_>>(), ["id", "header", "critical"], "{text}");
        assert!(privacy.has("ID") && !privacy.has("none"));
    }
}

#[test]
fn a_warning_has_a_code_an_agent_and_a_text() {
    let warning: Warning =
        "301 [2001:db8::9]:5060 \"Incompatible \\\"network\\\"\"".parse().unwrap();
    assert_eq!((warning.code(), warning.agent()), (301, "[2001:db8::9]:5060"));
    assert_eq!(warning.text(), "Incompatible \"network\"");
    for wrong in ["301", "301 a", "301 \"a\"", "3010 a \"b\"", "301a \"b\"", "301 a \"b"] {
        assert!(wrong.parse::<Warning>().is_err(), "{wrong}");
    }
}

#[test]
fn a_request_is_stamped() {
    let read = |text: &str| {
        let stamp: RequestTimestamp = text.parse().unwrap();
        (stamp.sent(), stamp.delay())
    };
    let ms = Duration::from_millis;
    assert_eq!(read("54"), (Some(ms(54_000)), None));
    assert_eq!(read("54.21 0.3"), (Some(ms(54_210)), Some(ms(300))));
    assert_eq!(read("54. .5"), (Some(ms(54_000)), Some(ms(500))));
    assert_eq!(read("1.0000000019"), (Some(Duration::new(1, 1)), None));
    assert_eq!(read("99999999999999999999"), (None, None));
    for wrong in ["", "-1", "1 2 3", "1 x", "1.2.3"] {
        assert!(wrong.parse::<RequestTimestamp>().is_err(), "{wrong}");
    }
}

#[test]
fn a_q_value_has_three_digits_at_most() {
    for (text, thousandths, printed) in [
        ("0", 0, "0"),
        ("1", 1000, "1"),
        ("1.000", 1000, "1"),
        ("0.5", 500, "0.5"),
        ("0.050", 50, "0.05"),
        (".7", 700, "0.7"),
        ("0.", 0, "0"),
        ("0.001", 1, "0.001"),
    ] {
        let q: QValue = text.parse().unwrap();
        assert_eq!((q.thousandths(), q.to_string().as_str()), (thousandths, printed), "{text}");
    }
    for wrong in ["", ".", "1.001", "2", "0.0001", "-0.1", "0,5", "0.+1", "00.1", "1.1"] {
        assert!(wrong.parse::<QValue>().is_err(), "{wrong}");
    }
}

#[test]
fn a_disposition_is_required_unless_it_says_optional() {
    for (text, handling) in [
        ("session", Handling::Required),
        ("session;handling=required", Handling::Required),
        ("icon ; Handling = OPTIONAL", Handling::Optional),
        ("icon;handling=\"optional\"", Handling::Optional),
        ("icon;handling=perhaps", Handling::Required),
    ] {
        assert_eq!(text.parse::<ContentDisposition>().unwrap().handling(), handling, "{text}");
    }
    let mime = |value: &str| request(&invite(&[&format!("MIME-Version: {value}")])).mime_version();
    assert_eq!(mime("1.0 (produced by (us))"), Ok((1, 0)));
    assert_eq!(mime("(by us) 1.0"), Ok((1, 0)));
    assert!(mime("1.0 beta").is_err());
}

#[test]
fn how_to_answer_is_said() {
    let message = request(&invite(&["Answer-Mode: manual;require", "Priv-Answer-Mode: Later"]));
    let mode = message.answer_mode().unwrap();
    assert_eq!((mode.mode(), mode.is_required()), (AnsweringMode::Manual, true));
    let other = message.priv_answer_mode().unwrap();
    assert_eq!((other.mode(), other.mode_str()), (AnsweringMode::Other, "Later"));
}

#[test]
fn a_server_proves_itself_and_debug_tells_nobody() {
    let message = request(&invite(&[
        "Authentication-Info: nextnonce=\"sec,ret1\", qop=auth,rspauth=\"secret2\" ,\r\n cnonce=\"secret3\", nc=0000000A",
    ]));
    let info: AuthenticationInfo = message.authentication_info(AuthParty::Server).unwrap();
    assert_eq!(info.next_nonce().as_deref(), Some("sec,ret1"));
    assert_eq!(info.raw_param("NextNonce"), Some(b"\"sec,ret1\"".as_slice()));
    assert_eq!((info.qop().as_deref(), info.nonce_count()), (Some("auth"), Some(10)));
    assert_eq!(info.response_digest().as_deref(), Some("secret2"));
    assert_eq!(info.cnonce().as_deref(), Some("secret3"));
    assert_eq!(info.params().count(), 5);
    let shown = format!("{info:?}");
    assert!(shown.contains("rspauth") && !shown.contains("sec"), "{shown}");
    assert!(message.authentication_info(AuthParty::Proxy).is_err());

    let identity: Identity = "c2VjcmV0;alg=ES256".parse().unwrap();
    assert!(!format!("{identity:?}").contains("c2VjcmV0"));
}

#[test]
fn charges_and_features_are_parameters() {
    let message = request(&invite(&[
        "P-Charging-Vector: icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso=023551024\";orig-ioi=home1.example;icid-generated-at=192.0.2.5",
        "Accept-Contact: *;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\";Require;explicit",
    ]));
    let vector = message.p_charging_vector().unwrap();
    assert_eq!(vector.icid_value(), "AyretyU0dm+6O2IrT5tAFrbHLso=023551024");
    assert_eq!(vector.orig_ioi().as_deref(), Some("home1.example"));
    assert_eq!(vector.icid_generated_at().as_deref(), Some("192.0.2.5"));
    assert_eq!(vector.term_ioi(), None);
    let preference = message.accept_contacts().next().unwrap().unwrap();
    assert!(preference.is_required() && preference.is_explicit());
    let features: Vec<_> = preference.features().map(|param| param.name().to_owned()).collect();
    assert_eq!(features, ["+g.3gpp.icsi-ref"]);
}

#[test]
fn a_number_between_quotes_may_have_spaces() {
    let reason: Reason = "Q.850;cause=\" 16 \"".parse().unwrap();
    assert_eq!(reason.cause(), Some(16));
}

#[test]
fn a_uri_names_one_dialog_however_its_header_is_written() {
    let first = "Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2";
    let of = |headers: &str| {
        let uri: Uri = format!("sip:b@h?{headers}").parse().unwrap();
        Replaces::of_uri(&uri).map(|read| read.map(|replaces| replaces.to_string()))
    };
    assert_eq!(of(&first.replace("Rep", "%52ep")), Some(Ok("a;to-tag=1;from-tag=2".to_owned())));
    // More than one is refused (RFC 3891 section 3), wherever they are.
    let twice = of(&format!("{first}&Subject=x&replaces=b%3Bto-tag%3D1%3Bfrom-tag%3D2"));
    assert_eq!(twice.map(|read| read.is_err()), Some(true));
}

#[test]
fn a_change_tells_an_index_or_nothing() {
    let change = |text: &str| {
        let entry: HistoryInfo = text.parse().unwrap();
        entry.change().map(|change| format!("{change:?}"))
    };
    assert_eq!(change("<sip:a@h>;index=1.1;mp=\"1\""), Some("Mapped(\"1\")".to_owned()));
    assert_eq!(change("<sip:a@h>;index=1.1;rc=x"), None);
    assert_eq!(change("<sip:a@h>;index=1.1;rc;np=1"), Some("Unchanged(\"1\")".to_owned()));
}

#[test]
fn debug_hides_the_passwords_of_links() {
    let link: Link = "<https://a:s3cret@h/x>;purpose=icon".parse().unwrap();
    assert_eq!(format!("{link:?}"), "Link(<https://***@h/x>;purpose=icon)");
    let word: Link = "Bellcore-dr3;x=\"\u{1b}\"".parse().unwrap();
    assert_eq!(format!("{word:?}"), "Link(Bellcore-dr3;x=\\\"\\x1b\\\")");
    let identity: Identity = "..c2ln;alg=ES256;info=<https://a:s3cret@h>".parse().unwrap();
    let shown = format!("{identity:?}");
    assert!(shown.contains("https://***@h") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_parameter_without_its_number_is_where_the_fault_is() {
    for (value, expected) in [
        ("Accept: a/b;q, c/d;q=1", "a/b;q"),
        ("Accept-Language: de;q ;x, en", "de;q"),
        ("Retry-After: 5;duration;x=y", "5;duration"),
        ("Subscription-State: active;expires;x=y", "active;expires"),
        ("Session-Expires: 90;refresher;x=y", "90;refresher"),
        ("Diversion: <sip:a@h>;counter;x, <sip:b@h>", "<sip:a@h>;counter"),
        ("History-Info: <sip:a@h>;index;rc=1, <sip:b@h>;index=1", "<sip:a@h>;index"),
    ] {
        let text = invite(&[value]);
        let at = text.windows(value.len()).position(|window| window == value.as_bytes()).unwrap();
        let start = at + value.find(expected).unwrap();
        let error = request(&text).malformed().next().expect(value);
        let HeaderError::Malformed { offset, .. } = error else { panic!("{value}: {error}") };
        assert_eq!(offset, start + expected.len(), "{value}");
    }
}
