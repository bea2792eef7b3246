//! Dialogs: what two user agents remember of each other (RFC 3261 section 12).

use std::net::SocketAddr;

use centrala_sip::{
    CSeq, CallId, Contact, Headers, Method, NameAddr, Request, RequestBuilder, Response, Uri, Via,
};

use crate::{Carrier, Flow, transaction::MAX_FORWARDS};

/// One side of a dialog.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    call_id: CallId,
    /// From of our requests, with our tag.
    local: NameAddr,
    /// To of our requests, with the tag of the other side; elements of RFC 2543 have none.
    remote: NameAddr,
    local_sequence: u32,
    remote_sequence: Option<u32>,
    remote_target: Uri,
    /// Whether we made the Call-ID.
    is_caller: bool,
    routes: Vec<NameAddr>,
    /// Where our requests go.
    flow: Flow,
}

/// More requests than anybody makes in an early dialog.
const EARLY_NUMBERS: u32 = 1 << 16;

/// More routes than any way through the Internet has.
const MAX_ROUTES: usize = 32;

impl Dialog {
    /// Returns the dialog that our response to `invite` makes (RFC 3261 section 12.1.1); `None` if
    /// a header that it needs is missing or malformed.
    pub(crate) fn answering(invite: &Request, local_tag: &str, source: Flow) -> Option<Self> {
        let routes = routes(invite)?;
        let remote_target = target(invite)?;
        Some(Self {
            call_id: invite.call_id().ok()?.detached(),
            local: invite.to().ok()?.with_tag(local_tag)?,
            remote: invite.from().ok()?.detached(),
            local_sequence: 0,
            is_caller: false,
            remote_sequence: Some(invite.cseq().ok()?.number()),
            flow: flow(&routes, &remote_target, source),
            remote_target,
            routes,
        })
    }

    /// Returns the dialog that a response to an INVITE of ours makes (RFC 3261 section 12.1.2), early
    /// or not. A response without Contact, which must have one, is taken to mean the address that was
    /// called; one without To tag is of an element of RFC 2543.
    pub(crate) fn calling(response: &Response, called: &Uri, source: Flow) -> Option<Self> {
        let mut routes = routes(response)?;
        routes.reverse();
        let remote_target = target(response).unwrap_or_else(|| called.clone());
        Some(Self {
            call_id: response.call_id().ok()?.detached(),
            local: response.from().ok()?.detached(),
            remote: response.to().ok()?.detached(),
            local_sequence: response.cseq().ok()?.number(),
            is_caller: true,
            remote_sequence: None,
            flow: flow(&routes, &remote_target, source),
            remote_target,
            routes,
        })
    }

    /// The 2xx to our INVITE confirms this early dialog: the route set and the target are "recomputed
    /// based on the 2xx", the number of the other side's last request stays (RFC 3261 section
    /// 13.2.2.4). Returns false, and changes nothing, if the 2xx has unusable routes.
    pub(crate) fn confirm(&mut self, response: &Response, source: Flow) -> bool {
        let Some(mut routes) = routes(response) else { return false };
        routes.reverse();
        self.routes = routes;
        if let Some(target) = target(response) {
            self.remote_target = target;
        }
        self.flow = flow(&self.routes, &self.remote_target, source);
        true
    }

    /// Returns whether `request` is one of the other side.
    pub(crate) fn matches(&self, request: &Request) -> bool {
        request.call_id().is_ok_and(|call_id| call_id == self.call_id)
            && request.from().is_ok_and(|from| from.tag() == self.remote.tag())
            && request.to().is_ok_and(|to| to.tag() == self.local.tag())
    }

    /// Notes the number of a request of the other side; false if a later one came before (RFC 3261
    /// section 12.2.2).
    pub(crate) fn admit(&mut self, sequence: u32) -> bool {
        let is_new = self.remote_sequence.is_none_or(|last| sequence > last);
        if is_new {
            self.remote_sequence = Some(sequence);
        }
        is_new
    }

    /// Takes the new Contact of a target refresh request or of its 2xx.
    pub(crate) fn refresh_target(&mut self, headers: &Headers, source: Flow) {
        if let Some(target) = target(headers) {
            self.flow = flow(&self.routes, &target, source);
            self.remote_target = target;
        }
    }

