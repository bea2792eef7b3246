//! The pitfalls of RFC 4733 in the field, one test each.

use proptest::prelude::*;

use super::*;
use crate::{EventSender, PayloadType};

/// One packet of one event.
#[derive(Clone, Copy, Debug)]
struct Sent {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    marker: Marker,
    key: char,
    end: EventEnd,
    duration: u16,
}

/// An open packet without marker.
fn update(sequence: u16, timestamp: u32, key: char, duration: u16) -> Sent {
    let (marker, end) = (Marker::Clear, EventEnd::Open);
    Sent { ssrc: 1, sequence, timestamp, marker, key, end, duration }
}

fn first(sequence: u16, timestamp: u32, key: char, duration: u16) -> Sent {
    Sent { marker: Marker::Set, ..update(sequence, timestamp, key, duration) }
}

fn end(sequence: u16, timestamp: u32, key: char, duration: u16) -> Sent {
    Sent { end: EventEnd::Ended, ..update(sequence, timestamp, key, duration) }
}

fn feed(receiver: &mut EventReceiver, sent: Sent) {
    let event = Key::from_char(sent.key).map_or(16, Key::event);
    let event = TelephoneEvent { event, end: sent.end, volume: 10, duration: sent.duration };
    feed_payload(receiver, sent, &event.to_payload());
}

fn feed_payload(receiver: &mut EventReceiver, sent: Sent, payload: &[u8]) {
    let header = RtpHeader {
        marker: sent.marker,
        payload_type: PayloadType::TELEPHONE_EVENT,
        sequence: sent.sequence,
        timestamp: sent.timestamp,
        ssrc: Ssrc::new(sent.ssrc),
    };
    receiver.handle_packet(&RtpPacket { header, payload });
}

/// What came out: `5` for a key that went down, `^` and its duration when it came up.
fn drain(receiver: &mut EventReceiver) -> String {
    let mut text = String::new();
    while let Some(event) = receiver.poll_output() {
        text += &match event {
            KeyEvent::Down { key, .. } => key.to_string(),
            KeyEvent::Up { key, duration, .. } => format!("{key}^{duration} "),
        };
    }
    text
}

fn received(packets: &[Sent]) -> String {
    let mut receiver = EventReceiver::new();
    packets.iter().for_each(|&sent| feed(&mut receiver, sent));
    drain(&mut receiver)
}

#[track_caller]
fn check(packets: &[Sent], expected: &str) {
    assert_eq!(received(packets), expected);
}

#[test]
fn three_end_packets_are_one_key() {
    let packets = [
        first(1, 0, '5', 160),
        update(2, 0, '5', 320),
        end(3, 0, '5', 400),
        end(4, 0, '5', 400),
        end(5, 0, '5', 400),
    ];
    check(&packets, "55^400 ");
}

#[test]
fn the_key_goes_down_with_its_first_packet() {
    check(&[first(1, 0, '5', 160)], "5");
}

#[test]
fn a_lost_marker_does_not_matter() {
    check(&[update(2, 0, '5', 320), end(3, 0, '5', 400)], "55^400 ");
}

#[test]
fn any_single_packet_is_a_key() {
    check(&[end(5, 0, '5', 400)], "55^400 ");
    let mut receiver = EventReceiver::new();
    feed(&mut receiver, update(2, 0, '5', 320));
    receiver.handle_elapsed(LOST_END);
    assert_eq!(drain(&mut receiver), "55^320 ");
}

#[test]
fn a_lost_end_times_out() {
    let mut receiver = EventReceiver::new();
    feed(&mut receiver, first(1, 0, '5', 160));
    receiver.handle_elapsed(LOST_END - 160);
    feed(&mut receiver, update(9, 0, '5', 1_440));
    receiver.handle_elapsed(LOST_END - 1);
    assert_eq!(drain(&mut receiver), "5");
    receiver.handle_elapsed(1);
    assert_eq!(drain(&mut receiver), "5^1440 ");
    // What comes even later is the same key, and was reported.
    feed(&mut receiver, end(19, 0, '5', 3_000));
    assert_eq!(drain(&mut receiver), "");
}

