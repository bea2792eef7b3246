//! The offer/answer model for one audio stream (RFC 3264).

use std::net::SocketAddr;

use crate::{
    Capabilities, Codec, Connection, Direction, Line, Media, MediaPlan, Origin, PayloadType,
    PayloadTypes, SessionDescription, TelephoneEvent,
    rtp_map::{CLOCK_RATE, TELEPHONE_EVENT},
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

/// Why there is no answer to an offer, or why an answer cannot be used. A request that brought it is refused
/// with 488 (RFC 3261 section 13.3.1.3).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// No audio over RTP/AVP is offered, or none is accepted.
    #[error("no audio over RTP/AVP")]
    NoAudio,
    /// No codec is common to both.
    #[error("no common codec")]
    NoCommonCodec,
    /// There is no connection address, or it is a host name.
    #[error("no connection address")]
    NoAddress,
    /// An answer has not as many media sections as its offer (RFC 3264 section 6).
    #[error("the answer does not match the offer")]
    SectionMismatch,
}

/// What one side says of its audio stream.
struct Stream<'a> {
    section: usize,
    media: &'a Media,
    codecs: Vec<(PayloadType, Codec)>,
    events: Option<PayloadType>,
    remote: SocketAddr,
    direction: Direction,
}

/// Makes an offer of one audio stream (RFC 3264 section 5). [`LocalSession`](crate::LocalSession) does so for
/// repeated offers.
#[must_use]
pub fn offer(capabilities: &Capabilities, origin: Origin) -> SessionDescription {
    let codecs: Vec<_> =
        capabilities.codecs.iter().map(|codec| (codec.payload_type(), *codec)).collect();
    let events = match capabilities.telephone_event {
        TelephoneEvent::Accept => Some(PayloadType::TELEPHONE_EVENT),
        TelephoneEvent::Refuse => None,
    };
    let mut description =
        SessionDescription::new(origin, &Connection::Address(capabilities.address));
    description.push_media(audio(capabilities, &codecs, events, capabilities.direction));
    description
}

/// Answers an offer (RFC 3264 section 6).
///
/// The first audio section over RTP/AVP with a common codec is taken, with the first such codec of the offer
/// alone, so that nobody changes it in mid-stream; all other sections are refused with port 0.
///
/// # Errors
///
/// [`AnswerError`] if nothing offered can be taken.
pub fn answer(
    offer: &SessionDescription,
    capabilities: &Capabilities,
    origin: Origin,
) -> Result<Answer, AnswerError> {
    let stream = choose(offer, |codec| capabilities.codecs.contains(&codec))?;
    let (payload_type, codec) = stream.codecs.first().copied().ok_or(AnswerError::NoCommonCodec)?;
    let events = stream.events.filter(|_| capabilities.telephone_event == TelephoneEvent::Accept);
    let direction = stream.direction.reversed().and(capabilities.direction);

    let mut description =
        SessionDescription::new(origin, &Connection::Address(capabilities.address));
    for (section, media) in offer.media().iter().enumerate() {
        description.push_media(if section == stream.section {
            audio(capabilities, &[(payload_type, codec)], events, direction)
        } else {
            media.refused()
        });
    }
    // The payload types of an answer are those of the offer (RFC 3264 section 6.1).
    let same = |payload_type| PayloadTypes { send: payload_type, receive: payload_type };
    let plan = plan(&stream, codec, same(payload_type), events.map(same), direction);
    Ok(Answer { description, plan })
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
    if offer.media().len() != answer.media().len() {
        return Err(AnswerError::SectionMismatch);
    }
    let (section, ours) = offered_audio(offer).ok_or(AnswerError::NoAudio)?;
    let theirs =
        answer.media().get(section).filter(|media| is_audio(media)).ok_or(AnswerError::NoAudio)?;
    let offered = codecs_of(ours);
    let receive_type =
        |codec: Codec| offered.iter().find(|(_, other)| *other == codec).map(|(number, _)| *number);
    let stream = stream(answer, section, theirs, |codec| receive_type(codec).is_some())?;
    let (send, codec) = stream.codecs.first().copied().ok_or(AnswerError::NoCommonCodec)?;
    let receive = receive_type(codec).ok_or(AnswerError::NoCommonCodec)?;
    let events = match (stream.events, events_of(ours)) {
        (Some(send), Some(receive)) => Some(PayloadTypes { send, receive }),
        (Some(_) | None, _) => None,
    };
    // An answer cannot widen what was offered (RFC 3264 section 6.1).
    let direction = stream.direction.reversed().and(offer.direction_of(ours));
    Ok(plan(&stream, codec, PayloadTypes { send, receive }, events, direction))
}

