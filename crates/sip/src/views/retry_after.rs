//! Retry-After.

use core::time::Duration;

use crate::{
    HeaderError, HeaderName, Headers, Params,
    grammar::{self, Fault, Parsed, Span, comment, number, sws},
    headers::read_only,
    params::params,
    source::Source,
};

use bytes::Bytes;

/// When to try again (RFC 3261 section 20.33): `120 (in a meeting);duration=3600`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    text: Bytes,
    seconds: u32,
    params: Span,
}

impl RetryAfter {
    /// Returns how long to wait.
    #[must_use]
    pub const fn delay(&self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }

    /// Returns how long the called party will be there, if that is told.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let seconds: u32 = self.params().value("duration")?.parse().ok()?;
        Some(Duration::from_secs(seconds.into()))
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (seconds, params)) = grammar::run(retry_after, text)?;
        let params = Span::of(text, params);
        Ok((used, Self { text: source.until(used).to_bytes(), seconds, params }))
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
fn retry_after(input: &[u8]) -> Parsed<'_, (u32, &[u8])> {
    let (rest, ()) = sws(input)?;
    let (rest, seconds) = number(rest)?;
    let (rest, ()) = sws(rest)?;
    let (rest, _) = comment(rest)?;
    let (rest, params) = params(rest)?;
    Ok((rest, (seconds, params)))
}
