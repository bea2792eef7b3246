//! `RAck`.

use core::{fmt, str::FromStr};

use bytes::Bytes;

use super::grammar::{ParseValueError, parse_whole};
use crate::{
    CSeq, HeaderError, HeaderName, Headers, Method,
    grammar::{self, Expected, Fault, Miss, Parsed, Span, is_lws, number, sws, token},
    headers::read_only,
    source::Source,
};

/// Which provisional response a PRACK confirms (RFC 3262 section 7.2): `776656 1 INVITE`.
///
/// ```
/// use centrala_sip::{CSeq, Method, RAck};
/// let rack: RAck = "776656 1 INVITE".parse()?;
/// assert_eq!(rack, RAck::new(776_656, CSeq::new(1, Method::Invite)));
/// assert_eq!(rack.to_string(), "776656 1 INVITE");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RAck {
    rseq: u32,
    cseq: CSeq,
}

impl RAck {
    /// Confirms the response with that `RSeq` to the request with that `CSeq`.
    #[must_use]
    pub const fn new(rseq: u32, cseq: CSeq) -> Self {
        Self { rseq, cseq }
    }

    /// Parses one value.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the text is not one value.
    pub fn parse(text: &Bytes) -> Result<Self, ParseValueError> {
        parse_whole(text, Self::read)
    }

    /// Returns the `RSeq` of the response.
    #[must_use]
    pub const fn rseq(&self) -> u32 {
        self.rseq
    }

    /// Returns the `CSeq` of the response.
    #[must_use]
    pub const fn cseq(&self) -> &CSeq {
        &self.cseq
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (rseq, sequence, method)) = grammar::run(rack, text)?;
        let at = Span::of(text, method).start();
        let method =
            Method::read(source, method).map_err(|_| Fault { at, expected: Expected::Token })?;
        Ok((used, Self::new(rseq, CSeq::new(sequence, method))))
    }
}

impl FromStr for RAck {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(&Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.rseq, self.cseq)
    }
}

impl Headers {
    /// Returns `RAck`.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn rack(&self) -> Result<RAck, HeaderError> {
        read_only(self, &HeaderName::RACK, RAck::read)
    }
}

/// Reads `response-num LWS CSeq-num LWS Method`.
fn rack(input: &[u8]) -> Parsed<'_, (u32, u32, &[u8])> {
    let (rest, ()) = sws(input)?;
    let (rest, response) = number(rest)?;
    let (rest, ()) = space(rest)?;
    let (rest, sequence) = number(rest)?;
    let (rest, ()) = space(rest)?;
    let (rest, method) = token(rest).map_err(|_| Miss::err(rest, Expected::Token))?;
    Ok((rest, (response, sequence, method)))
}

fn space(input: &[u8]) -> Parsed<'_, ()> {
    if input.first().is_none_or(|&byte| !is_lws(byte)) {
        return Err(Miss::err(input, Expected::Number));
    }
    sws(input)
}
