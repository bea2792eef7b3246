//! Reason.

use alloc::{borrow::Cow, format, string::String};

use bytes::Bytes;

use super::grammar::{
    ParseValueError, attribute_value, attributes, checked_text, checked_token, each_attribute,
    readable_unquoted, shown_as_text, text_view,
};
use crate::{
    HeaderError, HeaderName, Headers, StatusCode,
    grammar::{self, Expected, Fault, Miss, Parsed, Span, decimal, sws, token, trim, unquote},
    source::Source,
};

/// Why a request was sent (RFC 3326 section 2): `Q.850;cause=16;text="Terminated"`.
///
/// A text that lacks its quotes ends with the next semicolon or comma.
///
/// ```
/// use centrala_sip::{Reason, StatusCode};
/// let reason: Reason = "Q.850 ;cause=16 ;text=Normal call clearing".parse()?;
/// assert_eq!((reason.protocol(), reason.cause()), ("Q.850", Some(16)));
/// assert_eq!(reason.text().as_deref(), Some("Normal call clearing"));
/// let elsewhere = Reason::sip(StatusCode::OK).with_text("Call completed elsewhere")?;
/// assert_eq!(elsewhere.to_string(), "SIP;cause=200;text=\"Call completed elsewhere\"");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct Reason {
    text: Bytes,
    protocol: Span,
    params: Span,
}

text_view!(Reason);
shown_as_text!(Reason);

impl Reason {
    /// Makes a reason of a protocol and a cause of it.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the protocol is not a token.
    pub fn new(protocol: &str, cause: u32) -> Result<Self, ParseValueError> {
        checked_token(protocol).map(|protocol| Self::assemble(protocol, cause))
    }

    /// Makes a reason of a status code.
    #[must_use]
    pub fn sip(status: StatusCode) -> Self {
        Self::assemble("SIP", status.as_u16().into())
    }

    /// Makes a reason of a cause of the telephone network (ITU-T Q.850).
    #[must_use]
    pub fn q850(cause: u8) -> Self {
        Self::assemble("Q.850", cause.into())
    }

    /// Returns the same with a text instead of the one it may have.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the text has a control character.
    pub fn with_text(&self, text: &str) -> Result<Self, ParseValueError> {
        let quoted = checked_text(text)?;
        let mut whole = String::from(self.protocol());
        for (name, value) in each_attribute(self.params.in_(&self.text)) {
            if name.eq_ignore_ascii_case(b"text") {
                continue;
            }
            let (name, value) = (String::from_utf8_lossy(name), value.map(grammar::unfold));
            match value {
                Some(value) => {
                    whole.push_str(&format!(";{name}={}", String::from_utf8_lossy(&value)));
                }
                None => whole.push_str(&format!(";{name}")),
            }
        }
        format!("{whole};text={quoted}").parse()
    }

    /// Returns the protocol as it was written; it is compared in any case.
    #[must_use]
    pub fn protocol(&self) -> &str {
        // Tokens are ASCII.
        str::from_utf8(self.protocol.in_(&self.text)).unwrap_or_default()
    }

    /// Tells whether this is a reason of that protocol, in any case: `is("Q.850")`.
    #[must_use]
    pub fn is(&self, protocol: &str) -> bool {
        self.protocol().eq_ignore_ascii_case(protocol)
    }

    /// Returns the cause: a status code of SIP, a cause of Q.850.
    #[must_use]
    pub fn cause(&self) -> Option<u32> {
        decimal(trim(&unquote(self.raw_param("cause")?)))
    }

    /// Returns the text without quotes.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        self.raw_param("text").map(readable_unquoted)
    }

    /// Returns a parameter as it was written, quotes included; empty if it has no value.
    #[must_use]
    pub fn raw_param(&self, name: &str) -> Option<&[u8]> {
        attribute_value(self.params.in_(&self.text), name)
    }

    pub(super) fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (protocol, params)) = grammar::run(reason, text)?;
        if let Some(cause) = attribute_value(params, "cause")
            && decimal(trim(&unquote(cause))).is_none()
        {
            let at = if cause.is_empty() { used } else { Span::of(text, cause).start() };
            return Err(Fault { at, expected: Expected::Number });
        }
        let (protocol, params) = (Span::of(text, protocol), Span::of(text, params));
        Ok((used, Self { text: source.until(used).to_bytes(), protocol, params }))
    }

    fn assemble(protocol: &str, cause: u32) -> Self {
        let text = Bytes::from(format!("{protocol};cause={cause}"));
        let params = Span::new(protocol.len(), text.len());
        Self { text, protocol: Span::new(0, protocol.len()), params }
    }
}

impl Headers {
    /// Iterates over all reasons; there may be one per protocol (RFC 3326 section 2).
    pub fn reasons(&self) -> impl Iterator<Item = Result<Reason, HeaderError>> + '_ {
        self.list(&HeaderName::REASON, Reason::read)
    }
}

/// Reads `protocol *( SEMI reason-params )`.
fn reason(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let (rest, ()) = sws(input)?;
    let (rest, protocol) = token(rest).map_err(|_| Miss::err(rest, Expected::Token))?;
    let (rest, params) = attributes(rest)?;
    Ok((rest, (protocol, params)))
}
