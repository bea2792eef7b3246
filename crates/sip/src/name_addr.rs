//! Addresses of From, To, Contact, Route and their like.

use alloc::{
    borrow::{Cow, ToOwned as _},
    string::String,
    vec::Vec,
};
use core::{fmt, str::FromStr};

use bytes::Bytes;
use memchr::memchr;

use crate::{
    Params, Uri,
    grammar::{
        self, Expected, Fault, Miss, Parsed, Span, is_lws, is_safe_value, is_token, quoted_string,
        sws, trim, unfold, unquote,
    },
    params::params_noting,
    source::Source,
    uri,
};

/// A URI with an optional display name and parameters: `"Alice" <sip:alice@example.com>;tag=1`.
///
/// ```
/// use centrala_sip::NameAddr;
/// let from: NameAddr = r#""Alice" <sip:alice@example.com;transport=tcp>;tag=88"#.parse()?;
/// assert_eq!(from.display_name().as_deref(), Some("Alice"));
/// assert_eq!(from.uri().user(), Some("alice"));
/// assert_eq!(from.tag(), Some("88"));
/// # Ok::<(), centrala_sip::ParseNameAddrError>(())
/// ```
#[derive(Clone)]
pub struct NameAddr {
    /// Shares its memory: that is the whole text.
    uri: Uri,
    display: Span,
    params: Span,
    tag: Span,
}

/// A value of Contact (RFC 3261 section 20.10).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 25.1 closes the set")]
pub enum Contact {
    /// `*`: all bindings of an address of record.
    Wildcard,
    /// An address.
    Address(NameAddr),
}

/// Why a text is not an address.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at offset {offset}")]
pub struct ParseNameAddrError {
    /// The position in the text.
    pub offset: usize,
    /// What was expected there.
    pub expected: Expected,
}

impl NameAddr {
    /// Makes an address of a URI alone. The URI is put in angle brackets.
    #[must_use]
    pub fn new(uri: &Uri) -> Self {
        Self::assemble(b"", uri, b"")
    }

    /// Parses an address.
    ///
    /// # Errors
    ///
    /// [`ParseNameAddrError`] if the text is not one address, or has a CR, LF or NUL.
    pub fn parse(text: &Bytes) -> Result<Self, ParseNameAddrError> {
        let error =
            |fault: Fault| ParseNameAddrError { offset: fault.at, expected: fault.expected };
        if !is_safe_value(text) {
            return Err(error(Fault { at: 0, expected: Expected::Uri }));
        }
        let (used, address) = Self::read(Source::new(text)).map_err(error)?;
        if !trim(text.get(used..).unwrap_or_default()).is_empty() {
            return Err(error(Fault { at: used, expected: Expected::End }));
        }
        Ok(address)
    }

    /// Returns the same with a display name. Control characters in it become spaces.
    #[must_use]
    pub fn with_display_name(&self, name: &str) -> Self {
        let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let params = unfold(self.params.in_(self.as_bytes()));
        Self::assemble(grammar::quote(&name).as_bytes(), &self.uri, &params)
    }

    /// Returns the same with a tag, instead of the one it may have; `None` if the tag is not a token.
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Option<Self> {
        self.with_param("tag", Some(tag))
    }

    /// Returns the same with a parameter, instead of those of that name; `None` if the name is not a token or
    /// the value neither a token nor a quoted string.
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> Option<Self> {
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(is_token);
        let is_value = |value: &str| {
            is_token(value)
                || (is_safe_value(value.as_bytes())
                    && quoted_string(value.as_bytes()).is_ok_and(|(rest, _)| rest.is_empty()))
        };
        if !is_token(name) || !value.is_none_or(is_value) {
            return None;
        }
        let mut params = self.params_without(name);
        params.push(b';');
        params.extend_from_slice(name.as_bytes());
        if let Some(value) = value {
            params.push(b'=');
            params.extend_from_slice(value.as_bytes());
        }
        Some(Self::assemble(&self.written_name(), &self.uri, &params))
    }

    /// Returns the same without the parameters of that name.
    #[must_use]
    pub fn without_param(&self, name: &str) -> Self {
        Self::assemble(&self.written_name(), &self.uri, &self.params_without(name))
    }

