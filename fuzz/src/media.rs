//! Sound: packets of any octets, and a path of them with any timing.

use std::time::Duration;

use centrala_media::{
    Buffered, Codec, EventReceiver, FRAME_SAMPLES, JitterBounds, JitterBuffer, MAX_TARGET, Marker,
    Mixer, PayloadType, RTP_HEADER_LEN, RelayRewriter, Relayed, RtcpConfig, RtcpPacket,
    RtcpPackets, RtcpSession, RtpHeader, RtpPacket, RtpReceiver, RtpSender, Seam, Ssrc,
    TelephoneEvent, Transcoder, is_rtcp,
};

use crate::choices::Choices;

/// Any datagram is RTP, RTCP, or neither:
///
/// - what is read as RTP is written again as a packet that reads the same;
/// - of a compound nothing is read twice, and nothing behind an error;
/// - a relay leaves all but the first 12 octets as they are, and what it refuses as it was.
pub fn check_packets(octets: &[u8]) {
    let rtp = RtpPacket::parse(octets);
    if let Ok(packet) = rtp {
        assert!(!is_rtcp(octets) && packet.payload.len() + RTP_HEADER_LEN <= octets.len());
        let mut again = vec![0; octets.len()];
        let length = packet.header.write(packet.payload, &mut again).expect("it is not longer");
        assert_eq!(RtpPacket::parse(&again[..length]), Ok(packet));
        if let Some(event) = TelephoneEvent::parse(packet.payload) {
            assert_eq!(TelephoneEvent::parse(&event.to_payload()), Some(event));
        }
    }
    check_relay(octets);
    if let Ok(packets) = RtcpPackets::parse(octets) {
        assert!(rtp.is_err(), "RTCP is no RTP");
        let (mut count, mut is_over) = (0, false);
        for packet in packets {
            assert!(!is_over, "nothing is read behind an error");
            match packet {
                Ok(
                    RtcpPacket::SenderReport { blocks, .. }
                    | RtcpPacket::ReceiverReport { blocks, .. },
                ) => {
                    assert!(blocks.count() <= 31);
                }
                Ok(RtcpPacket::SourceDescription { cname, .. }) => {
                    assert!(cname.as_bytes().len() <= 255);
                }
                Ok(_) => {}
                Err(_) => is_over = true,
            }
            count += 1;
        }
        assert!(count <= octets.len() / 4 + 1);
    }
}

fn check_relay(octets: &[u8]) {
    let mut sender = RtpSender::new(Ssrc::new(7), 3, 9);
    let pcmu = PayloadType::PCMU;
    let mut relay = RelayRewriter::new(Codec::Pcmu, pcmu, pcmu)
        .with_events(PayloadType::TELEPHONE_EVENT, PayloadType::TELEPHONE_EVENT);
    let mut packet = octets.to_vec();
    let relayed = relay.rewrite(&mut sender, &mut packet);
    if relayed == Ok(Relayed::Forward) {
        assert_eq!(packet.get(RTP_HEADER_LEN..), octets.get(RTP_HEADER_LEN..));
        let header = RtpPacket::parse(&packet).expect("it was one").header;
        assert_eq!((header.ssrc, header.sequence, header.timestamp), (Ssrc::new(7), 3, 9));
    } else {
        assert_eq!(packet, octets);
    }
}

/// Any packets at any time, through everything that a call has:
///
/// - every beat is filled, of a fixed and of an adaptive buffer, and no delay leaves its bounds;
/// - the same again gives the same;
/// - keys that went down come up, one at a time;
/// - no report says more than there was.
pub fn check_path(octets: &[u8]) {
    assert_eq!(path(octets), path(octets), "the same again");
}

