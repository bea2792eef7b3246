//! The headers that all our messages have in common.

use std::net::SocketAddr;

use bytes::Bytes;
use centrala_sip::{
    HeaderName, Headers, Host, NameAddr, Request, RequestBuilder, ResponseBuilder, StatusCode, Uri,
    Via,
};

use crate::{
    Carrier, EndpointConfig, Flow, Interface, InterfaceId, generator::hex, keyed_hash::KeyedHash,
};

/// What we can do (RFC 3261 section 20.5).
pub(crate) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER, SUBSCRIBE, NOTIFY";
/// The media type of session descriptions.
pub(crate) const SDP: &str = "application/sdp";

/// Writes our headers.
#[derive(Debug)]
pub(crate) struct Composer {
    interfaces: Vec<Interface>,
    user_agent: String,
    tags: KeyedHash,
}

impl Composer {
    pub(crate) fn new(config: &EndpointConfig, tag_key: [u8; 32]) -> Self {
        let safe = |character: char| if character.is_control() { ' ' } else { character };
        let user_agent = config.user_agent.chars().map(safe).collect();
        Self { interfaces: config.interfaces.clone(), user_agent, tags: KeyedHash::new(&tag_key) }
    }

    /// Chooses one of our sockets for what goes to `flow`: the one that it names, else the first of its carrier and
    /// address family, else the first of its carrier.
    pub(crate) fn resolve(&self, flow: Flow) -> Flow {
        let named = flow.interface().and_then(|id| self.interfaces.get(id.index()));
        if named.is_some_and(|interface| interface.carrier == flow.carrier()) {
            return flow;
        }
        let is_v4 = flow.remote().is_ipv4();
        let place = |fits: &dyn Fn(&Interface) -> bool| {
            self.interfaces.iter().position(|one| one.carrier == flow.carrier() && fits(one))
        };
        let place = place(&|one| one.advertised.is_ipv4() == is_v4).or_else(|| place(&|_| true));
        let id = place.and_then(|place| u16::try_from(place).ok()).map(InterfaceId::new);
        id.map_or(flow, |id| flow.with_interface(id))
    }

    /// Returns whether we speak a carrier.
    pub(crate) fn speaks(&self, carrier: Carrier) -> bool {
        self.interfaces.iter().any(|one| one.carrier == carrier)
    }

    /// Returns our Via on a way, asking for an answer to the port that we send from (RFC 3581).
    pub(crate) fn via(&self, branch: &str, flow: Flow) -> Option<Via> {
        let (carrier, advertised) = self.local(flow)?;
        let (host, port) = (Host::from(advertised.ip()), advertised.port());
        Some(Via::new(carrier.transport(), host, Some(port), branch).ok()?.with_rport())
    }

    /// Returns our contact on a way. `user` is taken as it stands in a URI.
    pub(crate) fn contact(&self, user: Option<&str>, flow: Flow) -> Option<NameAddr> {
        let (carrier, advertised) = self.local(flow)?;
        let (host, port) = (Host::from(advertised.ip()), advertised.port());
        let at = if user.is_some() { "@" } else { "" };
        let user = user.unwrap_or_default();
        // UDP is what a URI without the parameter means.
        let transport = match carrier {
            Carrier::Udp => "",
            Carrier::Tcp => ";transport=tcp",
        };
        let uri: Uri = format!("sip:{user}{at}{host}:{port}{transport}").parse().ok()?;
        Some(NameAddr::new(&uri))
    }

    fn local(&self, flow: Flow) -> Option<(Carrier, SocketAddr)> {
        let interface = self.resolve(flow).interface()?;
        Some((flow.carrier(), self.interfaces.get(interface.index())?.advertised))
    }

    /// Adds to a request of ours what all have.
    pub(crate) fn sign_off(&self, builder: RequestBuilder) -> RequestBuilder {
        builder.header(&HeaderName::USER_AGENT, &self.user_agent)
    }

    /// Begins a response with a tag that follows from the request, so that a response which is
    /// computed twice is the same twice (RFC 3261 section 8.2.7).
    pub(crate) fn reply(&self, request: &Request, status: StatusCode) -> ResponseBuilder {
        let tag = hex(self.hash(request).first_chunk::<8>().map_or(&[], |chunk| chunk.as_slice()));
        self.reply_with_tag(request, status, &tag)
    }

    /// Returns the Retry-After of a refusal: at least what is given, at most twice of it. It follows from the request
    /// like the tag, and differs from one request to another: those who were refused together should not come back
    /// together.
    pub(crate) fn retry_after(&self, request: &Request, least: u64) -> u64 {
        let [.., a, b, c, d] = self.hash(request);
        let drawn = u64::from(u32::from_be_bytes([a, b, c, d]));
        let spread = drawn.checked_rem(least.saturating_add(1)).unwrap_or(0);
        least.saturating_add(spread)
    }

    fn hash(&self, request: &Request) -> [u8; 32] {
        let via = request.header(&HeaderName::VIA).unwrap_or_default();
        let call_id = request.header(&HeaderName::CALL_ID).unwrap_or_default();
        self.tags.of(&[via, call_id])
    }

    /// Begins a response of a dialog.
    pub(crate) fn reply_with_tag(
        &self,
        request: &Request,
        status: StatusCode,
        tag: &str,
    ) -> ResponseBuilder {
        let builder = ResponseBuilder::for_request(request, status);
        let builder = if status == StatusCode::TRYING { builder } else { builder.to_tag(tag) };
        builder.header(&HeaderName::SERVER, &self.user_agent)
    }
}

/// Returns the session description of a message; `None` if it has no body.
///
/// # Errors
///
/// [`NotSdp`] if there is a body of another type, or in an encoding.
pub(crate) fn sdp(headers: &Headers, body: Bytes) -> Result<Option<Bytes>, NotSdp> {
    if body.is_empty() {
        return Ok(None);
    }
    let identity = headers
        .header(&HeaderName::CONTENT_ENCODING)
        .is_none_or(|encoding| encoding.eq_ignore_ascii_case(b"identity"));
    let is_sdp = headers.content_type().is_ok_and(|kind| kind.is("application", "sdp"));
    if identity && is_sdp { Ok(Some(body)) } else { Err(NotSdp) }
}

/// The body is no session description that we can read (415).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotSdp;
