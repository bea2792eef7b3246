//! Packets of one leg passed on to another without decoding them.

use crate::{
    Codec, Marker, ParseRtpError, PayloadType, RtpHeader, RtpPacket, RtpSender, Ssrc,
    TelephoneEvent,
};

/// Rewrites packets of one leg in place so that they continue the stream of another.
///
/// Holds, transfers and prompts change who feeds a [`RtpSender`]; its far side shall not notice.
/// The relay keeps the sequence numbers and timestamps of its source at a constant distance from
/// those that it writes, so losses and reordering stay visible as such. It takes a new distance,
/// and sets the marker, whenever its source starts anew or somebody else has used the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayRewriter {
    routes: [Option<Route>; MAX_ROUTES],
    state: State,
}

/// How many payload types a relay translates: sound, telephone events, comfort noise, and one.
pub const MAX_ROUTES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Route {
    from: PayloadType,
    to: PayloadType,
    carries: Carries,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carries {
    Sound(Codec),
    Events,
    /// Something whose length in samples is unknown
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Relaying(Link),
}

/// The distance between what comes in and what goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    source: Ssrc,
    newest_sequence: u16,
    newest_timestamp: u32,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// The first sequence number of this link as written: nothing may go out before it.
    first_sequence: u16,
    /// Where the sender stood when this relay last wrote: else somebody else has used it.
    sender_left_at: (u16, u32),
}

/// What became of a packet.
#[expect(clippy::exhaustive_enums, reason = "a packet goes on or it does not")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relayed {
    /// It was rewritten: send it.
    Forward,
    /// Its payload type has no counterpart on the other leg: drop it.
    NoRoute,
    /// It belongs to a time before the relay started, or before the last switch: drop it.
    TooLate,
}

impl RelayRewriter {
    /// Returns a relay of sound in `codec`, which has these payload types on the two legs.
    #[must_use]
    pub const fn new(codec: Codec, from: PayloadType, to: PayloadType) -> Self {
        let sound = Route { from, to, carries: Carries::Sound(codec) };
        Self { routes: [Some(sound), None, None, None], state: State::Idle }
    }

    /// Relays telephone events too; each leg has its own payload type for them.
    #[must_use]
    pub fn with_events(self, from: PayloadType, to: PayloadType) -> Self {
        self.with_route(Route { from, to, carries: Carries::Events })
    }

    /// Relays another payload type, such as comfort noise.
    #[must_use]
    pub fn with_other(self, from: PayloadType, to: PayloadType) -> Self {
        self.with_route(Route { from, to, carries: Carries::Other })
    }

    /// Rewrites source, sequence number, timestamp and payload type of `packet` in place.
    ///
    /// # Errors
    /// When it is not an RTP packet; it is left as it was then.
    pub fn rewrite(
        &mut self,
        sender: &mut RtpSender,
        packet: &mut [u8],
    ) -> Result<Relayed, ParseRtpError> {
        let parsed = RtpPacket::parse(packet)?;
        let mut header = parsed.header;
        let Some(route) = self.route(header.payload_type) else { return Ok(Relayed::NoRoute) };
        let octets = parsed.payload.len();
        let samples = route.carries.samples(parsed.payload);

        let link = match &mut self.state {
            State::Relaying(link) if link.continues(&header, sender) => link,
            state @ (State::Relaying(_) | State::Idle) => {
                header.marker = Marker::Set;
                *state = State::Relaying(Link::new(&header, sender));
                let State::Relaying(link) = state else { return Ok(Relayed::TooLate) };
                link
            }
        };
        let sequence = header.sequence.wrapping_add(link.sequence_offset);
        if sequence.wrapping_sub(link.first_sequence).cast_signed() < 0 {
            return Ok(Relayed::TooLate);
        }
        let timestamp = header.timestamp.wrapping_add(link.timestamp_offset);
        link.note(&header);
        sender.note_relayed(sequence, timestamp.wrapping_add(samples), octets);
        link.sender_left_at = (sender.sequence(), sender.timestamp());

        let marker = match header.marker {
            Marker::Set => 0x80,
            Marker::Clear => 0,
        };
        overwrite(packet, 1, [marker | route.to.number()]);
        overwrite(packet, 2, sequence.to_be_bytes());
        overwrite(packet, 4, timestamp.to_be_bytes());
        overwrite(packet, 8, sender.ssrc().number().to_be_bytes());
        Ok(Relayed::Forward)
    }

    fn with_route(mut self, route: Route) -> Self {
        // Four routes and three kinds of callers: a fifth would be a fault of ours, and is not kept.
        if let Some(free) = self.routes.iter_mut().find(|route| route.is_none()) {
            *free = Some(route);
        }
        self
    }

    fn route(&self, from: PayloadType) -> Option<Route> {
        self.routes.iter().flatten().find(|route| route.from == from).copied()
    }
}

impl Link {
    /// Continues the sender's stream with the packet of this header.
    const fn new(header: &RtpHeader, sender: &RtpSender) -> Self {
        Self {
            source: header.ssrc,
            newest_sequence: header.sequence,
            newest_timestamp: header.timestamp,
            sequence_offset: sender.sequence().wrapping_sub(header.sequence),
            timestamp_offset: sender.timestamp().wrapping_sub(header.timestamp),
            first_sequence: sender.sequence(),
            sender_left_at: (sender.sequence(), sender.timestamp()),
        }
    }

    /// Returns whether a packet belongs to the run that this link carries.
    fn continues(&self, header: &RtpHeader, sender: &RtpSender) -> bool {
        let step = header.sequence.wrapping_sub(self.newest_sequence).cast_signed();
        let passed = header.timestamp.wrapping_sub(self.newest_timestamp).cast_signed();
        self.source == header.ssrc
            && self.sender_left_at == (sender.sequence(), sender.timestamp())
            && (-MAX_MISORDER..=MAX_DROPOUT).contains(&step)
            && (-MAX_STEP_BACK..=MAX_STEP).contains(&passed)
    }

    const fn note(&mut self, header: &RtpHeader) {
        if header.sequence.wrapping_sub(self.newest_sequence).cast_signed() > 0 {
            self.newest_sequence = header.sequence;
        }
        if header.timestamp.wrapping_sub(self.newest_timestamp).cast_signed() > 0 {
            self.newest_timestamp = header.timestamp;
        }
    }
}

impl Carries {
    /// Returns how many timestamp units after its timestamp a packet ends.
    fn samples(self, payload: &[u8]) -> u32 {
        match self {
            Self::Sound(codec) => codec.units_in(payload.len()),
            Self::Events => TelephoneEvent::parse(payload).map_or(0, |event| event.duration.into()),
            Self::Other => 0,
        }
    }
}

fn overwrite<const N: usize>(packet: &mut [u8], at: usize, octets: [u8; N]) {
    if let Some(field) = packet.get_mut(at..at + N) {
        field.copy_from_slice(&octets);
    }
}

/// A larger step of the sequence number means that the source has restarted (RFC 3550 appendix A.1).
const MAX_DROPOUT: i16 = 3_000;
/// A packet that is later than this many others likewise.
const MAX_MISORDER: i16 = 100;
/// A larger step of the timestamp, one minute, is no pause but a new clock.
const MAX_STEP: i32 = 60 * 8_000;
/// Telephone events keep the timestamp of their start; nobody holds a key for longer than this.
const MAX_STEP_BACK: i32 = 60 * 8_000;

#[cfg(test)]
mod tests;
