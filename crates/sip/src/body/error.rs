//! Why a body is not what its type says.

use crate::{HeaderError, ParseMessageError, ParseMessageErrorKind, StatusCode};

#[cfg(doc)]
use crate::{Dtmf, MessageSummary, Multipart};

/// Why a body is not what its type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at offset {offset} of the body")]
pub struct ParseBodyError {
    offset: usize,
    kind: ParseBodyErrorKind,
}

/// What is wrong with a body, or what was expected in it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseBodyErrorKind {
    /// The Content-Type is no multipart, or its boundary is absent, empty, longer than 70 characters or has
    /// others than RFC 2046 section 5.1.1 allows.
    #[error("no valid boundary in Content-Type")]
    Boundary,
    /// No line begins with the boundary.
    #[error("expected a line with the boundary")]
    NoDelimiter,
    /// The line that ends a multipart is missing: it was cut short.
    #[error("expected the closing boundary")]
    NoClosingDelimiter,
    /// More than [`Multipart::MAX_PARTS`].
    #[error("too many parts")]
    TooManyParts,
    /// Multiparts within multiparts deeper than [`Multipart::MAX_DEPTH`].
    #[error("multiparts nested too deep")]
    TooDeep,
    /// A header line without a name and a colon.
    #[error("expected a header name and a colon")]
    HeaderName,
    /// A CR among the headers that no LF follows.
    #[error("CR without LF")]
    BareCr,
    /// A header line longer than 8,192 octets, or a value longer than [`MessageSummary::MAX_VALUE`].
    #[error("header too long")]
    HeaderTooLong,
    /// More than 64 header lines.
    #[error("too many headers")]
    TooManyHeaders,
    /// The first line of a fragment begins as a start line and is none.
    #[error("malformed start line: {0}")]
    StartLine(ParseMessageErrorKind),
    /// Neither `Messages-Waiting: yes` or `no` nor counts.
    #[error("expected Messages-Waiting: yes or no")]
    MessagesWaiting,
    /// No key: none of `0` to `9`, `*`, `#`, `A` to `D`, `16` or `hf`.
    #[error("expected a key")]
    Signal,
    /// Longer than [`MessageSummary::MAX_LEN`] or [`Dtmf::MAX_LEN`].
    #[error("body too long")]
    TooLong,
}

/// Why a body cannot be read as the kind that was asked for.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadBodyError {
    /// Content-Type is of another kind, absent or malformed.
    #[error("the body is of another type")]
    OtherType,
    /// The body is encoded (Content-Encoding or Content-Transfer-Encoding): decode it first.
    #[error("the body is encoded")]
    Encoded,
    /// A header that describes the body cannot be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The body is not what its type says.
    #[error(transparent)]
    Malformed(#[from] ParseBodyError),
    /// The message within is none.
    #[error(transparent)]
    Message(#[from] ParseMessageError),
}

impl ParseBodyError {
    pub(super) const fn new(offset: usize, kind: ParseBodyErrorKind) -> Self {
        Self { offset, kind }
    }

    /// Returns the position in the body.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn kind(&self) -> ParseBodyErrorKind {
        self.kind
    }
}

impl ReadBodyError {
    /// Returns the status code that answers a request with such a body, if its handling is required: 415 for a
    /// type or an encoding (RFC 3261 section 8.2.3), 400 for what is malformed.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::OtherType | Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Header(_) | Self::Malformed(_) | Self::Message(_) => StatusCode::BAD_REQUEST,
        }
    }
}
