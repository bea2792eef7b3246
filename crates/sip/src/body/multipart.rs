//! Bodies of many parts (RFC 2046 section 5.1, as RFC 5621 has them in SIP).

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use bytes::Bytes;
use nom::FindSubstring as _;

use super::{
    Body, ParseBodyError, ParseBodyErrorKind as Kind, ReadBodyError,
    section::{Section, section},
};
use crate::{HeaderError, Headers, MediaType, grammar::is_token};

mod builder;

pub use builder::{BuildMultipartError, MultipartBuilder};

/// A body of many parts: slices of the received octets, each with its headers.
///
/// ```
/// use bytes::Bytes;
/// use centrala_sip::{BodyKind, Message};
///
/// let datagram = Bytes::from_static(
///     b"INVITE sip:911@example.com SIP/2.0\r\n\
///       Content-Type: multipart/mixed;boundary=cut\r\n\r\n\
///       --cut\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\
///       --cut\r\nContent-Type: application/pidf+xml\r\nContent-ID: <here@example.com>\r\n\r\n<presence/>\r\n\
///       --cut--\r\n",
/// );
/// let Message::Request(request) = Message::parse(datagram)? else { panic!("a request") };
/// let body = request.typed_body();
/// let multipart = body.multipart()?;
/// assert_eq!(multipart.parts().len(), 2);
/// let place = multipart.by_content_id("here@example.com").ok_or("no such part")?;
/// assert_eq!(place.body().kind(), BodyKind::Presence);
/// assert_eq!(place.content(), "<presence/>");
///
/// // Whether alone or in a part: the description.
/// assert_eq!(body.session_description()?.as_deref(), Some(b"v=0".as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Multipart {
    subtype: String,
    boundary: String,
    text: Bytes,
    preamble: Bytes,
    parts: Vec<Part>,
    epilogue: Bytes,
    ending: Ending,
}

/// One part: its headers and its content.
#[derive(Clone)]
pub struct Part {
    headers: Headers,
    content: Bytes,
    depth: usize,
    default: DefaultType,
}

/// What a part without a Content-Type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DefaultType {
    /// RFC 2046 section 5.1.
    PlainText,
    /// In a `multipart/digest` it would be a mail (RFC 2046 section 5.1.5); of a message, nothing is known.
    Other,
    Unknown,
}

/// Whether the line that ends a multipart was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Closed,
    CutShort,
}

/// What to do if the line that ends a multipart is missing.
#[derive(Clone, Copy)]
enum Missing {
    Refuse,
    Accept,
}

impl Multipart {
    /// Most parts of one multipart.
    pub const MAX_PARTS: usize = 64;
    /// How deep multiparts may lie within multiparts; one that is the body of a message has depth 1.
    pub const MAX_DEPTH: usize = 4;
    /// Most characters of a boundary (RFC 2046 section 5.1.1).
    pub const MAX_BOUNDARY: usize = 70;

    /// Splits a body at the boundary that its media type names.
    ///
    /// A line is a delimiter if nothing but white space follows the boundary on it; RFC 2046 would let a receiver
    /// accept any line that begins so, which would tear parts with longer boundaries apart. What stands between
    /// delimiters is kept octet by octet. The line end of the first delimiter says which line ends the sender
    /// uses: after CRLF a bare LF ends no line, so that binary parts are safe.
    ///
    /// # Errors
    ///
    /// [`ParseBodyError`] if there is no valid boundary, it does not occur, it does not end, the headers of a
    /// part are malformed, or a limit is exceeded.
    pub fn parse(media_type: &MediaType, content: &Bytes) -> Result<Self, ParseBodyError> {
        Self::parse_at(media_type, content, 0)
    }

    /// Splits a body of which the end may be missing: the last part then goes on to the end of the octets.
    ///
    /// # Errors
    ///
    /// As [`Multipart::parse`], the missing end aside.
    pub fn parse_cut_short(
        media_type: &MediaType,
        content: &Bytes,
    ) -> Result<Self, ParseBodyError> {
        Self::read(media_type.subtype(), &boundary_of(media_type)?, content, 0, Missing::Accept)
    }

