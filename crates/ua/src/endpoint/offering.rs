//! Offers of ours in a call that stands: by re-INVITE (RFC 3261 section 14.1) or UPDATE (RFC 3311
//! section 5.1), one at a time, and made again when they have crossed one of the other side.

use bytes::Bytes;
use centrala_sip::{Method, Response, StatusCode};
use centrala_time::Timestamp;
use core::time::Duration;

use super::{Endpoint, Owner, calling::retry_after, conclude};
use crate::{
    CallId, Event, Flow,
    call::{Call, ChangeMethod, Exchange, LocalChange, Progress, WaitingOffer},
    compose::{SDP, sdp},
    dialog::Dialog,
    offer_answer::{Body, Side, Step, Vehicle},
    transaction::table::TransactionId,
    usage::{UpdateSupport, UsageId},
};

impl Endpoint {
    /// Offers another session description by re-INVITE: hold, another address.
    ///
    /// If something else is under way in this call, the offer waits for its end; a later offer
    /// replaces it. After a glare (491), and when the other side asks for patience (500 with
    /// Retry-After), it is made again by itself, unless the other side has made an offer meanwhile:
    /// then [`Event::OfferRejected`] tells that this one was dropped.
    pub fn reoffer(&mut self, call: CallId, offer: Bytes, now: Timestamp) {
        self.wait(call, offer, Vehicle::Invite, now);
    }

    /// Offers another session description by UPDATE, which the other side must answer at once:
    /// without asking anybody. Where it does not take UPDATE, this is [`reoffer`](Self::reoffer).
    pub fn update(&mut self, call: CallId, offer: Bytes, now: Timestamp) {
        self.wait(call, offer, Vehicle::Update, now);
    }

    /// Withdraws the offer that waits or is under way. A re-INVITE gets a CANCEL; whether that or the
    /// answer was faster is told as always, by [`Event::OfferRejected`] (487) or
    /// [`Event::OfferAnswered`].
    pub fn withdraw_offer(&mut self, call: CallId, now: Timestamp) {
        if let Some(established) = self.calls.established(call) {
            established.waiting = None;
            if let Exchange::Local(change) = &mut established.exchange
                && change.method == ChangeMethod::Invite
            {
                match change.progress {
                    Progress::Calling => change.progress = Progress::Abandoned,
                    Progress::Proceeding => self.cancel_reoffer(call, now),
                    Progress::Abandoned | Progress::Cancelled => {}
                }
            }
        }
        self.calls.touch(call);
        self.settle(now);
    }

    fn wait(&mut self, call: CallId, offer: Bytes, vehicle: Vehicle, now: Timestamp) {
        if let Some(established) = self.calls.established(call) {
            // After a refusal, a better offer has to wait as long as the one before.
            let old = established.waiting.take();
            let not_before = old.map_or(now, |old| old.not_before);
            let (refused, postponed) = (None, 0);
            let waiting = WaitingOffer { offer, vehicle, not_before, refused, postponed };
            established.waiting = Some(Box::new(waiting));
            self.resume(call, now);
        }
        self.settle(now);
    }

    /// Makes the offer that waits, if there is one and nothing is in its way.
    pub(super) fn resume(&mut self, call: CallId, now: Timestamp) {
        if let Some(established) = self.calls.established(call)
            && matches!(established.exchange, Exchange::Idle)
            && established.waiting.as_ref().is_some_and(|waiting| waiting.not_before <= now)
            && let Some(waiting) = established.waiting.take()
        {
            self.make_offer(call, *waiting, now);
        }
        self.calls.touch(call);
    }

    fn make_offer(&mut self, call: CallId, waiting: WaitingOffer, now: Timestamp) {
        let WaitingOffer { offer, vehicle, postponed, .. } = waiting;
        let Some(established) = self.calls.established(call) else { return };
        let fork = established.fork;
        // One UPDATE at a time (RFC 3311 section 5.1).
        let takes_update = established.usage.update_support == UpdateSupport::Stated
            && established.usage.refresh.is_none();
        let (method, name, step) = match vehicle {
            Vehicle::Update if takes_update => {
                // Timer F of its transaction ends it.
                let method = ChangeMethod::Update { until: now };
                (method, Method::Update, Step::Update(Body::Present))
            }
            Vehicle::Update | Vehicle::Invite | Vehicle::Success => {
                (ChangeMethod::Invite, Method::Invite, Step::Invite(Body::Present))
            }
        };
        let Ok(after) = established.usage.offer_answer.after(Side::Us, step) else { return };
        let (id, owner) = (UsageId { call, fork }, Owner::Change(call));
        let sent = self.request_in(id, name, owner, |builder| builder.body(SDP, offer), now);
        if let Some(pending) = sent
            && let Some(established) = self.calls.established(call)
        {
            established.usage.offer_answer = after;
            established.exchange = Exchange::Local(Box::new(LocalChange {
                request: pending.request,
                transaction: pending.transaction,
                method,
                progress: Progress::Calling,
                patient_until: None,
                postponed,
            }));
        }
    }

