//! Content-Disposition, MIME-Version.

use alloc::format;

use bytes::Bytes;

use super::grammar::{ParseValueError, checked_token, shown_as_text, text_view, token_and_params};
use crate::{
    Handling, HeaderError, HeaderName, Headers, Params,
    grammar::{self, Expected, Fault, Parsed, Span, comment, number, separator, sws},
    headers::read_only,
    source::Source,
};

/// What a body is for (RFC 3261 section 20.11): `session;handling=optional`.
///
/// ```
/// use centrala_sip::{ContentDisposition, Handling};
/// let disposition: ContentDisposition = "render; handling=Optional".parse()?;
/// assert!(disposition.is("render"));
/// assert_eq!(disposition.handling(), Handling::Optional);
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct ContentDisposition {
    text: Bytes,
    kind: Span,
    params: Span,
}

text_view!(ContentDisposition);
shown_as_text!(ContentDisposition);

impl ContentDisposition {
    /// Makes a value; `session`, `render`, `icon`, `alert` and `early-session` are known.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the text is not a token.
    pub fn new(kind: &str) -> Result<Self, ParseValueError> {
        checked_token(kind)?.parse()
    }

    /// Returns the same for a body that may be ignored; other parameters go.
    #[must_use]
    pub fn optional(&self) -> Self {
        // Made of what was parsed before, so that it parses; if that were wrong, the value stays as it is.
        format!("{};handling=optional", self.kind()).parse().unwrap_or_else(|_| self.clone())
    }

    /// Returns the disposition as it was written.
    #[must_use]
    pub fn kind(&self) -> &str {
        // Tokens are ASCII.
        str::from_utf8(self.kind.in_(&self.text)).unwrap_or_default()
    }

    /// Tells whether this is that disposition, in any case.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.kind().eq_ignore_ascii_case(kind)
    }

    /// Tells whether a receiver that does not understand the body must refuse the message. What is neither
    /// `required` nor `optional` counts as required.
    #[must_use]
    pub fn handling(&self) -> Handling {
        let handling = self.params().get("handling").and_then(|param| param.unquoted());
        if handling.is_some_and(|handling| handling.eq_ignore_ascii_case(b"optional")) {
            Handling::Optional
        } else {
            Handling::Required
        }
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (kind, params)) = grammar::run(token_and_params, text)?;
        let (kind, params) = (Span::of(text, kind), Span::of(text, params));
        Ok((used, Self { text: source.until(used).to_bytes(), kind, params }))
    }
}

impl Headers {
    /// Returns Content-Disposition. Without one, a session description is for the `session` and everything else
    /// to be rendered (RFC 3261 section 20.11).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn content_disposition(&self) -> Result<ContentDisposition, HeaderError> {
        read_only(self, &HeaderName::CONTENT_DISPOSITION, ContentDisposition::read)
    }

    /// Returns MIME-Version, major and minor: `(1, 0)` (RFC 3261 section 20.24). Comments are left aside.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn mime_version(&self) -> Result<(u32, u32), HeaderError> {
        read_only(self, &HeaderName::MIME_VERSION, |source| {
            grammar::run(mime_version, source.text())
        })
    }
}

/// Reads `1*DIGIT "." 1*DIGIT` with comments around, as RFC 2045 section 4 allows them.
fn mime_version(input: &[u8]) -> Parsed<'_, (u32, u32)> {
    let (rest, ()) = remark(input)?;
    let (rest, major) = number(rest)?;
    let (rest, ()) = separator(b'.', Expected::Number)(rest)?;
    let (rest, minor) = number(rest)?;
    let (rest, ()) = remark(rest)?;
    Ok((rest, (major, minor)))
}

fn remark(input: &[u8]) -> Parsed<'_, ()> {
    let (rest, ()) = sws(input)?;
    let (rest, _) = comment(rest)?;
    sws(rest)
}
