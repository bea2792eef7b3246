//! Identity.

use alloc::{borrow::Cow, format};
use core::fmt;

use bytes::Bytes;

use super::grammar::{
    ParseValueError, attribute_value, attributes, checked_token, readable_unquoted, text_view,
};
use crate::{
    Expected, HeaderError, HeaderName, Headers, Uri,
    grammar::{self, Fault, Miss, Parsed, Span, quoted_string, sws},
    source::Source,
};

/// The signature of an authentication service (RFC 8224 section 4):
/// `eyJhbGci...;info=<https://biloxi.example/biloxi.cer>;alg=ES256;ppt=shaken`.
///
/// The quoted form of RFC 4474 is understood. `Debug` shows the signature's length only.
///
/// ```
/// use centrala_sip::Identity;
/// let identity = Identity::new("..c2lnbmVk", &"https://biloxi.example/c.pem".parse()?)?.with_ppt("shaken")?;
/// assert_eq!(identity.to_string(), "..c2lnbmVk;info=<https://biloxi.example/c.pem>;ppt=shaken");
/// assert!(identity.is_compact());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Identity {
    text: Bytes,
    digest: Span,
    params: Span,
}

text_view!(Identity);

impl Identity {
    /// Makes a value of a signed digest and the place of the certificate.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the digest is not Base64 with dots.
    pub fn new(signed_digest: &str, info: &Uri) -> Result<Self, ParseValueError> {
        if signed_digest.is_empty() || !signed_digest.bytes().all(is_digest) {
            return Err(ParseValueError::part(Expected::Token));
        }
        format!("{signed_digest};info=<{info}>").parse()
    }

    /// Returns the same with the kind of token.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the kind is not a token.
    pub fn with_ppt(&self, ppt: &str) -> Result<Self, ParseValueError> {
        format!("{self};ppt={}", checked_token(ppt)?).parse()
    }

    /// Returns the signed digest as it was written, without quotes: a whole token with two dots in the full form,
    /// two dots and a signature in the compact form.
    #[must_use]
    pub fn signed_digest(&self) -> &str {
        // Base64 is ASCII.
        let text = str::from_utf8(self.digest.in_(&self.text)).unwrap_or_default();
        text.trim_matches('"')
    }

    /// Tells whether header and claims are left out, to be put together of the message (RFC 8224 section 4.1).
    #[must_use]
    pub fn is_compact(&self) -> bool {
        self.signed_digest().starts_with("..")
    }

    /// Returns where the certificate is.
    #[must_use]
    pub fn info(&self) -> Option<Uri> {
        let text = bracketed(attribute_value(self.params.in_(&self.text), "info")?)?;
        Uri::from_bytes(self.text.slice_ref(text)).ok()
    }

    /// Returns the algorithm; `ES256` is meant where none is given.
    #[must_use]
    pub fn alg(&self) -> Option<Cow<'_, str>> {
        self.param("alg")
    }

    /// Returns the kind of token: `shaken`, `div`.
    #[must_use]
    pub fn ppt(&self) -> Option<Cow<'_, str>> {
        self.param("ppt")
    }

    /// Returns a parameter without quotes; empty if it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        attribute_value(self.params.in_(&self.text), name).map(readable_unquoted)
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (digest, params)) = grammar::run(identity, text)?;
        if let Some(info) = attribute_value(params, "info") {
            let at = if info.is_empty() { used } else { Span::of(text, info).start() };
            let uri = bracketed(info).ok_or(Fault { at, expected: Expected::Uri })?;
            Uri::from_bytes(source.share(uri))
                .map_err(|fault| Fault { at: at + 1 + fault.at, ..fault })?;
        }
        let (digest, params) = (Span::of(text, digest), Span::of(text, params));
        Ok((used, Self { text: source.until(used).to_bytes(), digest, params }))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("signed_digest_len", &self.signed_digest().len())
            .field("info", &self.info())
            .field("alg", &self.alg())
            .field("ppt", &self.ppt())
            .finish_non_exhaustive()
    }
}

impl Headers {
    /// Iterates over all identities; a diverted call has more than one (RFC 8946).
    pub fn identities(&self) -> impl Iterator<Item = Result<Identity, HeaderError>> + '_ {
        self.list(&HeaderName::IDENTITY, Identity::read)
    }
}

/// Reads `signed-identity-digest *( SEMI ident-info-params )`.
fn identity(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let (start, ()) = sws(input)?;
    let (rest, digest) = match start.first() {
        Some(b'"') => quoted_string(start)?,
        Some(_) | None => {
            let end = start.iter().position(|&byte| !is_digest(byte)).unwrap_or(start.len());
            let (digest, rest) = start.split_at_checked(end).unwrap_or((b"", start));
            (rest, digest)
        }
    };
    let bare = digest.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\""));
    if digest.is_empty() || !bare.unwrap_or(digest).iter().all(|&byte| is_digest(byte)) {
        return Err(Miss::err(start, Expected::Token));
    }
    let (rest, params) = attributes(rest)?;
    Ok((rest, (digest, params)))
}

/// Base64 of either alphabet, and the dots of a token.
fn is_digest(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'.')
}

fn bracketed(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"<")?.strip_suffix(b">")
}
