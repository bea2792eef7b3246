//! URIs: SIP, SIPS and tel with their parts, all others as they stand.

use alloc::{borrow::Cow, vec::Vec};
use core::{fmt, ops::Range, str::FromStr};

use bytes::Bytes;

use crate::{
    Host, Params,
    grammar::{Cut, Expected, Fault, Span},
    host,
};

mod builder;
mod compare;
mod parse;

pub use builder::{BuildUriError, UriBuilder};
pub(crate) use parse::parse;

/// A URI. Keeps the text as it was written and is cheap to clone.
///
/// `==` compares texts; [`Uri::is_equivalent`] compares by RFC 3261 section 19.1.4.
///
/// ```
/// use centrala_sip::{Host, Uri};
/// let uri: Uri = "sip:alice@example.com:5070;transport=tcp?subject=hi".parse()?;
/// assert_eq!(uri.user(), Some("alice"));
/// assert_eq!(uri.host(), Some(Host::Name("example.com")));
/// assert_eq!((uri.port(), uri.params().value("transport")), (Some(5070), Some("tcp")));
/// assert_eq!(uri.to_string(), "sip:alice@example.com:5070;transport=tcp?subject=hi");
/// # Ok::<(), centrala_sip::ParseUriError>(())
/// ```
#[derive(Clone)]
pub struct Uri {
    /// The URI, or a text that has it in it.
    memory: Bytes,
    place: Span,
    parts: UriParts,
}

/// Where the parts of a URI are in its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UriParts {
    scheme: Scheme,
    scheme_end: u16,
    user: Cut,
    password: Cut,
    host: Cut,
    port: Option<u16>,
    params: Cut,
    headers: Cut,
}

/// The scheme of a URI.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip` (RFC 3261 section 19.1).
    Sip,
    /// `sips` (RFC 3261 section 19.1).
    Sips,
    /// `tel` (RFC 3966).
    Tel,
    /// `urn` (RFC 8141), as in `urn:service:sos` (RFC 5031).
    Urn,
    /// Any other; [`Uri::scheme_str`] tells.
    Other,
}

/// Why a text is not a URI.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at offset {offset}")]
pub struct ParseUriError {
    /// The position in the text.
    pub offset: usize,
    /// What was expected there.
    pub expected: Expected,
}

impl Uri {
    /// Longest URI that is accepted, in octets.
    pub const MAX_LEN: usize = 8_192;
    /// Most parameters that are accepted, and most headers: comparing two URIs compares each with each.
    pub const MAX_PARAMS: usize = 64;

    /// Parses a URI which shares the memory of `text`.
    ///
    /// # Errors
    ///
    /// [`ParseUriError`] if the text is longer than [`Uri::MAX_LEN`], not UTF-8, or not a URI.
    pub fn parse(text: Bytes) -> Result<Self, ParseUriError> {
        Self::from_bytes(text)
            .map_err(|fault| ParseUriError { offset: fault.at, expected: fault.expected })
    }

    pub(crate) fn from_bytes(text: Bytes) -> Result<Self, Fault> {
        let parts = parse(&text)?;
        let place = Span::new(0, text.len());
        Ok(Self { memory: text, place, parts })
    }

    /// What is at that place was parsed before.
    pub(crate) const fn of_parts(memory: Bytes, place: Span, parts: UriParts) -> Self {
        Self { memory, place, parts }
    }

    /// The text in which the URI is.
    pub(crate) const fn memory(&self) -> &Bytes {
        &self.memory
    }

    /// Where in that text.
    pub(crate) const fn place(&self) -> Span {
        self.place
    }

    /// The same URI at a place of another text.
    pub(crate) const fn moved(&self, memory: Bytes, place: Span) -> Self {
        Self { memory, place, parts: self.parts }
    }

    fn octets(&self) -> &[u8] {
        self.place.in_(&self.memory)
    }

    /// Starts a SIP URI.
    pub fn sip(host: Host<'_>) -> UriBuilder {
        UriBuilder::new("sip", host)
    }

    /// Starts a SIPS URI.
    pub fn sips(host: Host<'_>) -> UriBuilder {
        UriBuilder::new("sips", host)
    }

