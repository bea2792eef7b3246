//! Messages: requests and responses.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use bytes::Bytes;

use crate::{
    EditHeaderError, Expected, Header, HeaderError, HeaderName, Headers, Limits, Method,
    StatusCode, Uri,
    grammar::{Span, is_safe_value},
    split::{Split, StartLine, split},
};

/// A SIP message: one received datagram with an index over it.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 7 closes the set")]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

/// A request. Its headers are those of [`Headers`], to which it dereferences.
#[derive(Clone)]
pub struct Request {
    method: Method,
    uri: Uri,
    content: Content,
}

/// A response. Its headers are those of [`Headers`], to which it dereferences.
#[derive(Clone)]
pub struct Response {
    status: StatusCode,
    reason: Bytes,
    content: Content,
}

/// What requests and responses have in common.
#[derive(Clone)]
struct Content {
    start_line: Bytes,
    headers: Headers,
    blank: Bytes,
    body: Bytes,
    /// The message as it was received, until something is edited.
    whole: Option<Bytes>,
}

/// Why a datagram is not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at offset {offset}")]
pub struct ParseMessageError {
    offset: usize,
    kind: ParseMessageErrorKind,
    salvaged: Option<Box<Salvaged>>,
}

/// What is wrong with a datagram.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseMessageErrorKind {
    /// Nothing but line ends: a keep-alive (RFC 5626 section 3.5.1).
    #[error("nothing but line ends")]
    Empty,
    /// The first line is neither a request line nor a status line.
    #[error("no start line")]
    NotSip,
    /// The request line has no URI, no version or spaces too many.
    #[error("malformed request line")]
    StartLine,
    /// The Request-URI is malformed.
    #[error("malformed Request-URI, expected {0},")]
    RequestUri(Expected),
    /// The version is not 2.0.
    #[error("unsupported version")]
    UnsupportedVersion,
    /// The status code is not between 100 and 699.
    #[error("malformed status code")]
    StatusCode,
    /// A header line without a name and a colon.
    #[error("no header name")]
    HeaderName,
    /// A CR in the head that no LF follows.
    #[error("CR without LF")]
    BareCr,
    /// The headers do not end.
    #[error("no empty line after the headers")]
    NoEmptyLine,
    /// Content-Length is not a number.
    #[error("malformed Content-Length")]
    ContentLength,
    /// There is more than one Content-Length.
    #[error("more than one Content-Length")]
    RepeatedContentLength,
    /// The body is shorter than Content-Length says.
    #[error("body shorter than Content-Length")]
    BodyTooShort,
    /// Longer than [`Limits::message`].
    #[error("message too long")]
    MessageTooLong,
    /// Longer than [`Limits::start_line`].
    #[error("start line too long")]
    StartLineTooLong,
    /// Longer than [`Limits::header_value`] or [`Limits::header_name`].
    #[error("header too long")]
    HeaderTooLong,
    /// More than [`Limits::headers`].
    #[error("too many headers")]
    TooManyHeaders,
}

/// The headers of a request that could not be parsed; enough to refuse it.
#[derive(Clone)]
pub struct Salvaged {
    headers: Headers,
}

/// Why a message that was parsed cannot be processed (RFC 3261 sections 8.1.1 and 8.2).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckMessageError {
    /// A header that every message must have is absent, malformed or repeated.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The method of `CSeq` is not that of the request line.
    #[error("the method of CSeq is not that of the request line")]
    MethodMismatch,
}

impl Message {
    /// Parses a datagram with the default [`Limits`].
    ///
    /// Lenient where the sender's meaning is plain: bare LFs, line ends before the start line, a lower-case
    /// version, spaces before colons. Headers are not parsed here but on access.
    ///
    /// # Errors
    ///
    /// [`ParseMessageError`] if the datagram cannot be split into a start line, headers and a body.
    pub fn parse(datagram: Bytes) -> Result<Self, ParseMessageError> {
        Self::parse_within(datagram, &Limits::default())
    }

    /// Parses a datagram within the given limits.
    ///
    /// # Errors
    ///
    /// As [`Message::parse`].
    #[expect(clippy::needless_pass_by_value, reason = "the message owns its datagram")]
    pub fn parse_within(datagram: Bytes, limits: &Limits) -> Result<Self, ParseMessageError> {
        let plain = |(offset, kind)| ParseMessageError { offset, kind, salvaged: None };
        let Split { start, line, slots, blank, body, fault } =
            split(&datagram, limits).map_err(plain)?;
        let headers = Headers::new(datagram.clone(), slots);
        let slice = |span: Span| datagram.slice(span.start()..span.end());
        if let Some((offset, kind)) = fault {
            let salvaged = line.may_be_answered().then_some(Salvaged { headers });
            let salvaged = salvaged.filter(|salvaged| salvaged.headers.via().is_ok()).map(Box::new);
            return Err(ParseMessageError { offset, kind, salvaged });
        }
        let content = Content {
            start_line: slice(start),
            headers,
            blank: slice(blank),
            body: slice(body),
            whole: Some(slice(Span::new(start.start(), body.end()))),
        };
        match line {
            StartLine::Request { method, uri } => {
                Ok(Self::Request(Request { method, uri, content }))
            }
            StartLine::Response { status, reason } => {
                Ok(Self::Response(Response { status, reason: slice(reason), content }))
            }
            StartLine::BrokenRequest { .. } => {
                Err(plain((start.start(), ParseMessageErrorKind::StartLine)))
            }
        }
    }

