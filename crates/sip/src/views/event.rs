//! Event.

use alloc::format;

use bytes::Bytes;

use super::grammar::{ParseValueError, checked_token, shown_as_text, text_view, token_and_params};
use crate::{
    HeaderError, HeaderName, Headers, Params,
    grammar::{self, Expected, Fault, Span},
    headers::read_only,
    source::Source,
};

/// The event package of a subscription (RFC 6665 section 8.2.1): `presence.winfo;id=2`.
///
/// ```
/// use centrala_sip::Event;
/// let event: Event = "presence.winfo;id=2".parse()?;
/// assert_eq!((event.package(), event.id()), ("presence", Some("2")));
/// assert!(Event::new("message-summary")?.is("Message-Summary"));
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct Event {
    text: Bytes,
    kind: Span,
    params: Span,
}

text_view!(Event);
shown_as_text!(Event);

impl Event {
    /// Makes a value of a package, its templates after dots.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the text is not a package.
    pub fn new(event_type: &str) -> Result<Self, ParseValueError> {
        checked_token(event_type)?.parse()
    }

    /// Returns the same with an id, which tells subscriptions of one dialog to one package apart.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the id is not a token.
    pub fn with_id(&self, id: &str) -> Result<Self, ParseValueError> {
        format!("{};id={}", self.event_type(), checked_token(id)?).parse()
    }

    /// Returns the package with its templates, as it was written.
    #[must_use]
    pub fn event_type(&self) -> &str {
        // Tokens are ASCII.
        str::from_utf8(self.kind.in_(&self.text)).unwrap_or_default()
    }

    /// Returns the package without templates.
    #[must_use]
    pub fn package(&self) -> &str {
        self.event_type().split('.').next().unwrap_or_default()
    }

    /// Iterates over the templates, innermost first: `winfo` of `presence.winfo`.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.event_type().split('.').skip(1)
    }

    /// Tells whether this is that package with those templates. The RFC compares octet by octet; phones that write
    /// `Message-Summary` are understood, too.
    #[must_use]
    pub fn is(&self, event_type: &str) -> bool {
        self.event_type().eq_ignore_ascii_case(event_type)
    }

    /// Returns the id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.params().value("id")
    }

    /// Tells whether a notification with this Event belongs to a subscription with that one: type and id are equal
    /// octet by octet (RFC 6665 section 8.2.1).
    #[must_use]
    pub fn belongs_to(&self, other: &Self) -> bool {
        self.event_type() == other.event_type() && self.id() == other.id()
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
        let event = Self { text: source.until(used).to_bytes(), kind, params };
        let mut at = kind.start();
        for piece in event.event_type().split('.') {
            if piece.is_empty() {
                return Err(Fault { at, expected: Expected::Token });
            }
            at += piece.len() + 1;
        }
        Ok((used, event))
    }
}

impl Headers {
    /// Returns Event.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn event(&self) -> Result<Event, HeaderError> {
        read_only(self, &HeaderName::EVENT, Event::read)
    }
}
