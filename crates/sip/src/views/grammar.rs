//! What the views have in common: reading whole texts, parameters with checked values, attributes.

use alloc::{borrow::Cow, string::String};

use bytes::Bytes;
use nom::{Parser, bytes::complete::take_while1};

use crate::{
    Expected, Param, Params, Uri,
    grammar::{
        self, Fault, Miss, Parsed, Span, decimal, is_safe_value, is_token, is_visible,
        quoted_string, separator, sws, token, trim, unfold, unquote,
    },
    params::params,
    source::Source,
    uri::decode,
};

/// Why a text is not the value of such a header, or why a value cannot be made of such parts.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at offset {offset}")]
pub struct ParseValueError {
    /// The position in the text; 0 when a value was to be made of parts.
    pub offset: usize,
    /// What was expected there.
    pub expected: Expected,
}

impl From<Fault> for ParseValueError {
    fn from(fault: Fault) -> Self {
        Self { offset: fault.at, expected: fault.expected }
    }
}

impl ParseValueError {
    /// One of the parts is not what it should be.
    pub(super) const fn part(expected: Expected) -> Self {
        Self { offset: 0, expected }
    }
}

/// Gives a view over `text: Bytes` its common face: text in, the same text out.
macro_rules! text_view {
    ($type:ident) => {
        impl $type {
            /// Parses one value.
            ///
            /// # Errors
            ///
            /// [`ParseValueError`](crate::ParseValueError) if the text is not one value, or has a CR, LF or NUL.
            pub fn parse(text: &bytes::Bytes) -> Result<Self, crate::ParseValueError> {
                crate::views::grammar::parse_whole(text, Self::read)
            }

            /// Returns the text as it was written.
            #[must_use]
            pub const fn as_bytes(&self) -> &bytes::Bytes {
                &self.text
            }

            /// Returns a copy which does not keep a received message in memory.
            #[must_use]
            pub fn detached(&self) -> Self {
                let mut copy = self.clone();
                copy.text = bytes::Bytes::copy_from_slice(&self.text);
                copy
            }
        }

        /// Equal texts: the parts follow from them.
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.text == other.text
            }
        }

        impl Eq for $type {}

        impl core::str::FromStr for $type {
            type Err = crate::ParseValueError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(&bytes::Bytes::copy_from_slice(text.as_bytes()))
            }
        }

        /// Writes the text as it was written, each fold as one space.
        impl core::fmt::Display for $type {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let text = crate::grammar::unfold(&self.text);
                formatter.write_str(&alloc::string::String::from_utf8_lossy(&text))
            }
        }
    };
}

/// Shows a view as its text.
macro_rules! shown_as_text {
    ($type:ident) => {
        impl core::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(formatter, "{}({})", stringify!($type), self.text.escape_ascii())
            }
        }
    };
}

/// Gives a view over one `address: NameAddr` its common face.
macro_rules! address_view {
    ($type:ident) => {
        impl $type {
            /// Parses one value.
            ///
            /// # Errors
            ///
            /// [`ParseValueError`](crate::ParseValueError) if the text is not one value, or has a CR, LF or NUL.
            pub fn parse(text: &bytes::Bytes) -> Result<Self, crate::ParseValueError> {
                crate::views::grammar::parse_whole(text, Self::read)
            }

            /// Returns the address with all parameters.
            #[must_use]
            pub const fn address(&self) -> &crate::NameAddr {
                &self.address
            }

            /// Returns the URI.
            #[must_use]
            pub const fn uri(&self) -> &crate::Uri {
                self.address.uri()
            }

            /// Returns the parameters.
            #[must_use]
            pub fn params(&self) -> crate::Params<'_> {
                self.address.params()
            }

            /// Returns the text as it was written.
            #[must_use]
            pub const fn as_bytes(&self) -> &bytes::Bytes {
                self.address.as_bytes()
            }

            /// Returns a copy which does not keep a received message in memory.
            #[must_use]
            pub fn detached(&self) -> Self {
                Self { address: self.address.detached() }
            }
        }

        impl core::str::FromStr for $type {
            type Err = crate::ParseValueError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(&bytes::Bytes::copy_from_slice(text.as_bytes()))
            }
        }

        /// Writes the text as it was written, each fold as one space.
        impl core::fmt::Display for $type {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let text = crate::grammar::unfold(self.address.as_bytes());
                formatter.write_str(&alloc::string::String::from_utf8_lossy(&text))
            }
        }
    };
}

