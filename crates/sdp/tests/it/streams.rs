//! Any number of streams over many offers and answers.

use std::net::SocketAddr;

use centrala_sdp::{
    AnswerTurn, Direction, Encoding, Line, NegotiateError, OfferAnswer, PayloadType, Preference,
    Refusal, Revision, RtcpMux, RtpMap, SectionPlan, SessionDescription, Stream, Takes,
    TelephoneEvent,
};

use crate::{devices::device, sample::description};

fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], port))
}

fn encoding(map: &str) -> Encoding {
    Encoding::new(map.parse().unwrap())
}

/// A stream of audio with these encodings.
fn audio(port: u16, maps: &[&str]) -> Stream {
    let mut stream = Stream::audio(at(port));
    stream.encodings = maps.iter().map(|map| encoding(map)).collect();
    stream
}

fn video(port: u16, maps: &[&str]) -> Stream {
    let mut stream = Stream::rtp("video", &["RTP/AVP", "RTP/AVPF"], at(port)).unwrap();
    stream.encodings = maps.iter().map(|map| encoding(map)).collect();
    stream
}

fn sections(description: &SessionDescription) -> Vec<String> {
    description.media().iter().map(|media| media.head().value().into_owned()).collect()
}

fn refusals(plan: &centrala_sdp::SessionPlan) -> Vec<Option<Refusal>> {
    plan.sections
        .iter()
        .map(|section| match section {
            SectionPlan::Taken(_) => None,
            SectionPlan::Refused(refusal) => Some(*refusal),
        })
        .collect()
}

#[test]
fn each_encoding_and_clock_rate_has_a_number() {
    let mut stream = audio(7000, &["opus/48000/2", "G722/8000", "PCMU/8000", "CN/8000"]);
    stream.encodings[0] = encoding("opus/48000/2").with_parameters("useinbandfec=1").unwrap();
    stream.maxptime = Some(60);
    stream.rtcp_mux = RtcpMux::Accept;
    let offer = OfferAnswer::new(9).offer(&[stream]);
    assert_eq!(
        offer.to_string(),
        "v=0\r\no=- 9 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
         m=audio 7000 RTP/AVP 96 9 0 13 101 97\r\n\
         a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:9 G722/8000\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:13 CN/8000\r\n\
         a=rtpmap:101 telephone-event/48000\r\na=fmtp:101 0-16\r\n\
         a=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-16\r\n\
         a=ptime:20\r\na=maxptime:60\r\na=rtcp-mux\r\na=sendrecv\r\n"
    );
}

#[test]
fn several_sections_are_answered_in_their_order() {
    let offer = description(&[
        "m=video 6000 RTP/AVPF 99 31",
        "a=rtpmap:99 VP8/90000",
        "a=mid:v",
        "m=audio 6002 RTP/AVP 0",
        "m=text 6004 RTP/AVP 98",
        "a=rtpmap:98 t140/1000",
        "m=audio 6006 RTP/AVP 8",
        "c=IN IP4 203.0.113.99",
        "m=audio 6008 RTP/AVP 18",
        "m=audio 0 RTP/AVP 0",
    ]);
    let streams =
        [audio(7000, &["PCMU/8000"]), video(7002, &["H261/90000"]), audio(7004, &["PCMA/8000"])];
    let made = OfferAnswer::new(1).answer(&offer, &streams).unwrap();
    assert_eq!(
        sections(&made.description),
        [
            "video 7002 RTP/AVPF 31",
            "audio 7000 RTP/AVP 0",
            "text 0 RTP/AVP 98",
            "audio 7004 RTP/AVP 8",
            "audio 0 RTP/AVP 18",
            "audio 0 RTP/AVP 0",
        ]
    );
    assert_eq!(
        refusals(&made.plan),
        [None, None, Some(Refusal::Unknown), None, Some(Refusal::Unknown), Some(Refusal::Over)]
    );
    assert_eq!(made.description.media()[0].attribute("mid"), Some("v"));
    let plan = made.plan.stream(2).unwrap();
    assert_eq!((plan.section, plan.remote), (3, "203.0.113.99:6006".parse().unwrap()));
    assert_eq!(made.plan.streams().map(|plan| plan.stream).collect::<Vec<_>>(), [1, 0, 2]);
}

