//! The early dialogs of an INVITE of ours, and which of them becomes the call (RFC 3261 sections
//! 12.1.2 and 13.2.2).

use bytes::Bytes;
use centrala_sip::{HeaderName, Method, Request, Response, StatusCode, Uri};
use centrala_time::Timestamp;

use super::{Endpoint, Owner, conclude, in_dialog::begin, sign};
use crate::{
    CallId, EndCause, Event, Flow, ForkId,
    call::{Call, Established, Exchange, Inviting, Losers, Progress},
    compose::sdp,
    dialog::Dialog,
    offer_answer::{Body, Misfit, Side, Step},
    transaction::table::TransactionId,
    usage::{Fork, ForkStage, Usage, UsageId},
};

impl Endpoint {
    /// Ends one early dialog of a forked call by BYE, and leaves the others alone (RFC 3261 section
    /// 15). If it is answered all the same, the call ends.
    pub fn end_fork(&mut self, call: CallId, fork: ForkId, now: Timestamp) {
        let id = UsageId { call, fork };
        let is_early =
            self.calls.inviting(call).is_some_and(|inviting| !inviting.progress.is_over());
        if is_early && self.calls.usage_mut(id).is_some() {
            self.request_in(id, Method::Bye, Owner::Nobody, |bye| bye, now);
            self.mark_ended(id);
        }
        self.settle(now);
    }

    pub(super) fn handle_progress(
        &mut self,
        call: CallId,
        id: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let Some(inviting) = self.calls.inviting(call) else { return };
        if inviting.transaction != id {
            return;
        }
        match inviting.progress {
            Progress::Calling => inviting.progress = Progress::Proceeding,
            Progress::Proceeding => {}
            Progress::Abandoned => {
                self.send_cancel(call, now);
                return;
            }
            Progress::Cancelled => return,
        }
        if response.status() != StatusCode::TRYING {
            self.handle_early(call, response, source);
        }
    }

    /// A provisional response above 100: it makes an early dialog, or is of one.
    fn handle_early(&mut self, call: CallId, response: &Response, source: Flow) {
        let limit = self.config.limits.forks;
        let Some(inviting) = self.calls.inviting(call) else { return };
        let tag = remote_tag(response);
        if inviting.fork_of_tag(&tag).is_none() {
            let dialog = Dialog::calling(response, inviting.request.uri(), source);
            let Some(dialog) = dialog.filter(|_| inviting.forks.len() < limit) else {
                self.statistics.strays += 1;
                return;
            };
            let usage = Usage::new(dialog, inviting.offer_answer, response);
            let (id, preview, stage) = (inviting.new_fork_id(), None, ForkStage::Alive);
            inviting.forks.push(Fork { id, usage, preview, stage });
        }
        let offer_answer = inviting.offer_answer;
        let Some(fork) = inviting.fork_of_tag(&tag).filter(|fork| fork.is_alive()) else { return };
        fork.usage.update_support = fork.usage.update_support.heard(response);
        let body = sdp(response, response.body()).unwrap_or_default();
        let step = Step::Provisional(Body::of(body.as_ref()));
        let answer = body.filter(|_| offer_answer.after(Side::Them, step).is_ok());
        if let Some(answer) = answer.as_ref().filter(|answer| answer.len() <= MAX_PREVIEW) {
            fork.preview = Some(Bytes::copy_from_slice(answer));
        }
        let (fork, status) = (fork.id, response.status());
        inviting.alone_until = None;
        self.calls.touch(call);
        self.tell(Event::Ringing { call, fork, status, answer });
    }

    /// A 2xx: the first makes the call, unless it was given up; others are surplus forks.
    pub(super) fn handle_success(
        &mut self,
        call: CallId,
        id: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let tag = remote_tag(response);
        if self.transactions.repeat_ack(id, &tag) {
            return;
        }
        let is_first = self.calls.inviting(call).is_some_and(|one| one.transaction == id);
        if is_first && let Some(Call::Inviting(inviting)) = self.calls.remove(call) {
            self.handle_first_success(call, *inviting, response, source, now);
        } else if self.transactions.acknowledged(id) < self.config.limits.forks {
            self.dismiss(call, id, response, source, now);
        }
    }