    fn cancel_reoffer(&mut self, call: CallId, now: Timestamp) {
        let Some(established) = self.calls.established(call) else { return };
        let Exchange::Local(change) = &mut established.exchange else { return };
        change.progress = Progress::Cancelled;
        change.patient_until = None;
        let id = change.transaction;
        let branch = change.request.via().ok();
        let branch = branch.and_then(|via| via.branch().map(str::to_owned));
        self.transactions.give_up(id, now);
        if let (Some(cancel), Some(branch)) = (self.transactions.cancel(id), branch) {
            self.transactions.request(cancel, None, &branch, Owner::Nobody, now);
        }
    }

    pub(super) fn handle_change_response(
        &mut self,
        call: CallId,
        id: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let status = response.status();
        let is_ours = matches!(self.calls.get(call), Some(Call::Established(established))
            if matches!(&established.exchange, Exchange::Local(change) if change.transaction == id));
        if status.is_provisional() {
            if is_ours {
                self.handle_change_progress(call, now);
            }
        } else if !is_ours {
            // The call has ended meanwhile, or the 2xx comes again: the other side wants its ACK.
            self.acknowledge_late(id, response, source);
        } else if status.is_success() {
            self.handle_change_success(call, id, response, source, now);
        } else {
            self.handle_change_failure(call, response, source, now);
        }
    }

    fn handle_change_progress(&mut self, call: CallId, now: Timestamp) {
        let Some(established) = self.calls.established(call) else { return };
        let Exchange::Local(change) = &mut established.exchange else { return };
        match change.progress {
            Progress::Calling => {
                change.progress = Progress::Proceeding;
                if change.method == ChangeMethod::Invite {
                    change.patient_until = Some(now + LONGEST_REOFFER);
                }
                self.calls.touch(call);
            }
            Progress::Abandoned => self.cancel_reoffer(call, now),
            Progress::Proceeding | Progress::Cancelled => {}
        }
    }

    /// Withdraws a re-INVITE that the other side does not come to an end with: others wait behind it.
    pub(super) fn lose_patience(&mut self, call: CallId, now: Timestamp) {
        if let Some(established) = self.calls.established(call)
            && let Exchange::Local(change) = &established.exchange
            && change.patient_until.is_some_and(|until| until <= now)
        {
            self.cancel_reoffer(call, now);
            self.calls.touch(call);
        }
    }

    fn handle_change_success(
        &mut self,
        call: CallId,
        id: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let Some(established) = self.calls.established(call) else { return };
        let exchange = core::mem::replace(&mut established.exchange, Exchange::Idle);
        let Exchange::Local(change) = exchange else { return };
        let usage = &mut established.usage;
        usage.dialog.refresh_target(response, source);
        usage.update_support = usage.update_support.heard(response);
        let answer = sdp(response, response.body()).unwrap_or_default();
        let body = Body::of(answer.as_ref());
        let (step, without) = match change.method {
            ChangeMethod::Invite => (Step::Success(body), Step::Failure),
            ChangeMethod::Update { .. } => (Step::UpdateSuccess(body), Step::UpdateFailure),
        };
        // Without an answer, the session stays as it was.
        let after = usage.offer_answer.after(Side::Them, step);
        let after = after.or_else(|_| usage.offer_answer.after(Side::Them, without));
        usage.offer_answer = after.unwrap_or(usage.offer_answer);
        if let Some(session) = &mut established.session {
            conclude(session, response, source, &mut self.statistics);
        }
        if change.method == ChangeMethod::Invite {
            let dialog = established.usage.dialog.clone();
            let sequence = change.request.cseq().map_or(0, |cseq| cseq.number());
            self.acknowledge_success(id, &dialog, sequence, Some(&change.request));
        }
        self.tell(Event::OfferAnswered { call, answer });
        self.resume(call, now);
    }

    fn acknowledge_late(&mut self, id: TransactionId, response: &Response, source: Flow) {
        let is_invite = response.cseq().is_ok_and(|cseq| *cseq.method() == Method::Invite);
        if !is_invite || !response.status().is_success() {
            return;
        }
        let tag = response.to().ok().and_then(|to| to.tag().map(str::to_owned)).unwrap_or_default();
        if self.transactions.repeat_ack(id, &tag) {
            return;
        }
        let Ok(to) = response.to() else { return };
        if let Some(dialog) = Dialog::calling(response, to.uri(), source) {
            let sequence = response.cseq().map_or(0, |cseq| cseq.number());
            self.acknowledge_success(id, &dialog, sequence, None);
        }
    }

