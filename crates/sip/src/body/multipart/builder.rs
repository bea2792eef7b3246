//! Builds multiparts whose boundary occurs in no part.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use bytes::Bytes;

use super::{Missing, Multipart, content_type, is_boundary};
use crate::{
    HeaderError, HeaderName, ParseBodyError,
    grammar::{is_safe_value, is_token, trim},
};

/// Builds a [`Multipart`]. Parts stand in the order of the calls.
///
/// Without [`boundary`](Self::boundary) the boundary is derived from the parts, so that the same parts give the
/// same octets.
///
/// ```
/// use centrala_sip::{HeaderName, Multipart, Message, Method, RequestBuilder};
/// let id: HeaderName = "Content-ID".parse()?;
/// let multipart = Multipart::builder("mixed")
///     .part("application/sdp", "v=0\r\n")
///     .part_with("application/pidf+xml", &[(&id, "<here@example.com>")], "<presence/>")
///     .build()?;
/// let request = RequestBuilder::new(Method::Invite, &"sip:911@example.com".parse()?)
///     .body(&multipart.content_type(), multipart.to_bytes().clone())
///     .build()?;
/// assert_eq!(request.typed_body().multipart()?, multipart);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "finish with `build`"]
#[derive(Clone)]
pub struct MultipartBuilder {
    subtype: String,
    boundary: Option<String>,
    parts: Vec<(Vec<u8>, Bytes)>,
    error: Option<BuildMultipartError>,
}

/// Why no multipart was built.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildMultipartError {
    /// The subtype is no token.
    #[error("the subtype must be a token")]
    Subtype,
    /// The given boundary is empty, longer than [`Multipart::MAX_BOUNDARY`], or has a character that RFC 2046
    /// section 5.1.1 does not allow.
    #[error("malformed boundary")]
    Boundary,
    /// A line of a part begins with the given boundary.
    #[error("the boundary occurs in a part")]
    BoundaryOccurs,
    /// A multipart has at least one part.
    #[error("no parts")]
    Empty,
    /// A value has a CR, LF or NUL, which would break out of its line.
    #[error("a value of {0} must not have CR, LF or NUL")]
    UnsafeValue(HeaderName),
    /// The Content-Type of a part is no media type.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A limit is exceeded.
    #[error(transparent)]
    Refused(#[from] ParseBodyError),
}

impl MultipartBuilder {
    pub(super) fn new(subtype: &str) -> Self {
        let mut builder =
            Self { subtype: String::from(subtype), boundary: None, parts: Vec::new(), error: None };
        if subtype.is_empty() || !subtype.bytes().all(is_token) {
            builder.fail(BuildMultipartError::Subtype);
        }
        builder
    }

    /// Adds a part.
    pub fn part(self, content_type: &str, content: impl Into<Bytes>) -> Self {
        self.part_with(content_type, &[], content)
    }

    /// Adds a part with more headers than its Content-Type.
    pub fn part_with(
        mut self,
        content_type: &str,
        headers: &[(&HeaderName, &str)],
        content: impl Into<Bytes>,
    ) -> Self {
        let mut lines = Vec::new();
        let all = core::iter::once((&HeaderName::CONTENT_TYPE, content_type));
        for (name, value) in all.chain(headers.iter().copied()) {
            if !is_safe_value(value.as_bytes()) {
                self.fail(BuildMultipartError::UnsafeValue(name.clone()));
                return self;
            }
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.extend_from_slice(b": ");
            lines.extend_from_slice(trim(value.as_bytes()));
            lines.extend_from_slice(b"\r\n");
        }
        self.parts.push((lines, content.into()));
        self
    }

    /// Sets the boundary instead of having one derived.
    pub fn boundary(mut self, boundary: &str) -> Self {
        if !is_boundary(boundary) {
            self.fail(BuildMultipartError::Boundary);
        }
        self.boundary = Some(String::from(boundary));
        self
    }

    /// Makes the multipart.
    ///
    /// # Errors
    ///
    /// [`BuildMultipartError`] for the first thing that was wrong.
    pub fn build(self) -> Result<Multipart, BuildMultipartError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.parts.is_empty() {
            return Err(BuildMultipartError::Empty);
        }
        let boundary = match self.boundary {
            Some(boundary) => {
                // The line of a header may be one as well: a boundary may have a colon and spaces.
                let mut texts =
                    self.parts.iter().flat_map(|(lines, content)| [lines.as_slice(), content]);
                if texts.any(|text| occurs(&boundary, text)) {
                    return Err(BuildMultipartError::BoundaryOccurs);
                }
                boundary
            }
            None => derived(self.parts.iter().map(|(_, content)| content)),
        };
        let length: usize =
            self.parts.iter().map(|(lines, content)| lines.len() + content.len()).sum();
        let mut text = Vec::with_capacity(length + (boundary.len() + 8) * (self.parts.len() + 1));
        for (lines, content) in &self.parts {
            text.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            text.extend_from_slice(lines);
            text.extend_from_slice(b"\r\n");
            text.extend_from_slice(content);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let text = Bytes::from(text);
        let built = Multipart::read(&self.subtype, &boundary, &text, 0, Missing::Refuse)?;
        for part in built.parts() {
            part.body().media_type()?;
        }
        Ok(built)
    }

    fn fail(&mut self, error: BuildMultipartError) {
        self.error.get_or_insert(error);
    }
}

/// Hides the contents.
impl core::fmt::Debug for MultipartBuilder {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("MultipartBuilder")
            .field(
                "content_type",
                &self.boundary.as_ref().map(|text| content_type(&self.subtype, text)),
            )
            .field("parts", &self.parts.len())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Tells whether a line of the text begins with the boundary, whatever ends its lines.
fn occurs(boundary: &str, text: &[u8]) -> bool {
    text.split(|&byte| matches!(byte, b'\r' | b'\n'))
        .filter_map(|line| line.strip_prefix(b"--"))
        .any(|line| line.starts_with(boundary.as_bytes()))
}

/// Finds the first number that no line of the contents has behind our stem. All numbers have the same length, so
/// that none is the beginning of another; there are fewer lines than numbers.
fn derived<'a>(contents: impl Iterator<Item = &'a Bytes>) -> String {
    let mut taken = BTreeSet::new();
    for line in contents.flat_map(|content| content.split(|&byte| matches!(byte, b'\r' | b'\n'))) {
        let digits = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(STEM.as_bytes()));
        let digits = digits.and_then(|digits| digits.get(..DIGITS));
        taken.extend(digits.and_then(crate::grammar::decimal));
    }
    let free = (0_u32..).find(|number| !taken.contains(number)).unwrap_or_default();
    format!("{STEM}{free:0DIGITS$}")
}

const STEM: &str = "centrala-";
const DIGITS: usize = 9;
