//! Calls to us, and re-INVITEs of the other side: ring, answer, reject.

use bytes::Bytes;
use centrala_sip::{HeaderName, NameAddr, Request, ResponseBuilder, StatusCode, Uri};
use centrala_time::Timestamp;
use core::time::Duration;

use super::{Endpoint, Owner};
use crate::{
    CallId, EndCause, Event, Flow, ForkId, IncomingCall, Source,
    call::{
        Call, ChangeMethod, Established, Exchange, InviteKind, Invited, RemoteChange, Stage,
        Unacknowledged,
    },
    compose::{ALLOW, Composer, SDP, sdp},
    dialog::Dialog,
    offer_answer::{Body, OfferAnswer, Side, Step},
    transaction::{MAX_FORWARDS, Reliability, Retransmission, table::TransactionId},
    usage::Usage,
};

/// How often a provisional response is repeated (RFC 3261 section 13.3.1.1).
const PROVISIONAL_INTERVAL: Duration = Duration::from_secs(60);

/// A refusal.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The status, 300 to 699; any other becomes 500.
    pub status: StatusCode,
    /// The reason phrase; `None` takes the usual one.
    pub reason: Option<String>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// Where to try instead, with a status of 3xx.
    pub contacts: Vec<Uri>,
}

impl Rejection {
    /// Returns a refusal with the usual reason phrase.
    #[must_use]
    pub const fn new(status: StatusCode) -> Self {
        Self { status, reason: None, retry_after: None, contacts: Vec::new() }
    }

    fn status(&self) -> StatusCode {
        let is_failure = self.status.is_final() && !self.status.is_success();
        if is_failure { self.status } else { StatusCode::SERVER_INTERNAL_ERROR }
    }

    fn apply(&self, mut builder: ResponseBuilder) -> ResponseBuilder {
        if let Some(reason) = &self.reason {
            let printable: String = reason
                .chars()
                .map(|character| if character.is_control() { ' ' } else { character })
                .collect();
            builder = builder.reason(&printable);
        }
        if let Some(retry_after) = self.retry_after {
            builder = builder.header(&HeaderName::RETRY_AFTER, retry_after.as_secs().to_string());
        }
        for contact in &self.contacts {
            builder = builder.contact(&NameAddr::new(contact));
        }
        builder
    }
}

impl Endpoint {
    /// Tells the caller that the called side is at it: 180, or 183 with early media.
    pub fn ring(&mut self, call: CallId, early_answer: Option<Bytes>, now: Timestamp) {
        let Some(Call::Invited(invited)) = self.calls.get(call) else { return };
        let status = match early_answer {
            Some(_) => StatusCode::SESSION_PROGRESS,
            None => StatusCode::RINGING,
        };
        let (request, id) = (&invited.request, invited.transaction);
        let dialog = &invited.usage.dialog;
        let Some(builder) = dialog_response(&self.composer, request, dialog, status) else {
            return;
        };
        // Nothing may be offered in a response that may be lost (RFC 3261 section 13.2.1).
        let step = Step::Provisional(Body::Present);
        let previews = invited.usage.offer_answer.after(Side::Us, step).is_ok();
        let early_answer = early_answer.filter(|_| previews);
        let builder = builder.header(&HeaderName::ALLOW, ALLOW);
        let builder = match early_answer {
            Some(answer) => builder.body(SDP, answer),
            None => builder,
        };
        let sent = self.respond(id, status, builder, now);
        if let Some(Call::Invited(invited)) = self.calls.get_mut(call) {
            invited.provisional = sent.map(|sent| (status, sent, now + PROVISIONAL_INTERVAL));
        }
        self.calls.touch(call);
        self.settle(now);
    }

    /// Answers a call, or an offer of the other side in it ([`Event::Offered`]).
    ///
    /// The session description is the answer to the offer, or our offer if there was none.
    pub fn answer(&mut self, call: CallId, description: Bytes, now: Timestamp) {
        match self.calls.get(call) {
            Some(Call::Invited(_)) => self.answer_invite(call, description, now),
            Some(Call::Established(_)) => self.answer_change(call, description, now),
            Some(Call::Inviting(_) | Call::Leaving(_)) | None => {}
        }
        self.settle(now);
    }

