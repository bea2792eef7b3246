//! `CSeq` and Call-ID: what orders requests and ties them to a dialog.

use core::{fmt, str::FromStr};

use bytes::Bytes;

use crate::{
    Method,
    grammar::{self, Expected, Fault, Miss, Parsed, Span, is_lws, sws, token},
    source::Source,
};

/// The value of `CSeq` (RFC 3261 section 20.16).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CSeq {
    number: u32,
    method: Method,
}

/// The value of Call-ID (RFC 3261 section 20.8). It is compared octet by octet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(Bytes);

/// Why a text is not a Call-ID.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a Call-ID must be ASCII without white space")]
pub struct ParseCallIdError;

impl CSeq {
    /// The largest number that may begin a sequence: it must be below 2^31 (RFC 3261 section 8.1.1.5).
    pub const MAX_INITIAL: u32 = (1 << 31) - 1;

    /// Makes a sequence value.
    #[must_use]
    pub const fn new(number: u32, method: Method) -> Self {
        Self { number, method }
    }

    /// Returns the sequence number. RFC 3261 section 20.16 wants it below 2^31; all 32 bits are accepted.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Returns the method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    pub(crate) fn read(source: Source<'_>) -> Result<Self, Fault> {
        let (number, method) = grammar::run_all(cseq, source.text())?;
        let at = Span::of(source.text(), method).start();
        let method =
            Method::read(source, method).map_err(|_| Fault { at, expected: Expected::Token })?;
        Ok(Self { number, method })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.number, self.method)
    }
}

/// Reads `1*DIGIT LWS Method`.
fn cseq(input: &[u8]) -> Parsed<'_, (u32, &[u8])> {
    let (rest, ()) = sws(input)?;
    let (rest, number) = grammar::number(rest)?;
    if rest.first().is_none_or(|&byte| !is_lws(byte)) {
        return Err(Miss::err(rest, Expected::Token));
    }
    let (rest, ()) = sws(rest)?;
    let (rest, method) = token(rest)?;
    Ok((rest, (number, method)))
}

impl CallId {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Checked to be ASCII.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns a copy which does not keep a received message in memory.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    /// RFC 3261 section 25.1 wants `word [ "@" word ]`; any visible ASCII is accepted.
    pub(crate) fn read(source: Source<'_>) -> Result<Self, Fault> {
        let text = source.text();
        match text.iter().position(|&byte| !byte.is_ascii_graphic()) {
            Some(at) => Err(Fault { at, expected: Expected::CallId }),
            None if text.is_empty() => Err(Fault { at: 0, expected: Expected::CallId }),
            None => Ok(Self(source.to_bytes())),
        }
    }
}

impl FromStr for CallId {
    type Err = ParseCallIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(Source::piece(text.as_bytes(), None)).map_err(|_| ParseCallIdError)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}
