//! Calls of ours: from the INVITE to its final response.

use std::fmt;

use bytes::Bytes;
use centrala_sip::{
    BuildMessageError, CheckMessageError, Contact, HeaderName, Method, NameAddr, RequestBuilder,
    Response, Uri,
};
use centrala_time::Timestamp;
use core::time::Duration;

use super::{Endpoint, Owner, leaving::is_challenge};
use crate::{
    CallId, Credentials, EndCause, Event, Flow, Rejected,
    call::{Call, Inviting, Progress},
    compose::{ALLOW, SDP},
    digest::Session,
    offer_answer::{Body, OfferAnswer, Side},
    transaction::{MAX_FORWARDS, table::TransactionId},
};

/// A call to make.
#[non_exhaustive]
#[derive(Clone)]
pub struct OutgoingCall {
    /// Who is called: the Request-URI.
    pub request_uri: Uri,
    /// Where the INVITE is sent: the flow of a binding, a trunk's server.
    pub destination: Flow,
    /// Who calls. A tag is added.
    pub from: NameAddr,
    /// Whom the caller meant: usually the Request-URI.
    pub to: NameAddr,
    /// Our session offer.
    pub offer: Bytes,
    /// What answers the challenges of the other side: one for each realm on the way (RFC 3261 section 22.3).
    pub credentials: Vec<Credentials>,
    /// Max-Forwards: 70, or what is left of the call that is passed on.
    pub max_forwards: u8,
    /// Further headers (Diversion, P-Asserted-Identity, Alert-Info, …).
    pub headers: Vec<(HeaderName, String)>,
}

impl OutgoingCall {
    /// Returns a call to `request_uri`, which is also what To says.
    #[must_use]
    pub fn new(request_uri: Uri, destination: Flow, from: NameAddr, offer: Bytes) -> Self {
        let to = NameAddr::new(&request_uri);
        let max_forwards = u8::try_from(MAX_FORWARDS).unwrap_or(u8::MAX);
        let (credentials, headers) = (Vec::new(), Vec::new());
        Self { request_uri, destination, from, to, offer, credentials, max_forwards, headers }
    }
}

