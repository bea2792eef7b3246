use proptest::prelude::*;

use super::*;
use crate::EventSender;

const EVENTS_IN: PayloadType = PayloadType::TELEPHONE_EVENT;

fn payload_type(number: u8) -> PayloadType {
    PayloadType::new(number).unwrap()
}

fn relay() -> RelayRewriter {
    RelayRewriter::new(Codec::Pcmu, PayloadType::PCMU, PayloadType::PCMU)
        .with_events(EVENTS_IN, payload_type(96))
}

fn sender() -> RtpSender {
    RtpSender::new(Ssrc::new(0xaa), 1_000, 50_000)
}

/// A packet of 20 ms of sound.
fn sound(ssrc: u32, sequence: u16, timestamp: u32) -> Vec<u8> {
    packet(PayloadType::PCMU, ssrc, sequence, timestamp, &[0x55; 160])
}

fn packet(kind: PayloadType, ssrc: u32, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let header = RtpHeader {
        marker: Marker::Clear,
        payload_type: kind,
        sequence,
        timestamp,
        ssrc: Ssrc::new(ssrc),
    };
    let mut packet = vec![0; 12 + payload.len()];
    header.write(payload, &mut packet).unwrap();
    packet
}

/// Relays a packet and returns the header that goes out.
#[track_caller]
fn forwarded(relay: &mut RelayRewriter, sender: &mut RtpSender, mut packet: Vec<u8>) -> RtpHeader {
    assert_eq!(relay.rewrite(sender, &mut packet), Ok(Relayed::Forward));
    let header = RtpPacket::parse(&packet).unwrap().header;
    assert_eq!(header.ssrc, sender.ssrc());
    header
}

/// The sequence number and timestamp that go out, and whether the marker is set.
#[track_caller]
fn position(
    relay: &mut RelayRewriter,
    sender: &mut RtpSender,
    packet: Vec<u8>,
) -> (u16, u32, Marker) {
    let header = forwarded(relay, sender, packet);
    (header.sequence, header.timestamp, header.marker)
}

/// Plays 20 ms of a prompt.
fn play(sender: &mut RtpSender) -> (u16, u32) {
    let before = (sender.sequence(), sender.timestamp());
    sender.write(PayloadType::PCMU, &[0; 160], 160, &mut [0; 172]).unwrap();
    before
}

#[test]
fn the_relayed_stream_continues_the_prompt() {
    let (mut relay, mut sender) = (relay(), sender());
    assert_eq!(play(&mut sender), (1_000, 50_000));
    let (relay, sender) = (&mut relay, &mut sender);
    assert_eq!(position(relay, sender, sound(1, 7, 900)), (1_001, 50_160, Marker::Set));
    assert_eq!(position(relay, sender, sound(1, 8, 1_060)), (1_002, 50_320, Marker::Clear));
    assert_eq!(play(sender), (1_003, 50_480));
    assert_eq!(sender.packets(), 4);
}

#[test]
fn a_relay_that_was_interrupted_by_a_prompt_continues_behind_it() {
    let (relay, sender) = (&mut relay(), &mut sender());
    position(relay, sender, sound(1, 7, 900));
    play(sender);
    // Meanwhile the source went on, and was not relayed.
    let resumed = position(relay, sender, sound(1, 9, 1_220));
    assert_eq!(resumed, (1_002, 50_320, Marker::Set));
}

#[test]
fn a_new_source_takes_over_without_a_jump() {
    let (relay, sender) = (&mut relay(), &mut sender());
    position(relay, sender, sound(1, 7, 900));
    let switched = position(relay, sender, sound(2, 40_000, 0xdead_beef));
    assert_eq!(switched, (1_001, 50_160, Marker::Set));
}

#[test]
fn a_source_that_restarts_takes_over_from_itself() {
    let cases = [
        ("sequence jumps", 20_000, 1_060),
        ("sequence falls", 65_000, 1_060),
        ("clock jumps", 8, 0x4000_0000),
        ("clock falls", 8, 0xc000_0000),
    ];
    for (name, sequence, timestamp) in cases {
        let (relay, sender) = (&mut relay(), &mut sender());
        position(relay, sender, sound(1, 7, 900));
        let restarted = position(relay, sender, sound(1, sequence, timestamp));
        assert_eq!(restarted, (1_001, 50_160, Marker::Set), "{name}");
    }
}

