//! Referred-By.

use alloc::borrow::Cow;

use super::grammar::{address_view, readable_unquoted};
use crate::{
    HeaderError, HeaderName, Headers, NameAddr, grammar::Fault, headers::read_only, source::Source,
};

/// Who asked for a referred request (RFC 3892 section 3).
///
/// ```
/// use centrala_sip::ReferredBy;
/// let by: ReferredBy = "<sip:r@example.com>;cid=\"2UWQFN309shb3@example.com\"".parse()?;
/// assert_eq!(by.cid().as_deref(), Some("2UWQFN309shb3@example.com"));
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferredBy {
    address: NameAddr,
}

address_view!(ReferredBy);

impl ReferredBy {
    /// Makes a value of an address.
    #[must_use]
    pub const fn new(address: NameAddr) -> Self {
        Self { address }
    }

    /// Returns the Content-ID of the body part that proves it, without quotes.
    #[must_use]
    pub fn cid(&self) -> Option<Cow<'_, str>> {
        self.params().get("cid")?.raw_value().map(readable_unquoted)
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        NameAddr::read(source).map(|(used, address)| (used, Self { address }))
    }
}

impl Headers {
    /// Returns Referred-By.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn referred_by(&self) -> Result<ReferredBy, HeaderError> {
        read_only(self, &HeaderName::REFERRED_BY, ReferredBy::read)
    }
}
