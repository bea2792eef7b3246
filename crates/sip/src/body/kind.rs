//! Kinds of bodies, by their media type.

use core::fmt;

use crate::MediaType;

/// What a body is, by its Content-Type. Of XML kinds only the kind is known here; their octets stay opaque.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// `application/sdp`: a session description (RFC 8866).
    Sdp,
    /// `multipart/*` (RFC 2046 section 5.1, RFC 5621).
    Multipart,
    /// `application/simple-message-summary`: messages waiting (RFC 3842).
    MessageSummary,
    /// `message/sipfrag`: a piece of a SIP message (RFC 3420).
    SipFragment,
    /// `message/sip`: a whole SIP message (RFC 3261 section 27.5).
    SipMessage,
    /// `application/dialog-info+xml`: what calls somebody has (RFC 4235).
    DialogInfo,
    /// `application/pidf+xml`: whether somebody is there (RFC 3863).
    Presence,
    /// `application/dtmf-relay`: a key with its duration, in an INFO; no RFC defines it.
    DtmfRelay,
    /// `application/dtmf`: a key alone, in an INFO; no RFC defines it.
    Dtmf,
    /// `text/plain`.
    PlainText,
    /// Any other type.
    Other,
    /// Content-Type is absent, malformed or repeated.
    Unknown,
}

/// Media types that have a kind of their own.
const KINDS: &[(&str, &str, BodyKind)] = &[
    ("application", "sdp", BodyKind::Sdp),
    ("application", "simple-message-summary", BodyKind::MessageSummary),
    ("message", "sipfrag", BodyKind::SipFragment),
    ("message", "sip", BodyKind::SipMessage),
    ("application", "dialog-info+xml", BodyKind::DialogInfo),
    ("application", "pidf+xml", BodyKind::Presence),
    ("application", "dtmf-relay", BodyKind::DtmfRelay),
    ("application", "dtmf", BodyKind::Dtmf),
    ("text", "plain", BodyKind::PlainText),
];

impl BodyKind {
    /// Returns the kind of a media type; its case and its parameters do not matter.
    #[must_use]
    pub fn of(media_type: &MediaType) -> Self {
        if media_type.kind().eq_ignore_ascii_case("multipart") {
            return Self::Multipart;
        }
        KINDS
            .iter()
            .find(|(kind, subtype, _)| media_type.is(kind, subtype))
            .map_or(Self::Other, |(_, _, found)| *found)
    }
}

impl fmt::Display for BodyKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match KINDS.iter().find(|(_, _, kind)| kind == self) {
            Some((kind, subtype, _)) => write!(formatter, "{kind}/{subtype}"),
            None if *self == Self::Multipart => formatter.write_str("multipart"),
            None if *self == Self::Other => formatter.write_str("other"),
            None => formatter.write_str("unknown"),
        }
    }
}
