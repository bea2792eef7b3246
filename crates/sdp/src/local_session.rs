//! This side of a session over many offers and answers.

use crate::{
    Answer, AnswerError, Capabilities, Codec, Connection, MediaPlan, Origin, PayloadType,
    SessionDescription, TelephoneEvent, answer, complete,
    offer_answer::{audio, offered_audio},
};

/// This side of a session: keeps its origin, its version, the order of its media sections and their payload
/// types over re-offers, as RFC 3264 section 8 demands.
///
/// ```
/// use centrala_sdp::{Capabilities, Direction, LocalSession};
/// let mut capabilities = Capabilities::new([192, 0, 2, 1].into(), 4000);
/// let mut alice = LocalSession::new(7);
/// let mut bob = LocalSession::new(8);
///
/// let offer = alice.offer(&capabilities);
/// let answer = bob.answer(&offer, &Capabilities::new([192, 0, 2, 2].into(), 5000))?;
/// let plan = alice.complete(&answer.description)?;
/// assert_eq!(plan.remote, "192.0.2.2:5000".parse()?);
///
/// capabilities.direction = Direction::SendOnly; // hold
/// let offer = alice.offer(&capabilities);
/// assert_eq!(offer.origin().version(), "2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct LocalSession {
    id: u64,
    version: u64,
    /// What this side sent last and both sides keep to.
    current: Option<SessionDescription>,
    /// What this side offered and the other side has not yet answered.
    pending: Option<SessionDescription>,
}

/// Why an answer does not conclude an exchange.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompleteError {
    /// Nothing was offered.
    #[error("no offer is pending")]
    NoOffer,
    /// The answer cannot be used.
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

impl LocalSession {
    /// Begins a session; `id` should be random.
    #[must_use]
    pub const fn new(id: u64) -> Self {
        Self { id, version: 0, current: None, pending: None }
    }

    /// Makes an offer, which is pending until [`LocalSession::complete`] or [`LocalSession::withdraw`].
    ///
    /// The version is one more than that of the description which was sent last, unless nothing has changed.
    pub fn offer(&mut self, capabilities: &Capabilities) -> SessionDescription {
        let mut offer = SessionDescription::new(
            self.origin(capabilities),
            &Connection::Address(capabilities.address),
        );
        match &self.current {
            None => offer.push_media(self.audio(capabilities, None)),
            Some(current) => {
                let ours = offered_audio(current).map(|(section, _)| section);
                // Sections stay in their places for good, refused ones too (RFC 3264 section 8).
                for (section, media) in current.media().iter().enumerate() {
                    let is_ours = ours == Some(section);
                    offer.push_media(if is_ours {
                        self.audio(capabilities, Some(current))
                    } else {
                        media.refused()
                    });
                }
                if ours.is_none() {
                    offer.push_media(self.audio(capabilities, None));
                }
            }
        }
        let offer = self.versioned(offer, capabilities);
        self.pending = Some(offer.clone());
        offer
    }

    /// Answers an offer. A pending offer of this side is withdrawn: after a glare only one of them counts.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if nothing offered can be taken; the session then stays as it was.
    pub fn answer(
        &mut self,
        offer: &SessionDescription,
        capabilities: &Capabilities,
    ) -> Result<Answer, AnswerError> {
        let mut made = answer(offer, capabilities, self.origin(capabilities))?;
        made.description = self.versioned(made.description, capabilities);
        self.pending = None;
        self.current = Some(made.description.clone());
        Ok(made)
    }

    /// Takes the answer to the pending offer.
    ///
    /// # Errors
    ///
    /// [`CompleteError`] if nothing is pending or the answer takes nothing; the offer then is withdrawn.
    pub fn complete(&mut self, answer: &SessionDescription) -> Result<MediaPlan, CompleteError> {
        let offer = self.pending.take().ok_or(CompleteError::NoOffer)?;
        let plan = complete(&offer, answer)?;
        self.current = Some(offer);
        Ok(plan)
    }

    /// Forgets the pending offer, which was refused: the session stays as it was.
    pub fn withdraw(&mut self) {
        self.pending = None;
    }

    /// Returns what this side sent last and both sides keep to.
    #[must_use]
    pub const fn description(&self) -> Option<&SessionDescription> {
        self.current.as_ref()
    }

    /// Tells whether an offer of this side waits for its answer.
    #[must_use]
    pub const fn is_offering(&self) -> bool {
        self.pending.is_some()
    }

    fn origin(&self, capabilities: &Capabilities) -> Origin {
        Origin::new(self.id, self.version, capabilities.address)
    }

    /// Gives the description the next version, unless it is what was sent last.
    ///
    /// The version of a refused offer is not used again: the other side has seen it.
    fn versioned(
        &mut self,
        mut description: SessionDescription,
        capabilities: &Capabilities,
    ) -> SessionDescription {
        if self.current.as_ref() == Some(&description) {
            return description;
        }
        self.version += 1;
        description.set_origin(self.origin(capabilities));
        description
    }

    /// Makes the audio section; a payload type keeps its meaning over a session (RFC 3264 section 8.3.2).
    fn audio(
        &self,
        capabilities: &Capabilities,
        before: Option<&SessionDescription>,
    ) -> crate::Media {
        let known: Vec<(PayloadType, crate::RtpMap)> = before
            .and_then(offered_audio)
            .map(|(_, media)| media.rtp_maps().collect())
            .unwrap_or_default();
        let number_of = |codec: Codec| {
            let before = known.iter().find(|(_, map)| map.codec() == Some(codec));
            (before.map_or_else(|| codec.payload_type(), |(number, _)| *number), codec)
        };
        let codecs: Vec<_> = capabilities.codecs.iter().map(|codec| number_of(*codec)).collect();
        let events = match capabilities.telephone_event {
            TelephoneEvent::Accept => {
                let before = known.iter().find(|(_, map)| map.is_telephone_event());
                Some(before.map_or_else(|| free_type(&codecs), |(number, _)| *number))
            }
            TelephoneEvent::Refuse => None,
        };
        audio(capabilities, &codecs, events, capabilities.direction)
    }
}

/// The usual payload type of telephone-event, unless a codec has it; then the first free dynamic one.
fn free_type(codecs: &[(PayloadType, Codec)]) -> PayloadType {
    let is_free = |number: &PayloadType| codecs.iter().all(|(other, _)| other != number);
    std::iter::once(PayloadType::TELEPHONE_EVENT)
        .chain((96..=127).filter_map(PayloadType::new))
        .find(is_free)
        .unwrap_or(PayloadType::TELEPHONE_EVENT)
}
