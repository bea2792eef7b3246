//! The lexical ground of RFC 3261 section 25: character classes, white space, tokens, quoted strings.

use alloc::borrow::Cow;
use alloc::{string::String, vec::Vec};

use memchr::memchr2;
use nom::{
    IResult, Parser,
    bytes::complete::{take_while, take_while1},
    error::{ErrorKind, ParseError},
};

/// What the grammar wanted where a text stopped making sense.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Expected {
    /// A token (RFC 3261 section 25.1).
    #[error("a token")]
    Token,
    /// A decimal number in range.
    #[error("a decimal number in range")]
    Number,
    /// A host name, an IPv4 address or a bracketed IPv6 address.
    #[error("a host")]
    Host,
    /// A port between 0 and 65535.
    #[error("a port")]
    Port,
    /// A URI scheme followed by a colon.
    #[error("a URI scheme")]
    Scheme,
    /// The part of a URI after its scheme.
    #[error("the rest of a URI")]
    Uri,
    /// A quoted string with its closing quote.
    #[error("a quoted string")]
    QuotedString,
    /// A parameter after a semicolon.
    #[error("a parameter")]
    Parameter,
    /// The `>` which ends an address.
    #[error("a closing angle bracket")]
    ClosingBracket,
    /// The `SIP` / `2.0` / transport triple of a Via.
    #[error("a sent-protocol")]
    SentProtocol,
    /// A `*` or an address.
    #[error("a contact")]
    Contact,
    /// A `type/subtype` pair.
    #[error("a media type")]
    MediaType,
    /// A call identifier (RFC 3261 section 20.8).
    #[error("a call identifier")]
    CallId,
    /// Authentication parameters (RFC 3261 section 20.7).
    #[error("authentication parameters")]
    AuthParameters,
    /// A comment with its closing parenthesis (RFC 3261 section 25.1).
    #[error("a closing parenthesis")]
    Comment,
    /// A date as `Sat, 13 Nov 2010 23:29:00 GMT` (RFC 3261 section 20.17).
    #[error("a date in GMT")]
    Date,
    /// A comma or the end of the value.
    #[error("a comma or the end")]
    End,
}

/// A position in a value and what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) expected: Expected,
}

/// A fault while parsing is under way: what is left of the input, and what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Miss<'a> {
    rest: &'a [u8],
    expected: Expected,
}

pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Miss<'a>>;

impl<'a> Miss<'a> {
    pub(crate) const fn new(rest: &'a [u8], expected: Expected) -> Self {
        Self { rest, expected }
    }

    pub(crate) const fn err(rest: &'a [u8], expected: Expected) -> nom::Err<Self> {
        nom::Err::Error(Self::new(rest, expected))
    }
}

impl<'a> ParseError<&'a [u8]> for Miss<'a> {
    fn from_error_kind(rest: &'a [u8], _: ErrorKind) -> Self {
        Self::new(rest, Expected::Token)
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// Runs a parser over a value and turns its miss into a position.
pub(crate) fn run<'a, T>(
    mut parser: impl FnMut(&'a [u8]) -> Parsed<'a, T>,
    input: &'a [u8],
) -> Result<(usize, T), Fault> {
    match parser(input) {
        Ok((rest, value)) => Ok((input.len() - rest.len(), value)),
        Err(nom::Err::Error(miss) | nom::Err::Failure(miss)) => {
            Err(Fault { at: input.len().saturating_sub(miss.rest.len()), expected: miss.expected })
        }
        Err(nom::Err::Incomplete(_)) => Err(Fault { at: input.len(), expected: Expected::End }),
    }
}

/// Runs a parser which must use up the value, white space at the end aside.
pub(crate) fn run_all<'a, T>(
    mut parser: impl FnMut(&'a [u8]) -> Parsed<'a, T>,
    input: &'a [u8],
) -> Result<T, Fault> {
    run(|input| terminated_by_end(&mut parser, input), input).map(|(_, value)| value)
}

fn terminated_by_end<'a, T>(
    mut parser: impl FnMut(&'a [u8]) -> Parsed<'a, T>,
    input: &'a [u8],
) -> Parsed<'a, T> {
    let (rest, value) = parser(input)?;
    let (rest, ()) = sws(rest)?;
    if rest.is_empty() { Ok((rest, value)) } else { Err(Miss::err(rest, Expected::End)) }
}