    fn handle_first_success(
        &mut self,
        call: CallId,
        mut inviting: Inviting,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let id = inviting.transaction;
        let sequence = inviting.request.cseq().map_or(1, |cseq| cseq.number());
        let known = take_fork(&mut inviting.forks, &remote_tag(response));
        let is_ended = known.as_ref().is_some_and(|fork| !fork.is_alive());
        let answer = answer_of(&inviting, known.as_ref(), response);
        let (Some(answer), false, false) = (answer, inviting.progress.is_over(), is_ended) else {
            if !inviting.progress.is_over() {
                let cause = if is_ended { EndCause::HungUp } else { EndCause::Unusable };
                self.tell(Event::Ended { call, cause });
            }
            let (known, called) = (known.map(|fork| fork.usage.dialog), inviting.request.uri());
            let Some(dialog) = confirmed(known, called, response, source) else { return };
            self.acknowledge_success(id, &dialog, sequence, Some(&inviting.request));
            self.say_bye(call, dialog, inviting.session, now);
            return;
        };
        let Some((fork, usage)) = win(&mut inviting, known, response, source) else {
            self.tell(Event::Ended { call, cause: EndCause::Unusable });
            return;
        };
        self.acknowledge_success(id, &usage.dialog, sequence, Some(&inviting.request));
        self.tell(Event::Answered { call, fork, answer: Some(answer) });
        let mut session = inviting.session;
        if let Some(session) = &mut session {
            conclude(session, response, source, &mut self.statistics);
        }
        let tag = usage.dialog.local_tag().to_owned();
        let mut established = Established::new(usage, fork, session, Exchange::Idle);
        if !inviting.forks.is_empty() {
            let until = now + self.config.timers.transaction_timeout();
            established.losers = Some(Box::new(Losers { forks: inviting.forks, until }));
        }
        self.calls.insert(call, &tag, Call::Established(Box::new(established)));
    }

    /// Ends a dialog that nobody wants, as another fork was faster: ACK, then BYE (RFC 3261 section
    /// 13.2.2.4).
    fn dismiss(
        &mut self,
        call: CallId,
        id: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let established = self.calls.established(call);
        let is_gone = established.is_none();
        let losers = established.and_then(|one| one.losers.as_mut());
        let known = losers.and_then(|one| take_fork(&mut one.forks, &remote_tag(response)));
        let Ok(to) = response.to() else { return };
        let known = known.map(|fork| fork.usage.dialog);
        let Some(mut dialog) = confirmed(known, to.uri(), response, source) else { return };
        if is_gone {
            dialog.skip_numbers();
        }
        let sequence = response.cseq().map_or(1, |cseq| cseq.number());
        self.acknowledge_success(id, &dialog, sequence, None);
        let begun = begin(&self.composer, &mut self.generator, &mut dialog, Method::Bye);
        let session = self.calls.established(call).and_then(|one| one.session.as_deref_mut());
        let built = begun.and_then(|(builder, branch)| {
            let mut bye = self.composer.sign_off(builder).build().ok()?;
            sign(&mut bye, session, dialog.flow()).then_some((bye, branch))
        });
        match built {
            Some((bye, branch)) => {
                self.request(bye, &branch, dialog.flow(), Owner::Nobody, now);
            }
            None => self.statistics.unsendable += 1,
        }
    }

    /// Sends the ACK for a 2xx, and keeps it to send it again (RFC 3261 section 13.2.2.4). It has
    /// the number of the INVITE and its credentials.
    pub(super) fn acknowledge_success(
        &mut self,
        id: TransactionId,
        dialog: &Dialog,
        sequence: u32,
        invite: Option<&Request>,
    ) {
        let branch = self.generator.branch();
        let Some(via) = self.composer.via(&branch, dialog.flow()) else { return };
        let mut builder = dialog.request(Method::Ack, sequence, &via);
        for name in [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION] {
            for header in invite.into_iter().flat_map(|invite| invite.all(&name)) {
                builder = builder.header(&name, header.value());
            }
        }
        match self.composer.sign_off(builder).build() {
            Ok(ack) => {
                let (destination, datagram) = (dialog.flow(), ack.to_bytes());
                self.send(destination, datagram.clone());
                let tag = dialog.remote_tag().to_owned();
                self.transactions.keep_ack(id, tag, datagram, destination);
            }
            Err(_) => self.statistics.unsendable += 1,
        }
    }

    /// The other side of an early dialog has said BYE. A callee must not do that before the answer, so its 2xx was lost
    /// for good: with the last of the forks the call ends, as otherwise nobody would end it.
    pub(super) fn lose_fork(&mut self, id: UsageId, now: Timestamp) {
        let UsageId { call, fork } = id;
        match self.close_fork(id) {
            Some(Rest::Others) => self.tell(Event::ForkEnded { call, fork }),
            Some(Rest::Nobody) => {
                self.send_cancel(call, now);
                self.tell(Event::Ended { call, cause: EndCause::RemoteHungUp });
            }
            None => {}
        }
    }