    /// Starts a multipart of that subtype, for instance `mixed`.
    pub fn builder(subtype: &str) -> MultipartBuilder {
        MultipartBuilder::new(subtype)
    }

    pub(super) fn parse_at(
        media_type: &MediaType,
        content: &Bytes,
        depth: usize,
    ) -> Result<Self, ParseBodyError> {
        Self::read(media_type.subtype(), &boundary_of(media_type)?, content, depth, Missing::Refuse)
    }

    fn read(
        subtype: &str,
        boundary: &str,
        text: &Bytes,
        depth: usize,
        missing: Missing,
    ) -> Result<Self, ParseBodyError> {
        if depth >= Self::MAX_DEPTH {
            return Err(ParseBodyError::new(0, Kind::TooDeep));
        }
        let mut delimiters = Delimiters::new(text, boundary);
        let first = delimiters
            .next()
            .filter(|first| !first.closes)
            .ok_or(ParseBodyError::new(0, Kind::NoDelimiter))?;
        let is_digest = subtype.eq_ignore_ascii_case("digest");
        let default = if is_digest { DefaultType::Other } else { DefaultType::PlainText };
        let mut multipart = Self {
            subtype: String::from(subtype),
            boundary: String::from(boundary),
            text: text.clone(),
            preamble: text.slice(..first.start),
            parts: Vec::new(),
            epilogue: Bytes::new(),
            ending: Ending::Closed,
        };
        let mut last = first;
        while !last.closes {
            if multipart.parts.len() >= Self::MAX_PARTS {
                return Err(ParseBodyError::new(last.start, Kind::TooManyParts));
            }
            let next = match (delimiters.next(), missing) {
                (Some(next), _) => next,
                (None, Missing::Accept) => {
                    multipart.ending = Ending::CutShort;
                    Delimiter { start: text.len(), next: text.len(), closes: true }
                }
                (None, Missing::Refuse) => {
                    return Err(ParseBodyError::new(text.len(), Kind::NoClosingDelimiter));
                }
            };
            // An empty part may share its line end with the delimiter that follows it.
            let end = next.start.max(last.next);
            let Section { headers, content } = section(text, last.next, end)?;
            let content = text.slice(content.unwrap_or(end)..end);
            multipart.parts.push(Part { headers, content, depth: depth + 1, default });
            last = next;
        }
        multipart.epilogue = text.slice(last.next..);
        Ok(multipart)
    }

    /// Returns the parts in their order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns the part with that Content-ID, without angle brackets. A `cid:` URL has it with escapes (RFC 2392
    /// section 2): decode those first.
    #[must_use]
    pub fn by_content_id(&self, id: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.content_id() == Some(id))
    }

    /// Returns the subtype, for instance `mixed` or `alternative`.
    #[must_use]
    pub fn subtype(&self) -> &str {
        &self.subtype
    }

    /// Returns the boundary, without the hyphens that stand before it in the body.
    #[must_use]
    pub fn boundary(&self) -> &str {
        &self.boundary
    }

    /// Returns what stands before the first part; to be ignored.
    #[must_use]
    pub const fn preamble(&self) -> &Bytes {
        &self.preamble
    }

    /// Returns what stands behind the last part; to be ignored.
    #[must_use]
    pub const fn epilogue(&self) -> &Bytes {
        &self.epilogue
    }

    /// Tells whether the closing boundary was there; only [`Multipart::parse_cut_short`] does without.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self.ending, Ending::Closed)
    }

    /// Returns the octets of the body, as they were received or built.
    #[must_use]
    pub const fn to_bytes(&self) -> &Bytes {
        &self.text
    }

    /// Returns the Content-Type that such a body needs; the boundary is quoted only where it must be.
    #[must_use]
    pub fn content_type(&self) -> String {
        content_type(&self.subtype, &self.boundary)
    }
}

