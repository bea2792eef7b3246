//! Offer and answer of one call, and what the media engine is told of them.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use centrala_media::{Codec, PayloadType};
use centrala_sdp::{
    AnswerError, Capabilities, CompleteError, LocalSession, MediaPlan, ParseDescriptionError,
    RtcpMux, SessionDescription, TelephoneEvent,
};
use centrala_sip::StatusCode;

use crate::engine::{Connection, Rtcp};

/// Our side of the session descriptions of one call.
#[derive(Debug)]
pub(crate) struct Negotiation {
    session: LocalSession,
    capabilities: Capabilities,
    /// An answer that waits until the call is taken.
    answer: Option<(Bytes, Connection)>,
    /// What was agreed upon last.
    agreed: Option<Connection>,
}

impl Negotiation {
    /// Begins with sound received at `local`, in one of these codecs: the first are preferred.
    pub(crate) fn new(local: SocketAddr, codecs: &[Codec]) -> Self {
        // RFC 8866 section 5.2 wants an id that no other session has. Without randomness the port at
        // least differs from those of the sessions that run beside this one.
        let mut id = [0; 8];
        let id = match getrandom::fill(&mut id) {
            Ok(()) => u64::from_be_bytes(id) >> 1,
            Err(_) => u64::from(local.port()),
        };
        let session = LocalSession::new(id);
        let mut capabilities = Capabilities::new(local.ip(), local.port());
        capabilities.codecs = codecs.iter().filter_map(|codec| described(*codec)).collect();
        capabilities.rtcp_mux = RtcpMux::Accept;
        Self { session, capabilities, answer: None, agreed: None }
    }

    /// Neither offers nor takes telephone events: keys are tones then.
    pub(crate) fn without_events(mut self) -> Self {
        self.capabilities.telephone_event = TelephoneEvent::Refuse;
        self
    }

    /// Prepares the answer to the offer of an incoming call.
    pub(crate) fn hear_offer(&mut self, offer: &[u8]) -> Result<(), NegotiationError> {
        self.answer = Some(self.answer(offer)?);
        Ok(())
    }

    /// Returns the answer that was prepared, once.
    pub(crate) fn take_answer(&mut self) -> Option<(Bytes, Connection)> {
        self.answer.take()
    }

    /// Answers an offer.
    pub(crate) fn answer(&mut self, offer: &[u8]) -> Result<(Bytes, Connection), NegotiationError> {
        let offer = SessionDescription::parse(offer)?;
        let answer = self.session.answer(&offer, &self.capabilities)?;
        let connection = connection(&answer.plan);
        self.agreed = Some(connection);
        Ok((answer.description.to_bytes().into(), connection))
    }

    /// Makes an offer.
    pub(crate) fn offer(&mut self) -> Bytes {
        self.session.offer(&self.capabilities).to_bytes().into()
    }

    /// Takes the answer to our offer.
    pub(crate) fn hear_answer(&mut self, answer: &[u8]) -> Result<Connection, NegotiationError> {
        let answer = SessionDescription::parse(answer)?;
        let connection = connection(&self.session.complete(&answer)?);
        self.agreed = Some(connection);
        Ok(connection)
    }

    /// Returns whether both sides have agreed upon something.
    pub(crate) const fn is_agreed(&self) -> bool {
        self.agreed.is_some()
    }

    /// Returns the codec that is spoken, or will be.
    pub(crate) fn codec(&self) -> Codec {
        self.agreed.map_or(Codec::Pcmu, |connection| connection.codec)
    }
}

/// Our codecs as session descriptions call them.
const CODECS: [(Codec, centrala_sdp::Codec); 4] = [
    (Codec::Pcmu, centrala_sdp::Codec::Pcmu),
    (Codec::Pcma, centrala_sdp::Codec::Pcma),
    (Codec::G722, centrala_sdp::Codec::G722),
    (Codec::L16, centrala_sdp::Codec::L16),
];

fn described(codec: Codec) -> Option<centrala_sdp::Codec> {
    CODECS.iter().find(|(ours, _)| *ours == codec).map(|(_, described)| *described)
}

fn connection(plan: &MediaPlan) -> Connection {
    let spoken = CODECS.iter().find(|(_, described)| *described == plan.codec);
    let codec = spoken.map_or(Codec::Pcmu, |(codec, _)| *codec);
    let mut connection = Connection::new(plan.remote, codec);
    let number = |payload_type: centrala_sdp::PayloadType| PayloadType::new(payload_type.as_u8());
    if let (Some(sound_out), Some(sound_in)) =
        (number(plan.codec_types.send), number(plan.codec_types.receive))
    {
        connection.sound_out = sound_out;
        connection.sound_in = sound_in;
    }
    connection.packet_time = Duration::from_millis(plan.ptime.into());
    connection.rtcp = match plan.remote_rtcp {
        _ if plan.rtcp_mux => Rtcp::Multiplexed,
        remote if remote.ip().is_unspecified() || remote.port() == 0 => Rtcp::Off,
        remote => Rtcp::Separate(remote),
    };
    if let Some(events) = plan.telephone_event {
        connection.events_out = number(events.send);
        connection.events_in = number(events.receive);
    }
    connection.send = plan.direction.sends();
    connection.receive = plan.direction.receives();
    connection
}

/// Why two sides found nothing in common.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NegotiationError {
    #[error("the session description cannot be read")]
    Unreadable(#[from] ParseDescriptionError),
    #[error("nothing in common")]
    Offer(#[from] AnswerError),
    #[error("the answer does not fit")]
    Answer(#[from] CompleteError),
}

impl NegotiationError {
    /// Returns the status that refuses the offer.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Offer(_) | Self::Answer(_) => StatusCode::NOT_ACCEPTABLE_HERE,
        }
    }
}
