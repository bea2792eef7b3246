//! Connections to telephone companies.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
    sync::Arc,
};

use crate::{EntryId, TrunkId};

/// A telephone company, recognised by the addresses from which it calls.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// Its place in [`Office::trunks`](crate::Office::trunks).
    pub id: TrunkId,
    /// Its name, for logs.
    pub name: Arc<str>,
    /// Where its calls come from. Never empty; no address belongs to two trunks.
    pub networks: Vec<Network>,
    /// Which numbers may be called through it. Never empty.
    pub entries: Vec<EntryId>,
}

/// An address, or all addresses that begin with the same bits: `192.0.2.10`, `192.0.2.0/24`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Returns the first address.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// Returns how many bits all its addresses begin with alike.
    #[must_use]
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Returns whether `address` belongs to this network. An IPv4 address is the same when it
    /// comes mapped into IPv6 (RFC 4291 section 2.5.5.2).
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() == other.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Returns whether some address belongs to both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains(other.address) || other.contains(self.address)
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = match address {
            IpAddr::V4(_) => Ipv4Addr::BITS,
            IpAddr::V6(_) => Ipv6Addr::BITS,
        };
        Self { address, prefix: u8::try_from(prefix).unwrap_or(u8::MAX) }
    }
}

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, ParseNetworkError> {
        let Some((address, prefix)) = text.split_once('/') else {
            return Ok(text.parse::<IpAddr>().map_err(ParseNetworkError::NotAnAddress)?.into());
        };
        let whole = Self::from(address.parse::<IpAddr>().map_err(ParseNetworkError::NotAnAddress)?);
        let longest = whole.prefix;
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = prefix.parse().ok().filter(|prefix| digits && *prefix <= longest);
        let prefix = prefix.ok_or(ParseNetworkError::BadPrefix { longest })?;
        let network = Self { prefix, ..whole };
        if network.contains(whole.address) {
            Ok(network)
        } else {
            Err(ParseNetworkError::HostBits { prefix })
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::from(self.address) {
            write!(f, "{}", self.address)
        } else {
            write!(f, "{}/{}", self.address, self.prefix)
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Network({self})")
    }
}

/// Why a text is no network.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseNetworkError {
    /// What stands before the slash is no IP address.
    #[error("not an IP address")]
    NotAnAddress(#[source] std::net::AddrParseError),
    /// What stands after the slash is no number of bits.
    #[error("after the slash stands the number of bits that count, at most {longest}")]
    BadPrefix {
        /// The bits of the address.
        longest: u8,
    },
    /// The address has bits that do not count.
    #[error("only the first {prefix} bits count, but later ones are not zero")]
    HostBits {
        /// The bits that count.
        prefix: u8,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("192.0.2.10", "192.0.2.10", "192.0.2.11"),
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("192.0.2.10", "::ffff:192.0.2.10", "::ffff:192.0.2.11"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.to_string(), network);
            assert!(parsed.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{network} {outside}");
        }
    }

    #[test]
    fn networks_that_share_an_address_overlap() {
        let network = |text: &str| text.parse::<Network>().unwrap();
        assert!(network("192.0.2.0/24").overlaps(&network("192.0.2.9")));
        assert!(network("192.0.2.9").overlaps(&network("192.0.2.0/24")));
        assert!(!network("192.0.2.0/25").overlaps(&network("192.0.2.128/25")));
        assert!(!network("0.0.0.0/0").overlaps(&network("::/0")));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for (text, expected) in [
            ("192.0.2.0/33", ParseNetworkError::BadPrefix { longest: 32 }),
            ("192.0.2.0/+8", ParseNetworkError::BadPrefix { longest: 32 }),
            ("::/129", ParseNetworkError::BadPrefix { longest: 128 }),
            ("::/", ParseNetworkError::BadPrefix { longest: 128 }),
            ("192.0.2.1/24", ParseNetworkError::HostBits { prefix: 24 }),
        ] {
            assert_eq!(text.parse::<Network>(), Err(expected), "{text}");
        }
        for text in ["", "telco.example", "192.0.2", "192.0.2.0 /24", "/24"] {
            let error = text.parse::<Network>().unwrap_err();
            assert!(matches!(error, ParseNetworkError::NotAnAddress(_)), "{text}: {error:?}");
        }
    }
}
