//! Keys by INFO, in both directions.

use centrala_keys::Key;
use centrala_sip::{Dtmf, DtmfSignal, HeaderName, Method, Request, Response, StatusCode};
use centrala_time::Timestamp;
use core::time::Duration;

use super::{Endpoint, Owner, conclude};
use crate::{
    CallId, Event, Flow, ForkId,
    call::Call,
    transaction::table::TransactionId,
    usage::{Fork, Pending, UsageId},
};

/// Keys that wait to be sent; more than anybody dials ahead.
const MAX_QUEUED_KEYS: usize = 64;

/// How often a key is told again that came too late: one that the other side does not want is given up.
const MAX_OVERTAKEN: u8 = 10;

/// The media type of the form with a duration, which we send.
const RELAY: &str = "application/dtmf-relay";
/// The media types that we read.
const ACCEPTED: &str = "application/dtmf-relay, application/dtmf";

impl Endpoint {
    /// Tells the other side a key by INFO (`application/dtmf-relay`). Keys arrive in the order of
    /// the calls: each waits until the one before was answered. Before the answer of a call of ours
    /// it goes to the fork that was heard last.
    pub fn send_key(&mut self, call: CallId, key: Key, duration: Duration, now: Timestamp) {
        if let Some(fork) = self.heard_fork(call) {
            let id = UsageId { call, fork };
            if let Some((usage, _)) = self.calls.usage_mut(id)
                && usage.queued_keys.len() < MAX_QUEUED_KEYS
            {
                usage.queued_keys.push_back((key, duration));
                self.send_next_key(id, now);
            }
        }
        self.settle(now);
    }

    /// Returns the dialog that our user hears, if requests can be made in it.
    fn heard_fork(&self, call: CallId) -> Option<ForkId> {
        match self.calls.get(call)? {
            Call::Inviting(inviting) if !inviting.progress.is_over() => {
                let alive = || inviting.forks.iter().rev().filter(|fork| fork.is_alive());
                let heard = alive().find(|fork| fork.preview.is_some()).or_else(|| alive().next());
                heard.map(|fork: &Fork| fork.id)
            }
            Call::Invited(invited) => invited.provisional.as_ref().map(|_| ForkId(0)),
            Call::Established(established) => Some(established.fork),
            Call::Inviting(_) | Call::Leaving(_) => None,
        }
    }

    pub(super) fn send_next_key(&mut self, id: UsageId, now: Timestamp) {
        let Some((usage, _)) = self.calls.usage_mut(id) else { return };
        if usage.info.is_some() {
            return;
        }
        let Some((key, duration)) = usage.queued_keys.pop_front() else { return };
        usage.overtaken = 0;
        let Some(signal) = DtmfSignal::from_event(key.event()) else { return };
        let body = Dtmf::new(signal, duration).to_relay();
        let owner = Owner::Info(id);
        let sent = self.request_in(id, Method::Info, owner, |info| info.body(RELAY, body), now);
        if let Some((usage, _)) = self.calls.usage_mut(id) {
            usage.info = sent.map(Box::new);
        }
    }

    pub(super) fn handle_info_response(
        &mut self,
        id: UsageId,
        transaction: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let Some((usage, session)) = self.calls.usage_mut(id) else { return };
        let is_ours = usage.info.as_ref().is_some_and(|info| info.transaction == transaction);
        if !is_ours || response.status().is_provisional() {
            return;
        }
        let Some(pending) = usage.info.take() else { return };
        if let Some(session) = session.filter(|_| response.status().is_success()) {
            conclude(session, response, source, &mut self.statistics);
        }
        let owner = Owner::Info(id);
        let again = if response.status() == StatusCode::SERVER_INTERNAL_ERROR {
            self.tell_again(id, &pending.request, now)
        } else {
            self.request_again(id, pending.request, owner, (response, source), now)
        };
        if let Some((usage, _)) = self.calls.usage_mut(id) {
            usage.info = again.map(Box::new);
        }
        match response.status() {
            StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT => {
                self.lose_dialog(id, now);
            }
            _ => self.send_next_key(id, now),
        }
    }

    /// A later request of ours has overtaken a key, which the other side has refused for that (RFC 3261
    /// section 12.2.2): it is told again with a higher number.
    fn tell_again(&mut self, id: UsageId, request: &Request, now: Timestamp) -> Option<Pending> {
        let (usage, _) = self.calls.usage_mut(id)?;
        if usage.overtaken >= MAX_OVERTAKEN {
            return None;
        }
        usage.overtaken += 1;
        let body = request.body();
        self.request_in(id, Method::Info, Owner::Info(id), |info| info.body(RELAY, body), now)
    }

    /// An INFO of the other side (RFC 6086). One without a body only asks whether we are there.
    pub(super) fn handle_info(
        &mut self,
        id: UsageId,
        request: &Request,
        destination: Flow,
        now: Timestamp,
    ) {
        let body = request.body();
        let kind = request.content_type().ok();
        let is = |subtype| kind.as_ref().is_some_and(|kind| kind.is("application", subtype));
        if body.is_empty() {
            self.reply(request, destination, StatusCode::OK, &[], now);
            return;
        }
        if !is("dtmf-relay") && !is("dtmf") {
            let accept = (HeaderName::ACCEPT, ACCEPTED.to_owned());
            self.reply(request, destination, StatusCode::UNSUPPORTED_MEDIA_TYPE, &[accept], now);
            return;
        }
        let Ok(pressed) = Dtmf::parse(&body) else {
            self.reply(request, destination, StatusCode::BAD_REQUEST, &[], now);
            return;
        };
        self.reply(request, destination, StatusCode::OK, &[], now);
        // A flash is understood, and no key.
        let key = Key::from_event(pressed.signal().event());
        if let Some(key) = key.filter(|_| self.is_known(id)) {
            self.tell(Event::Key { call: id.call, key, duration: pressed.duration() });
        }
    }

    /// Returns whether our user knows of a dialog: not after he has ended the call, nor if another
    /// fork has become it.
    fn is_known(&mut self, id: UsageId) -> bool {
        let is_over = self.calls.inviting(id.call).is_some_and(|one| one.progress.is_over());
        !is_over && self.calls.usage_mut(id).is_some()
    }
}
