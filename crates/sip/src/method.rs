//! Request methods.

use core::fmt;

use bytes::Bytes;

use crate::{grammar::is_token, source::Source};

/// A request method (RFC 3261 section 7.1). Methods are case-sensitive.
///
/// ```
/// use centrala_sip::Method;
/// assert_eq!("INVITE".parse(), Ok(Method::Invite));
/// assert_eq!("invite".parse::<Method>()?.as_str(), "invite"); // an extension method
/// # Ok::<(), centrala_sip::ParseMethodError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Starts a session (RFC 3261).
    Invite,
    /// Confirms a final response to an INVITE (RFC 3261).
    Ack,
    /// Ends a session (RFC 3261).
    Bye,
    /// Cancels a pending request (RFC 3261).
    Cancel,
    /// Binds a contact to an address of record (RFC 3261).
    Register,
    /// Asks for capabilities (RFC 3261).
    Options,
    /// Carries information in a session (RFC 6086).
    Info,
    /// Changes a session before it is established (RFC 3311).
    Update,
    /// Confirms a provisional response (RFC 3262).
    Prack,
    /// Asks the recipient to contact a third party (RFC 3515).
    Refer,
    /// Asks for notifications (RFC 6665).
    Subscribe,
    /// Tells an event (RFC 6665).
    Notify,
    /// Carries an instant message (RFC 3428).
    Message,
    /// Publishes an event state (RFC 3903).
    Publish,
    /// Any other method.
    Other(ExtensionMethod),
}

/// The name of a method which this crate has no word for: a token.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionMethod(Bytes);

/// Why a text is not a method.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a method must be a token")]
pub struct ParseMethodError;

impl Method {
    /// Parses a method.
    ///
    /// # Errors
    ///
    /// [`ParseMethodError`] if the text is not a token.
    pub fn parse(text: &Bytes) -> Result<Self, ParseMethodError> {
        Self::read(Source::new(text), text)
    }

    /// Reads a method which is a part of `source`.
    pub(crate) fn read(source: Source<'_>, text: &[u8]) -> Result<Self, ParseMethodError> {
        if let Some(known) = Self::known(text) {
            return Ok(known);
        }
        if text.is_empty() || !text.iter().all(|&byte| is_token(byte)) {
            return Err(ParseMethodError);
        }
        Ok(Self::Other(ExtensionMethod(source.share(text))))
    }

    fn known(text: &[u8]) -> Option<Self> {
        Some(match text {
            b"INVITE" => Self::Invite,
            b"ACK" => Self::Ack,
            b"BYE" => Self::Bye,
            b"CANCEL" => Self::Cancel,
            b"REGISTER" => Self::Register,
            b"OPTIONS" => Self::Options,
            b"INFO" => Self::Info,
            b"UPDATE" => Self::Update,
            b"PRACK" => Self::Prack,
            b"REFER" => Self::Refer,
            b"SUBSCRIBE" => Self::Subscribe,
            b"NOTIFY" => Self::Notify,
            b"MESSAGE" => Self::Message,
            b"PUBLISH" => Self::Publish,
            _ => return None,
        })
    }

    /// Returns the name as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Invite => "INVITE",
            Self::Ack => "ACK",
            Self::Bye => "BYE",
            Self::Cancel => "CANCEL",
            Self::Register => "REGISTER",
            Self::Options => "OPTIONS",
            Self::Info => "INFO",
            Self::Update => "UPDATE",
            Self::Prack => "PRACK",
            Self::Refer => "REFER",
            Self::Subscribe => "SUBSCRIBE",
            Self::Notify => "NOTIFY",
            Self::Message => "MESSAGE",
            Self::Publish => "PUBLISH",
            Self::Other(name) => name.as_str(),
        }
    }
}

impl core::str::FromStr for Method {
    type Err = ParseMethodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(Source::piece(text.as_bytes(), None), text.as_bytes())
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl ExtensionMethod {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Tokens are ASCII.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for ExtensionMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}
