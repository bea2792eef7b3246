//! Builders which cannot make an invalid message.
//!
//! They can make a long one: a reader with narrower [`Limits`] than theirs, which are a few times the default ones, will
//! refuse it.

use alloc::{
    borrow::{Cow, ToOwned as _},
    format,
    string::ToString as _,
    vec::Vec,
};
use bytes::Bytes;

use crate::{
    CSeq, CallId, HeaderError, HeaderName, Headers, Limits, Message, Method, NameAddr,
    ParseMessageErrorKind, Request, Response, Salvaged, StatusCode, Uri, Via,
    grammar::{is_safe_value, is_token, trim, unfold},
    header_name::HeaderId,
    headers::write_line,
    message::BuiltKind,
    source::Source,
};

/// Builds a request. Headers stand in the order of the calls; Content-Length comes by itself.
///
/// ```
/// use centrala_sip::{CSeq, HeaderName, Method, RequestBuilder, Transport, Host, Via};
/// let request = RequestBuilder::new(Method::Options, &"sip:bob@example.com".parse()?)
///     .via(&Via::new(Transport::Udp, Host::Name("192.0.2.1"), None, "z9hG4bK1")?)
///     .max_forwards(70)
///     .from(&r#""Alice" <sip:alice@example.com>;tag=a"#.parse()?)
///     .to(&"<sip:bob@example.com>".parse()?)
///     .call_id(&"1@192.0.2.1".parse()?)
///     .cseq(1)
///     .header(&HeaderName::ACCEPT, "application/sdp")
///     .build()?;
/// assert!(request.to_bytes().ends_with(b"Accept: application/sdp\r\nContent-Length: 0\r\n\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "finish with `build`"]
#[derive(Clone, Debug)]
pub struct RequestBuilder {
    method: Method,
    draft: Draft,
}

/// Builds a response. Headers stand in the order of the calls; Content-Length comes by itself.
#[must_use = "finish with `build`"]
#[derive(Clone, Debug)]
pub struct ResponseBuilder {
    status: StatusCode,
    reason: Vec<u8>,
    draft: Draft,
}

#[derive(Clone, Default)]
struct Draft {
    start_line: Vec<u8>,
    lines: Vec<u8>,
    body: Bytes,
    error: Option<BuildMessageError>,
}

/// Why no message was built.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildMessageError {
    /// A value has a CR, LF or NUL, which would break out of its line.
    #[error("a value of {0} must not have CR, LF or NUL")]
    UnsafeValue(HeaderName),
    /// The reason phrase has a CR, LF or NUL.
    #[error("a reason phrase must not have CR, LF or NUL")]
    UnsafeReason,
    /// Content-Length was given: it follows the body.
    #[error("Content-Length cannot be set by hand")]
    ContentLength,
    /// The tag for To is not a token.
    #[error("a tag must be a token")]
    Tag,
    /// A header which this crate knows does not follow its grammar, or is repeated though it must not be.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The message exceeds the limits of this crate.
    #[error("the message is no message: {0}")]
    Refused(ParseMessageErrorKind),
}

impl RequestBuilder {
    /// Starts a request.
    pub fn new(method: Method, uri: &Uri) -> Self {
        let start_line = format!("{method} {uri} SIP/2.0\r\n").into_bytes();
        Self { method, draft: Draft { start_line, ..Draft::default() } }
    }

    /// Adds a Via below those that were added before.
    pub fn via(self, via: &Via) -> Self {
        self.header(&HeaderName::VIA, unfold(via.as_bytes()))
    }

    /// Adds Max-Forwards; 70 is usual (RFC 3261 section 8.1.1.6).
    pub fn max_forwards(self, hops: u32) -> Self {
        self.header(&HeaderName::MAX_FORWARDS, hops.to_string())
    }

    /// Adds From.
    pub fn from(self, from: &NameAddr) -> Self {
        self.header(&HeaderName::FROM, unfolded(from))
    }

    /// Adds To.
    pub fn to(self, to: &NameAddr) -> Self {
        self.header(&HeaderName::TO, unfolded(to))
    }

    /// Adds Call-ID.
    pub fn call_id(self, call_id: &CallId) -> Self {
        self.header(&HeaderName::CALL_ID, call_id.as_str())
    }

