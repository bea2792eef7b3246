//! One offer and one answer (RFC 3264 sections 5 to 7).

use std::net::SocketAddr;

use centrala_sdp::{
    AnswerError, Codec, Direction, LocalSession, MediaPlan, Origin, PayloadType, PayloadTypes,
    RtcpMux, SessionDescription, TelephoneEvent, answer, complete, offer,
};

use crate::sample::{capabilities, description};

fn origin() -> Origin {
    Origin::new(1, 1, [192, 0, 2, 7].into())
}

#[track_caller]
fn answered(lines: &[&str]) -> (String, MediaPlan) {
    let answer = answer(&description(lines), &capabilities(), origin()).unwrap();
    (answer.description.to_string(), answer.plan)
}

fn types(send: u8, receive: u8) -> PayloadTypes {
    PayloadTypes {
        send: PayloadType::new(send).unwrap(),
        receive: PayloadType::new(receive).unwrap(),
    }
}

#[test]
fn an_offer_says_all_that_this_side_can() {
    assert_eq!(
        offer(&capabilities(), origin()).to_string(),
        "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
         m=audio 7000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    );
}

#[test]
fn wideband_and_linear_sound_are_agreed_upon_by_their_numbers() {
    let mut ours = capabilities();
    ours.codecs = vec![Codec::G722, Codec::L16, Codec::Pcmu];
    ours.rtcp_mux = RtcpMux::Accept;
    let text = offer(&ours, origin()).to_string();
    assert!(text.contains("m=audio 7000 RTP/AVP 9 96 0 101\r\na=rtpmap:9 G722/8000\r\n"), "{text}");
    assert!(text.contains("a=rtpmap:96 L16/8000\r\n"), "{text}");
    assert!(text.contains("a=rtcp-mux\r\n"), "{text}");

    let answered = |lines: &[&str]| answer(&description(lines), &ours, origin()).unwrap().plan;
    // G.722 needs no rtpmap: RFC 3551 gives it the number 9.
    let plan = answered(&["m=audio 4000 RTP/AVP 9 0", "a=rtcp-mux"]);
    assert_eq!((plan.codec, plan.codec_types), (Codec::G722, types(9, 9)));
    assert!(plan.rtcp_mux);
    assert_eq!(plan.remote_rtcp, plan.remote);
    let plan =
        answered(&["m=audio 4000 RTP/AVP 10 120 0", "a=rtpmap:120 L16/8000/1", "a=rtcp:4100"]);
    assert_eq!((plan.codec, plan.codec_types), (Codec::L16, types(120, 120)));
    assert!(!plan.rtcp_mux);
    assert_eq!(plan.remote_rtcp, SocketAddr::from(([203, 0, 113, 1], 4100)));
    // Two channels, or another rate, are something else.
    for other in ["L16/8000/2", "L16/16000", "G722/16000"] {
        let map = format!("a=rtpmap:120 {other}");
        assert_eq!(answered(&["m=audio 4000 RTP/AVP 120 0", &map]).codec, Codec::Pcmu, "{other}");
    }
}

#[test]
fn an_answer_takes_the_first_codec_of_the_offer_that_both_know() {
    let (text, plan) = answered(&[
        "m=audio 4000 RTP/AVP 9 8 0 96",
        "a=rtpmap:96 telephone-event/8000",
        "a=fmtp:96 0-15",
        "a=ptime:30",
    ]);
    assert_eq!(
        text,
        "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
         m=audio 7000 RTP/AVP 8 96\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\n\
         a=fmtp:96 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    );
    assert_eq!(plan.remote, SocketAddr::from(([203, 0, 113, 1], 4000)));
    assert_eq!(plan.remote_rtcp, SocketAddr::from(([203, 0, 113, 1], 4001)));
    assert_eq!((plan.codec, plan.codec_types), (Codec::Pcma, types(8, 8)));
    assert_eq!(plan.telephone_event, Some(types(96, 96)));
    assert_eq!((plan.ptime, plan.direction, plan.section), (30, Direction::SendRecv, 0));
}

#[test]
fn a_codec_may_have_a_dynamic_number() {
    let (text, plan) = answered(&["m=audio 4000 RTP/AVP 111", "a=rtpmap:111 pcmu/8000"]);
    assert_eq!((plan.codec, plan.codec_types), (Codec::Pcmu, types(111, 111)));
    assert!(text.contains("m=audio 7000 RTP/AVP 111\r\na=rtpmap:111 PCMU/8000\r\n"), "{text}");
    assert_eq!(plan.telephone_event, None);
}

