//! Codecs, payload types and lengths of packets.

use centrala_media::level::{rms_dbm0, tone_dbm0};

use super::*;

/// A tone of 1,000 Hz at about -9 dBm0.
pub(super) fn tone(hz: f64, frames: u32) -> Vec<i16> {
    let step = std::f64::consts::TAU * hz / 8_000.0;
    #[expect(clippy::cast_possible_truncation, reason = "the amplitude fits")]
    (0..frames * 160).map(|n| (8_000.0 * (step * f64::from(n)).sin()) as i16).collect()
}

pub(super) fn encoded(codec: Codec, samples: &[i16]) -> Vec<u8> {
    let mut octets = vec![0; codec.octets_in(samples.len())];
    codec.encoder().encode(samples, &mut octets);
    octets
}

pub(super) fn decoded<'a>(codec: Codec, packets: impl IntoIterator<Item = &'a Packet>) -> Vec<i16> {
    let mut decoder = codec.decoder();
    let mut samples = Vec::new();
    for packet in packets {
        let begin = samples.len();
        samples.resize(begin + codec.samples_in(packet.payload.len()), 0);
        decoder.decode(&packet.payload, &mut samples[begin..]);
    }
    samples
}

/// Asserts that a tone is all that is heard, as loud as [`tone`] made it.
#[track_caller]
pub(super) fn assert_tone(samples: &[i16], hz: f64, what: &str) {
    let expected = rms_dbm0(&tone(hz, 10));
    let level = tone_dbm0(samples, 8_000, hz);
    assert!((level - expected).abs() < 0.4, "{what}: {level} is not {expected}");
    let all = rms_dbm0(samples);
    assert!((all - level).abs() < 0.4, "{what}: there is more than the tone: {all} {level}");
}

#[test]
fn parties_of_any_two_codecs_hear_each_other() {
    let bench = Bench::new();
    for from in Codec::ALL {
        for to in Codec::ALL {
            let mut a = Party::new(&bench, from, Some(EVENTS));
            let b = Party::new(&bench, to, Some(EVENTS));
            bench.bridge(&a, &b);
            bench.settle(&b);
            let said = encoded(from, &tone(1_000.0, 30));
            let mut heard = Vec::new();
            for frame in said.chunks(from.octets_in(160)) {
                a.say(frame);
                heard.push(b.hear());
            }
            assert_one_stream(&heard);
            assert!(heard.iter().all(|it| it.header.payload_type == to.payload_type()));
            if from == to {
                let octets: Vec<u8> =
                    heard.iter().flat_map(|packet| packet.payload.clone()).collect();
                assert_eq!(octets, said, "{from:?} is passed on untouched");
            }
            assert_tone(&decoded(to, &heard)[800..], 1_000.0, &format!("{from:?} to {to:?}"));
        }
    }
}

#[test]
fn a_prompt_is_heard_in_every_codec_whatever_it_was_rendered_in() {
    let bench = Bench::new();
    for rendered in Codec::ALL {
        for spoken in Codec::ALL {
            let party = Party::new(&bench, spoken, Some(EVENTS));
            let prompt = EncodedPrompt::from_samples(rendered, &tone(700.0, 12));
            bench.play(&party, 1, vec![prompt], AtEnd::Finish);
            let heard: Vec<_> = (0..12).map(|_| party.hear()).collect();
            bench.event();
            assert_one_stream(&heard);
            let what = format!("{rendered:?} to {spoken:?}");
            assert_tone(&decoded(spoken, &heard)[800..], 700.0, &what);
        }
    }
}

#[test]
fn payload_types_are_those_that_each_side_has_said() {
    let bench = Bench::new();
    let number = |number| PayloadType::new(number).unwrap();
    let mut a = Party::pcmu(&bench);
    a.connection.sound_in = number(111);
    a.connection.sound_out = number(112);
    a.connect(&bench);
    let b = Party::new(&bench, Codec::L16, None);
    bench.bridge(&a, &b);
    a.say(&frame(1));
    let heard = b.hear();
    assert_eq!(heard.header.payload_type, Codec::L16.payload_type());
    assert_eq!(heard.payload.len(), 320);

    bench.play(&a, 1, vec![prompt(3..4)], AtEnd::Finish);
    assert_eq!(a.hear().header.payload_type, number(112));
    bench.event();
    // The static number means nothing here.
    a.connection.sound_in = PayloadType::PCMU;
    a.say(&frame(2));
    b.assert_quiet();
}

