//! Pieces of SIP messages (RFC 3420).

use alloc::{format, vec::Vec};
use core::fmt;

use bytes::Bytes;

use super::{
    Body, ParseBodyError, ParseBodyErrorKind as Kind,
    section::{Section, section},
};
use crate::{
    EditHeaderError, HeaderName, Headers, Message, Method, ParseMessageError,
    ParseMessageErrorKind, Request, Response, StatusCode, Uri,
};

/// A piece of a message: a start line, headers, a body, each of which may be missing (RFC 3420 section 2.1).
///
/// A NOTIFY that tells how a REFER went has one with a status line (RFC 3515 section 2.4.5).
///
/// ```
/// use centrala_sip::{HeaderName, SipFragment, StatusCode};
///
/// let ringing = SipFragment::for_status(StatusCode::RINGING, "Ringing")?;
/// assert_eq!(ringing.to_bytes(), "SIP/2.0 180 Ringing\r\n");
///
/// let read = SipFragment::parse(&"SIP/2.0 486 Busy Here\r\nReason: Q.850;cause=17".into())?;
/// assert_eq!(read.status(), Some(StatusCode::BUSY_HERE));
/// assert_eq!(read.headers().header_str(&HeaderName::REASON), Some("Q.850;cause=17"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SipFragment {
    start_line: Option<StartLine>,
    headers: Headers,
    body: Option<Bytes>,
}

/// The start line as a message without headers.
#[derive(Clone)]
enum StartLine {
    Request(Request),
    Response(Response),
}

/// Why no fragment was built.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildSipFragmentError {
    /// The reason phrase has a CR, LF or NUL, or is too long.
    #[error("a reason phrase must be one short line")]
    Reason,
    /// A header cannot be added.
    #[error(transparent)]
    Header(#[from] EditHeaderError),
}

impl SipFragment {
    /// Makes a fragment of a status line alone.
    ///
    /// # Errors
    ///
    /// [`BuildSipFragmentError::Reason`] if the phrase is more than one line.
    pub fn for_status(status: StatusCode, reason: &str) -> Result<Self, BuildSipFragmentError> {
        if !crate::grammar::is_safe_value(reason.as_bytes()) {
            return Err(BuildSipFragmentError::Reason);
        }
        let line = format!("SIP/2.0 {status} {reason}");
        let start_line =
            StartLine::read(line.as_bytes()).map_err(|_| BuildSipFragmentError::Reason)?;
        Ok(Self { start_line: Some(start_line), ..Self::empty() })
    }

    /// Makes a fragment with the headers of that name of a message, or with all of them if there are no names;
    /// Content-Length is left out, for it says nothing of the fragment.
    ///
    /// # Errors
    ///
    /// [`BuildSipFragmentError::Header`] if a value has a NUL.
    pub fn of_headers(
        headers: &Headers,
        names: &[HeaderName],
    ) -> Result<Self, BuildSipFragmentError> {
        let mut fragment = Self::empty();
        for header in headers {
            let is_wanted = names.is_empty() || names.iter().any(|name| header.is(name));
            if is_wanted && !header.is(&HeaderName::CONTENT_LENGTH) {
                fragment.headers.append(&header.name(), header.unfolded())?;
            }
        }
        Ok(fragment)
    }

    /// Reads a fragment. The first line is a start line if it can be one, and a header if it has a colon behind a
    /// token; the end of the last line may be missing.
    ///
    /// # Errors
    ///
    /// [`ParseBodyError`] if the first line begins as a start line and is none, or another line is no header.
    pub fn parse(body: &Bytes) -> Result<Self, ParseBodyError> {
        let end = body.iter().position(|&byte| byte == b'\n');
        let next = end.map_or(body.len(), |end| end + 1);
        let line = body.get(..end.unwrap_or(body.len())).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (start_line, headers_at) = if is_header(line) || line.is_empty() {
            (None, 0)
        } else {
            let read = StartLine::read(line);
            let fault = |(at, kind)| ParseBodyError::new(at, Kind::StartLine(kind));
            (Some(read.map_err(fault)?), next)
        };
        let Section { headers, content } = section(body, headers_at, body.len())?;
        let content = content.map(|start| body.slice(start..)).filter(|body| !body.is_empty());
        Ok(Self { start_line, headers, body: content })
    }

