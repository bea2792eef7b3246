use proptest::prelude::*;

use super::*;
use crate::{Marker, PayloadType};

fn header(ssrc: u32, sequence: u16, timestamp: u32) -> RtpHeader {
    RtpHeader {
        marker: Marker::Clear,
        payload_type: PayloadType::PCMU,
        sequence,
        timestamp,
        ssrc: Ssrc::new(ssrc),
    }
}

fn receive(receiver: &mut RtpReceiver, sequences: &[u16]) -> Vec<Reception> {
    sequences.iter().map(|&sequence| receiver.handle_event(&header(1, sequence, 0))).collect()
}

#[test]
fn packets_are_judged_by_their_sequence_numbers() {
    use Reception::{Duplicate, InOrder, Reordered, Started, Suspect};
    let next = InOrder { missing: 0 };
    let cases: [(&str, &[u16], &[Reception]); 9] = [
        ("in order", &[5, 6, 7], &[Started, next, next]),
        ("loss", &[5, 8], &[Started, InOrder { missing: 2 }]),
        ("wrap", &[0xfffe, 0xffff, 0, 1], &[Started, next, next, next]),
        ("duplicate", &[5, 6, 6, 5], &[Started, next, Duplicate, Duplicate]),
        ("overtaken", &[5, 7, 6, 6], &[Started, InOrder { missing: 1 }, Reordered, Duplicate]),
        ("before the first", &[5, 4], &[Started, Reordered]),
        ("before the first, wrapped", &[0, 0xffff, 1], &[Started, Reordered, next]),
        ("one stray", &[5, 9_000, 6], &[Started, Suspect, next]),
        ("restart", &[5, 9_000, 9_001, 9_002], &[Started, Suspect, Started, next]),
    ];
    for (name, sequences, expected) in cases {
        let mut receiver = RtpReceiver::new(8_000);
        assert_eq!(receive(&mut receiver, sequences), expected, "{name}");
    }
}

#[test]
fn losses_duplicates_and_reordering_are_counted() {
    let mut receiver = RtpReceiver::new(8_000);
    receive(&mut receiver, &[0xfffe, 0xffff, 1, 1, 0, 5]);
    let expected = RtpStatistics { received: 5, lost: 3, duplicates: 1, reordered: 1, sources: 1 };
    assert_eq!(receiver.statistics(), expected);
}

#[test]
fn a_new_source_keeps_the_counts_of_the_old_one() {
    let mut receiver = RtpReceiver::new(8_000);
    assert_eq!(receiver.ssrc(), None);
    receive(&mut receiver, &[1, 3]);
    assert_eq!(receiver.handle_event(&header(2, 40_000, 0)), Reception::Started);
    assert_eq!(receiver.ssrc(), Some(Ssrc::new(2)));
    let expected = RtpStatistics { received: 3, lost: 1, sources: 2, ..RtpStatistics::default() };
    assert_eq!(receiver.statistics(), expected);
}

/// Jitter after packets of 20 ms that arrive `delays` milliseconds late.
fn jitter(delays: impl IntoIterator<Item = u64>) -> u32 {
    let mut receiver = RtpReceiver::new(8_000);
    for (sequence, delay) in (0_u16..).zip(delays) {
        let arrival = Duration::from_millis(20 * u64::from(sequence) + delay);
        // Timestamps that wrap in the middle
        let timestamp = u32::MAX.wrapping_add(u32::from(sequence).wrapping_mul(160));
        receiver.handle_sound(&header(1, sequence, timestamp), arrival);
    }
    receiver.jitter()
}

#[test]
fn jitter_is_that_of_rfc_3550() {
    assert_eq!(jitter(std::iter::repeat_n(70, 500)), 0, "constant delay");
    // |D| is always 10 ms, which is 80 units: the estimate converges to it.
    let alternating = jitter((0..500).map(|n| 10 * (n % 2)));
    assert!((79..=80).contains(&alternating), "{alternating}");
    // One step of 160 units counts a sixteenth.
    assert_eq!(jitter([0, 20]), 10);
}

#[test]
fn events_and_new_clocks_do_not_disturb_the_jitter() {
    let mut receiver = RtpReceiver::new(8_000);
    let at = Duration::from_millis;
    receiver.handle_sound(&header(1, 0, 0), at(0));
    receiver.handle_event(&header(1, 1, 0));
    receiver.handle_event(&header(1, 2, 0));
    receiver.handle_sound(&header(1, 3, 480), at(60));
    receiver.handle_sound(&header(1, 4, 0x4000_0000), at(80));
    receiver.handle_sound(&header(1, 5, 0x4000_00a0), at(100));
    assert_eq!(receiver.jitter(), 0);
}

proptest! {
    #[test]
    fn any_packets_in_any_order_are_counted_once(
        packets in proptest::collection::vec((0..3_u32, any::<u16>(), any::<u32>(), any::<u64>()), 0..200),
    ) {
        let mut receiver = RtpReceiver::new(u32::MAX);
        let mut new = 0;
        for &(ssrc, sequence, timestamp, arrival) in &packets {
            let arrival = Duration::from_nanos(arrival);
            let reception = receiver.handle_sound(&header(ssrc, sequence, timestamp), arrival);
            new += u64::from(reception.is_new());
        }
        prop_assert_eq!(receiver.statistics().received, new);
    }

    #[test]
    fn reordering_within_the_window_loses_nothing(
        first: u16, order in Just((0..60_u16).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut receiver = RtpReceiver::new(8_000);
        for offset in order {
            let packet = header(1, first.wrapping_add(offset), 0);
            prop_assert!(receiver.handle_event(&packet).is_new());
        }
        let statistics = receiver.statistics();
        prop_assert_eq!((statistics.received, statistics.lost), (60, 0));
    }
}
