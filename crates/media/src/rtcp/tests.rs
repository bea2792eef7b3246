use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{Marker, PayloadType, RtpHeader, RtpReceiver, RtpSender};

const OURS: Ssrc = Ssrc::new(0x0a0b_0c0d);
const THEIRS: Ssrc = Ssrc::new(0xdead_beef);

fn at(millis: u64) -> Duration {
    Duration::from_secs(1_795_550_000) + Duration::from_millis(millis)
}

fn packets(datagram: &[u8]) -> Vec<RtcpPacket<'_>> {
    RtcpPackets::parse(datagram).unwrap().map(Result::unwrap).collect()
}

fn send(sender: &mut RtpSender, count: u32) {
    for _ in 0..count {
        sender.write(PayloadType::PCMU, &[0xff; 160], 160, &mut [0; 172]).unwrap();
    }
}

fn receive(receiver: &mut RtpReceiver, sequence: u16) {
    let header = RtpHeader {
        marker: Marker::Clear,
        payload_type: PayloadType::PCMU,
        sequence,
        timestamp: 160 * u32::from(sequence),
        ssrc: THEIRS,
    };
    receiver.handle_sound(&header, Duration::from_millis(20 * u64::from(sequence)));
}

fn session() -> RtcpSession {
    RtcpSession::new(RtcpConfig::new("a1b2c3"), 0, at(0))
}

#[test]
fn a_sender_report_says_what_was_sent_and_received() {
    let mut session = session();
    let mut sender = RtpSender::new(OURS, 10, 8_000);
    let mut receiver = RtpReceiver::new(8_000);
    send(&mut sender, 3);
    for sequence in [65_530, 65_531, 65_535, 0, 2] {
        receive(&mut receiver, sequence);
    }
    let mut datagram = [0; 128];
    let length = session.write_report(&sender, &receiver, 0, at(2_500), &mut datagram).unwrap();
    let datagram = &datagram[..length];
    let told = packets(datagram);
    let [
        RtcpPacket::SenderReport { source: OURS, sender: info, blocks },
        RtcpPacket::SourceDescription { source: OURS, cname },
    ] = told[..]
    else {
        panic!("{told:?}")
    };
    assert_eq!(cname.as_bytes(), b"a1b2c3");
    assert_eq!((info.timestamp, info.packets, info.octets), (8_480, 3, 480));
    assert_eq!(info.ntp >> 32, 1_795_550_002 + 2_208_988_800);
    assert_eq!(info.ntp & 0xffff_ffff, 1 << 31, "half a second");
    let blocks: Vec<_> = blocks.collect();
    let expected = ReportBlock {
        source: THEIRS,
        // Four of nine.
        fraction_lost: 113,
        lost: 4,
        highest_sequence: 0x0001_0002,
        jitter: 0,
        last_sender_report: 0,
        delay_since_then: 0,
    };
    // The timestamps of this test do not wrap with the sequence, so that the jitter is what it is.
    assert_eq!(blocks.len(), 1);
    assert_eq!(ReportBlock { jitter: 0, ..blocks[0] }, expected);
    assert_eq!(length % 4, 0);
}

#[test]
fn the_fraction_is_of_the_time_since_the_last_report() {
    let mut session = session();
    let sender = RtpSender::new(OURS, 0, 0);
    let mut receiver = RtpReceiver::new(8_000);
    let mut fractions = Vec::new();
    // A third is lost, then nothing, then three quarters.
    let lost = |n: u16| (n < 300 && n % 3 == 1) || (n >= 600 && !n.is_multiple_of(4));
    for n in 0..1_000_u16 {
        if !lost(n) {
            receive(&mut receiver, n);
        }
        if n % 300 == 299 || n == 999 {
            let mut datagram = [0; 128];
            let length = session.write_report(&sender, &receiver, 0, at(0), &mut datagram).unwrap();
            let told = packets(&datagram[..length]);
            let RtcpPacket::ReceiverReport { mut blocks, .. } = told[0] else { panic!("{told:?}") };
            fractions.push(blocks.next().unwrap().fraction_lost);
        }
    }
    assert!(fractions[0].abs_diff(85) <= 1, "{fractions:?}");
    assert_eq!(fractions[1], 0);
    assert!(fractions[2].abs_diff(192) <= 2, "{fractions:?}");
}