    /// Returns the display name without quotes, its octets as they are.
    #[must_use]
    pub fn raw_display_name(&self) -> Option<Cow<'_, [u8]>> {
        let text = self.display.in_(self.as_bytes());
        if text.is_empty() {
            return None;
        }
        Some(match unfold(text) {
            Cow::Borrowed(text) => unquote(text),
            Cow::Owned(text) => Cow::Owned(unquote(&text).into_owned()),
        })
    }

    /// Returns the display name without quotes; octets that are not UTF-8 are read as Latin-1, which is what
    /// the devices that send them mean. Empty names are `None`.
    #[must_use]
    pub fn display_name(&self) -> Option<String> {
        let raw = self.raw_display_name()?;
        let name = match str::from_utf8(&raw) {
            Ok(name) => name.to_owned(),
            Err(_) => raw.iter().map(|&octet| char::from(octet)).collect(),
        };
        Some(name).filter(|name| !name.is_empty())
    }

    /// Returns the URI.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Returns the parameters of the header, not those of the URI.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(self.as_bytes()))
    }

    /// Returns the tag; an empty one counts as none.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        str::from_utf8(self.tag.in_(self.as_bytes())).ok().filter(|tag| !tag.is_empty())
    }

    /// Returns the text as it was written.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        self.uri.memory()
    }

    /// Returns a copy which does not keep a received message in memory.
    #[must_use]
    pub fn detached(&self) -> Self {
        let text = Bytes::copy_from_slice(self.as_bytes());
        let uri = self.uri.moved(text, self.uri.place());
        Self { uri, ..*self }
    }

    /// Reads one address from the start and tells its length.
    pub(crate) fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (display, uri, params, tag)) = grammar::run(name_addr, text)?;
        let place = Span::of(text, uri);
        let parts = uri::parse(uri)
            .map_err(|fault| Fault { at: place.start() + fault.at, expected: fault.expected })?;
        let uri = Uri::of_parts(source.until(used).to_bytes(), place, parts);
        let (display, params) = (Span::of(text, display), Span::of(text, params));
        let tag = tag.map_or_else(Span::default, |tag| Span::of(text, tag));
        Ok((used, Self { uri, display, params, tag }))
    }

    fn assemble(display: &[u8], uri: &Uri, params: &[u8]) -> Self {
        let gap = if display.is_empty() { b"".as_slice() } else { b" " };
        let uri_start = display.len() + gap.len() + 1;
        let uri_end = uri_start + uri.as_str().len();
        let text = [display, gap, b"<", uri.as_str().as_bytes(), b">", params].concat();
        let params = Span::new(uri_end + 1, text.len());
        let text = Bytes::from(text);
        let tag = params_noting("tag", params.in_(&text)).ok().and_then(|(_, (_, tag))| tag);
        let tag = tag.map_or_else(Span::default, |tag| Span::of(&text, tag));
        let uri = uri.moved(text, Span::new(uri_start, uri_end));
        Self { uri, display: Span::new(0, display.len()), params, tag }
    }

    /// The display name as it was written, without folds.
    fn written_name(&self) -> Cow<'_, [u8]> {
        unfold(self.display.in_(self.as_bytes()))
    }

    fn params_without(&self, name: &str) -> Vec<u8> {
        let mut params = Vec::new();
        for param in self.params().iter().filter(|param| !param.name().eq_ignore_ascii_case(name)) {
            params.push(b';');
            params.extend_from_slice(param.name().as_bytes());
            if let Some(value) = param.raw_value() {
                params.push(b'=');
                params.extend_from_slice(&unfold(value));
            }
        }
        params
    }
}

impl FromStr for NameAddr {
    type Err = ParseNameAddrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(&Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl PartialEq for NameAddr {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for NameAddr {}

impl fmt::Display for NameAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl fmt::Debug for NameAddr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NameAddr")
            .field("display_name", &self.display_name())
            .field("uri", &self.uri)
            .field("tag", &self.tag())
            .finish_non_exhaustive()
    }
}

impl Contact {
    /// Returns the address, if it is one.
    #[must_use]
    pub const fn address(&self) -> Option<&NameAddr> {
        match self {
            Self::Wildcard => None,
            Self::Address(address) => Some(address),
        }
    }

    pub(crate) fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        // A display name may begin with an asterisk, too: `*55 <sip:...>`.
        if let Some(after) = source.text().strip_prefix(b"*")
            && matches!(trim(after).first(), None | Some(b',' | b';'))
        {
            return Ok((1, Self::Wildcard));
        }
        NameAddr::read(source).map(|(used, address)| (used, Self::Address(address)))
    }
}

type NameAddrParts<'a> = (&'a [u8], &'a [u8], &'a [u8], Option<&'a [u8]>);

/// Reads `( name-addr / addr-spec ) *( SEMI generic-param )`: display name, URI, parameters, the tag among them.
fn name_addr(input: &[u8]) -> Parsed<'_, NameAddrParts<'_>> {
    let (start, ()) = sws(input)?;
    let (rest, display) = display_name(start)?;
    let (rest, uri) = match rest.strip_prefix(b"<") {
        Some(after) => bracketed(after)?,
        None if display.is_empty() => addr_spec(rest),
        None => return Err(Miss::err(rest, Expected::Uri)),
    };
    let (rest, (params, tag)) = params_noting("tag", rest)?;
    Ok((rest, (display, uri, params, tag)))
}

/// Reads what stands before a `<`: a quoted string, or anything without separators. The grammar wants tokens
/// between spaces; names with `@`, `(` or umlauts are common.
fn display_name(input: &[u8]) -> Parsed<'_, &[u8]> {
    if input.first() == Some(&b'"') {
        let (rest, name) = quoted_string(input)?;
        let (rest, ()) = sws(rest)?;
        return Ok((rest, name));
    }
    match input.iter().position(|&byte| matches!(byte, b'<' | b',' | b';' | b'"')) {
        Some(at) if input.get(at) == Some(&b'<') => {
            let (name, rest) = input.split_at_checked(at).unwrap_or((b"", input));
            Ok((rest, trim(name)))
        }
        Some(_) | None => Ok((input, b"")),
    }
}

fn bracketed(input: &[u8]) -> Parsed<'_, &[u8]> {
    let end = memchr(b'>', input);
    let (uri, rest) = end
        .and_then(|end| input.split_at_checked(end))
        .ok_or_else(|| Miss::err(input, Expected::ClosingBracket))?;
    Ok((rest.get(1..).unwrap_or_default(), uri))
}

/// Splits after a URI without brackets: no comma, semicolon or question mark can be part of it (RFC 3261
/// section 20).
fn addr_spec(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|&byte| is_lws(byte) || matches!(byte, b',' | b';' | b'?'));
    let (uri, rest) = input.split_at_checked(end.unwrap_or(input.len())).unwrap_or((input, b""));
    (rest, uri)
}
