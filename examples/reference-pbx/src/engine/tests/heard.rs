//! What a listener hears on every path, rendered by the time of its packets and measured.
//!
//! With `CENTRALA_HEARD` set to a folder, all of it is written there as WAV files.

use centrala_media::{
    LEAST_STEP,
    level::{rms_dbm0, tone_dbm0},
    wav::{WavEncoding, header},
};

use super::{
    codecs::{assert_tone, decoded, encoded},
    *,
};

/// A tone whose own steps are small: a click stands out.
fn low_tone(hz: f64, frames: u32) -> Vec<i16> {
    let step = std::f64::consts::TAU * hz / 8_000.0;
    #[expect(clippy::cast_possible_truncation, reason = "the amplitude fits")]
    (0..frames * 160).map(|n| (8_000.0 * (step * f64::from(n) + 1.0).sin()) as i16).collect()
}

fn spoken(hz: f64, frames: u32) -> EncodedPrompt {
    EncodedPrompt::from_samples(Codec::Pcmu, &low_tone(hz, frames))
}

/// Puts packets of sound where their timestamps say; returns the samples, and how many of them no packet had.
fn rendered(packets: &[Packet]) -> (Vec<i16>, usize) {
    let sound = packets.iter().filter(|packet| packet.header.payload_type == PayloadType::PCMU);
    let first = packets[0].header.timestamp;
    let mut samples: Vec<Option<i16>> = Vec::new();
    for packet in sound {
        let at = usize::try_from(packet.header.timestamp.wrapping_sub(first)).unwrap();
        samples.resize(samples.len().max(at + packet.payload.len()), None);
        let mut decoded = vec![0; packet.payload.len()];
        Codec::Pcmu.decoder().decode(&packet.payload, &mut decoded);
        for (place, sample) in samples[at..].iter_mut().zip(decoded) {
            assert_eq!(*place, None, "two packets for one time");
            *place = Some(sample);
        }
    }
    let missing = samples.iter().filter(|sample| sample.is_none()).count();
    (samples.into_iter().map(|sample| sample.unwrap_or(0)).collect(), missing)
}

fn keep(name: &str, samples: &[i16]) {
    if let Some(folder) = std::env::var_os("CENTRALA_HEARD") {
        let length = u32::try_from(samples.len() * 2).unwrap();
        let mut file = header(WavEncoding::Pcm16, 8_000, length).to_vec();
        file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.wav")), file).unwrap();
    }
}

/// The largest step from one sample to the next that a [`low_tone`] of up to `hz` has, as G.711 carries it, and the
/// largest one that a joint may add: what is not smoothed, and what is left of a step from one peak to the other.
fn bound(hz: f64) -> u16 {
    let own = low_tone(hz, 50).windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
    own + 16_000 / 80 + LEAST_STEP + 256
}

#[track_caller]
fn assert_no_click(samples: &[i16], hz: f64, what: &str) {
    let step = samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
    assert!(step <= bound(hz), "{what}: a step of {step} where {} is the bound", bound(hz));
}

/// One source, no packet missing, doubled or out of order, timestamps that never go back.
#[track_caller]
fn assert_continuous(packets: &[Packet]) {
    for pair in packets.windows(2) {
        let (before, after) = (pair[0].header, pair[1].header);
        assert_eq!(after.ssrc, before.ssrc);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        let step = after.timestamp.wrapping_sub(before.timestamp);
        let is_event = [before, after].iter().any(|header| header.payload_type == EVENTS);
        assert!(step < 40_000 && (step >= 160 || is_event), "{step}");
    }
}

