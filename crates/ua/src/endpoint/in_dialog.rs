//! Requests inside of dialogs, in both directions.

use bytes::Bytes;
use centrala_sip::{HeaderName, Method, Request, RequestBuilder, Response, StatusCode};
use centrala_time::Timestamp;
use core::time::Duration;

use super::{
    Endpoint, Owner,
    admission::{Refusal, capabilities, check_request, check_session},
    calling::retry_after,
    leaving::is_challenge,
    sign,
};
use crate::{
    CallId, EndCause, Event, Flow,
    call::{Call, Direction, Exchange, Stage, Unacknowledged},
    compose::{ALLOW, SDP, sdp},
    dialog::Dialog,
    transaction::table::TransactionId,
};

impl Endpoint {
    /// Offers another session description (re-INVITE): hold, another address. If an INVITE is
    /// under way in this call, the offer waits for its end; a later offer replaces it.
    pub fn reoffer(&mut self, call: CallId, offer: Bytes, now: Timestamp) {
        if let Some(Call::Established(established)) = self.calls.get_mut(call) {
            established.queued_offer = Some(offer);
            self.resume(call, now);
        }
        self.settle(now);
    }

    /// Makes the offer that waits, if there is one and nothing is in its way.
    pub(super) fn resume(&mut self, call: CallId, now: Timestamp) {
        self.calls.touch(call);
        let Some(Call::Established(established)) = self.calls.get_mut(call) else { return };
        if !matches!(established.exchange, Exchange::Idle) {
            return;
        }
        let Some(offer) = established.queued_offer.take() else { return };
        let (mut dialog, mut session) = (established.dialog.clone(), established.session.take());
        let begun = self.in_dialog_request(Method::Invite, &mut dialog);
        let contact = self.composer.contact(dialog.local_user(), dialog.flow());
        let request = begun.zip(contact).and_then(|((builder, branch), contact)| {
            let builder = builder.contact(&contact).header(&HeaderName::ALLOW, ALLOW);
            let mut request = self.composer.sign_off(builder).body(SDP, offer).build().ok()?;
            sign(&mut request, session.as_mut(), dialog.flow()).then_some((request, branch))
        });
        let exchange = match request {
            Some((request, branch)) => {
                let (destination, owner) = (dialog.flow(), Owner::Reinvite(call));
                let id = self.request(request.clone(), &branch, destination, owner, now);
                Exchange::Local { request, transaction: id }
            }
            None => {
                self.statistics.unsendable += 1;
                Exchange::Idle
            }
        };
        if let Some(Call::Established(established)) = self.calls.get_mut(call) {
            (established.dialog, established.session) = (dialog, session);
            established.exchange = exchange;
        }
    }

    /// Begins a request of ours with the next number. Returns it with its branch; when it is
    /// complete it is to be signed.
    pub(super) fn in_dialog_request(
        &mut self,
        method: Method,
        dialog: &mut Dialog,
    ) -> Option<(RequestBuilder, String)> {
        let branch = self.generator.branch();
        let via = self.composer.via(&branch, dialog.flow())?;
        let sequence = dialog.next_sequence();
        Some((dialog.request(method, sequence, &via), branch))
    }

    pub(super) fn handle_reinvite_response(
        &mut self,
        call: CallId,
        id: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let status = response.status();
        if status.is_provisional() {
            return;
        }
        let established = match self.calls.get_mut(call) {
            Some(Call::Established(established)) => Some(established).filter(|one| {
                matches!(&one.exchange, Exchange::Local { transaction, .. } if *transaction == id)
            }),
            Some(Call::Inviting(_) | Call::Invited(_) | Call::Leaving(_)) | None => None,
        };
        let tag = response.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default();
        let Some(established) = established else {
            // The call has ended meanwhile: the other side still wants its ACK.
            if status.is_success() && !self.transactions.repeat_ack(id, &tag) {
                self.acknowledge_late(id, response, source);
            }
            return;
        };
        if status.is_success() {
            let exchange = core::mem::replace(&mut established.exchange, Exchange::Idle);
            established.dialog.refresh_target(response, source);
            if let Some(session) = &mut established.session {
                session.handle_success(response);
            }
            let dialog = established.dialog.clone();
            if let Exchange::Local { request, .. } = exchange {
                let sequence = request.cseq().map_or(0, |cseq| cseq.number());
                self.acknowledge_success(id, &dialog, sequence, Some(&request));
            }
            let answer = sdp(response, response.body()).unwrap_or_default();
            self.tell(Event::OfferAnswered { call, answer });
            self.resume(call, now);
        } else {
            self.handle_reinvite_failure(call, response, source, now);
        }
    }

