//! Laws that hold for any input.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use centrala_sdp::{
    Anchor, Capabilities, Codec, Direction, Encoding, FormatPlan, Line, LocalSession, Media,
    OfferAnswer, Origin, Preference, RtcpMux, SectionPlan, SessionDescription, Stream, StreamPlan,
    Takes, TelephoneEvent,
};
use proptest::{prelude::*, sample::select, test_runner::TestCaseError};

use crate::{devices::DEVICES, sample::text};

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
    let codecs = select(vec![vec![Codec::Pcmu], vec![Codec::Pcma, Codec::Pcmu], vec![]]);
    let address = any::<IpAddr>().prop_filter("one listener", |address| {
        !address.is_multicast() && *address != IpAddr::from([255; 4])
    });
    (address, 1_u16.., codecs, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(address, port, codecs, events, sends, receives)| {
            let mut capabilities = Capabilities::new(address, port);
            capabilities.codecs = codecs;
            capabilities.telephone_event =
                if events { TelephoneEvent::Accept } else { TelephoneEvent::Refuse };
            capabilities.direction = Direction::of(sends, receives);
            capabilities
        },
    )
}

/// The octets of a device, with some replaced, and other line ends.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (select(DEVICES), changes, any::<bool>()).prop_map(|((_, octets), changes, lf)| {
        let mut octets = octets.to_vec();
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        if lf {
            octets.retain(|&octet| octet != b'\r');
        }
        octets
    })
}

fn is_attribute(line: &Line, name: &str) -> bool {
    let octets = line.raw_value();
    let end = octets.iter().position(|&octet| octet == b':').unwrap_or(octets.len());
    line.kind() == 'a' && octets[..end].trim_ascii_end() == name.as_bytes()
}

/// The lines which are not such, each with its section; and how many of those are before each that is, and it.
type Split = (Vec<(Option<usize>, Line)>, Vec<(usize, String)>);

/// Parts the lines in which a section (or the session) says something from all others.
fn split(
    description: &SessionDescription,
    section: Option<usize>,
    is_such: impl Fn(&Line) -> bool,
) -> Split {
    let session = description.lines().iter().map(|line| (None, line));
    let media = description.media().iter().enumerate().flat_map(|(position, media)| {
        let lines = std::iter::once(media.head()).chain(media.lines());
        lines.map(move |line| (Some(position), line))
    });
    let (mut others, mut such) = (Vec::new(), Vec::new());
    for (of, line) in session.chain(media) {
        if of == section && is_such(line) {
            such.push((others.len(), format!("{line:?}")));
        } else {
            others.push((of, line.clone()));
        }
    }
    (others, such)
}

/// The same with lines that may say something again, somewhere after the first line.
fn repeating() -> impl Strategy<Value = Vec<u8>> {
    let again = select(vec![
        "o=bob 1 1 IN IP4 10.0.0.9",
        "c=IN IP4 10.0.0.9",
        "a=mid:y",
        "a=mid :y",
        "a=inactive",
        "a=sendonly ",
    ]);
    let added = prop::collection::vec((any::<prop::sample::Index>(), again), 0..5);
    (mutated(), added).prop_map(|(octets, added)| {
        let mut lines: Vec<&[u8]> = octets.split_inclusive(|&octet| octet == b'\n').collect();
        for (at, line) in added {
            let at = 1 + at.index(lines.len());
            lines.splice(at..at, [line.as_bytes(), b"\r\n"]);
        }
        lines.concat()
    })
}

const AUDIO: [&str; 8] = [
    "PCMU/8000",
    "PCMA/8000",
    "G722/8000",
    "opus/48000/2",
    "AMR-WB/16000",
    "CN/8000",
    "G729/8000",
    "telephone-event/16000",
];
const VIDEO: [&str; 3] = ["H261/90000", "VP8/90000", "rtx/90000"];

