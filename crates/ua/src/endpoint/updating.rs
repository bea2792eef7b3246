//! UPDATE without an offer, in both directions: it only renews the targets (RFC 3311).

use centrala_sip::{HeaderName, Method, Request, Response, StatusCode};
use centrala_time::Timestamp;

use super::{Endpoint, Owner, answering::dialog_response, conclude};
use crate::{
    CallId, Event, Flow,
    call::{Call, Exchange},
    compose::ALLOW,
    transaction::table::TransactionId,
    usage::{UpdateSupport, Usage, UsageId},
};

impl Endpoint {
    /// Tells our Contact anew, and asks whether the other side is still there, by an UPDATE without
    /// an offer: in the dialog of the call, or in each early dialog. Nothing is sent where the other
    /// side does not take UPDATE, or while an earlier one is under way.
    ///
    /// If nobody answers, or nobody knows the call any more, it ends ([`EndCause::Lost`](crate::EndCause::Lost)); a call of ours that is not
    /// answered yet only after 64 × T1, in which it may turn out that somebody else rings.
    pub fn refresh(&mut self, call: CallId, now: Timestamp) {
        let forks: Vec<_> = match self.calls.get(call) {
            Some(Call::Inviting(inviting)) if !inviting.progress.is_over() => {
                inviting.forks.iter().filter(|fork| fork.is_alive()).map(|fork| fork.id).collect()
            }
            // The caller knows no dialog before our first provisional response.
            Some(Call::Invited(invited)) if invited.provisional.is_some() => {
                vec![crate::ForkId(0)]
            }
            // One UPDATE at a time, with an offer or without.
            Some(Call::Established(established))
                if !matches!(established.exchange, Exchange::Local(_)) =>
            {
                vec![established.fork]
            }
            Some(
                Call::Inviting(_) | Call::Invited(_) | Call::Established(_) | Call::Leaving(_),
            )
            | None => Vec::new(),
        };
        for fork in forks {
            self.refresh_one(UsageId { call, fork }, now);
        }
        self.settle(now);
    }

    fn refresh_one(&mut self, id: UsageId, now: Timestamp) {
        let may = |usage: &Usage| {
            usage.update_support == UpdateSupport::Stated && usage.refresh.is_none()
        };
        if !self.calls.usage_mut(id).is_some_and(|(usage, _)| may(usage)) {
            return;
        }
        let owner = Owner::Refresh(id);
        let sent = self.request_in(id, Method::Update, owner, |update| update, now);
        if let Some((usage, _)) = self.calls.usage_mut(id) {
            usage.refresh = sent.map(Box::new);
        }
    }

    pub(super) fn handle_refresh_response(
        &mut self,
        id: UsageId,
        transaction: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let status = response.status();
        let Some((usage, session)) = self.calls.usage_mut(id) else { return };
        let is_ours = usage.refresh.as_ref().is_some_and(|one| one.transaction == transaction);
        if !is_ours || status.is_provisional() {
            return;
        }
        let Some(pending) = usage.refresh.take() else { return };
        if status.is_success() {
            usage.dialog.refresh_target(response, source);
            usage.update_support = usage.update_support.heard(response);
            if let Some(session) = session {
                conclude(session, response, source, &mut self.statistics);
            }
            return;
        }
        let owner = Owner::Refresh(id);
        let again = self.request_again(id, pending.request, owner, (response, source), now);
        if let Some((usage, _)) = self.calls.usage_mut(id) {
            usage.refresh = again.map(Box::new);
        }
        if matches!(
            status,
            StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT
        ) {
            self.lose_dialog(id, now);
        }
    }

    /// The other side does not know a dialog, or does not answer in it (RFC 3261 section 12.2.1.2).
    pub(super) fn lose_dialog(&mut self, id: UsageId, now: Timestamp) {
        match self.calls.get(id.call) {
            Some(Call::Inviting(_)) => self.miss_fork(id, now),
            Some(Call::Established(established))
                if established.fork == id.fork
                    && !matches!(established.exchange, Exchange::Unacknowledged(_)) =>
            {
                self.lose(id.call, now);
            }
            // A caller who knows no early dialog may still wait for the answer to his INVITE. Until its ACK has
            // come, the 2xx shows whether he is there.
            Some(Call::Invited(_) | Call::Established(_) | Call::Leaving(_)) | None => {}
        }
    }

    /// An UPDATE of the other side without an offer.
    pub(super) fn accept_refresh(
        &mut self,
        id: UsageId,
        request: &Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        let Some(transaction) = self.transactions.accept(request, destination, Owner::Nobody)
        else {
            return;
        };
        let Some((usage, _)) = self.calls.usage_mut(id) else { return };
        usage.dialog.refresh_target(request, source);
        usage.update_support = usage.update_support.heard(request);
        let builder = dialog_response(&self.composer, request, &usage.dialog, StatusCode::OK);
        match builder {
            Some(builder) => {
                let builder = builder.header(&HeaderName::ALLOW, ALLOW);
                self.respond(transaction, StatusCode::OK, builder, now);
            }
            None => self.statistics.unsendable += 1,
        }
    }

    /// Our user has not answered an offer in an UPDATE, which must be answered at once: "504 … if
    /// the UAS needs to prompt the user" (RFC 3311 section 5.2).
    pub(super) fn expire_update(&mut self, call: CallId, now: Timestamp) {
        let Some(established) = self.calls.established(call) else { return };
        let Exchange::Remote(change) = &established.exchange else { return };
        if !change.is_due(now) {
            return;
        }
        self.tell(Event::OfferWithdrawn { call });
        self.refuse_change(call, &crate::Rejection::new(StatusCode::SERVER_TIMEOUT), now);
    }
}
