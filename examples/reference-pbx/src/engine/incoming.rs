//! What comes from a party: who it is, what it says, which keys it presses.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use centrala_dtmf::{Detector, DetectorConfig, ToneEvent};
use centrala_keys::Key;
use centrala_media::{
    Codec, Decode as _, Decoder, EventReceiver, FRAME_SAMPLES, KeyEvent, PayloadType, RtpPacket,
    RtpReceiver, SAMPLE_RATE, Source, SourceLatch, is_rtcp,
};

use super::Connection;

/// The incoming side of a session.
#[derive(Debug)]
pub(super) struct Incoming {
    latch: SourceLatch,
    receiver: RtpReceiver,
    events: EventReceiver,
    /// Listens for keys in the sound of a party that has no other way to press them.
    inband: Option<Box<InbandKeys>>,
    hearing: Hearing,
}

#[derive(Debug)]
struct InbandKeys {
    codec: Codec,
    decoder: Decoder,
    detector: Detector,
}

#[derive(Clone, Copy, Debug)]
enum Hearing {
    /// The last packet came then, or the first one is waited for since then.
    Since(Instant),
    /// It was told that nothing comes.
    Missed,
}

/// What a datagram was.
#[derive(Debug)]
pub(super) enum Heard<'a> {
    /// Sound of the party, new.
    Sound(RtpPacket<'a>),
    /// How the party's silence sounds.
    ComfortNoise(&'a [u8]),
    /// A packet of a key.
    Key,
    /// A report.
    Report,
    /// Nothing of use.
    Nothing,
}

impl Incoming {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            latch: SourceLatch::open(),
            receiver: RtpReceiver::new(SAMPLE_RATE),
            events: EventReceiver::new(),
            inband: None,
            hearing: Hearing::Since(now),
        }
    }

    pub(super) fn connect(&mut self, connection: &Connection, now: Instant) {
        self.latch.handle_signalled(connection.remote);
        match (connection.events_in, &mut self.inband) {
            (Some(_), inband) => *inband = None,
            (None, Some(inband)) if inband.codec == connection.codec => {}
            (None, inband) => *inband = Some(Box::new(InbandKeys::new(connection.codec))),
        }
        self.hearing = Hearing::Since(now);
    }

    /// Takes a datagram; each key that goes down in it is given to `pressed`.
    pub(super) fn handle_datagram<'a>(
        &mut self,
        connection: &Connection,
        from: SocketAddr,
        datagram: &'a [u8],
        arrival: Arrival,
        pressed: impl FnMut(Key),
    ) -> Heard<'a> {
        if is_rtcp(datagram) {
            let is_party = self.latch.remote() == Some(from);
            return if is_party { Heard::Report } else { Heard::Nothing };
        }
        let Ok(packet) = RtpPacket::parse(datagram) else { return Heard::Nothing };
        if self.latch.handle_source(from) == Source::Stranger || !connection.receive {
            return Heard::Nothing;
        }
        self.hearing = Hearing::Since(arrival.at);
        let payload_type = packet.header.payload_type;
        if Some(payload_type) == connection.events_in {
            self.receiver.handle_event(&packet.header);
            self.events.handle_packet(&packet);
            self.poll_events(pressed);
            return Heard::Key;
        }
        if payload_type == PayloadType::COMFORT_NOISE {
            self.receiver.handle_event(&packet.header);
            return Heard::ComfortNoise(packet.payload);
        }
        if payload_type != connection.sound_in
            || !self.receiver.handle_sound(&packet.header, arrival.since_start).is_new()
        {
            return Heard::Nothing;
        }
        if let Some(inband) = &mut self.inband {
            inband.detect(packet.payload, pressed);
        }
        Heard::Sound(packet)
    }

    /// Tells, once, that nothing was heard for `limit`.
    pub(super) fn is_missed(
        &mut self,
        connection: &Connection,
        limit: Duration,
        now: Instant,
    ) -> bool {
        let Hearing::Since(since) = &mut self.hearing else { return false };
        if !connection.receive {
            *since = now;
            return false;
        }
        let is_missed = now.saturating_duration_since(*since) >= limit;
        if is_missed {
            self.hearing = Hearing::Missed;
        }
        is_missed
    }

    /// Returns where the party is.
    pub(super) const fn remote(&self) -> Option<SocketAddr> {
        self.latch.remote()
    }

    pub(super) const fn receiver(&self) -> &RtpReceiver {
        &self.receiver
    }

    pub(super) const fn strangers(&self) -> u64 {
        self.latch.strangers()
    }

    fn poll_events(&mut self, mut pressed: impl FnMut(Key)) {
        while let Some(event) = self.events.poll_output() {
            match event {
                KeyEvent::Down { key, .. } => pressed(key),
                KeyEvent::Up { .. } => {}
            }
        }
    }
}

impl InbandKeys {
    fn new(codec: Codec) -> Self {
        let detector = Detector::new(&DetectorConfig::default());
        Self { codec, decoder: codec.decoder(), detector }
    }

    fn detect(&mut self, payload: &[u8], mut pressed: impl FnMut(Key)) {
        let mut samples = [0; FRAME_SAMPLES];
        for piece in payload.chunks(self.codec.octets_in(FRAME_SAMPLES)) {
            let count = self.decoder.decode(piece, &mut samples);
            self.detector.handle_samples(samples.get(..count).unwrap_or_default());
        }
        while let Some(event) = self.detector.poll_output() {
            match event {
                ToneEvent::Down { key, .. } => pressed(key),
                ToneEvent::Up { .. } => {}
            }
        }
    }
}

/// When a packet has arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    /// Since the start of the engine: what jitter is measured with.
    pub(super) since_start: Duration,
    /// Since 1970: what reports are measured with.
    pub(super) unix: Duration,
}