/// The section of a description that this side made which carries its audio.
pub(crate) fn offered_audio(offer: &SessionDescription) -> Option<(usize, &Media)> {
    offer.media().iter().enumerate().find(|(_, media)| is_audio(media))
}

/// Makes this side's audio section.
pub(crate) fn audio(
    capabilities: &Capabilities,
    codecs: &[(PayloadType, Codec)],
    events: Option<PayloadType>,
    direction: Direction,
) -> Media {
    let types: Vec<PayloadType> = codecs.iter().map(|(number, _)| *number).chain(events).collect();
    let mut media = Media::audio(capabilities.port, &types);
    let mut attribute = |text: String| media.push(Line::own(b'a', &text));
    for (number, codec) in codecs {
        attribute(format!("rtpmap:{number} {}", codec.rtp_map()));
    }
    if let Some(number) = events {
        attribute(format!("rtpmap:{number} {TELEPHONE_EVENT}/{CLOCK_RATE}"));
        attribute(format!("fmtp:{number} {EVENTS}"));
    }
    attribute(format!("ptime:{}", capabilities.ptime));
    attribute(direction.to_string());
    media
}

/// Finds the first section of an offer that can be taken; the error is that of the best section.
fn choose(
    offer: &SessionDescription,
    knows: impl Fn(Codec) -> bool,
) -> Result<Stream<'_>, AnswerError> {
    let mut reason = AnswerError::NoAudio;
    for (section, media) in offer.media().iter().enumerate().filter(|(_, media)| is_audio(media)) {
        match stream(offer, section, media, &knows) {
            Ok(stream) => return Ok(stream),
            Err(error) => reason = error,
        }
    }
    Err(reason)
}

fn is_audio(media: &Media) -> bool {
    media.kind().eq_ignore_ascii_case("audio")
        && media.protocol().eq_ignore_ascii_case("RTP/AVP")
        && media.port() != 0
}

fn stream<'a>(
    description: &SessionDescription,
    section: usize,
    media: &'a Media,
    knows: impl Fn(Codec) -> bool,
) -> Result<Stream<'a>, AnswerError> {
    let codecs: Vec<_> = codecs_of(media).into_iter().filter(|(_, codec)| knows(*codec)).collect();
    if codecs.is_empty() {
        return Err(AnswerError::NoCommonCodec);
    }
    let connection = description.connection_of(media).ok_or(AnswerError::NoAddress)?;
    let address = connection.to_ip().ok_or(AnswerError::NoAddress)?;
    let mut direction = description.direction_of(media);
    if connection.is_hold() {
        // RFC 3264 section 8.4: nothing may be sent there, whatever the direction says.
        direction = direction.and(Direction::SendOnly);
    }
    let remote = SocketAddr::new(address, media.port());
    Ok(Stream { section, media, codecs, events: events_of(media), remote, direction })
}

fn codecs_of(media: &Media) -> Vec<(PayloadType, Codec)> {
    media.rtp_maps().filter_map(|(number, map)| Some((number, map.codec()?))).collect()
}

fn events_of(media: &Media) -> Option<PayloadType> {
    media.rtp_maps().find(|(_, map)| map.is_telephone_event()).map(|(number, _)| number)
}

fn plan(
    stream: &Stream<'_>,
    codec: Codec,
    codec_types: PayloadTypes,
    telephone_event: Option<PayloadTypes>,
    direction: Direction,
) -> MediaPlan {
    let media = stream.media;
    let (rtcp_port, rtcp_address) = match media.rtcp() {
        Some((port, address)) => (port, address),
        // RFC 3550 section 11: the next port.
        None => (media.port().wrapping_add(1), None),
    };
    MediaPlan {
        remote: stream.remote,
        remote_rtcp: SocketAddr::new(rtcp_address.unwrap_or_else(|| stream.remote.ip()), rtcp_port),
        codec,
        codec_types,
        telephone_event,
        ptime: sending_ptime(media),
        direction,
        section: stream.section,
    }
}

/// What the other side asks for, if that is a sensible packet.
fn sending_ptime(media: &Media) -> u16 {
    let asked = media.ptime().filter(|ptime| PTIMES.contains(ptime)).unwrap_or(Capabilities::PTIME);
    let most = media.maxptime().filter(|most| PTIMES.contains(most)).unwrap_or(asked);
    asked.min(most)
}

/// The events that this side receives: keys, and flash (RFC 4733 section 3.2).
const EVENTS: &str = "0-16";
/// Milliseconds of a packet between which a wish is followed.
const PTIMES: std::ops::RangeInclusive<u16> = 10..=60;