pub(super) use {address_view, shown_as_text, text_view};

/// Reads a text which must be one value, white space around it aside.
pub(super) fn parse_whole<T>(
    text: &Bytes,
    read: fn(Source<'_>) -> Result<(usize, T), Fault>,
) -> Result<T, ParseValueError> {
    if let Some(at) = text.iter().position(|byte| !is_safe_value(&[*byte])) {
        return Err(Fault { at, expected: Expected::End }.into());
    }
    let (used, value) = read(Source::new(text))?;
    if trim(text.get(used..).unwrap_or_default()).is_empty() {
        return Ok(value);
    }
    Err(Fault { at: used, expected: Expected::End }.into())
}

/// Tells whether a text is a token, so that it may be written where one stands.
pub(super) fn checked_token(text: &str) -> Result<&str, ParseValueError> {
    if !text.is_empty() && text.bytes().all(is_token) {
        return Ok(text);
    }
    Err(ParseValueError::part(Expected::Token))
}

/// Tells whether a text may be written between quotes.
pub(super) fn checked_text(text: &str) -> Result<String, ParseValueError> {
    if text.chars().any(char::is_control) {
        return Err(ParseValueError::part(Expected::QuotedString));
    }
    Ok(grammar::quote(text))
}

/// Returns a text as the value of a parameter: as it is if it is a token, else between quotes.
pub(super) fn checked_value(text: &str) -> Result<String, ParseValueError> {
    checked_token(text).map(String::from).or_else(|_| checked_text(text))
}

/// Reads `token *( SEMI generic-param )`.
pub(super) fn token_and_params(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let (rest, ()) = sws(input)?;
    let (rest, head) = token(rest).map_err(|_| Miss::err(rest, Expected::Token))?;
    let (rest, params) = params(rest)?;
    Ok((rest, (head, params)))
}

/// Reads a decimal number and parameters.
pub(super) fn number_and_params(input: &[u8]) -> Parsed<'_, (u32, &[u8])> {
    let (rest, ()) = sws(input)?;
    let (rest, number) = grammar::number(rest)?;
    let (rest, params) = params(rest)?;
    Ok((rest, (number, params)))
}

/// Returns the number of a parameter of `text`, quoted or not; a value that is none is a fault of the header.
pub(super) fn number_param(
    text: &[u8],
    params: Params<'_>,
    name: &str,
) -> Result<Option<u32>, Fault> {
    let Some(param) = params.get(name) else { return Ok(None) };
    let fault = |at| Fault { at, expected: Expected::Number };
    let value = param.raw_value().ok_or_else(|| fault(end_of_name(text, param)))?;
    let number = decimal(trim(&unquote(value)));
    number.map(Some).ok_or_else(|| fault(Span::of(text, value).start()))
}

/// Returns where the name of a parameter of `text` ends: the place of the value that it lacks.
pub(super) fn end_of_name(text: &[u8], param: Param<'_>) -> usize {
    Span::of(text, param.name().as_bytes()).end()
}

/// Returns a header of a URI without its escapes.
pub(super) fn uri_header(uri: &Uri, name: &str) -> Option<Bytes> {
    uri_headers(uri, name).next()
}

/// Iterates over the headers of that name of a URI, without their escapes.
pub(super) fn uri_headers<'a>(uri: &'a Uri, name: &'a str) -> impl Iterator<Item = Bytes> + 'a {
    uri.headers()
        .filter(move |(other, _)| decode(other.as_bytes()).eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| Bytes::from(decode(value.as_bytes()).into_owned()))
}

/// Returns the text of a value, each fold as one space; octets that are not UTF-8 are read as Latin-1, which is
/// what the devices that send them mean.
pub(super) fn readable(value: &[u8]) -> Cow<'_, str> {
    match unfold(value) {
        Cow::Borrowed(text) => str::from_utf8(text).map_or_else(|_| latin1(text), Cow::Borrowed),
        Cow::Owned(text) => {
            String::from_utf8(text).map_or_else(|error| latin1(error.as_bytes()), Cow::Owned)
        }
    }
}

