//! What is no message, and what is left of it to answer with.

use alloc::boxed::Box;
use core::fmt;

use crate::{Expected, Header, Headers, StatusCode};

#[cfg(doc)]
use crate::Limits;

/// Why a datagram is not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at offset {offset}")]
pub struct ParseMessageError {
    pub(super) offset: usize,
    pub(super) kind: ParseMessageErrorKind,
    pub(super) salvaged: Option<Box<Salvaged>>,
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
    /// A line of a stream that ends with a bare LF.
    #[error("LF without CR")]
    BareLf,
    /// A message of a stream does not tell its length (RFC 3261 section 20.14).
    #[error("no Content-Length")]
    NoContentLength,
    /// A `WebSocket` message goes on after its SIP message (RFC 7118 section 5).
    #[error("octets after the body")]
    OctetsAfterBody,
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
    pub(super) headers: Headers,
}

impl ParseMessageError {
    /// Nothing is left to answer with.
    pub(crate) const fn plain(offset: usize, kind: ParseMessageErrorKind) -> Self {
        Self { offset, kind, salvaged: None }
    }

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
            | Self::BareLf
            | Self::NoContentLength
            | Self::OctetsAfterBody
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