    /// Refuses a call, which ends it, or an offer of the other side, which does not.
    pub fn reject(&mut self, call: CallId, rejection: &Rejection, now: Timestamp) {
        match self.calls.get(call) {
            Some(Call::Invited(_)) => {
                if let Some(Call::Invited(invited)) = self.calls.remove(call) {
                    let Invited { request, transaction, usage, .. } = *invited;
                    let tag = usage.dialog.local_tag();
                    self.respond_with(rejection, &request, transaction, tag, now);
                    self.tell(Event::Ended { call, cause: EndCause::HungUp });
                }
            }
            Some(Call::Established(_)) => self.refuse_change(call, rejection, now),
            Some(Call::Inviting(_) | Call::Leaving(_)) | None => {}
        }
        self.settle(now);
    }

    /// Refuses a re-INVITE or an UPDATE: "the session remains as it was" (RFC 3261 section 14.1).
    pub(super) fn refuse_change(&mut self, call: CallId, rejection: &Rejection, now: Timestamp) {
        if let Some((change, tag)) = self.take_remote_change(call) {
            self.respond_with(rejection, &change.request, change.transaction, &tag, now);
            self.resume(call, now);
        }
    }

    /// Takes the request that waits for our user, as if it was refused. Returns it with our tag.
    pub(super) fn take_remote_change(&mut self, call: CallId) -> Option<(RemoteChange, String)> {
        let established = self.calls.established(call)?;
        match core::mem::replace(&mut established.exchange, Exchange::Idle) {
            Exchange::Remote(change) => {
                let step = match change.method {
                    ChangeMethod::Invite => Step::Failure,
                    ChangeMethod::Update { .. } => Step::UpdateFailure,
                };
                let offer_answer = &mut established.usage.offer_answer;
                *offer_answer = offer_answer.after(Side::Us, step).unwrap_or(*offer_answer);
                Some((*change, established.usage.dialog.local_tag().to_owned()))
            }
            other @ (Exchange::Idle | Exchange::Unacknowledged(_) | Exchange::Local(_)) => {
                established.exchange = other;
                None
            }
        }
    }

    /// An INVITE that may be met: tells of it.
    pub(super) fn handle_invite(
        &mut self,
        request: Request,
        who: Source,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        let local_tag = self.generator.token();
        let call = self.calls.new_id();
        let owner = Owner::Invite(call);
        let Some(dialog) = Dialog::answering(&request, &local_tag, source) else {
            self.reply(&request, destination, StatusCode::BAD_REQUEST, &[], now);
            return;
        };
        let (Ok(from), Ok(to)) = (request.from(), request.to()) else { return };
        let Some(transaction) = self.transactions.accept(&request, destination, owner) else {
            return;
        };
        let trying = self.composer.reply(&request, StatusCode::TRYING);
        self.respond(transaction, StatusCode::TRYING, trying, now);
        let body = sdp(&request, request.body()).unwrap_or_default();
        let offer_answer = OfferAnswer::of_invite(Side::Them, Body::of(body.as_ref()));
        let hops = request.max_forwards().unwrap_or(MAX_FORWARDS).saturating_sub(1);
        self.statistics.incoming_calls += 1;
        self.tell(Event::Incoming(Box::new(IncomingCall {
            call,
            source: who,
            flow: source,
            from,
            to,
            called: request.uri().clone(),
            offer: body,
            max_forwards: u8::try_from(hops).unwrap_or(u8::MAX),
            request: request.clone(),
        })));
        let usage = Usage::new(dialog, offer_answer, &request);
        let seconds = request.expires().ok().filter(|seconds| *seconds > 0);
        let expires_at = seconds.map(|seconds| now + Duration::from_secs(u64::from(seconds)));
        let invited = Invited { request, transaction, usage, provisional: None, expires_at };
        self.calls.insert(call, &local_tag, Call::Invited(Box::new(invited)));
    }

    /// Repeats the provisional response of a call that rings for long.
    pub(super) fn repeat_provisional(&mut self, call: CallId, now: Timestamp) {
        if let Some(Call::Invited(invited)) = self.calls.get_mut(call)
            && let Some((status, response, again)) = &mut invited.provisional
        {
            *again = now + PROVISIONAL_INTERVAL;
            let (id, status, response) = (invited.transaction, *status, response.clone());
            self.transactions.respond(id, status, response, now);
        }
        self.calls.touch(call);
    }

