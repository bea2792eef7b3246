//! What one side can do with one media stream.

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::net::SocketAddr;

use crate::{Capabilities, Direction, EditLineError, Encoding, Line, Media, TelephoneEvent};

/// What this side offers and accepts for one of its streams.
///
/// A stream is known by its position in the list that [`OfferAnswer`](crate::OfferAnswer) is given: it keeps it over
/// the session. A stream that ends stays in the list with port 0; a new one comes at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    kind: String,
    protocols: Vec<String>,
    /// Of what is not RTP.
    formats: Vec<String>,
    /// Where this side receives media; with port 0 the stream is neither offered nor accepted.
    pub local: SocketAddr,
    /// What is understood of RTP, in the order of preference. Without a codec among them nothing is offered.
    pub encodings: Vec<Encoding>,
    /// Whether keys are taken and sent as telephone-event, at the clock rate of each codec (RFC 4733 section 2.1).
    pub telephone_event: TelephoneEvent,
    /// What this side wants: [`Direction::SendOnly`] or [`Direction::Inactive`] holds the other one.
    pub direction: Direction,
    /// Milliseconds of a packet that this side asks for.
    pub ptime: Option<u16>,
    /// The most milliseconds of a packet that this side takes.
    pub maxptime: Option<u16>,
    /// Whose order of codecs an answer follows.
    pub preference: Preference,
    /// How many codecs an answer takes.
    pub takes: Takes,
    /// Whether RTCP may share the port of RTP (RFC 5761).
    pub rtcp_mux: RtcpMux,
    /// Further lines of the section: keys, fingerprints, candidates, whatever the protocol needs. Of what the other
    /// fields say (direction, packet times, `rtcp-mux`) they are not believed, and a section that was given a `mid`
    /// by an offer keeps that.
    pub lines: Vec<Line>,
}

/// Whose order of codecs counts in an answer. RFC 3264 section 6.1 recommends the offerer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an exchange has two sides")]
pub enum Preference {
    /// The order of the offer.
    #[default]
    Offerer,
    /// The order of this side's encodings.
    Answerer,
}

/// How many codecs an answer takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "one or all")]
pub enum Takes {
    /// The first alone, so that nobody changes it in mid-stream.
    #[default]
    First,
    /// All that both know: either side may change between them (RFC 3264 section 6.1).
    All,
}

/// Whether RTCP may share the port of RTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "yes or no")]
pub enum RtcpMux {
    /// Neither offered nor accepted.
    #[default]
    Refuse,
    /// Offered, and accepted.
    Accept,
}

impl Stream {
    /// Makes an audio stream over RTP/AVP: PCMU, PCMA and telephone-event, as
    /// [`Capabilities::new`](crate::Capabilities::new) does.
    #[must_use]
    pub fn audio(local: SocketAddr) -> Self {
        Self::from(&Capabilities::new(local.ip(), local.port()))
    }

    /// Makes a stream of RTP over any of these protocols; an offer has the first of them.
    ///
    /// # Errors
    ///
    /// [`EditLineError`] if the kind or a protocol cannot stand in an `m=` line.
    pub fn rtp(kind: &str, protocols: &[&str], local: SocketAddr) -> Result<Self, EditLineError> {
        Self::checked(kind, protocols, &["0"], local)
            .map(|stream| Self { formats: Vec::new(), ..stream })
    }

    /// Makes a stream of something else, as T.38 (`image`, `udptl`, `t38`) and MSRP are. Its formats are only
    /// compared.
    ///
    /// # Errors
    ///
    /// [`EditLineError`] if kind, protocol or a format cannot stand in an `m=` line, or there is no format.
    pub fn opaque(
        kind: &str,
        protocols: &[&str],
        formats: &[&str],
        local: SocketAddr,
    ) -> Result<Self, EditLineError> {
        Self::checked(kind, protocols, formats, local)
    }

    /// Returns the kind, for instance `audio`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Iterates over the protocols, for instance `RTP/AVP`.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        self.protocols.iter().map(String::as_str)
    }

    /// Iterates over the formats of what is not RTP.
    pub fn formats(&self) -> impl Iterator<Item = &str> {
        self.formats.iter().map(String::as_str)
    }

    /// Tells whether its formats are payload types.
    pub(crate) fn is_rtp(&self) -> bool {
        self.formats.is_empty()
    }

    /// Tells whether it can be offered: it has a port, and something to offer.
    pub(crate) fn is_live(&self) -> bool {
        let has_codec = self.encodings.iter().any(|encoding| !encoding.map().is_companion());
        self.local.port() != 0 && (has_codec || !self.is_rtp())
    }

    /// Tells whether a section may be of this stream.
    pub(crate) fn is_like(&self, media: &Media) -> bool {
        self.local.port() != 0
            && self.kind.eq_ignore_ascii_case(media.kind())
            && self.protocols().any(|protocol| protocol.eq_ignore_ascii_case(media.protocol()))
    }

    fn checked(
        kind: &str,
        protocols: &[&str],
        formats: &[&str],
        local: SocketAddr,
    ) -> Result<Self, EditLineError> {
        if protocols.is_empty() {
            return Err(EditLineError::Name);
        }
        for protocol in protocols {
            Media::new(kind, 0, protocol, formats)?;
        }
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Ok(Self {
            kind: kind.to_owned(),
            protocols: owned(protocols),
            formats: owned(formats),
            local,
            encodings: Vec::new(),
            telephone_event: TelephoneEvent::Refuse,
            direction: Direction::SendRecv,
            ptime: None,
            maxptime: None,
            preference: Preference::default(),
            takes: Takes::default(),
            rtcp_mux: RtcpMux::default(),
            lines: Vec::new(),
        })
    }
}

impl From<&Capabilities> for Stream {
    fn from(capabilities: &Capabilities) -> Self {
        Self {
            kind: "audio".to_owned(),
            protocols: alloc::vec!["RTP/AVP".to_owned()],
            formats: Vec::new(),
            local: SocketAddr::new(capabilities.address, capabilities.port),
            encodings: capabilities.codecs.iter().copied().map(Encoding::from).collect(),
            telephone_event: capabilities.telephone_event,
            direction: capabilities.direction,
            ptime: Some(capabilities.ptime),
            maxptime: None,
            preference: Preference::default(),
            takes: Takes::default(),
            rtcp_mux: capabilities.rtcp_mux,
            lines: Vec::new(),
        }
    }
}
