//! Accept-Contact, Reject-Contact.

use bytes::Bytes;

use super::grammar::{shown_as_text, text_view};
use crate::{
    Expected, HeaderError, HeaderName, Headers, Param, Params,
    grammar::{self, Fault, Miss, Parsed, Span, sws},
    params::params,
    source::Source,
};

/// Which contacts a caller would like to reach, or not (RFC 3841 section 9.2): `*;audio;require`.
///
/// ```
/// use centrala_sip::ContactPreference;
/// let preference: ContactPreference = "*;mobility=\"fixed\";explicit".parse()?;
/// assert!(preference.is_explicit() && !preference.is_required());
/// assert_eq!(preference.features().next().unwrap().name(), "mobility");
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct ContactPreference {
    text: Bytes,
    params: Span,
}

text_view!(ContactPreference);
shown_as_text!(ContactPreference);

impl ContactPreference {
    /// Tells whether contacts that do not match are to be left out.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.params().has("require")
    }

    /// Tells whether only contacts match that say something about each feature.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        self.params().has("explicit")
    }

    /// Iterates over the features.
    pub fn features(&self) -> impl Iterator<Item = Param<'_>> {
        self.params().iter().filter(|param| {
            !["require", "explicit"].iter().any(|flag| param.name().eq_ignore_ascii_case(flag))
        })
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, params) = grammar::run(preference, text)?;
        let params = Span::of(text, params);
        Ok((used, Self { text: source.until(used).to_bytes(), params }))
    }
}

impl Headers {
    /// Iterates over the preferences for contacts.
    pub fn accept_contacts(
        &self,
    ) -> impl Iterator<Item = Result<ContactPreference, HeaderError>> + '_ {
        self.list(&HeaderName::ACCEPT_CONTACT, ContactPreference::read)
    }

    /// Iterates over the preferences against contacts.
    pub fn reject_contacts(
        &self,
    ) -> impl Iterator<Item = Result<ContactPreference, HeaderError>> + '_ {
        self.list(&HeaderName::REJECT_CONTACT, ContactPreference::read)
    }
}

/// Reads `"*" *( SEMI ac-params )`.
fn preference(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (start, ()) = sws(input)?;
    let rest = start.strip_prefix(b"*").ok_or_else(|| Miss::err(start, Expected::Contact))?;
    params(rest)
}