impl fmt::Debug for OutgoingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingCall")
            .field("request_uri", &self.request_uri)
            .field("destination", &self.destination)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// Why a call was not made.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// There are as many calls as allowed.
    #[error("no more than {limit} calls at once")]
    TooManyCalls {
        /// The limit.
        limit: usize,
    },
    /// A value cannot stand in a message.
    #[error("the INVITE cannot be written")]
    Build(#[from] BuildMessageError),
    /// A further header repeats or spoils one of ours.
    #[error("the INVITE would be no valid request")]
    Check(#[from] CheckMessageError),
    /// From has a tag that is no token, or the advertised address is none.
    #[error("an address cannot be written")]
    Address,
}

impl Endpoint {
    /// Calls somebody.
    ///
    /// # Errors
    ///
    /// If there are too many calls, or the INVITE cannot be written.
    pub fn invite(&mut self, call: OutgoingCall, now: Timestamp) -> Result<CallId, InviteError> {
        let limit = self.config.limits.calls;
        if self.calls.len() >= limit {
            return Err(InviteError::TooManyCalls { limit });
        }
        let (local_tag, call_id) = (self.generator.token(), self.generator.token());
        let branch = self.generator.branch();
        let from = call.from.with_tag(&local_tag).ok_or(InviteError::Address)?;
        let destination = self.composer.resolve(call.destination);
        let via = self.composer.via(&branch, destination).ok_or(InviteError::Address)?;
        let contact =
            self.composer.contact(from.uri().user(), destination).ok_or(InviteError::Address)?;
        let mut builder = RequestBuilder::new(Method::Invite, &call.request_uri)
            .via(&via)
            .max_forwards(u32::from(call.max_forwards))
            .from(&from)
            .to(&call.to.without_param("tag"))
            .call_id(&call_id.parse().map_err(|_| InviteError::Address)?)
            .cseq(1)
            .contact(&contact)
            .header(&HeaderName::ALLOW, ALLOW);
        for (name, value) in &call.headers {
            builder = builder.header(name, value);
        }
        let request = self.composer.sign_off(builder).body(SDP, call.offer).build()?;
        request.check()?;
        let id = self.calls.new_id();
        let owner = Owner::Invite(id);
        let transaction = self.request(request.clone(), &branch, destination, owner, now);
        let session = (!call.credentials.is_empty()).then(|| {
            let server = destination.remote().ip();
            Box::new(Session::new(call.credentials, server, self.generator.key()))
        });
        let inviting = Inviting {
            request,
            transaction,
            destination,
            session,
            progress: Progress::Calling,
            offer_answer: OfferAnswer::of_invite(Side::Us, Body::Present),
            forks: Vec::new(),
            fork_count: 0,
            alone_until: None,
        };
        self.calls.insert(id, &local_tag, Call::Inviting(Box::new(inviting)));
        self.statistics.outgoing_calls += 1;
        self.settle(now);
        Ok(id)
    }

    /// Hangs up before the answer (RFC 3261 section 9.1).
    pub(super) fn give_up(&mut self, call: CallId, now: Timestamp) {
        let Some(Call::Inviting(inviting)) = self.calls.get_mut(call) else { return };
        match inviting.progress {
            Progress::Calling => inviting.progress = Progress::Abandoned,
            Progress::Proceeding => self.send_cancel(call, now),
            Progress::Abandoned | Progress::Cancelled => return,
        }
        self.tell(Event::Ended { call, cause: EndCause::HungUp });
    }

    pub(super) fn handle_invite_silence(&mut self, call: CallId, cause: EndCause) {
        let Some(Call::Inviting(inviting)) = self.calls.get(call) else { return };
        let is_told = inviting.progress.is_over();
        self.calls.remove(call);
        if !is_told {
            self.tell(Event::Ended { call, cause });
        }
    }

    pub(super) fn handle_invite_response(
        &mut self,
        call: CallId,
        id: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let status = response.status();
        if status.is_provisional() {
            self.handle_progress(call, id, response, source, now);
        } else if status.is_success() {
            self.handle_success(call, id, response, source, now);
        } else {
            self.handle_failure(call, id, response, source, now);
        }
    }

    pub(super) fn send_cancel(&mut self, call: CallId, now: Timestamp) {
        let Some(inviting) = self.calls.inviting(call) else { return };
        inviting.progress = Progress::Cancelled;
        self.transactions.give_up(inviting.transaction, now);
        let branch = inviting.request.via().ok();
        let branch = branch.and_then(|via| via.branch().map(str::to_owned));
        match (self.transactions.cancel(inviting.transaction), branch) {
            (Some(cancel), Some(branch)) => {
                self.transactions.request(cancel, None, &branch, Owner::Nobody, now);
            }
            (Some(_) | None, _) => self.statistics.unsendable += 1,
        }
    }

    fn handle_failure(
        &mut self,
        call: CallId,
        id: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let Some(Call::Inviting(inviting)) = self.calls.get(call) else { return };
        if inviting.transaction != id {
            return;
        }
        let Some(Call::Inviting(mut inviting)) = self.calls.remove(call) else { return };
        if inviting.progress.is_over() {
            return;
        }
        if is_challenge(response)
            && let Some(session) = &mut inviting.session
            && session.handle_challenge(response, source.remote().ip())
        {
            self.invite_again(call, inviting, now);
            return;
        }
        self.tell(Event::Ended { call, cause: EndCause::Rejected(rejected(response)) });
    }

    /// Sends the INVITE again with credentials (RFC 3261 section 22.2).
    fn invite_again(&mut self, call: CallId, mut inviting: Box<Inviting>, now: Timestamp) {
        let sequence = inviting.request.cseq().map_or(1, |cseq| cseq.number()).saturating_add(1);
        let tag = inviting.request.from().ok().and_then(|from| from.tag().map(str::to_owned));
        let Some(session) = &mut inviting.session else { return };
        let branch = self.renew(&mut inviting.request, sequence, inviting.destination, session);
        let (Some(branch), Some(tag)) = (branch, tag) else {
            self.statistics.unsendable += 1;
            self.tell(Event::Ended { call, cause: EndCause::Unusable });
            return;
        };
        let (request, destination) = (inviting.request.clone(), inviting.destination);
        inviting.transaction =
            self.request(request, &branch, destination, Owner::Invite(call), now);
        inviting.progress = Progress::Calling;
        // The refusal has ended the early dialogs (RFC 3261 section 12.3).
        inviting.forks.clear();
        inviting.alone_until = None;
        self.calls.insert(call, &tag, Call::Inviting(inviting));
    }
}

fn rejected(response: &Response) -> Rejected {
    let contacts = response.contacts().flatten().filter_map(|contact| match contact {
        Contact::Address(address) => Some(address.uri().detached()),
        Contact::Wildcard => None,
    });
    Rejected {
        status: response.status(),
        reason: String::from_utf8_lossy(response.reason()).into_owned(),
        retry_after: retry_after(response),
        contacts: contacts.take(MAX_REDIRECTIONS).collect(),
        warning: response.warnings().flatten().next().map(|warning| warning.text().into_owned()),
    }
}

/// Returns what Retry-After says; a comment and parameters are left aside.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.number(&HeaderName::RETRY_AFTER).ok()?;
    Some(Duration::from_secs(u64::from(seconds)))
}

/// Contacts of a 3xx that are told.
const MAX_REDIRECTIONS: usize = 16;