/// Shows the kinds of the parts only.
impl fmt::Debug for Multipart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Multipart")
            .field("subtype", &self.subtype)
            .field("boundary", &self.boundary)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

impl Part {
    /// Returns the headers of the part.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Returns the content, octet by octet.
    #[must_use]
    pub const fn content(&self) -> &Bytes {
        &self.content
    }

    /// Returns the content as the body that its headers say it is; it may be a multipart itself.
    #[must_use]
    pub fn body(&self) -> Body<'_> {
        Body::of_part(&self.headers, self.content.clone(), self.depth, self.default)
    }

    /// Returns the Content-ID without its angle brackets.
    #[must_use]
    pub fn content_id(&self) -> Option<&str> {
        let name = b"Content-ID".as_slice();
        let header =
            self.headers.iter().find(|header| header.raw_name().eq_ignore_ascii_case(name))?;
        str::from_utf8(header.value()).ok()?.strip_prefix('<')?.strip_suffix('>')
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        let lines = |part: &Self| -> Vec<Vec<u8>> {
            // The last line may be without its end.
            part.headers.iter().map(|header| header.line().trim_ascii_end().to_vec()).collect()
        };
        self.content == other.content && lines(self) == lines(other)
    }
}

impl Eq for Part {}

/// Hides the content.
impl fmt::Debug for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Part")
            .field("kind", &self.body().kind())
            .field("headers", &self.headers)
            .field("content", &self.content.len())
            .finish()
    }
}

impl Body<'_> {
    /// Returns the session description: the body itself, or the first part which is one, at any depth;
    /// of alternatives, the last (RFC 2046 section 5.1.4). A description with another disposition than `session`, as
    /// early media has it (RFC 3959), is not meant, nor is one in a multipart with such a disposition.
    ///
    /// # Errors
    ///
    /// [`ReadBodyError`] if a multipart is malformed, what was found is encoded, or the Content-Type of a body or
    /// part cannot be read: that is not an INVITE without an offer.
    pub fn session_description(&self) -> Result<Option<Bytes>, ReadBodyError> {
        use super::{BodyKind, Handling};
        match self.kind() {
            BodyKind::Sdp if self.is_for("session") => self.plain().map(Some),
            BodyKind::Multipart if self.is_for_something_else() => Ok(None),
            BodyKind::Multipart => {
                let multipart = self.multipart()?;
                let mut parts: Vec<&Part> = multipart.parts().iter().collect();
                if self.media_type().is_ok_and(|kind| kind.is("multipart", "alternative")) {
                    // The last one that is understood is the best (RFC 2046 section 5.1.4).
                    parts.reverse();
                }
                for part in parts {
                    match part.body().session_description() {
                        Ok(None) => {}
                        // A part that may be ignored is, if it cannot be read (RFC 5621 section 5.2).
                        Err(_) if part.body().handling() == Handling::Optional => {}
                        found => return found,
                    }
                }
                Ok(None)
            }
            BodyKind::Unknown if !self.is_empty() => match self.media_type() {
                Err(error @ (HeaderError::Malformed { .. } | HeaderError::Repeated(_))) => {
                    Err(error.into())
                }
                Ok(_) | Err(HeaderError::Absent(_)) => Ok(None),
            },
            BodyKind::Sdp
            | BodyKind::MessageSummary
            | BodyKind::SipFragment
            | BodyKind::SipMessage
            | BodyKind::DialogInfo
            | BodyKind::Presence
            | BodyKind::DtmfRelay
            | BodyKind::Dtmf
            | BodyKind::PlainText
            | BodyKind::Other
            | BodyKind::Unknown => Ok(None),
        }
    }

    /// Tells whether a multipart as a whole is said to be neither for the session nor to be shown.
    fn is_for_something_else(&self) -> bool {
        self.disposition().is_some_and(|own| !own.is("session") && !own.is("render"))
    }
}

/// A line with the boundary.
#[derive(Clone, Copy)]
struct Delimiter {
    /// Where the line end before it begins, which belongs to it.
    start: usize,
    /// Where the next line begins.
    next: usize,
    closes: bool,
}

