use proptest::prelude::*;

use super::*;
use crate::level::tests::sine;
use crate::level::{peak, rms_dbm0, tone_dbm0};
use crate::{Encode as _, Marker, PayloadType, Ssrc};

const FRAME: Duration = Duration::from_millis(20);

fn header(timestamp: u32) -> RtpHeader {
    RtpHeader {
        marker: Marker::Clear,
        payload_type: PayloadType::PCMU,
        sequence: 0,
        timestamp,
        ssrc: Ssrc::new(1),
    }
}

fn buffer(target: Duration) -> JitterBuffer {
    JitterBuffer::new(Codec::Pcmu, target)
}

/// The packets of a tone: timestamp and payload, `len` samples each.
fn tone(seconds: u32, len: usize) -> Vec<(u32, Vec<u8>)> {
    let samples = sine(1_000.0, -10.0, 8_000, seconds * 8_000);
    let mut octets = vec![0; samples.len()];
    Codec::Pcmu.encoder().encode(&samples, &mut octets);
    let stamps = (0..).map(|n| START.wrapping_add(n * u32::try_from(len).unwrap()));
    stamps.zip(octets.chunks(len).map(<[u8]>::to_vec)).collect()
}

/// A timestamp that wraps soon
const START: u32 = u32::MAX - 2_000;

/// Gives packet `n` at beat `delays(n)` after its own, and pulls every beat.
fn play(
    buffer: &mut JitterBuffer,
    packets: &[(u32, Vec<u8>)],
    delay: impl Fn(usize) -> Option<usize>,
) -> Vec<i16> {
    let mut sound = Vec::new();
    for beat in 0..packets.len() {
        for (n, (timestamp, payload)) in packets.iter().enumerate() {
            if delay(n).is_some_and(|delay| n + delay == beat) {
                buffer.handle_packet(&header(*timestamp), payload);
            }
        }
        let mut frame = [0; 160];
        buffer.pull(&mut frame);
        sound.extend(frame);
    }
    sound
}

/// The largest step between neighbours: a click is much more than the slope of the wave.
fn largest_step(samples: &[i16]) -> i32 {
    let steps = samples.windows(2).map(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs());
    steps.max().unwrap_or(0)
}

#[test]
fn an_even_stream_comes_out_unchanged_after_the_delay() {
    let packets = tone(1, 160);
    let mut buffer = buffer(3 * FRAME);
    let sound = play(&mut buffer, &packets, |_| Some(0));
    let mut expected = vec![0; 480];
    for (_, payload) in &packets[..47] {
        let mut frame = [0; 160];
        Codec::Pcmu.decoder().decode(payload, &mut frame);
        expected.extend(frame);
    }
    // The first 4 ms are blended in.
    assert_eq!(sound[512..], expected[512..]);
    assert!(sound[..480].iter().all(|&sample| sample == 0));
    assert_eq!(
        buffer.statistics(),
        JitterStatistics { missing: 480, restarts: 1, ..Default::default() }
    );
    assert_eq!(buffer.depth(), 3 * FRAME);
}

#[test]
fn jitter_below_the_delay_is_not_heard() {
    let packets = tone(1, 160);
    let even = play(&mut buffer(3 * FRAME), &packets, |_| Some(0));
    // Delays of 0 to 2 beats, with overtaking.
    let jittered = play(&mut buffer(3 * FRAME), &packets, |n| Some([0, 2, 0, 1, 2][n % 5]));
    assert_eq!(even, jittered);
}

#[test]
fn packets_of_other_lengths_are_played_alike() {
    let even = play(&mut buffer(3 * FRAME), &tone(1, 160), |_| Some(0));
    let mut buffer = buffer(3 * FRAME);
    let mut sound = Vec::new();
    // Packets of 60 ms, every third beat
    for (timestamp, payload) in tone(1, 480) {
        buffer.handle_packet(&header(timestamp), &payload);
        for _ in 0..3 {
            let mut frame = [0; 160];
            buffer.pull(&mut frame);
            sound.extend(frame);
        }
    }
    assert_eq!(sound[..8_000], even[..8_000]);
}

