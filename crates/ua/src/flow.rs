//! Where a message came from, and where it goes.

use std::{fmt, net::SocketAddr, str::FromStr};

use centrala_sip::Transport;

use crate::transaction::Reliability;

/// The way between us and one other: a transport, his address, one of our sockets, and with a stream its connection.
/// RFC 5626 calls it a flow. What comes in on a flow is answered on it, and a registered telephone is called on the
/// flow of its registration: behind a NAT there is no other way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    carrier: Carrier,
    remote: SocketAddr,
    interface: Option<InterfaceId>,
    connection: Option<ConnectionId>,
}

/// A transport that we speak.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// Datagrams, repeated until they are answered.
    Udp,
    /// A stream.
    Tcp,
}

/// One of our sockets: its place in [`EndpointConfig::interfaces`](crate::EndpointConfig::interfaces).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId(u16);

/// A connection of a stream transport. Whoever owns the sockets chooses the numbers, and uses none twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl Flow {
    /// Returns the way to an address, on whichever of our sockets fits, and on a connection that is open or will be.
    #[must_use]
    pub const fn to(carrier: Carrier, remote: SocketAddr) -> Self {
        Self { carrier, remote, interface: None, connection: None }
    }

    /// Returns the way that a datagram came.
    #[must_use]
    pub const fn datagram(interface: InterfaceId, source: SocketAddr) -> Self {
        Self { carrier: Carrier::Udp, remote: source, interface: Some(interface), connection: None }
    }

    /// Returns the way of a connection.
    #[must_use]
    pub const fn stream(
        interface: InterfaceId,
        remote: SocketAddr,
        connection: ConnectionId,
    ) -> Self {
        Self {
            carrier: Carrier::Tcp,
            remote,
            interface: Some(interface),
            connection: Some(connection),
        }
    }

    /// Returns the transport.
    #[must_use]
    pub const fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// Returns the other's address. With a [`connection`](Self::connection) this is where to connect to if that has
    /// ended (RFC 3261 section 18.2.2).
    #[must_use]
    pub const fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// Returns our socket; `None` if any will do.
    #[must_use]
    pub const fn interface(&self) -> Option<InterfaceId> {
        self.interface
    }

    /// Returns the connection to use as long as it is open; `None` for any to the same address, or a new one.
    #[must_use]
    pub const fn connection(&self) -> Option<ConnectionId> {
        self.connection
    }

    /// Returns the same way to another address of the other side.
    #[must_use]
    pub const fn with_remote(self, remote: SocketAddr) -> Self {
        Self { remote, ..self }
    }

    /// Returns the same way on one of our sockets.
    #[must_use]
    pub const fn with_interface(self, interface: InterfaceId) -> Self {
        Self { interface: Some(interface), ..self }
    }

    /// Returns whether messages have to be repeated on it.
    pub(crate) const fn reliability(&self) -> Reliability {
        match self.carrier {
            Carrier::Udp => Reliability::Unreliable,
            Carrier::Tcp => Reliability::Reliable,
        }
    }
}

/// A UDP address, on whichever of our sockets fits.
impl From<SocketAddr> for Flow {
    fn from(remote: SocketAddr) -> Self {
        Self::to(Carrier::Udp, remote)
    }
}

/// Such as `UDP 192.0.2.1:5060`.
impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.carrier, self.remote)
    }
}

/// Reads what is printed; an address alone means UDP.
impl FromStr for Flow {
    type Err = ParseFlowError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (carrier, address) = match text.split_once(' ') {
            Some((carrier, address)) => {
                (Carrier::from_uri_param(carrier).ok_or(ParseFlowError::Carrier)?, address)
            }
            None => (Carrier::Udp, text),
        };
        Ok(Self::to(carrier, address.parse()?))
    }
}

/// Why a text is no flow.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseFlowError {
    /// It begins with a transport that we do not speak.
    #[error("the transport is neither UDP nor TCP")]
    Carrier,
    /// It has no address and port.
    #[error("no address with a port")]
    Address(#[from] std::net::AddrParseError),
}

impl Carrier {
    /// Returns what Via says.
    #[must_use]
    pub const fn transport(self) -> Transport {
        match self {
            Self::Udp => Transport::Udp,
            Self::Tcp => Transport::Tcp,
        }
    }

    /// Returns what the `transport` parameter of a URI says.
    #[must_use]
    pub const fn uri_param(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }

    /// Returns the carrier that the `transport` parameter of a URI names; `None` for one that we do not speak.
    #[must_use]
    pub fn from_uri_param(name: &str) -> Option<Self> {
        [Self::Udp, Self::Tcp].into_iter().find(|one| name.eq_ignore_ascii_case(one.uri_param()))
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        })
    }
}

impl InterfaceId {
    /// Returns the socket at this place in [`EndpointConfig::interfaces`](crate::EndpointConfig::interfaces).
    #[must_use]
    pub const fn new(index: u16) -> Self {
        Self(index)
    }

    /// Returns its place.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl ConnectionId {
    /// Returns the connection with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read() {
        for text in ["UDP 192.0.2.1:5060", "TCP [2001:db8::1]:5061"] {
            assert_eq!(text.parse::<Flow>().unwrap().to_string(), text);
        }
        let bare: Flow = "192.0.2.1:5060".parse().unwrap();
        assert_eq!(bare, "udp 192.0.2.1:5060".parse().unwrap());
        assert_eq!("SCTP 192.0.2.1:5060".parse::<Flow>(), Err(ParseFlowError::Carrier));
        assert!(matches!("TCP 192.0.2.1".parse::<Flow>(), Err(ParseFlowError::Address(_))));
    }
}