#[test]
fn a_lost_end_is_told_by_the_next_key() {
    check(&[first(1, 0, '5', 160), first(9, 1_600, '5', 160)], "55^160 5");
}

#[test]
fn a_lost_end_is_told_by_sound_from_after_the_key() {
    let mut receiver = EventReceiver::new();
    let sound = |ssrc, timestamp| RtpHeader {
        marker: Marker::Clear,
        payload_type: PayloadType::PCMU,
        sequence: 0,
        timestamp,
        ssrc: Ssrc::new(ssrc),
    };
    feed(&mut receiver, first(1, u32::MAX - 100, '5', 160));
    receiver.handle_sound(&sound(1, 60));
    receiver.handle_sound(&sound(2, 5_000));
    assert_eq!(drain(&mut receiver), "5");
    receiver.handle_sound(&sound(1, 59 + LOST_END));
    assert_eq!(drain(&mut receiver), "5^160 ");
}

#[test]
fn a_timestamp_that_moves_is_another_key_unless_told_otherwise() {
    let packets = [
        first(1, 0, '5', 160),
        update(2, 160, '5', 160),
        end(3, 320, '5', 160),
        end(4, 480, '5', 160),
    ];
    check(&packets, "55^160 55^160 55^160 55^160 ");

    let mut receiver = EventReceiver::with_drifting(DriftingTimestamps::Joined);
    packets.iter().for_each(|&sent| feed(&mut receiver, sent));
    assert_eq!(drain(&mut receiver), "55^480 ");
    feed(&mut receiver, first(5, 640, '5', 160));
    assert_eq!(drain(&mut receiver), "5", "a marker begins another key");
}

#[test]
fn two_keys_with_the_same_timestamp_are_two() {
    check(&[first(1, 0, '5', 160), end(2, 0, '5', 400), first(3, 0, '6', 160)], "55^400 6");
    check(&[first(1, 0, '5', 160), end(2, 0, '5', 400), first(3, 0, '5', 160)], "55^400 5");
    check(&[first(1, 0, '5', 160), first(2, 0, '6', 160)], "55^160 6");
}

#[test]
fn a_duration_that_wraps_is_one_long_key() {
    let packets = [
        first(1, 0, '5', 160),
        update(2, 0, '5', 65_440),
        update(3, 0, '5', 64),
        update(4, 0, '5', 65_500),
        end(5, 0, '5', 100),
    ];
    check(&packets, "55^131172 ");
}

#[test]
fn segments_of_a_long_key_are_one_key() {
    let start = u32::MAX - 7;
    let packets = [
        first(1, start, '5', 160),
        update(2, start, '5', 65_440),
        update(3, start.wrapping_add(65_440), '5', 160),
        end(4, start.wrapping_add(65_440), '5', 4_560),
        end(5, start.wrapping_add(65_440), '5', 4_560),
    ];
    check(&packets, "55^70000 ");
}

#[test]
fn a_segment_whose_last_packets_were_lost_still_joins() {
    let packets = [update(1, 0, '5', 64_000), end(9, 65_440, '5', 4_560)];
    check(&packets, "55^70000 ");
}

#[test]
fn a_first_packet_may_have_no_duration() {
    check(&[first(1, 0, '5', 0), update(2, 0, '5', 160), end(3, 0, '5', 320)], "55^320 ");
}

#[test]
fn an_end_that_is_shorter_does_not_shorten_the_key() {
    check(&[first(1, 0, '5', 160), update(2, 0, '5', 480), end(3, 0, '5', 320)], "55^480 ");
}

#[test]
fn packets_out_of_order_are_one_key() {
    let packets = [
        update(0xffff, 0, '5', 320),
        first(0xfffe, 0, '5', 160),
        end(1, 0, '5', 480),
        update(0, 0, '5', 480),
        end(2, 0, '5', 480),
    ];
    check(&packets, "55^480 ");
}

