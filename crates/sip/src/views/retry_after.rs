//! Retry-After.

use alloc::{borrow::Cow, format};
use core::time::Duration;

use bytes::Bytes;

use super::grammar::{number_param, readable, shown_as_text, text_view};
use crate::{
    HeaderError, HeaderName, Headers, Params,
    grammar::{self, Fault, Parsed, Span, comment, number, sws},
    headers::read_only,
    params::params,
    source::Source,
};

/// When to try again (RFC 3261 section 20.33): `120 (in a meeting);duration=3600`.
///
/// ```
/// use centrala_sip::RetryAfter;
/// let busy: RetryAfter = "120 (in a meeting);duration=3600".parse()?;
/// assert_eq!((busy.delay().as_secs(), busy.comment().as_deref()), (120, Some("in a meeting")));
/// assert_eq!(RetryAfter::new(5).with_duration(60).to_string(), "5;duration=60");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct RetryAfter {
    text: Bytes,
    seconds: u32,
    comment: Span,
    params: Span,
}

text_view!(RetryAfter);
shown_as_text!(RetryAfter);

impl RetryAfter {
    /// Asks to wait that many seconds.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        let text = Bytes::from(format!("{seconds}"));
        let end = Span::new(text.len(), text.len());
        Self { text, seconds, comment: end, params: end }
    }

    /// Returns the same which tells for how many seconds the called party will be there. Parameters and the
    /// comment that it may have go.
    #[must_use]
    pub fn with_duration(&self, seconds: u32) -> Self {
        let delay = Self::new(self.seconds);
        let start = delay.text.len();
        let text = Bytes::from(format!("{};duration={seconds}", self.seconds));
        Self { params: Span::new(start, text.len()), text, ..delay }
    }

    /// Returns how long to wait.
    #[must_use]
    pub const fn delay(&self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }

    /// Returns how long the called party will be there, if that is told.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let seconds = number_param(&self.text, self.params(), "duration").ok()??;
        Some(Duration::from_secs(seconds.into()))
    }

    /// Returns the comment without its parentheses.
    #[must_use]
    pub fn comment(&self) -> Option<Cow<'_, str>> {
        let text = self.comment.in_(&self.text).strip_prefix(b"(")?.strip_suffix(b")")?;
        Some(readable(text))
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (seconds, comment, params)) = grammar::run(retry_after, text)?;
        number_param(text, Params::of_header(params), "duration")?;
        let (comment, params) = (Span::of(text, comment), Span::of(text, params));
        Ok((used, Self { text: source.until(used).to_bytes(), seconds, comment, params }))
    }
}

impl Headers {
    /// Returns Retry-After.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn retry_after(&self) -> Result<RetryAfter, HeaderError> {
        read_only(self, &HeaderName::RETRY_AFTER, RetryAfter::read)
    }
}

/// Reads `delta-seconds [ comment ] *( SEMI retry-param )`.
fn retry_after(input: &[u8]) -> Parsed<'_, (u32, &[u8], &[u8])> {
    let (rest, ()) = sws(input)?;
    let (rest, seconds) = number(rest)?;
    let (rest, ()) = sws(rest)?;
    let (rest, comment) = comment(rest)?;
    let (rest, params) = params(rest)?;
    Ok((rest, (seconds, comment, params)))
}
