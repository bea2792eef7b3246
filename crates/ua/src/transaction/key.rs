//! Which transaction a message belongs to.

use centrala_sip::{Headers, Method, Request, Response, Via};

/// Matches requests to server transactions (RFC 3261 section 17.2.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServerKey {
    branch: String,
    sent_by: String,
    /// INVITE for an ACK.
    method: Method,
}

/// Matches responses to client transactions (RFC 3261 section 17.1.3). Our branches are unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClientKey {
    branch: String,
    method: Method,
}

/// Finds requests that arrive twice on different ways (RFC 3261 section 8.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MergeKey {
    call_id: String,
    from_tag: String,
    sequence: u32,
    method: Method,
}

impl ServerKey {
    /// Returns the key of a request; `None` if its headers are unusable.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let is_ack = *request.method() == Method::Ack;
        let method = if is_ack { Method::Invite } else { request.method().clone() };
        Self::for_method(request, method)
    }

    /// Returns the key of the INVITE that a CANCEL is about.
    pub(crate) fn cancelled_by(cancel: &Request) -> Option<Self> {
        Self::for_method(cancel, Method::Invite)
    }

    fn for_method(request: &Request, method: Method) -> Option<Self> {
        let via = request.via().ok()?;
        let port = via.port().unwrap_or_else(|| via.transport().default_port());
        let sent_by = format!("{}:{port}", via.host()).to_ascii_lowercase();
        let branch = if via.has_rfc3261_branch() {
            via.branch()?.to_owned()
        } else {
            rfc2543_branch(request, &via)?
        };
        Some(Self { branch, sent_by, method })
    }
}

/// Returns what stands for a branch in requests of RFC 2543: everything that a retransmission, an
/// ACK or a CANCEL has in common with the request. The To tag is left out, as an ACK has one and
/// the INVITE has not.
fn rfc2543_branch(request: &Headers, via: &Via) -> Option<String> {
    let from = request.from().ok()?;
    Some(format!(
        "{}\n{}\n{}\n{}",
        request.call_id().ok()?.as_str(),
        from.tag().unwrap_or_default(),
        request.cseq().ok()?.number(),
        via.branch().unwrap_or_default(),
    ))
}

impl ClientKey {
    pub(crate) fn new(branch: &str, method: Method) -> Self {
        Self { branch: branch.to_owned(), method }
    }

    /// Returns the key of a response; `None` if its headers are unusable.
    pub(crate) fn of(response: &Response) -> Option<Self> {
        let via = response.via().ok()?;
        Some(Self::new(via.branch()?, response.cseq().ok()?.method().clone()))
    }
}

impl MergeKey {
    /// Returns the key of a request that begins something; `None` for one inside a dialog.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        if request.to().ok()?.tag().is_some() {
            return None;
        }
        Some(Self {
            call_id: request.call_id().ok()?.as_str().to_owned(),
            from_tag: request.from().ok()?.tag()?.to_owned(),
            sequence: request.cseq().ok()?.number(),
            method: request.method().clone(),
        })
    }
}
