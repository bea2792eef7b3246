//! Offer and answer of one call, and what the media engine is told of them.

use std::net::SocketAddr;

use bytes::Bytes;
use centrala_media::{Codec, PayloadType};
use centrala_sdp::{
    AnswerError, Capabilities, CompleteError, LocalSession, MediaPlan, ParseDescriptionError,
    SessionDescription, TelephoneEvent,
};
use centrala_sip::StatusCode;

use crate::engine::Connection;

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
    /// Begins with sound received at `local`.
    pub(crate) fn new(local: SocketAddr) -> Self {
        // RFC 8866 section 5.2 wants an id that no other session has. Without randomness the port at
        // least differs from those of the sessions that run beside this one.
        let mut id = [0; 8];
        let id = match getrandom::fill(&mut id) {
            Ok(()) => u64::from_be_bytes(id) >> 1,
            Err(_) => u64::from(local.port()),
        };
        let session = LocalSession::new(id);
        let capabilities = Capabilities::new(local.ip(), local.port());
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

fn connection(plan: &MediaPlan) -> Connection {
    let codec = match plan.codec {
        centrala_sdp::Codec::Pcma => Codec::Pcma,
        _ => Codec::Pcmu,
    };
    let mut connection = Connection::new(plan.remote, codec);
    if let Some(events) = plan.telephone_event {
        connection.events_out = PayloadType::new(events.send.as_u8());
        connection.events_in = PayloadType::new(events.receive.as_u8());
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
