//! Accept, Accept-Encoding, Accept-Language.

use alloc::{format, vec::Vec};
use core::{cmp::Reverse, fmt, str::FromStr};

use bytes::Bytes;

use super::grammar::{
    ParseValueError, checked_token, end_of_name, or_nothing, shown_as_text, text_view,
    token_and_params,
};
use crate::{
    HeaderError, HeaderName, Headers, Params,
    grammar::{self, Expected, Fault, Miss, Parsed, Span, separator, sws, token, unquote},
    params::params,
    source::Source,
};

/// How much something is liked, 0 to 1 in steps of a thousandth (RFC 3261 section 25.1).
///
/// ```
/// use centrala_sip::QValue;
/// let half: QValue = "0.5".parse()?;
/// assert!(half < QValue::ONE);
/// assert_eq!((half.thousandths(), half.to_string()), (500, "0.5".to_owned()));
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QValue(u16);

impl QValue {
    /// Not acceptable.
    pub const ZERO: Self = Self(0);
    /// Liked best, and what is meant where no value is given.
    pub const ONE: Self = Self(1_000);

    /// Makes a value of thousandths; `None` above 1000.
    #[must_use]
    pub fn from_thousandths(thousandths: u16) -> Option<Self> {
        (thousandths <= 1_000).then_some(Self(thousandths))
    }

    /// Returns the value in thousandths.
    #[must_use]
    pub const fn thousandths(self) -> u16 {
        self.0
    }

    /// Reads the `q` of parameters; without one it is 1.
    fn of(text: &[u8], params: Params<'_>) -> Result<Self, Fault> {
        let Some(param) = params.get("q") else { return Ok(Self::ONE) };
        let fault = |at| Fault { at, expected: Expected::Number };
        let value = param.raw_value().ok_or_else(|| fault(end_of_name(text, param)))?;
        let read = str::from_utf8(&unquote(value)).ok().and_then(|value| value.parse().ok());
        read.ok_or_else(|| fault(Span::of(text, value).start()))
    }
}

/// Reads `0.7`, and also `.7` which the grammar does not have.
impl FromStr for QValue {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = ParseValueError::part(Expected::Number);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_number = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let is_empty = whole.is_empty() && fraction.is_empty();
        if !matches!(whole, "" | "0" | "1") || !is_number || is_empty {
            return Err(error);
        }
        let padded = format!("{fraction:0<3}");
        let thousandths: u16 = padded.parse().map_err(|_| error)?;
        let whole = if whole == "1" { 1_000 } else { 0 };
        Self::from_thousandths(whole + thousandths).ok_or(error)
    }
}

impl fmt::Display for QValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1_000, self.0 % 1_000);
        formatter.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A media range of Accept (RFC 3261 section 20.1): `application/*;q=0.5`.
///
/// ```
/// use centrala_sip::MediaRange;
/// let range: MediaRange = "application/*;q=0.5".parse()?;
/// assert!(range.accepts("application", "SDP") && !range.accepts("text", "plain"));
/// assert_eq!(range.q().thousandths(), 500);
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct MediaRange {
    text: Bytes,
    kind: Span,
    subtype: Span,
    params: Span,
    q: QValue,
}

/// A coding of Accept-Encoding or a language range of Accept-Language (RFC 3261 sections 20.2 and 20.3):
/// `gzip`, `en-gb;q=0.8`, `*`.
#[derive(Clone)]
pub struct Preference {
    text: Bytes,
    value: Span,
    params: Span,
    q: QValue,
}

text_view!(MediaRange);
shown_as_text!(MediaRange);
text_view!(Preference);
shown_as_text!(Preference);

impl MediaRange {
    /// Makes a range; `*` stands for any.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if one is not a token.
    pub fn new(kind: &str, subtype: &str) -> Result<Self, ParseValueError> {
        format!("{}/{}", checked_token(kind)?, checked_token(subtype)?).parse()
    }

    /// Returns the type as it was written.
    #[must_use]
    pub fn kind(&self) -> &str {
        str::from_utf8(self.kind.in_(&self.text)).unwrap_or_default()
    }

    /// Returns the subtype as it was written.
    #[must_use]
    pub fn subtype(&self) -> &str {
        str::from_utf8(self.subtype.in_(&self.text)).unwrap_or_default()
    }

    /// Tells whether that type is in the range, in any case. It may still have a `q` of 0.
    #[must_use]
    pub fn accepts(&self, kind: &str, subtype: &str) -> bool {
        let is = |mine: &str, other: &str| mine == "*" || mine.eq_ignore_ascii_case(other);
        is(self.kind(), kind) && is(self.subtype(), subtype)
    }

    /// Returns how much it is liked.
    #[must_use]
    pub const fn q(&self) -> QValue {
        self.q
    }

