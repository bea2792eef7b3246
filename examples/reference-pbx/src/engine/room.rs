//! Rooms: several parties that hear each other.

use std::time::{Duration, Instant};

use centrala_media::{
    Codec, Encode as _, Encoder, FRAME_SAMPLES, JitterBounds, JitterBuffer, MAX_PARTIES, Mixer,
    RtpPacket,
};

use super::{RecordSink, RoomId, session::Session, take::Tape};

/// A room and who is in it, by their places.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    members: Vec<usize>,
    mixer: Mixer,
    tape: Option<Tape>,
}

/// A party's seat in a room.
#[derive(Debug)]
pub(super) struct Member {
    /// Where the room is.
    pub(super) room: usize,
    buffer: JitterBuffer,
    codec: Codec,
    encoder: Encoder,
}

impl Room {
    pub(super) fn new(id: RoomId) -> Self {
        Self { id, members: Vec::new(), mixer: Mixer::with_capacity(MAX_PARTIES), tape: None }
    }

    /// Lets in the session at a place; says whether there is room.
    pub(super) fn join(&mut self, at: usize) -> bool {
        let has_room = self.members.len() < MAX_PARTIES;
        if has_room {
            self.members.push(at);
        }
        has_room
    }

    /// Lets out the session at a place; says whether somebody is left.
    pub(super) fn leave(&mut self, at: usize) -> bool {
        self.members.retain(|member| *member != at);
        !self.members.is_empty()
    }

    /// Begins a recording; returns how long the one before was.
    pub(super) fn record(&mut self, sink: RecordSink) -> Option<Duration> {
        self.tape.replace(Tape::new(sink, None)).map(Tape::finish)
    }

    /// Ends the recording; returns how long it is.
    pub(super) fn stop_recording(&mut self) -> Option<Duration> {
        self.tape.take().map(Tape::finish)
    }

    /// Lets everybody hear what all others say in these 20 ms.
    pub(super) fn tick(&mut self, sessions: &mut [Option<Session>], now: Instant) {
        let mut samples = [0; FRAME_SAMPLES];
        for at in &self.members {
            let Some(session) = sessions.get_mut(*at).and_then(Option::as_mut) else { continue };
            let speaks = session.connection.is_some_and(|connection| connection.receive);
            if let Some(member) = session.member.as_mut().filter(|_| speaks) {
                member.buffer.pull(&mut samples);
                self.mixer.add(*at, &samples);
            }
        }
        for at in &self.members {
            let Some(session) = sessions.get_mut(*at).and_then(Option::as_mut) else { continue };
            self.mixer.take(*at, &mut samples);
            session.hear_room(&samples, now);
        }
        if let Some(tape) = &mut self.tape {
            self.mixer.take(usize::MAX, &mut samples);
            tape.handle_samples(&samples);
        }
        self.mixer.next_beat();
    }
}

impl Member {
    pub(super) fn new(room: usize, codec: Codec) -> Self {
        let buffer = JitterBuffer::adaptive(codec, JitterBounds::default());
        Self { room, buffer, codec, encoder: codec.encoder() }
    }

    /// The party speaks another codec from now on.
    pub(super) fn handle_codec(&mut self, codec: Codec) {
        if self.codec != codec {
            *self = Self::new(self.room, codec);
        }
    }

    pub(super) fn handle_packet(&mut self, packet: &RtpPacket<'_>) {
        self.buffer.handle_packet(&packet.header, packet.payload);
    }

    pub(super) fn handle_comfort_noise(&mut self, payload: &[u8]) {
        self.buffer.handle_comfort_noise(payload);
    }

    /// Encodes a frame; returns its length.
    pub(super) fn encode(&mut self, samples: &[i16], octets: &mut [u8]) -> usize {
        self.encoder.encode(samples, octets)
    }
}