    fn answer_invite(&mut self, call: CallId, description: Bytes, now: Timestamp) {
        let Some(Call::Invited(invited)) = self.calls.get(call) else { return };
        let (request, dialog) = (&invited.request, &invited.usage.dialog);
        let builder = dialog_response(&self.composer, request, dialog, StatusCode::OK);
        let after = invited.usage.offer_answer.after(Side::Us, Step::Success(Body::Present));
        let (Some(builder), Ok(after)) = (builder, after) else { return };
        let (id, sequence) = (invited.transaction, sequence_of(request));
        let builder = builder.header(&HeaderName::ALLOW, ALLOW).body(SDP, description);
        let Some(response) = self.respond(id, StatusCode::OK, builder, now) else { return };
        let waiting = self.unacknowledged(id, response, (sequence, InviteKind::Initial), now);
        let Some(Call::Invited(invited)) = self.calls.remove(call) else { return };
        let mut usage = invited.usage;
        usage.offer_answer = after;
        let tag = usage.dialog.local_tag().to_owned();
        let established = Established::new(usage, ForkId(0), None, waiting);
        self.calls.insert(call, &tag, Call::Established(Box::new(established)));
    }

    fn answer_change(&mut self, call: CallId, description: Bytes, now: Timestamp) {
        let Some(established) = self.calls.established(call) else { return };
        let Exchange::Remote(change) = &established.exchange else { return };
        let (usage, request) = (&mut established.usage, &change.request);
        let step = match change.method {
            ChangeMethod::Invite => Step::Success(Body::Present),
            ChangeMethod::Update { .. } => Step::UpdateSuccess(Body::Present),
        };
        let Ok(after) = usage.offer_answer.after(Side::Us, step) else { return };
        // The Contact counts as soon as the request is accepted (RFC 6141 section 4.7).
        usage.dialog.refresh_target(request, change.source);
        let builder = dialog_response(&self.composer, request, &usage.dialog, StatusCode::OK);
        let Some(builder) = builder else { return };
        let (id, method, sequence) = (change.transaction, change.method, sequence_of(request));
        let builder = builder.header(&HeaderName::ALLOW, ALLOW).body(SDP, description);
        let Some(response) = self.respond(id, StatusCode::OK, builder, now) else { return };
        let exchange = match method {
            ChangeMethod::Invite => {
                self.unacknowledged(id, response, (sequence, InviteKind::Again), now)
            }
            ChangeMethod::Update { .. } => Exchange::Idle,
        };
        if let Some(established) = self.calls.established(call) {
            established.usage.offer_answer = after;
            established.exchange = exchange;
        }
        self.resume(call, now);
    }

    fn unacknowledged(
        &self,
        transaction: TransactionId,
        response: Bytes,
        (sequence, of): (u32, InviteKind),
        now: Timestamp,
    ) -> Exchange {
        let timers = &self.config.timers;
        // "even on reliable transports": the ACK travels on its own way.
        let retransmission = Retransmission::new(Reliability::Unreliable, timers, timers.t2, now);
        let until = now + timers.transaction_timeout();
        let waiting = Unacknowledged { transaction, response, sequence, of, retransmission, until };
        Exchange::Unacknowledged(Box::new(waiting))
    }

    /// An ACK for a 2xx: the dialog's.
    pub(super) fn handle_ack(&mut self, ack: &Request, now: Timestamp) {
        let tag = ack.to().ok().and_then(|to| to.tag().map(str::to_owned));
        let call = tag.and_then(|tag| self.calls.by_tag(&tag));
        let sequence = ack.cseq().map(|cseq| cseq.number()).ok();
        let acknowledges = |waiting: &Unacknowledged| Some(waiting.sequence) == sequence;
        match call.and_then(|call| Some((call, self.calls.get_mut(call)?))) {
            Some((call, Call::Established(established)))
                if established.usage.dialog.matches(ack)
                    && matches!(&established.exchange, Exchange::Unacknowledged(waiting) if acknowledges(waiting)) =>
            {
                // A body of another type is no answer.
                let body = sdp(ack, ack.body()).unwrap_or_default();
                self.acknowledge(call, body, now);
            }
            Some((call, Call::Leaving(leaving)))
                if leaving.dialog.matches(ack)
                    && matches!(&leaving.stage, Stage::AwaitingAck(waiting) if acknowledges(waiting)) =>
            {
                self.leave(call, now);
            }
            // Repeated, or of a call that is gone.
            Some((
                _,
                Call::Established(_) | Call::Leaving(_) | Call::Inviting(_) | Call::Invited(_),
            ))
            | None => self.statistics.strays += 1,
        }
    }