const TOKEN: u8 = 1;
const HOST: u8 = 2;
const LWS: u8 = 4;
const VISIBLE: u8 = 8;
const VALUE: u8 = 16;
/// What a URI may have and needs no further look: all but `@` and `:`.
pub(crate) const URI: u8 = 32;
/// The same above ASCII, where UTF-8 has to be checked.
pub(crate) const HIGH_URI: u8 = 64;

const CLASSES: [u8; 256] = classes();

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "index below 256")]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        let byte = index as u8;
        let mut class = 0;
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
        {
            class |= TOKEN;
        }
        // The underscore is no host character (RFC 1034), and yet Windows machines are named so.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            class |= HOST;
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            class |= LWS;
        }
        if byte > b' ' && byte != 0x7f {
            class |= VISIBLE;
            if !matches!(byte, b';' | b',' | b'"' | b'<' | b'>') {
                class |= VALUE;
            }
            // `<`, `>` and `"` delimit URIs; no URI contains one (RFC 3986 appendix C).
            if !matches!(byte, b'@' | b':' | b'"' | b'<' | b'>') {
                class |= if byte.is_ascii() { URI } else { HIGH_URI };
            }
        }
        table[index] = class;
        index += 1;
    }
    table
}

pub(crate) fn has(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}

pub(crate) fn is_token(byte: u8) -> bool {
    has(byte, TOKEN)
}

pub(crate) fn is_host(byte: u8) -> bool {
    has(byte, HOST)
}

/// White space of a header value, where a line break can only be a fold.
pub(crate) fn is_lws(byte: u8) -> bool {
    has(byte, LWS)
}

/// Any octet that is neither white space nor a control character; octets above ASCII included.
pub(crate) fn is_visible(byte: u8) -> bool {
    has(byte, VISIBLE)
}

/// Reads optional white space, folds included (`SWS`).
pub(crate) fn sws(input: &[u8]) -> Parsed<'_, ()> {
    // Most values have none: one look decides.
    if input.first().is_none_or(|&byte| !is_lws(byte)) {
        return Ok((input, ()));
    }
    take_while(is_lws).map(|_| ()).parse(input)
}

/// Reads a token.
pub(crate) fn token(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(is_token).parse(input)
}

/// Reads one separator octet with optional white space around it.
pub(crate) fn separator(octet: u8, expected: Expected) -> impl Fn(&[u8]) -> Parsed<'_, ()> {
    move |input| {
        let (rest, ()) = sws(input)?;
        match rest.split_first() {
            Some((&first, after)) if first == octet => sws(after),
            Some(_) | None => Err(Miss::err(rest, expected)),
        }
    }
}

/// Reads a comment, if one begins here, and returns it with its parentheses; comments may nest.
pub(crate) fn comment(input: &[u8]) -> Parsed<'_, &[u8]> {
    let mut depth = 0_usize;
    let mut position = 0;
    loop {
        match input.get(position) {
            Some(b'(') => depth += 1,
            Some(b')') if depth > 0 => depth -= 1,
            Some(b'\\') if depth > 0 => position += 1,
            Some(_) if depth > 0 => {}
            Some(_) | None if position == 0 => return Ok((input, b"")),
            Some(_) | None => return Err(Miss::err(input, Expected::Comment)),
        }
        position += 1;
        if depth == 0 {
            let (text, rest) = input.split_at_checked(position).unwrap_or((input, b""));
            return Ok((rest, text));
        }
    }
}

/// Reads a quoted string and returns it with its quotes.
pub(crate) fn quoted_string(input: &[u8]) -> Parsed<'_, &[u8]> {
    let miss = || Miss::err(input, Expected::QuotedString);
    if input.first() != Some(&b'"') {
        return Err(miss());
    }
    let mut position = 1;
    loop {
        let rest = input.get(position..).ok_or_else(miss)?;
        let found = memchr2(b'"', b'\\', rest).ok_or_else(miss)?;
        if rest.get(found) == Some(&b'"') {
            position += found;
            break;
        }
        position += found + 2;
    }
    let (text, rest) = input.split_at_checked(position + 1).ok_or_else(miss)?;
    Ok((rest, text))
}

/// Reads the value of a parameter: a quoted string, or whatever stands before the next separator.
///
/// RFC 3261 allows a token, a host or a quoted string here. IPv6 addresses without brackets (RFC 5118
/// section 4.5), URIs and empty values are met in the field, so that more is accepted.
pub(crate) fn param_value(input: &[u8]) -> Parsed<'_, &[u8]> {
    if input.first() == Some(&b'"') {
        return quoted_string(input);
    }
    take_while(|byte| has(byte, VALUE)).parse(input)
}