#[test]
fn losses_reordering_and_pauses_stay_visible() {
    let (relay, sender) = (&mut relay(), &mut sender());
    let steps = [
        (sound(1, 0xffff, u32::MAX - 159), (1_000, 50_000)),
        (sound(1, 2, 320), (1_003, 50_480)),    // two are missing
        (sound(1, 1, 160), (1_002, 50_320)),    // one of them was only overtaken
        (sound(1, 3, 16_000), (1_004, 66_160)), // two seconds of silence
    ];
    for (packet, (sequence, timestamp)) in steps {
        let (out_sequence, out_timestamp, _) = position(relay, sender, packet);
        assert_eq!((out_sequence, out_timestamp), (sequence, timestamp));
    }
    assert_eq!((sender.sequence(), sender.timestamp()), (1_005, 66_320));
}

#[test]
fn a_packet_from_before_the_switch_is_dropped() {
    let (relay, sender) = (&mut relay(), &mut sender());
    play(sender);
    position(relay, sender, sound(1, 7, 900));
    let mut late = sound(1, 6, 740);
    let before = late.clone();
    assert_eq!(relay.rewrite(sender, &mut late), Ok(Relayed::TooLate));
    assert_eq!(late, before);
    assert_eq!(sender.sequence(), 1_002);
}

#[test]
fn events_are_relayed_under_the_payload_type_of_the_other_leg() {
    let (relay, sender) = (&mut relay(), &mut sender());
    position(relay, sender, sound(1, 7, 1_000));
    let mut keys = EventSender::new(centrala_keys::Key::Five, 480, 1_160);
    let mut sequence = 8;
    while let Some(event) = keys.next_packet() {
        let packet = packet(EVENTS_IN, 1, sequence, event.timestamp, &event.payload);
        let header = forwarded(relay, sender, packet);
        assert_eq!((header.timestamp, header.payload_type), (50_160, payload_type(96)));
        sequence += 1;
    }
    // The stream has moved on by the length of the key.
    assert_eq!(play(sender), (1_006, 50_640));
}

#[test]
fn what_has_no_counterpart_is_not_relayed() {
    let (relay, sender) = (&mut relay(), &mut sender());
    let mut noise = packet(PayloadType::COMFORT_NOISE, 1, 7, 900, &[40]);
    assert_eq!(relay.rewrite(sender, &mut noise), Ok(Relayed::NoRoute));
    assert_eq!(sender.packets(), 0);
    let mut relay =
        relay.clone().with_other(PayloadType::COMFORT_NOISE, PayloadType::COMFORT_NOISE);
    assert_eq!(relay.rewrite(sender, &mut noise), Ok(Relayed::Forward));
    assert_eq!(relay.rewrite(sender, &mut [0x80; 3]), Err(ParseRtpError::Truncated { len: 3 }));
}

#[test]
fn only_the_header_is_touched() {
    let (relay, sender) = (&mut relay(), &mut sender());
    let mut packet = sound(1, 7, 900);
    packet[0] |= 0x01; // a contributing source, out of the payload
    relay.rewrite(sender, &mut packet).unwrap();
    assert_eq!(packet[0], 0x81);
    assert!(packet[12..].iter().all(|&octet| octet == 0x55));
}

#[derive(Clone, Debug)]
enum Feed {
    Relay { ssrc: u32, sequence: u16, timestamp: u32 },
    Play,
    Skip(u32),
}

fn any_feed() -> impl Strategy<Value = Feed> {
    prop_oneof![
        (0..2_u32, any::<u16>(), any::<u32>())
            .prop_map(|(ssrc, sequence, timestamp)| Feed::Relay { ssrc, sequence, timestamp }),
        (0..2_u32, 0..300_u16, 0..40_u32).prop_map(|(ssrc, sequence, step)| Feed::Relay {
            ssrc,
            sequence,
            timestamp: step * 160,
        }),
        Just(Feed::Play),
        (0..10_000_u32).prop_map(Feed::Skip),
    ]
}

proptest! {
    #[test]
    fn whoever_feeds_it_the_stream_never_jumps(
        feeds in proptest::collection::vec(any_feed(), 0..100),
    ) {
        let (mut relay, mut sender) = (relay(), sender());
        for feed in feeds {
            let before = (sender.sequence(), sender.timestamp());
            match feed {
                Feed::Relay { ssrc, sequence, timestamp } => {
                    let mut packet = sound(ssrc, sequence, timestamp);
                    let result = relay.rewrite(&mut sender, &mut packet).unwrap();
                    if result == Relayed::Forward {
                        let header = RtpPacket::parse(&packet).unwrap().header;
                        let step = header.sequence.wrapping_sub(before.0).cast_signed();
                        let passed = header.timestamp.wrapping_sub(before.1).cast_signed();
                        prop_assert!((-MAX_MISORDER - 1..MAX_DROPOUT).contains(&step));
                        prop_assert!((-MAX_STEP - 160..MAX_STEP).contains(&passed));
                    }
                }
                Feed::Play => { play(&mut sender); }
                Feed::Skip(samples) => sender.skip(samples),
            }
        }
    }
}
