//! What the pieces of a call cost, each alone.

use std::hint::black_box;

use bytes::Bytes;
use centrala_benches::INVITE;
use centrala_dtmf::{Detector, DetectorConfig};
use centrala_media::{
    Codec, EncodedPrompt, FRAME_SAMPLES, JitterBounds, JitterBuffer, Marker, Mixer, PayloadType,
    Player, RelayRewriter, RtpHeader, RtpSender, Ssrc, Transcoder,
};
use centrala_sip::Message;
use criterion::{Criterion, criterion_group, criterion_main};

fn sip(c: &mut Criterion) {
    let datagram = Bytes::from_static(INVITE);
    c.bench_function("sip: split an INVITE", |b| {
        b.iter(|| Message::parse(black_box(datagram.clone())).is_ok());
    });
}

fn media(c: &mut Criterion) {
    let mut player = Player::new();
    player.enqueue(EncodedPrompt::from_samples(Codec::Pcmu, &[1_000; 8_000]));
    let mut sender = RtpSender::new(Ssrc::new(1), 1, 1);
    let mut packet = [0; 172];
    c.bench_function("media: a frame of a prompt becomes a packet", |b| {
        b.iter(|| {
            if player.is_finished() {
                player.restart();
            }
            let frame = player.next_frame().unwrap_or_default();
            sender.write(PayloadType::PCMU, black_box(frame), 160, &mut packet).is_ok()
        });
    });
    let mut relay = RelayRewriter::new(Codec::Pcmu, PayloadType::PCMU, PayloadType::PCMU);
    let mut from = RtpSender::new(Ssrc::new(2), 1, 1);
    let mut to = RtpSender::new(Ssrc::new(3), 1, 1);
    c.bench_function("media: a packet is relayed", |b| {
        b.iter(|| {
            let sent = from.write(PayloadType::PCMU, &[0xff; 160], 160, &mut packet).is_ok();
            sent && relay.rewrite(&mut to, black_box(&mut packet)).is_ok()
        });
    });
}

/// A voice, more or less: five harmonics that come and go.
fn voice() -> Vec<i16> {
    let sample = |n: u32| {
        let at = f64::from(n) / 8_000.0;
        let hum = (1..=5).map(|k| (std::f64::consts::TAU * 140.0 * f64::from(k) * at).sin());
        let loud = (std::f64::consts::TAU * 3.0 * at).sin().abs();
        #[expect(clippy::cast_possible_truncation, reason = "five sines of 3,000 fit")]
        let sample = (hum.sum::<f64>() * loud * 3_000.0) as i16;
        sample
    };
    (0..80_000).map(sample).collect()
}

fn transcode(c: &mut Criterion) {
    use Codec::{G722, L16, Pcma, Pcmu};
    let voice = voice();
    for (from, to) in [(Pcmu, Pcma), (Pcmu, L16), (Pcmu, G722), (G722, Pcmu), (G722, L16)] {
        let prompt = EncodedPrompt::from_samples(from, &voice);
        let mut frames = (0..prompt.frames()).filter_map(|at| prompt.frame(at)).cycle();
        let mut transcoder = Transcoder::new(from, to);
        let mut other = [0; 320];
        let name = format!(
            "media: a frame of {} becomes one of {}",
            from.encoding_name(),
            to.encoding_name()
        );
        c.bench_function(&name, |b| {
            b.iter(|| transcoder.transcode(frames.next().unwrap_or_default(), &mut other));
        });
    }
}

fn listen(c: &mut Criterion) {
    let prompt = EncodedPrompt::from_samples(Codec::Pcmu, &voice());
    for (name, lost) in [("no", u16::MAX), ("one in twenty", 20)] {
        let mut frames = (0..prompt.frames()).filter_map(|at| prompt.frame(at)).cycle();
        let mut buffer = JitterBuffer::adaptive(Codec::Pcmu, JitterBounds::default());
        let mut header = RtpHeader {
            marker: Marker::Clear,
            payload_type: PayloadType::PCMU,
            sequence: 0,
            timestamp: 0,
            ssrc: Ssrc::new(1),
        };
        let mut samples = [0; FRAME_SAMPLES];
        let title = format!("media: a packet through a jitter buffer, {name} packet lost");
        c.bench_function(&title, |b| {
            b.iter(|| {
                let frame = frames.next().unwrap_or_default();
                if header.sequence % lost != lost - 1 {
                    buffer.handle_packet(&header, frame);
                }
                header.sequence = header.sequence.wrapping_add(1);
                header.timestamp = header.timestamp.wrapping_add(160);
                buffer.pull(&mut samples)
            });
        });
    }
    let voice = voice();
    let mut mixer = Mixer::with_capacity(3);
    let mut heard = [0; FRAME_SAMPLES];
    let mut frames = voice.chunks_exact(FRAME_SAMPLES).cycle();
    c.bench_function("media: three parties hear each other for a beat", |b| {
        b.iter(|| {
            for party in 0..3 {
                mixer.add(party, frames.next().unwrap_or_default());
            }
            for party in 0..3 {
                mixer.take(party, black_box(&mut heard));
            }
            mixer.next_beat();
        });
    });
}

fn dtmf(c: &mut Criterion) {
    let mut detector = Detector::new(&DetectorConfig::default());
    let silence = [100; 160];
    c.bench_function("dtmf: 20 ms without a key", |b| {
        b.iter(|| {
            detector.handle_samples(black_box(&silence));
            detector.poll_output().is_none()
        });
    });
}

criterion_group!(pieces, sip, media, transcode, listen, dtmf);
criterion_main!(pieces);
