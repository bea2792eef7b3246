//! Keys by INFO, in both directions.

use centrala_keys::Key;
use centrala_sip::{HeaderName, Method, Request, Response, StatusCode};
use centrala_time::Timestamp;
use core::time::Duration;

use super::{Endpoint, Owner, leaving::is_challenge, sign};
use crate::{CallId, Event, Flow, call::Call, dtmf_relay, transaction::table::TransactionId};

/// Keys that wait to be sent; more than anybody dials ahead.
const MAX_QUEUED_KEYS: usize = 64;

impl Endpoint {
    /// Tells the other side a key by INFO (`application/dtmf-relay`). Keys arrive in the order of
    /// the calls: each waits until the one before was answered.
    pub fn send_key(&mut self, call: CallId, key: Key, duration: Duration, now: Timestamp) {
        if let Some(Call::Established(established)) = self.calls.get_mut(call)
            && established.queued_keys.len() < MAX_QUEUED_KEYS
        {
            established.queued_keys.push_back((key, duration));
            self.send_next_key(call, now);
        }
        self.settle(now);
    }

    fn send_next_key(&mut self, call: CallId, now: Timestamp) {
        let Some(Call::Established(established)) = self.calls.get_mut(call) else { return };
        if established.info.is_some() {
            return;
        }
        let Some((key, duration)) = established.queued_keys.pop_front() else { return };
        let (mut dialog, mut session) = (established.dialog.clone(), established.session.take());
        let begun = self.in_dialog_request(Method::Info, &mut dialog);
        let body = dtmf_relay::print(key, duration);
        let request = begun.and_then(|(builder, branch)| {
            let builder = self.composer.sign_off(builder).body(dtmf_relay::RELAY, body);
            let mut request = builder.build().ok()?;
            sign(&mut request, session.as_mut(), dialog.flow()).then_some((request, branch))
        });
        let info = match request {
            Some((request, branch)) => {
                let (destination, owner) = (dialog.flow(), Owner::Info(call));
                let id = self.request(request.clone(), &branch, destination, owner, now);
                Some((id, request))
            }
            None => {
                self.statistics.unsendable += 1;
                None
            }
        };
        if let Some(Call::Established(established)) = self.calls.get_mut(call) {
            (established.dialog, established.session) = (dialog, session);
            established.info = info;
        }
    }

    pub(super) fn handle_info_response(
        &mut self,
        call: CallId,
        id: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let Some(Call::Established(established)) = self.calls.get_mut(call) else { return };
        let is_ours = established.info.as_ref().is_some_and(|(info, _)| *info == id);
        if !is_ours || response.status().is_provisional() {
            return;
        }
        let Some((_, request)) = established.info.take() else { return };
        if is_challenge(response) {
            self.send_key_again(call, request, (response, source), now);
        } else if let Some(session) = &mut established.session {
            session.handle_success(response);
        }
        match response.status() {
            StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT => {
                self.lose(call, now);
            }
            _ => self.send_next_key(call, now),
        }
    }

    fn send_key_again(
        &mut self,
        call: CallId,
        mut request: Request,
        (response, source): (&Response, Flow),
        now: Timestamp,
    ) {
        let Some(Call::Established(established)) = self.calls.get_mut(call) else { return };
        let Some(mut session) = established.session.take() else { return };
        let (sequence, flow) = (established.dialog.next_sequence(), established.dialog.flow());
        let mut info = None;
        if session.handle_challenge(response, source.remote().ip())
            && let Some(branch) = self.renew(&mut request, sequence, flow, &mut session)
        {
            let owner = Owner::Info(call);
            info = Some((self.request(request.clone(), &branch, flow, owner, now), request));
        }
        if let Some(Call::Established(established)) = self.calls.get_mut(call) {
            (established.session, established.info) = (Some(session), info);
        }
    }

    /// An INFO of the other side (RFC 6086). One without a body only asks whether we are there.
    pub(super) fn handle_info(
        &mut self,
        call: CallId,
        request: &Request,
        destination: Flow,
        now: Timestamp,
    ) {
        self.imply_ack(call, now);
        let body = request.body();
        let kind = request.content_type().ok();
        let is = |subtype| kind.as_ref().is_some_and(|kind| kind.is("application", subtype));
        let pressed = if is("dtmf-relay") {
            dtmf_relay::parse_relay(&body)
        } else if is("dtmf") {
            dtmf_relay::parse_plain(&body)
        } else if body.is_empty() {
            self.reply(request, destination, StatusCode::OK, &[], now);
            return;
        } else {
            let accept = format!("{}, {}", dtmf_relay::RELAY, dtmf_relay::PLAIN);
            let accept = (HeaderName::ACCEPT, accept);
            self.reply(request, destination, StatusCode::UNSUPPORTED_MEDIA_TYPE, &[accept], now);
            return;
        };
        let Some((key, duration)) = pressed else {
            self.reply(request, destination, StatusCode::BAD_REQUEST, &[], now);
            return;
        };
        self.reply(request, destination, StatusCode::OK, &[], now);
        // After our user's end of the call there is nobody to tell.
        if matches!(self.calls.get(call), Some(Call::Established(_) | Call::Invited(_))) {
            self.tell(Event::Key { call, key, duration });
        }
    }
}
