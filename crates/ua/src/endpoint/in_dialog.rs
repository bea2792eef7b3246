//! Requests inside of dialogs, in both directions.

use bytes::Bytes;
use centrala_sip::{HeaderName, Method, Request, RequestBuilder, Response, StatusCode};
use centrala_time::Timestamp;

use super::{
    Endpoint, Owner,
    admission::{Refusal, capabilities, check_request, check_session},
    leaving::is_challenge,
    sign,
};
use crate::{
    CallId, EndCause, Event, Flow,
    call::{Call, ChangeMethod, Exchange, RemoteChange, Stage},
    compose::{ALLOW, Composer, sdp},
    dialog::Dialog,
    generator::Generator,
    offer_answer::{Body, Misfit, OfferAnswer, Side, Step},
    usage::{Pending, UsageId},
};

impl Endpoint {
    /// Sends a request in one of a call's dialogs, as `finish` completes it.
    pub(super) fn request_in(
        &mut self,
        id: UsageId,
        method: Method,
        owner: Owner,
        finish: impl FnOnce(RequestBuilder) -> RequestBuilder,
        now: Timestamp,
    ) -> Option<Pending> {
        let refreshes = matches!(method, Method::Invite | Method::Update);
        let (usage, session) = self.calls.usage_mut(id)?;
        let (composer, dialog) = (&self.composer, &mut usage.dialog);
        let begun = begin(composer, &mut self.generator, dialog, method);
        let built = begun.and_then(|(mut builder, branch)| {
            if refreshes {
                let contact = composer.contact(dialog.local_user(), dialog.flow())?;
                builder = builder.contact(&contact).header(&HeaderName::ALLOW, ALLOW);
            }
            let mut request = composer.sign_off(finish(builder)).build().ok()?;
            sign(&mut request, session, dialog.flow()).then_some((request, branch))
        });
        let flow = dialog.flow();
        let Some((request, branch)) = built else {
            self.statistics.unsendable += 1;
            return None;
        };
        let transaction = self.request(request.clone(), &branch, flow, owner, now);
        Some(Pending { transaction, request })
    }

    /// Begins a request of ours in a dialog: see [`begin`].
    pub(super) fn in_dialog_request(
        &mut self,
        method: Method,
        dialog: &mut Dialog,
    ) -> Option<(RequestBuilder, String)> {
        begin(&self.composer, &mut self.generator, dialog, method)
    }

    /// Sends a request again that was challenged, if we have an answer to that. It has the next
    /// number: ours never repeat.
    pub(super) fn request_again(
        &mut self,
        id: UsageId,
        mut request: Request,
        owner: Owner,
        (response, source): (&Response, Flow),
        now: Timestamp,
    ) -> Option<Pending> {
        if !is_challenge(response) {
            return None;
        }
        let mut session = self.calls.get_mut(id.call)?.session_mut()?.take()?;
        let is_answered = session.handle_challenge(response, source.remote().ip());
        let branch = is_answered.then(|| {
            let (usage, _) = self.calls.usage_mut(id)?;
            let (sequence, flow) = (usage.dialog.next_sequence()?, usage.dialog.flow());
            Some((self.renew(&mut request, sequence, flow, &mut session)?, flow))
        });
        if let Some(place) = self.calls.get_mut(id.call).and_then(Call::session_mut) {
            *place = Some(session);
        }
        let (branch, flow) = branch.flatten()?;
        let transaction = self.request(request.clone(), &branch, flow, owner, now);
        Some(Pending { transaction, request })
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
        let Some((id, dialog)) = found.and_then(|call| {
            let (fork, dialog) = self.calls.get_mut(call)?.dialog_of(&request)?;
            Some((UsageId { call, fork }, dialog))
        }) else {
            let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
            self.refuse(&request, destination, status, &[]);
            return;
        };
        let sequence = request.cseq().map_or(0, |cseq| cseq.number());
        if !dialog.admit(sequence) {
            // "out of order": a later request came before.
            self.reply(&request, destination, StatusCode::SERVER_INTERNAL_ERROR, &[], now);
        } else if let Err((status, headers)) = check_request(&request) {
            self.reply(&request, destination, status, &headers, now);
        } else if matches!(request.method(), Method::Invite | Method::Update) {
            self.handle_change(id, request, source, destination, now);
        } else if *request.method() == Method::Bye {
            self.handle_bye(id, &request, destination, now);
        } else if *request.method() == Method::Info {
            self.handle_info(id, &request, destination, now);
        } else if *request.method() == Method::Options {
            self.reply(&request, destination, StatusCode::OK, &capabilities(), now);
        } else {
            self.refuse_method(&request, destination, now);
        }
    }

    /// A re-INVITE, or an UPDATE (RFC 3311 section 5.2).
    fn handle_change(
        &mut self,
        id: UsageId,
        request: Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        if *request.method() == Method::Invite || !request.body().is_empty() {
            self.imply_ack(id.call, now);
        }
        match self.check_change(id, &request) {
            Err((status, headers)) => self.reply(&request, destination, status, &headers, now),
            Ok((_, None)) if *request.method() == Method::Update => {
                self.accept_refresh(id, &request, source, destination, now);
            }
            Ok((after, offer)) => {
                self.accept_change(id, request, (after, offer), (source, destination), now);
            }
        }
    }

