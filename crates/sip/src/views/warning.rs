//! Warning.

use alloc::{borrow::Cow, format};

use bytes::Bytes;

use super::grammar::{ParseValueError, checked_text, readable_unquoted, shown_as_text, text_view};
use crate::{
    HeaderError, HeaderName, Headers,
    grammar::{
        self, Expected, Fault, Miss, Parsed, Span, is_lws, is_token, is_visible, quoted_string,
        sws, trim,
    },
    source::Source,
};

/// More about a response (RFC 3261 section 20.43): `307 isi.example "Session parameter 'foo' not understood"`.
///
/// A text that lacks its quotes ends with the next comma.
///
/// ```
/// use centrala_sip::Warning;
/// let warning = Warning::new(370, "pbx.example.com", "Insufficient bandwidth")?;
/// assert_eq!(warning.to_string(), "370 pbx.example.com \"Insufficient bandwidth\"");
/// assert_eq!((warning.code(), warning.agent()), (370, "pbx.example.com"));
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct Warning {
    text: Bytes,
    code: u16,
    agent: Span,
    message: Span,
}

text_view!(Warning);
shown_as_text!(Warning);

impl Warning {
    /// Makes a warning.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the code has not three digits, the agent is neither a token nor a host with or
    /// without a port, or the text has a control character.
    pub fn new(code: u16, agent: &str, text: &str) -> Result<Self, ParseValueError> {
        if !(100..1000).contains(&code) {
            return Err(ParseValueError::part(Expected::Number));
        }
        let is_part = |byte: u8| is_token(byte) || matches!(byte, b':' | b'[' | b']');
        if agent.is_empty() || !agent.bytes().all(is_part) {
            return Err(ParseValueError::part(Expected::Host));
        }
        format!("{code} {agent} {}", checked_text(text)?).parse()
    }

    /// Returns the code.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// Returns who warns, as it was written: a host with or without a port, or a pseudonym.
    #[must_use]
    pub fn agent(&self) -> &str {
        // `read` took ASCII only.
        str::from_utf8(self.agent.in_(&self.text)).unwrap_or_default()
    }

    /// Returns the text without quotes.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        readable_unquoted(self.message.in_(&self.text))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (code, agent, message)) = grammar::run(warning, text)?;
        let (agent, message) = (Span::of(text, agent), Span::of(text, message));
        Ok((used, Self { text: source.until(used).to_bytes(), code, agent, message }))
    }
}

impl Headers {
    /// Iterates over all warnings.
    pub fn warnings(&self) -> impl Iterator<Item = Result<Warning, HeaderError>> + '_ {
        self.list(&HeaderName::WARNING, Warning::read)
    }
}

/// Reads `3DIGIT SP warn-agent SP quoted-string`.
fn warning(input: &[u8]) -> Parsed<'_, (u16, &[u8], &[u8])> {
    let (start, ()) = sws(input)?;
    let (rest, number) = grammar::number(start)?;
    let code = u16::try_from(number).ok().filter(|_| start.len() - rest.len() == 3);
    let code = code.ok_or_else(|| Miss::err(start, Expected::Number))?;
    let (rest, ()) = space(rest, Expected::Number)?;
    let is_agent =
        |byte: u8| byte.is_ascii() && is_visible(byte) && !matches!(byte, b',' | b'"' | b';');
    let length = rest.iter().position(|&byte| !is_agent(byte)).unwrap_or(rest.len());
    let (agent, rest) = rest.split_at_checked(length).unwrap_or((b"", rest));
    if agent.is_empty() {
        return Err(Miss::err(rest, Expected::Host));
    }
    let (rest, ()) = space(rest, Expected::QuotedString)?;
    if rest.first() == Some(&b'"') {
        let (rest, text) = quoted_string(rest)?;
        return Ok((rest, (code, agent, text)));
    }
    let end = rest.iter().position(|&byte| byte == b',').unwrap_or(rest.len());
    let text = trim(rest.get(..end).unwrap_or_default());
    if text.is_empty() {
        return Err(Miss::err(rest, Expected::QuotedString));
    }
    // `rest` begins with `text`: white space went before.
    Ok((rest.get(text.len()..).unwrap_or_default(), (code, agent, text)))
}

fn space(input: &[u8], expected: Expected) -> Parsed<'_, ()> {
    if input.first().is_none_or(|&byte| !is_lws(byte)) {
        return Err(Miss::err(input, expected));
    }
    sws(input)
}