#[test]
fn duplicates_change_nothing() {
    let packets = tone(1, 160);
    let once = play(&mut buffer(3 * FRAME), &packets, |_| Some(0));
    let twice = packets.iter().flat_map(|packet| [packet.clone(), packet.clone()]);
    let mut buffer = buffer(3 * FRAME);
    let mut sound = Vec::new();
    for (index, (timestamp, payload)) in twice.enumerate() {
        buffer.handle_packet(&header(timestamp), &payload);
        if index % 2 == 1 {
            let mut frame = [0; 160];
            buffer.pull(&mut frame);
            sound.extend(frame);
        }
    }
    assert_eq!(sound, once);
}

#[test]
fn a_lost_packet_is_concealed_without_a_click() {
    let packets = tone(1, 160);
    let whole = play(&mut buffer(3 * FRAME), &packets, |_| Some(0));
    let mut buffer = buffer(3 * FRAME);
    let sound = play(&mut buffer, &packets, |n| (n % 10 != 5).then_some(0));
    assert_eq!(buffer.statistics().missing, 480 + 5 * 160);
    let (whole, sound) = (&whole[800..], &sound[800..]);
    // The largest step of a 1,000 Hz sine is its own slope; G.711 adds a little.
    assert!(largest_step(sound) <= largest_step(whole) * 13 / 10, "{}", largest_step(sound));
    assert!(rms_dbm0(sound) > rms_dbm0(whole) - 0.5, "{}", rms_dbm0(sound));
}

#[test]
fn a_long_gap_fades_to_silence_and_sound_comes_back_softly() {
    let packets = tone(1, 160);
    let mut buffer = buffer(FRAME);
    let sound = play(&mut buffer, &packets, |n| (!(10..25).contains(&n)).then_some(0));
    let gap = &sound[11 * 160..26 * 160];
    assert!(rms_dbm0(&gap[..160]) > -15.0, "the loss begins with a stand-in");
    assert!(gap[480..].iter().all(|&sample| sample == 0), "it fades within 60 ms");
    assert!(largest_step(&sound[400..]) <= largest_step(&sound[400..1_600]) * 13 / 10);
    let mut frame = [1; 160];
    for _ in 0..10 {
        buffer.pull(&mut frame);
    }
    assert_eq!((buffer.pull(&mut frame), peak(&frame)), (Pulled::Silence, 0));
}

#[test]
fn what_was_pulled_is_told() {
    let mut buffer = buffer(Duration::ZERO);
    let mut frame = [7; 160];
    assert_eq!(buffer.pull(&mut frame), Pulled::Silence);
    assert_eq!(frame, [0; 160]);
    assert_eq!(buffer.handle_packet(&header(0), &[0x80; 160]), Buffered::Restarted);
    assert_eq!(buffer.pull(&mut frame), Pulled::Sound);
    assert_eq!(buffer.handle_packet(&header(160), &[0x80; 100]), Buffered::InTime);
    assert_eq!(buffer.pull(&mut frame), Pulled::Concealed);
    assert_eq!(buffer.handle_packet(&header(160), &[0x80; 160]), Buffered::TooLate);
    assert_eq!(buffer.handle_packet(&header(900_000), &[0x80; 160]), Buffered::Restarted);
    buffer.reset();
    assert_eq!(buffer.pull(&mut frame), Pulled::Silence);
}

#[test]
fn a_slower_network_is_followed_after_a_few_packets() {
    let packets = tone(2, 160);
    let mut buffer = buffer(2 * FRAME);
    let sound = play(&mut buffer, &packets, |n| Some(if n < 50 { 0 } else { 8 }));
    assert_eq!(buffer.statistics().late, 5);
    assert!(tone_dbm0(&sound[14_000..], 8_000, 1_000.0) > -10.2);
}