#[test]
fn the_preferred_codec_is_that_of_the_side_that_is_asked_to_prefer() {
    let offer = description(&[
        "m=audio 6000 RTP/AVP 0 8 9 96 97",
        "a=rtpmap:96 telephone-event/8000",
        "a=rtpmap:97 telephone-event/16000",
    ]);
    for (preference, takes, expected) in [
        (Preference::Offerer, Takes::First, "audio 7000 RTP/AVP 0 96"),
        (Preference::Offerer, Takes::All, "audio 7000 RTP/AVP 0 8 9 96"),
        (Preference::Answerer, Takes::First, "audio 7000 RTP/AVP 9 96"),
        (Preference::Answerer, Takes::All, "audio 7000 RTP/AVP 9 8 0 96"),
    ] {
        let mut stream = audio(7000, &["G722/8000", "PCMA/8000", "PCMU/8000"]);
        (stream.preference, stream.takes) = (preference, takes);
        let made = OfferAnswer::new(1).answer(&offer, &[stream]).unwrap();
        assert_eq!(sections(&made.description), [expected]);
    }
}

#[test]
fn what_goes_along_keeps_its_place_where_the_offerer_prefers() {
    let offer = description(&[
        "m=audio 6000 RTP/AVP 101 63 13 111 0",
        "a=rtpmap:101 telephone-event/48000",
        "a=rtpmap:63 red/48000/2",
        "a=fmtp:63 111/111",
        "a=rtpmap:111 opus/48000/2",
    ]);
    for (preference, takes, expected) in [
        (Preference::Offerer, Takes::First, "audio 7000 RTP/AVP 101 63 111"),
        (Preference::Offerer, Takes::All, "audio 7000 RTP/AVP 101 63 13 111 0"),
        (Preference::Answerer, Takes::First, "audio 7000 RTP/AVP 0 13"),
        (Preference::Answerer, Takes::All, "audio 7000 RTP/AVP 0 111 63 13 101"),
    ] {
        let maps = ["PCMU/8000", "opus/48000/2", "red/48000/2", "CN/8000"];
        let mut stream = audio(7000, &maps);
        (stream.preference, stream.takes) = (preference, takes);
        let made = OfferAnswer::new(1).answer(&offer, &[stream]).unwrap();
        assert_eq!(sections(&made.description), [expected], "{preference:?} {takes:?}");
        let plan = made.plan.stream(0).unwrap();
        assert!(plan.codecs.iter().all(|format| !format.map.is_companion()));
        assert!(plan.companions.iter().all(|format| format.map.is_companion()));
    }
}

