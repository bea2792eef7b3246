//! Many offers and answers of one session (RFC 3264 section 8).

use centrala_sdp::{
    AnswerError, CompleteError, Direction, LocalSession, PayloadType, TelephoneEvent,
};

use crate::sample::{capabilities, description};

#[test]
fn the_version_follows_the_changes() {
    let mut session = LocalSession::new(42);
    let mut ours = capabilities();
    let theirs = description(&["m=audio 5000 RTP/AVP 0"]);
    let version = |session: &mut LocalSession, ours: &centrala_sdp::Capabilities| {
        let offer = session.offer(ours);
        assert_eq!(offer.origin().session_id(), "42");
        offer.origin().version().to_owned()
    };
    assert_eq!(version(&mut session, &ours), "1");
    session.complete(&theirs).unwrap();
    assert_eq!(version(&mut session, &ours), "1", "nothing has changed");
    session.complete(&theirs).unwrap();
    ours.direction = Direction::SendOnly;
    assert_eq!(version(&mut session, &ours), "2", "held");
    session.complete(&theirs).unwrap();
    ours.direction = Direction::SendRecv;
    assert_eq!(version(&mut session, &ours), "3", "resumed");
    session.withdraw();
    assert_eq!(version(&mut session, &ours), "4", "the other side has seen 3");
}

#[test]
fn an_answer_continues_the_versions_of_the_offers() {
    let mut session = LocalSession::new(42);
    let ours = capabilities();
    let theirs =
        description(&["m=audio 5000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000"]);
    let first = session.answer(&theirs, &ours).unwrap();
    assert_eq!(first.description.origin().version(), "1");
    let again = session.answer(&theirs, &ours).unwrap();
    assert_eq!(again.description, first.description);
    let held = description(&[
        "m=audio 5000 RTP/AVP 0 8 101",
        "a=rtpmap:101 telephone-event/8000",
        "a=sendonly",
    ]);
    let answer = session.answer(&held, &ours).unwrap();
    assert_eq!(answer.description.origin().version(), "2");
    assert_eq!(answer.plan.direction, Direction::RecvOnly);
}

#[test]
fn sections_and_numbers_keep_their_places_in_a_re_offer() {
    let mut session = LocalSession::new(1);
    let theirs = description(&[
        "m=video 6000 RTP/AVP 31",
        "m=audio 6002 RTP/AVP 111 97",
        "a=rtpmap:111 PCMA/8000",
        "a=rtpmap:97 telephone-event/8000",
    ]);
    session.answer(&theirs, &capabilities()).unwrap();
    let offer = session.offer(&capabilities()).to_string();
    let sections: Vec<&str> = offer.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(sections, ["m=video 0 RTP/AVP 31", "m=audio 7000 RTP/AVP 0 111 97"]);
    assert!(offer.contains("a=rtpmap:111 PCMA/8000\r\n"), "{offer}");
    let plan = session
        .complete(&description(&[
            "m=video 0 RTP/AVP 31",
            "m=audio 6002 RTP/AVP 111",
            "a=rtpmap:111 PCMA/8000",
        ]))
        .unwrap();
    assert_eq!((plan.section, plan.codec_types.receive), (1, PayloadType::new(111).unwrap()));
}

#[test]
fn telephone_event_takes_a_free_number() {
    let mut session = LocalSession::new(1);
    let theirs = description(&["m=audio 6002 RTP/AVP 101", "a=rtpmap:101 PCMU/8000"]);
    session.answer(&theirs, &capabilities()).unwrap();
    let offer = session.offer(&capabilities());
    let media = &offer.media()[0];
    let events = media.rtp_maps().find(|(_, map)| map.is_telephone_event()).unwrap().0;
    assert_eq!(events.as_u8(), 96);
    assert_eq!(media.formats().collect::<Vec<_>>(), ["101", "8", "96"]);
    let mut without = capabilities();
    without.telephone_event = TelephoneEvent::Refuse;
    assert_eq!(session.offer(&without).media()[0].formats().collect::<Vec<_>>(), ["101", "8"]);
}

#[test]
fn an_answer_needs_an_offer() {
    let mut session = LocalSession::new(1);
    let theirs = description(&["m=audio 5000 RTP/AVP 0"]);
    assert_eq!(session.complete(&theirs), Err(CompleteError::NoOffer));
    session.offer(&capabilities());
    assert!(session.is_offering());
    let refused = description(&["m=audio 0 RTP/AVP 0"]);
    assert_eq!(session.complete(&refused), Err(CompleteError::Answer(AnswerError::NoAudio)));
    assert!(!session.is_offering() && session.description().is_none());
    assert_eq!(session.complete(&theirs), Err(CompleteError::NoOffer));
}

#[test]
fn a_refused_re_offer_changes_nothing() {
    let mut session = LocalSession::new(1);
    let theirs = description(&["m=audio 5000 RTP/AVP 0"]);
    session.answer(&theirs, &capabilities()).unwrap();
    let before = session.description().cloned();
    let bad = description(&["m=audio 5000 RTP/AVP 9"]);
    assert_eq!(session.answer(&bad, &capabilities()).err(), Some(AnswerError::NoCommonCodec));
    session.offer(&capabilities());
    session.withdraw();
    assert_eq!(session.description().cloned(), before);
}

#[test]
fn an_answer_without_media_leaves_the_session_as_it_was() {
    let mut session = LocalSession::new(1);
    let mut ours = capabilities();
    session.offer(&ours);
    session.complete(&description(&["m=audio 5000 RTP/AVP 0"])).unwrap();
    let before = session.description().cloned();
    assert!(before.is_some());
    ours.port = 0;
    let over = session.offer(&ours);
    assert_eq!(over.media()[0].port(), 0);
    let answer = description(&["m=audio 0 RTP/AVP 0"]);
    assert_eq!(session.complete(&answer), Err(CompleteError::Answer(AnswerError::NoAudio)));
    assert_eq!(session.description().cloned(), before);
    assert!(!session.is_offering(), "the offer is withdrawn");
    assert_eq!(session.complete(&answer), Err(CompleteError::NoOffer));
    ours.port = 7000;
    assert_eq!(session.offer(&ours).origin().version(), "3", "the other side has seen 2");
}
