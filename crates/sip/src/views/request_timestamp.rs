//! Timestamp.

use alloc::format;
use core::{fmt, time::Duration};

use bytes::Bytes;

use super::grammar::{shown_as_text, text_view};
use crate::{
    Expected, HeaderError, HeaderName, Headers,
    grammar::{self, Fault, Miss, Parsed, Span, is_lws, sws},
    headers::read_only,
    source::Source,
};

/// When a request was sent by the clock of the client, and how long the server took (RFC 3261 section 20.38):
/// `54.21 0.3`.
///
/// ```
/// use std::time::Duration;
/// use centrala_sip::RequestTimestamp;
/// let stamp: RequestTimestamp = "54.21".parse()?;
/// assert_eq!(stamp.sent(), Some(Duration::from_millis(54_210)));
/// assert_eq!(stamp.with_delay(Duration::from_millis(300)).to_string(), "54.21 0.300");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct RequestTimestamp {
    text: Bytes,
    sent: Span,
    delay: Span,
}

text_view!(RequestTimestamp);
shown_as_text!(RequestTimestamp);

impl RequestTimestamp {
    /// Makes a value of the time since any moment that the client chose.
    #[must_use]
    pub fn new(sent: Duration) -> Self {
        let text = Bytes::from(format!("{}", Seconds(sent)));
        let end = Span::new(text.len(), text.len());
        Self { sent: Span::new(0, text.len()), delay: end, text }
    }

    /// Returns the same with the time between receiving the request and answering it (RFC 3261 section 8.2.6.1).
    #[must_use]
    pub fn with_delay(&self, delay: Duration) -> Self {
        let sent = self.sent_str();
        let text = Bytes::from(format!("{sent} {}", Seconds(delay)));
        let start = sent.len() + 1;
        Self { sent: Span::new(0, sent.len()), delay: Span::new(start, text.len()), text }
    }

    /// Returns when the request was sent, to the nanosecond; `None` if that is too long to be counted.
    #[must_use]
    pub fn sent(&self) -> Option<Duration> {
        duration(self.sent_str())
    }

    /// Returns when the request was sent, as it was written.
    #[must_use]
    pub fn sent_str(&self) -> &str {
        // Digits are ASCII.
        str::from_utf8(self.sent.in_(&self.text)).unwrap_or_default()
    }

    /// Returns how long the server took, if it says so.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        let text = str::from_utf8(self.delay.in_(&self.text)).unwrap_or_default();
        if text.is_empty() { None } else { duration(text) }
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (sent, delay)) = grammar::run(timestamp, text)?;
        let (sent, delay) = (Span::of(text, sent), Span::of(text, delay));
        Ok((used, Self { text: source.until(used).to_bytes(), sent, delay }))
    }
}

impl Headers {
    /// Returns Timestamp.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn timestamp(&self) -> Result<RequestTimestamp, HeaderError> {
        read_only(self, &HeaderName::TIMESTAMP, RequestTimestamp::read)
    }
}

/// Seconds with milliseconds.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:03}", self.0.as_secs(), self.0.subsec_millis())
    }
}

/// Reads `1*DIGIT [ "." *DIGIT ] [ LWS delay ]`.
fn timestamp(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let (start, ()) = sws(input)?;
    let (rest, sent) = seconds(start);
    if !sent.first().is_some_and(u8::is_ascii_digit) {
        return Err(Miss::err(start, Expected::Number));
    }
    if rest.first().is_none_or(|&byte| !is_lws(byte)) {
        return Ok((rest, (sent, b"")));
    }
    let (after, ()) = sws(rest)?;
    let (rest, delay) = seconds(after);
    Ok((rest, (sent, delay)))
}

/// Takes `*DIGIT [ "." *DIGIT ]`.
fn seconds(input: &[u8]) -> (&[u8], &[u8]) {
    let digits =
        |text: &[u8]| text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let mut end = digits(input);
    if input.get(end) == Some(&b'.') {
        end += 1 + digits(input.get(end + 1..).unwrap_or_default());
    }
    let (text, rest) = input.split_at_checked(end).unwrap_or((b"", input));
    (rest, text)
}

fn duration(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction = fraction.get(..9).unwrap_or(fraction);
    let nanoseconds: u32 = format!("{fraction:0<9}").parse().ok()?;
    Some(Duration::new(seconds, nanoseconds))
}
