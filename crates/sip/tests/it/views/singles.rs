//! Headers of which there can be one: absent, malformed where, repeated.

use centrala_sip::{AuthParty, Expected, HeaderError, HeaderName, Headers};

use crate::sample::{invite, request};

type Read = fn(&Headers) -> Result<String, HeaderError>;

/// A header, how it is read, a value that is well, one that is not, where that breaks and what was expected.
type Case = (HeaderName, Read, &'static str, &'static str, usize, Expected);

macro_rules! read {
    ($accessor:ident $(($argument:expr))?) => {
        |headers: &Headers| headers.$accessor($($argument)?).map(|value| value.to_string())
    };
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<Case> {
    use Expected::{AuthParameters, CallId, End, Number, Parameter, QuotedString, Token, Uri};
    let server: Read = |headers| Ok(headers.authentication_info(AuthParty::Server)?.to_string());
    let proxy: Read = |headers| Ok(headers.authentication_info(AuthParty::Proxy)?.to_string());
    let mime: Read =
        |headers| headers.mime_version().map(|(major, minor)| format!("{major}.{minor}"));
    vec![
        (HeaderName::ANSWER_MODE, read!(answer_mode), "Auto;require", ";require", 0, Token),
        (
            HeaderName::AUTHENTICATION_INFO,
            server,
            "nextnonce=\"a\"",
            "nextnonce=\"a",
            10,
            QuotedString,
        ),
        (
            HeaderName::AUTHENTICATION_INFO,
            server,
            "qop=auth, nc=0000001F",
            "qop=auth, nc=1G",
            13,
            Number,
        ),
        (HeaderName::CONTENT_DISPOSITION, read!(content_disposition), "session", "a b", 1, End),
        (
            HeaderName::DATE,
            read!(date),
            "Sat, 13 Nov 2010 23:29:00 GMT",
            "Sat, 13 Nov 2010 23:29:00 EST",
            26,
            Expected::Date,
        ),
        (HeaderName::EVENT, read!(event), "refer;id=7", "refer..x;id=7", 6, Token),
        (HeaderName::FLOW_TIMER, read!(flow_timer), "120", "two", 0, Number),
        (HeaderName::JOIN, read!(join), "a@b;from-tag=1;to-tag=2", "a@b;from-tag=1", 14, Parameter),
        (HeaderName::MIME_VERSION, mime, "1.0", "1", 1, Number),
        (HeaderName::MIN_EXPIRES, read!(min_expires), "3600", "4294967296", 0, Number),
        (HeaderName::MIN_SE, read!(min_se), "90", "-90", 0, Number),
        (
            HeaderName::P_CALLED_PARTY_ID,
            read!(p_called_party_id),
            "<sip:a@b>",
            "<a@b>",
            1,
            Expected::Scheme,
        ),
        (
            HeaderName::P_CHARGING_VECTOR,
            read!(p_charging_vector),
            "icid-value=1",
            "orig-ioi=home",
            13,
            Parameter,
        ),
        (HeaderName::PRIORITY, read!(priority), "emergency", "very urgent", 4, End),
        (HeaderName::PRIVACY, read!(privacy), "id;header", "id;", 3, Token),
        (HeaderName::PRIV_ANSWER_MODE, read!(priv_answer_mode), "Manual", "\"Auto\"", 0, Token),
        (
            HeaderName::PROXY_AUTHENTICATION_INFO,
            proxy,
            "rspauth=\"ab\"",
            "rspauth",
            7,
            AuthParameters,
        ),
        (HeaderName::RACK, read!(rack), "776656 1 INVITE", "776656 INVITE", 7, Number),
        (HeaderName::REFER_SUB, read!(refer_sub), "false", "perhaps", 0, Token),
        (
            HeaderName::REFER_TO,
            read!(refer_to),
            "<sip:a@b?Replaces=c>",
            "sip:a@b?Replaces=c",
            7,
            End,
        ),
        (
            HeaderName::REFERRED_BY,
            read!(referred_by),
            "<sip:a@b>;cid=\"c@d\"",
            "<sip:a@b>;cid=\"c@d",
            14,
            QuotedString,
        ),
        (
            HeaderName::REPLACES,
            read!(replaces),
            "c@h;to-tag=1;from-tag=2",
            "c@h;to-tag=1;to-tag=2;from-tag=3",
            32,
            Parameter,
        ),
        (
            HeaderName::REPLACES,
            read!(replaces),
            "c;to-tag=1;from-tag=2;early-only",
            ";to-tag=1;from-tag=2",
            0,
            CallId,
        ),
        (HeaderName::REPLY_TO, read!(reply_to), "Bob <sip:a@b>", "Bob", 0, Expected::Scheme),
        (
            HeaderName::RETRY_AFTER,
            read!(retry_after),
            "18000;duration=3600",
            "18000;duration=long",
            15,
            Number,
        ),
        (HeaderName::RSEQ, read!(rseq), "988789", "98e", 2, End),
        (
            HeaderName::SESSION_EXPIRES,
            read!(session_expires),
            "1800;refresher=uas",
            "1800;refresher=us",
            15,
            Token,
        ),
        (HeaderName::SIP_ETAG, read!(sip_etag), "dx200xyz", "\"dx200xyz\"", 0, Token),
        (HeaderName::SIP_IF_MATCH, read!(sip_if_match), "dx200xyz", "dx200xyz, dx", 8, End),
        (
            HeaderName::SUBSCRIPTION_STATE,
            read!(subscription_state),
            "active;expires=60",
            "active;expires=1h",
            15,
            Number,
        ),
        (
            HeaderName::TARGET_DIALOG,
            read!(target_dialog),
            "c@h;local-tag=1;remote-tag=2",
            "c@h;local-tag=\"1\";remote-tag=2",
            14,
            Token,
        ),
        (HeaderName::TIMESTAMP, read!(timestamp), "54.21 0.3", ".21", 0, Number),
        (HeaderName::P_CALLED_PARTY_ID, read!(p_called_party_id), "sip:a@b", "sip:", 4, Uri),
    ]
}

#[test]
fn a_header_is_absent_malformed_or_repeated() {
    for (name, read, good, wrong, offset, expected) in cases() {
        let line = |value: &str| format!("{name}: {value}");
        assert_eq!(read(&request(&invite(&[]))), Err(HeaderError::Absent(name.clone())));

        let text = invite(&[&line(wrong)]);
        let head = format!("\r\n{name}: ");
        let value_at =
            text.windows(head.len()).position(|window| window == head.as_bytes()).unwrap();
        let error = HeaderError::Malformed {
            name: name.clone(),
            offset: value_at + head.len() + offset,
            expected,
        };
        assert_eq!(read(&request(&text)), Err(error.clone()), "{name}: {wrong}");
        assert_eq!(request(&text).malformed().collect::<Vec<_>>(), [error], "{name}: {wrong}");

        let twice = request(&invite(&[&line(good), &line(good)]));
        assert_eq!(read(&twice), Err(HeaderError::Repeated(name.clone())));
        assert_eq!(twice.malformed().collect::<Vec<_>>(), [HeaderError::Repeated(name.clone())]);

        let empty = request(&invite(&[&line("")]));
        assert!(matches!(read(&empty), Err(HeaderError::Malformed { .. })), "{name}");
    }
}

#[test]
fn a_value_is_printed_as_it_was_written() {
    for (name, read, good, ..) in cases() {
        let whole = request(&invite(&[&format!("{name}:  {good} ")]));
        assert_eq!(read(&whole).as_deref(), Ok(good), "{name}");
        assert_eq!(whole.malformed().count(), 0, "{name}");
    }
}

#[test]
fn a_text_is_any_text_and_there_is_one() {
    type ReadText = for<'a> fn(&'a Headers) -> Result<std::borrow::Cow<'a, str>, HeaderError>;
    let cases: [(HeaderName, ReadText); 4] = [
        (HeaderName::USER_AGENT, Headers::user_agent),
        (HeaderName::SERVER, Headers::server),
        (HeaderName::SUBJECT, Headers::subject),
        (HeaderName::ORGANIZATION, Headers::organization),
    ];
    for (name, read) in cases {
        assert_eq!(read(&request(&invite(&[]))), Err(HeaderError::Absent(name.clone())));
        let folded = request(&invite(&[&format!("{name}: Centrala/1 \r\n\t(Łódź)")]));
        assert_eq!(read(&folded).as_deref(), Ok("Centrala/1 (Łódź)"));
        assert_eq!(read(&request(&invite(&[&format!("{name}:")]))).as_deref(), Ok(""));
        let twice = request(&invite(&[&format!("{name}: a"), &format!("{name}: b")]));
        assert_eq!(read(&twice), Err(HeaderError::Repeated(name.clone())));
        assert_eq!(twice.malformed().collect::<Vec<_>>(), [HeaderError::Repeated(name)]);
    }
}

#[test]
fn a_text_that_is_not_utf_8_is_latin_1() {
    let mut text = invite(&["Subject: Gr@@e"]).to_vec();
    let at = text.windows(2).position(|window| window == b"@@").unwrap();
    text.splice(at..at + 2, [0xfc, 0xdf]);
    assert_eq!(request(&text.into()).subject().as_deref(), Ok("Grüße"));
}

#[test]
fn the_length_is_what_was_written() {
    assert_eq!(request(&invite(&["Content-Length: 000"])).content_length(), Ok(0));
    let absent = HeaderError::Absent(HeaderName::CONTENT_LENGTH);
    assert_eq!(request(&invite(&[])).content_length(), Err(absent));
}
