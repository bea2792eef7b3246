//! What one side can do, and what both agreed upon.

use alloc::{vec, vec::Vec};
use core::net::{IpAddr, SocketAddr};

use crate::{Codec, Direction, PayloadType, RtcpMux};

/// What this side offers and accepts for its one audio stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Where this side receives media.
    pub address: IpAddr,
    /// The port where it does.
    pub port: u16,
    /// Codecs in the order of preference. An answer follows the order of the offer.
    pub codecs: Vec<Codec>,
    /// Whether keys are taken and sent as telephone-event.
    pub telephone_event: TelephoneEvent,
    /// Milliseconds of a packet that this side asks for.
    pub ptime: u16,
    /// Whether RTCP may share the port of RTP (RFC 5761).
    pub rtcp_mux: RtcpMux,
    /// What this side wants: [`Direction::SendOnly`] or [`Direction::Inactive`] holds the other one.
    pub direction: Direction,
}

/// Whether keys travel as named events (RFC 4733).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "yes or no")]
pub enum TelephoneEvent {
    /// Offered, and accepted at any payload type.
    Accept,
    /// Neither offered nor accepted: keys are tones.
    Refuse,
}

/// What was agreed upon: where media goes, how it is coded, which way it flows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaPlan {
    /// Where to send RTP. Its address is unspecified while the other side holds in the manner of RFC 2543;
    /// `direction` then does not send.
    pub remote: SocketAddr,
    /// Where to send RTCP.
    pub remote_rtcp: SocketAddr,
    /// The codec.
    pub codec: Codec,
    /// Payload types of the codec.
    pub codec_types: PayloadTypes,
    /// Payload types of telephone-event, if keys travel so.
    pub telephone_event: Option<PayloadTypes>,
    /// Milliseconds of a packet that this side should send.
    pub ptime: u16,
    /// Whether RTCP shares the port of RTP, at both sides.
    pub rtcp_mux: bool,
    /// The direction, seen from this side.
    pub direction: Direction,
    /// Which media section this is, counted from 0.
    pub section: usize,
}

/// A payload type of each direction: each side says what it wants to receive (RFC 3264 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a stream has two directions")]
pub struct PayloadTypes {
    /// What this side sends with.
    pub send: PayloadType,
    /// What this side receives with.
    pub receive: PayloadType,
}

impl Capabilities {
    /// Default of [`Capabilities::ptime`].
    pub const PTIME: u16 = 20;

    /// Makes capabilities: PCMU, PCMA, telephone-event, packets of 20 ms, both directions.
    #[must_use]
    pub fn new(address: IpAddr, port: u16) -> Self {
        Self {
            address,
            port,
            codecs: vec![Codec::Pcmu, Codec::Pcma],
            telephone_event: TelephoneEvent::Accept,
            ptime: Self::PTIME,
            rtcp_mux: RtcpMux::default(),
            direction: Direction::SendRecv,
        }
    }
}
