//! One party's sound.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use centrala_media::{Codec, RelayRewriter, RtpSender};
use mio::net::UdpSocket;

use super::{
    Connection, EngineEvent, RecordSink, SessionId, SoundReport,
    bridge::Translation,
    incoming::{Arrival, Heard, Incoming},
    outgoing::{MAX_FRAME, Outgoing},
    reports::Reports,
    room::Member,
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
    pub(super) reports: Option<Reports>,
    pub(super) bridge: Option<Bridge>,
    pub(super) member: Option<Box<Member>>,
    pub(super) take: Option<Box<Take>>,
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
    /// Makes them into what the other speaks, if that is something else.
    pub(super) translation: Option<Box<Translation>>,
}

impl Session {
    pub(super) fn new(id: SessionId, socket: UdpSocket, sender: RtpSender, now: Instant) -> Self {
        Self {
            id,
            socket,
            connection: None,
            outgoing: Outgoing::new(sender, now),
            incoming: Incoming::new(now),
            reports: None,
            bridge: None,
            member: None,
            take: None,
            on_beat: false,
        }
    }

    pub(super) fn connect(&mut self, connection: Connection, now: Instant) {
        self.incoming.connect(&connection, now);
        self.outgoing.connect(&connection);
        let before = self.connection.replace(connection).map(|before| before.codec);
        if let Some(take) = &mut self.take
            && before != Some(connection.codec)
        {
            take.handle_codec(connection.codec);
        }
        if let Some(member) = &mut self.member {
            member.handle_codec(connection.codec);
        }
    }

    /// Returns what the party speaks, or most likely will.
    pub(super) fn codec(&self) -> Codec {
        self.connection.map_or(Codec::Pcmu, |connection| connection.codec)
    }

    pub(super) fn record(&mut self, sink: RecordSink, silence: Option<Duration>) {
        self.take = Some(Box::new(Take::new(self.codec(), sink, silence)));
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
        if self.member.is_some() {
            self.outgoing.skip_fading();
        }
        let Self { connection: Some(connection), socket, incoming, outgoing, .. } = self else {
            return;
        };
        // One that the kernel refuses is lost like any other.
        let send = |packet: &[u8]| drop(incoming.remote().map(|to| socket.send_to(packet, to)));
        if let Some(play) = outgoing.handle_beat(connection, now, send) {
            tell(EngineEvent::PlaybackFinished { session: self.id, play });
        }
    }

    /// Sends what the others in its room say in these 20 ms, unless the party hears something else.
    pub(super) fn hear_room(&mut self, samples: &[i16], now: Instant) {
        let Self {
            connection: Some(connection),
            member: Some(member),
            socket,
            incoming,
            outgoing,
            ..
        } = self
        else {
            return;
        };
        if !connection.send || outgoing.is_taken() {
            return;
        }
        let mut frame = [0; MAX_FRAME];
        let length = member.encode(samples, &mut frame);
        let send = |packet: &[u8]| drop(incoming.remote().map(|to| socket.send_to(packet, to)));
        outgoing.speak(connection, frame.get_mut(..length).unwrap_or_default(), now, send);
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
                if let Some(member) = &mut self.member {
                    member.handle_packet(&packet);
                }
                true
            }
            Heard::ComfortNoise(payload) => {
                if let Some(take) = &mut self.take {
                    take.handle_comfort_noise(payload);
                }
                if let Some(member) = &mut self.member {
                    member.handle_comfort_noise(payload);
                }
                true
            }
            Heard::Key => true,
            Heard::Report => {
                if let Some(reports) = self.reports.as_mut().filter(|way| way.is_multiplexed()) {
                    reports.handle_multiplexed(datagram, &self.outgoing.sender, arrival.unix);
                }
                false
            }
            Heard::Nothing => false,
        }
    }

    /// Takes what has come to the port of the reports.
    pub(super) fn receive_report(&mut self, buffer: &mut [u8], unix: Duration) -> bool {
        let party = self.incoming.remote().map(|remote| remote.ip());
        let Some(reports) = &mut self.reports else { return false };
        reports.receive(buffer, party, &self.outgoing.sender, unix)
    }

    /// Sends a report if it is time.
    pub(super) fn report(&mut self, draw: u64, unix: Duration) {
        let streams = (&self.outgoing.sender, self.incoming.receiver());
        let sound = (&self.socket, self.incoming.remote());
        if let Some(reports) = &mut self.reports {
            reports.handle_timeout(streams, sound, draw, unix);
        }
    }

    /// Says goodbye, and how it was.
    pub(super) fn leave(&mut self, unix: Duration) -> SoundReport {
        let streams = (&self.outgoing.sender, self.incoming.receiver());
        if let Some(reports) = &mut self.reports {
            reports.leave(streams, (&self.socket, self.incoming.remote()), unix);
        }
        let rtcp = self.reports.as_ref().map(Reports::statistics);
        let (sender, receiver) = streams;
        SoundReport::new(receiver, sender, self.incoming.strangers(), self.codec(), rtcp)
    }

    /// Sends a packet to the party. One that the kernel refuses is lost like any other.
    pub(super) fn send(&self, packet: &[u8]) {
        if let Some(remote) = self.incoming.remote() {
            drop(self.socket.send_to(packet, remote));
        }
    }
}