/// Returns everything that was heard, squeezed into a number, and what was counted.
fn path(octets: &[u8]) -> (u64, String) {
    let mut choices = Choices::new(octets);
    let codec = choices.one_of(&Codec::ALL);
    let bounds = JitterBounds {
        shortest: Duration::from_millis(4 * u64::from(choices.octet())),
        longest: Duration::from_millis(4 * u64::from(choices.octet())),
    };
    let mut buffers =
        [JitterBuffer::new(codec, bounds.shortest), JitterBuffer::adaptive(codec, bounds)];
    let (mut seam, mut transcoder) =
        (Seam::new(), Transcoder::new(codec, choices.one_of(&Codec::ALL)));
    let mut receiver = RtpReceiver::new(8_000);
    let mut events = EventReceiver::new();
    let mut mixer = Mixer::new();
    let mut reports = RtcpSession::new(RtcpConfig::new("fuzz"), 0, Duration::ZERO);
    let sender = RtpSender::new(Ssrc::new(1), 0, 0);
    let (mut now, mut heard) = (Duration::ZERO, 0_u64);
    let (mut sequence, mut timestamp, mut ssrc) = (0_u16, 0_u32, 0_u32);
    for _ in 0..MAX_STEPS {
        if choices.is_empty() {
            break;
        }
        now += Duration::from_millis(u64::from(choices.octet() % 64));
        match choices.octet() % 8 {
            0 => timestamp = timestamp.wrapping_add(u32::from(choices.octet()) << 8),
            1 => sequence = sequence.wrapping_add(u16::from(choices.octet())),
            2 => ssrc = u32::from(choices.octet() % 2),
            3 => buffers.iter_mut().for_each(JitterBuffer::reset),
            4 => {
                let level = choices.octet();
                buffers.iter_mut().for_each(|buffer| buffer.handle_comfort_noise(&[level]));
            }
            _ => {}
        }
        let length = usize::from(choices.octet()) * 3;
        let header = RtpHeader {
            marker: if length.is_multiple_of(2) { Marker::Clear } else { Marker::Set },
            payload_type: codec.payload_type(),
            sequence,
            timestamp,
            ssrc: Ssrc::new(ssrc),
        };
        let content = choices.octet();
        let payload = vec![content; length];
        if content % 16 == 15 {
            let (event, flags) = (choices.octet() % 18, choices.octet());
            let payload = [event, flags, 0, choices.octet()];
            let packet = RtpHeader { payload_type: PayloadType::TELEPHONE_EVENT, ..header };
            let mut datagram = [0; 32];
            let length = packet.write(&payload, &mut datagram).expect("there is room");
            receiver.handle_event(&packet);
            events.handle_packet(&RtpPacket::parse(&datagram[..length]).expect("it was written"));
        } else {
            receiver.handle_sound(&header, now);
            let mut joined = payload.clone();
            seam.smooth(codec, &mut joined);
            let mut other = vec![0; 2 * joined.len()];
            let length = transcoder.transcode(&joined, &mut other);
            assert_eq!(transcoder.to().samples_in(length), codec.samples_in(joined.len()));
            for buffer in &mut buffers {
                let _: Buffered = buffer.handle_packet(&header, &payload);
            }
        }
        sequence = sequence.wrapping_add(1);
        timestamp = timestamp.wrapping_add(u32::try_from(length).expect("it is short"));
        for _ in 0..choices.octet() % 4 {
            for (party, buffer) in buffers.iter_mut().enumerate() {
                let mut frame = [i16::MIN; FRAME_SAMPLES];
                // Whatever was there before, a beat is filled.
                let (mut again, mut other) = (buffer.clone(), [1; FRAME_SAMPLES]);
                buffer.pull(&mut frame);
                again.pull(&mut other);
                assert_eq!(frame, other, "a beat that was not filled");
                mixer.add(party, &frame);
                assert!(buffer.depth() <= Duration::from_millis(512));
                assert!(buffer.target() <= MAX_TARGET);
            }
            let mut mixed = [0; FRAME_SAMPLES];
            mixer.take(2, &mut mixed);
            mixer.next_beat();
            heard = mixed.iter().fold(heard, |heard, sample| {
                heard.rotate_left(5) ^ u64::from(sample.cast_unsigned())
            });
        }
    }
    let mut count = 0;
    while events.poll_output().is_some() {
        count += 1;
        assert!(count <= 4 * MAX_STEPS, "keys without end");
    }
    let mut report = [0; 128];
    let length = reports.write_report(&sender, &receiver, 0, now, &mut report).expect("room");
    assert!(RtcpPackets::parse(&report[..length]).expect("ours").all(|packet| packet.is_ok()));
    let statistics = receiver.statistics();
    assert!(statistics.received <= u64::try_from(MAX_STEPS).expect("few"));
    (heard, format!("{statistics:?} {:?} {count}", buffers.map(|buffer| buffer.statistics())))
}

/// More than this shows nothing new.
const MAX_STEPS: usize = 200;
