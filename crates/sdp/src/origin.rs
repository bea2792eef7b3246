//! Who made a description, and where media goes.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// The `o=` line (RFC 8866 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    username: String,
    /// As text: numbers of any length are met, and they are only compared.
    session_id: String,
    version: String,
    address: String,
}

/// The `c=` line (RFC 8866 section 5.7).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8866 section 5.7 closes the set for unicast")]
pub enum Connection {
    /// An address.
    Address(IpAddr),
    /// A host name, to be looked up.
    Name(String),
}

/// Why a text is not the value of an `o=` line.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin has six parts and numbers for session and version")]
pub struct ParseOriginError;

/// Why a text is not the value of a `c=` line.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a connection is a network type, an address type and an address")]
pub struct ParseConnectionError;

impl Origin {
    /// Makes an origin without a user name. `session_id` should be different for each session.
    #[must_use]
    pub fn new(session_id: u64, version: u64, address: IpAddr) -> Self {
        Self {
            username: "-".to_owned(),
            session_id: session_id.to_string(),
            version: version.to_string(),
            address: Connection::Address(address).to_string(),
        }
    }

    /// Returns the user name; `-` if there is none.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns the session's number as text: it may have any length.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// Returns the version's number as text. A description with the same origin is the same description (RFC
    /// 3264 section 8).
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns network type, address type and address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl FromStr for Origin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_number =
            |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = text.splitn(4, ' ');
        let mut part = || parts.next().filter(|part| !part.is_empty());
        let username = part().ok_or(ParseOriginError)?;
        let session_id = part().filter(is_number).ok_or(ParseOriginError)?;
        let version = part().filter(is_number).ok_or(ParseOriginError)?;
        let address = part().ok_or(ParseOriginError)?;
        Ok(Self {
            username: username.to_owned(),
            session_id: session_id.to_owned(),
            version: version.to_owned(),
            address: address.to_owned(),
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {} {}", self.username, self.session_id, self.version, self.address)
    }
}

impl Connection {
    /// Returns the address, if it is one.
    #[must_use]
    pub const fn to_ip(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Name(_) => None,
        }
    }

    /// Tells whether media is held in the manner of RFC 2543: the address is `0.0.0.0` (RFC 3264 section 8.4).
    #[must_use]
    pub fn is_hold(&self) -> bool {
        self.to_ip().is_some_and(|address| address.is_unspecified())
    }
}

impl FromStr for Connection {
    type Err = ParseConnectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split_ascii_whitespace();
        let (network, kind, address) = (parts.next(), parts.next(), parts.next());
        let address = address.filter(|_| network == Some("IN")).ok_or(ParseConnectionError)?;
        // A TTL of multicast is left aside: nobody here sends to a group.
        let address = address.split_once('/').map_or(address, |(address, _)| address);
        let parsed = match kind {
            // Some devices write IP4 before an IPv6 address: the address tells.
            Some("IP4" | "IP6") => address
                .parse::<Ipv4Addr>()
                .map(IpAddr::V4)
                .or_else(|_| address.parse::<Ipv6Addr>().map(IpAddr::V6)),
            Some(_) | None => return Err(ParseConnectionError),
        };
        let is_name = |name: &str| {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        match parsed {
            Ok(address) => Ok(Self::Address(address)),
            Err(_) if is_name(address) => Ok(Self::Name(address.to_owned())),
            Err(_) => Err(ParseConnectionError),
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V4(address)) => write!(formatter, "IN IP4 {address}"),
            Self::Address(IpAddr::V6(address)) => write!(formatter, "IN IP6 {address}"),
            Self::Name(name) => write!(formatter, "IN IP4 {name}"),
        }
    }
}