    /// Returns the parameters, `q` among them.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (kind, subtype, params)) = grammar::run(media_range, text)?;
        let q = QValue::of(text, Params::of_header(params))?;
        let (kind, subtype) = (Span::of(text, kind), Span::of(text, subtype));
        let params = Span::of(text, params);
        Ok((used, Self { text: source.until(used).to_bytes(), kind, subtype, params, q }))
    }

    fn read_element(source: Source<'_>) -> Result<(usize, Option<Self>), Fault> {
        or_nothing(source, Self::read)
    }
}

impl Preference {
    /// Makes a preference; `*` stands for any.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the value is not a token.
    pub fn new(value: &str, q: QValue) -> Result<Self, ParseValueError> {
        format!("{};q={q}", checked_token(value)?).parse()
    }

    /// Returns the coding or language range as it was written; it is compared in any case.
    #[must_use]
    pub fn value(&self) -> &str {
        str::from_utf8(self.value.in_(&self.text)).unwrap_or_default()
    }

    /// Tells whether this is that coding, or any.
    #[must_use]
    pub fn accepts(&self, coding: &str) -> bool {
        self.value() == "*" || self.value().eq_ignore_ascii_case(coding)
    }

    /// Tells whether that language is in the range: `en` has `en-GB` (RFC 4647 section 3.3.1).
    #[must_use]
    pub fn accepts_language(&self, tag: &str) -> bool {
        let range = self.value();
        let starts = tag.get(..range.len()).is_some_and(|start| start.eq_ignore_ascii_case(range));
        range == "*" || (starts && matches!(tag.as_bytes().get(range.len()), None | Some(b'-')))
    }

    /// Returns how much it is liked.
    #[must_use]
    pub const fn q(&self) -> QValue {
        self.q
    }

    /// Returns the parameters, `q` among them.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (value, params)) = grammar::run(token_and_params, text)?;
        let q = QValue::of(text, Params::of_header(params))?;
        let (value, params) = (Span::of(text, value), Span::of(text, params));
        Ok((used, Self { text: source.until(used).to_bytes(), value, params, q }))
    }

    fn read_element(source: Source<'_>) -> Result<(usize, Option<Self>), Fault> {
        or_nothing(source, Self::read)
    }
}

impl Headers {
    /// Iterates over the media ranges of Accept in their order. An Accept without a value accepts nothing; without
    /// an Accept at all, `application/sdp` is meant (RFC 3261 section 20.1): ask [`Headers::has`].
    pub fn accept(&self) -> impl Iterator<Item = Result<MediaRange, HeaderError>> + '_ {
        self.list(&HeaderName::ACCEPT, MediaRange::read_element).filter_map(Result::transpose)
    }

    /// Iterates over the codings of Accept-Encoding in their order. An empty value means `identity`.
    pub fn accept_encoding(&self) -> impl Iterator<Item = Result<Preference, HeaderError>> + '_ {
        self.list(&HeaderName::ACCEPT_ENCODING, Preference::read_element)
            .filter_map(Result::transpose)
    }

    /// Iterates over the language ranges of Accept-Language in their order.
    pub fn accept_language(&self) -> impl Iterator<Item = Result<Preference, HeaderError>> + '_ {
        self.list(&HeaderName::ACCEPT_LANGUAGE, Preference::read_element)
            .filter_map(Result::transpose)
    }

    /// Returns the media ranges of Accept, the best liked first; equals keep their order. Those with a `q` of 0,
    /// which are not acceptable, come last.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if one cannot be read.
    pub fn accept_by_preference(&self) -> Result<Vec<MediaRange>, HeaderError> {
        sorted(self.accept(), MediaRange::q)
    }

    /// Returns the codings of Accept-Encoding, sorted as [`Headers::accept_by_preference`] does.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if one cannot be read.
    pub fn accept_encoding_by_preference(&self) -> Result<Vec<Preference>, HeaderError> {
        sorted(self.accept_encoding(), Preference::q)
    }

    /// Returns the language ranges of Accept-Language, sorted as [`Headers::accept_by_preference`] does.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if one cannot be read.
    pub fn accept_language_by_preference(&self) -> Result<Vec<Preference>, HeaderError> {
        sorted(self.accept_language(), Preference::q)
    }
}

fn sorted<T>(
    values: impl Iterator<Item = Result<T, HeaderError>>,
    q: fn(&T) -> QValue,
) -> Result<Vec<T>, HeaderError> {
    let mut values = values.collect::<Result<Vec<_>, _>>()?;
    values.sort_by_key(|value| Reverse(q(value)));
    Ok(values)
}

/// Reads `media-range *( SEMI param )`; `*` is a token.
fn media_range(input: &[u8]) -> Parsed<'_, (&[u8], &[u8], &[u8])> {
    let (start, ()) = sws(input)?;
    let miss = |_| Miss::err(start, Expected::MediaType);
    let (rest, kind) = token(start).map_err(miss)?;
    let (rest, ()) = separator(b'/', Expected::MediaType)(rest)?;
    let (rest, subtype) = token(rest).map_err(miss)?;
    let (rest, params) = params(rest)?;
    Ok((rest, (kind, subtype, params)))
}
