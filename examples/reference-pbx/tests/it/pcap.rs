//! Captures for `sipp` to play: a voice, and keys as telephone events.
#![expect(clippy::cast_possible_truncation, reason = "packets are short and samples are scaled")]

use std::path::Path;

use centrala_keys::Key;
use centrala_media::g711;

/// RTP as a caller sends it, packet by packet, to be written as a pcap file.
#[derive(Debug, Default)]
pub(crate) struct Capture {
    packets: Vec<(u32, Vec<u8>)>,
    milliseconds: u32,
    sequence: u16,
}

const FRAME_MS: u32 = 20;
const FRAME: u32 = 160;
const SSRC: u32 = 0x1234_5678;

impl Capture {
    /// Sends a tone at about −10 dBm0.
    pub(crate) fn tone(&mut self, hertz: f64, milliseconds: u32) {
        for _ in 0..milliseconds / FRAME_MS {
            let start = self.timestamp();
            let octets: Vec<u8> = (start..start + FRAME)
                .map(|n| {
                    let phase = f64::from(n) * hertz / 8_000.0 * std::f64::consts::TAU;
                    g711::mulaw::encode((phase.sin() * 8_000.0) as i16)
                })
                .collect();
            self.packet(0, start, false, &octets);
            self.milliseconds += FRAME_MS;
        }
    }

    /// Sends silence.
    pub(crate) fn silence(&mut self, milliseconds: u32) {
        for _ in 0..milliseconds / FRAME_MS {
            let start = self.timestamp();
            self.packet(0, start, false, &[0xff; FRAME as usize]);
            self.milliseconds += FRAME_MS;
        }
    }

    /// Presses a key for 100 ms, as RFC 4733 events of payload type 101 with three ends.
    pub(crate) fn key(&mut self, key: Key) {
        let start = self.timestamp();
        for step in 1..=5_u16 {
            let [high, low] = (step * FRAME as u16).to_be_bytes();
            self.packet(101, start, step == 1, &[key.event(), 10, high, low]);
            self.milliseconds += FRAME_MS;
        }
        let [high, low] = (5 * FRAME as u16).to_be_bytes();
        for _ in 0..3 {
            self.packet(101, start, false, &[key.event(), 0x80 | 10, high, low]);
        }
        self.silence(60);
    }

    fn timestamp(&self) -> u32 {
        self.milliseconds * 8
    }

    fn packet(&mut self, payload_type: u8, timestamp: u32, marker: bool, payload: &[u8]) {
        let mut rtp = vec![0x80, payload_type | if marker { 0x80 } else { 0 }];
        rtp.extend(self.sequence.to_be_bytes());
        rtp.extend(timestamp.to_be_bytes());
        rtp.extend(SSRC.to_be_bytes());
        rtp.extend(payload);
        self.sequence += 1;
        self.packets.push((self.milliseconds, rtp));
    }

    /// Writes a pcap file: Ethernet, IPv4 and UDP headers that `sipp` replaces with its own.
    pub(crate) fn write(&self, path: &Path) {
        let mut file = Vec::new();
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
            file.extend(word.to_le_bytes());
        }
        for (milliseconds, rtp) in &self.packets {
            let udp_len = 8 + rtp.len() as u16;
            let mut frame = vec![0; 12];
            frame.extend([0x08, 0x00]);
            frame.extend([0x45, 0]);
            frame.extend((20 + udp_len).to_be_bytes());
            frame.extend([0, 0, 0x40, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
            for port in [4_000_u16, 4_002, udp_len, 0] {
                frame.extend(port.to_be_bytes());
            }
            frame.extend(rtp);
            let length = frame.len() as u32;
            for word in [milliseconds / 1_000, milliseconds % 1_000 * 1_000, length, length] {
                file.extend(word.to_le_bytes());
            }
            file.extend(frame);
        }
        std::fs::write(path, file).unwrap();
    }
}