    /// The other side has our 2xx: by its ACK, or by a later request that it could not make
    /// otherwise.
    pub(super) fn acknowledge(&mut self, call: CallId, body: Option<Bytes>, now: Timestamp) {
        let Some(Call::Established(established)) = self.calls.get_mut(call) else { return };
        let Exchange::Unacknowledged(waiting) = &established.exchange else { return };
        let of = waiting.of;
        established.exchange = Exchange::Idle;
        let offer_answer = &mut established.usage.offer_answer;
        let was_asked = offer_answer.awaits_ack();
        let step = Step::Ack(Body::of(body.as_ref()));
        let after = offer_answer.after(Side::Them, step);
        let is_answered = after.is_ok();
        // An answer that nobody asked for is none; an offer without an answer has failed.
        *offer_answer = after.unwrap_or(OfferAnswer::Stable);
        let answer = body.filter(|_| was_asked);
        match of {
            InviteKind::Initial if was_asked && !is_answered => {
                // There is no session, and there will be none.
                self.tell(Event::Ended { call, cause: EndCause::Unusable });
                self.leave(call, now);
                return;
            }
            InviteKind::Initial => self.tell(Event::Confirmed { call, answer }),
            InviteKind::Again if was_asked => self.tell(Event::AnsweredInAck { call, answer }),
            InviteKind::Again => {}
        }
        self.resume(call, now);
    }

    /// The ACK for a 2xx has not come yet.
    pub(super) fn repeat_success(&mut self, call: CallId, now: Timestamp) {
        let waiting = match self.calls.get_mut(call) {
            Some(Call::Established(established)) => match &mut established.exchange {
                Exchange::Unacknowledged(waiting) => waiting,
                Exchange::Idle | Exchange::Remote(_) | Exchange::Local(_) => return,
            },
            Some(Call::Leaving(leaving)) => match &mut leaving.stage {
                Stage::AwaitingAck(waiting) => waiting,
                Stage::ByeSent { .. } => return,
            },
            Some(Call::Inviting(_) | Call::Invited(_)) | None => return,
        };
        if waiting.until <= now {
            if matches!(self.calls.get(call), Some(Call::Established(_))) {
                self.tell(Event::Ended { call, cause: EndCause::NotAcknowledged });
            }
            self.leave(call, now);
        } else if waiting.retransmission.is_due(now) {
            let (id, response) = (waiting.transaction, waiting.response.clone());
            self.transactions.respond(id, StatusCode::OK, response, now);
        }
        self.calls.touch(call);
    }

    fn respond_with(
        &mut self,
        rejection: &Rejection,
        request: &Request,
        transaction: TransactionId,
        tag: &str,
        now: Timestamp,
    ) {
        let status = rejection.status();
        let builder = self.composer.reply_with_tag(request, status, tag);
        self.respond(transaction, status, rejection.apply(builder), now);
    }
}

/// Begins a response that makes or refreshes a dialog (RFC 3261 section 12.1.1).
pub(super) fn dialog_response(
    composer: &Composer,
    request: &Request,
    dialog: &Dialog,
    status: StatusCode,
) -> Option<ResponseBuilder> {
    let contact = composer.contact(dialog.local_user(), dialog.flow())?;
    let builder = composer
        .reply_with_tag(request, status, dialog.local_tag())
        .record_routes_of(request)
        .contact(&contact);
    Some(builder)
}

fn sequence_of(request: &Request) -> u32 {
    request.cseq().map_or(0, |cseq| cseq.number())
}
