//! Hosts: names and addresses.

use alloc::format;
use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use nom::{Parser, bytes::complete::take_while1};

use crate::grammar::{Expected, Miss, Parsed, is_host};

/// A host of a URI or a Via (RFC 3261 section 25.1). IPv6 addresses are printed in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 25.1 closes the set")]
pub enum Host<'a> {
    /// A host name. Case does not matter to the DNS; it is kept.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    /// Parses a host, an IPv6 address in brackets.
    ///
    /// # Errors
    ///
    /// [`ParseHostError`] if the text is neither a name nor an address.
    pub fn parse(text: &'a str) -> Result<Self, ParseHostError> {
        match host(text.as_bytes()) {
            Ok((b"", host)) => Ok(host_of(host)),
            Ok(_) | Err(_) => Err(ParseHostError),
        }
    }

    /// Returns the address, if it is one.
    #[must_use]
    pub const fn to_ip(self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(address)),
            Self::V6(address) => Some(IpAddr::V6(address)),
        }
    }

    /// Tells whether both are the same host: names in any case, addresses by value.
    #[must_use]
    pub fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(two)) => one.eq_ignore_ascii_case(two),
            (Self::V4(one), Self::V4(two)) => one == two,
            (Self::V6(one), Self::V6(two)) => one == two,
            (Self::Name(_) | Self::V4(_) | Self::V6(_), _) => false,
        }
    }
}

impl From<IpAddr> for Host<'_> {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::V4(address) => fmt::Display::fmt(address, formatter),
            Self::V6(address) => write!(formatter, "[{address}]"),
        }
    }
}

/// Why a text is not a host.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a host name, IPv4 address or bracketed IPv6 address")]
pub struct ParseHostError;

/// Tells which host a text is that was read as one: a name or an address.
pub(crate) fn host_of(text: &[u8]) -> Host<'_> {
    let address = match text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]")) {
        Some(bare) => ipv6(bare).map(Host::V6),
        None => ipv4(text).map(Host::V4),
    };
    // Host characters are ASCII.
    address.unwrap_or_else(|| Host::Name(str::from_utf8(text).unwrap_or_default()))
}

/// Reads a host.
pub(crate) fn host(input: &[u8]) -> Parsed<'_, &[u8]> {
    let miss = || Miss::err(input, Expected::Host);
    if let Some(after) = input.strip_prefix(b"[") {
        let length = after.iter().position(|&byte| byte == b']').ok_or_else(miss)?;
        ipv6(after.get(..length).ok_or_else(miss)?).ok_or_else(miss)?;
        let (text, rest) = input.split_at_checked(length + 2).ok_or_else(miss)?;
        return Ok((rest, text));
    }
    let (rest, text) = take_while1(is_host).parse(input).map_err(|_: nom::Err<Miss<'_>>| miss())?;
    Ok((rest, text))
}

/// Reads a port; leading zeros are allowed.
pub(crate) fn port(input: &[u8]) -> Parsed<'_, u16> {
    let miss = || Miss::err(input, Expected::Port);
    let mut rest = input;
    let mut port: Option<u16> = None;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        let next = port.unwrap_or(0).checked_mul(10);
        port = next.and_then(|port| port.checked_add(u16::from(digit - b'0')));
        if port.is_none() {
            return Err(miss());
        }
        rest = after;
    }
    Ok((rest, port.ok_or_else(miss)?))
}

/// Reads four decimal octets without leading zeros.
pub(crate) fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    // Nearly all names end in a letter.
    if !text.last()?.is_ascii_digit() {
        return None;
    }
    let mut address = 0_u32;
    let mut dots = 0;
    let mut octet: Option<u32> = None;
    for &byte in text {
        match (byte, octet) {
            (b'0'..=b'9', None) => octet = Some(u32::from(byte - b'0')),
            (b'0'..=b'9', Some(value @ 1..=25)) => {
                octet = Some(value * 10 + u32::from(byte - b'0')).filter(|value| *value <= 255);
                octet?;
            }
            (b'.', Some(value)) if dots < 3 => {
                address = (address << 8) | value;
                dots += 1;
                octet = None;
            }
            _ => return None,
        }
    }
    (dots == 3).then_some(Ipv4Addr::from_bits((address << 8) | octet?))
}

/// Reads an IPv6 address without brackets.
pub(crate) fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    let text = str::from_utf8(text).ok()?;
    // The grammar of RFC 3261 allowed three colons before an embedded IPv4 address by mistake; RFC 5118
    // section 4.10 asks to accept them and never to send them.
    match text.split_once(":::") {
        Some((before, after)) => format!("{before}::{after}").parse().ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_address_is_what_the_standard_library_takes_for_one() {
        let parts =
            ["0", "1", "9", "10", "25", "26", "99", "100", "249", "255", "256", "300", "1000"];
        let odd = ["", "00", "01", "0x1", "-1", "+1", " 1", "1 ", "a"];
        for one in parts.iter().chain(&odd) {
            for two in parts.iter().chain(&odd) {
                for text in [
                    format!("{one}.2.3.{two}"),
                    format!("1.{one}.{two}.4"),
                    format!("{one}.{two}"),
                    format!("{one}.2.{two}.4.5"),
                    format!("{one}.2.{two}.4."),
                ] {
                    assert_eq!(ipv4(text.as_bytes()), text.parse().ok(), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_port_has_sixteen_bits() {
        for (text, expected) in [
            ("5060", Some((5060, ""))),
            ("065535;x", Some((65_535, ";x"))),
            ("0", Some((0, ""))),
            ("65536", None),
            ("99999999999999999999", None),
            ("", None),
            ("x", None),
        ] {
            let read = port(text.as_bytes()).ok().map(|(rest, port)| (port, rest));
            assert_eq!(read, expected.map(|(port, rest)| (port, rest.as_bytes())), "{text}");
        }
    }
}
