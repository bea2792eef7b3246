//! Building SIP URIs from parts.

use alloc::{format, string::String, string::ToString as _};
use core::fmt::Write as _;

use super::{ParseUriError, Uri};
use crate::Host;

/// Builds a SIP or SIPS URI; what must be escaped is escaped.
///
/// ```
/// use centrala_sip::{Host, Uri};
/// let uri = Uri::sip(Host::Name("example.com")).user("al ice").port(5070).param("lr").build()?;
/// assert_eq!(uri.as_str(), "sip:al%20ice@example.com:5070;lr");
/// # Ok::<(), centrala_sip::BuildUriError>(())
/// ```
#[must_use = "finish with `build`"]
#[derive(Clone, Debug)]
pub struct UriBuilder {
    scheme: &'static str,
    user: Option<String>,
    host: String,
    port: Option<u16>,
    params: String,
}

/// Why the parts make no URI.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parts make no URI")]
pub struct BuildUriError(#[from] ParseUriError);

impl UriBuilder {
    pub(super) fn new(scheme: &'static str, host: Host<'_>) -> Self {
        Self { scheme, user: None, host: host.to_string(), port: None, params: String::new() }
    }

    /// Sets the user part, not yet escaped.
    pub fn user(mut self, user: &str) -> Self {
        self.user = Some(escape(user, b"-_.!~*'()&=+$,;?/"));
        self
    }

    /// Sets the port.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Adds a parameter without a value.
    pub fn param(mut self, name: &str) -> Self {
        let _ = write!(self.params, ";{}", escape(name, b"-_.!~*'()[]/:&+$"));
        self
    }

    /// Adds a parameter with a value.
    pub fn param_value(mut self, name: &str, value: &str) -> Self {
        self = self.param(name);
        let _ = write!(self.params, "={}", escape(value, b"-_.!~*'()[]/:&+$"));
        self
    }

    /// Makes the URI.
    ///
    /// # Errors
    ///
    /// [`BuildUriError`] if the host is not a host, the user or a parameter name is empty, or all is too long.
    pub fn build(self) -> Result<Uri, BuildUriError> {
        let mut text = format!("{}:", self.scheme);
        if let Some(user) = &self.user {
            let _ = write!(text, "{user}@");
        }
        // A host is printed as it is: it must not smuggle in a parameter or a second host.
        Host::parse(&self.host)
            .map_err(|_| ParseUriError { offset: text.len(), expected: crate::Expected::Host })?;
        text.push_str(&self.host);
        if let Some(port) = self.port {
            let _ = write!(text, ":{port}");
        }
        text.push_str(&self.params);
        Ok(text.parse()?)
    }
}

/// Escapes every octet but letters, digits and `allowed`.
fn escape(text: &str, allowed: &[u8]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || allowed.contains(&octet) {
            escaped.push(char::from(octet));
        } else {
            let _ = write!(escaped, "%{octet:02X}");
        }
    }
    escaped
}