fn encodings(names: &'static [&'static str]) -> impl Strategy<Value = Vec<Encoding>> {
    let one = (select(names), any::<bool>()).prop_map(|(map, aligned)| {
        let encoding = Encoding::new(map.parse().unwrap());
        match map {
            "AMR-WB/16000" => {
                let parameters = if aligned { "octet-align=1" } else { "" };
                encoding.with_parameters(parameters).unwrap().requiring("octet-align", "0")
            }
            "opus/48000/2" if aligned => encoding.with_parameters("useinbandfec=1").unwrap(),
            _ => encoding,
        }
    });
    prop::collection::vec(one, 0..8)
}

fn stream(address: [u8; 4]) -> impl Strategy<Value = Stream> {
    let kinds = prop_oneof![
        4 => encodings(&AUDIO).prop_map(|encodings| ("audio", encodings)),
        2 => encodings(&VIDEO).prop_map(|encodings| ("video", encodings)),
        1 => Just(("image", Vec::new())),
    ];
    let settings = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let port = prop_oneof![1 => Just(0), 5 => 1_u16..];
    (kinds, port, settings, any::<(bool, bool)>()).prop_map(
        move |((kind, encodings), port, (events, mux, all, ours), (sends, receives))| {
            let local = SocketAddr::from((address, port));
            let mut stream = match kind {
                "image" => Stream::opaque(kind, &["udptl"], &["t38"], local).unwrap(),
                _ => Stream::rtp(kind, &["RTP/AVP"], local).unwrap(),
            };
            stream.encodings = encodings;
            if events && kind == "audio" {
                stream.telephone_event = TelephoneEvent::Accept;
            }
            stream.rtcp_mux = if mux { RtcpMux::Accept } else { RtcpMux::Refuse };
            stream.takes = if all { Takes::All } else { Takes::First };
            stream.preference = if ours { Preference::Answerer } else { Preference::Offerer };
            stream.direction = Direction::of(sends, receives);
            stream
        },
    )
}

fn streams(address: [u8; 4]) -> impl Strategy<Value = Vec<Stream>> {
    prop::collection::vec(stream(address), 1..5)
}

type Formats<'a> = Vec<(u8, u8, String, Option<&'a str>, Option<&'a str>)>;

/// Formats as the side that began sees them.
fn seen(formats: &[FormatPlan], mirrored: bool) -> Formats<'_> {
    formats
        .iter()
        .map(|format| {
            let (send, receive) = (format.types.send.as_u8(), format.types.receive.as_u8());
            let (ours, theirs) =
                (format.local_parameters.as_deref(), format.remote_parameters.as_deref());
            let map = format.map.to_string().to_lowercase();
            if mirrored {
                (receive, send, map, theirs, ours)
            } else {
                (send, receive, map, ours, theirs)
            }
        })
        .collect()
}

fn mirrored(one: &StreamPlan, two: &StreamPlan) -> Result<(), TestCaseError> {
    prop_assert_eq!(seen(&one.codecs, false), seen(&two.codecs, true));
    prop_assert_eq!(seen(&one.companions, false), seen(&two.companions, true));
    prop_assert_eq!(&one.opaque, &two.opaque);
    prop_assert_eq!(one.direction, two.direction.reversed());
    prop_assert_eq!(one.rtcp_mux, two.rtcp_mux);
    prop_assert_eq!(one.section, two.section);
    prop_assert!(!one.codecs.is_empty() || !one.opaque.is_empty());
    Ok(())
}

/// What each number of each section has meant in what a side has sent.
type Said = BTreeMap<(usize, u8), String>;

fn keeps_meanings(said: &mut Said, description: &SessionDescription) -> Result<(), TestCaseError> {
    for (section, media) in description.media().iter().enumerate() {
        for (number, map) in media.rtp_maps() {
            let map = map.to_string().to_lowercase();
            let before = said.entry((section, number.as_u8())).or_insert_with(|| map.clone());
            prop_assert_eq!(&*before, &map, "section {} number {}", section, number);
        }
    }
    Ok(())
}

