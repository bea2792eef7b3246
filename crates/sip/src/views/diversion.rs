//! Diversion.

use alloc::borrow::Cow;

use super::grammar::{
    ParseValueError, address_view, checked_token, number_param, readable_unquoted,
};
use crate::{
    Expected, HeaderError, HeaderName, Headers, NameAddr, Uri, grammar::Fault, source::Source,
};

/// From where a call was diverted, and why (RFC 5806): `<tel:+15550100>;reason=no-answer;counter=1`.
///
/// The most recent diversion comes first. Addresses without brackets and values in quotes are common.
///
/// ```
/// use centrala_sip::Diversion;
/// let diversion: Diversion = "sip:101@pbx.example;reason=\"user-busy\";screen=no".parse()?;
/// assert_eq!(diversion.reason().as_deref(), Some("user-busy"));
/// let ours = Diversion::new(diversion.uri(), "unconditional")?.with_counter(1);
/// assert_eq!(ours.to_string(), "<sip:101@pbx.example>;reason=unconditional;counter=1");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diversion {
    address: NameAddr,
}

address_view!(Diversion);

impl Diversion {
    /// Makes a diversion. The reasons of RFC 5806 are `unknown`, `user-busy`, `no-answer`, `unavailable`,
    /// `unconditional`, `time-of-day`, `do-not-disturb`, `deflection`, `follow-me`, `out-of-service` and `away`.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the reason is not a token.
    pub fn new(diverting: &Uri, reason: &str) -> Result<Self, ParseValueError> {
        let address = NameAddr::new(diverting).with_param("reason", Some(checked_token(reason)?));
        address.map(|address| Self { address }).ok_or(ParseValueError::part(Expected::Token))
    }

    /// Returns the same which says how many diversions there were.
    #[must_use]
    pub fn with_counter(&self, counter: u32) -> Self {
        let text = alloc::format!("{counter}");
        // Digits are a token.
        self.address
            .with_param("counter", Some(&text))
            .map_or_else(|| self.clone(), |address| Self { address })
    }

    /// Returns the reason without quotes; it is compared in any case.
    #[must_use]
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        self.text("reason")
    }

    /// Returns how many diversions there were.
    #[must_use]
    pub fn counter(&self) -> Option<u32> {
        // `read` found it to be a number.
        number_param(self.as_bytes(), self.params(), "counter").ok().flatten()
    }

    /// Returns how many diversions there may be.
    #[must_use]
    pub fn limit(&self) -> Option<u32> {
        number_param(self.as_bytes(), self.params(), "limit").ok().flatten()
    }

    /// Returns `privacy` without quotes: `full`, `name`, `uri` or `off`.
    #[must_use]
    pub fn privacy(&self) -> Option<Cow<'_, str>> {
        self.text("privacy")
    }

    /// Returns `screen` without quotes: `yes` or `no`.
    #[must_use]
    pub fn screen(&self) -> Option<Cow<'_, str>> {
        self.text("screen")
    }

    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params().get(name)?.raw_value().map(readable_unquoted)
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let (used, address) = NameAddr::read(source)?;
        for name in ["counter", "limit"] {
            number_param(address.as_bytes(), address.params(), name)?;
        }
        Ok((used, Self { address }))
    }
}

impl Headers {
    /// Iterates over all diversions, the most recent first.
    pub fn diversions(&self) -> impl Iterator<Item = Result<Diversion, HeaderError>> + '_ {
        self.list(&HeaderName::DIVERSION, Diversion::read)
    }
}