    /// Returns what is outstanding after a re-INVITE or an UPDATE, and its offer.
    fn check_change(
        &mut self,
        id: UsageId,
        request: &Request,
    ) -> Result<(OfferAnswer, Option<Bytes>), Refusal> {
        check_session(request)?;
        let offer = sdp(request, request.body()).unwrap_or_default();
        let body = Body::of(offer.as_ref());
        let is_invite = *request.method() == Method::Invite;
        let step = if is_invite { Step::Invite(body) } else { Step::Update(body) };
        let Some((usage, _)) = self.calls.usage_mut(id) else {
            // Our BYE is on its way, or it is an early dialog that did not become the call.
            return Err((StatusCode::REQUEST_TERMINATED, Vec::new()));
        };
        let checked = usage.offer_answer.after(Side::Them, step);
        // "A UAS that receives an UPDATE before it has generated a final response to a previous
        // UPDATE": even one without an offer.
        let is_behind_update = !is_invite
            && matches!(self.calls.get(id.call), Some(Call::Established(call))
                if matches!(&call.exchange, Exchange::Remote(change) if change.method != ChangeMethod::Invite));
        let misfit = match checked {
            Ok(_) if is_behind_update => Misfit::TooSoon,
            Ok(after) => return Ok((after, offer)),
            Err(misfit) => misfit,
        };
        match misfit {
            Misfit::TooSoon => Err(self.later()),
            Misfit::Glare | Misfit::Empty | Misfit::Unexpected => {
                Err((misfit.status(), Vec::new()))
            }
        }
    }

    /// Returns a 500 with "a randomly chosen value of between 0 and 10 seconds" (RFC 3261 section
    /// 14.2, RFC 3311 section 5.2).
    fn later(&mut self) -> Refusal {
        let header = (HeaderName::RETRY_AFTER, self.generator.below(11).to_string());
        (Misfit::TooSoon.status(), vec![header])
    }

    /// Asks our user.
    fn accept_change(
        &mut self,
        id: UsageId,
        request: Request,
        (after, offer): (OfferAnswer, Option<Bytes>),
        (source, destination): (Flow, Flow),
        now: Timestamp,
    ) {
        let call = id.call;
        let owner = Owner::Change(call);
        let Some(transaction) = self.transactions.accept(&request, destination, owner) else {
            return;
        };
        let method = if *request.method() == Method::Invite {
            let trying = self.composer.reply(&request, StatusCode::TRYING);
            self.respond(transaction, StatusCode::TRYING, trying, now);
            ChangeMethod::Invite
        } else {
            ChangeMethod::Update { until: now + self.config.timers.t2 }
        };
        self.give_way(call, now);
        if let Some(established) = self.calls.established(call) {
            let support = established.usage.update_support.heard(&request);
            established.usage.update_support = support;
            established.usage.offer_answer = after;
            let change = RemoteChange { request, transaction, method, source };
            established.exchange = Exchange::Remote(Box::new(change));
            self.tell(Event::Offered { call, offer });
        }
        self.calls.touch(call);
    }

    /// A new INVITE or offer of the other side shows that it has our 2xx, even if its ACK was lost, as
    /// it could not have made it otherwise. Other requests may be of the early dialog. Only an answer in
    /// the ACK is worth waiting for.
    pub(super) fn imply_ack(&mut self, call: CallId, now: Timestamp) {
        match self.calls.get(call) {
            Some(Call::Established(established)) => {
                if matches!(established.exchange, Exchange::Unacknowledged(_))
                    && !established.usage.offer_answer.awaits_ack()
                {
                    self.acknowledge(call, None, now);
                }
            }
            Some(Call::Leaving(leaving)) => {
                if matches!(leaving.stage, Stage::AwaitingAck(_)) {
                    self.leave(call, now);
                }
            }
            Some(Call::Inviting(_) | Call::Invited(_)) | None => {}
        }
    }

    fn handle_bye(&mut self, id: UsageId, request: &Request, destination: Flow, now: Timestamp) {
        let call = id.call;
        self.reply(request, destination, StatusCode::OK, &[], now);
        match self.calls.get(call) {
            Some(Call::Inviting(_)) => {
                self.lose_fork(id, now);
                return;
            }
            // An early dialog that did not become the call.
            Some(Call::Established(established)) if established.fork != id.fork => return,
            // Both have said BYE at once: ours still wants its answer.
            Some(Call::Leaving(leaving)) if matches!(leaving.stage, Stage::ByeSent { .. }) => {
                return;
            }
            Some(Call::Leaving(_) | Call::Invited(_) | Call::Established(_)) | None => {}
        }
        match self.calls.remove(call) {
            Some(Call::Established(established)) => {
                let tag = established.usage.dialog.local_tag().to_owned();
                self.break_off(established.exchange, &tag, now);
                self.tell(Event::Ended { call, cause: EndCause::RemoteHungUp });
            }
            // A caller may end an early dialog by BYE (section 15).
            Some(Call::Invited(invited)) => {
                let tag = invited.usage.dialog.local_tag().to_owned();
                self.terminate_invite(&invited.request, invited.transaction, &tag, now);
                self.tell(Event::Ended { call, cause: EndCause::RemoteHungUp });
            }
            Some(Call::Leaving(_) | Call::Inviting(_)) | None => {}
        }
    }
}

/// Begins a request of ours with the next number. Returns it with its branch; when it is complete it is
/// to be signed.
pub(super) fn begin(
    composer: &Composer,
    generator: &mut Generator,
    dialog: &mut Dialog,
    method: Method,
) -> Option<(RequestBuilder, String)> {
    let branch = generator.branch();
    let via = composer.via(&branch, dialog.flow())?;
    let sequence = dialog.next_sequence()?;
    Some((dialog.request(method, sequence, &via), branch))
}
