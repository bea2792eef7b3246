//! Parameters after semicolons, of URIs and of headers.

use alloc::borrow::Cow;
use core::fmt;

use crate::{
    grammar::{Expected, Miss, Parsed, param_value, separator, sws, token, unquote},
    uri::decode,
};

/// The parameters of a URI or a header, in their order (RFC 3261 sections 19.1.1 and 25.1).
///
/// Names are compared in any case.
#[derive(Clone, Copy, Default)]
pub struct Params<'a> {
    text: &'a [u8],
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Default)]
enum Kind {
    #[default]
    Header,
    Uri,
}

/// One parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Param<'a> {
    name: &'a [u8],
    value: Option<&'a [u8]>,
}

impl<'a> Params<'a> {
    /// `text` was accepted by [`params`].
    pub(crate) const fn of_header(text: &'a [u8]) -> Self {
        Self { text, kind: Kind::Header }
    }

    /// `text` is the parameters of a URI, each with its semicolon.
    pub(crate) const fn of_uri(text: &'a [u8]) -> Self {
        Self { text, kind: Kind::Uri }
    }

    /// Iterates over the parameters.
    #[must_use]
    pub const fn iter(self) -> ParamsIter<'a> {
        ParamsIter { rest: self.text, kind: self.kind }
    }

    /// Returns the first parameter of that name; in a URI the name may be written with escapes (RFC 4475 section
    /// 3.1.1.5).
    #[must_use]
    pub fn get(self, name: &str) -> Option<Param<'a>> {
        let name = name.as_bytes();
        self.iter().find(|param| {
            param.name.eq_ignore_ascii_case(name)
                || match self.kind {
                    Kind::Header => false,
                    Kind::Uri => decode(param.name).eq_ignore_ascii_case(name),
                }
        })
    }

    /// Returns the value of the first parameter of that name; `None` if it is absent or has no value.
    #[must_use]
    pub fn value(self, name: &str) -> Option<&'a str> {
        self.get(name)?.value()
    }

    /// Tells whether a parameter of that name is there, with or without a value.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Tells whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.text.is_empty()
    }
}

impl<'a> IntoIterator for Params<'a> {
    type Item = Param<'a>;
    type IntoIter = ParamsIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> Param<'a> {
    /// Returns the name as it was written.
    #[must_use]
    pub fn name(self) -> &'a str {
        str::from_utf8(self.name).unwrap_or_default()
    }

    /// Returns the value as it was written, quotes included; `None` without a value or if it is not UTF-8.
    #[must_use]
    pub fn value(self) -> Option<&'a str> {
        str::from_utf8(self.value?).ok()
    }

    /// Returns the octets of the value as they were written.
    #[must_use]
    pub const fn raw_value(self) -> Option<&'a [u8]> {
        self.value
    }

    /// Returns the value without the quotes of a quoted string.
    #[must_use]
    pub fn unquoted(self) -> Option<Cow<'a, [u8]>> {
        self.value.map(unquote)
    }
}

impl fmt::Debug for Params<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(*self).finish()
    }
}

impl fmt::Debug for Param<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())?;
        match self.value {
            Some(value) => write!(formatter, "={}", value.escape_ascii()),
            None => Ok(()),
        }
    }
}

/// Iterates over [`Params`].
#[derive(Clone, Debug)]
pub struct ParamsIter<'a> {
    rest: &'a [u8],
    kind: Kind,
}

impl<'a> Iterator for ParamsIter<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        match self.kind {
            Kind::Header => {
                let (rest, found) = param(self.rest).ok()?;
                self.rest = rest;
                Some(found)
            }
            Kind::Uri => {
                let text = self.rest.strip_prefix(b";").unwrap_or(self.rest);
                let end = text.iter().position(|&byte| byte == b';').unwrap_or(text.len());
                let (found, rest) = text.split_at_checked(end)?;
                self.rest = rest;
                let mut halves = found.splitn(2, |&byte| byte == b'=');
                let name = halves.next()?;
                Some(Param { name, value: halves.next() })
            }
        }
    }
}

/// Reads one header parameter with its semicolon.
fn param(input: &[u8]) -> Parsed<'_, Param<'_>> {
    let (rest, ()) = separator(b';', Expected::Parameter)(input)?;
    let (rest, name) = token(rest).map_err(|_| Miss::err(rest, Expected::Parameter))?;
    let (after, ()) = sws(rest)?;
    if after.first() != Some(&b'=') {
        return Ok((rest, Param { name, value: None }));
    }
    let (after, ()) = sws(after.get(1..).unwrap_or_default())?;
    let (rest, value) = param_value(after)?;
    Ok((rest, Param { name, value: Some(value) }))
}

/// Reads all header parameters from here on and returns their text.
pub(crate) fn params(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, (text, _)) = params_noting("", input)?;
    Ok((rest, text))
}

/// Reads all header parameters from here on and returns their text, and the value of the first one of a name: it is
/// what nearly everybody asks for.
pub(crate) fn params_noting<'a>(
    name: &str,
    input: &'a [u8],
) -> Parsed<'a, (&'a [u8], Option<&'a [u8]>)> {
    let mut rest = input;
    let mut noted: Option<Param<'_>> = None;
    loop {
        let (after, ()) = sws(rest)?;
        if after.first() != Some(&b';') {
            let length = input.len() - rest.len();
            let text = input.get(..length).unwrap_or_default();
            return Ok((rest, (text, noted.and_then(Param::raw_value))));
        }
        let (next, found) = param(after)?;
        if noted.is_none() && found.name.eq_ignore_ascii_case(name.as_bytes()) {
            noted = Some(found);
        }
        rest = next;
    }
}