    /// The other side of an early dialog does not know it, or does not answer in it. It has probably refused the call;
    /// what came of that, or another fork whose provisional responses were lost, is waited for.
    pub(super) fn miss_fork(&mut self, id: UsageId, now: Timestamp) {
        let UsageId { call, fork } = id;
        let Some(rest) = self.close_fork(id) else { return };
        if let (Rest::Nobody, Some(inviting)) = (rest, self.calls.inviting(call)) {
            inviting.alone_until = Some(now + self.config.timers.transaction_timeout());
            self.calls.touch(call);
        }
        self.tell(Event::ForkEnded { call, fork });
    }

    /// Nobody is known to ring, and for long enough nobody was heard.
    pub(super) fn stop_waiting(&mut self, call: CallId, now: Timestamp) {
        let Some(inviting) = self.calls.inviting(call) else { return };
        let is_due = inviting.alone_until.take_if(|until| *until <= now).is_some();
        let is_over = inviting.progress.is_over();
        self.calls.touch(call);
        if is_due && !is_over {
            self.send_cancel(call, now);
            self.tell(Event::Ended { call, cause: EndCause::Lost });
        }
    }

    /// Marks an early dialog as over, and returns who is left; `None` if that does not matter any more.
    fn close_fork(&mut self, id: UsageId) -> Option<Rest> {
        let is_over = self.calls.inviting(id.call)?.progress.is_over();
        self.calls.usage_mut(id)?;
        self.mark_ended(id);
        if is_over {
            return None;
        }
        let others = self.calls.inviting(id.call)?.forks.iter().any(Fork::is_alive);
        Some(if others { Rest::Others } else { Rest::Nobody })
    }

    fn mark_ended(&mut self, id: UsageId) {
        let Some(inviting) = self.calls.inviting(id.call) else { return };
        for fork in inviting.forks.iter_mut().filter(|fork| fork.id == id.fork) {
            fork.stage = ForkStage::Ended;
        }
    }

    /// The time of the early dialogs that did not win is over.
    pub(super) fn forget_losers(&mut self, call: CallId, now: Timestamp) {
        if let Some(established) = self.calls.established(call)
            && established.losers.as_ref().is_some_and(|losers| losers.until <= now)
        {
            established.losers = None;
        }
    }
}

/// Who rings when a fork has ended, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Others,
    Nobody,
}

/// Returns the To tag of a response; elements of RFC 2543 have none.
fn remote_tag(response: &Response) -> String {
    response.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default()
}

fn take_fork(forks: &mut Vec<Fork>, tag: &str) -> Option<Fork> {
    let position = forks.iter().position(|fork| fork.usage.dialog.remote_tag() == tag)?;
    Some(forks.remove(position))
}

/// Returns the answer to the offer of our INVITE: in the 2xx, or else in a provisional response of
/// the same fork, as gateways do that take it for sent.
fn answer_of(inviting: &Inviting, known: Option<&Fork>, response: &Response) -> Option<Bytes> {
    let body = sdp(response, response.body()).unwrap_or_default();
    let step = Step::Success(Body::of(body.as_ref()));
    match inviting.offer_answer.after(Side::Them, step) {
        Ok(_) => body,
        Err(Misfit::Empty) => known?.preview.clone(),
        Err(Misfit::Glare | Misfit::TooSoon | Misfit::Unexpected) => None,
    }
}

/// Returns the confirmed dialog of the fork that has answered; `None` if none can be made.
fn win(
    inviting: &mut Inviting,
    known: Option<Fork>,
    response: &Response,
    source: Flow,
) -> Option<(ForkId, Usage)> {
    let step = Step::Success(Body::Present);
    let offer_answer = inviting.offer_answer.after(Side::Them, step).ok()?;
    let (id, mut usage) = match known {
        Some(mut fork) => {
            fork.usage.dialog.confirm(response, source).then_some(())?;
            (fork.id, fork.usage)
        }
        None => {
            let dialog = Dialog::calling(response, inviting.request.uri(), source)?;
            (inviting.new_fork_id(), Usage::new(dialog, offer_answer, response))
        }
    };
    usage.offer_answer = offer_answer;
    usage.update_support = usage.update_support.heard(response);
    Some((id, usage))
}

/// Returns the dialog of a 2xx that nobody wants. `known` is its early dialog, in which numbers were used
/// up.
fn confirmed(
    known: Option<Dialog>,
    called: &Uri,
    response: &Response,
    source: Flow,
) -> Option<Dialog> {
    match known {
        Some(mut dialog) => dialog.confirm(response, source).then_some(dialog),
        None => Dialog::calling(response, called, source),
    }
}

/// A longer preview is not kept: many forks may show one each.
const MAX_PREVIEW: usize = 8_192;