/// What changes of a stream between two exchanges.
#[derive(Clone, Debug)]
enum Change {
    New(Box<Stream>),
    Port(u16),
    Direction(Direction),
    Encoding(Encoding),
    Drop,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        stream([192, 0, 2, 1]).prop_map(|stream| Change::New(Box::new(stream))),
        prop_oneof![Just(0), any::<u16>()].prop_map(Change::Port),
        any::<(bool, bool)>().prop_map(|(one, two)| Change::Direction(Direction::of(one, two))),
        select(&AUDIO[..]).prop_map(|map| Change::Encoding(Encoding::new(map.parse().unwrap()))),
        Just(Change::Drop),
    ]
}

/// Two sides, and what each of them has said.
struct Call {
    alice: OfferAnswer,
    bob: OfferAnswer,
    by_alice: Said,
    by_bob: Said,
}

impl Call {
    fn new() -> Self {
        let (alice, bob) = (OfferAnswer::new(1), OfferAnswer::new(2));
        Self { alice, bob, by_alice: Said::new(), by_bob: Said::new() }
    }

    fn exchange(
        &mut self,
        alice_offers: bool,
        one: &[Stream],
        two: &[Stream],
    ) -> Result<(), TestCaseError> {
        let Self { alice, bob, by_alice, by_bob } = self;
        let (offerer, answerer, by_offerer, by_answerer, ours, theirs) = if alice_offers {
            (alice, bob, by_alice, by_bob, one, two)
        } else {
            (bob, alice, by_bob, by_alice, two, one)
        };
        let before = (offerer.local().cloned(), answerer.local().cloned());
        let offer = offerer.offer(ours);
        if let Some(before) = &before.0 {
            prop_assert!(offer.media().len() >= before.media().len(), "sections stay");
            let same = offer == *before;
            prop_assert_eq!(offer.origin() == before.origin(), same, "the version tells");
        }
        let Ok(made) = answerer.answer(&offer, theirs) else {
            offerer.withdraw();
            prop_assert_eq!((offerer.local().cloned(), answerer.local().cloned()), before);
            return Ok(());
        };
        let plan = offerer.complete(&made.description).unwrap().plan;
        prop_assert_eq!(plan.sections.len(), made.plan.sections.len());
        for (one, two) in plan.sections.iter().zip(&made.plan.sections) {
            match (one, two) {
                (SectionPlan::Taken(one), SectionPlan::Taken(two)) => {
                    mirrored(one, two)?;
                    prop_assert_eq!(one.remote, theirs[two.stream].local);
                    prop_assert_eq!(two.remote, ours[one.stream].local);
                }
                (SectionPlan::Refused(_), SectionPlan::Refused(_)) => {}
                _ => prop_assert!(false, "{one:?} {two:?}"),
            }
        }
        keeps_meanings(by_offerer, &offer)?;
        keeps_meanings(by_answerer, &made.description)
    }
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

    #[test]
    fn octets_in_the_manner_of_devices_are_printed_as_they_were(octets in mutated()) {
        if let Ok(description) = SessionDescription::parse(&octets) {
            prop_assert_eq!(description.to_bytes(), octets);
        }
    }

    #[test]
    fn what_was_built_is_parsed_as_it_was(
        ours in streams([192, 0, 2, 1]),
        name in "[a-z-]{1,9}",
        value in "[ -~ł]{0,12}",
        port in any::<u16>(),
    ) {
        let mut description = OfferAnswer::new(1).offer(&ours);
        description.push_media(Media::new("message", port, "TCP/MSRP", &["*", &name]).unwrap());
        description.push_line(Line::attribute_of(&name, &value).unwrap()).unwrap();
        description.set_origin(Origin::new(u64::MAX, 3, [192, 0, 2, 9].into()));
        for media in 0..description.media().len() {
            description.media_mut(media).unwrap().lines_mut().set_attribute(&name, &value).unwrap();
        }
        let parsed = SessionDescription::parse(&description.to_bytes());
        prop_assert_eq!(parsed.as_ref(), Ok(&description));
        let parsed = parsed.unwrap();
        prop_assert_eq!(parsed.origin(), description.origin());
    }

