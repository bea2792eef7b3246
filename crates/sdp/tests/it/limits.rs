//! What is made here is read here, whatever the other side has written.

use centrala_sdp::{
    AnswerError, Encoding, Line, NegotiateError, OfferAnswer, Origin, SessionDescription, Stream,
    Takes, answer,
};
use proptest::prelude::*;

use crate::sample::{capabilities, description, text};

/// The lines with `long` grown until the description has `len` octets.
fn filled(lines: &[&str], long: usize, with: &str, len: usize) -> SessionDescription {
    let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let of = |lines: &[String]| text(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let times = (len - of(&lines).len()) / with.len();
    lines[long].push_str(&with.repeat(times));
    of(&lines).parse().unwrap()
}

fn is_read(description: &SessionDescription) -> bool {
    SessionDescription::parse(&description.to_bytes()).as_ref() == Ok(description)
}

fn stream(maps: &[&str]) -> Stream {
    let mut stream = Stream::audio("192.0.2.7:7000".parse().unwrap());
    stream.encodings = maps.iter().map(|map| Encoding::new(map.parse().unwrap())).collect();
    stream
}

#[test]
fn many_formats_of_a_refused_section_do_not_make_an_answer_too_long() {
    let lines = ["m=audio 6000 RTP/AVP 0", "m=video 6002 RTP/AVP 31"];
    let offer = filled(&lines, 1, " 34", SessionDescription::MAX_LEN);
    let made = OfferAnswer::new(1).answer(&offer, &[stream(&["PCMU/8000"])]).unwrap();
    assert!(is_read(&made.description));
    assert_eq!(made.description.media()[1].head().value(), "video 0 RTP/AVP 31");
}

#[test]
fn an_offer_whose_answer_would_be_too_long_is_refused() {
    let lines = ["m=audio 6000 RTP/AVP 0", "m=video 6002 x"];
    let streams = [stream(&["PCMU/8000"])];
    let mut session = OfferAnswer::new(1);
    session.answer(&description(&lines[..1]), &streams).unwrap();
    let before = (session.local().cloned(), session.remote().cloned());
    let offer = filled(&lines, 1, "y", SessionDescription::MAX_LEN);
    let error = session.answer(&offer, &streams).unwrap_err();
    assert_eq!(error, NegotiateError::TooLong);
    assert_eq!(error.status(), 413);
    assert_eq!((session.local().cloned(), session.remote().cloned()), before);
    let shorter = filled(&lines, 1, "y", SessionDescription::MAX_LEN - 1_000);
    assert!(is_read(&session.answer(&shorter, &streams).unwrap().description));
    let single = answer(&offer, &capabilities(), Origin::new(1, 1, [192, 0, 2, 7].into()));
    assert_eq!(single.err(), Some(AnswerError::TooLong));
    assert_eq!(AnswerError::TooLong.status(), 413);
}

#[test]
fn an_origin_of_any_length_does_not_make_an_answer_too_long() {
    let offer = description(&["m=audio 6000 RTP/AVP 0"]);
    for (len, fits) in [(60_000, true), (SessionDescription::MAX_LEN, false)] {
        let origin: Origin = format!("{} 1 1 IN IP4 h", "u".repeat(len)).parse().unwrap();
        match answer(&offer, &capabilities(), origin) {
            Ok(made) => assert!(fits && is_read(&made.description)),
            Err(error) => assert!(!fits && error == AnswerError::TooLong),
        }
    }
}

#[test]
fn an_answer_of_too_many_lines_is_not_made() {
    let statics = "0 3 4 5 6 7 8 9 10 11 12 13 15 16 17 18";
    let head = format!("m=audio 6000 RTP/AVP {statics}");
    let offer = description(&vec![head.as_str(); 80]);
    let maps: Vec<String> = offer.media()[0].rtp_maps().map(|(_, map)| map.to_string()).collect();
    let mut one = stream(&maps.iter().map(String::as_str).collect::<Vec<_>>());
    one.takes = Takes::All;
    let made = OfferAnswer::new(1).answer(&offer, &vec![one.clone(); 80]);
    assert_eq!(made.err(), Some(NegotiateError::TooLong));
    let made = OfferAnswer::new(1).answer(&offer, &vec![one; 20]).unwrap();
    assert!(is_read(&made.description));
}

#[test]
fn streams_that_do_not_fit_are_not_offered() {
    let few = stream(&["PCMU/8000"]);
    let offer = OfferAnswer::new(1).offer(&vec![few.clone(); 400]);
    assert!(is_read(&offer));
    assert!(offer.media().len() > 100, "{}", offer.media().len());
    let mut long = few.clone();
    long.lines.push(Line::attribute_of("x", &"y".repeat(40_000)).unwrap());
    let offer = OfferAnswer::new(1).offer(&[long.clone(), long, few]);
    assert!(is_read(&offer));
    assert_eq!(offer.media().len(), 2, "the second long one has no room");
}

#[test]
fn a_section_that_does_not_fit_any_more_is_offered_as_refused() {
    let lines = ["m=audio 6000 RTP/AVP 0", "m=video 6002 x"];
    let mut streams = [stream(&["PCMU/8000"])];
    let mut session = OfferAnswer::new(u64::MAX >> 1);
    let offer = filled(&lines, 1, "y", SessionDescription::MAX_LEN - 500);
    session.answer(&offer, &streams).unwrap();
    streams[0].lines.push(Line::attribute_of("x", &"y".repeat(1_000)).unwrap());
    streams[0].local = "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:7000".parse().unwrap();
    let next = session.offer(&streams);
    assert!(is_read(&next));
    assert_eq!(next.media().iter().map(|media| media.port()).collect::<Vec<_>>(), [0, 0]);
    streams[0].lines.clear();
    assert_eq!(session.offer(&streams).media()[0].port(), 7000, "now it fits again");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_made_is_read(
        long in 0..5_usize,
        with in prop::sample::select(vec![" 34", " x", "y"]),
        short in 0..700_usize,
        further in 0..400_usize,
        v6 in any::<bool>(),
    ) {
        let lines = [
            "m=audio 6000 RTP/AVP 0",
            "a=mid:a",
            "m=video 6002 RTP/AVP 31",
            "a=mid:v",
            "m=audio 6004 RTP/AVP 0",
        ];
        let offer = filled(&lines, long, with, SessionDescription::MAX_LEN - short);
        let mut one = stream(&["PCMU/8000", "opus/48000/2"]);
        let mut session = OfferAnswer::new(u64::MAX);
        if let Ok(made) = session.answer(&offer, &[one.clone()]) {
            prop_assert!(is_read(&made.description));
        }
        let before = session.local().map_or(0, |local| local.media().len());
        if v6 {
            one.local = "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:7000".parse().unwrap();
        }
        let next = session.offer(&vec![one; 1 + further]);
        prop_assert!(is_read(&next));
        prop_assert!(next.media().len() >= before, "sections stay");
    }
}
