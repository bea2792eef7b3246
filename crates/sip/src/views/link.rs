//! Alert-Info, Call-Info, Error-Info.

use alloc::borrow::Cow;
use core::fmt;

use bytes::Bytes;

use super::grammar::{
    ParseValueError, checked_token, checked_value, in_brackets, readable, readable_unquoted,
    text_view,
};
use crate::{
    Expected, HeaderError, HeaderName, Headers, Params, Uri,
    grammar::{self, Fault, Miss, Parsed, Span, sws, trim},
    params::params,
    source::Source,
};

/// A link to more about a call (RFC 3261 sections 20.4, 20.9 and 20.18): a ring tone, a picture of the caller, an
/// explanation of a refusal. `<http://www.example.com/alice/photo.jpg>;purpose=icon`.
///
/// A word may stand in the place of the URI, as in `Alert-Info: Bellcore-dr3`: that is a label. RFC 3261 does not
/// have it, but telephones choose ring tones by it.
///
/// ```
/// use centrala_sip::Link;
/// let link: Link = "<http://www.example.com/alice.jpg> ;purpose=icon".parse()?;
/// assert_eq!(link.uri().unwrap().as_str(), "http://www.example.com/alice.jpg");
/// assert_eq!(link.purpose().as_deref(), Some("icon"));
/// let ring: Link = "Bellcore-dr3".parse()?;
/// assert_eq!((ring.uri(), ring.label().as_deref()), (None, Some("Bellcore-dr3")));
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct Link {
    text: Bytes,
    target: Span,
    params: Span,
}

text_view!(Link);

impl Link {
    /// Makes a link. No URI has an angle bracket, so that none breaks out of its own.
    #[must_use]
    pub fn new(uri: &Uri) -> Self {
        let text = Bytes::from(alloc::format!("<{uri}>"));
        let end = Span::new(text.len(), text.len());
        Self { target: Span::new(0, text.len()), params: end, text }
    }

    /// Returns the same with one more parameter, its value in quotes unless it is a token.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the name is not a token or the value has a control character.
    pub fn with_param(&self, name: &str, value: &str) -> Result<Self, ParseValueError> {
        alloc::format!("{self};{}={}", checked_token(name)?, checked_value(value)?).parse()
    }

    /// Returns the URI in angle brackets.
    #[must_use]
    pub fn uri(&self) -> Option<Uri> {
        let text = self.target.in_(&self.text).strip_prefix(b"<")?.strip_suffix(b">")?;
        Uri::from_bytes(self.text.slice_ref(text)).ok()
    }

    /// Returns what stands in the place of the URI without brackets.
    #[must_use]
    pub fn label(&self) -> Option<Cow<'_, str>> {
        let text = self.target.in_(&self.text);
        (!text.is_empty() && !text.starts_with(b"<")).then(|| readable(text))
    }

    /// Returns `purpose` of Call-Info: `icon`, `info`, `card`, and others.
    #[must_use]
    pub fn purpose(&self) -> Option<Cow<'_, str>> {
        self.param("purpose")
    }

    /// Returns `info`, by which telephones choose a ring tone: `alert-internal`.
    #[must_use]
    pub fn info(&self) -> Option<Cow<'_, str>> {
        self.param("info")
    }

    /// Returns a parameter without quotes.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params().get(name)?.raw_value().map(readable_unquoted)
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (target, params)) = grammar::run(link, text)?;
        let (target_at, params_at) = (Span::of(text, target), Span::of(text, params));
        if let Some(uri) = target.strip_prefix(b"<").and_then(|uri| uri.strip_suffix(b">")) {
            Uri::from_bytes(source.share(uri))
                .map_err(|fault| Fault { at: target_at.start() + 1 + fault.at, ..fault })?;
        }
        let text = source.until(used).to_bytes();
        Ok((used, Self { text, target: target_at, params: params_at }))
    }
}

/// Shows the text without the password that a URI may have.
impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.uri() {
            Some(uri) => {
                write!(formatter, "Link(<{uri:?}>{})", self.params.in_(&self.text).escape_ascii())
            }
            None => write!(formatter, "Link({})", self.text.escape_ascii()),
        }
    }
}

impl Headers {
    /// Iterates over the ring tones or ringback tones.
    pub fn alert_info(&self) -> impl Iterator<Item = Result<Link, HeaderError>> + '_ {
        self.list(&HeaderName::ALERT_INFO, Link::read)
    }

    /// Iterates over what is told about the caller or callee.
    pub fn call_info(&self) -> impl Iterator<Item = Result<Link, HeaderError>> + '_ {
        self.list(&HeaderName::CALL_INFO, Link::read)
    }

    /// Iterates over what is told about an error.
    pub fn error_info(&self) -> impl Iterator<Item = Result<Link, HeaderError>> + '_ {
        self.list(&HeaderName::ERROR_INFO, Link::read)
    }
}

/// Reads `LAQUOT absoluteURI RAQUOT *( SEMI generic-param )`, a label instead of the URI, or parameters alone.
fn link(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let (start, ()) = sws(input)?;
    let (rest, target) = if start.first() == Some(&b'<') {
        in_brackets(start)?
    } else {
        let end = start.iter().position(|byte| matches!(byte, b';' | b',' | b'<' | b'"'));
        let label = trim(start.get(..end.unwrap_or(start.len())).unwrap_or_default());
        (start.get(label.len()..).unwrap_or_default(), label)
    };
    let (rest, params) = params(rest)?;
    if target.is_empty() && params.is_empty() {
        return Err(Miss::err(start, Expected::Uri));
    }
    Ok((rest, (target, params)))
}