    #[test]
    fn an_edit_touches_one_line(
        octets in repeating(),
        at in any::<prop::sample::Index>(),
        port in 1_u16..,
        direction in 0..4_usize,
    ) {
        let Ok(before) = SessionDescription::parse(&octets) else { return Ok(()) };
        if before.media().is_empty() {
            return Ok(());
        }
        let section = at.index(before.media().len());
        let directions = [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
        let is_direction = |line: &Line| {
            directions.iter().any(|direction| is_attribute(line, direction.as_str()))
        };
        // What is edited, in which section, which lines it may touch, and how it then is said.
        type Edit<'a> = (&'a dyn Fn(&mut SessionDescription), Option<usize>, &'a dyn Fn(&Line) -> bool, String);
        let number = before.media()[section].number_of_ports();
        let ports = if number == 1 { port.to_string() } else { format!("{port}/{number}") };
        let edits: [Edit<'_>; 4] = [
            (&|it| it.media_mut(section).unwrap().set_port(port), Some(section), &|line| line.kind() == 'm', ports),
            (
                &|it| it.media_mut(section).unwrap().set_direction(directions[direction]),
                Some(section),
                &is_direction,
                format!("a={}", directions[direction]),
            ),
            (
                &|it| it.media_mut(section).unwrap().lines_mut().set_attribute("mid", "x").unwrap(),
                Some(section),
                &|line| is_attribute(line, "mid"),
                "a=mid:x".to_owned(),
            ),
            (
                &|it| it.set_origin(Origin::new(1, 2, [192, 0, 2, 9].into())),
                None,
                &|line| line.kind() == 'o',
                "o=- 1 2 IN IP4 192.0.2.9".to_owned(),
            ),
        ];
        for (edit, section, is_such, said) in edits {
            let mut after = before.clone();
            edit(&mut after);
            let (kept, old) = split(&before, section, is_such);
            let (rest, new) = split(&after, section, is_such);
            prop_assert_eq!(&kept, &rest, "no other line is touched");
            // It is in the place of the first (of origins, the last counts), else after all others.
            let place = if section.is_some() { old.first() } else { old.last() };
            let at_end = kept.iter().filter(|(of, _)| *of <= section).count();
            prop_assert_eq!(new.len(), 1, "it is said once");
            prop_assert_eq!(new[0].0, place.map_or(at_end, |place| place.0));
            if said.contains('=') {
                // What says already what it should stays as it was written.
                let is_so = new[0].1.split_once('=').map(|(kind, value)| format!("{kind}={}", value.trim_end()));
                prop_assert_eq!(is_so, Some(said));
            } else {
                let words = |line: &str| line.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
                let mut expected = words(&old[0].1);
                expected[1] = said;
                prop_assert_eq!(words(&new[0].1), expected);
            }
            prop_assert_eq!(SessionDescription::parse(&after.to_bytes()), Ok(after));
        }
    }

    #[test]
    fn an_anchored_description_goes_to_the_anchor(octets in repeating(), port in 2_u16..60_000, refused in 0..6_usize) {
        let Ok(mut before) = SessionDescription::parse(&octets) else { return Ok(()) };
        before.media_mut(refused).into_iter().for_each(|media| media.set_port(0));
        let mut after = before.clone();
        let rtp = SocketAddr::from(([192, 0, 2, 200], port));
        after.anchor_media(|_, _| Some(Anchor::new(rtp)));
        for (one, two) in before.media().iter().zip(after.media()) {
            let connection = before.connection_of(one);
            prop_assert!(one.formats().eq(two.formats()));
            if one.port() == 0 {
                prop_assert_eq!(one.head(), two.head());
                let rest = |media: &Media| {
                    let is_where = |line: &&Line| line.kind() == 'c' || is_attribute(line, "rtcp");
                    media.lines().iter().filter(|line| !is_where(line)).cloned().collect::<Vec<_>>()
                };
                prop_assert_eq!(rest(one), rest(two));
                let is_led = before.media().iter().any(|media| media.port() != 0);
                for own in two.lines().connections().filter(|_| is_led) {
                    let own = own.unwrap();
                    prop_assert!(own.is_hold() || own.to_ip() == Some(rtp.ip()));
                }
            } else {
                prop_assert_eq!(two.port(), port);
                let held = connection.is_ok_and(|connection| connection.is_hold());
                let address = after.connection_of(two).unwrap().to_ip();
                prop_assert!(held || address == Some(rtp.ip()));
            }
        }
        prop_assert_eq!(SessionDescription::parse(&after.to_bytes()), Ok(after));
    }

    #[test]
    fn any_offer_is_answered_section_by_section(text in described(), ours in streams([192, 0, 2, 1])) {
        let Ok(offer) = text.parse::<SessionDescription>() else { return Ok(()) };
        let mut session = OfferAnswer::new(1);
        let Ok(made) = session.answer(&offer, &ours) else { return Ok(()) };
        prop_assert_eq!(made.description.media().len(), offer.media().len());
        prop_assert_eq!(made.plan.sections.len(), offer.media().len());
        let mut taken = Vec::new();
        for ((offered, answered), plan) in offer.media().iter().zip(made.description.media()).zip(&made.plan.sections) {
            prop_assert!(offered.kind().eq_ignore_ascii_case(answered.kind()));
            prop_assert_eq!(offered.protocol(), answered.protocol());
            prop_assert!(answered.formats().all(|format| offered.formats().any(|other| other == format)));
            prop_assert_eq!(answered.port() != 0, matches!(plan, SectionPlan::Taken(_)));
            let SectionPlan::Taken(plan) = plan else { continue };
            prop_assert!(!taken.contains(&plan.stream), "no stream is in two sections");
            taken.push(plan.stream);
            let wanted = ours[plan.stream].direction;
            let theirs = offer.direction_of(offered);
            prop_assert!(!plan.direction.sends() || (theirs.receives() && wanted.sends()));
            prop_assert!(!plan.direction.receives() || (theirs.sends() && wanted.receives()));
            prop_assert_eq!(made.description.direction_of(answered), plan.direction);
        }
        // Why a section is refused may be another: the stream that came closest now is another section's.
        let again = session.answer(&offer, &ours).unwrap();
        prop_assert_eq!(&again.description, &made.description, "the same offer is answered the same");
        prop_assert!(again.plan.streams().eq(made.plan.streams()));
    }

    #[test]
    fn both_sides_have_the_same_plan_over_many_exchanges(
        steps in prop::collection::vec((any::<bool>(), streams([192, 0, 2, 1]), streams([192, 0, 2, 2])), 1..6),
    ) {
        let mut call = Call::new();
        for (alice_offers, one, two) in steps {
            call.exchange(alice_offers, &one, &two)?;
        }
    }

    #[test]
    fn both_sides_have_the_same_plan_while_streams_change(
        mut ours in streams([192, 0, 2, 1]),
        mut theirs in streams([192, 0, 2, 2]),
        steps in prop::collection::vec((any::<bool>(), any::<bool>(), any::<prop::sample::Index>(), change()), 1..12),
    ) {
        let mut call = Call::new();
        call.exchange(true, &ours, &theirs)?;
        for (alice_offers, alice_changes, at, change) in steps {
            let streams = if alice_changes { &mut ours } else { &mut theirs };
            match change {
                Change::New(stream) => {
                    let mut stream = *stream;
                    stream.local.set_ip([192, 0, 2, if alice_changes { 1 } else { 2 }].into());
                    streams.push(stream);
                }
                Change::Port(_) | Change::Direction(_) | Change::Encoding(_) | Change::Drop if streams.is_empty() => {}
                Change::Port(port) => {
                    let at = at.index(streams.len());
                    streams[at].local.set_port(port);
                }
                Change::Direction(direction) => {
                    let at = at.index(streams.len());
                    streams[at].direction = direction;
                }
                Change::Encoding(encoding) => {
                    let at = at.index(streams.len());
                    streams[at].encodings.insert(0, encoding);
                }
                Change::Drop => {
                    let at = at.index(streams.len());
                    streams[at].encodings.pop();
                }
            }
            call.exchange(alice_offers, &ours, &theirs)?;
        }
    }
}
