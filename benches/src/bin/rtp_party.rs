//! The far end of many calls' sound: `rtp_party sink|echo ADDRESS SKIP SECONDS`.
//!
//! It takes RTP on one socket, of an echo sends each packet back to whence it came, and after SKIP seconds looks for SECONDS at
//! what comes: how many streams and packets, how many are missing, and how many are later than 5 ms. A stream's packets
//! are due every 20 ms; when the first one is due is told by the one that was the earliest of all. It prints a line of
//! JSON, and ends.
//!
//! `rtp_party tone FILE` writes twenty seconds of speech-like sound in µ-law, for others to send.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it answers on a terminal")]
#![expect(clippy::disallowed_methods, reason = "it measures when packets come")]

use std::{
    collections::BTreeMap,
    env,
    net::{SocketAddr, UdpSocket},
    process::ExitCode,
    time::{Duration, Instant},
};

use centrala_media::{Codec, Encode as _, RtpPacket};

/// Later than this is late.
const LATE: Duration = Duration::from_millis(5);
const BEAT: Duration = Duration::from_millis(20);

#[derive(Default)]
struct Stream {
    first: Option<(u16, Instant)>,
    /// Number and arrival of each packet.
    packets: Vec<(u32, Duration)>,
}

impl Stream {
    fn take(&mut self, sequence: u16, now: Instant) {
        let (first, begin) = *self.first.get_or_insert((sequence, now));
        // A minute of packets does not wrap.
        let number = u32::from(sequence.wrapping_sub(first));
        self.packets.push((number, now - begin));
    }

    /// Returns how many packets came, how many are missing, and how many were late.
    fn judge(&self) -> (usize, usize, usize) {
        let offset = |(number, arrival): &(u32, Duration)| {
            i128::try_from(arrival.as_micros()).unwrap_or(0)
                - i128::from(*number) * i128::try_from(BEAT.as_micros()).unwrap_or(0)
        };
        let earliest = self.packets.iter().map(offset).min().unwrap_or(0);
        let limit = i128::try_from(LATE.as_micros()).unwrap_or(0);
        let late = self.packets.iter().filter(|one| offset(one) - earliest > limit).count();
        let last = self.packets.iter().map(|(number, _)| *number).max().unwrap_or(0);
        let expected = usize::try_from(last).unwrap_or(0) + 1;
        (self.packets.len(), expected.saturating_sub(self.packets.len()), late)
    }
}

fn watch(address: &str, echoes: bool, skip: u64, seconds: u64) -> std::io::Result<String> {
    let socket = UdpSocket::bind(address)?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let begin = Instant::now();
    let (from, to) = (Duration::from_secs(skip), Duration::from_secs(skip + seconds));
    let mut streams: BTreeMap<(SocketAddr, u32), Stream> = BTreeMap::new();
    let mut buffer = [0; 2_048];
    loop {
        let received = socket.recv_from(&mut buffer);
        let now = Instant::now();
        if now - begin > to {
            break;
        }
        let Ok((length, source)) = received else { continue };
        let datagram = buffer.get(..length).unwrap_or_default();
        if echoes {
            drop(socket.send_to(datagram, source));
        }
        let Ok(packet) = RtpPacket::parse(datagram) else { continue };
        if now - begin >= from {
            let stream = streams.entry((source, packet.header.ssrc.number())).or_default();
            stream.take(packet.header.sequence, now);
        }
    }
    let judged = streams.values().map(Stream::judge);
    let (packets, lost, late) =
        judged.fold((0, 0, 0), |all, one| (all.0 + one.0, all.1 + one.1, all.2 + one.2));
    Ok(format!(
        "{{\"streams\":{},\"packets\":{packets},\"lost\":{lost},\"late\":{late}}}",
        streams.len()
    ))
}

/// Returns twenty seconds of a hum that rises and falls four times a second, never silent for long.
fn tone() -> Vec<u8> {
    let sample = |n: u32| {
        let at = f64::from(n) / 8_000.0;
        let loud = 0.6 + 0.4 * (std::f64::consts::TAU * 4.0 * at).sin();
        let hum = (1..=5).map(|k| (std::f64::consts::TAU * 140.0 * f64::from(k) * at).sin());
        #[expect(clippy::cast_possible_truncation, reason = "five sines of 3,000 fit")]
        let sample = (hum.sum::<f64>() * loud * 3_000.0) as i16;
        sample
    };
    let samples: Vec<i16> = (0..160_000).map(sample).collect();
    let mut octets = vec![0; samples.len()];
    Codec::Pcmu.encoder().encode(&samples, &mut octets);
    octets
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["tone", file] => std::fs::write(file, tone()).map(|()| String::new()),
        [kind @ ("sink" | "echo"), address, skip, seconds] => {
            match (skip.parse(), seconds.parse()) {
                (Ok(skip), Ok(seconds)) => watch(address, kind == "echo", skip, seconds),
                _ => Err(std::io::Error::other("SKIP and SECONDS are whole numbers")),
            }
        }
        _ => Err(std::io::Error::other(
            "usage: rtp_party sink|echo ADDRESS SKIP SECONDS | tone FILE",
        )),
    };
    match done {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