    /// Returns the scheme.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.parts.scheme
    }

    /// Returns the scheme as it was written.
    #[must_use]
    pub fn scheme_str(&self) -> &str {
        self.str_in(self.octets().get(..self.parts.scheme_end.into()))
    }

    /// Returns the user part as it was written, escapes included; of a tel URI the number.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.parts.user.in_(self.octets()).map(|user| self.str_in(Some(user)))
    }

    /// Returns the user part without escapes. It may hold any octet, NUL included.
    #[must_use]
    pub fn user_decoded(&self) -> Option<Cow<'_, [u8]>> {
        self.user().map(|user| decode(user.as_bytes()))
    }

    /// Returns the password as it was written. RFC 3261 section 19.1.1 discourages it.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.parts.password.in_(self.octets()).map(|password| self.str_in(Some(password)))
    }

    /// Returns the host; only SIP and SIPS URIs have one.
    #[must_use]
    pub fn host(&self) -> Option<Host<'_>> {
        self.parts.host.in_(self.octets()).map(host::host_of)
    }

    /// Returns the port, if it is given.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// Returns the parameters of a SIP, SIPS or tel URI.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_uri(self.parts.params.in_(self.octets()).unwrap_or_default())
    }

    /// Iterates over the headers after the question mark: names and values as they were written.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts
            .headers
            .in_(self.octets())
            .into_iter()
            .flat_map(|headers| self.str_in(Some(headers)).split('&'))
            .map(|header| header.split_once('=').unwrap_or((header, "")))
    }

    /// Tells whether there are headers after a question mark.
    #[must_use]
    pub const fn has_headers(&self) -> bool {
        self.parts.headers.is_some()
    }

    /// Tells whether the URI is a loose router's (`lr`, RFC 3261 section 19.1.1).
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.params().has("lr")
    }

    /// Returns everything after the scheme and its colon.
    #[must_use]
    pub fn scheme_specific(&self) -> &str {
        self.str_in(self.octets().get(usize::from(self.parts.scheme_end) + 1..))
    }

    /// Tells whether both mean the same by RFC 3261 section 19.1.4 (tel: RFC 3966 section 4; others: the
    /// texts are equal but for the case of the scheme).
    ///
    /// The relation of the RFC is symmetric but not transitive: parameters which only one side has are mostly
    /// ignored.
    #[must_use]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        compare::is_equivalent(self, other)
    }

    /// Returns the whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.octets()).unwrap_or_default()
    }

    /// Returns the whole text; shares memory.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.memory.slice(self.place.start()..self.place.end())
    }

    /// Returns a copy which does not keep a received message in memory.
    #[must_use]
    pub fn detached(&self) -> Self {
        let memory = Bytes::copy_from_slice(self.octets());
        self.moved(memory, Span::new(0, self.place.len()))
    }

    /// Where the userinfo of a URI with an authority is (RFC 3986 section 3.2).
    fn userinfo_of_authority(&self) -> Option<Range<usize>> {
        let authority = self.scheme_specific().strip_prefix("//")?;
        let authority = authority.split(['/', '?', '#']).next()?;
        let start = usize::from(self.parts.scheme_end) + "://".len();
        Some(start..start + authority.rfind('@')?)
    }

    /// The URI was found to be UTF-8, and its parts end at ASCII separators.
    fn str_in<'a>(&'a self, part: Option<&'a [u8]>) -> &'a str {
        str::from_utf8(part.unwrap_or_default()).unwrap_or_default()
    }
}

impl FromStr for Uri {
    type Err = ParseUriError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl PartialEq for Uri {
    fn eq(&self, other: &Self) -> bool {
        self.octets() == other.octets()
    }
}

impl Eq for Uri {}

impl core::hash::Hash for Uri {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.octets().hash(state);
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Hides the password, of an `http` URI and its like all that stands before the host; and the headers, which may carry
/// credentials.
impl fmt::Debug for Uri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HIDDEN: &str = "***";
        let (text, headers) = match self.parts.headers.range() {
            Some(headers) => (self.as_str().get(..headers.start).unwrap_or_default(), HIDDEN),
            None => (self.as_str(), ""),
        };
        let hidden = self.parts.password.range().or_else(|| self.userinfo_of_authority());
        match hidden.and_then(|hidden| Some((text.get(..hidden.start)?, text.get(hidden.end..)?))) {
            Some((before, after)) => write!(formatter, "{before}{HIDDEN}{after}{headers}"),
            None => write!(formatter, "{text}{headers}"),
        }
    }
}

/// Replaces escapes (`%2A`) by their octets; what is not a whole escape stays.
pub(crate) fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        let escaped =
            if octet == b'%' { after.split_at_checked(2).and_then(unescape) } else { None };
        match escaped {
            Some((value, after)) => {
                plain.push(value);
                rest = after;
            }
            None => plain.push(octet),
        }
    }
    Cow::Owned(plain)
}

fn unescape<'a>((digits, after): (&[u8], &'a [u8])) -> Option<(u8, &'a [u8])> {
    // `from_str_radix` would take a sign.
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let value = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    Some((value, after))
}
