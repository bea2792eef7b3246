//! Privacy.

use alloc::string::String;

use bytes::Bytes;

use super::grammar::{ParseValueError, checked_token, shown_as_text, text_view};
use crate::{
    Expected, HeaderError, HeaderName, Headers,
    grammar::{self, Fault, Miss, Parsed, is_lws, sws, token},
    headers::read_only,
    source::Source,
};

/// What a caller wants to be kept from others (RFC 3323 section 4.2, RFC 3325 section 9.3): `id;critical`.
///
/// The values stand between semicolons; commas are understood, too.
///
/// ```
/// use centrala_sip::Privacy;
/// let privacy: Privacy = "Id; critical".parse()?;
/// assert!(privacy.has("id") && !privacy.has("header"));
/// assert_eq!(Privacy::new(["header", "id"])?.to_string(), "header;id");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct Privacy {
    text: Bytes,
}

text_view!(Privacy);
shown_as_text!(Privacy);

impl Privacy {
    /// Makes a value; `header`, `session`, `user`, `none`, `critical`, `id` and `history` are known.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if there are none or one is not a token.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, ParseValueError> {
        let mut text = String::new();
        for value in values {
            if !text.is_empty() {
                text.push(';');
            }
            text.push_str(checked_token(value)?);
        }
        text.parse()
    }

    /// Iterates over the values as they were written; they are compared in any case.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        let is_separator = |byte: &u8| is_lws(*byte) || matches!(byte, b';' | b',');
        self.text
            .split(is_separator)
            .filter(|value| !value.is_empty())
            // Tokens are ASCII.
            .map(|value| str::from_utf8(value).unwrap_or_default())
    }

    /// Tells whether that value is there, in any case.
    #[must_use]
    pub fn has(&self, value: &str) -> bool {
        self.values().any(|other| other.eq_ignore_ascii_case(value))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let (used, ()) = grammar::run(values, source.text())?;
        Ok((used, Self { text: source.until(used).to_bytes() }))
    }
}

impl Headers {
    /// Returns Privacy.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn privacy(&self) -> Result<Privacy, HeaderError> {
        read_only(self, &HeaderName::PRIVACY, Privacy::read)
    }
}

/// Reads `priv-value *( ";" priv-value )`.
fn values(input: &[u8]) -> Parsed<'_, ()> {
    let mut rest = input;
    loop {
        let (start, ()) = sws(rest)?;
        let (after, _) = token(start).map_err(|_| Miss::err(start, Expected::Token))?;
        let (next, ()) = sws(after)?;
        match next.split_first() {
            Some((b';' | b',', next)) => rest = next,
            Some(_) | None => return Ok((after, ())),
        }
    }
}