#[test]
fn a_late_packet_does_not_reopen_its_key() {
    let packets = [
        first(1, 0, '5', 160),
        end(4, 0, '5', 480),
        first(7, 4_000, '6', 160),
        end(5, 0, '5', 480),
        update(3, 0, '5', 480),
        update(8, 4_000, '6', 320),
    ];
    check(&packets, "55^480 6");
}

#[test]
fn a_late_packet_of_an_earlier_segment_is_not_a_key() {
    let packets = [first(1, 0, '5', 65_440), end(3, 65_440, '5', 160), update(2, 0, '5', 65_440)];
    check(&packets, "55^65600 ");
}

#[test]
fn a_new_source_ends_the_key_and_starts_afresh() {
    let other = |sent: Sent| Sent { ssrc: 2, ..sent };
    let packets = [
        first(1, 9_000, '5', 160),
        other(first(60_000, 0, '5', 160)),
        other(end(60_001, 0, '5', 320)),
    ];
    check(&packets, "55^160 55^320 ");
}

#[test]
fn a_torn_down_stream_releases_its_key() {
    let mut receiver = EventReceiver::new();
    feed(&mut receiver, first(1, 0, '5', 160));
    receiver.reset();
    assert_eq!(drain(&mut receiver), "55^160 ");
    receiver.reset();
    assert_eq!(drain(&mut receiver), "");
}

#[test]
fn durations_follow_the_clock_of_the_payload_type() {
    let mut receiver = EventReceiver::new();
    for (sequence, duration) in (1..).zip((960..=48_000).step_by(960)) {
        feed(&mut receiver, update(sequence, 0, '5', duration));
    }
    feed(&mut receiver, end(51, 0, '5', 48_000));
    assert_eq!(drain(&mut receiver), "55^48000 ", "one second at 48,000 Hz");
}

#[test]
fn all_sixteen_keys_are_known_and_a_flash_is_none() {
    let mut receiver = EventReceiver::new();
    for (sequence, key) in (0..).zip("0123456789*#ABCDf".chars()) {
        feed(&mut receiver, end(sequence, 1_000 * u32::from(sequence), key, 400));
    }
    let expected: String =
        "0123456789*#ABCD".chars().map(|key| format!("{key}{key}^400 ")).collect();
    // Sixteen keys are more than wait undrained: none may be lost when drained each time.
    assert!(expected.ends_with(&drain(&mut receiver)));
    let mut text = String::new();
    let mut receiver = EventReceiver::new();
    for (sequence, key) in (0..).zip("0123456789*#ABCDf".chars()) {
        feed(&mut receiver, end(sequence, 1_000 * u32::from(sequence), key, 400));
        text += &drain(&mut receiver);
    }
    assert_eq!(text, expected);
}

#[test]
fn odd_payloads_are_read_as_far_as_they_go() {
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty", &[], ""),
        ("too short", &[5, 0x8a, 1], ""),
        ("an octet too many", &[5, 0x8a, 1, 0x90, 7], "55^400 "),
        ("zeros in front", &[0, 0, 0, 0, 5, 0x8a, 1, 0x90], "55^400 "),
        ("two keys", &[5, 0x8a, 1, 0x90, 6, 0x8a, 0, 0xa0], "55^400 66^160 "),
        ("key 0 without duration", &[0, 0, 0, 0], "0"),
    ];
    for (name, payload, expected) in cases {
        let mut receiver = EventReceiver::new();
        feed_payload(&mut receiver, first(1, 0, '5', 0), payload);
        assert_eq!(drain(&mut receiver), expected, "{name}");
    }
}

#[test]
fn sequence_numbers_that_start_anew_lose_no_key() {
    check(&[end(30_000, 90_000, '5', 400), end(3, 80_000, '6', 400)], "55^400 66^400 ");
}