#[test]
fn a_refused_section_keeps_its_name() {
    let offer = description(&[
        "a=group:BUNDLE a v",
        "m=audio 6000 RTP/AVP 0",
        "a=mid:a",
        "m=video 6002 RTP/AVP 31 34",
        "a=mid:v",
        "m=text 0 RTP/AVP 98",
        "a=mid:t",
    ]);
    let mut session = OfferAnswer::new(1);
    let mut streams = [audio(7000, &["PCMU/8000"])];
    let names = |description: &SessionDescription| {
        let media = description.media().iter();
        media.map(|media| media.lines().mid().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let answer = session.answer(&offer, &streams).unwrap().description;
    assert_eq!(names(&answer), ["a", "v", "t"]);
    assert_eq!(answer.lines().groups().count(), 0, "answered unbundled");
    assert!(answer.to_string().contains("m=video 0 RTP/AVP 31\r\na=mid:v\r\nm=text"));
    let next = session.offer(&streams);
    assert_eq!(names(&next), ["a", "v", "t"]);
    streams[0].local.set_port(0);
    assert_eq!(names(&session.offer(&streams)), ["a", "v", "t"], "the first one is over");
}

#[test]
fn named_events_follow_the_clock_rate_of_the_codec() {
    let offer = device("chromium_webrtc");
    let mut stream = Stream::rtp("audio", &["UDP/TLS/RTP/SAVPF"], at(7000)).unwrap();
    stream.telephone_event = TelephoneEvent::Accept;
    stream.lines.push(Line::attribute_of("setup", "active").unwrap());
    for (codec, expected) in [
        ("opus/48000/2", "audio 7000 UDP/TLS/RTP/SAVPF 111 110"),
        ("pcma/8000", "audio 7000 UDP/TLS/RTP/SAVPF 8 126"),
    ] {
        stream.encodings = vec![encoding(codec)];
        let made = OfferAnswer::new(1).answer(&offer, core::slice::from_ref(&stream)).unwrap();
        assert_eq!(sections(&made.description)[0], expected);
        let plan = made.plan.stream(0).unwrap();
        let event = plan.telephone_event().unwrap();
        assert_eq!(event.map.clock_rate(), plan.codec().unwrap().map.clock_rate());
        assert_eq!(made.description.media()[0].attribute("setup"), Some("active"));
        assert!(!plan.rtcp_mux && made.description.media()[0].attribute("rtcp-mux").is_none());
    }
    stream.rtcp_mux = RtcpMux::Accept;
    let made = OfferAnswer::new(1).answer(&offer, &[stream]).unwrap();
    let plan = made.plan.stream(0).unwrap();
    assert!(plan.rtcp_mux && made.description.media()[0].lines().has_rtcp_mux());
    assert_eq!(plan.remote_rtcp, plan.remote);
}

#[test]
fn a_required_parameter_tells_formats_apart() {
    let offer = device("mobile_sbc");
    let amr = |parameters: &str| {
        let map = RtpMap::new("AMR-WB", 16_000, 1).unwrap();
        Encoding::new(map).with_parameters(parameters).unwrap().requiring("octet-align", "0")
    };
    for (parameters, number) in
        [("octet-align=1", 110), ("mode-set=0", 104), ("octet-align=0", 104)]
    {
        let mut stream = audio(7000, &[]);
        stream.encodings = vec![amr(parameters)];
        let made = OfferAnswer::new(1).answer(&offer, &[stream]).unwrap();
        let plan = made.plan.stream(0).unwrap();
        let codec = plan.codec().unwrap();
        assert_eq!(codec.types.send.as_u8(), number, "{parameters}");
        assert_eq!(codec.local_parameters.as_deref(), Some(parameters));
        assert!(codec.remote_parameters.as_deref().unwrap().contains("max-red=0"));
        assert_eq!(plan.telephone_event().unwrap().types.send.as_u8(), 105);
        let media = &made.description.media()[0];
        assert_eq!(media.format_parameters(codec.types.receive), Some(parameters));
    }
}

#[test]
fn an_answer_may_use_other_numbers_or_leave_out_what_they_mean() {
    let mut session = OfferAnswer::new(1);
    session.offer(&[audio(7000, &["opus/48000/2", "PCMU/8000"])]);
    let answer = description(&["m=audio 6000 RTP/AVP 111", "a=rtpmap:111 OPUS/48000/2"]);
    let plan = session.clone().complete(&answer).unwrap().plan;
    let types = plan.stream(0).unwrap().codec().unwrap().types;
    assert_eq!((types.send.as_u8(), types.receive.as_u8()), (111, 96));
    let silent = description(&["m=audio 6000 RTP/AVP 96 0"]);
    let plan = session.complete(&silent).unwrap().plan;
    assert_eq!(plan.stream(0).unwrap().codecs.len(), 2);
    assert_eq!(plan.stream(0).unwrap().codec().unwrap().map.encoding(), "opus");
}

#[test]
fn an_answer_comes_again_or_differs() {
    let streams = [audio(7000, &["PCMU/8000", "PCMA/8000"])];
    let mut session = OfferAnswer::new(1);
    assert_eq!(session.complete(&description(&[])).err(), Some(NegotiateError::NoOffer));
    session.offer(&streams);
    let early = description(&["m=audio 6000 RTP/AVP 8"]);
    let first = session.complete(&early).unwrap();
    assert_eq!(first.answer, AnswerTurn::First);
    let again = session.complete(&early).unwrap();
    assert_eq!((again.answer, &again.plan), (AnswerTurn::Again, &first.plan));
    let other = description(&["m=audio 6100 RTP/AVP 0"]);
    let differing = session.complete(&other).unwrap();
    assert_eq!((differing.answer, &differing.plan), (AnswerTurn::Differing, &first.plan));
    assert_eq!(session.remote(), Some(&early), "the first one counts");
    // After an exchange that the other side began there is nothing to be answered.
    session.answer(&description(&["m=audio 6000 RTP/AVP 8"]), &streams).unwrap();
    assert_eq!(session.complete(&early).err(), Some(NegotiateError::NoOffer));
}

#[test]
fn forked_dialogs_have_sessions_of_their_own() {
    let streams = [audio(7000, &["PCMU/8000", "PCMA/8000"])];
    let mut one = OfferAnswer::new(1);
    one.offer(&streams);
    let mut two = one.clone();
    one.complete(&description(&["m=audio 6000 RTP/AVP 8"])).unwrap();
    let plan = two.complete(&description(&["m=audio 6100 RTP/AVP 0"])).unwrap();
    assert_eq!(plan.answer, AnswerTurn::First);
    assert_ne!(one.remote(), two.remote());
}

#[test]
fn an_offer_in_200_is_answered_in_ack() {
    let mut session = OfferAnswer::new(1);
    let in_200 = session.offer(&[audio(7000, &["PCMU/8000"])]);
    assert_eq!(sections(&in_200), ["audio 7000 RTP/AVP 0 101"]);
    let in_ack = description(&["m=audio 6000 RTP/AVP 0", "a=sendonly"]);
    let plan = session.complete(&in_ack).unwrap().plan;
    assert_eq!(plan.stream(0).unwrap().direction, Direction::RecvOnly);
    assert!(!session.is_offering());
}

#[test]
fn streams_come_and_go_without_moving() {
    let (mut alice, mut bob) = (OfferAnswer::new(1), OfferAnswer::new(2));
    let mut ours = vec![audio(7000, &["PCMU/8000"])];
    let theirs = [audio(6000, &["PCMU/8000"]), video(6002, &["H261/90000"])];
    let mut exchange = |ours: &[Stream]| {
        let offer = alice.offer(ours);
        let made = bob.answer(&offer, &theirs).unwrap();
        let heard = alice.complete(&made.description).unwrap();
        assert_eq!(heard.answer, AnswerTurn::First);
        (sections(&offer), sections(&made.description), offer.origin().version().to_owned())
    };
    let (offer, answer, _) = exchange(&ours);
    assert_eq!(
        (offer, answer),
        (vec!["audio 7000 RTP/AVP 0 101".into()], vec!["audio 6000 RTP/AVP 0 101".to_owned()])
    );
    ours.push(video(7002, &["H261/90000", "H263/90000"]));
    let (offer, answer, version) = exchange(&ours);
    assert_eq!(offer, ["audio 7000 RTP/AVP 0 101", "video 7002 RTP/AVP 31 34"]);
    assert_eq!((answer[1].as_str(), version.as_str()), ("video 6002 RTP/AVP 31", "2"));
    ours[0].local.set_port(0);
    let (offer, answer, _) = exchange(&ours);
    assert_eq!(offer, ["audio 0 RTP/AVP 0", "video 7002 RTP/AVP 31 34"]);
    assert_eq!(answer[0], "audio 0 RTP/AVP 0");
    ours[0].local.set_port(7010);
    let (offer, answer, version) = exchange(&ours);
    assert_eq!(offer[0], "audio 7010 RTP/AVP 0 101");
    assert_eq!((answer[0].as_str(), version.as_str()), ("audio 6000 RTP/AVP 0 101", "4"));
    let (_, _, version) = exchange(&ours);
    assert_eq!(version, "4", "nothing has changed");
}

#[test]
fn a_section_keeps_its_stream_when_another_would_fit() {
    let mut session = OfferAnswer::new(1);
    let streams = [audio(7000, &["PCMU/8000"]), audio(7002, &["PCMU/8000", "PCMA/8000"])];
    let first = description(&["m=audio 6000 RTP/AVP 8", "m=audio 6002 RTP/AVP 0"]);
    let made = session.answer(&first, &streams).unwrap();
    assert_eq!(sections(&made.description), ["audio 7002 RTP/AVP 8", "audio 7000 RTP/AVP 0"]);
    let second = description(&["m=audio 6000 RTP/AVP 0", "m=audio 6002 RTP/AVP 0"]);
    let made = session.answer(&second, &streams).unwrap();
    assert_eq!(sections(&made.description), ["audio 7002 RTP/AVP 0", "audio 7000 RTP/AVP 0"]);
}

#[test]
fn a_call_changes_to_fax_and_back_in_one_section() {
    let fax = Stream::opaque("image", &["udptl"], &["t38"], at(7002)).unwrap();
    let streams = [audio(7000, &["PCMU/8000"]), fax];
    let mut session = OfferAnswer::new(1);
    let voice = description(&["m=audio 6000 RTP/AVP 0"]);
    let image = description(&["m=image 6002 udptl t38"]);
    for (offer, expected, stream) in [
        (&voice, "audio 7000 RTP/AVP 0", 0),
        (&image, "image 7002 udptl t38", 1),
        (&voice, "audio 7000 RTP/AVP 0", 0),
    ] {
        let made = session.answer(offer, &streams).unwrap();
        assert_eq!(sections(&made.description), [expected]);
        assert_eq!(made.plan.streams().map(|plan| plan.stream).collect::<Vec<_>>(), [stream]);
    }
}

#[test]
fn a_number_never_changes_its_meaning() {
    let mut session = OfferAnswer::new(1);
    // They say 96 is AMR, which this side does not know; 97 is opus.
    let offer = description(&[
        "m=audio 6000 RTP/AVP 97 96",
        "a=rtpmap:96 AMR/8000",
        "a=rtpmap:97 opus/48000/2",
    ]);
    let mut streams = [audio(7000, &["opus/48000/2"])];
    session.answer(&offer, &streams).unwrap();
    streams[0].encodings.insert(0, encoding("iLBC/8000"));
    let next = session.offer(&streams);
    assert_eq!(sections(&next), ["audio 7000 RTP/AVP 98 97 101 99"]);
    let media = &next.media()[0];
    let map = |number: u8| {
        let number = PayloadType::new(number).unwrap();
        media.rtp_maps().find(|(other, _)| *other == number).unwrap().1.to_string()
    };
    assert_eq!([map(98), map(97)], ["iLBC/8000", "opus/48000/2"]);
}

#[test]
fn a_refused_re_offer_leaves_the_session_as_it_was() {
    let mut session = OfferAnswer::new(1);
    let mut streams = [audio(7000, &["PCMU/8000"])];
    let offer = description(&["m=audio 6000 RTP/AVP 0"]);
    session.answer(&offer, &streams).unwrap();
    let (local, remote) = (session.local().cloned(), session.remote().cloned());
    streams[0].encodings = vec![encoding("G722/8000")];
    session.offer(&streams);
    assert!(session.is_offering());
    session.withdraw();
    assert_eq!(
        (session.local().cloned(), session.remote().cloned()),
        (local.clone(), remote.clone())
    );
    let bad = description(&["m=audio 6000 RTP/AVP 18"]);
    let error = session.answer(&bad, &streams).unwrap_err();
    assert_eq!(error, NegotiateError::NothingCommon(Refusal::NoCommonFormat));
    assert_eq!(error.status(), 488);
    session.offer(&streams);
    let error = session.complete(&description(&["m=audio 0 RTP/AVP 9"])).unwrap_err();
    assert_eq!(error, NegotiateError::NothingCommon(Refusal::Rejected));
    assert_eq!((session.local().cloned(), session.remote().cloned()), (local, remote));
    session.offer(&streams);
    assert_eq!(session.complete(&description(&[])).err(), Some(NegotiateError::SectionMismatch));
}

#[test]
fn the_revision_of_a_description_is_told() {
    let mut session = OfferAnswer::new(1);
    let parse = |origin: &str, port: u16| {
        let text = format!(
            "v=0\r\no={origin}\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
        );
        text.parse::<SessionDescription>().unwrap()
    };
    let first = parse("- 5 10 IN IP4 203.0.113.1", 6000);
    assert_eq!(session.revision_of(&first), Revision::First);
    let made = session.answer(&first, &[audio(7000, &["PCMU/8000"])]).unwrap();
    for (origin, port, expected) in [
        ("- 5 10 IN IP4 203.0.113.1", 6000, Revision::Unchanged),
        ("- 5 11 IN IP4 203.0.113.1", 6000, Revision::Changed),
        ("- 5 10 IN IP4 203.0.113.1", 6002, Revision::Uncounted),
        ("- 5 9 IN IP4 203.0.113.1", 6000, Revision::Uncounted),
        ("- 6 10 IN IP4 203.0.113.1", 6000, Revision::Foreign),
        ("- 5 10 IN IP4 203.0.113.2", 6000, Revision::Foreign),
    ] {
        assert_eq!(session.revision_of(&parse(origin, port)), expected, "{origin} {port}");
    }
    // A refresh is answered with the same description, of the same version.
    let again = session.answer(&first, &[audio(7000, &["PCMU/8000"])]).unwrap();
    assert_eq!(again, made);
}

#[test]
fn an_offer_without_live_sections_is_answered() {
    let mut session = OfferAnswer::new(1);
    let made = session.answer(&description(&[]), &[audio(7000, &["PCMU/8000"])]).unwrap();
    assert!(made.description.media().is_empty() && made.plan.sections.is_empty());
    let over = description(&["m=audio 0 RTP/AVP 0"]);
    let made = session.answer(&over, &[audio(7000, &["PCMU/8000"])]).unwrap();
    assert_eq!(refusals(&made.plan), [Some(Refusal::Over)]);
    assert_eq!(sections(&made.description), ["audio 0 RTP/AVP 0"]);
}

#[test]
fn a_stream_at_another_address_says_so_in_its_section() {
    let mut second = video(7002, &["H261/90000"]);
    second.local = "198.51.100.3:7002".parse().unwrap();
    let streams = [audio(7000, &["PCMU/8000"]), second];
    let offer = OfferAnswer::new(1).offer(&streams);
    let address = |section: usize| offer.connection_of(&offer.media()[section]).unwrap().to_ip();
    assert_eq!(address(0), Some(streams[0].local.ip()));
    assert_eq!(address(1), Some(streams[1].local.ip()));
    assert_eq!(offer.media()[1].lines()[0].kind(), 'c');
}

#[test]
fn lines_of_a_stream_cannot_begin_a_section() {
    let offer = description(&["m=audio 6000 RTP/AVP 0"]);
    let mut stream = audio(7000, &["PCMU/8000"]);
    stream.lines = vec![
        offer.media()[0].head().clone(),
        Line::attribute_of("inactive", "").unwrap(),
        Line::new('b', "AS:64").unwrap(),
    ];
    let made = OfferAnswer::new(1).answer(&offer, &[stream]).unwrap();
    let text = made.description.to_string();
    assert_eq!(text.matches("m=").count(), 1);
    assert_eq!(made.description.media()[0].lines().direction(), Ok(Direction::SendRecv));
    assert!(text.contains("m=audio 7000 RTP/AVP 0\r\nb=AS:64\r\na=rtpmap"), "{text}");
}

#[test]
fn who_knows_nothing_offers_nothing() {
    let mut streams =
        vec![audio(7000, &[]), audio(7002, &["CN/8000"]), video(7004, &["H261/90000"])];
    let mut session = OfferAnswer::new(1);
    assert_eq!(sections(&session.offer(&streams)), ["video 7004 RTP/AVP 31"]);
    session.complete(&description(&["m=video 6000 RTP/AVP 31"])).unwrap();
    streams[2].encodings.clear();
    streams[0].encodings.push(encoding("PCMU/8000"));
    let offer = session.offer(&streams);
    assert_eq!(sections(&offer), ["video 0 RTP/AVP 31", "audio 7000 RTP/AVP 0 101"]);
    assert!(OfferAnswer::new(1).offer(&[audio(7000, &[])]).media().is_empty());
}

#[test]
fn a_stream_that_has_moved_is_offered_once() {
    let mut session = OfferAnswer::new(1);
    let streams = [audio(7000, &["PCMU/8000"])];
    session.answer(&description(&["m=audio 6000 RTP/AVP 0"]), &streams).unwrap();
    // They end the first section and begin another instead of opening it again.
    let moved = description(&["m=audio 0 RTP/AVP 0", "m=audio 6002 RTP/AVP 0"]);
    session.answer(&moved, &streams).unwrap();
    let next = session.offer(&streams);
    assert_eq!(sections(&next), ["audio 0 RTP/AVP 0", "audio 7000 RTP/AVP 0 101"]);
    let both = description(&["m=audio 6000 RTP/AVP 0", "m=audio 6002 RTP/AVP 0"]);
    let made = session.answer(&both, &streams).unwrap();
    assert_eq!(sections(&made.description), ["audio 0 RTP/AVP 0", "audio 7000 RTP/AVP 0"]);
}

#[test]
fn an_origin_keeps_its_address_when_media_moves() {
    let mut session = OfferAnswer::new(1);
    let mut streams = [audio(7000, &["PCMU/8000"])];
    let first = session.offer(&streams);
    session.complete(&description(&["m=audio 6000 RTP/AVP 0"])).unwrap();
    streams[0].local = "198.51.100.3:7000".parse().unwrap();
    let moved = session.offer(&streams);
    assert!(moved.origin().is_same_session(first.origin()), "{}", moved.origin());
    assert_eq!(moved.origin().version(), "2");
    let connection = moved.connection_of(&moved.media()[0]).unwrap();
    assert_eq!(connection.to_ip(), Some(streams[0].local.ip()));
    session.complete(&description(&["m=audio 6000 RTP/AVP 0"])).unwrap();
    assert_eq!(session.offer(&streams), moved, "nothing has changed");
}

#[test]
fn repairs_and_redundancy_follow_their_codecs() {
    let offer = description(&[
        "m=video 6000 RTP/AVPF 100 101 102 103",
        "a=rtpmap:100 VP8/90000",
        "a=rtpmap:101 rtx/90000",
        "a=fmtp:101 apt=100",
        "a=rtpmap:102 H264/90000",
        "a=rtpmap:103 rtx/90000",
        "a=fmtp:103 apt=102",
        "m=audio 6002 RTP/AVP 63 111",
        "a=rtpmap:63 red/48000/2",
        "a=fmtp:63 111/111",
        "a=rtpmap:111 opus/48000/2",
    ]);
    let mut streams = [
        video(7000, &["VP8/90000", "rtx/90000", "H264/90000"]),
        audio(7002, &["opus/48000/2", "red/48000/2"]),
    ];
    streams[0].encodings[1] = encoding("rtx/90000").with_parameters("apt=96").unwrap();
    let made = OfferAnswer::new(1).answer(&offer, &streams).unwrap().description;
    assert_eq!(sections(&made), ["video 7000 RTP/AVPF 100 101", "audio 7002 RTP/AVP 63 111"]);
    let number = |number| PayloadType::new(number).unwrap();
    assert_eq!(made.media()[0].format_parameters(number(101)), Some("apt=100"));
    assert_eq!(made.media()[1].format_parameters(number(63)), Some("111/111"));
}

#[test]
fn named_events_are_offered_once_for_each_clock_rate() {
    let stream = audio(7000, &["PCMU/8000", "telephone-event/8000"]);
    let offer = OfferAnswer::new(1).offer(&[stream]);
    assert_eq!(sections(&offer), ["audio 7000 RTP/AVP 0 96"]);
}

#[test]
fn a_number_keeps_the_packing_of_its_format() {
    let amr = |parameters: &str| {
        let map = RtpMap::new("AMR", 8_000, 1).unwrap();
        Encoding::new(map).with_parameters(parameters).unwrap().requiring("octet-align", "0")
    };
    let mut session = OfferAnswer::new(1);
    let mut streams = [audio(7000, &[])];
    streams[0].telephone_event = TelephoneEvent::Refuse;
    streams[0].encodings = vec![amr("octet-align=1"), amr("octet-align=0")];
    let first = session.offer(&streams);
    assert_eq!(sections(&first), ["audio 7000 RTP/AVP 96 97"]);
    session.complete(&description(&["m=audio 6000 RTP/AVP 97", "a=rtpmap:97 AMR/8000"])).unwrap();
    streams[0].encodings.reverse();
    assert_eq!(sections(&session.offer(&streams)), ["audio 7000 RTP/AVP 97 96"]);
    streams[0].encodings.truncate(1);
    assert_eq!(sections(&session.offer(&streams)), ["audio 7000 RTP/AVP 97"]);
}

#[test]
fn a_number_means_what_the_last_offer_said() {
    let mut session = OfferAnswer::new(1);
    let mut streams = [audio(7000, &["opus/48000/2", "G726-32/8000"])];
    streams[0].telephone_event = TelephoneEvent::Refuse;
    for lines in [
        &["m=audio 6000 RTP/AVP 96", "a=rtpmap:96 opus/48000/2"] as &[&str],
        &["m=audio 0 RTP/AVP 96"],
        // The section is another stream's from here on (RFC 3264 section 8.1).
        &["m=audio 6000 RTP/AVP 96", "a=rtpmap:96 G726-32/8000"],
    ] {
        session.answer(&description(lines), &streams).unwrap();
    }
    let next = session.offer(&streams);
    assert_eq!(sections(&next), ["audio 7000 RTP/AVP 97 96"]);
    assert_eq!(next.media()[0].attribute("rtpmap"), Some("97 opus/48000/2"));
}

#[test]
fn what_a_stream_says_itself_is_said_once() {
    let mut stream = audio(7000, &["PCMU/8000"]);
    for (name, value) in [("mid", "a"), ("rtcp-mux", ""), ("ptime", "30"), ("maxptime", "60")] {
        stream.lines.push(Line::attribute_of(name, value).unwrap());
    }
    let once = |description: &SessionDescription, name: &str| {
        let values: Vec<_> = description.media()[0].lines().attributes(name).collect();
        assert!(values.len() <= 1, "{name}: {values:?}");
        values.first().map(|value| (*value).to_owned())
    };
    let mut session = OfferAnswer::new(1);
    let first = session.offer(core::slice::from_ref(&stream));
    let answer = description(&["m=audio 6000 RTP/AVP 0", "a=mid:a"]);
    session.complete(&answer).unwrap();
    let second = session.offer(core::slice::from_ref(&stream));
    assert_eq!(second, first, "nothing has changed");
    assert_eq!(once(&second, "mid").as_deref(), Some("a"));
    assert_eq!(once(&second, "ptime").as_deref(), Some("20"), "as Stream::ptime says");
    assert_eq!(once(&second, "maxptime").as_deref(), Some("60"));
    assert_eq!(once(&second, "rtcp-mux"), None, "as Stream::rtcp_mux says");
    let offer = description(&["m=audio 6000 RTP/AVP 0", "a=mid:b", "a=rtcp-mux"]);
    let made = OfferAnswer::new(1).answer(&offer, core::slice::from_ref(&stream)).unwrap();
    assert_eq!(once(&made.description, "mid").as_deref(), Some("b"), "RFC 5888 section 9.1");
    assert_eq!(once(&made.description, "rtcp-mux"), None);
    stream.rtcp_mux = RtcpMux::Accept;
    let made = OfferAnswer::new(1).answer(&offer, &[stream]).unwrap();
    assert_eq!(once(&made.description, "rtcp-mux").as_deref(), Some(""));
}

#[test]
fn what_is_repaired_is_named_by_its_number_in_the_offer() {
    let number = |number| PayloadType::new(number).unwrap();
    let of = |map: &str, parameters: &str| encoding(map).with_parameters(parameters).unwrap();
    let mut streams = [video(7000, &[]), audio(7002, &[])];
    streams[0].encodings = vec![
        encoding("VP8/90000").numbered(number(96)),
        of("rtx/90000", "rtx-time=3000; apt=96"),
        encoding("H264/90000").numbered(number(98)),
        of("rtx/90000", "apt=98"),
    ];
    streams[1].encodings =
        vec![encoding("opus/48000/2").numbered(number(111)), of("red/48000/2", "111/111")];
    let fmtp = |offer: &SessionDescription, section: usize| {
        offer.media()[section].lines().attributes("fmtp").map(str::to_owned).collect::<Vec<_>>()
    };
    let first = OfferAnswer::new(1).offer(&streams);
    assert_eq!(fmtp(&first, 0), ["97 rtx-time=3000; apt=96", "99 apt=98"]);
    let theirs = description(&[
        "m=video 6000 RTP/AVP 100 101",
        "a=rtpmap:100 VP8/90000",
        "a=rtpmap:101 rtx/90000",
        "a=fmtp:101 apt=100",
        "m=audio 6002 RTP/AVP 120 121",
        "a=rtpmap:120 opus/48000/2",
        "a=rtpmap:121 red/48000/2",
        "a=fmtp:121 120/120",
    ]);
    let mut session = OfferAnswer::new(1);
    session.answer(&theirs, &streams).unwrap();
    let next = session.offer(&streams);
    assert_eq!(sections(&next)[0], "video 7000 RTP/AVP 100 101 98 97");
    assert_eq!(fmtp(&next, 0), ["101 rtx-time=3000; apt=100", "97 apt=98"]);
    assert_eq!(fmtp(&next, 1)[0], "121 120/120");
}