#[test]
fn packets_are_as_long_as_the_party_asks_and_all_of_a_prompt_is_in_them() {
    let bench = Bench::new();
    for (codec, millis) in [
        (Codec::Pcmu, 10),
        (Codec::Pcmu, 20),
        (Codec::Pcmu, 30),
        (Codec::Pcma, 40),
        (Codec::G722, 60),
        (Codec::L16, 60),
        (Codec::L16, 10),
    ] {
        let mut party = Party::new(&bench, codec, Some(EVENTS));
        party.connection.packet_time = Duration::from_millis(millis);
        party.connect(&bench);
        let sound = encoded(codec, &tone(900.0, 11));
        let prompt = EncodedPrompt::new(codec, sound.clone().into());
        bench.play(&party, 1, vec![prompt], AtEnd::Finish);
        bench.event();
        let heard = party.hear_all();
        let whole = codec.octets_in(usize::try_from(millis).unwrap() * 8);
        let (last, others) = heard.split_last().unwrap();
        assert!(others.iter().all(|packet| packet.payload.len() == whole), "{millis} ms");
        assert!(last.payload.len() <= whole && !last.payload.is_empty());
        let octets: Vec<u8> = heard.iter().flat_map(|packet| packet.payload.clone()).collect();
        // The tone is cut off: it fades, in one frame more.
        let fading = octets.strip_prefix(&*sound).expect("all of the prompt");
        assert!(fading.len() <= codec.octets_in(160), "{codec:?} in {millis} ms");
        let mut stamps = heard.windows(2).map(|pair| {
            let units = codec.units_in(pair[0].payload.len());
            (pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp), units)
        });
        assert!(stamps.all(|(step, units)| step == units), "{millis} ms");
    }
}

#[test]
fn a_key_in_the_middle_of_a_long_packet_keeps_the_time() {
    let bench = Bench::new();
    let mut party = Party::pcmu(&bench);
    party.connection.packet_time = Duration::from_millis(60);
    party.connect(&bench);
    bench.play(&party, 1, vec![prompt(0..50)], AtEnd::Repeat);
    let first = party.hear();
    bench.engine.send(Command::SendKey {
        session: party.session,
        key: Key::Five,
        duration: Duration::from_millis(60),
    });
    let (mut before, mut event) = (first, None);
    for _ in 0..9 {
        let packet = party.hear();
        if packet.header.payload_type == EVENTS {
            event.get_or_insert(packet.header.timestamp);
            continue;
        }
        let step = packet.header.timestamp.wrapping_sub(before.header.timestamp);
        // Nothing is said twice, and nothing overlaps.
        assert!(step >= 480 && step % 160 == 0, "{step}");
        before = packet;
    }
    assert!(event.is_some());
}

#[test]
fn inband_keys_are_heard_in_every_codec() {
    for codec in Codec::ALL {
        let bench = Bench::new();
        let mut party = Party::new(&bench, codec, None);
        let samples: Vec<i16> = KeyTones::new([Key::Seven], KeyToneConfig::default()).collect();
        let said = encoded(codec, &samples);
        for frame in said.chunks(codec.octets_in(160)) {
            party.say(frame);
        }
        assert_eq!(bench.event(), EngineEvent::Key { session: party.session, key: Key::Seven });
    }
}

#[test]
fn a_recording_is_the_same_whatever_the_party_speaks() {
    for codec in Codec::ALL {
        let bench = Bench::new();
        let mut party = Party::new(&bench, codec, Some(EVENTS));
        let sound = bench.record(&party, None);
        for frame in encoded(codec, &tone(600.0, 30)).chunks(codec.octets_in(160)) {
            party.say(frame);
            std::thread::sleep(Duration::from_millis(20));
        }
        bench.settle(&party);
        bench.engine.send(Command::StopRecording { session: party.session });
        bench.event();
        let octets: Vec<u8> = sound.try_iter().flatten().collect();
        let mut samples = vec![0; octets.len()];
        Codec::Pcmu.decoder().decode(&octets, &mut samples);
        let begin = samples.iter().position(|sample| sample.abs() > 3_000).unwrap();
        assert_tone(&samples[begin + 400..begin + 3_200], 600.0, &format!("{codec:?}"));
    }
}
