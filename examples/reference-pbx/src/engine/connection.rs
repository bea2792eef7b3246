//! How a party speaks.

use std::{net::SocketAddr, time::Duration};

use centrala_media::{Codec, PayloadType};

/// How a session speaks, as SDP has settled it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Where the party receives.
    pub remote: SocketAddr,
    /// What both sides speak.
    pub codec: Codec,
    /// The payload type of sound to the party.
    pub sound_out: PayloadType,
    /// The payload type of sound from the party.
    pub sound_in: PayloadType,
    /// The payload type of telephone events to the party.
    pub events_out: Option<PayloadType>,
    /// The payload type of telephone events from the party; without, keys are heard in the sound.
    pub events_in: Option<PayloadType>,
    /// How much sound the party wants in a packet (`a=ptime`), 10 to 60 ms; what is passed on of another party keeps the
    /// packets that it came in.
    pub packet_time: Duration,
    /// How the party takes reports.
    pub rtcp: Rtcp,
    /// Whether the party wants to hear us. If it does not, and is bridged to another, that one hears the [music on
    /// hold](super::Engine::set_hold_music).
    pub send: bool,
    /// Whether the party lets itself be heard.
    pub receive: bool,
}

/// How a party takes RTCP.
#[expect(clippy::exhaustive_enums, reason = "at the same port, at another, or nowhere")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rtcp {
    /// Nothing was agreed upon: no report is sent, and none is taken.
    Off,
    /// Where it takes sound (RFC 5761).
    Multiplexed,
    /// Elsewhere; ours come from, and its own go to, the port behind that of the sound (RFC 3550 section 11).
    Separate(SocketAddr),
}

impl Connection {
    /// Returns a connection for sound in both directions in packets of 20 ms with the codec's own payload type, without
    /// telephone events and reports.
    #[must_use]
    pub const fn new(remote: SocketAddr, codec: Codec) -> Self {
        Self {
            remote,
            codec,
            sound_out: codec.payload_type(),
            sound_in: codec.payload_type(),
            events_out: None,
            events_in: None,
            packet_time: Duration::from_millis(20),
            rtcp: Rtcp::Off,
            send: true,
            receive: true,
        }
    }

    /// Returns how many octets of sound the party wants in a packet.
    pub(super) fn packet_len(&self) -> usize {
        let millis = usize::try_from(self.packet_time.as_millis()).unwrap_or(usize::MAX);
        self.codec.octets_in(millis.clamp(10, MAX_PACKET_MILLIS) * SAMPLES_PER_MILLI)
    }
}

/// The longest packet that is sent.
pub(super) const MAX_PACKET_MILLIS: usize = 60;
/// Of sound.
const SAMPLES_PER_MILLI: usize = 8;