#[test]
fn the_way_there_and_back_is_measured_by_both_sides() {
    let (mut us, mut them) = (session(), RtcpSession::new(RtcpConfig::new("z"), 7, at(0)));
    let mut ours = RtpSender::new(OURS, 0, 0);
    let mut theirs = RtpReceiver::new(8_000);
    let their_sender = RtpSender::new(THEIRS, 0, 0);
    send(&mut ours, 50);
    let mut packet = [0; 172];
    let length = ours.write(PayloadType::PCMU, &[0xff; 160], 160, &mut packet).unwrap();
    let header = crate::RtpPacket::parse(&packet[..length]).unwrap().header;
    theirs.handle_sound(&header, Duration::ZERO);

    let mut report = [0; 128];
    let length =
        us.write_report(&ours, &RtpReceiver::new(8_000), 0, at(1_000), &mut report).unwrap();
    // 30 ms on its way, two seconds until they report, 40 ms back. Their clock is an hour fast: that does not matter.
    let hour = Duration::from_secs(3_600);
    them.handle_datagram(&report[..length], &their_sender, at(1_030) + hour).unwrap();
    let length =
        them.write_report(&their_sender, &theirs, 0, at(3_030) + hour, &mut report).unwrap();
    us.handle_datagram(&report[..length], &ours, at(3_070)).unwrap();
    let statistics = us.statistics();
    let round_trip = statistics.round_trip.unwrap();
    assert!(round_trip.as_micros().abs_diff(70_000) < 50, "{round_trip:?}");
    assert_eq!(statistics.remote.unwrap().source, OURS);
    assert_eq!((statistics.sent, statistics.received, statistics.malformed), (1, 1, 0));
}

#[test]
fn a_party_that_lies_about_its_delay_is_not_believed() {
    let mut us = session();
    let sender = RtpSender::new(OURS, 0, 0);
    let mut datagram = [0; 128];
    let mut tell = |last_sender_report, delay_since_then, source| {
        let mut writer = RtcpWriter::new(&mut datagram);
        let block = ReportBlock {
            source,
            fraction_lost: 255,
            lost: -3,
            highest_sequence: 0,
            jitter: u32::MAX,
            last_sender_report,
            delay_since_then,
        };
        writer.report(THEIRS, None, Some(block)).unwrap();
        let length = writer.finish();
        us.handle_datagram(&datagram[..length], &sender, at(0)).unwrap();
        us.statistics()
    };
    let now = 1_795_550_000_u32.wrapping_add(2_208_988_800) << 16;
    assert_eq!(tell(now, 0, THEIRS).remote, None, "not about us");
    let statistics = tell(now, 1, OURS);
    assert_eq!(statistics.round_trip, None, "back before it was sent");
    assert_eq!(statistics.remote.unwrap().lost, -3);
    assert_eq!(tell(now.wrapping_sub(61 << 16), 0, OURS).round_trip, None, "more than a minute");
    assert_eq!(tell(now - 6_554, 0, OURS).round_trip.unwrap().as_millis(), 100);
}

#[test]
fn whoever_leaves_says_goodbye() {
    let mut us = session();
    let (sender, receiver) = (RtpSender::new(OURS, 0, 0), RtpReceiver::new(8_000));
    let mut datagram = [0; 128];
    let length = us.write_goodbye(&sender, &receiver, at(0), &mut datagram).unwrap();
    let told = packets(&datagram[..length]);
    assert!(matches!(told[2], RtcpPacket::Goodbye { source: OURS }), "{told:?}");
    let mut them = session();
    them.handle_datagram(&datagram[..length], &sender, at(0)).unwrap();
    assert!(them.statistics().has_left);
    for room in 0..length {
        assert!(us.write_goodbye(&sender, &receiver, at(0), &mut datagram[..room]).is_err());
    }
}

#[test]
fn reports_are_spread_around_their_interval() {
    let mut session = RtcpSession::new(RtcpConfig::new("x"), 999, at(0));
    let (sender, receiver) = (RtpSender::new(OURS, 0, 0), RtpReceiver::new(8_000));
    assert_eq!(session.poll_timeout(), at(3_747) + Duration::from_micros(500));
    for (draw, expected) in [(0, 2_500), (500, 5_000), (1_999, 7_495)] {
        session.write_report(&sender, &receiver, draw, at(0), &mut [0; 128]).unwrap();
        assert_eq!(session.poll_timeout(), at(expected), "{draw}");
    }
}

