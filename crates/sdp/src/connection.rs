//! Where media goes.

use alloc::{borrow::ToOwned, string::String};
use core::{fmt, net::IpAddr, str::FromStr};

use crate::{Expected, ParseValueError, cursor::Cursor};

/// The `c=` line (RFC 8866 section 5.7).
///
/// Time to live and number of a multicast address are left aside: they stay in the line, but not in the value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8866 section 5.7 closes the set for the internet")]
pub enum Connection {
    /// An address.
    Address(IpAddr),
    /// A host name, to be looked up.
    Name(HostName),
}

/// A host name of letters, digits, `-`, `_` and `.`: it cannot break out of its line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostName(String);

impl Connection {
    /// Parses the value of a `c=` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it is not a network type, an address type and an address.
    pub fn parse(text: &str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseValueError> {
        keyword(cursor, &["IN"], Expected::NetworkType)?;
        // Some devices write IP4 before an IPv6 address: the address tells.
        keyword(cursor, &["IP4", "IP6"], Expected::AddressType)?;
        cursor.skip_spaces();
        let fault = cursor.fault(Expected::Address);
        let address = cursor.word(Expected::Address)?;
        let address = address.split_once('/').map_or(address, |(address, _)| address);
        match address.parse() {
            Ok(address) => Ok(Self::Address(address)),
            Err(_) => address.parse().map(Self::Name).map_err(|_| fault),
        }
    }

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

impl From<IpAddr> for Connection {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

impl FromStr for Connection {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V4(address)) => write!(formatter, "IN IP4 {address}"),
            Self::Address(IpAddr::V6(address)) => write!(formatter, "IN IP6 {address}"),
            Self::Name(name) => write!(formatter, "IN IP4 {}", name.as_str()),
        }
    }
}

impl HostName {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let at = text.bytes().position(|byte| !is_part(byte));
        match at.or_else(|| text.is_empty().then_some(0)) {
            Some(at) => Err(ParseValueError { at, expected: Expected::Address }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// Reads one of these words, in any case.
fn keyword(
    cursor: &mut Cursor<'_>,
    words: &[&str],
    expected: Expected,
) -> Result<(), ParseValueError> {
    cursor.skip_spaces();
    let fault = cursor.fault(expected);
    let word = cursor.word(expected)?;
    words.iter().find(|known| known.eq_ignore_ascii_case(word)).map(|_| ()).ok_or(fault)
}
