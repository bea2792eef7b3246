//! What a request is: a retransmission, an ACK, a CANCEL, part of a dialog, or something new.

use centrala_sip::{HeaderName, Method, Request, StatusCode};
use centrala_time::Timestamp;

use super::{Endpoint, Owner, reply_address};
use crate::{Flow, transaction::table::Matched};

impl Endpoint {
    pub(super) fn handle_request(&mut self, mut request: Request, source: Flow, now: Timestamp) {
        let stamped = request.stamp_top_via(source.remote().ip(), source.remote().port()).is_ok();
        let Ok(via) = request.via() else {
            self.statistics.malformed += 1;
            return;
        };
        let destination = reply_address(&via, source);
        if let Err(error) = request.check() {
            self.statistics.malformed += 1;
            if *request.method() != Method::Ack && stamped {
                let builder = self.composer.reply(&request, error.status());
                self.send_stateless(builder, destination);
            }
            return;
        }
        match self.transactions.handle_request(&request, now) {
            Matched::Absorbed => self.statistics.retransmissions += 1,
            Matched::Acknowledged => self.handle_ack(&request, now),
            Matched::Unknown => self.handle_new(request, source, destination, now),
        }
    }

    fn handle_new(&mut self, request: Request, source: Flow, destination: Flow, now: Timestamp) {
        let in_dialog = request.to().is_ok_and(|to| to.tag().is_some());
        if *request.method() == Method::Ack {
            self.handle_ack(&request, now);
        } else if self.is_full(source, in_dialog || *request.method() == Method::Cancel) {
            self.refuse_overload(&request, destination);
        } else if *request.method() == Method::Cancel {
            self.handle_cancel(&request, destination, now);
        } else if in_dialog && *request.method() != Method::Register {
            self.handle_in_dialog(request, source, destination, now);
        } else {
            self.handle_out_of_dialog(request, source, destination, now);
        }
    }

    /// Returns whether a request finds no room, or there is no time for it. What belongs to a running call is always
    /// taken in time, and has a fifth more room than what is new, so that it can end.
    fn is_full(&self, source: Flow, is_of_call: bool) -> bool {
        let limit = self.config.limits.transactions;
        let limit = if is_of_call { limit.saturating_add(limit / 5) } else { limit };
        self.transactions.len() >= limit
            || (!is_of_call && self.admission.is_overloaded(source.remote().ip()))
    }

    /// Answers 503 with Retry-After and remembers nothing.
    pub(super) fn refuse_overload(&mut self, request: &Request, destination: Flow) {
        self.statistics.overloaded += 1;
        let seconds = self.draining.map_or_else(
            || self.composer.retry_after(request, self.config.limits.retry_after.as_secs()),
            |retry_after| retry_after.as_secs(),
        );
        let retry_after = (HeaderName::RETRY_AFTER, seconds.to_string());
        self.refuse(request, destination, StatusCode::SERVICE_UNAVAILABLE, &[retry_after]);
    }

    /// Answers and remembers nothing: for whoever has no right to our memory yet. Computed twice,
    /// the response is the same twice.
    pub(super) fn refuse(
        &mut self,
        request: &Request,
        destination: Flow,
        status: StatusCode,
        headers: &[(HeaderName, String)],
    ) {
        let mut builder = self.composer.reply(request, status);
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        self.send_stateless(builder, destination);
    }

    /// Starts a server transaction and answers in it at once.
    pub(super) fn reply(
        &mut self,
        request: &Request,
        destination: Flow,
        status: StatusCode,
        headers: &[(HeaderName, String)],
        now: Timestamp,
    ) {
        let Some(id) = self.transactions.accept(request, destination, Owner::Nobody) else {
            return;
        };
        let mut builder = self.composer.reply(request, status);
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        self.respond(id, status, builder, now);
    }

    /// A CANCEL (RFC 3261 section 9.2). It is not challenged, as it cannot be sent again; whoever
    /// knows the branch of the INVITE is taken to have sent that.
    fn handle_cancel(&mut self, cancel: &Request, destination: Flow, now: Timestamp) {
        let Some((id, owner)) = self.transactions.cancelled_by(cancel) else {
            self.refuse(cancel, destination, StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST, &[]);
            return;
        };
        self.reply(cancel, destination, StatusCode::OK, &[], now);
        match owner {
            Owner::Invite(call) => self.cancel_invite(call, id, now),
            Owner::Change(call) => self.cancel_change(call, id, now),
            Owner::Bye(_)
            | Owner::Info(_)
            | Owner::Refresh(_)
            | Owner::Registration(_)
            | Owner::KeepAlive(..)
            | Owner::Notify(_)
            | Owner::Lamp(_)
            | Owner::Subscription(_)
            | Owner::Nobody => {}
        }
    }
}
