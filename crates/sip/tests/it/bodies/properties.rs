//! Laws that hold for any body.

use bytes::Bytes;
use centrala_sip::{
    Body, Dtmf, HeaderName, MessageClass, MessageCounts, MessageSummary, Multipart, SipFragment,
    StatusCode,
};
use proptest::prelude::*;

use crate::sample::{invite, request};

/// Octets that look like the grammars of bodies.
fn body_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        b"--b".as_slice(),
        b"--b--",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b" ",
        b"--",
        b"\0",
        b"\xff",
        b"Content-Type: multipart/mixed;boundary=b",
        b"Content-Type: application/sdp",
        b"Content-Type: message/sipfrag",
        b"Messages-Waiting: yes",
        b"Voice-Message: 1/2 (3/4)",
        b"SIP/2.0 200 OK",
        b"Signal=5",
        b"x",
        b":",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Reads all there is, and returns how many octets were handed out.
fn walk(body: &Body<'_>) -> usize {
    let _ = (body.disposition(), body.handling(), body.languages().count(), format!("{body:?}"));
    let _ = (body.session_description(), body.sip_fragment(), body.message_summary(), body.dtmf());
    let Ok(multipart) = body.multipart() else { return body.content().len() };
    assert!(multipart.parts().len() <= Multipart::MAX_PARTS);
    multipart.parts().iter().map(|part| walk(&part.body())).sum()
}

fn content_type() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "multipart/mixed;boundary=b",
        "multipart/digest;boundary=\"b\"",
        "message/sipfrag",
        "message/sip",
        "application/simple-message-summary",
        "application/dtmf-relay",
        "text/plain",
    ])
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        body_like(),
        prop::collection::vec(any::<u8>(), 0..60),
        "(--centrala-00000000[0-3]\r?\n){0,3}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_body_is_read_or_refused(kind in content_type(), text in body_like()) {
        let mut message = request(&invite(&[]));
        message.set_body(kind, text.clone()).unwrap();
        prop_assert!(walk(&message.typed_body()) <= text.len(), "parts do not overlap");
    }

    #[test]
    fn a_refusal_lies_within_the_body(text in body_like()) {
        let text = Bytes::from(text);
        for fault in [
            MessageSummary::parse(&text).err(),
            SipFragment::parse(&text).err(),
            Dtmf::parse(&text).err(),
        ].into_iter().flatten() {
            prop_assert!(fault.offset() <= text.len());
        }
    }

    #[test]
    fn the_pieces_of_a_multipart_lie_in_their_order(text in body_like()) {
        let text = Bytes::from([b"--b\r\n".as_slice(), &text, b"\r\n--b--\r\n"].concat());
        let mut message = request(&invite(&[]));
        message.set_body("multipart/mixed;boundary=b", text.clone()).unwrap();
        let Ok(multipart) = message.typed_body().multipart() else { return Ok(()) };
        let mut rest: &[u8] = &text;
        let headers = multipart.parts().iter().map(|part| part.headers().iter().map(|header| header.line().to_vec()).collect::<Vec<_>>().concat());
        let contents = multipart.parts().iter().map(|part| part.content().to_vec());
        for piece in headers.zip(contents).flat_map(|(headers, content)| [headers, content]) {
            let place = rest.windows(piece.len().max(1)).position(|window| window.starts_with(&piece));
            prop_assert!(piece.is_empty() || place.is_some(), "{}", piece.escape_ascii());
            rest = &rest[place.unwrap_or(0) + piece.len()..];
        }
    }

    #[test]
    fn a_built_multipart_is_read_as_it_was(
        parts in prop::collection::vec((content_type(), "[!-~]{0,20}", content()), 1..6),
        boundary in prop::option::of("[a-zA-Z0-9'()+_,./:=? -]{0,20}[a-zA-Z0-9]"),
    ) {
        let name: HeaderName = "X-Note".parse().unwrap();
        let mut builder = Multipart::builder("mixed");
        if let Some(boundary) = &boundary {
            builder = builder.boundary(boundary);
        }
        for (kind, note, content) in &parts {
            builder = builder.part_with(kind, &[(&name, note)], content.clone());
        }
        let built = match builder.build() {
            Ok(built) => built,
            Err(error) => {
                prop_assert_eq!(error, centrala_sip::BuildMultipartError::BoundaryOccurs);
                prop_assert!(boundary.is_some(), "a derived one never occurs");
                return Ok(());
            }
        };
        let mut message = request(&invite(&[]));
        message.set_body(&built.content_type(), built.to_bytes().clone()).unwrap();
        let read = message.typed_body().multipart().unwrap();
        prop_assert_eq!(&read, &built);
        prop_assert_eq!(read.parts().len(), parts.len());
        for (part, (kind, note, content)) in read.parts().iter().zip(&parts) {
            prop_assert_eq!(part.content(), content);
            prop_assert_eq!(part.headers().header(&name), Some(note.as_bytes()));
            prop_assert_eq!(part.headers().header_str(&HeaderName::CONTENT_TYPE), Some(*kind));
        }
    }

    #[test]
    fn a_built_summary_is_read_as_it_was(
        waiting: bool,
        counts in prop::collection::vec(("[A-Za-z]{1,9}-Message", any::<[u32; 4]>(), any::<bool>()), 0..5),
    ) {
        let mut summary = MessageSummary::new(waiting);
        for (class, [new, old, urgent, others], has_urgent) in counts {
            let class = MessageClass::from_name(&class.parse().unwrap()).unwrap();
            let counts = MessageCounts::new(class, new, old).with_urgent(urgent, others);
            summary = summary.with_counts(if has_urgent { counts } else { counts.without_urgent() });
        }
        let printed = summary.to_bytes();
        prop_assert_eq!(MessageSummary::parse(&printed), Ok(summary));
    }

    #[test]
    fn a_summary_that_was_read_is_printed_and_read_as_the_same(text in body_like()) {
        if let Ok(summary) = MessageSummary::parse(&Bytes::from(text)) {
            prop_assert_eq!(MessageSummary::parse(&summary.to_bytes()), Ok(summary));
        }
    }

    #[test]
    fn a_built_fragment_is_read_as_it_was(code in 100..700_u16, reason in "[ -~ł]{0,30}") {
        let status = StatusCode::new(code).unwrap();
        let built = SipFragment::for_status(status, &reason).unwrap();
        let read = SipFragment::parse(&built.to_bytes()).unwrap();
        prop_assert_eq!(read.status(), Some(status));
        prop_assert_eq!(read.reason(), Some(reason.as_bytes()));
        prop_assert_eq!(read.to_bytes(), built.to_bytes());
    }

    #[test]
    fn a_fragment_that_was_read_is_printed_and_read_as_the_same(text in body_like()) {
        let Ok(fragment) = SipFragment::parse(&Bytes::from(text)) else { return Ok(()) };
        let printed = fragment.to_bytes();
        let again = SipFragment::parse(&printed).unwrap();
        prop_assert_eq!(again.to_bytes(), printed);
        prop_assert_eq!(again.status(), fragment.status());
        prop_assert_eq!(again.body(), fragment.body());
    }
}