/// The same of a quoted string, without its quotes and backslashes.
pub(super) fn readable_unquoted(value: &[u8]) -> Cow<'_, str> {
    match unquote(value) {
        Cow::Borrowed(text) => readable(text),
        Cow::Owned(text) => Cow::Owned(readable(&text).into_owned()),
    }
}

fn latin1<'a>(text: &[u8]) -> Cow<'a, str> {
    Cow::Owned(text.iter().map(|&octet| char::from(octet)).collect())
}

/// One `name[=value]`, the value as it was written.
pub(super) type Attribute<'a> = (&'a [u8], Option<&'a [u8]>);

/// Reads one parameter whose value may be what [`Params`] does not take: a URI in angle brackets (`info` of
/// Identity), or words without quotes up to the next semicolon or comma (`text` of Reason).
pub(super) fn attribute(input: &[u8]) -> Parsed<'_, Attribute<'_>> {
    let (rest, ()) = sws(input)?;
    let (rest, name) = token(rest).map_err(|_| Miss::err(rest, Expected::Parameter))?;
    let Ok((after, ())) = separator(b'=', Expected::Parameter)(rest) else {
        return Ok((rest, (name, None)));
    };
    let (rest, value) = match after.first() {
        Some(b'"') => quoted_string(after)?,
        Some(b'<') => in_brackets(after)?,
        Some(_) | None => words(after),
    };
    Ok((rest, (name, Some(value))))
}

/// Reads `*( SEMI attribute )` and returns its text.
pub(super) fn attributes(input: &[u8]) -> Parsed<'_, &[u8]> {
    let mut rest = input;
    while let Ok((after, ())) = separator(b';', Expected::Parameter)(rest) {
        (rest, _) = attribute(after)?;
    }
    let text = input.get(..input.len() - rest.len()).unwrap_or_default();
    Ok((rest, text))
}

/// Iterates over what [`attributes`] accepted; the first may stand without its semicolon.
pub(super) fn each_attribute(text: &[u8]) -> impl Iterator<Item = Attribute<'_>> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let start = separator(b';', Expected::Parameter)(rest).map_or(rest, |(after, ())| after);
        let (after, found) = attribute(start).ok()?;
        rest = after;
        Some(found)
    })
}

/// Returns the value of the first attribute of that name, as it was written; empty if it has none.
pub(super) fn attribute_value<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    each_attribute(text)
        .find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| value.unwrap_or_default())
}

/// Reads `< ... >` and returns it with its brackets.
pub(super) fn in_brackets(input: &[u8]) -> Parsed<'_, &[u8]> {
    let miss = || Miss::err(input, Expected::ClosingBracket);
    let end = input.iter().position(|&byte| byte == b'>').ok_or_else(miss)?;
    let (text, rest) = input.split_at_checked(end + 1).ok_or_else(miss)?;
    Ok((rest, text))
}

/// Takes what stands before the next semicolon or comma, without white space at its ends.
fn words(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| matches!(byte, b';' | b',')).unwrap_or(input.len());
    let text = trim(input.get(..end).unwrap_or_default());
    let start = Span::of(input, text).start();
    let rest = input.get(start + text.len()..).unwrap_or_default();
    (rest, text)
}

/// Reads `word [ "@" word ]` of a call identifier: what stands before white space, a semicolon or a comma.
pub(super) fn call_id(input: &[u8]) -> Parsed<'_, &[u8]> {
    let is_part = |byte: u8| byte.is_ascii() && is_visible(byte) && !matches!(byte, b';' | b',');
    take_while1(is_part)
        .parse(input)
        .map_err(|_: nom::Err<Miss<'_>>| Miss::err(input, Expected::CallId))
}

/// Reads nothing where a list has no element: the whole value or a place between commas may be empty.
pub(super) fn or_nothing<T>(
    source: Source<'_>,
    read: fn(Source<'_>) -> Result<(usize, T), Fault>,
) -> Result<(usize, Option<T>), Fault> {
    let (used, ()) = grammar::run(sws, source.text())?;
    match source.text().get(used) {
        None | Some(b',') => Ok((used, None)),
        Some(_) => read(source).map(|(used, value)| (used, Some(value))),
    }
}
