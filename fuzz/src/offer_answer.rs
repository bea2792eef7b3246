//! Offers and answers.

use centrala_sdp::{
    AnswerTurn, Capabilities, Direction, LocalSession, NegotiateError, OfferAnswer, SectionPlan,
    SessionDescription, Stream,
};

use crate::choices::Choices;

const DIRECTIONS: &[Direction] =
    &[Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];

/// Any offers and answers in any order: an answer has the sections of its offer and nothing that was not offered,
/// a re-offer has the sections of before, a refusal changes nothing, and what is made is read again as the same.
pub fn check(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    let mut single = LocalSession::new(1);
    let mut session = OfferAnswer::new(2);
    let mut sections = 0;
    for _ in 0..8 {
        if choices.is_empty() {
            break;
        }
        let capabilities = capabilities(&mut choices);
        let streams = streams(&capabilities, choices.octet());
        match choices.octet() % 4 {
            0 => {
                check_reads(&single.offer(&capabilities));
                let offer = session.offer(&streams);
                check_reads(&offer);
                assert!(offer.media().len() >= sections, "sections stay");
                assert!(session.is_offering());
            }
            1 => {
                single.withdraw();
                session.withdraw();
                assert!(!session.is_offering());
            }
            2 => {
                let Ok(theirs) = SessionDescription::parse(choices.text()) else { continue };
                let _ = single.complete(&theirs);
                let before = session.local().cloned();
                match session.complete(&theirs) {
                    // An answer that differs from the first one is only noted.
                    Ok(heard) if heard.answer == AnswerTurn::First => {
                        sections = theirs.media().len();
                    }
                    Ok(_) => {
                        assert_eq!(session.local(), before.as_ref(), "the first answer counts")
                    }
                    Err(_) => {
                        assert_eq!(session.local(), before.as_ref(), "a refusal changes nothing")
                    }
                }
            }
            _ => {
                let Ok(theirs) = SessionDescription::parse(choices.text()) else { continue };
                check_single(&mut single, &theirs, &capabilities);
                if check_session(&mut session, &theirs, &streams) {
                    sections = theirs.media().len();
                }
            }
        }
    }
    check_pair(octets);
}

fn check_single(session: &mut LocalSession, offer: &SessionDescription, ours: &Capabilities) {
    let before = session.description().cloned();
    let Ok(made) = session.answer(offer, ours) else {
        assert_eq!(session.description(), before.as_ref(), "a refusal changes nothing");
        return;
    };
    check_answer(offer, &made.description);
    assert!(ours.codecs.contains(&made.plan.codec));
    let taken = made.description.media().iter().filter(|media| media.port() != 0).count();
    assert!(taken <= 1, "one stream");
}

fn check_session(session: &mut OfferAnswer, offer: &SessionDescription, ours: &[Stream]) -> bool {
    let before = session.local().cloned();
    match session.answer(offer, ours) {
        Ok(made) => {
            check_answer(offer, &made.description);
            assert_eq!(session.local(), Some(&made.description));
            assert_eq!(made.plan.sections.len(), offer.media().len());
            true
        }
        Err(error) => {
            let is_expected =
                matches!(error, NegotiateError::NothingCommon(_) | NegotiateError::TooLong);
            assert!(is_expected, "{error}");
            assert_eq!(session.local(), before.as_ref(), "a refusal changes nothing");
            false
        }
    }
}

fn check_answer(offer: &SessionDescription, answer: &SessionDescription) {
    check_reads(answer);
    assert_eq!(answer.media().len(), offer.media().len());
    for (asked, given) in offer.media().iter().zip(answer.media()) {
        assert!(given.kind().eq_ignore_ascii_case(asked.kind()));
        assert!(given.protocol().eq_ignore_ascii_case(asked.protocol()));
        if asked.port() == 0 {
            assert_eq!(given.port(), 0, "what is refused stays so");
        }
        if given.port() == 0 {
            continue;
        }
        // `08` is 8.
        let number = |format: &str| format.parse::<u8>().ok();
        let is_same = |one: &str, two: &str| {
            one == two || (number(one).is_some() && number(one) == number(two))
        };
        let is_asked = |format: &str| asked.formats().any(|other| is_same(other, format));
        assert!(given.formats().all(is_asked), "nothing is added: {offer} {answer}");
        let (theirs, ours) = (offer.direction_of(asked), answer.direction_of(given));
        assert!(!ours.sends() || theirs.receives(), "only what is wanted is sent");
        assert!(!ours.receives() || theirs.sends(), "only what is sent is wanted");
    }
}

/// Two of us agree, whatever both can do.
fn check_pair(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    let (mut alice, mut bob) = (OfferAnswer::new(1), OfferAnswer::new(2));
    for _ in 0..4 {
        let (one, two) = (capabilities(&mut choices), capabilities(&mut choices));
        let (ours, theirs) = (streams(&one, choices.octet()), streams(&two, choices.octet()));
        let offer = alice.offer(&ours);
        let Ok(made) = bob.answer(&offer, &theirs) else {
            alice.withdraw();
            continue;
        };
        check_answer(&offer, &made.description);
        let heard = alice.complete(&made.description).expect("what was taken is heard");
        assert_eq!(heard.plan.sections.len(), made.plan.sections.len());
        for (here, there) in heard.plan.sections.iter().zip(&made.plan.sections) {
            match (here, there) {
                (SectionPlan::Taken(one), SectionPlan::Taken(two)) => {
                    assert_eq!(one.remote.port(), theirs[two.stream].local.port());
                    assert_eq!(two.remote.port(), ours[one.stream].local.port());
                    assert_eq!(one.direction, two.direction.reversed());
                    assert_eq!(one.codecs.len(), two.codecs.len());
                    for (one, two) in one.codecs.iter().zip(&two.codecs) {
                        assert_eq!(one.types.send, two.types.receive);
                        assert_eq!(one.map, two.map);
                    }
                }
                (SectionPlan::Refused(_), SectionPlan::Refused(_)) => {}
                (SectionPlan::Taken(_) | SectionPlan::Refused(_), _) => {
                    panic!("both take it or neither does: {here:?} {there:?}")
                }
            }
        }
        std::mem::swap(&mut alice, &mut bob);
    }
}

fn check_reads(description: &SessionDescription) {
    let printed = description.to_bytes();
    let read = SessionDescription::parse(&printed).expect("what is made is read");
    assert_eq!(read.to_bytes(), printed);
    assert_eq!(read.media().len(), description.media().len());
}

fn capabilities(choices: &mut Choices<'_>) -> Capabilities {
    let port = 4000 + u16::from(choices.octet());
    let mut capabilities = Capabilities::new([192, 0, 2, 1].into(), port);
    capabilities.direction = choices.one_of(DIRECTIONS);
    if choices.octet() % 4 == 3 {
        capabilities.codecs.truncate(1);
    }
    capabilities
}

fn streams(capabilities: &Capabilities, choice: u8) -> Vec<Stream> {
    let mut streams = vec![Stream::from(capabilities)];
    let next = |port: u16| (capabilities.address, port).into();
    if choice & 1 != 0 {
        streams.extend(Stream::rtp("video", &["RTP/AVP", "RTP/SAVP"], next(4900)));
    }
    if choice & 2 != 0 {
        streams.extend(Stream::opaque("image", &["udptl"], &["t38"], next(4902)));
    }
    if choice & 4 != 0 {
        streams.iter_mut().take(1).for_each(|stream| stream.local.set_port(0));
    }
    streams
}
