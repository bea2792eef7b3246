//! Laws that hold for any input.

use centrala_sdp::{
    Capabilities, Codec, Direction, LocalSession, SessionDescription, TelephoneEvent,
};
use proptest::prelude::*;

use crate::sample::text;

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..5_usize, any::<u16>(), 0..4_usize, prop::collection::vec(0..130_u8, 0..6)).prop_map(
            |(kind, port, protocol, formats)| {
                let kind = ["audio", "audio", "AUDIO", "video", "image"][kind];
                let protocol = ["RTP/AVP", "RTP/AVP", "RTP/SAVP", "udptl"][protocol];
                let formats: Vec<String> = formats.iter().map(ToString::to_string).collect();
                format!("m={kind} {port} {protocol} {}", formats.join(" ")).trim_end().to_owned()
            }
        ),
        (0..130_u8, 0..5_usize).prop_map(|(number, map)| {
            let map =
                ["PCMU/8000", "pcma/8000/1", "telephone-event/8000", "opus/48000/2", "x"][map];
            format!("a=rtpmap:{number} {map}")
        }),
        (0..4_usize).prop_map(|index| format!(
            "a={}",
            ["sendrecv", "sendonly", "recvonly", "inactive"][index]
        )),
        (0..5_usize).prop_map(|index| {
            format!(
                "c={}",
                ["IN IP4 0.0.0.0", "IN IP4 192.0.2.1", "IN IP6 ::1", "IN IP4 h", "?"][index]
            )
        }),
        "a=(ptime|maxptime|rtcp):[0-9a-z .]{0,8}",
        "[a-ln-z]=[ -~ł]{0,20}",
    ]
}

fn described() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 0..14)
        .prop_map(|lines| text(&lines.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn capabilities() -> impl Strategy<Value = Capabilities> {
    let codecs =
        prop::sample::select(vec![vec![Codec::Pcmu], vec![Codec::Pcma, Codec::Pcmu], vec![]]);
    (any::<std::net::IpAddr>(), 1_u16.., codecs, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(address, port, codecs, events, sends, receives)| {
            let mut capabilities = Capabilities::new(address, port);
            capabilities.codecs = codecs;
            capabilities.telephone_event =
                if events { TelephoneEvent::Accept } else { TelephoneEvent::Refuse };
            capabilities.direction = Direction::of(sends, receives);
            capabilities
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_are_read_or_refused(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = SessionDescription::parse(&text);
    }

    #[test]
    fn what_was_read_is_printed_as_it_was(text in described()) {
        if let Ok(description) = text.parse::<SessionDescription>() {
            prop_assert_eq!(description.to_string(), text);
            prop_assert_eq!(description.to_string().parse(), Ok(description));
        }
    }

    #[test]
    fn an_answer_fits_its_offer(text in described(), ours in capabilities()) {
        let Ok(offer) = text.parse::<SessionDescription>() else { return Ok(()) };
        let Ok(made) = LocalSession::new(1).answer(&offer, &ours) else { return Ok(()) };
        let answer = made.description;
        prop_assert_eq!(answer.media().len(), offer.media().len());
        let taken: Vec<usize> = answer.media().iter().enumerate().filter(|(_, media)| media.port() != 0).map(|(section, _)| section).collect();
        prop_assert_eq!(taken, [made.plan.section]);
        let (offered, answered) = (&offer.media()[made.plan.section], &answer.media()[made.plan.section]);
        prop_assert!(answered.formats().all(|format| offered.formats().any(|other| other == format)));
        prop_assert!(ours.codecs.contains(&made.plan.codec));
        let theirs = offer.direction_of(offered);
        prop_assert!(!made.plan.direction.sends() || (theirs.receives() && ours.direction.sends()));
        prop_assert!(!made.plan.direction.receives() || (theirs.sends() && ours.direction.receives()));
        prop_assert_eq!(answer.direction_of(answered), made.plan.direction);
        prop_assert_eq!(answer.to_string().parse(), Ok(answer));
    }

    #[test]
    fn both_sides_agree_over_many_exchanges(steps in prop::collection::vec((any::<bool>(), capabilities(), capabilities()), 1..8)) {
        let mut alice = LocalSession::new(1);
        let mut bob = LocalSession::new(2);
        for (alice_offers, one, two) in steps {
            let (offerer, answerer) = if alice_offers { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
            let offer = offerer.offer(&one);
            let Ok(made) = answerer.answer(&offer, &two) else {
                offerer.withdraw();
                continue;
            };
            let plan = offerer.complete(&made.description).unwrap();
            prop_assert_eq!(plan.codec, made.plan.codec);
            prop_assert_eq!(plan.codec_types.send, made.plan.codec_types.receive);
            prop_assert_eq!(plan.telephone_event.map(|types| types.send), made.plan.telephone_event.map(|types| types.receive));
            prop_assert_eq!(plan.section, made.plan.section);
            prop_assert_eq!(plan.remote.port(), two.port);
            // Of an unspecified address only the other side knows that it must not be sent to.
            if !one.address.is_unspecified() && !two.address.is_unspecified() {
                prop_assert_eq!(plan.direction, made.plan.direction.reversed());
            }
        }
    }
}