/// Says a tone at the pace of speech.
fn say_tone(party: &mut Party, hz: f64, frames: u32) {
    for frame in encoded(Codec::Pcmu, &low_tone(hz, frames)).chunks(160) {
        party.say(frame);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn prompts_that_are_cut_off_and_follow_each_other_do_not_click() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    bench.play(&party, 1, vec![spoken(200.0, 10), spoken(270.0, 10)], AtEnd::Finish);
    bench.event();
    // Cut off by another one, and by a key.
    bench.play(&party, 2, vec![spoken(310.0, 100)], AtEnd::Finish);
    std::thread::sleep(Duration::from_millis(130));
    bench.play(&party, 3, vec![spoken(230.0, 100)], AtEnd::Finish);
    std::thread::sleep(Duration::from_millis(130));
    bench.engine.send(Command::Seek {
        session: party.session,
        seek: Seek::Forward(Duration::from_millis(70)),
    });
    std::thread::sleep(Duration::from_millis(130));
    bench.engine.send(Command::Pause { session: party.session });
    std::thread::sleep(Duration::from_millis(130));
    bench.engine.send(Command::Resume { session: party.session });
    std::thread::sleep(Duration::from_millis(130));
    bench.engine.send(Command::StopPlaying { session: party.session });
    let packets = party.hear_all();
    assert_continuous(&packets);
    let (samples, _) = rendered(&packets);
    keep("play", &samples);
    assert_no_click(&samples, 310.0, "prompts");
    assert_tone(&samples[400..1_600], 200.0, "the first prompt");
    assert_tone(&samples[2_000..3_200], 270.0, "the second one");
}

#[test]
fn prompt_bridge_hold_and_transfer_are_one_stream_without_clicks() {
    let bench = Bench::new();
    let music = low_tone(250.0, 100);
    bench.engine.set_hold_music(vec![EncodedPrompt::from_samples(Codec::Pcmu, &music)]);
    let (mut sales, mut support, caller) =
        (Party::pcmu(&bench), Party::pcmu(&bench), Party::pcmu(&bench));
    bench.play(&caller, 1, vec![spoken(200.0, 500)], AtEnd::Finish);
    std::thread::sleep(Duration::from_millis(250));
    bench.bridge(&caller, &sales);
    say_tone(&mut sales, 300.0, 15);
    sales.connection.send = false;
    sales.connect(&bench);
    std::thread::sleep(Duration::from_millis(250));
    sales.connection.send = true;
    sales.connect(&bench);
    say_tone(&mut sales, 300.0, 15);
    // Transferred.
    bench.bridge(&caller, &support);
    say_tone(&mut support, 220.0, 15);
    bench.engine.send(Command::Unbridge { session: caller.session });
    bench.play(&caller, 2, vec![spoken(280.0, 12)], AtEnd::Finish);
    bench.event();
    let packets = caller.hear_all();
    assert_continuous(&packets);
    let (samples, missing) = rendered(&packets);
    keep("bridge", &samples);
    // Between two that feed it a beat may pass, and the sleeps above are not to the sample.
    assert!(missing < 8 * 400, "{missing} samples are missing");
    assert_no_click_but_at_gaps(&packets, 300.0);
    for hz in [200.0, 250.0, 300.0, 220.0, 280.0] {
        let loudest = samples
            .chunks_exact(800)
            .map(|part| {
                tone_dbm0(part, 8_000, hz) - 0.5 * (rms_dbm0(part) - tone_dbm0(part, 8_000, hz))
            })
            .fold(f64::NEG_INFINITY, f64::max);
        assert!(loudest > -10.5, "{hz} Hz is heard at {loudest} dBm0");
    }
}

/// As [`assert_no_click`], in each run of packets without a gap: what is not sent the listener conceals.
#[track_caller]
fn assert_no_click_but_at_gaps(packets: &[Packet], hz: f64) {
    let mut run: Vec<&Packet> = Vec::new();
    for packet in packets {
        let follows = run
            .last()
            .is_none_or(|last| packet.header.timestamp.wrapping_sub(last.header.timestamp) == 160);
        if !follows {
            assert_no_click(&decoded(Codec::Pcmu, run.drain(..)), hz, "a run");
        }
        run.push(packet);
    }
    assert_no_click(&decoded(Codec::Pcmu, run), hz, "the last run");
}

#[test]
fn a_recording_over_a_network_that_loses_packets_is_concealed_without_clicks() {
    let bench = Bench::new();
    let mut party = Party::pcmu(&bench);
    let sound = bench.record(&party, None);
    let said = low_tone(250.0, 100);
    for (number, frame) in encoded(Codec::Pcmu, &said).chunks(160).enumerate() {
        if number % 20 == 10 {
            // Lost.
            let mut packet = [0; 172];
            party.sender.write(PayloadType::PCMU, frame, 160, &mut packet).unwrap();
        } else {
            party.say(frame);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(100));
    bench.engine.send(Command::StopRecording { session: party.session });
    bench.event();
    let octets: Vec<u8> = sound.try_iter().flatten().collect();
    let mut samples = vec![0; octets.len()];
    Codec::Pcmu.decoder().decode(&octets, &mut samples);
    keep("conceal", &samples);
    let begin = samples.iter().position(|sample| sample.abs() > 4_000).unwrap();
    let heard = &samples[begin + 80..begin + 90 * 160];
    assert_no_click(heard, 250.0, "concealed");
    assert_tone(heard, 250.0, "concealed");
    // Aligned with what was said, the rest is what concealment has made of it.
    let (_, error) = aligned(heard, &said);
    let noise = error - rms_dbm0(heard);
    assert!(noise < -15.0, "{noise} dB of what is heard was not said");
}

/// Returns where in `said` what was heard fits best, and what is different then, in dBm0.
fn aligned(heard: &[i16], said: &[i16]) -> (usize, f64) {
    let difference = |shift: usize| {
        let pairs = heard.iter().zip(&said[shift..]);
        let errors: Vec<i16> = pairs.map(|(heard, said)| heard.saturating_sub(*said)).collect();
        rms_dbm0(&errors)
    };
    let shifts =
        (0..said.len().saturating_sub(heard.len())).map(|shift| (shift, difference(shift)));
    shifts.min_by(|one, other| one.1.total_cmp(&other.1)).unwrap()
}

#[test]
fn a_room_of_three_is_heard_without_clicks_when_somebody_comes_and_goes() {
    let bench = Bench::new();
    let room = bench.engine.open_room();
    let (mut a, mut b, listener) = (Party::pcmu(&bench), Party::pcmu(&bench), Party::pcmu(&bench));
    for party in [&a, &b, &listener] {
        bench.engine.send(Command::Join { session: party.session, room });
    }
    bench.settle(&listener);
    listener.heard();
    let tones = [(200.0, 0..60), (300.0, 20..40)];
    let said = tones.clone().map(|(hz, _)| encoded(Codec::Pcmu, &low_tone(hz, 60)));
    for at in 0..60 {
        for (party, ((_, when), said)) in [&mut a, &mut b].into_iter().zip(tones.iter().zip(&said))
        {
            if when.contains(&at) {
                party.say(&said[at * 160..(at + 1) * 160]);
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let packets = listener.heard();
    assert_continuous(&packets);
    let (samples, missing) = rendered(&packets);
    keep("room", &samples);
    assert_eq!(missing, 0);
    let both = &samples[27 * 160..37 * 160];
    for hz in [200.0, 300.0] {
        let level = tone_dbm0(both, 8_000, hz);
        assert!((-11.5..-8.0).contains(&level), "{hz} Hz at {level} dBm0");
    }
    // A voice that comes in mid-sound is a step of its own, which the room does not know.
    let steps = samples[45 * 160..55 * 160].windows(2).map(|pair| pair[0].abs_diff(pair[1]));
    assert!(steps.max().unwrap() <= bound(200.0));
}

#[test]
fn a_stranger_changes_nothing_in_any_direction() {
    let bench = Bench::new();
    let (mut a, b) = (Party::pcmu(&bench), Party::pcmu(&bench));
    bench.bridge(&a, &b);
    let sound = bench.record(&a, None);
    let stranger = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    let noise = encoded(Codec::Pcmu, &low_tone(1_700.0, 50));
    // The right source, the right number, the next sequence number: only the address is not the party's.
    let mut forged = a.sender.clone();
    let mut forge = |frame: &[u8], engine: SocketAddr| {
        let mut packet = [0; 172];
        let length = forged.write(PayloadType::PCMU, frame, 160, &mut packet).unwrap();
        stranger.send_to(&packet[..length], engine).unwrap();
    };
    for (said, noise) in
        encoded(Codec::Pcmu, &low_tone(300.0, 50)).chunks(160).zip(noise.chunks(160))
    {
        a.say(said);
        forge(noise, a.engine);
        std::thread::sleep(Duration::from_millis(20));
    }
    let (samples, missing) = rendered(&b.heard());
    keep("stranger", &samples);
    assert_eq!(missing, 0);
    assert_tone(&samples[800..7_200], 300.0, "across the bridge");
    bench.engine.send(Command::StopRecording { session: a.session });
    bench.event();
    let octets: Vec<u8> = sound.try_iter().flatten().collect();
    let mut recorded = vec![0; octets.len()];
    Codec::Pcmu.decoder().decode(&octets, &mut recorded);
    let injected = tone_dbm0(&recorded[1_600..6_400], 8_000, 1_700.0);
    assert!(injected < -45.0, "the stranger is recorded at {injected} dBm0");
    bench.engine.send(Command::Close { session: a.session });
    let EngineEvent::Closed { report, .. } = bench.event() else { panic!("closed") };
    assert_eq!((report.received, report.strangers), (50, 50));
}

#[test]
fn a_party_of_ipv6_and_one_of_ipv4_hear_each_other() {
    let bench = Bench::new();
    let ip = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);
    let mut six = Party::new_at(ip, &bench, Codec::Pcmu, Some(EVENTS));
    six.connection.rtcp = Rtcp::Multiplexed;
    six.connect(&bench);
    let mut four = Party::pcmu(&bench);
    bench.play(&six, 1, vec![spoken(200.0, 10)], AtEnd::Finish);
    bench.event();
    assert_tone(&rendered(&six.hear_all()).0[400..1_500], 200.0, "a prompt");
    bench.bridge(&six, &four);
    say_tone(&mut six, 250.0, 12);
    say_tone(&mut four, 300.0, 12);
    let (at_four, at_six) = (four.heard(), six.heard());
    assert_tone(&rendered(&at_four).0[400..1_500], 250.0, "from IPv6");
    assert_tone(&rendered(&at_six).0[400..1_500], 300.0, "from IPv4");
    four.press(Key::Nine, 1);
    assert_eq!(bench.event(), EngineEvent::Key { session: four.session, key: Key::Nine });
}

#[test]
fn a_message_is_heard_faster_and_slower_and_as_high_as_it_was_spoken() {
    let bench = Bench::new();
    for (codec, percent, frames) in
        [(Codec::Pcmu, 150, 40), (Codec::Pcma, 200, 40), (Codec::G722, 70, 20)]
    {
        let party = Party::new(&bench, codec, Some(EVENTS));
        let prompt = EncodedPrompt::from_samples(codec, &low_tone(300.0, frames));
        let session = party.session;
        let (play, prompts, at_end) = (1, vec![prompt], AtEnd::Finish);
        bench.engine.post(Command::Play { session, play, prompts, at_end });
        bench.engine.send(Command::SetSpeed { session, percent });
        bench.event();
        let packets = party.hear_all();
        assert_one_stream(&packets);
        let expected = frames * 100 / u32::from(percent);
        let heard = u32::try_from(packets.len()).unwrap();
        assert!(heard.abs_diff(expected) <= 4, "{heard} frames at {percent} %");
        let samples = decoded(codec, &packets);
        let middle = &samples[1_600..samples.len() - 1_200];
        assert_tone(middle, 300.0, &format!("{codec:?} at {percent} %"));
    }
}