    /// Returns the message as octets; those of a received one that was not edited are the received ones.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Request(request) => request.to_bytes(),
            Self::Response(response) => response.to_bytes(),
        }
    }
}

impl Request {
    /// Returns the method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the Request-URI.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Replaces the Request-URI, as a proxy does with its target (RFC 3261 section 16.6, step 2).
    pub fn set_uri(&mut self, uri: &Uri) {
        self.uri = uri.clone();
        self.content.start_line = Bytes::from(format!("{} {uri} SIP/2.0\r\n", self.method));
        self.content.whole = None;
    }

    /// Checks what every request must have: Via, From, To, Call-ID and `CSeq`, each well-formed, the single ones
    /// once, the method of `CSeq` that of the request line, and Max-Forwards and Contact well-formed if they are
    /// there. A request without Max-Forwards is one of RFC 2543 and passes.
    ///
    /// # Errors
    ///
    /// [`CheckMessageError`], to be answered with its [status](CheckMessageError::status).
    pub fn check(&self) -> Result<(), CheckMessageError> {
        let method = self.check_headers()?;
        if method == self.method { Ok(()) } else { Err(CheckMessageError::MethodMismatch) }
    }
}

impl Response {
    /// Returns the status code.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the reason phrase as it was written; it may be empty and not UTF-8.
    #[must_use]
    pub const fn reason(&self) -> &Bytes {
        &self.reason
    }

    /// Replaces status code and reason phrase.
    ///
    /// # Errors
    ///
    /// [`EditStatusError`] if the phrase has a CR, LF or NUL.
    pub fn set_status(&mut self, status: StatusCode, reason: &str) -> Result<(), EditStatusError> {
        if !is_safe_value(reason.as_bytes()) {
            return Err(EditStatusError);
        }
        self.status = status;
        self.reason = Bytes::copy_from_slice(reason.as_bytes());
        self.content.start_line = Bytes::from(format!("SIP/2.0 {status} {reason}\r\n"));
        self.content.whole = None;
        Ok(())
    }

    /// Checks what every response must have; see [`Request::check`]. A response that fails is dropped.
    ///
    /// # Errors
    ///
    /// [`CheckMessageError`].
    pub fn check(&self) -> Result<(), CheckMessageError> {
        self.check_headers()?;
        Ok(())
    }
}

/// Why a status line was not edited.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reason phrase must not have CR, LF or NUL")]
pub struct EditStatusError;

macro_rules! content_accessors {
    ($($type:ident),*) => { $(
        impl $type {
            /// Returns the headers.
            #[must_use]
            pub const fn headers(&self) -> &Headers {
                &self.content.headers
            }

            /// Returns the body.
            #[must_use]
            pub fn body(&self) -> Bytes {
                self.content.body.clone()
            }

            /// Replaces the body, Content-Type and Content-Length.
            ///
            /// # Errors
            ///
            /// [`EditHeaderError`] if the type has a CR, LF or NUL.
            pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) -> Result<(), EditHeaderError> {
                self.set(&HeaderName::CONTENT_TYPE, content_type)?;
                self.content.put_body(body.into())
            }

            /// Removes the body with Content-Type.
            ///
            /// # Errors
            ///
            /// [`EditHeaderError::TooLong`] only.
            pub fn remove_body(&mut self) -> Result<(), EditHeaderError> {
                self.remove(&HeaderName::CONTENT_TYPE);
                self.content.put_body(Bytes::new())
            }

            /// Returns the message as octets: untouched lines as they were written, edited ones anew.
            #[must_use]
            pub fn to_bytes(&self) -> Bytes {
                self.content.to_bytes()
            }
        }

        impl Deref for $type {
            type Target = Headers;

            fn deref(&self) -> &Headers {
                &self.content.headers
            }
        }

        impl DerefMut for $type {
            fn deref_mut(&mut self) -> &mut Headers {
                self.content.whole = None;
                &mut self.content.headers
            }
        }
    )* };
}

content_accessors!(Request, Response);

/// Hides all values but method and URI.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("uri", &self.uri)
            .field("headers", self.headers())
            .field("body", &self.content.body.len())
            .finish()
    }
}

/// Hides all values but the status.
impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("headers", self.headers())
            .field("body", &self.content.body.len())
            .finish_non_exhaustive()
    }
}

