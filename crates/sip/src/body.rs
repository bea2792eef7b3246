//! Bodies: what a message carries, read when asked for.

use core::fmt;

use bytes::Bytes;

use crate::{
    ContentDisposition, HeaderError, HeaderName, Headers, MediaType, Message, Request, Response,
};

mod disposition;
mod dtmf;
mod error;
mod kind;
mod message_summary;
mod multipart;
mod section;
mod sip_fragment;

pub use disposition::{BodyEncoding, Handling};
pub use dtmf::{Dtmf, DtmfSignal};
pub use error::{ParseBodyError, ParseBodyErrorKind, ReadBodyError};
pub use kind::BodyKind;
pub use message_summary::{MessageClass, MessageCounts, MessageSummary, UrgentCounts};
pub use multipart::{BuildMultipartError, Multipart, MultipartBuilder, Part};
pub use sip_fragment::{BuildSipFragmentError, SipFragment};

use multipart::DefaultType;

/// The body of a message or of a part, with the headers that describe it. Nothing is read before it is asked for,
/// and what is read shares the received octets.
///
/// ```
/// use bytes::Bytes;
/// use centrala_sip::{BodyKind, Message, StatusCode};
///
/// let datagram = Bytes::from_static(
///     b"NOTIFY sip:101@192.0.2.1 SIP/2.0\r\n\
///       Content-Type: message/sipfrag;version=2.0\r\n\r\n\
///       SIP/2.0 180 Ringing",
/// );
/// let Message::Request(notify) = Message::parse(datagram)? else { panic!("a request") };
/// let body = notify.typed_body();
/// assert_eq!(body.kind(), BodyKind::SipFragment);
/// assert_eq!(body.sip_fragment()?.status(), Some(StatusCode::RINGING));
///
/// // Asked for what it is not, it says which status answers that.
/// assert_eq!(body.message_summary().unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Body<'a> {
    headers: &'a Headers,
    content: Bytes,
    /// How many multiparts it lies in.
    depth: usize,
    default: DefaultType,
}

impl<'a> Body<'a> {
    /// Makes the body that these headers describe. [`Request::typed_body`] and [`Response::typed_body`] do so for
    /// messages, [`Part::body`] for parts.
    #[must_use]
    pub const fn new(headers: &'a Headers, content: Bytes) -> Self {
        Self { headers, content, depth: 0, default: DefaultType::Unknown }
    }

    const fn of_part(
        headers: &'a Headers,
        content: Bytes,
        depth: usize,
        default: DefaultType,
    ) -> Self {
        Self { headers, content, depth, default }
    }

    /// Returns the octets, encoded as they may be.
    #[must_use]
    pub const fn content(&self) -> &Bytes {
        &self.content
    }

    /// Tells whether there is no body.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// Returns what the body is, by its Content-Type. A part without one is text (RFC 2046 section 5.1).
    #[must_use]
    pub fn kind(&self) -> BodyKind {
        match self.media_type() {
            Ok(media_type) => BodyKind::of(&media_type),
            Err(HeaderError::Absent(_)) => match self.default {
                DefaultType::PlainText => BodyKind::PlainText,
                DefaultType::Other => BodyKind::Other,
                DefaultType::Unknown => BodyKind::Unknown,
            },
            Err(HeaderError::Malformed { .. } | HeaderError::Repeated(_)) => BodyKind::Unknown,
        }
    }

    /// Returns the Content-Type.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if it is absent, malformed or repeated.
    pub fn media_type(&self) -> Result<MediaType, HeaderError> {
        self.headers.content_type()
    }

    /// Returns Content-Disposition; `None` if it is absent or cannot be read.
    #[must_use]
    pub fn disposition(&self) -> Option<ContentDisposition> {
        self.headers.content_disposition().ok()
    }