#[test]
fn a_fast_clock_does_not_grow_the_delay() {
    let mut buffer = buffer(2 * FRAME);
    let mut frame = [0; 160];
    for beat in 0..500_u32 {
        // One packet too many every ten beats
        let packets = if beat % 10 == 0 { 2 } else { 1 };
        for n in 0..packets {
            let index = beat + beat.div_ceil(10) + n;
            buffer.handle_packet(&header(160 * index), &[0xff; 160]);
        }
        buffer.pull(&mut frame);
        assert!(buffer.depth() < Duration::from_millis(260), "{:?}", buffer.depth());
    }
    assert_eq!(buffer.statistics().restarts, 1);
}

/// A network with random delays and losses between a voice and a buffer.
struct Network {
    seed: u64,
    /// Of a thousand packets.
    lost: u64,
    /// The mean of what is added to the shortest delay: seven eighths of the packets have less than a half more.
    jitter: u64,
}

/// What came out of a network.
struct Outcome {
    sound: Vec<i16>,
    /// The mean of what was buffered.
    depth: u64,
    statistics: JitterStatistics,
}

impl Network {
    fn draw(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.seed >> 33
    }

    /// Plays a minute.
    fn play(mut self, buffer: &mut JitterBuffer) -> Outcome {
        let voice = voice(60);
        let mut due: Vec<(u64, u32, &[i16])> = Vec::new();
        for (n, packet) in (0..).zip(voice.chunks(160)) {
            let (fate, rare, common) = (self.draw() % 1_000, self.draw() % 8, self.draw());
            let most = if rare == 0 { self.jitter * 4 } else { self.jitter };
            let delay = if most == 0 { 0 } else { common % (2 * most) };
            if fate >= self.lost {
                due.push((
                    20 * n + delay,
                    START.wrapping_add(u32::try_from(160 * n).unwrap()),
                    packet,
                ));
            }
        }
        due.sort_unstable();
        let (mut next, mut sound, mut depths) = (0, Vec::new(), 0);
        for beat in 0..3_000 {
            while let Some((_, stamp, packet)) = due.get(next).filter(|due| due.0 <= 20 * beat) {
                let mut octets = [0; 160];
                Codec::Pcmu.encoder().encode(packet, &mut octets);
                buffer.handle_packet(&header(*stamp), &octets);
                next += 1;
            }
            depths += u64::try_from(buffer.depth().as_millis()).unwrap();
            let mut frame = [0; 160];
            buffer.pull(&mut frame);
            sound.extend(frame);
        }
        Outcome { sound, depth: depths / 3_000, statistics: buffer.statistics() }
    }
}

/// A voice that glides and pauses: vowels of 0.7 s, and 0.3 s of silence.
fn voice(seconds: u32) -> Vec<i16> {
    let mut phase = 0.0;
    (0..seconds * 8_000)
        .map(|n| {
            let at = f64::from(n % 8_000) / 8_000.0;
            phase += (105.0 + 40.0 * at + f64::from(n / 8_000 % 5) * 8.0) / 8_000.0;
            let loud = if at < 0.7 { (at * std::f64::consts::PI / 0.7).sin() } else { 0.0 };
            let harmonics = (1..=8)
                .map(|k| (std::f64::consts::TAU * phase * f64::from(k)).sin() / f64::from(k));
            crate::level::tests::rounded(harmonics.sum::<f64>() * 6_000.0 * loud)
        })
        .collect()
}

