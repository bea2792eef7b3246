//! What the other side has given up: CANCEL of an INVITE that has no final response yet (RFC 3261
//! section 9.2).

use centrala_sip::{Request, StatusCode};
use centrala_time::Timestamp;

use super::Endpoint;
use crate::{
    CallId, EndCause, Event,
    call::{Call, Exchange},
    transaction::table::TransactionId,
};

impl Endpoint {
    pub(super) fn cancel_invite(&mut self, call: CallId, id: TransactionId, now: Timestamp) {
        match self.calls.get(call) {
            Some(Call::Invited(invited)) if invited.transaction == id => {}
            // Decided already: "the CANCEL request has no effect".
            Some(
                Call::Invited(_) | Call::Inviting(_) | Call::Established(_) | Call::Leaving(_),
            )
            | None => return,
        }
        if let Some(Call::Invited(invited)) = self.calls.remove(call) {
            let tag = invited.usage.dialog.local_tag();
            self.terminate_invite(&invited.request, invited.transaction, tag, now);
            self.tell(Event::Ended { call, cause: EndCause::Cancelled });
        }
    }

    pub(super) fn cancel_change(&mut self, call: CallId, id: TransactionId, now: Timestamp) {
        let is_pending = self.calls.established(call).is_some_and(|established| {
            matches!(&established.exchange, Exchange::Remote(change) if change.transaction == id)
        });
        if !is_pending {
            return;
        }
        if let Some((change, tag)) = self.take_remote_change(call) {
            self.terminate_invite(&change.request, change.transaction, &tag, now);
            self.tell(Event::OfferWithdrawn { call });
            self.resume(call, now);
        }
    }

    /// Answers a request that is given up by 487.
    pub(super) fn terminate_invite(
        &mut self,
        request: &Request,
        transaction: TransactionId,
        tag: &str,
        now: Timestamp,
    ) {
        let status = StatusCode::REQUEST_TERMINATED;
        let builder = self.composer.reply_with_tag(request, status, tag);
        self.respond(transaction, status, builder, now);
    }
}