impl Content {
    fn put_body(&mut self, body: Bytes) -> Result<(), EditHeaderError> {
        self.headers.set_content_length(body.len())?;
        self.body = body;
        self.whole = None;
        Ok(())
    }

    fn to_bytes(&self) -> Bytes {
        if let Some(whole) = &self.whole {
            return whole.clone();
        }
        let length =
            self.start_line.len() + self.headers.printed_len() + self.blank.len() + self.body.len();
        let mut text = Vec::with_capacity(length);
        text.extend_from_slice(&self.start_line);
        self.headers.print(&mut text);
        text.extend_from_slice(&self.blank);
        text.extend_from_slice(&self.body);
        Bytes::from(text)
    }
}

impl Headers {
    /// Reads the headers that every message must have, and returns the method of `CSeq`.
    fn check_headers(&self) -> Result<Method, HeaderError> {
        self.via()?;
        for via in self.vias() {
            via?;
        }
        self.from()?;
        self.to()?;
        self.call_id()?;
        for contact in self.contacts() {
            contact?;
        }
        match self.max_forwards() {
            Ok(_) | Err(HeaderError::Absent(_)) => {}
            Err(error @ (HeaderError::Malformed { .. } | HeaderError::Repeated(_))) => {
                return Err(error);
            }
        }
        Ok(self.cseq()?.method().clone())
    }
}

impl Headers {
    /// Reads those of the headers with a known grammar that are there. Those which a response repeats from a
    /// request are only the builder's business if it builds a request.
    pub(crate) fn check_present(&self, kind: BuiltKind) -> Result<(), HeaderError> {
        fn present<T>(read: Result<T, HeaderError>) -> Result<(), HeaderError> {
            match read {
                Ok(_) | Err(HeaderError::Absent(_)) => Ok(()),
                Err(error @ (HeaderError::Malformed { .. } | HeaderError::Repeated(_))) => {
                    Err(error)
                }
            }
        }
        if matches!(kind, BuiltKind::Request) {
            self.vias().try_for_each(present)?;
            present(self.from())?;
            present(self.to())?;
            present(self.call_id())?;
            present(self.cseq())?;
        }
        present(self.max_forwards())?;
        present(self.expires())?;
        present(self.content_type())?;
        self.contacts().try_for_each(present)?;
        self.routes().try_for_each(present)?;
        self.record_routes().try_for_each(present)?;
        self.challenges().try_for_each(present)?;
        self.credentials().try_for_each(present)
    }
}

/// What a builder builds.
#[derive(Clone, Copy)]
pub(crate) enum BuiltKind {
    Request,
    Response,
}

impl CheckMessageError {
    /// Returns the status code that answers such a request.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Header(_) | Self::MethodMismatch => StatusCode::BAD_REQUEST,
        }
    }
}

impl StartLine {
    /// An ACK and a response are never answered.
    fn may_be_answered(&self) -> bool {
        match self {
            Self::Request { method, .. } | Self::BrokenRequest { method } => *method != Method::Ack,
            Self::Response { .. } => false,
        }
    }
}

impl ParseMessageError {
    /// Returns the position in the datagram.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn kind(&self) -> ParseMessageErrorKind {
        self.kind
    }

    /// Returns the status code that answers such a request; `None` if it is to be dropped: it is no request, an
    /// ACK, or has no Via that a response could follow.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.salvaged.as_ref().map(|_| self.kind.status())
    }

    /// Returns the headers that are needed to answer, if an answer is due;
    /// [`ResponseBuilder::for_salvaged`](crate::ResponseBuilder::for_salvaged) takes them.
    #[must_use]
    pub fn salvaged(&self) -> Option<&Salvaged> {
        self.salvaged.as_deref()
    }
}

impl ParseMessageErrorKind {
    const fn status(self) -> StatusCode {
        match self {
            Self::UnsupportedVersion => StatusCode::VERSION_NOT_SUPPORTED,
            Self::MessageTooLong => StatusCode::MESSAGE_TOO_LARGE,
            Self::StartLineTooLong => StatusCode::REQUEST_URI_TOO_LONG,
            Self::Empty
            | Self::NotSip
            | Self::StartLine
            | Self::RequestUri(_)
            | Self::StatusCode
            | Self::HeaderName
            | Self::BareCr
            | Self::NoEmptyLine
            | Self::ContentLength
            | Self::RepeatedContentLength
            | Self::BodyTooShort
            | Self::HeaderTooLong
            | Self::TooManyHeaders => StatusCode::BAD_REQUEST,
        }
    }
}

impl Salvaged {
    /// Returns the headers that could be read; those without a name and a colon are left out.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }
}

impl PartialEq for Salvaged {
    fn eq(&self, other: &Self) -> bool {
        self.headers.iter().map(Header::line).eq(other.headers.iter().map(Header::line))
    }
}

impl Eq for Salvaged {}

impl fmt::Debug for Salvaged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.headers, formatter)
    }
}
