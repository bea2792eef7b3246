//! Session-Expires.

use alloc::format;
use core::fmt;

use bytes::Bytes;

use super::grammar::{end_of_name, number_and_params, shown_as_text, text_view};
use crate::{
    HeaderError, HeaderName, Headers, Params,
    grammar::{self, Expected, Fault, Span, unquote},
    headers::read_only,
    source::Source,
};

/// How long a session lives without a refresh, and who refreshes it (RFC 4028 section 4): `1800;refresher=uac`.
///
/// ```
/// use centrala_sip::{Refresher, SessionExpires};
/// let timer: SessionExpires = "1800;refresher=UAC".parse()?;
/// assert_eq!((timer.seconds(), timer.refresher()), (1800, Some(Refresher::Uac)));
/// let answer = SessionExpires::new(1800).with_refresher(Refresher::Uas);
/// assert_eq!(answer.to_string(), "1800;refresher=uas");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct SessionExpires {
    text: Bytes,
    seconds: u32,
    refresher: Option<Refresher>,
    params: Span,
}

/// Who refreshes a session (RFC 4028 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4028 section 4 closes the set")]
pub enum Refresher {
    /// Who sent the request.
    Uac,
    /// Who answers it.
    Uas,
}

text_view!(SessionExpires);
shown_as_text!(SessionExpires);

impl SessionExpires {
    /// The shortest interval that may be asked for, and the default of Min-SE (RFC 4028 section 4).
    pub const MIN_SECONDS: u32 = 90;

    /// Makes a value without a refresher: who answers decides.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        let text = Bytes::from(format!("{seconds}"));
        let params = Span::new(text.len(), text.len());
        Self { text, seconds, refresher: None, params }
    }

    /// Returns a value with that refresher; other parameters go.
    #[must_use]
    pub fn with_refresher(&self, refresher: Refresher) -> Self {
        let bare = Self::new(self.seconds);
        let start = bare.text.len();
        let text = Bytes::from(format!("{};refresher={refresher}", self.seconds));
        let params = Span::new(start, text.len());
        Self { text, seconds: self.seconds, refresher: Some(refresher), params }
    }

    /// Returns the interval in seconds.
    #[must_use]
    pub const fn seconds(&self) -> u32 {
        self.seconds
    }

    /// Returns who refreshes, if that is said.
    #[must_use]
    pub const fn refresher(&self) -> Option<Refresher> {
        self.refresher
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (seconds, params)) = grammar::run(number_and_params, text)?;
        let refresher = refresher(text, Params::of_header(params))?;
        let params = Span::of(text, params);
        Ok((used, Self { text: source.until(used).to_bytes(), seconds, refresher, params }))
    }
}

impl fmt::Display for Refresher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Uac => "uac",
            Self::Uas => "uas",
        })
    }
}

impl Headers {
    /// Returns Session-Expires.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn session_expires(&self) -> Result<SessionExpires, HeaderError> {
        read_only(self, &HeaderName::SESSION_EXPIRES, SessionExpires::read)
    }
}

fn refresher(text: &[u8], params: Params<'_>) -> Result<Option<Refresher>, Fault> {
    let Some(param) = params.get("refresher") else { return Ok(None) };
    let fault = |at| Fault { at, expected: Expected::Token };
    let value = param.raw_value().ok_or_else(|| fault(end_of_name(text, param)))?;
    let plain = unquote(value);
    if plain.eq_ignore_ascii_case(b"uac") {
        Ok(Some(Refresher::Uac))
    } else if plain.eq_ignore_ascii_case(b"uas") {
        Ok(Some(Refresher::Uas))
    } else {
        Err(fault(Span::of(text, value).start()))
    }
}