    /// Returns the status code, if the fragment has a status line.
    #[must_use]
    pub const fn status(&self) -> Option<StatusCode> {
        match &self.start_line {
            Some(StartLine::Response(response)) => Some(response.status()),
            Some(StartLine::Request(_)) | None => None,
        }
    }

    /// Returns the reason phrase, if the fragment has a status line.
    #[must_use]
    pub fn reason(&self) -> Option<&[u8]> {
        match &self.start_line {
            Some(StartLine::Response(response)) => Some(response.reason()),
            Some(StartLine::Request(_)) | None => None,
        }
    }

    /// Returns the method, if the fragment has a request line.
    #[must_use]
    pub const fn method(&self) -> Option<&Method> {
        match &self.start_line {
            Some(StartLine::Request(request)) => Some(request.method()),
            Some(StartLine::Response(_)) | None => None,
        }
    }

    /// Returns the Request-URI, if the fragment has a request line.
    #[must_use]
    pub const fn uri(&self) -> Option<&Uri> {
        match &self.start_line {
            Some(StartLine::Request(request)) => Some(request.uri()),
            Some(StartLine::Response(_)) | None => None,
        }
    }

    /// Returns the headers.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Returns the headers to be edited.
    pub const fn headers_mut(&mut self) -> &mut Headers {
        &mut self.headers
    }

    /// Returns the body; empty if there is none.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.body.clone().unwrap_or_default()
    }

    /// Returns the body with what the headers say of it.
    #[must_use]
    pub fn typed_body(&self) -> Body<'_> {
        Body::new(&self.headers, self.body())
    }

    /// Replaces the body, Content-Type and Content-Length.
    ///
    /// # Errors
    ///
    /// [`BuildSipFragmentError::Header`] if the type has a CR, LF or NUL.
    pub fn set_body(
        &mut self,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<(), BuildSipFragmentError> {
        let body = body.into();
        self.headers.set(&HeaderName::CONTENT_TYPE, content_type)?;
        self.headers.set_content_length(body.len())?;
        self.body = Some(body).filter(|body| !body.is_empty());
        Ok(())
    }

    /// Returns the fragment as octets; headers that were received stand there as they came.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut text = Vec::new();
        if let Some(line) = &self.start_line {
            text.extend_from_slice(&line.to_bytes());
        }
        for header in &self.headers {
            text.extend_from_slice(header.line());
            if !header.line().ends_with(b"\n") {
                text.extend_from_slice(b"\r\n");
            }
        }
        if let Some(body) = &self.body {
            text.extend_from_slice(b"\r\n");
            text.extend_from_slice(body);
        }
        Bytes::from(text)
    }

    fn empty() -> Self {
        Self { start_line: None, headers: Headers::new(Bytes::new(), Vec::new()), body: None }
    }
}

/// Shows the start line and the names of the headers.
impl fmt::Debug for SipFragment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("SipFragment");
        match &self.start_line {
            Some(StartLine::Response(response)) => shown.field("status", &response.status()),
            Some(StartLine::Request(request)) => shown.field("method", request.method()),
            None => &mut shown,
        };
        shown.field("headers", &self.headers).field("body", &self.body().len()).finish()
    }
}

impl StartLine {
    /// Reads a line by itself: the same rules as those of a message.
    fn read(line: &[u8]) -> Result<Self, (usize, ParseMessageErrorKind)> {
        let text = [line, b"\r\n\r\n"].concat();
        match Message::parse(Bytes::from(text)) {
            Ok(Message::Request(request)) => Ok(Self::Request(request)),
            Ok(Message::Response(response)) => Ok(Self::Response(response)),
            Err(error) => Err(Self::fault(&error, line)),
        }
    }

    fn fault(error: &ParseMessageError, line: &[u8]) -> (usize, ParseMessageErrorKind) {
        (error.offset().min(line.len()), error.kind())
    }

    /// The line with its end.
    fn to_bytes(&self) -> Bytes {
        let whole = match self {
            Self::Request(request) => request.to_bytes(),
            Self::Response(response) => response.to_bytes(),
        };
        // It was read with an empty line behind it.
        whole.slice(..whole.len().saturating_sub(2))
    }
}

/// Tells whether a line has a colon behind a token: a start line has a space there.
fn is_header(line: &[u8]) -> bool {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    let name = name.trim_ascii_end();
    name.len() < line.len()
        && line.contains(&b':')
        && !name.is_empty()
        && name.iter().all(|&byte| crate::grammar::is_token(byte))
}
