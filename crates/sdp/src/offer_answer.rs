//! Offers and answers of one session, in turn.

use alloc::vec::Vec;
use core::{cmp::Ordering, net::IpAddr};

use crate::{
    Connection, Media, Origin, Refusal, RtcpMux, SectionPlan, SessionDescription, SessionPlan,
    Stream,
    negotiation::Theirs,
    room::Room,
    section::{Extra, Meanings, number, section},
};

/// This side of the offer/answer exchanges of a session (RFC 3264): any number of streams, over re-offers.
///
/// It keeps what RFC 3264 section 8 demands: the session's origin, its version (one more for each change), the order
/// of the media sections, and what each payload type means. A stream is known by its position in the list that is given
/// to each call; let it keep that.
///
/// | what happens | what to call |
/// | --- | --- |
/// | an INVITE brings an offer | [`answer`](Self::answer); the same description goes in 183 and 200 |
/// | an INVITE brings none | [`offer`](Self::offer) in 200, [`complete`](Self::complete) with ACK |
/// | this side calls | [`offer`](Self::offer) in INVITE, [`complete`](Self::complete) with each answer in 183 and 200 |
/// | one INVITE forks | clone this for each dialog, then complete |
/// | hold, resume | change [`Stream::direction`], then [`offer`](Self::offer) |
/// | a stream comes or goes | put it at the end of the list; set its port to 0 |
/// | the peer ends a stream | set its port to 0, too, or the next [`offer`](Self::offer) opens it again |
/// | a re-offer is refused | [`withdraw`](Self::withdraw): the session is as it was |
/// | the peer refreshes its session | [`revision_of`](Self::revision_of) says [`Revision::Unchanged`] |
///
/// ```
/// use centrala_sdp::{Direction, OfferAnswer, Stream};
/// let mut alice = [Stream::audio("192.0.2.1:4000".parse()?)];
/// let bob = [Stream::audio("192.0.2.2:5000".parse()?)];
/// let (mut caller, mut callee) = (OfferAnswer::new(1), OfferAnswer::new(2));
///
/// let offer = caller.offer(&alice);
/// let answer = callee.answer(&offer, &bob)?;
/// let heard = caller.complete(&answer.description)?;
/// assert_eq!(heard.plan.stream(0).map(|plan| plan.remote.port()), Some(5000));
///
/// alice[0].direction = Direction::SendOnly; // hold
/// let held = callee.answer(&caller.offer(&alice), &bob)?;
/// assert_eq!(held.plan.stream(0).map(|plan| plan.direction), Some(Direction::RecvOnly));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct OfferAnswer {
    id: u64,
    version: u64,
    /// Of the origin: it stays, wherever media goes (RFC 3264 section 8).
    address: Option<IpAddr>,
    /// What both sides keep to.
    current: Option<Exchange>,
    /// What this side offered and the other side has not yet answered.
    pending: Option<Offer>,
}

/// An answer to an offer, and what was agreed upon with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionAnswer {
    /// The description to send.
    pub description: SessionDescription,
    /// What to do with media.
    pub plan: SessionPlan,
}

/// What an answer of the other side did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeardAnswer {
    /// What to do with media: always that of the first answer.
    pub plan: SessionPlan,
    /// Whether it was the first.
    pub answer: AnswerTurn,
}

/// Whether an answer is the first to its offer. Reliably or not, it comes in 183 and again in 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum AnswerTurn {
    /// It concludes the exchange.
    First,
    /// It says again what the first one said.
    Again,
    /// It says something else, and RFC 3261 section 13.2.1 wants it to be ignored.
    Differing,
}

/// How a description of the other side relates to its last one (RFC 3264 section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is no sixth")]
pub enum Revision {
    /// There was none before.
    First,
    /// The same origin, and the same description.
    Unchanged,
    /// A later version.
    Changed,
    /// The same or an earlier version, but not the same description. Devices that forget to count are met: take it
    /// as changed.
    Uncounted,
    /// Another session, as a B2BUA hands it on after a transfer.
    Foreign,
}

/// Why there is no answer to an offer, or why an answer cannot be used.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NegotiateError {
    /// No section is taken; this is why the best one is not.
    #[error("nothing in common")]
    NothingCommon(#[source] Refusal),
    /// An answer has not as many media sections as its offer (RFC 3264 section 6).
    #[error("the answer does not match the offer")]
    SectionMismatch,
    /// An answer came without an offer.
    #[error("no offer is pending")]
    NoOffer,
    /// The answer would be longer, or have more lines, than a description that is accepted
    /// ([`SessionDescription::MAX_LEN`], [`SessionDescription::MAX_LINES`]).
    #[error("the answer would be too long")]
    TooLong,
}

