//! One party's sound.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use centrala_media::{Codec, FRAME_SAMPLES, RTP_HEADER_LEN, RelayRewriter, RtpSender};
use mio::net::UdpSocket;

use super::{
    Connection, EngineEvent, RecordSink, SessionId,
    incoming::{Arrival, Heard, Incoming},
    outgoing::{Leaving, Outgoing},
    take::Take,
};

/// A port, a stream that goes out and one that comes in.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) socket: UdpSocket,
    pub(super) connection: Option<Connection>,
    pub(super) outgoing: Outgoing,
    pub(super) incoming: Incoming,
    pub(super) bridge: Option<Bridge>,
    pub(super) take: Option<Take>,
    /// Whether the beat ticks this session.
    pub(super) on_beat: bool,
}

/// The way to the other side of a bridge.
#[derive(Debug)]
pub(super) struct Bridge {
    /// Where the other session is.
    pub(super) peer: usize,
    /// Carries packets of this session to the other; none before both can speak.
    pub(super) relay: Option<RelayRewriter>,
}

impl Session {
    pub(super) fn new(id: SessionId, socket: UdpSocket, sender: RtpSender, now: Instant) -> Self {
        Self {
            id,
            socket,
            connection: None,
            outgoing: Outgoing::new(sender, now),
            incoming: Incoming::new(now),
            bridge: None,
            take: None,
            on_beat: false,
        }
    }

    pub(super) fn connect(&mut self, connection: Connection, now: Instant) {
        self.incoming.connect(&connection, now);
        let before = self.connection.replace(connection).map(|before| before.codec);
        if let Some(take) = &mut self.take
            && before != Some(connection.codec)
        {
            take.handle_codec(connection.codec);
        }
    }

    pub(super) fn record(&mut self, sink: RecordSink, silence: Option<Duration>) {
        let codec = self.connection.map_or(Codec::Pcmu, |connection| connection.codec);
        self.take = Some(Take::new(codec, sink, silence));
    }

    pub(super) fn stop_recording(&mut self, tell: &dyn Fn(EngineEvent)) {
        if let Some(take) = self.take.take() {
            tell(EngineEvent::Recorded { session: self.id, length: take.finish() });
        }
    }

    /// Returns whether the beat has work here.
    pub(super) fn has_work(&self) -> bool {
        self.outgoing.has_work() || self.take.is_some()
    }

    /// Sends and records the next 20 ms.
    pub(super) fn tick(&mut self, now: Instant, tell: &dyn Fn(EngineEvent)) {
        if let Some(take) = &mut self.take
            && take.tick()
        {
            tell(EngineEvent::Silent { session: self.id });
        }
        let Some(connection) = &self.connection else { return };
        let mut packet = [0; RTP_HEADER_LEN + FRAME_SAMPLES];
        match self.outgoing.handle_beat(connection, now, &mut packet) {
            Leaving::Packet(length) => self.send(packet.get(..length).unwrap_or_default()),
            Leaving::Nothing => {}
            Leaving::Finished(play) => {
                tell(EngineEvent::PlaybackFinished { session: self.id, play });
            }
        }
    }

    /// Takes a datagram; says whether a bridge should carry it on.
    pub(super) fn receive(
        &mut self,
        from: SocketAddr,
        datagram: &[u8],
        arrival: Arrival,
        tell: &dyn Fn(EngineEvent),
    ) -> bool {
        let Some(connection) = &self.connection else { return false };
        let session = self.id;
        let pressed = |key| tell(EngineEvent::Key { session, key });
        match self.incoming.handle_datagram(connection, from, datagram, arrival, pressed) {
            Heard::Sound(packet) => {
                if let Some(take) = &mut self.take {
                    take.handle_packet(&packet);
                }
                true
            }
            Heard::Other => true,
            Heard::Nothing => false,
        }
    }

    /// Sends a packet to the party. One that the kernel refuses is lost like any other.
    pub(super) fn send(&self, packet: &[u8]) {
        if let Some(remote) = self.incoming.remote() {
            drop(self.socket.send_to(packet, remote));
        }
    }
}
