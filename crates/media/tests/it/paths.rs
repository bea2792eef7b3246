use std::time::Duration;

use centrala_keys::Key;
use centrala_media::level::{rms_dbm0, tone_dbm0};
use centrala_media::wav::{WavEncoding, WavFile, header};
use centrala_media::{
    Codec, EncodedPrompt, EventReceiver, EventSender, FRAME_SAMPLES, JitterBuffer, KeyEvent,
    PayloadType, Player, Recorder, RecorderConfig, RecorderOutput, RelayRewriter, Relayed,
    RtpPacket, RtpReceiver, RtpSender, Ssrc,
};

fn tone(hz: f64, millis: u32) -> Vec<i16> {
    let step = std::f64::consts::TAU * hz / 8_000.0;
    #[expect(clippy::cast_possible_truncation, reason = "the amplitude fits")]
    (0..millis * 8).map(|n| (8_000.0 * (step * f64::from(n)).sin()) as i16).collect()
}

/// A leg that plays a prompt, one datagram per beat.
struct Leg {
    stream: RtpSender,
    player: Player,
    codec: Codec,
}

impl Leg {
    fn new(codec: Codec, ssrc: u32, prompt: &[i16]) -> Self {
        let mut player = Player::new();
        player.enqueue(EncodedPrompt::from_samples(codec, prompt));
        Self { stream: RtpSender::new(Ssrc::new(ssrc), 65_530, u32::MAX - 500), player, codec }
    }

    fn datagram(&mut self) -> Option<Vec<u8>> {
        let mut datagram = vec![0; 332];
        let frame = self.player.next_frame()?;
        let payload_type = self.codec.payload_type();
        let length = self.stream.write(payload_type, frame, 160, &mut datagram).unwrap();
        datagram.truncate(length);
        Some(datagram)
    }
}

#[test]
fn a_message_is_recorded_over_a_bad_network_and_read_back_from_its_file() {
    for codec in Codec::ALL {
        let mut leg = Leg::new(codec, 1, &tone(1_000.0, 2_000));
        let mut datagrams: Vec<_> = std::iter::from_fn(|| leg.datagram()).collect();
        // Every tenth pair is swapped, every 25th packet is lost.
        datagrams.chunks_mut(10).for_each(|chunk| chunk.swap(2, 3));
        let arrived = datagrams.iter().enumerate().filter(|(n, _)| n % 25 != 20);

        let mut receiver = RtpReceiver::new(codec.clock_rate());
        let mut buffer = JitterBuffer::new(codec, Duration::from_millis(60));
        let mut recorder = Recorder::new(RecorderConfig::default());
        let mut samples = [0; FRAME_SAMPLES];
        let mut last = 0;
        for (n, datagram) in arrived {
            let packet = RtpPacket::parse(datagram).unwrap();
            let arrival = Duration::from_millis(20) * u32::try_from(n).unwrap();
            assert!(receiver.handle_sound(&packet.header, arrival).is_new());
            buffer.handle_packet(&packet.header, packet.payload);
            for _ in last..n {
                buffer.pull(&mut samples);
                recorder.handle_samples(&samples);
            }
            last = n;
        }
        recorder.finish();
        let statistics = receiver.statistics();
        assert_eq!((statistics.received, statistics.lost, statistics.reordered), (96, 4, 10));

        let mut data = Vec::new();
        while let Some(output) = recorder.poll_output() {
            if let RecorderOutput::Chunk(octets) = output {
                data.extend(octets);
            }
        }
        let data_len = u32::try_from(data.len()).unwrap();
        let mut file = header(WavEncoding::MuLaw, 8_000, data_len).to_vec();
        file.extend(data);
        let samples = WavFile::parse(&file).unwrap().to_mono();
        assert_eq!(samples.len(), 99 * FRAME_SAMPLES);
        let heard = &samples[1_000..];
        let level = rms_dbm0(&tone(1_000.0, 100));
        // A tone of 1,000 Hz has three values only, each of which is rounded twice.
        assert!((rms_dbm0(heard) - level).abs() < 0.35, "{codec:?} {}", rms_dbm0(heard));
        assert!(tone_dbm0(heard, 8_000, 1_000.0) > level - 1.0);
    }
}