    /// Leaves out numbers that may have been used in an early dialog which is forgotten.
    pub(crate) const fn skip_numbers(&mut self) {
        self.local_sequence = self.local_sequence.saturating_add(EARLY_NUMBERS);
    }

    /// Returns the number of our next request; `None` when all are used up (RFC 3261 section 8.1.1.5).
    pub(crate) fn next_sequence(&mut self) -> Option<u32> {
        if self.local_sequence >= CSeq::MAX_INITIAL {
            return None;
        }
        self.local_sequence += 1;
        Some(self.local_sequence)
    }

    /// Returns the number of our last request.
    pub(crate) const fn local_sequence(&self) -> u32 {
        self.local_sequence
    }

    /// Begins a request of ours (RFC 3261 section 12.2.1.1).
    pub(crate) fn request(&self, method: Method, sequence: u32, via: &Via) -> RequestBuilder {
        let loose = self.routes.first().is_none_or(|first| first.uri().is_loose_router());
        let target = NameAddr::new(&self.remote_target);
        let (uri, routes): (&Uri, Vec<&NameAddr>) = match self.routes.split_first() {
            Some((first, rest)) if !loose => (first.uri(), rest.iter().chain([&target]).collect()),
            Some(_) | None => (&self.remote_target, self.routes.iter().collect()),
        };
        let mut builder = RequestBuilder::new(method, uri)
            .via(via)
            .max_forwards(MAX_FORWARDS)
            .from(&self.local)
            .to(&self.remote)
            .call_id(&self.call_id)
            .cseq(sequence);
        for route in routes {
            builder = builder.route(route);
        }
        builder
    }

    pub(crate) const fn is_caller(&self) -> bool {
        self.is_caller
    }

    pub(crate) const fn flow(&self) -> Flow {
        self.flow
    }

    /// Returns our user part: the same Contact for the whole dialog.
    /// Returns host and port of the other side's Contact.
    pub(crate) fn remote_place(&self) -> String {
        let host = self.remote_target.host().map(|host| host.to_string()).unwrap_or_default();
        format!("{host}:{}", self.remote_target.port().unwrap_or_default())
    }

    pub(crate) fn local_user(&self) -> Option<&str> {
        self.local.uri().user()
    }

    pub(crate) fn local_tag(&self) -> &str {
        self.local.tag().unwrap_or_default()
    }

    pub(crate) fn remote_tag(&self) -> &str {
        self.remote.tag().unwrap_or_default()
    }
}

/// Returns the Record-Routes in their order; `None` if one is malformed or there are too many.
fn routes(headers: &Headers) -> Option<Vec<NameAddr>> {
    let routes: Result<Vec<_>, _> = headers
        .record_routes()
        .take(MAX_ROUTES + 1)
        .map(|route| route.map(|route| route.detached()))
        .collect();
    routes.ok().filter(|routes| routes.len() <= MAX_ROUTES)
}

/// Returns the first contact that can be a target.
fn target(headers: &Headers) -> Option<Uri> {
    headers.contacts().flatten().find_map(|contact| match contact {
        Contact::Address(address) => Some(address.uri().detached()),
        Contact::Wildcard => None,
    })
}

/// Returns where to send our requests.
///
/// RFC 3261 section 12.2.1.1 sends them to the first route or to the target. That is right
/// when it names the address from which the other side speaks, if only with another port or transport.
/// Otherwise there is a NAT in between, or a name that we do not resolve, and the only way
/// that is known to work is the one that the last message came on.
fn flow(routes: &[NameAddr], target: &Uri, source: Flow) -> Flow {
    let next = routes.first().map_or(target, NameAddr::uri);
    let carrier = match next.params().value("transport") {
        Some(name) => Carrier::from_uri_param(name),
        None => Some(source.carrier()),
    };
    let same = next.host().and_then(centrala_sip::Host::to_ip)
        == Some(source.remote().ip().to_canonical());
    let Some(carrier) = carrier.filter(|_| same) else { return source };
    let remote = SocketAddr::new(source.remote().ip(), next.port().unwrap_or(DEFAULT_PORT));
    if carrier == source.carrier() { source.with_remote(remote) } else { Flow::to(carrier, remote) }
}

/// The port of SIP over UDP (RFC 3261 section 18.1.1).
pub(crate) const DEFAULT_PORT: u16 = 5060;
