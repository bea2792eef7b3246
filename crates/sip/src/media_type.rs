//! Content-Type.

use core::fmt;

use bytes::Bytes;

use crate::{
    Params,
    grammar::{self, Expected, Fault, Miss, Parsed, Span, separator, sws, token},
    params::params,
    source::Source,
};

/// A media type with its parameters (RFC 3261 section 20.15).
#[derive(Clone, PartialEq, Eq)]
pub struct MediaType {
    text: Bytes,
    kind: Span,
    subtype: Span,
    params: Span,
}

impl MediaType {
    /// Returns the type, for instance `application`.
    #[must_use]
    pub fn kind(&self) -> &str {
        str::from_utf8(self.kind.in_(&self.text)).unwrap_or_default()
    }

    /// Returns the subtype, for instance `sdp`.
    #[must_use]
    pub fn subtype(&self) -> &str {
        str::from_utf8(self.subtype.in_(&self.text)).unwrap_or_default()
    }

    /// Tells whether this is that type, in any case: `is("application", "sdp")`.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind().eq_ignore_ascii_case(kind) && self.subtype().eq_ignore_ascii_case(subtype)
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    pub(crate) fn read(source: Source<'_>) -> Result<Self, Fault> {
        let text = source.text();
        let (kind, subtype, params) = grammar::run_all(media_type, text)?;
        Ok(Self {
            text: source.to_bytes(),
            kind: Span::of(text, kind),
            subtype: Span::of(text, subtype),
            params: Span::of(text, params),
        })
    }
}

impl fmt::Debug for MediaType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind(), self.subtype())
    }
}

/// Reads `m-type SLASH m-subtype *( SEMI m-parameter )`.
fn media_type(input: &[u8]) -> Parsed<'_, (&[u8], &[u8], &[u8])> {
    let miss = |_| Miss::err(input, Expected::MediaType);
    let (rest, ()) = sws(input)?;
    let (rest, kind) = token(rest).map_err(miss)?;
    let (rest, ()) = separator(b'/', Expected::MediaType)(rest)?;
    let (rest, subtype) = token(rest).map_err(miss)?;
    let (rest, params) = params(rest)?;
    Ok((rest, (kind, subtype, params)))
}