#[test]
fn the_answerer_may_know_less() {
    let mut ours = capabilities();
    ours.codecs = vec![Codec::Pcma];
    ours.telephone_event = TelephoneEvent::Refuse;
    let offer = description(&["m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000"]);
    let made = answer(&offer, &ours, origin()).unwrap();
    assert_eq!((made.plan.codec, made.plan.telephone_event), (Codec::Pcma, None));
    assert!(made.description.to_string().contains("m=audio 7000 RTP/AVP 8\r\n"));
}

#[test]
fn sections_which_are_not_taken_are_refused_in_their_place() {
    let (text, plan) = answered(&[
        "m=video 6000 RTP/AVP 31",
        "m=audio 0 RTP/AVP 0",
        "m=audio 6002 RTP/SAVP 0",
        "m=audio 6004 RTP/AVP 9",
        "m=audio 6006 RTP/AVP 0",
        "m=audio 6008 RTP/AVP 0",
        "m=image 6010 udptl t38",
    ]);
    let sections: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        sections,
        [
            "m=video 0 RTP/AVP 31",
            "m=audio 0 RTP/AVP 0",
            "m=audio 0 RTP/SAVP 0",
            "m=audio 0 RTP/AVP 9",
            "m=audio 7000 RTP/AVP 0",
            "m=audio 0 RTP/AVP 0",
            "m=image 0 udptl t38",
        ]
    );
    assert_eq!((plan.section, plan.remote.port()), (4, 6006));
}

#[test]
fn what_cannot_be_taken_is_told() {
    for (lines, expected) in [
        (&["a=x"] as &[&str], AnswerError::NoAudio),
        (&["m=video 4000 RTP/AVP 31"], AnswerError::NoAudio),
        (&["m=audio 0 RTP/AVP 0"], AnswerError::NoAudio),
        (&["m=audio 4000 RTP/SAVP 0"], AnswerError::NoAudio),
        (&["m=audio 4000 RTP/AVP"], AnswerError::NoCommonCodec),
        (
            &["m=audio 4000 RTP/AVP 9 18 101", "a=rtpmap:101 telephone-event/8000"],
            AnswerError::NoCommonCodec,
        ),
        (&["m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMU/16000"], AnswerError::NoCommonCodec),
        (&["m=audio 4000 RTP/AVP 0", "c=IN IP4 host.example"], AnswerError::NoAddress),
        (&["m=audio 4000 RTP/AVP 0", "c=garbage"], AnswerError::NoAddress),
    ] {
        let made = answer(&description(lines), &capabilities(), origin());
        assert_eq!(made.err(), Some(expected), "{lines:?}");
    }
    let nowhere: SessionDescription =
        "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n".parse().unwrap();
    assert_eq!(answer(&nowhere, &capabilities(), origin()).err(), Some(AnswerError::NoAddress));
}

#[test]
fn directions_are_answered_from_the_other_side() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    for (offered, wanted, expected) in [
        (SendRecv, SendRecv, SendRecv),
        (SendOnly, SendRecv, RecvOnly),
        (RecvOnly, SendRecv, SendOnly),
        (Inactive, SendRecv, Inactive),
        (SendRecv, SendOnly, SendOnly),
        (SendRecv, Inactive, Inactive),
        (SendOnly, SendOnly, Inactive),
        (RecvOnly, RecvOnly, Inactive),
    ] {
        let mut ours = capabilities();
        ours.direction = wanted;
        let made = answer(
            &description(&["m=audio 4000 RTP/AVP 0", &format!("a={offered}")]),
            &ours,
            origin(),
        )
        .unwrap();
        assert_eq!(made.plan.direction, expected, "{offered} {wanted}");
        assert!(
            made.description.to_string().ends_with(&format!("a={expected}\r\n")),
            "{offered} {wanted}"
        );
    }
}

#[test]
fn a_null_address_holds_as_in_rfc_2543() {
    let (text, plan) = answered(&["m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0"]);
    assert_eq!(plan.direction, Direction::RecvOnly);
    assert!(plan.remote.ip().is_unspecified());
    assert!(text.ends_with("a=recvonly\r\n"), "{text}");
}