    /// Adds `CSeq` with the method of the request.
    pub fn cseq(self, number: u32) -> Self {
        let cseq = CSeq::new(number, self.method.clone());
        self.header(&HeaderName::CSEQ, cseq.to_string())
    }

    /// Adds a contact.
    pub fn contact(self, contact: &NameAddr) -> Self {
        self.header(&HeaderName::CONTACT, unfolded(contact))
    }

    /// Adds a Route below those that were added before.
    pub fn route(self, route: &NameAddr) -> Self {
        self.header(&HeaderName::ROUTE, unfolded(route))
    }

    /// Adds a header.
    pub fn header(mut self, name: &HeaderName, value: impl AsRef<[u8]>) -> Self {
        self.draft.header(name, value.as_ref());
        self
    }

    /// Sets the body and adds Content-Type.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.draft.body(content_type, body.into());
        self
    }

    /// Makes the request. Headers that every request must have are not asked for: a transaction layer may add
    /// the Via later. [`Request::check`] asks for them.
    ///
    /// # Errors
    ///
    /// [`BuildMessageError`] for the first thing that was wrong.
    pub fn build(self) -> Result<Request, BuildMessageError> {
        match self.draft.build()? {
            Message::Request(request) => {
                request.headers().check_present(BuiltKind::Request)?;
                Ok(request)
            }
            // The start line begins with a method, which has no slash.
            Message::Response(_) => {
                Err(BuildMessageError::Refused(ParseMessageErrorKind::StartLine))
            }
        }
    }
}

impl ResponseBuilder {
    /// Starts a response with what the request asks to be repeated: all Vias, From, To, Call-ID, `CSeq`
    /// (RFC 3261 section 8.2.6.2), and Timestamp in a 100 (section 8.2.6.1).
    pub fn for_request(request: &Request, status: StatusCode) -> Self {
        Self::for_headers(request.headers(), status)
    }

    /// Starts a response to a request which could not be parsed, with what could be read of it.
    pub fn for_salvaged(salvaged: &Salvaged, status: StatusCode) -> Self {
        Self::for_headers(salvaged.headers(), status)
    }

    fn for_headers(headers: &Headers, status: StatusCode) -> Self {
        let mut draft = Draft::default();
        for header in headers {
            let is_copied = match header.id() {
                HeaderId::VIA
                | HeaderId::FROM
                | HeaderId::TO
                | HeaderId::CALL_ID
                | HeaderId::CSEQ => true,
                HeaderId::TIMESTAMP => status == StatusCode::TRYING,
                _ => false,
            };
            if is_copied {
                draft.copy(&header.name(), &header.unfolded());
            }
        }
        Self { status, reason: status.default_reason().as_bytes().to_vec(), draft }
    }

    /// Sets the reason phrase instead of the default one.
    pub fn reason(mut self, reason: &str) -> Self {
        if !is_safe_value(reason.as_bytes()) {
            self.draft.fail(BuildMessageError::UnsafeReason);
        }
        reason.as_bytes().clone_into(&mut self.reason);
        self
    }

    /// Adds a tag to To if it has none: all responses but 100 have one (RFC 3261 section 8.2.6.2).
    pub fn to_tag(mut self, tag: &str) -> Self {
        if tag.is_empty() || !tag.bytes().all(is_token) {
            self.draft.fail(BuildMessageError::Tag);
            return self;
        }
        self.draft.tag_to(tag);
        self
    }

    /// Copies the Record-Routes of the request, as a response that makes a dialog does (RFC 3261 section 12.1.1).
    pub fn record_routes_of(mut self, request: &Request) -> Self {
        for header in request.headers().all(&HeaderName::RECORD_ROUTE) {
            self.draft.copy(&HeaderName::RECORD_ROUTE, &header.unfolded());
        }
        self
    }

    /// Adds a contact.
    pub fn contact(self, contact: &NameAddr) -> Self {
        self.header(&HeaderName::CONTACT, unfolded(contact))
    }

    /// Adds a header.
    pub fn header(mut self, name: &HeaderName, value: impl AsRef<[u8]>) -> Self {
        self.draft.header(name, value.as_ref());
        self
    }

