//! Messages: requests and responses.

use alloc::{boxed::Box, format, vec::Vec};
use core::{
    fmt,
    ops::{Deref, DerefMut},
};

use bytes::Bytes;

use crate::{
    EditHeaderError, HeaderName, Headers, Limits, Method, StatusCode, Uri,
    grammar::{Span, is_safe_value},
    source::Source,
    split::{Head, LineEnds, StartLine, split},
};

mod check;
mod refusal;
mod stream_form;

use ParseMessageErrorKind as Kind;
pub(crate) use check::BuiltKind;
pub use check::CheckMessageError;
pub use refusal::{ParseMessageError, ParseMessageErrorKind, Salvaged};

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
    reason: Piece,
    content: Content,
}

/// What requests and responses have in common.
#[derive(Clone)]
struct Content {
    headers: Headers,
    start_line: Piece,
    blank: Span,
    body: Piece,
    /// The message as it was received, until something is edited.
    whole: Option<Span>,
}

/// A part of a message.
#[derive(Clone)]
enum Piece {
    Received(Span),
    Edited(Bytes),
}

impl Piece {
    fn in_<'a>(&'a self, datagram: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Received(span) => span.in_(datagram),
            Self::Edited(text) => text,
        }
    }
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
    pub fn parse_within(datagram: Bytes, limits: &Limits) -> Result<Self, ParseMessageError> {
        let limits = limits.within_offsets();
        if datagram.len() > limits.message {
            return Err(ParseMessageError::plain(limits.message, Kind::MessageTooLong));
        }
        let mut head = split(&datagram, &limits, LineEnds::CrLfOrLf)
            .map_err(|(offset, kind)| ParseMessageError::plain(offset, kind))?;
        let body = head.datagram_body(&datagram);
        Self::assemble(datagram, head, body)
    }

    /// Makes a message of what was found in a text.
    pub(crate) fn assemble(text: Bytes, head: Head, body: Span) -> Result<Self, ParseMessageError> {
        let Head { start, line, slots, blank, fault, .. } = head;
        if let Some((offset, kind)) = fault {
            let may_be_answered = line.may_be_answered(&text);
            let headers = Headers::new(text, slots);
            let salvaged = may_be_answered.then_some(Salvaged { headers });
            let salvaged = salvaged.filter(|salvaged| salvaged.headers.via().is_ok()).map(Box::new);
            return Err(ParseMessageError { offset, kind, salvaged });
        }
        let whole = Some(Span::new(start.start(), body.end()));
        let (start_line, body) = (Piece::Received(start), Piece::Received(body));
        match line {
            StartLine::Request { method, uri, parts } => {
                let source = Source::new(&text);
                let method = Method::read(source, method.in_(&text))
                    .map_err(|_| ParseMessageError::plain(start.start(), Kind::NotSip))?;
                let uri = Uri::of_parts(text.clone(), uri, parts);
                let headers = Headers::new(text, slots);
                let content = Content { headers, start_line, blank, body, whole };
                Ok(Self::Request(Request { method, uri, content }))
            }
            StartLine::Response { status, reason } => {
                let headers = Headers::new(text, slots);
                let content = Content { headers, start_line, blank, body, whole };
                let reason = Piece::Received(reason);
                Ok(Self::Response(Response { status, reason, content }))
            }
            // Such a line is a fault.
            StartLine::BrokenRequest { .. } => {
                Err(ParseMessageError::plain(start.start(), Kind::StartLine))
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
        let line = format!("{} {uri} SIP/2.0\r\n", self.method);
        self.content.start_line = Piece::Edited(Bytes::from(line));
        self.content.whole = None;
    }

    /// Checks what every request must have: Via, From, To, Call-ID and `CSeq`, each well-formed, the single ones
    /// once, the method of `CSeq` that of the request line, and Max-Forwards and Contact well-formed if they are
    /// there. A request without Max-Forwards is one of RFC 2543 and passes.
    ///
    /// # Errors
    ///
    /// [`CheckMessageError`], to be answered with its [status](CheckMessageError::status); an ACK is dropped.
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
    pub fn reason(&self) -> &[u8] {
        self.reason.in_(self.content.headers.datagram())
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
        self.reason = Piece::Edited(Bytes::copy_from_slice(reason.as_bytes()));
        let line = format!("SIP/2.0 {status} {reason}\r\n");
        self.content.start_line = Piece::Edited(Bytes::from(line));
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

            /// Returns the body; shares memory.
            #[must_use]
            pub fn body(&self) -> Bytes {
                match &self.content.body {
                    Piece::Received(span) => self.content.headers.datagram().slice(span.start()..span.end()),
                    Piece::Edited(body) => body.clone(),
                }
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
            .field("body", &self.content.body().len())
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
            .field("body", &self.content.body().len())
            .finish_non_exhaustive()
    }
}

impl Content {
    fn put_body(&mut self, body: Bytes) -> Result<(), EditHeaderError> {
        self.headers.set_content_length(body.len())?;
        self.body = Piece::Edited(body);
        self.whole = None;
        Ok(())
    }

    fn body(&self) -> &[u8] {
        self.body.in_(self.headers.datagram())
    }

    fn to_bytes(&self) -> Bytes {
        let datagram = self.headers.datagram();
        if let Some(whole) = self.whole {
            return datagram.slice(whole.start()..whole.end());
        }
        let (start_line, body) = (self.start_line.in_(datagram), self.body());
        let length = start_line.len() + self.headers.printed_len() + self.blank.len() + body.len();
        let mut text = Vec::with_capacity(length);
        text.extend_from_slice(start_line);
        self.headers.print(&mut text);
        text.extend_from_slice(self.blank.in_(datagram));
        text.extend_from_slice(body);
        Bytes::from(text)
    }
}

impl StartLine {
    /// An ACK and a response are never answered.
    fn may_be_answered(self, text: &[u8]) -> bool {
        match self {
            Self::Request { method, .. } | Self::BrokenRequest { method } => {
                method.in_(text) != b"ACK"
            }
            Self::Response { .. } => false,
        }
    }
}