    /// Tells whether the body has that disposition, for instance `session`, `render` or `early-session`. Without a
    /// readable Content-Disposition it is `session` for SDP and `render` for all else (RFC 3261 section 20.11).
    #[must_use]
    pub fn is_for(&self, disposition: &str) -> bool {
        match self.disposition() {
            Some(own) => own.is(disposition),
            None => {
                let default = if self.kind() == BodyKind::Sdp { "session" } else { "render" };
                default.eq_ignore_ascii_case(disposition)
            }
        }
    }

    /// Returns whether the body must be understood (RFC 3261 section 20.11). What says nothing sensible must.
    #[must_use]
    pub fn handling(&self) -> Handling {
        self.disposition().map(|disposition| disposition.handling()).unwrap_or_default()
    }

    /// Iterates over the languages of Content-Language; those that are no tokens are left out.
    pub fn languages(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.headers.tokens(&HeaderName::CONTENT_LANGUAGE).filter_map(Result::ok)
    }

    /// Returns how the body is encoded.
    #[must_use]
    pub fn encoding(&self) -> BodyEncoding<'a> {
        disposition::encoding(self.headers)
    }

    /// Returns the octets if they stand for themselves.
    ///
    /// # Errors
    ///
    /// [`ReadBodyError::Encoded`] if they do not.
    pub fn plain(&self) -> Result<Bytes, ReadBodyError> {
        match self.encoding() {
            BodyEncoding::Identity => Ok(self.content.clone()),
            BodyEncoding::Content(_) | BodyEncoding::Transfer(_) | BodyEncoding::Unreadable => {
                Err(ReadBodyError::Encoded)
            }
        }
    }

    /// Returns the parts of a `multipart/*`.
    ///
    /// # Errors
    ///
    /// [`ReadBodyError`] if the body is of another type, encoded or malformed.
    pub fn multipart(&self) -> Result<Multipart, ReadBodyError> {
        let content = self.of_kind(&[BodyKind::Multipart])?;
        Ok(Multipart::parse_at(&self.media_type()?, &content, self.depth)?)
    }

    /// Returns the message summary of an `application/simple-message-summary`.
    ///
    /// # Errors
    ///
    /// As [`Body::multipart`].
    pub fn message_summary(&self) -> Result<MessageSummary, ReadBodyError> {
        Ok(MessageSummary::parse(&self.of_kind(&[BodyKind::MessageSummary])?)?)
    }

    /// Returns the fragment of a `message/sipfrag`.
    ///
    /// # Errors
    ///
    /// As [`Body::multipart`].
    pub fn sip_fragment(&self) -> Result<SipFragment, ReadBodyError> {
        Ok(SipFragment::parse(&self.of_kind(&[BodyKind::SipFragment])?)?)
    }

    /// Returns the message of a `message/sip`.
    ///
    /// # Errors
    ///
    /// As [`Body::multipart`].
    pub fn sip_message(&self) -> Result<Message, ReadBodyError> {
        Ok(Message::parse(self.of_kind(&[BodyKind::SipMessage])?)?)
    }

    /// Returns the key of an `application/dtmf-relay` or `application/dtmf`.
    ///
    /// # Errors
    ///
    /// As [`Body::multipart`].
    pub fn dtmf(&self) -> Result<Dtmf, ReadBodyError> {
        Ok(Dtmf::parse(&self.of_kind(&[BodyKind::DtmfRelay, BodyKind::Dtmf])?)?)
    }

    fn of_kind(&self, kinds: &[BodyKind]) -> Result<Bytes, ReadBodyError> {
        if kinds.contains(&self.kind()) { self.plain() } else { Err(ReadBodyError::OtherType) }
    }
}

/// Hides the content.
impl fmt::Debug for Body<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Body")
            .field("kind", &self.kind())
            .field("content", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl Request {
    /// Returns the body with what its headers say of it.
    #[must_use]
    pub fn typed_body(&self) -> Body<'_> {
        Body::new(self.headers(), self.body())
    }
}

impl Response {
    /// Returns the body with what its headers say of it.
    #[must_use]
    pub fn typed_body(&self) -> Body<'_> {
        Body::new(self.headers(), self.body())
    }
}