#[test]
fn a_wrong_compound_is_refused_with_its_reason() {
    let report = [0x80, 201, 0, 1, 0, 0, 0, 1];
    let with = |more: &[u8]| [&report[..], more].concat();
    let first = |datagram: &[u8]| RtcpPackets::parse(datagram).unwrap_err();
    assert_eq!(first(&[0x80]), ParseRtcpError::Truncated { offset: 0 });
    assert_eq!(first(&[0x40, 201]), ParseRtcpError::Version { offset: 0, version: 1 });
    assert_eq!(first(&[0x80, 202]), ParseRtcpError::NoReport { packet_type: 202 });
    let cases: [(&str, Vec<u8>, ParseRtcpError); 7] = [
        ("half a word", with(&[0x80, 203]), ParseRtcpError::Truncated { offset: 8 }),
        (
            "a length that is none",
            with(&[0x80, 203, 0, 9]),
            ParseRtcpError::Truncated { offset: 8 },
        ),
        (
            "another version",
            with(&[0, 203, 0, 0]),
            ParseRtcpError::Version { offset: 8, version: 0 },
        ),
        (
            "a block too many",
            with(&[0x81, 201, 0, 1, 0, 0, 0, 1]),
            ParseRtcpError::Inconsistent { offset: 8 },
        ),
        (
            "too much padding",
            with(&[0xa0, 204, 0, 1, 0, 0, 0, 5]),
            ParseRtcpError::Inconsistent { offset: 8 },
        ),
        (
            "padding of nothing",
            with(&[0xa0, 204, 0, 0]),
            ParseRtcpError::Inconsistent { offset: 8 },
        ),
        (
            "an item that is cut",
            with(&[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 0, 0]),
            ParseRtcpError::Inconsistent { offset: 8 },
        ),
    ];
    for (name, datagram, error) in cases {
        let mut packets = RtcpPackets::parse(&datagram).unwrap();
        assert!(packets.next().unwrap().is_ok(), "{name}");
        assert_eq!(packets.next().unwrap().unwrap_err(), error, "{name}");
        assert!(packets.next().is_none(), "{name}: nothing is read behind it");
    }
}

#[test]
fn debug_keeps_names_to_itself() {
    let mut datagram = [0; 64];
    let mut writer = RtcpWriter::new(&mut datagram);
    writer.report(OURS, None, None).unwrap();
    writer.description(OURS, b"alice@10.0.0.7").unwrap();
    let length = writer.finish();
    let printed = format!("{:?}", packets(&datagram[..length]));
    assert!(
        printed.contains("CanonicalName(14 octets)") && !printed.contains("alice"),
        "{printed}"
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        source: u32, ntp: u64, numbers: [u32; 8], fraction_lost: u8, lost in -0x80_0000..0x80_0000_i32,
        has_sender: bool, has_block: bool, cname in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let [timestamp, packets_sent, octets, of, highest_sequence, jitter, last_sender_report, delay_since_then] =
            numbers;
        let source = Ssrc::new(source);
        let info = SenderInfo { ntp, timestamp, packets: packets_sent, octets };
        let block = ReportBlock {
            source: Ssrc::new(of), fraction_lost, lost, highest_sequence, jitter, last_sender_report, delay_since_then,
        };
        let mut datagram = [0; 512];
        let mut writer = RtcpWriter::new(&mut datagram);
        writer.report(source, has_sender.then_some(info), has_block.then_some(block)).unwrap();
        writer.description(source, &cname).unwrap();
        writer.goodbye(source).unwrap();
        let length = writer.finish();
        let told = packets(&datagram[..length]);
        let (sender, blocks) = if let RtcpPacket::SenderReport { sender, blocks, .. } = told[0] {
            (Some(sender), blocks)
        } else {
            let RtcpPacket::ReceiverReport { blocks, .. } = told[0] else { panic!("{told:?}") };
            (None, blocks)
        };
        prop_assert_eq!(sender, has_sender.then_some(info));
        prop_assert_eq!(blocks.collect::<Vec<_>>(), has_block.then_some(block).into_iter().collect::<Vec<_>>());
        let RtcpPacket::SourceDescription { cname: read, .. } = told[1] else { panic!() };
        prop_assert_eq!(read.as_bytes(), &cname[..cname.len().min(255)]);
        prop_assert_eq!(told[2], RtcpPacket::Goodbye { source });
    }

    #[test]
    fn no_datagram_causes_a_panic(
        mut datagram in proptest::collection::vec(any::<u8>(), 0..200), kind in 198..206_u8, now in 0..u64::MAX / 2,
    ) {
        if let [first, packet_type, high, ..] = &mut datagram[..] {
            (*first, *packet_type, *high) = (0x80 | *first & 0x3f, kind, 0);
        }
        let sender = RtpSender::new(OURS, 0, 0);
        let mut session = RtcpSession::new(RtcpConfig::new("x"), 0, Duration::ZERO);
        let _ = session.handle_datagram(&datagram, &sender, Duration::from_millis(now));
        if let Ok(packets) = RtcpPackets::parse(&datagram) {
            prop_assert!(packets.count() <= datagram.len() / 4 + 1);
        }
        let receiver = RtpReceiver::new(8_000);
        session.write_report(&sender, &receiver, 0, Duration::from_millis(now), &mut [0; 128]).unwrap();
    }
}
