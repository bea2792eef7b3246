//! What the pieces of a call cost, each alone.

use std::hint::black_box;

use bytes::Bytes;
use centrala_benches::INVITE;
use centrala_dtmf::{Detector, DetectorConfig};
use centrala_media::{Codec, EncodedPrompt, PayloadType, Player, RelayRewriter, RtpSender, Ssrc};
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

criterion_group!(pieces, sip, media, dtmf);
criterion_main!(pieces);