    fn handle_change_failure(
        &mut self,
        call: CallId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let status = response.status();
        let Some(established) = self.calls.established(call) else { return };
        let exchange = core::mem::replace(&mut established.exchange, Exchange::Idle);
        let Exchange::Local(mut change) = exchange else { return };
        let fork = established.fork;
        if !change.progress.is_over() {
            let (id, owner) = (UsageId { call, fork }, Owner::Change(call));
            let challenge = (response, source);
            let again = self.request_again(id, change.request.clone(), owner, challenge, now);
            if let Some(pending) = again
                && let Some(established) = self.calls.established(call)
            {
                (change.request, change.transaction) = (pending.request, pending.transaction);
                change.progress = Progress::Calling;
                change.patient_until = None;
                established.exchange = Exchange::Local(change);
                return;
            }
        }
        let Some(established) = self.calls.established(call) else { return };
        let offer_answer = &mut established.usage.offer_answer;
        let step = match change.method {
            ChangeMethod::Invite => Step::Failure,
            ChangeMethod::Update { .. } => Step::UpdateFailure,
        };
        *offer_answer = offer_answer.after(Side::Them, step).unwrap_or(*offer_answer);
        if matches!(
            status,
            StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT
        ) {
            self.lose(call, now);
        } else if !self.postpone(call, &change, response, now) {
            self.tell(Event::OfferRejected { call, status, retry_after: retry_after(response) });
        }
        self.resume(call, now);
    }

    /// Lets an offer wait that came at a bad time. Returns whether that helps.
    fn postpone(
        &mut self,
        call: CallId,
        change: &LocalChange,
        response: &Response,
        now: Timestamp,
    ) -> bool {
        let delay = match response.status() {
            StatusCode::REQUEST_PENDING => Some(self.glare_delay(call)),
            StatusCode::SERVER_INTERNAL_ERROR => match retry_after(response) {
                Some(delay) => Some(delay).filter(|delay| *delay <= MAX_PATIENCE),
                // A later request has overtaken it (RFC 3261 section 12.2.2).
                None => self.is_overtaken(call, change).then_some(Duration::ZERO),
            },
            _ => None,
        };
        let Some(delay) = delay else { return false };
        let Some(established) = self.calls.established(call) else { return false };
        let not_before = now + delay;
        if let Some(newer) = &mut established.waiting {
            newer.not_before = not_before;
            return true;
        }
        if change.postponed >= MAX_POSTPONEMENTS || change.progress.is_over() {
            return false;
        }
        established.waiting = Some(Box::new(WaitingOffer {
            offer: change.request.body(),
            vehicle: match change.method {
                ChangeMethod::Invite => Vehicle::Invite,
                ChangeMethod::Update { .. } => Vehicle::Update,
            },
            not_before,
            refused: Some(response.status()),
            postponed: change.postponed + 1,
        }));
        true
    }

    /// Returns whether a request with a higher number was sent after an offer.
    fn is_overtaken(&mut self, call: CallId, change: &LocalChange) -> bool {
        let last = self.calls.established(call).map(|one| one.usage.dialog.local_sequence());
        last.zip(change.request.cseq().ok()).is_some_and(|(last, cseq)| last > cseq.number())
    }

    /// The other side makes an offer, while one of ours waits to be made again. After the answer to
    /// theirs ours may be out of date: that is for our user to say.
    pub(super) fn give_way(&mut self, call: CallId, now: Timestamp) {
        let Some(established) = self.calls.established(call) else { return };
        let Some(waiting) = &established.waiting else { return };
        let Some(status) = waiting.refused else { return };
        let retry_after = Some(waiting.not_before - now);
        established.waiting = None;
        self.tell(Event::OfferRejected { call, status, retry_after });
    }

    /// Draws how long to wait after a glare (RFC 3261 section 14.1): 2.1 to 4 s for the side that
    /// made the Call-ID, up to 2 s for the other, in units of 10 ms.
    fn glare_delay(&mut self, call: CallId) -> Duration {
        let established = self.calls.established(call);
        let is_caller = established.is_some_and(|one| one.usage.dialog.is_caller());
        let units =
            if is_caller { 210 + self.generator.below(191) } else { self.generator.below(201) };
        Duration::from_millis(10 * units)
    }
}

/// How long somebody may be asked whether a re-INVITE is welcome: as long as a proxy waits at least (timer C, RFC 3261
/// section 16.6).
const LONGEST_REOFFER: Duration = Duration::from_secs(180);

/// How often an offer is made again before our user is told.
const MAX_POSTPONEMENTS: u8 = 4;

/// A longer Retry-After is for our user to think about. RFC 3261 section 14.2 has 10 s at most.
const MAX_PATIENCE: Duration = Duration::from_secs(10);
