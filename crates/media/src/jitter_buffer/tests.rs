use proptest::prelude::*;

use super::*;
use crate::level::tests::sine;
use crate::level::{peak, rms_dbm0, tone_dbm0};
use crate::{Marker, PayloadType, Ssrc};

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
    Codec::Pcmu.encode(&samples, &mut octets);
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
        Codec::Pcmu.decode(payload, &mut frame);
        expected.extend(frame);
    }
    // The first 4 ms are blended in.
    assert_eq!(sound[512..], expected[512..]);
    assert!(sound[..480].iter().all(|&sample| sample == 0));
    assert_eq!(buffer.statistics(), JitterStatistics { late: 0, missing: 480, restarts: 1 });
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

proptest! {
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
