//! Where requests come from, as coarse as it matters.

use std::net::IpAddr;

/// A host: an IPv4 address, or the 64 bits of an IPv6 address that its owner cannot choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Host(Prefix);

/// The neighbourhood of a host: 24 bits of an IPv4 address, 64 of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Network(Prefix);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Prefix {
    V4(u32),
    V6(u64),
}

impl Host {
    pub(super) fn of(address: IpAddr) -> Self {
        Self(Prefix::of(address))
    }

    /// Returns octets that no other host has.
    pub(super) fn to_bytes(self) -> [u8; 9] {
        let (family, bits) = match self.0 {
            Prefix::V4(bits) => (4, u64::from(bits)),
            Prefix::V6(bits) => (6, bits),
        };
        let [a, b, c, d, e, f, g, h] = bits.to_be_bytes();
        [family, a, b, c, d, e, f, g, h]
    }
}

impl Network {
    pub(super) fn of(address: IpAddr) -> Self {
        Self(match Prefix::of(address) {
            Prefix::V4(bits) => Prefix::V4(bits >> 8),
            Prefix::V6(bits) => Prefix::V6(bits),
        })
    }
}

impl Prefix {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_networks_are_told_apart_by_their_first_bits() {
        // Two addresses, whether they are one host, and whether they are one network.
        let cases = [
            ("192.0.2.1", "192.0.2.1", true, true),
            ("192.0.2.1", "::ffff:192.0.2.1", true, true),
            ("192.0.2.1", "192.0.2.254", false, true),
            ("192.0.2.1", "192.0.3.1", false, false),
            ("2001:db8::1", "2001:db8::ffff:1", true, true),
            ("2001:db8::1", "2001:db8:0:1::1", false, false),
            ("0.0.2.1", "::2", false, false),
        ];
        for (one, other, is_host, is_network) in cases {
            let [a, b] = [one, other].map(|text| text.parse().unwrap());
            assert_eq!(Host::of(a) == Host::of(b), is_host, "{one} {other}");
            assert_eq!(Network::of(a) == Network::of(b), is_network, "{one} {other}");
            let [a, b] = [a, b].map(|address| Host::of(address).to_bytes());
            assert_eq!(a == b, is_host, "{one} {other}");
        }
    }
}
