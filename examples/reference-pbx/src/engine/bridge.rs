//! Two sessions that hear each other.

use std::time::Instant;

use centrala_media::{Codec, PayloadType, RelayRewriter, Relayed, RtpPacket};

use super::{
    outgoing::transcode,
    session::{Bridge, Session},
};

/// The longest datagram that is taken. Sound has far less; what is longer is cut off.
pub(super) const MAX_PACKET: usize = 2_048;

/// Joins two sessions, which are at these places.
pub(super) fn join(a: (usize, &mut Session), b: (usize, &mut Session), now: Instant) {
    let ((place_a, a), (place_b, b)) = (a, b);
    for session in [&mut *a, &mut *b] {
        session.outgoing.stop_playing();
        session.outgoing.follow_clock(now);
    }
    let (forth, back) = (relay(a, b), relay(b, a));
    a.bridge = Some(Bridge { peer: place_b, relay: forth });
    b.bridge = Some(Bridge { peer: place_a, relay: back });
}

/// Makes the relays of two joined sessions anew, after something about one of them has changed.
pub(super) fn renew(a: &mut Session, b: &mut Session) {
    let (forth, back) = (relay(a, b), relay(b, a));
    for (session, relay) in [(a, forth), (b, back)] {
        if let Some(bridge) = &mut session.bridge {
            bridge.relay = relay;
        }
    }
}

/// Sends a packet on to the other side, at once.
pub(super) fn forward(from: &mut Session, to: &mut Session, datagram: &mut [u8], now: Instant) {
    let (Some(heard), Some(spoken)) = (&from.connection, &to.connection) else { return };
    if !spoken.send || to.outgoing.is_taken() {
        return;
    }
    let Some(relay) = from.bridge.as_mut().and_then(|bridge| bridge.relay.as_mut()) else { return };
    if heard.codec == spoken.codec {
        if to.outgoing.relay(relay, datagram, now) == Relayed::Forward {
            to.send(datagram);
        }
        return;
    }
    let mut other = [0; MAX_PACKET];
    let Some(length) = translate(datagram, heard.codec, spoken.codec, &mut other) else { return };
    let translated = other.get_mut(..length).unwrap_or_default();
    if to.outgoing.relay(relay, translated, now) == Relayed::Forward {
        to.send(translated);
    }
}

/// Writes a packet with its sound in another codec into `other`; returns the length.
fn translate(datagram: &[u8], from: Codec, to: Codec, other: &mut [u8]) -> Option<usize> {
    let packet = RtpPacket::parse(datagram).ok()?;
    let length = packet.header.write(packet.payload, other).ok()?;
    if packet.header.payload_type == from.payload_type() {
        let payload = length.checked_sub(packet.payload.len())?..length;
        transcode(other.get_mut(payload)?, from, to);
    }
    Some(length)
}

/// Returns what carries packets of `from` to `to`; their sound has the codec of `to` by then.
fn relay(from: &Session, to: &Session) -> Option<RelayRewriter> {
    let (heard, spoken) = (from.connection?, to.connection?);
    let mut relay =
        RelayRewriter::new(spoken.codec, heard.codec.payload_type(), spoken.codec.payload_type());
    if let (Some(events_in), Some(events_out)) = (heard.events_in, spoken.events_out) {
        relay = relay.with_events(events_in, events_out);
    }
    Some(relay.with_other(PayloadType::COMFORT_NOISE, PayloadType::COMFORT_NOISE))
}
