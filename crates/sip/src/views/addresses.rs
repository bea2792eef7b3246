//! Headers that are addresses and nothing more.

use crate::{HeaderError, HeaderName, Headers, NameAddr, headers::read_only};

impl Headers {
    /// Iterates over the Paths of a registration, topmost first (RFC 3327).
    pub fn paths(&self) -> impl Iterator<Item = Result<NameAddr, HeaderError>> + '_ {
        self.list(&HeaderName::PATH, NameAddr::read)
    }

    /// Iterates over the Service-Routes, topmost first (RFC 3608).
    pub fn service_routes(&self) -> impl Iterator<Item = Result<NameAddr, HeaderError>> + '_ {
        self.list(&HeaderName::SERVICE_ROUTE, NameAddr::read)
    }

    /// Iterates over the identities that the network vouches for: at most a SIP and a tel URI (RFC 3325
    /// section 9.1). Whether to believe them depends on who sent the message.
    pub fn p_asserted_identities(
        &self,
    ) -> impl Iterator<Item = Result<NameAddr, HeaderError>> + '_ {
        self.list(&HeaderName::P_ASSERTED_IDENTITY, NameAddr::read)
    }

    /// Iterates over the identities which the caller would like to have asserted (RFC 3325 section 9.2).
    pub fn p_preferred_identities(
        &self,
    ) -> impl Iterator<Item = Result<NameAddr, HeaderError>> + '_ {
        self.list(&HeaderName::P_PREFERRED_IDENTITY, NameAddr::read)
    }

    /// Returns P-Called-Party-ID: what was called before the registrar put a contact there (RFC 7315 section
    /// 4.2).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn p_called_party_id(&self) -> Result<NameAddr, HeaderError> {
        read_only(self, &HeaderName::P_CALLED_PARTY_ID, NameAddr::read)
    }

    /// Returns Refer-To (RFC 3515 section 2.1). For an attended transfer, `Replaces::of_uri` reads the dialog to
    /// be replaced from its URI.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn refer_to(&self) -> Result<NameAddr, HeaderError> {
        read_only(self, &HeaderName::REFER_TO, NameAddr::read)
    }

    /// Returns Reply-To (RFC 3261 section 20.31).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn reply_to(&self) -> Result<NameAddr, HeaderError> {
        read_only(self, &HeaderName::REPLY_TO, NameAddr::read)
    }
}
