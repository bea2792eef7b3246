//! Two parties that hear each other.

use std::time::Instant;

use centrala_media::{
    ClockScale, PayloadType, RelayRewriter, Relayed, RtpPacket, TelephoneEvent, Transcoder,
};

use super::session::{Bridge, Session};

/// The longest datagram that is taken. Sound has far less; what is longer is cut off.
pub(super) const MAX_PACKET: usize = 2_048;

/// Makes packets of one party into what another speaks.
#[derive(Debug)]
pub(super) struct Translation {
    sound: PayloadType,
    events: Option<PayloadType>,
    transcoder: Transcoder,
    clock: ClockScale,
}

/// Joins two sessions, which are at these places.
pub(super) fn join(a: (usize, &mut Session), b: (usize, &mut Session), now: Instant) {
    let ((place_a, a), (place_b, b)) = (a, b);
    for session in [&mut *a, &mut *b] {
        session.outgoing.stop_playing();
        session.outgoing.follow_clock(now);
        session.outgoing.change_relay();
    }
    let (forth, back) = (bridge(place_b, a, b), bridge(place_a, b, a));
    a.bridge = Some(forth);
    b.bridge = Some(back);
}

/// Makes the ways between two joined sessions anew, after something about one of them has changed.
pub(super) fn renew(a: &mut Session, b: &mut Session) {
    let (Some(to_b), Some(to_a)) = (&a.bridge, &b.bridge) else { return };
    let (forth, back) = (bridge(to_b.peer, a, b), bridge(to_a.peer, b, a));
    a.bridge = Some(forth);
    b.bridge = Some(back);
}

/// Sends a packet on to the other side, at once.
pub(super) fn forward(from: &mut Session, to: &mut Session, datagram: &mut [u8], now: Instant) {
    let Some(spoken) = to.connection else { return };
    if !spoken.send || to.outgoing.is_taken() {
        return;
    }
    let Some(Bridge { relay: Some(relay), translation, .. }) = &mut from.bridge else { return };
    let Some(translation) = translation else {
        if to.outgoing.relay(relay, datagram, &spoken, now) == Relayed::Forward {
            to.send(datagram);
        }
        return;
    };
    let mut other = [0; MAX_PACKET];
    let Some(length) = translation.translate(datagram, &mut other) else { return };
    let translated = other.get_mut(..length).unwrap_or_default();
    if to.outgoing.relay(relay, translated, &spoken, now) == Relayed::Forward {
        to.send(translated);
    }
}

impl Translation {
    /// Writes a packet with its sound and its time as the other speaks into `other`; returns the length.
    fn translate(&mut self, datagram: &[u8], other: &mut [u8]) -> Option<usize> {
        let packet = RtpPacket::parse(datagram).ok()?;
        let mut header = packet.header;
        header.timestamp = self.clock.convert(header.timestamp);
        let mut sound = [0; MAX_PACKET];
        if header.payload_type == self.sound {
            let length = self.transcoder.transcode(packet.payload, &mut sound);
            return header.write(sound.get(..length)?, other).ok();
        }
        match TelephoneEvent::parse(packet.payload) {
            Some(mut event) if Some(header.payload_type) == self.events => {
                let duration = self.clock.convert_length(event.duration.into());
                event.duration = u16::try_from(duration).unwrap_or(u16::MAX);
                header.write(&event.to_payload(), other).ok()
            }
            _ => header.write(packet.payload, other).ok(),
        }
    }
}

/// Returns the way from one session to another, which is at this place.
fn bridge(place: usize, from: &Session, to: &Session) -> Bridge {
    let (Some(heard), Some(spoken)) = (from.connection, to.connection) else {
        return Bridge { peer: place, relay: None, translation: None };
    };
    let mut relay = RelayRewriter::new(spoken.codec, heard.sound_in, spoken.sound_out);
    if let (Some(events_in), Some(events_out)) = (heard.events_in, spoken.events_out) {
        relay = relay.with_events(events_in, events_out);
    }
    let relay = relay.with_other(PayloadType::COMFORT_NOISE, PayloadType::COMFORT_NOISE);
    let translation = (heard.codec != spoken.codec).then(|| {
        Box::new(Translation {
            sound: heard.sound_in,
            events: heard.events_in,
            transcoder: Transcoder::new(heard.codec, spoken.codec),
            clock: ClockScale::new(heard.codec.clock_rate(), spoken.codec.clock_rate()),
        })
    });
    Bridge { peer: place, relay: Some(relay), translation }
}