    /// Sets the body and adds Content-Type.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.draft.body(content_type, body.into());
        self
    }

    /// Makes the response.
    ///
    /// # Errors
    ///
    /// [`BuildMessageError`] for the first thing that was wrong.
    pub fn build(mut self) -> Result<Response, BuildMessageError> {
        self.draft.start_line = format!("SIP/2.0 {} ", self.status).into_bytes();
        self.draft.start_line.extend_from_slice(&self.reason);
        self.draft.start_line.extend_from_slice(b"\r\n");
        match self.draft.build()? {
            Message::Response(response) => {
                response.headers().check_present(BuiltKind::Response)?;
                Ok(response)
            }
            // The start line begins with the version.
            Message::Request(_) => {
                Err(BuildMessageError::Refused(ParseMessageErrorKind::StartLine))
            }
        }
    }
}

impl Draft {
    fn fail(&mut self, error: BuildMessageError) {
        self.error.get_or_insert(error);
    }

    fn header(&mut self, name: &HeaderName, value: &[u8]) {
        if *name == HeaderName::CONTENT_LENGTH {
            self.fail(BuildMessageError::ContentLength);
            return;
        }
        if is_safe_value(value) {
            write_line(&mut self.lines, name, trim(value));
        } else {
            self.fail(BuildMessageError::UnsafeValue(name.clone()));
        }
    }

    /// Repeats a received value; its line ends are gone, and a NUL in a quoted string is the sender's affair.
    fn copy(&mut self, name: &HeaderName, unfolded: &[u8]) {
        self.lines.extend_from_slice(name.as_str().as_bytes());
        self.lines.extend_from_slice(b": ");
        self.lines.extend_from_slice(unfolded);
        self.lines.extend_from_slice(b"\r\n");
    }

    fn body(&mut self, content_type: &str, body: Bytes) {
        self.header(&HeaderName::CONTENT_TYPE, content_type.as_bytes());
        self.body = body;
    }

    fn tag_to(&mut self, tag: &str) {
        let to = b"To: ".as_slice();
        let mut lines = Vec::with_capacity(self.lines.len() + tag.len() + 5);
        for line in self.lines.split_inclusive(|&byte| byte == b'\n') {
            let value = line.strip_prefix(to).map(trim);
            let parsed = value.and_then(|value| NameAddr::read(Source::piece(value, None)).ok());
            match (value, parsed) {
                (Some(value), Some((_, address))) if address.tag().is_none() => {
                    lines.extend_from_slice(to);
                    // An empty tag would stay the first one.
                    let tagged = Some(&address).filter(|address| address.params().has("tag"));
                    match tagged.and_then(|address| address.with_tag(tag)) {
                        Some(tagged) => lines.extend_from_slice(tagged.as_bytes()),
                        None => {
                            lines.extend_from_slice(value);
                            lines.extend_from_slice(format!(";tag={tag}").as_bytes());
                        }
                    }
                    lines.extend_from_slice(b"\r\n");
                }
                (Some(_) | None, _) => lines.extend_from_slice(line),
            }
        }
        self.lines = lines;
    }

    fn build(self) -> Result<Message, BuildMessageError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut text = self.start_line;
        text.extend_from_slice(&self.lines);
        text.extend_from_slice(format!("Content-Length: {}\r\n\r\n", self.body.len()).as_bytes());
        text.extend_from_slice(&self.body);
        Message::parse_within(Bytes::from(text), &LIMITS)
            .map_err(|error| BuildMessageError::Refused(error.kind()))
    }
}

/// Shows no values: they may hold secrets.
impl core::fmt::Debug for Draft {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Draft")
            .field("lines", &self.lines.iter().filter(|&&byte| byte == b'\n').count())
            .field("body", &self.body.len())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

fn unfolded(address: &NameAddr) -> Cow<'_, [u8]> {
    unfold(address.as_bytes())
}

/// Wider than those of received messages: what repeats one as long as the limits allow gets longer.
const LIMITS: Limits = Limits {
    message: 4 * Limits::MESSAGE,
    start_line: 2 * Limits::START_LINE,
    headers: 2 * Limits::HEADERS,
    header_value: 2 * Limits::HEADER_VALUE,
    header_name: Limits::HEADER_NAME,
};