    fn acknowledge_late(&mut self, id: TransactionId, response: &Response, source: Flow) {
        let Ok(from) = response.from() else { return };
        if let Some(dialog) = Dialog::calling(response, from.uri(), source) {
            self.acknowledge_success(id, &dialog, dialog.local_sequence(), None);
        }
    }

    fn handle_reinvite_failure(
        &mut self,
        call: CallId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let Some(Call::Established(established)) = self.calls.get_mut(call) else { return };
        let exchange = core::mem::replace(&mut established.exchange, Exchange::Idle);
        let status = response.status();
        if is_challenge(response)
            && let Exchange::Local { mut request, .. } = exchange
            && let Some(mut session) = established.session.take()
        {
            let again = session.handle_challenge(response, source.remote().ip());
            let (sequence, flow) = (established.dialog.next_sequence(), established.dialog.flow());
            let branch =
                if again { self.renew(&mut request, sequence, flow, &mut session) } else { None };
            let exchange = branch.map_or(Exchange::Idle, |branch| {
                let owner = Owner::Reinvite(call);
                let id = self.request(request.clone(), &branch, flow, owner, now);
                Exchange::Local { request, transaction: id }
            });
            let is_sent = matches!(exchange, Exchange::Local { .. });
            if let Some(Call::Established(established)) = self.calls.get_mut(call) {
                (established.session, established.exchange) = (Some(session), exchange);
            }
            if is_sent {
                return;
            }
        }
        match status {
            StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT => {
                self.lose(call, now);
            }
            _ => {
                let retry_after = match status {
                    StatusCode::REQUEST_PENDING => Some(self.glare_delay(call)),
                    _ => retry_after(response),
                };
                self.tell(Event::OfferRejected { call, status, retry_after });
                self.resume(call, now);
            }
        }
    }

    /// Draws how long to wait after a glare (RFC 3261 section 14.1): 2.1 to 4 s for the side that
    /// made the Call-ID, up to 2 s for the other, in units of 10 ms.
    fn glare_delay(&mut self, call: CallId) -> Duration {
        let is_caller = match self.calls.get(call) {
            Some(Call::Established(established)) => established.dialog.is_caller(),
            Some(Call::Inviting(_) | Call::Invited(_) | Call::Leaving(_)) | None => false,
        };
        let units =
            if is_caller { 210 + self.generator.below(191) } else { self.generator.below(201) };
        Duration::from_millis(10 * units)
    }

    /// A request with a tag in To (RFC 3261 section 12.2.2).
    pub(super) fn handle_in_dialog(
        &mut self,
        request: Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        if self.handle_in_subscription(&request, source, destination, now)
            || self.handle_notify(&request, source, destination, now)
        {
            return;
        }
        let tag = request.to().ok().and_then(|to| to.tag().map(str::to_owned));
        let found = tag.and_then(|tag| self.calls.by_tag(&tag));
        let Some((call, dialog)) =
            found.and_then(|call| Some((call, self.dialog_of(call, &request)?)))
        else {
            let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
            self.refuse(&request, destination, status, &[]);
            return;
        };
        let sequence = request.cseq().map_or(0, |cseq| cseq.number());
        if !dialog.admit(sequence) {
            // "out of order": a later request came before.
            self.reply(&request, destination, StatusCode::SERVER_INTERNAL_ERROR, &[], now);
            return;
        }
        if let Err((status, headers)) = check_request(&request) {
            self.reply(&request, destination, status, &headers, now);
            return;
        }
        if *request.method() == Method::Invite {
            self.handle_reinvite(call, request, source, destination, now);
        } else if *request.method() == Method::Bye {
            self.handle_bye(call, &request, destination, now);
        } else if *request.method() == Method::Info {
            self.handle_info(call, &request, destination, now);
        } else if *request.method() == Method::Options {
            self.reply(&request, destination, StatusCode::OK, &capabilities(), now);
        } else {
            self.refuse_method(&request, destination, now);
        }
    }

    /// Returns the dialog of a call, if the request is in it.
    fn dialog_of(&mut self, call: CallId, request: &Request) -> Option<&mut Dialog> {
        let dialog = match self.calls.get_mut(call)? {
            Call::Invited(invited) => &mut invited.dialog,
            Call::Established(established) => &mut established.dialog,
            Call::Leaving(leaving) => &mut leaving.dialog,
            Call::Inviting(_) => return None,
        };
        dialog.matches(request).then_some(dialog)
    }