#[test]
fn debug_keeps_the_key_to_itself() {
    let print = |key| {
        let mut receiver = EventReceiver::new();
        feed(&mut receiver, first(1, 0, key, 160));
        let printed = format!("{receiver:?}");
        let down = receiver.poll_output();
        receiver.reset();
        format!("{printed} {down:?} {:?}", receiver.poll_output())
    };
    assert_eq!(print('5'), print('9'));
}

fn any_packet() -> impl Strategy<Value = (Sent, u8)> {
    let fields =
        (0..2_u32, any::<u16>(), 0..6_u32, any::<(bool, bool)>(), 0..17_usize, any::<u16>());
    (fields, any::<u8>()).prop_map(
        |((ssrc, sequence, step, (marked, ended), key, duration), then)| {
            let key = "0123456789*#ABCDf".chars().nth(key).unwrap();
            let end = if ended { EventEnd::Ended } else { EventEnd::Open };
            let marker = if marked { Marker::Set } else { Marker::Clear };
            // Near and far timestamps, and sequence numbers close to each other
            let (timestamp, sequence) = (step * 65_440, sequence % 300);
            (Sent { ssrc, sequence, timestamp, marker, key, end, duration }, then)
        },
    )
}

proptest! {
    #[test]
    fn every_key_that_goes_down_comes_up_once(
        packets in proptest::collection::vec(any_packet(), 0..60), drifting: bool,
    ) {
        let drifting =
            if drifting { DriftingTimestamps::Joined } else { DriftingTimestamps::Separate };
        let mut receiver = EventReceiver::with_drifting(drifting);
        let mut down = None;
        for &(sent, then) in &packets {
            feed(&mut receiver, sent);
            match then {
                0..100 => receiver.handle_elapsed(160),
                100..110 => receiver.handle_elapsed(u32::MAX),
                110..115 => receiver.reset(),
                _ => (),
            }
            let mut outputs = 0;
            while let Some(event) = receiver.poll_output() {
                outputs += 1;
                down = match (down, event) {
                    (None, KeyEvent::Down { key, timestamp }) => Some((key, timestamp)),
                    (Some(pressed), KeyEvent::Up { key, timestamp, .. }) => {
                        prop_assert!(pressed == (key, timestamp));
                        None
                    }
                    _ => return Err(TestCaseError::fail("presses overlap")),
                };
            }
            prop_assert!(outputs <= 4);
        }
    }

    #[test]
    fn keys_survive_loss_duplication_and_reordering(
        keys in proptest::collection::vec(0..16_u8, 1..12),
        fate in proptest::collection::vec(0..10_u8, 200),
    ) {
        let mut packets = Vec::new();
        let (mut sequence, mut timestamp) = (65_500_u16, u32::MAX - 3_000);
        for &code in &keys {
            let mut press = EventSender::new(Key::from_event(code).unwrap(), 800, timestamp);
            let mut of_key = Vec::new();
            while let Some(packet) = press.next_packet() {
                let sent = Sent { sequence, timestamp, marker: packet.marker, ..first(0, 0, '0', 0) };
                of_key.push((sent, packet.payload));
                sequence = sequence.wrapping_add(1);
            }
            timestamp = timestamp.wrapping_add(1_600);
            // A tenth is lost, a tenth comes twice, a tenth is overtaken; never all of a key.
            let mut arrived = Vec::new();
            for (index, &packet) in of_key.iter().enumerate() {
                match fate[(packets.len() + index) % fate.len()] {
                    0 if index > 0 => (),
                    1 => arrived.extend([packet, packet]),
                    2 => arrived.insert(arrived.len().saturating_sub(1), packet),
                    _ => arrived.push(packet),
                }
            }
            packets.extend(arrived);
        }
        let mut receiver = EventReceiver::new();
        let mut pressed = Vec::new();
        for (sent, payload) in packets {
            feed_payload(&mut receiver, sent, &payload);
            while let Some(event) = receiver.poll_output() {
                if let KeyEvent::Down { key, .. } = event {
                    pressed.push(key.event());
                }
            }
        }
        prop_assert!(pressed == keys);
    }
}