/// Goes over the lines once.
struct Delimiters<'a> {
    text: &'a [u8],
    boundary: &'a str,
    /// Where the next line to look at begins.
    line: usize,
    line_ends: LineEnds,
}

/// Which line ends count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineEnds {
    /// No delimiter was seen yet.
    Either,
    CrLf,
}

impl<'a> Delimiters<'a> {
    const fn new(text: &'a [u8], boundary: &'a str) -> Self {
        Self { text, boundary, line: 0, line_ends: LineEnds::Either }
    }

    /// Reads the line at `start`: whether it is a delimiter, and where the next line begins.
    fn delimiter(&self, start: usize) -> Option<Delimiter> {
        let rest = self.text.get(start..)?;
        let after = rest.strip_prefix(b"--")?.strip_prefix(self.boundary.as_bytes())?;
        let (after, closes) = match after.strip_prefix(b"--") {
            Some(after) => (after, true),
            None => (after, false),
        };
        let padding =
            after.iter().position(|&byte| !matches!(byte, b' ' | b'\t')).unwrap_or(after.len());
        let after = after.get(padding..)?;
        let line_end = match after {
            [b'\r', b'\n', ..] => 2,
            // What stands before decides; a bare LF behind the boundary tears nothing apart.
            [b'\n', ..] => 1,
            [] if closes => 0,
            _ => return None,
        };
        let next = self.text.len() - after.len() + line_end;
        Some(Delimiter { start: self.content_end(start), next, closes })
    }

    /// Where the line end before a line begins.
    fn content_end(&self, line: usize) -> usize {
        let before = self.text.get(..line).unwrap_or_default();
        let without = before.strip_suffix(b"\n").unwrap_or(before);
        without.strip_suffix(b"\r").unwrap_or(without).len()
    }

    /// Moves to the line after `from`; past the end if there is none.
    fn skip_line(&mut self, from: usize) {
        let mut position = from;
        loop {
            let rest = self.text.get(position..).unwrap_or_default();
            let Some(lf) = rest.find_substring(b"\n".as_slice()) else {
                self.line = self.text.len() + 1;
                return;
            };
            let end = position + lf;
            let has_cr = end.checked_sub(1).and_then(|cr| self.text.get(cr)) == Some(&b'\r');
            position = end + 1;
            if has_cr || self.line_ends == LineEnds::Either {
                self.line = position;
                return;
            }
        }
    }
}

impl Iterator for Delimiters<'_> {
    type Item = Delimiter;

    fn next(&mut self) -> Option<Delimiter> {
        while self.line <= self.text.len() {
            let start = self.line;
            let found = self.delimiter(start);
            match found {
                Some(delimiter) => {
                    self.line = delimiter.next;
                    if self.text.get(..delimiter.next).is_some_and(|text| text.ends_with(b"\r\n")) {
                        self.line_ends = LineEnds::CrLf;
                    }
                    return found;
                }
                None => self.skip_line(start),
            }
        }
        None
    }
}

/// The boundary of a media type.
fn boundary_of(media_type: &MediaType) -> Result<String, ParseBodyError> {
    let is_multipart = media_type.kind().eq_ignore_ascii_case("multipart");
    media_type
        .params()
        .get("boundary")
        .and_then(crate::Param::unquoted)
        .and_then(|value| String::from_utf8(value.into_owned()).ok())
        .filter(|boundary| is_multipart && is_boundary(boundary))
        .ok_or(ParseBodyError::new(0, Kind::Boundary))
}

/// `0*69<bchars> bcharsnospace` (RFC 2046 section 5.1.1).
fn is_boundary(text: &str) -> bool {
    (1..=Multipart::MAX_BOUNDARY).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte))
        && !text.ends_with(' ')
}

fn content_type(subtype: &str, boundary: &str) -> String {
    if boundary.bytes().all(is_token) {
        format!("multipart/{subtype};boundary={boundary}")
    } else {
        format!("multipart/{subtype};boundary=\"{boundary}\"")
    }
}
