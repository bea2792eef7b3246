//! Bodies.

use bytes::Bytes;
use centrala_sip::{
    Body, Dtmf, Message, MessageSummary, Multipart, ParseBodyError, ReadBodyError, SipFragment,
};

/// Content types, chosen by the first octet.
const TYPES: &[&str] = &[
    "multipart/mixed;boundary=b",
    "multipart/alternative;boundary=\"b \"",
    "multipart/digest;boundary=\"b c\"",
    "application/simple-message-summary",
    "message/sipfrag",
    "message/sip",
    "application/dtmf-relay",
    "application/dtmf",
    "application/sdp",
    "text/plain",
];

/// Any body of any type is read or refused; what is read is printed and read as the same.
pub fn check(octets: &[u8]) {
    let Some((&choice, body)) = octets.split_first() else { return };
    let content_type = TYPES[usize::from(choice) % TYPES.len()];
    let head = format!("SIP/2.0 200 OK\r\nContent-Type: {content_type}\r\n\r\n");
    let text = [head.as_bytes(), body].concat();
    let message = Message::parse(Bytes::from(text));
    let Ok(Message::Response(response)) = message else { return };
    check_body(&response.typed_body());
    if let Ok(media_type) = response.content_type() {
        check_multipart(
            &Multipart::parse_cut_short(&media_type, &response.body()),
            &response.body(),
        );
    }
    check_pieces(&response.body());
}

/// Everything that reads a body answers; parts do not overlap.
pub fn check_body(body: &Body<'_>) {
    let _ = (body.kind(), body.disposition(), body.handling(), body.encoding());
    let _ = (body.languages().count(), format!("{body:?}"), body.session_description());
    let length = body.content().len();
    for error in [
        body.message_summary().err(),
        body.sip_fragment().err(),
        body.dtmf().err(),
        body.multipart().err(),
    ] {
        if let Some(ReadBodyError::Malformed(error)) = error {
            check_error(error, length);
        }
    }
    if let Ok(message) = body.sip_message() {
        assert!(message.to_bytes().len() <= length);
    }
    if let Ok(multipart) = body.multipart() {
        let inner: usize = multipart.parts().iter().map(|part| part.content().len()).sum();
        assert!(inner < length, "delimiters take octets, too");
        check_multipart(&Ok(multipart), body.content());
    }
}

fn check_multipart(multipart: &Result<Multipart, ParseBodyError>, text: &Bytes) {
    let multipart = match multipart {
        Ok(multipart) => multipart,
        Err(error) => return check_error(*error, text.len()),
    };
    let _ = format!("{multipart:?}");
    assert_eq!(multipart.to_bytes(), text);
    assert!((1..=Multipart::MAX_PARTS).contains(&multipart.parts().len()));
    // No part has a delimiter that would tear it apart.
    let delimiter = format!("\r\n--{}\r\n", multipart.boundary());
    for part in multipart.parts() {
        let content = part.content();
        assert!(!content.windows(delimiter.len()).any(|window| window == delimiter.as_bytes()));
        check_body(&part.body());
    }
    // Built again from its parts, it has the same parts.
    let mut builder = Multipart::builder(multipart.subtype());
    for part in multipart.parts() {
        builder = builder.part("text/plain", part.content().clone());
    }
    let built = builder.build().expect("a derived boundary never occurs");
    let contents = |multipart: &Multipart| -> Vec<Bytes> {
        multipart.parts().iter().map(|part| part.content().clone()).collect()
    };
    assert_eq!(contents(&built), contents(multipart));
}

fn check_pieces(body: &Bytes) {
    match MessageSummary::parse(body) {
        Ok(summary) => assert_eq!(MessageSummary::parse(&summary.to_bytes()), Ok(summary)),
        Err(error) => check_error(error, body.len()),
    }
    match SipFragment::parse(body) {
        Ok(fragment) => {
            let printed = fragment.to_bytes();
            let again = SipFragment::parse(&printed).expect("what is printed is read");
            assert_eq!(again.to_bytes(), printed);
            assert_eq!((again.status(), again.reason()), (fragment.status(), fragment.reason()));
            assert_eq!((again.method(), again.uri()), (fragment.method(), fragment.uri()));
            assert_eq!(again.headers().len(), fragment.headers().len());
            assert_eq!(again.body(), fragment.body());
            crate::headers::check_all(fragment.headers());
        }
        Err(error) => check_error(error, body.len()),
    }
    match Dtmf::parse(body) {
        Ok(pressed) => {
            assert_eq!(Dtmf::parse(pressed.to_relay().as_bytes()), Ok(pressed));
            let plain = Dtmf::parse(pressed.to_plain().as_bytes());
            assert_eq!(plain.map(|plain| plain.signal()), Ok(pressed.signal()));
        }
        Err(error) => check_error(error, body.len()),
    }
}

fn check_error(error: ParseBodyError, length: usize) {
    assert!(error.offset() <= length, "{error}");
}