/// Reads a decimal number of 32 bits; leading zeros are allowed (RFC 4475 section 3.1.1.1).
pub(crate) fn number(input: &[u8]) -> Parsed<'_, u32> {
    let miss = || Miss::err(input, Expected::Number);
    let (rest, digits) = take_while1(|byte: u8| byte.is_ascii_digit())
        .parse(input)
        .map_err(|_: nom::Err<Miss<'_>>| miss())?;
    let value = decimal(digits).ok_or_else(miss)?;
    Ok((rest, value))
}

/// Returns the value of a text of digits only, if it fits.
pub(crate) fn decimal(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u32, |value, &digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

/// Returns the text without white space at both ends.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_lws(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|&byte| !is_lws(byte)).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

/// Returns the value with each fold replaced by one space (RFC 3261 section 7.3.1).
pub(crate) fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Cow::Borrowed(value);
    }
    let mut unfolded = Vec::with_capacity(value.len());
    for piece in value.split(|byte| matches!(byte, b'\r' | b'\n')) {
        let piece = trim(piece);
        if piece.is_empty() {
            continue;
        }
        if !unfolded.is_empty() {
            unfolded.push(b' ');
        }
        unfolded.extend_from_slice(piece);
    }
    Cow::Owned(unfolded)
}

/// Returns a quoted string without its quotes and backslashes; other text as it is.
pub(crate) fn unquote(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")) else {
        return Cow::Borrowed(text);
    };
    if !inner.contains(&b'\\') {
        return Cow::Borrowed(inner);
    }
    let mut plain = Vec::with_capacity(inner.len());
    let mut octets = inner.iter();
    while let Some(&octet) = octets.next() {
        let kept = if octet == b'\\' { octets.next().copied() } else { Some(octet) };
        plain.extend(kept);
    }
    Cow::Owned(plain)
}

/// Writes a text as a quoted string.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

/// Tells whether a text may stand in a header value: no CR, LF or NUL can break out of its line.
pub(crate) fn is_safe_value(text: &[u8]) -> bool {
    !text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | b'\0'))
}

/// A number in decimal digits, without an allocation.
pub(crate) struct Decimal {
    digits: [u8; 10],
    start: usize,
}

impl Decimal {
    pub(crate) fn of(number: u32) -> Self {
        let mut decimal = Self { digits: [b'0'; 10], start: 9 };
        let mut rest = number;
        for (place, digit) in decimal.digits.iter_mut().enumerate().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
            if rest == 0 {
                decimal.start = place;
                break;
            }
        }
        decimal
    }
}

impl AsRef<[u8]> for Decimal {
    fn as_ref(&self) -> &[u8] {
        self.digits.get(self.start..).unwrap_or_default()
    }
}

/// A piece of a text, as offsets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        // Longer texts were refused before: `Limits` cannot exceed `u32::MAX`.
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    /// The place of `part` in `whole`, of which it is a subslice.
    pub(crate) fn of(whole: &[u8], part: &[u8]) -> Self {
        let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr()).min(whole.len());
        Self::new(start, (start + part.len()).min(whole.len()))
    }

    pub(crate) fn in_(self, text: &[u8]) -> &[u8] {
        let range = usize::try_from(self.start).unwrap_or(usize::MAX)
            ..usize::try_from(self.end).unwrap_or(usize::MAX);
        text.get(range).unwrap_or_default()
    }

    /// The start as it is kept.
    pub(crate) const fn first(self) -> u32 {
        self.start
    }

    pub(crate) fn start(self) -> usize {
        usize::try_from(self.start).unwrap_or(usize::MAX)
    }

    pub(crate) fn len(self) -> usize {
        self.end().saturating_sub(self.start())
    }

    pub(crate) fn end(self) -> usize {
        usize::try_from(self.end).unwrap_or(usize::MAX)
    }
}

/// A piece of a text of at most 64 kB, or none. No piece of a URI begins at its start, where the scheme is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    start: u16,
    end: u16,
}

impl Cut {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u16::try_from(offset).unwrap_or(u16::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    pub(crate) const fn is_some(self) -> bool {
        self.start > 0
    }

    pub(crate) fn range(self) -> Option<core::ops::Range<usize>> {
        self.is_some().then(|| self.start.into()..self.end.into())
    }

    pub(crate) fn in_(self, text: &[u8]) -> Option<&[u8]> {
        self.range().and_then(|range| text.get(range))
    }
}
