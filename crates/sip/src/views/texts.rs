//! Headers that are text for people.

use alloc::borrow::Cow;

use super::grammar::readable;
use crate::{HeaderError, HeaderName, Headers};

impl Headers {
    /// Returns User-Agent (RFC 3261 section 20.41), read as [`Headers::text`] does.
    ///
    /// # Errors
    ///
    /// As [`Headers::text`].
    pub fn user_agent(&self) -> Result<Cow<'_, str>, HeaderError> {
        self.text(&HeaderName::USER_AGENT)
    }

    /// Returns Server (RFC 3261 section 20.35), read as [`Headers::text`] does.
    ///
    /// # Errors
    ///
    /// As [`Headers::text`].
    pub fn server(&self) -> Result<Cow<'_, str>, HeaderError> {
        self.text(&HeaderName::SERVER)
    }

    /// Returns Subject (RFC 3261 section 20.36), read as [`Headers::text`] does.
    ///
    /// # Errors
    ///
    /// As [`Headers::text`].
    pub fn subject(&self) -> Result<Cow<'_, str>, HeaderError> {
        self.text(&HeaderName::SUBJECT)
    }

    /// Returns Organization (RFC 3261 section 20.25), read as [`Headers::text`] does.
    ///
    /// # Errors
    ///
    /// As [`Headers::text`].
    pub fn organization(&self) -> Result<Cow<'_, str>, HeaderError> {
        self.text(&HeaderName::ORGANIZATION)
    }

    /// Returns the text of a header: each fold as one space, and octets that are not UTF-8 read as Latin-1, which
    /// is what the devices that send them mean. It may be empty. [`Header::value`](crate::Header::value) has the
    /// octets.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if there is none or more than one.
    pub fn text(&self, name: &HeaderName) -> Result<Cow<'_, str>, HeaderError> {
        self.single(name).map(|header| readable(header.value()))
    }
}