/// What both sides keep to.
#[derive(Clone, Debug)]
struct Exchange {
    local: SessionDescription,
    remote: SessionDescription,
    sections: Vec<Bound>,
    /// Of an offer of this side: what came of it.
    heard: Option<SessionPlan>,
}

#[derive(Clone, Debug)]
struct Offer {
    description: SessionDescription,
    sections: Vec<Bound>,
}

/// What a media section of this side is.
#[derive(Clone, Debug, Default)]
struct Bound {
    /// Which stream; of none, if it was always refused.
    stream: Option<usize>,
    meanings: Meanings,
}

impl NegotiateError {
    /// Returns the status code of SIP that refuses a request with such an offer: 488 (RFC 3261 section 13.3.1.3), or
    /// 413 if it is too large (section 21.4.11).
    ///
    /// An answer comes where nothing can be refused, in a response or in ACK or PRACK: who cannot use it ends the
    /// call with BYE.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLong => 413,
            Self::NothingCommon(_) | Self::SectionMismatch | Self::NoOffer => 488,
        }
    }
}

impl OfferAnswer {
    /// Begins a session; `id` should be random and at most 2^63 - 1 (RFC 3264 section 5).
    #[must_use]
    pub const fn new(id: u64) -> Self {
        Self { id, version: 0, address: None, current: None, pending: None }
    }

    /// Continues from an offer of one stream that this side has made.
    pub(crate) fn of_offer(offer: &SessionDescription) -> Self {
        let sections = offer.media().iter().map(|_| Bound { stream: Some(0), ..Bound::default() });
        let pending = Offer { description: offer.clone(), sections: sections.collect() };
        Self { pending: Some(pending), ..Self::new(0) }
    }

    /// Makes an offer, which is pending until [`complete`](Self::complete) or [`withdraw`](Self::withdraw).
    ///
    /// The version is one more than that of the description which was sent last, unless nothing has changed. A stream
    /// for which a readable description has no room is not offered.
    pub fn offer(&mut self, streams: &[Stream]) -> SessionDescription {
        let mut sections =
            self.current.as_ref().map(|current| current.sections.clone()).unwrap_or_default();
        let mut offer = self.blank(streams);
        let before = self.current.as_ref().map(|current| current.local.media()).unwrap_or_default();
        let mut offered = alloc::vec![false; streams.len()];
        let address = offer.connection_address();
        // Sections stay in their places for good, refused ones too (RFC 3264 section 8): these come first.
        let mut room = Room::new();
        let refused: Vec<Media> = before.iter().map(Media::refused).collect();
        for media in &refused {
            room.take(media);
        }
        for ((bound, media), refused) in sections.iter_mut().zip(before).zip(refused) {
            let stream = bound.stream.and_then(|index| Some((index, streams.get(index)?)));
            let made = stream.and_then(|(index, stream)| {
                let made = offering(stream, Some(media), &bound.meanings)?;
                let made = localised(made, stream, address);
                offered.get_mut(index).into_iter().for_each(|offered| *offered = true);
                room.exchange(&refused, &made).then_some(made)
            });
            let made = made.unwrap_or(refused);
            bound.meanings.learn(&made);
            offer.push_media(made);
        }
        for (index, stream) in streams.iter().enumerate() {
            if offered.get(index) == Some(&true) {
                continue;
            }
            let mut bound = Bound { stream: Some(index), meanings: Meanings::default() };
            let media = offering(stream, None, &bound.meanings);
            let media = media.map(|media| localised(media, stream, address));
            if let Some(media) = media.filter(|media| room.take(media)) {
                bound.meanings.learn(&media);
                offer.push_media(media);
                sections.push(bound);
            }
        }
        let description = self.versioned(offer);
        self.pending = Some(Offer { description: description.clone(), sections });
        description
    }

