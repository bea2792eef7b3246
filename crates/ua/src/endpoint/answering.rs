//! Calls to us, and re-INVITEs of the other side: ring, answer, reject.

use bytes::Bytes;
use centrala_sip::{HeaderName, NameAddr, Request, ResponseBuilder, StatusCode, Uri};
use centrala_time::Timestamp;
use core::time::Duration;

use super::{Endpoint, Owner};
use crate::{
    CallId, EndCause, Event, Flow, IncomingCall, Source,
    call::{Call, Direction, Established, Exchange, InviteKind, Invited, Stage, Unacknowledged},
    compose::{ALLOW, SDP, sdp},
    dialog::Dialog,
    transaction::{MAX_FORWARDS, Reliability, Retransmission, table::TransactionId},
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
        let Some(builder) = self.dialog_response(request, &invited.dialog, status) else { return };
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

    /// Answers a call, or a re-INVITE of the other side.
    ///
    /// The session description is the answer to the offer, or our offer if there was none.
    pub fn answer(&mut self, call: CallId, description: Bytes, now: Timestamp) {
        match self.calls.get(call) {
            Some(Call::Invited(_)) => self.answer_invite(call, description, now),
            Some(Call::Established(_)) => self.answer_reinvite(call, description, now),
            Some(Call::Inviting(_) | Call::Leaving(_)) | None => {}
        }
        self.settle(now);
    }

    /// Refuses a call, which ends it, or a re-INVITE of the other side, which does not.
    pub fn reject(&mut self, call: CallId, rejection: &Rejection, now: Timestamp) {
        match self.calls.get_mut(call) {
            Some(Call::Invited(_)) => {
                if let Some(Call::Invited(invited)) = self.calls.remove(call) {
                    let Invited { request, transaction, dialog, .. } = *invited;
                    self.respond_with(rejection, &request, transaction, &dialog, now);
                    self.tell(Event::Ended { call, cause: EndCause::HungUp });
                }
            }
            Some(Call::Established(established)) => {
                if let Exchange::Remote { request, transaction, .. } = &established.exchange {
                    let (request, transaction) = (request.clone(), *transaction);
                    established.exchange = Exchange::Idle;
                    let dialog = established.dialog.clone();
                    self.respond_with(rejection, &request, transaction, &dialog, now);
                    self.resume(call, now);
                }
            }
            Some(Call::Inviting(_) | Call::Leaving(_)) | None => {}
        }
        self.settle(now);
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
        let offer = if body.is_some() { Direction::InInvite } else { Direction::InResponse };
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
        let invited = Invited { request, transaction, dialog, offer, provisional: None };
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
        let builder = self.dialog_response(&invited.request, &invited.dialog, StatusCode::OK);
        let Some(builder) = builder else { return };
        let (id, offer) = (invited.transaction, invited.offer);
        let sequence = invited.request.cseq().map_or(0, |cseq| cseq.number());
        let dialog = invited.dialog.clone();
        let builder = builder.header(&HeaderName::ALLOW, ALLOW).body(SDP, description);
        let Some(response) = self.respond(id, StatusCode::OK, builder, now) else { return };
        let waiting =
            self.unacknowledged(id, response, (sequence, offer, InviteKind::Initial), now);
        self.calls
            .replace(call, Call::Established(Box::new(Established::new(dialog, None, waiting))));
    }

    fn answer_reinvite(&mut self, call: CallId, description: Bytes, now: Timestamp) {
        let Some(Call::Established(established)) = self.calls.get(call) else { return };
        let Exchange::Remote { request, transaction, offer } = &established.exchange else {
            return;
        };
        let builder = self.dialog_response(request, &established.dialog, StatusCode::OK);
        let Some(builder) = builder else { return };
        let (id, offer) = (*transaction, *offer);
        let sequence = request.cseq().map_or(0, |cseq| cseq.number());
        let builder = builder.header(&HeaderName::ALLOW, ALLOW).body(SDP, description);
        let Some(response) = self.respond(id, StatusCode::OK, builder, now) else { return };
        let waiting = self.unacknowledged(id, response, (sequence, offer, InviteKind::Again), now);
        if let Some(Call::Established(established)) = self.calls.get_mut(call) {
            established.exchange = waiting;
        }
        self.calls.touch(call);
    }

    fn unacknowledged(
        &self,
        transaction: TransactionId,
        response: Bytes,
        (sequence, offer, of): (u32, Direction, InviteKind),
        now: Timestamp,
    ) -> Exchange {
        let timers = &self.config.timers;
        // "even on reliable transports": the ACK travels on its own way.
        let retransmission = Retransmission::new(Reliability::Unreliable, timers, timers.t2, now);
        let until = now + timers.transaction_timeout();
        Exchange::Unacknowledged(Unacknowledged {
            transaction,
            response,
            sequence,
            offer,
            of,
            retransmission,
            until,
        })
    }

    /// An ACK for a 2xx: the dialog's.
    pub(super) fn handle_ack(&mut self, ack: &Request, now: Timestamp) {
        let tag = ack.to().ok().and_then(|to| to.tag().map(str::to_owned));
        let call = tag.and_then(|tag| self.calls.by_tag(&tag));
        let sequence = ack.cseq().map(|cseq| cseq.number()).ok();
        let acknowledges = |waiting: &Unacknowledged| Some(waiting.sequence) == sequence;
        match call.and_then(|call| Some((call, self.calls.get_mut(call)?))) {
            Some((call, Call::Established(established)))
                if established.dialog.matches(ack)
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
        let (of, offer) = (waiting.of, waiting.offer);
        established.exchange = Exchange::Idle;
        let answer = if offer == Direction::InResponse { body } else { None };
        match (of, offer) {
            (InviteKind::Initial, _) => self.tell(Event::Confirmed { call, answer }),
            (InviteKind::Again, Direction::InResponse) => {
                self.tell(Event::AnsweredInAck { call, answer });
            }
            (InviteKind::Again, Direction::InInvite) => {}
        }
        self.resume(call, now);
    }

    /// The ACK for a 2xx has not come yet.
    pub(super) fn repeat_success(&mut self, call: CallId, now: Timestamp) {
        let waiting = match self.calls.get_mut(call) {
            Some(Call::Established(established)) => match &mut established.exchange {
                Exchange::Unacknowledged(waiting) => waiting,
                Exchange::Idle | Exchange::Remote { .. } | Exchange::Local { .. } => return,
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

    /// Begins a response that makes or refreshes a dialog (RFC 3261 section 12.1.1).
    fn dialog_response(
        &self,
        request: &Request,
        dialog: &Dialog,
        status: StatusCode,
    ) -> Option<ResponseBuilder> {
        let contact = self.composer.contact(dialog.local_user(), dialog.flow())?;
        let builder = self
            .composer
            .reply_with_tag(request, status, dialog.local_tag())
            .record_routes_of(request)
            .contact(&contact);
        Some(builder)
    }

    fn respond_with(
        &mut self,
        rejection: &Rejection,
        request: &Request,
        transaction: TransactionId,
        dialog: &Dialog,
        now: Timestamp,
    ) {
        let status = rejection.status();
        let builder = self.composer.reply_with_tag(request, status, dialog.local_tag());
        self.respond(transaction, status, rejection.apply(builder), now);
    }
}
