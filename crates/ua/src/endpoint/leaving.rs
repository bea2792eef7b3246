//! The end of a call.

use centrala_sip::{Method, Response, StatusCode};
use centrala_time::Timestamp;

use super::{Endpoint, Owner, Rejection, in_dialog::begin, sign};
use crate::{
    CallId, EndCause, Event, Flow,
    call::{Call, Established, Exchange, Leaving, Stage},
    dialog::Dialog,
    digest::Session,
};

impl Endpoint {
    /// Ends a call, whatever its state: CANCEL, a final response, or BYE, each as soon as the
    /// other side can understand it. [`Event::Ended`] follows at once.
    pub fn hang_up(&mut self, call: CallId, now: Timestamp) {
        match self.calls.get(call) {
            Some(Call::Inviting(_)) => self.give_up(call, now),
            Some(Call::Invited(_)) => {
                self.reject(call, &Rejection::new(StatusCode::TEMPORARILY_UNAVAILABLE), now);
            }
            Some(Call::Established(_)) => {
                self.tell(Event::Ended { call, cause: EndCause::HungUp });
                self.close(call, now);
            }
            Some(Call::Leaving(_)) | None => {}
        }
        self.settle(now);
    }

    pub(super) fn handle_call_timeout(&mut self, call: CallId, now: Timestamp) {
        match self.calls.get(call) {
            Some(Call::Invited(invited)) if invited.expires_at.is_some_and(|at| at <= now) => {
                self.cancel_invite(call, invited.transaction, now);
            }
            Some(Call::Invited(_)) => self.repeat_provisional(call, now),
            Some(Call::Established(_)) => {
                self.forget_losers(call, now);
                self.expire_update(call, now);
                self.lose_patience(call, now);
                self.repeat_success(call, now);
                self.resume(call, now);
            }
            Some(Call::Leaving(_)) => self.repeat_success(call, now),
            Some(Call::Inviting(_)) => self.stop_waiting(call, now),
            None => {}
        }
    }

    /// The other side does not know the call, or does not answer within it (RFC 3261 section
    /// 12.2.1.2).
    pub(super) fn lose(&mut self, call: CallId, now: Timestamp) {
        if matches!(self.calls.get(call), Some(Call::Established(_))) {
            self.tell(Event::Ended { call, cause: EndCause::Lost });
            self.leave(call, now);
        }
    }

    /// Sends BYE now, or after the ACK for our 2xx (RFC 3261 section 15).
    fn close(&mut self, call: CallId, now: Timestamp) {
        let Some(Call::Established(established)) = self.calls.remove(call) else { return };
        let Established { usage, session, exchange, .. } = *established;
        let dialog = usage.dialog;
        if let Exchange::Unacknowledged(waiting) = exchange {
            let tag = dialog.local_tag().to_owned();
            let leaving = Leaving { dialog, session, stage: Stage::AwaitingAck(waiting) };
            self.calls.insert(call, &tag, Call::Leaving(Box::new(leaving)));
        } else {
            self.break_off(exchange, dialog.local_tag(), now);
            self.say_bye(call, dialog, session, now);
        }
    }

    /// The dialog has ended in the middle of an exchange: a request of the other side gets its final
    /// response (RFC 3261 section 15.1.2), a re-INVITE of ours will not wait for ever.
    pub(super) fn break_off(&mut self, exchange: Exchange, tag: &str, now: Timestamp) {
        match exchange {
            Exchange::Remote(change) => {
                self.terminate_invite(&change.request, change.transaction, tag, now);
            }
            Exchange::Local(change) => self.transactions.give_up(change.transaction, now),
            Exchange::Idle | Exchange::Unacknowledged(_) => {}
        }
    }

    /// Sends BYE now.
    pub(super) fn leave(&mut self, call: CallId, now: Timestamp) {
        match self.calls.remove(call) {
            Some(Call::Established(established)) => {
                let Established { usage, session, exchange, .. } = *established;
                self.break_off(exchange, usage.dialog.local_tag(), now);
                self.say_bye(call, usage.dialog, session, now);
            }
            Some(Call::Leaving(leaving)) => {
                self.say_bye(call, leaving.dialog, leaving.session, now);
            }
            Some(Call::Inviting(_) | Call::Invited(_)) | None => {}
        }
    }

    pub(super) fn say_bye(
        &mut self,
        call: CallId,
        mut dialog: Dialog,
        mut session: Option<Box<Session>>,
        now: Timestamp,
    ) {
        let (composer, generator) = (&self.composer, &mut self.generator);
        let begun = begin(composer, generator, &mut dialog, Method::Bye);
        let built = begun.and_then(|(builder, branch)| {
            let mut request = composer.sign_off(builder).build().ok()?;
            let session = session.as_deref_mut();
            sign(&mut request, session, dialog.flow()).then_some((request, branch))
        });
        let Some((request, branch)) = built else {
            self.statistics.unsendable += 1;
            return;
        };
        self.request(request.clone(), &branch, dialog.flow(), Owner::Bye(call), now);
        let tag = dialog.local_tag().to_owned();
        let stage = Stage::ByeSent { request: Box::new(request) };
        let leaving = Leaving { dialog, session, stage };
        self.calls.insert(call, &tag, Call::Leaving(Box::new(leaving)));
    }

    pub(super) fn handle_bye_response(
        &mut self,
        call: CallId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        if response.status().is_provisional() {
            return;
        }
        let Some(Call::Leaving(leaving)) = self.calls.remove(call) else { return };
        let Leaving { mut dialog, session, stage } = *leaving;
        let (Some(mut session), Stage::ByeSent { mut request }) = (session, stage) else { return };
        if !is_challenge(response) || !session.handle_challenge(response, source.remote().ip()) {
            return;
        }
        let Some(sequence) = dialog.next_sequence() else { return };
        let Some(branch) = self.renew(&mut request, sequence, dialog.flow(), &mut session) else {
            return;
        };
        self.request((*request).clone(), &branch, dialog.flow(), Owner::Bye(call), now);
        let tag = dialog.local_tag().to_owned();
        let stage = Stage::ByeSent { request };
        let leaving = Leaving { dialog, session: Some(session), stage };
        self.calls.insert(call, &tag, Call::Leaving(Box::new(leaving)));
    }
}

/// Returns whether a response asks for credentials.
pub(super) fn is_challenge(response: &Response) -> bool {
    matches!(
        response.status(),
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED
    )
}
