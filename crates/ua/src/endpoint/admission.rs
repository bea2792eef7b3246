//! Requests outside of dialogs: who sends them, and whether they can be met.

use centrala_sip::{HeaderName, Method, Request, Scheme, StatusCode};
use centrala_time::Timestamp;

use super::{Endpoint, subscribing::allow_events};
use crate::{
    Flow, Source, Strangers,
    compose::{ALLOW, SDP},
    digest::Verdict,
};

impl Endpoint {
    /// Goes through RFC 3261 section 8.2 in its order: who it is comes before everything that
    /// would tell a stranger something.
    pub(super) fn handle_out_of_dialog(
        &mut self,
        request: Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        if self.transactions.is_merged(&request) {
            // The same request came on two ways (section 8.2.2.2).
            self.refuse(&request, destination, StatusCode::LOOP_DETECTED, &[]);
            return;
        }
        let is_more =
            matches!(request.method(), Method::Invite | Method::Options | Method::Subscribe);
        if self.draining.is_some() && is_more {
            self.refuse_overload(&request, destination);
            return;
        }
        if *request.method() == Method::Options {
            // The same for every Request-URI, so that it tells nothing about users.
            self.refuse(&request, destination, StatusCode::OK, &capabilities());
            return;
        }
        let is_notify = *request.method() == Method::Notify;
        if is_notify && self.handle_unsolicited(&request, source, destination, now) {
            return;
        }
        let Some(who) = self.identify(&request, source, destination, now) else { return };
        if *request.method() == Method::Invite {
            self.admit_invite(request, who, source, destination, now);
        } else if *request.method() == Method::Register {
            self.handle_register(&request, who, source, destination, now);
        } else if *request.method() == Method::Subscribe {
            self.handle_subscribe(&request, who, source, destination, now);
        } else if is_notify {
            // "If no matching subscription exists" (RFC 6665 section 4.1.3).
            let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
            self.reply(&request, destination, status, &[], now);
        } else {
            self.refuse_method(&request, destination, now);
        }
    }

    /// Answers a method that we do not serve, or not here (RFC 3261 section 8.2.1).
    pub(super) fn refuse_method(&mut self, request: &Request, destination: Flow, now: Timestamp) {
        let method = request.method();
        let status = if matches!(method, Method::Other(_)) {
            StatusCode::NOT_IMPLEMENTED
        } else if *method == Method::Notify {
            // Of a subscription that we do not have (RFC 6665 section 4.1.3).
            StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST
        } else if *method == Method::Subscribe {
            // In the dialog of a call, which a subscription is not to share (RFC 6665 section 4.5.2).
            StatusCode::FORBIDDEN
        } else {
            StatusCode::METHOD_NOT_ALLOWED
        };
        let allow = (HeaderName::ALLOW, ALLOW.to_owned());
        self.reply(request, destination, status, &[allow], now);
    }

    /// Returns who sends a request; if that is not known, the request has been answered.
    pub(super) fn identify(
        &mut self,
        request: &Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) -> Option<Source> {
        let is_register = *request.method() == Method::Register;
        let trunk = self.config.trunks.iter().find(|trunk| trunk.is_at(source.remote()));
        if let Some(trunk) = trunk.filter(|_| !is_register) {
            return Some(Source::Trunk(trunk.name.clone()));
        }
        let verdict = match self.authenticator.claim(request, source.remote(), now) {
            Ok(claim) => {
                let user = self.config.users.get(claim.user());
                let secret = user.and_then(|user| user.secret(claim.algorithm()));
                self.authenticator.judge(&claim, secret, now)
            }
            // Who claims to be nobody of ours is a stranger; who claims to be somebody must prove it.
            Err(Verdict::Challenge)
                if !is_register && self.config.strangers == Strangers::Admit =>
            {
                return Some(Source::Stranger);
            }
            Err(verdict) => verdict,
        };
        match verdict {
            Verdict::Accepted(user) => return Some(Source::User(user)),
            Verdict::Challenge | Verdict::Stale => {}
            Verdict::WrongUri => {
                self.refuse(request, destination, StatusCode::BAD_REQUEST, &[]);
                return None;
            }
            Verdict::LockedOut => {
                self.statistics.locked_out += 1;
                self.refuse(request, destination, StatusCode::FORBIDDEN, &[]);
                return None;
            }
        }
        self.statistics.challenged += 1;
        let headers = self.authenticator.challenges(&verdict, source.remote().ip(), now);
        self.refuse(request, destination, StatusCode::UNAUTHORIZED, &headers);
        None
    }

    fn admit_invite(
        &mut self,
        request: Request,
        who: Source,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        if let Err((status, headers)) =
            check_request(&request).and_then(|()| check_invite(&request))
        {
            self.reply(&request, destination, status, &headers, now);
        } else if self.calls.len() >= self.config.limits.calls
            || !self.admission.admit(source.remote().ip(), now)
        {
            self.refuse_overload(&request, destination);
        } else {
            self.handle_invite(request, who, source, destination, now);
        }
    }
}

/// Returns the headers of the response to OPTIONS (RFC 3261 section 11.2).
pub(super) fn capabilities() -> [(HeaderName, String); 4] {
    [
        (HeaderName::ALLOW, ALLOW.to_owned()),
        (HeaderName::ALLOW_EVENTS, allow_events()),
        (HeaderName::ACCEPT, SDP.to_owned()),
        (HeaderName::ACCEPT_LANGUAGE, "en".to_owned()),
    ]
}

/// A response other than 2xx, and the headers that explain it.
pub(super) type Refusal = (StatusCode, Vec<(HeaderName, String)>);

/// Checks what a request demands of everybody: extensions (RFC 3261 section 8.2.2.3). We have
/// none.
pub(super) fn check_request(request: &Request) -> Result<(), Refusal> {
    let mut unsupported = Vec::new();
    for option in request.require() {
        let option = option.map_err(|_| (StatusCode::BAD_REQUEST, Vec::new()))?;
        unsupported.push(option);
    }
    if unsupported.is_empty() {
        return Ok(());
    }
    let header = (HeaderName::UNSUPPORTED, unsupported.join(", "));
    Err((StatusCode::BAD_EXTENSION, vec![header]))
}

/// Checks what an INVITE needs besides.
fn check_invite(request: &Request) -> Result<(), Refusal> {
    if !matches!(request.uri().scheme(), Scheme::Sip | Scheme::Sips | Scheme::Tel) {
        return Err((StatusCode::UNSUPPORTED_URI_SCHEME, Vec::new()));
    }
    // We pass calls on, as a proxy does: a loop must end (RFC 3261 section 16.3).
    if request.max_forwards() == Ok(0) {
        return Err((StatusCode::TOO_MANY_HOPS, Vec::new()));
    }
    check_session(request)
}

/// Checks the body of an INVITE inside or outside of a dialog.
pub(super) fn check_session(request: &Request) -> Result<(), Refusal> {
    if crate::compose::sdp(request, request.body()).is_err() {
        let accept = (HeaderName::ACCEPT, SDP.to_owned());
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, vec![accept]));
    }
    Ok(())
}
