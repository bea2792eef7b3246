//! One offer and one answer of a single audio stream.

use crate::{
    Capabilities, MediaPlan, NegotiateError, OfferAnswer, Origin, Refusal, SectionPlan,
    SessionDescription, SessionPlan, Stream,
};

/// An answer, and what was agreed upon with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The description to send.
    pub description: SessionDescription,
    /// What to do with media.
    pub plan: MediaPlan,
}

/// Why there is no answer to an offer, or why an answer cannot be used.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// No audio over RTP/AVP is offered, or none is accepted.
    #[error("no audio over RTP/AVP")]
    NoAudio,
    /// No codec is common to both.
    #[error("no common codec")]
    NoCommonCodec,
    /// There is no connection address, or it is a host name, or one of many (RFC 3264 section 6.2).
    #[error("no connection address")]
    NoAddress,
    /// An answer has not as many media sections as its offer (RFC 3264 section 6).
    #[error("the answer does not match the offer")]
    SectionMismatch,
    /// The answer would be longer than a description that is accepted.
    #[error("the answer would be too long")]
    TooLong,
}

impl AnswerError {
    /// Returns the status code of SIP that refuses a request with such an offer: 488 (RFC 3261 section 13.3.1.3), or
    /// 413 if it is too large (section 21.4.11).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLong => 413,
            Self::NoAudio | Self::NoCommonCodec | Self::NoAddress | Self::SectionMismatch => 488,
        }
    }
}

/// Makes an offer of one audio stream (RFC 3264 section 5). [`LocalSession`](crate::LocalSession) does so for
/// repeated offers. It is as long as `origin` makes it.
#[must_use]
pub fn offer(capabilities: &Capabilities, origin: Origin) -> SessionDescription {
    let mut description = OfferAnswer::new(0).offer(&[Stream::from(capabilities)]);
    description.set_origin(origin);
    description
}

/// Answers an offer (RFC 3264 section 6).
///
/// The first audio section over RTP/AVP with a common codec is taken, with the first such codec of the offer
/// alone, so that nobody changes it in mid-stream; all other sections are refused with port 0.
///
/// # Errors
///
/// [`AnswerError`] if nothing offered can be taken, or the answer would be too long.
pub fn answer(
    offer: &SessionDescription,
    capabilities: &Capabilities,
    origin: Origin,
) -> Result<Answer, AnswerError> {
    let made = OfferAnswer::new(0).answer(offer, &[Stream::from(capabilities)])?;
    let mut description = made.description;
    description.set_origin(origin);
    if description.to_bytes().len() > SessionDescription::MAX_LEN {
        return Err(AnswerError::TooLong);
    }
    Ok(Answer { description, plan: single(&made.plan)? })
}

/// Concludes an exchange that this side began with `offer`.
///
/// # Errors
///
/// [`AnswerError`] if the answer takes nothing of the offer.
pub fn complete(
    offer: &SessionDescription,
    answer: &SessionDescription,
) -> Result<MediaPlan, AnswerError> {
    let mut session = OfferAnswer::of_offer(offer);
    single(&session.complete(answer)?.plan)
}

/// Returns the plan of the only stream.
pub(crate) fn single(plan: &SessionPlan) -> Result<MediaPlan, AnswerError> {
    let stream = plan.sections.iter().find_map(SectionPlan::taken).ok_or(AnswerError::NoAudio)?;
    let format = stream.codec().ok_or(AnswerError::NoCommonCodec)?;
    Ok(MediaPlan {
        remote: stream.remote,
        remote_rtcp: stream.remote_rtcp,
        codec: format.map.codec().ok_or(AnswerError::NoCommonCodec)?,
        codec_types: format.types,
        telephone_event: stream.telephone_event().map(|event| event.types),
        ptime: stream.ptime,
        rtcp_mux: stream.rtcp_mux,
        direction: stream.direction,
        section: stream.section,
    })
}

impl From<NegotiateError> for AnswerError {
    fn from(error: NegotiateError) -> Self {
        match error {
            NegotiateError::SectionMismatch => Self::SectionMismatch,
            NegotiateError::TooLong => Self::TooLong,
            NegotiateError::NothingCommon(Refusal::NoCommonFormat) => Self::NoCommonCodec,
            NegotiateError::NothingCommon(Refusal::NoAddress) => Self::NoAddress,
            NegotiateError::NothingCommon(Refusal::Over | Refusal::Rejected | Refusal::Unknown)
            | NegotiateError::NoOffer => Self::NoAudio,
        }
    }
}