    /// Answers an offer: each section in its place, taken or refused with port 0. A pending offer of this side is
    /// withdrawn: after a glare only one of them counts.
    ///
    /// # Errors
    ///
    /// [`NegotiateError::NothingCommon`] if something is offered and nothing can be taken, and
    /// [`NegotiateError::TooLong`] if the other side could not read the answer; the session then stays as it was.
    pub fn answer(
        &mut self,
        offer: &SessionDescription,
        streams: &[Stream],
    ) -> Result<SessionAnswer, NegotiateError> {
        let theirs = Theirs::of(offer);
        let before = self.current.as_ref().map(|current| current.sections.as_slice());
        let before = before.unwrap_or_default();
        let mut answer = self.blank(streams);
        let (mut room, address) = (Room::new(), answer.connection_address());
        let mut is_readable = true;
        let mut plan = SessionPlan::default();
        let mut sections: Vec<Bound> = Vec::new();
        let mut used = used(offer, before, streams.len());
        for (position, media) in offer.media().iter().enumerate() {
            let mut bound = before.get(position).cloned().unwrap_or_default();
            let made = match take(&theirs, position, media, bound.stream, streams, &mut used) {
                Ok((made, taken)) => {
                    let stream = streams.get(taken.stream);
                    bound.stream = Some(taken.stream);
                    plan.sections.push(SectionPlan::Taken(taken));
                    stream.map(|stream| localised(made, stream, address))
                }
                Err(refusal) => {
                    plan.sections.push(SectionPlan::Refused(refusal));
                    None
                }
            };
            let made = made.unwrap_or_else(|| media.refused());
            is_readable &= room.take(&made);
            answer.push_media(made);
            // What they said but this side did not take must not mean something else later.
            bound.meanings.follow(media);
            sections.push(bound);
        }
        if let Some(refusal) = plan.refusal() {
            return Err(NegotiateError::NothingCommon(refusal));
        }
        if !is_readable {
            return Err(NegotiateError::TooLong);
        }
        release(&mut sections, &plan);
        let description = self.versioned(answer);
        self.pending = None;
        let (local, remote) = (description.clone(), offer.clone());
        self.current = Some(Exchange { local, remote, sections, heard: None });
        Ok(SessionAnswer { description, plan })
    }

    /// Takes the answer to the pending offer. Another answer to the same offer changes nothing, and is told from the
    /// first: it comes with each provisional response and the final one.
    ///
    /// # Errors
    ///
    /// [`NegotiateError`] if nothing was offered or the answer takes nothing; the offer then is withdrawn.
    pub fn complete(&mut self, answer: &SessionDescription) -> Result<HeardAnswer, NegotiateError> {
        let Some(offer) = self.pending.take() else { return self.hear_again(answer) };
        let plan = completed(&offer.description, &offer.sections, answer)?;
        let mut sections = offer.sections;
        for (bound, media) in sections.iter_mut().zip(answer.media()) {
            bound.meanings.learn(media);
        }
        self.current = Some(Exchange {
            local: offer.description,
            remote: answer.clone(),
            sections,
            heard: Some(plan.clone()),
        });
        Ok(HeardAnswer { plan, answer: AnswerTurn::First })
    }

    /// Forgets the pending offer, which was refused: the session stays as it was. The version of that offer is not
    /// used again, since the other side has seen it.
    pub fn withdraw(&mut self) {
        self.pending = None;
    }

    /// Returns what this side sent last and both sides keep to.
    #[must_use]
    pub fn local(&self) -> Option<&SessionDescription> {
        self.current.as_ref().map(|current| &current.local)
    }

    /// Returns what the other side sent last and both sides keep to.
    #[must_use]
    pub fn remote(&self) -> Option<&SessionDescription> {
        self.current.as_ref().map(|current| &current.remote)
    }

    /// Tells whether an offer of this side waits for its answer.
    #[must_use]
    pub const fn is_offering(&self) -> bool {
        self.pending.is_some()
    }

    /// Compares a description of the other side with its last one.
    #[must_use]
    pub fn revision_of(&self, remote: &SessionDescription) -> Revision {
        let Some(last) = self.remote() else { return Revision::First };
        if !remote.origin().is_same_session(last.origin()) {
            return Revision::Foreign;
        }
        match remote.origin().cmp_version(last.origin()) {
            Ordering::Greater => Revision::Changed,
            Ordering::Equal if remote == last => Revision::Unchanged,
            Ordering::Equal | Ordering::Less => Revision::Uncounted,
        }
    }

    fn hear_again(&self, answer: &SessionDescription) -> Result<HeardAnswer, NegotiateError> {
        let current = self.current.as_ref().ok_or(NegotiateError::NoOffer)?;
        let plan = current.heard.clone().ok_or(NegotiateError::NoOffer)?;
        let is_same = *answer == current.remote;
        let answer = if is_same { AnswerTurn::Again } else { AnswerTurn::Differing };
        Ok(HeardAnswer { plan, answer })
    }

    /// A description without sections, of the version that was sent last.
    fn blank(&self, streams: &[Stream]) -> SessionDescription {
        let of_before = self.current.as_ref().and_then(|current| {
            let bound = current.sections.iter().find_map(|bound| bound.stream)?;
            streams.get(bound)
        });
        let live = || streams.iter().find(|stream| stream.local.port() != 0);
        let stream = of_before.or_else(live).or_else(|| streams.first());
        let address = stream.map_or(UNSPECIFIED, |stream| stream.local.ip());
        let origin = Origin::new(self.id, self.version, self.address.unwrap_or(address));
        SessionDescription::new(origin, &Connection::Address(address))
    }