#[test]
fn rtcp_goes_where_it_is_told() {
    let (_, plan) = answered(&["m=audio 4000 RTP/AVP 0", "a=rtcp:9000"]);
    assert_eq!(plan.remote_rtcp, SocketAddr::from(([203, 0, 113, 1], 9000)));
    let (_, plan) = answered(&["m=audio 4000 RTP/AVP 0", "a=rtcp:9000 IN IP4 203.0.113.5"]);
    assert_eq!(plan.remote_rtcp, SocketAddr::from(([203, 0, 113, 5], 9000)));
}

#[test]
fn a_senseless_packet_time_is_not_followed() {
    for (lines, expected) in [
        (&[] as &[&str], 20),
        (&["a=ptime:10"], 10),
        (&["a=ptime:60"], 60),
        (&["a=ptime:0"], 20),
        (&["a=ptime:2000"], 20),
        (&["a=ptime:-1"], 20),
        (&["a=maxptime:10"], 10),
        (&["a=ptime:40", "a=maxptime:30"], 30),
    ] {
        let (_, plan) = answered(&[&["m=audio 4000 RTP/AVP 0"], lines].concat());
        assert_eq!(plan.ptime, expected, "{lines:?}");
    }
}

#[test]
fn each_side_says_what_it_wants_to_receive() {
    let offer = offer(&capabilities(), origin());
    let theirs = description(&[
        "m=audio 5000 RTP/AVP 8 96",
        "a=rtpmap:96 telephone-event/8000",
        "a=recvonly",
    ]);
    let plan = complete(&offer, &theirs).unwrap();
    assert_eq!((plan.codec, plan.codec_types), (Codec::Pcma, types(8, 8)));
    assert_eq!(plan.telephone_event, Some(types(96, 101)));
    assert_eq!((plan.direction, plan.remote.port()), (Direction::SendOnly, 5000));
}

#[test]
fn an_answer_cannot_widen_the_offer() {
    let mut ours = capabilities();
    ours.direction = Direction::SendOnly;
    ours.codecs = vec![Codec::Pcmu];
    let offer = offer(&ours, origin());
    let plan = complete(&offer, &description(&["m=audio 5000 RTP/AVP 8 0", "a=sendrecv"])).unwrap();
    assert_eq!((plan.direction, plan.codec), (Direction::SendOnly, Codec::Pcmu));
    for (lines, expected) in [
        (&["m=audio 5000 RTP/AVP 8"] as &[&str], AnswerError::NoCommonCodec),
        (&["m=audio 0 RTP/AVP 0"], AnswerError::NoAudio),
        (&["m=video 5000 RTP/AVP 0"], AnswerError::NoAudio),
        (&["a=x"], AnswerError::SectionMismatch),
        (&["m=audio 5000 RTP/AVP 0", "m=audio 5002 RTP/AVP 0"], AnswerError::SectionMismatch),
    ] {
        assert_eq!(complete(&offer, &description(lines)).err(), Some(expected), "{lines:?}");
    }
}

#[test]
fn both_sides_of_an_exchange_agree() {
    let mut alice = LocalSession::new(1);
    let mut bob = LocalSession::new(2);
    let mut ours = capabilities();
    ours.codecs = vec![Codec::Pcma, Codec::Pcmu];
    let theirs = centrala_sdp::Capabilities::new([203, 0, 113, 1].into(), 4000);
    let made = bob.answer(&alice.offer(&ours), &theirs).unwrap();
    let plan = alice.complete(&made.description).unwrap();
    assert_eq!((plan.codec, made.plan.codec), (Codec::Pcma, Codec::Pcma));
    assert_eq!(plan.direction, made.plan.direction.reversed());
    assert_eq!((plan.remote.port(), made.plan.remote.port()), (4000, 7000));
    assert_eq!(plan.telephone_event, made.plan.telephone_event);
}

#[test]
fn nothing_is_sent_to_many() {
    for address in ["IN IP4 224.2.1.1/127", "IN IP6 ff15::101/3", "IN IP4 255.255.255.255"] {
        let offer = description(&["m=audio 4000 RTP/AVP 0", &format!("c={address}")]);
        let made = answer(&offer, &capabilities(), origin());
        assert_eq!(made.err(), Some(AnswerError::NoAddress), "{address}");
    }
}