#[test]
fn the_far_side_hears_one_stream_through_prompt_bridge_hold_and_transfer() {
    let mut to_caller = Leg::new(Codec::Pcmu, 0xca11e2, &tone(400.0, 400));
    let mut sales = Leg::new(Codec::Pcmu, 2, &tone(600.0, 400));
    let mut support = Leg::new(Codec::Pcmu, 3, &tone(800.0, 400));
    let pcmu = PayloadType::PCMU;
    let mut relay = RelayRewriter::new(Codec::Pcmu, pcmu, pcmu);

    let mut receiver = RtpReceiver::new(8_000);
    let mut buffer = JitterBuffer::new(Codec::Pcmu, Duration::ZERO);
    let mut heard = Vec::new();
    let mut arrive = |datagram: &[u8], n: u32| {
        let packet = RtpPacket::parse(datagram).unwrap();
        receiver.handle_sound(&packet.header, Duration::from_millis(20) * n);
        buffer.handle_packet(&packet.header, packet.payload);
        let mut samples = [0; FRAME_SAMPLES];
        buffer.pull(&mut samples);
        heard.extend(samples);
    };
    for n in 0..80 {
        let datagram = match n {
            0..20 | 60..80 => {
                if n == 60 {
                    to_caller.player.restart(); // on hold
                }
                to_caller.datagram().unwrap()
            }
            20..60 => {
                let leg = if n < 40 { &mut sales } else { &mut support };
                let mut datagram = leg.datagram().unwrap();
                let relayed = relay.rewrite(&mut to_caller.stream, &mut datagram);
                assert_eq!(relayed, Ok(Relayed::Forward));
                datagram
            }
            _ => unreachable!(),
        };
        arrive(&datagram, n);
    }
    let statistics = receiver.statistics();
    assert_eq!((statistics.received, statistics.lost, statistics.sources), (80, 0, 1));
    assert_eq!((receiver.jitter(), buffer.statistics().missing), (0, 0));
    for (part, hz) in heard.chunks(3_200).zip([400.0, 600.0, 800.0, 400.0]) {
        let others = rms_dbm0(part) - tone_dbm0(part, 8_000, hz);
        assert!(others < 0.2, "{hz} Hz is not all that is heard: {others} dB more");
    }
}

#[test]
fn keys_pressed_on_one_leg_come_out_of_another_one() {
    let pcma = PayloadType::PCMA;
    let (there, here) = (PayloadType::new(96).unwrap(), PayloadType::TELEPHONE_EVENT);
    let mut relay = RelayRewriter::new(Codec::Pcma, pcma, pcma).with_events(there, here);
    let mut caller = Leg::new(Codec::Pcma, 1, &tone(400.0, 200));
    let mut onward = RtpSender::new(Ssrc::new(9), 7, 7);
    let mut receiver = EventReceiver::new();
    let mut pressed = String::new();
    for key in Key::ALL {
        let mut press = EventSender::new(key, 640, caller.stream.timestamp());
        while let Some(event) = press.next_packet() {
            let mut datagram = [0; 16];
            caller.stream.write_event(there, &event, 160, &mut datagram).unwrap();
            assert_eq!(relay.rewrite(&mut onward, &mut datagram), Ok(Relayed::Forward));
            let packet = RtpPacket::parse(&datagram).unwrap();
            assert_eq!(packet.header.payload_type, here);
            receiver.handle_packet(&packet);
            while let Some(event) = receiver.poll_output() {
                if let KeyEvent::Up { key, duration, .. } = event {
                    assert_eq!(duration, 640);
                    pressed.push(key.to_char());
                }
            }
        }
    }
    assert_eq!(pressed, "0123456789*#ABCD");
    assert_eq!(onward.ssrc(), Ssrc::new(9));
}