    /// Gives the description the next version, unless it is what was sent last.
    fn versioned(&mut self, mut description: SessionDescription) -> SessionDescription {
        if self.local() == Some(&description) {
            return description;
        }
        self.version += 1;
        let address = *self.address.get_or_insert_with(|| description.connection_address());
        description.set_origin(Origin::new(self.id, self.version, address));
        description
    }
}

/// Reads an answer section by section.
fn completed(
    offer: &SessionDescription,
    sections: &[Bound],
    answer: &SessionDescription,
) -> Result<SessionPlan, NegotiateError> {
    if offer.media().len() != answer.media().len() {
        return Err(NegotiateError::SectionMismatch);
    }
    let theirs = Theirs::of(answer);
    let mut plan = SessionPlan::default();
    for (position, (ours, bound)) in offer.media().iter().zip(sections).enumerate() {
        let made = match bound.stream {
            Some(stream) if ours.port() != 0 => {
                theirs.complete(position, stream, ours, offer.direction_of(ours))
            }
            Some(_) | None => Err(Refusal::Over),
        };
        plan.sections.push(made.map_or_else(SectionPlan::Refused, SectionPlan::Taken));
    }
    match plan.refusal() {
        Some(refusal) => Err(NegotiateError::NothingCommon(refusal)),
        None => Ok(plan),
    }
}

/// Which streams belong to sections that are still alive: no other section may have them.
fn used(offer: &SessionDescription, before: &[Bound], streams: usize) -> Vec<bool> {
    let mut used = alloc::vec![false; streams];
    for (media, bound) in offer.media().iter().zip(before) {
        let index = bound.stream.filter(|_| media.port() != 0);
        index.and_then(|index| used.get_mut(index)).into_iter().for_each(|used| *used = true);
    }
    used
}

/// A stream is of one section: one that is over loses the stream that another has taken.
fn release(sections: &mut [Bound], plan: &SessionPlan) {
    for (position, bound) in sections.iter_mut().enumerate() {
        let taken = bound.stream.and_then(|stream| plan.stream(stream));
        if taken.is_some_and(|taken| taken.section != position) {
            bound.stream = None;
        }
    }
}

/// Answers a section with the stream it had, else with the first that is free and fits.
fn take(
    theirs: &Theirs<'_>,
    position: usize,
    media: &Media,
    before: Option<usize>,
    streams: &[Stream],
    used: &mut [bool],
) -> Result<(Media, crate::StreamPlan), Refusal> {
    if media.port() == 0 {
        return Err(Refusal::Over);
    }
    let mut refusal = Refusal::Unknown;
    let all = streams.iter().enumerate();
    let first = before.and_then(|index| Some((index, streams.get(index)?)));
    for (index, stream) in first.into_iter().chain(all) {
        let is_free = before == Some(index) || used.get(index) == Some(&false);
        if !is_free || !stream.is_like(media) {
            continue;
        }
        match theirs.answer(position, index, stream) {
            Ok(made) => {
                used.get_mut(index).into_iter().for_each(|used| *used = true);
                return Ok(made);
            }
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// Writes a section of an offer, in the place of the one before; none if there is nothing to offer.
fn offering(stream: &Stream, before: Option<&Media>, meanings: &Meanings) -> Option<Media> {
    if !stream.is_live() {
        return None;
    }
    let formats = if stream.is_rtp() { number(stream, meanings) } else { Vec::new() };
    let opaque: Vec<_> = stream.formats().map(Into::into).collect();
    let protocol = before
        .map(Media::protocol)
        .filter(|before| stream.protocols().any(|protocol| protocol.eq_ignore_ascii_case(before)));
    let protocol = protocol.or_else(|| stream.protocols().next()).unwrap_or("RTP/AVP");
    let rtcp_mux = if stream.is_rtp() { stream.rtcp_mux } else { RtcpMux::Refuse };
    let mid = before.and_then(|before| before.lines().mid().ok());
    let extra = Extra { opaque: &opaque, mid, rtcp_mux };
    section(stream, protocol, &formats, stream.direction, extra)
}

/// Gives a section whose stream has another address than the session a connection of its own.
fn localised(mut media: Media, stream: &Stream, session: IpAddr) -> Media {
    if stream.local.ip() != session {
        media.set_connection(&Connection::Address(stream.local.ip()));
    }
    media
}

const UNSPECIFIED: IpAddr = IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED);

impl SessionDescription {
    /// The address of the session of a description that was made here.
    fn connection_address(&self) -> IpAddr {
        let connection = self.lines().connection().ok();
        connection.and_then(|connection| connection.to_ip()).unwrap_or(UNSPECIFIED)
    }
}
