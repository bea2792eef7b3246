//! This side of a session of one audio stream, over many offers and answers.

use crate::{
    Answer, AnswerError, AnswerTurn, Capabilities, MediaPlan, NegotiateError, OfferAnswer,
    SessionDescription, Stream, single_stream::single,
};

/// This side of a session: keeps its origin, its version, the order of its media sections and their payload
/// types over re-offers, as RFC 3264 section 8 demands. [`OfferAnswer`] does so for any streams.
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
    session: OfferAnswer,
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
        Self { session: OfferAnswer::new(id) }
    }

    /// Makes an offer, which is pending until [`LocalSession::complete`] or [`LocalSession::withdraw`].
    ///
    /// The version is one more than that of the description which was sent last, unless nothing has changed.
    pub fn offer(&mut self, capabilities: &Capabilities) -> SessionDescription {
        self.session.offer(&[Stream::from(capabilities)])
    }

    /// Answers an offer. A pending offer of this side is withdrawn: after a glare only one of them counts.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if nothing offered can be taken, or the answer would be too long; the session then stays as it
    /// was.
    pub fn answer(
        &mut self,
        offer: &SessionDescription,
        capabilities: &Capabilities,
    ) -> Result<Answer, AnswerError> {
        let mut session = self.session.clone();
        let made = session.answer(offer, &[Stream::from(capabilities)])?;
        let plan = single(&made.plan)?;
        self.session = session;
        Ok(Answer { description: made.description, plan })
    }

    /// Takes the answer to the pending offer.
    ///
    /// # Errors
    ///
    /// [`CompleteError`] if nothing is pending or the answer takes nothing, also where nothing was offered, as with
    /// port 0; the offer then is [withdrawn](LocalSession::withdraw).
    pub fn complete(&mut self, answer: &SessionDescription) -> Result<MediaPlan, CompleteError> {
        let before = self.session.clone();
        let heard = self.session.complete(answer).map_err(|error| match error {
            NegotiateError::NoOffer => CompleteError::NoOffer,
            NegotiateError::NothingCommon(_)
            | NegotiateError::SectionMismatch
            | NegotiateError::TooLong => CompleteError::Answer(error.into()),
        })?;
        match heard.answer {
            AnswerTurn::First => single(&heard.plan).map_err(|error| {
                self.session = before;
                self.session.withdraw();
                error.into()
            }),
            AnswerTurn::Again | AnswerTurn::Differing => Err(CompleteError::NoOffer),
        }
    }

    /// Forgets the pending offer, which was refused: the session stays as it was.
    pub fn withdraw(&mut self) {
        self.session.withdraw();
    }

    /// Returns what this side sent last and both sides keep to.
    #[must_use]
    pub fn description(&self) -> Option<&SessionDescription> {
        self.session.local()
    }

    /// Tells whether an offer of this side waits for its answer.
    #[must_use]
    pub const fn is_offering(&self) -> bool {
        self.session.is_offering()
    }
}