#[test]
fn the_delay_follows_the_network() {
    use std::fmt::Write as _;
    let mut table = String::from(
        "            |  fixed, 40 ms         | fixed, 120 ms         | adaptive, 20 to 200 ms\n\
         lost jitter | depth concealed click | depth concealed click | depth concealed click\n",
    );
    let clean = largest_step(&voice(60));
    for lost in [0, 10, 50, 200] {
        for jitter in [0, 5, 15, 30] {
            write!(table, "{:3}%  {jitter:2} ms ", lost / 10).unwrap();
            let buffers = [
                buffer(Duration::from_millis(40)),
                buffer(Duration::from_millis(120)),
                JitterBuffer::adaptive(Codec::Pcmu, JitterBounds::default()),
            ];
            for mut buffer in buffers {
                let network = Network { seed: 1 + lost + jitter, lost, jitter };
                let outcome = network.play(&mut buffer);
                let click = f64::from(largest_step(&outcome.sound)) / f64::from(clean);
                // Of the 480,000 samples of a minute.
                let missing = u32::try_from(outcome.statistics.missing).unwrap();
                let concealed = f64::from(missing) / 4_800.0;
                write!(table, "| {:2} ms {concealed:7.1}% {click:5.2} ", outcome.depth).unwrap();
            }
            table = table.trim_end().to_owned() + "\n";
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_delay_grows_with_the_network_and_shrinks_again() {
    let packets = tone(40, 160);
    let mut buffer = JitterBuffer::adaptive(Codec::Pcmu, JitterBounds::default());
    let mut depths = Vec::new();
    // From the tenth to the twentieth second every third packet comes four beats later.
    let late = |n: usize| if (500..1_000).contains(&n) && n.is_multiple_of(3) { 4 } else { 0 };
    for beat in 0..packets.len() {
        for (n, (stamp, payload)) in packets.iter().enumerate().take(beat + 1).skip(beat.max(4) - 4)
        {
            if n + late(n) == beat {
                buffer.handle_packet(&header(*stamp), payload);
            }
        }
        depths.push(buffer.depth().as_millis());
        let mut frame = [0; 160];
        buffer.pull(&mut frame);
    }
    let mean = |range: std::ops::Range<usize>| {
        let count = u128::try_from(range.len()).unwrap();
        depths[range].iter().sum::<u128>() / count
    };
    assert!(mean(400..500) <= 60, "{}", mean(400..500));
    assert!(mean(900..1_000) >= 90, "{}", mean(900..1_000));
    assert!(mean(1_900..2_000) <= 60, "{}", mean(1_900..2_000));
    let JitterStatistics { late, inserted, removed, restarts, .. } = buffer.statistics();
    assert!(late < 20, "{late}");
    assert!(inserted >= 480 && removed >= 320, "{inserted} {removed}");
    assert_eq!(restarts, 1);
}

#[test]
fn changes_of_the_delay_do_not_click() {
    let voice = voice(10);
    let mut buffer = JitterBuffer::adaptive(Codec::Pcmu, JitterBounds::default());
    let mut sound = Vec::new();
    for (beat, packet) in voice.chunks(160).enumerate() {
        let mut octets = [0; 160];
        Codec::Pcmu.encoder().encode(packet, &mut octets);
        buffer.handle_packet(&header(u32::try_from(160 * beat).unwrap()), &octets);
        // What the network does is not seen, and only the delay is changed.
        if let (State::Playing { .. }, Some(adaptation)) = (&buffer.state, &mut buffer.adaptation) {
            adaptation.demand(if beat / 100 % 2 == 0 { 800 } else { 160 });
        }
        let mut frame = [0; 160];
        buffer.pull(&mut frame);
        sound.extend(frame);
    }
    let JitterStatistics { inserted, removed, missing, .. } = buffer.statistics();
    assert!(inserted > 1_500 && removed > 1_000, "{inserted} {removed}");
    assert!(missing < 400, "{missing}");
    assert!(largest_step(&sound) <= largest_step(&voice) * 12 / 10);
}

#[test]
fn a_drifting_clock_costs_a_period_now_and_then_and_no_packet() {
    // The sender is faster or slower by 1,000 ppm: one packet of a thousand more or less.
    for fast in [true, false] {
        let packets = tone(120, 160);
        let mut buffer = JitterBuffer::adaptive(Codec::Pcmu, JitterBounds::default());
        let (mut next, mut due, mut frame) = (0, 0.0, [0; 160]);
        let mut depth = Duration::ZERO;
        for _ in 0..5_900 {
            due += if fast { 1.001 } else { 0.999 };
            while next < packets.len() && f64::from(u32::try_from(next).unwrap()) < due {
                buffer.handle_packet(&header(packets[next].0), &packets[next].1);
                next += 1;
            }
            buffer.pull(&mut frame);
            depth = depth.max(buffer.depth());
        }
        let JitterStatistics { late, missing, restarts, inserted, removed } = buffer.statistics();
        assert!(late <= 1 && restarts == 1, "{late} {restarts}");
        assert!(missing < 2_000, "{missing} in {}", 5_900 * 160);
        assert!(depth < Duration::from_millis(100), "{depth:?}");
        assert!(if fast { removed > 500 } else { inserted > 500 }, "{inserted} {removed}");
    }
}

#[test]
fn a_silent_party_is_heard_as_its_comfort_noise() {
    let packets = tone(1, 160);
    let mut buffer = JitterBuffer::adaptive(Codec::Pcmu, JitterBounds::default());
    play(&mut buffer, &packets[..20], |_| Some(0));
    buffer.handle_comfort_noise(&[50, 30, 40]);
    let mut sound = Vec::new();
    for _ in 0..20 {
        let mut frame = [0; 160];
        buffer.pull(&mut frame);
        sound.extend(frame);
    }
    let level = rms_dbm0(&sound[1_600..]);
    assert!((-45.0..-42.0).contains(&level), "{level}");
    buffer.handle_packet(&header(packets[42].0), &packets[42].1);
    let mut frame = [0; 160];
    let heard = (0..6).map(|_| {
        buffer.pull(&mut frame);
        tone_dbm0(&frame, 8_000, 1_000.0)
    });
    let loudest = heard.fold(-96.0, f64::max);
    assert!(loudest > -11.0, "the party speaks again: {loudest}");
    buffer.handle_comfort_noise(&[]);
    (0..20).for_each(|_| _ = buffer.pull(&mut frame));
    assert_eq!(peak(&frame), 0, "no level is silence");
}

proptest! {
    #[test]
    fn any_packets_at_any_time_give_even_beats_from_an_adaptive_buffer(
        steps in proptest::collection::vec(
            (any::<u32>(), 0..3_000_u32, 0..700_usize, 0..4_usize, prop_oneof![Just(160), 0..700_usize]), 0..100),
        bounds in (0..1_000_u64, 0..1_000_u64),
    ) {
        let bounds = JitterBounds {
            shortest: Duration::from_millis(bounds.0),
            longest: Duration::from_millis(bounds.1),
        };
        let mut buffer = JitterBuffer::adaptive(Codec::Pcma, bounds);
        let mut frame = [0; 700];
        for (far, near, len, pulls, beat) in steps {
            match far % 11 {
                0 => buffer.handle_comfort_noise(&far.to_be_bytes()),
                1 => drop(buffer.handle_packet(&header(far), &vec![0x80; len])),
                _ => drop(buffer.handle_packet(&header(near), &vec![0x80; len])),
            }
            for _ in 0..pulls {
                buffer.pull(&mut frame[..beat]);
            }
            prop_assert!(buffer.depth() <= Duration::from_millis(512));
            prop_assert!(buffer.target() <= MAX_TARGET);
        }
    }

    #[test]
    fn any_packets_at_any_time_give_even_beats(
        steps in proptest::collection::vec((any::<u32>(), 0..3_000_u32, 0..700_usize, 0..4_usize), 0..100),
        target in 0..1_000_u64,
    ) {
        let mut buffer = buffer(Duration::from_millis(target));
        let mut frame = [0; 160];
        for (far, near, len, pulls) in steps {
            let timestamp = if near % 7 == 0 { far } else { near };
            buffer.handle_packet(&header(timestamp), &vec![0x80; len]);
            for _ in 0..pulls {
                let pulled = buffer.pull(&mut frame);
                prop_assert!(pulled != Pulled::Sound || peak(&frame) > 0);
                prop_assert!(peak(&frame) <= 32_124);
            }
            prop_assert!(buffer.depth() <= Duration::from_millis(512));
        }
    }
}