    fn handle_reinvite(
        &mut self,
        call: CallId,
        request: Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        self.imply_ack(call, now);
        if let Err((status, headers)) = self.check_reinvite(call, &request) {
            self.reply(&request, destination, status, &headers, now);
            return;
        }
        let owner = Owner::Reinvite(call);
        let Some(id) = self.transactions.accept(&request, destination, owner) else { return };
        let trying = self.composer.reply(&request, StatusCode::TRYING);
        self.respond(id, StatusCode::TRYING, trying, now);
        let offer = sdp(&request, request.body()).unwrap_or_default();
        let direction = match offer {
            Some(_) => Direction::InInvite,
            None => Direction::InResponse,
        };
        if let Some(Call::Established(established)) = self.calls.get_mut(call) {
            established.dialog.refresh_target(&request, source);
            established.exchange = Exchange::Remote { request, transaction: id, offer: direction };
            self.tell(Event::Offered { call, offer });
        }
        self.calls.touch(call);
    }

    /// A new request of the other side shows that it has our 2xx, even if its ACK was lost, as it
    /// could not have made it otherwise. Only an answer in the ACK is worth waiting for.
    pub(super) fn imply_ack(&mut self, call: CallId, now: Timestamp) {
        let is_implied = |waiting: &Unacknowledged| waiting.offer == Direction::InInvite;
        match self.calls.get(call) {
            Some(Call::Established(established)) => {
                if matches!(&established.exchange, Exchange::Unacknowledged(one) if is_implied(one))
                {
                    self.acknowledge(call, None, now);
                }
            }
            Some(Call::Leaving(leaving)) => {
                if matches!(&leaving.stage, Stage::AwaitingAck(one) if is_implied(one)) {
                    self.leave(call, now);
                }
            }
            Some(Call::Inviting(_) | Call::Invited(_)) | None => {}
        }
    }

    fn check_reinvite(&mut self, call: CallId, request: &Request) -> Result<(), Refusal> {
        match self.calls.get(call) {
            Some(Call::Established(established)) => match &established.exchange {
                Exchange::Idle => check_session(request),
                // "the UAS MUST return a 491" (RFC 3261 section 14.2).
                Exchange::Local { .. } => Err((StatusCode::REQUEST_PENDING, Vec::new())),
                Exchange::Unacknowledged(_) | Exchange::Remote { .. } => Err(self.later()),
            },
            Some(Call::Invited(_)) => Err(self.later()),
            // Our BYE is on its way.
            Some(Call::Leaving(_)) => Err((StatusCode::REQUEST_TERMINATED, Vec::new())),
            Some(Call::Inviting(_)) | None => {
                Err((StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST, Vec::new()))
            }
        }
    }

    /// Returns a 500 with "a randomly chosen value of between 0 and 10 seconds" (section 14.2).
    fn later(&mut self) -> Refusal {
        let header = (HeaderName::RETRY_AFTER, self.generator.below(11).to_string());
        (StatusCode::SERVER_INTERNAL_ERROR, vec![header])
    }

    fn handle_bye(&mut self, call: CallId, request: &Request, destination: Flow, now: Timestamp) {
        if matches!(self.calls.get(call), Some(Call::Established(_))) {
            self.imply_ack(call, now);
        }
        self.reply(request, destination, StatusCode::OK, &[], now);
        match self.calls.get(call) {
            // Both have said BYE at once: ours still wants its answer.
            Some(Call::Leaving(leaving)) if matches!(leaving.stage, Stage::ByeSent { .. }) => {
                return;
            }
            Some(
                Call::Leaving(_) | Call::Inviting(_) | Call::Invited(_) | Call::Established(_),
            )
            | None => {}
        }
        match self.calls.remove(call) {
            Some(Call::Established(established)) => {
                let tag = established.dialog.local_tag().to_owned();
                self.break_off(established.exchange, &tag, now);
                self.tell(Event::Ended { call, cause: EndCause::RemoteHungUp });
            }
            // A caller may end an early dialog by BYE (section 15).
            Some(Call::Invited(invited)) => {
                let tag = invited.dialog.local_tag().to_owned();
                self.terminate_invite(&invited.request, invited.transaction, &tag, now);
                self.tell(Event::Ended { call, cause: EndCause::RemoteHungUp });
            }
            Some(Call::Leaving(_) | Call::Inviting(_)) | None => {}
        }
    }
}
