//! The way of a message between two.

use core::{fmt, net::SocketAddr};

/// The way of a message: from which of our addresses, to whom, by datagram or on a connection.
///
/// A message that has arrived names everything; one that is to be sent may leave the choice of the address or of the
/// connection to the network.
#[expect(clippy::exhaustive_structs, reason = "two ends and what is between them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// Our address; `None` is the first one of the node.
    pub local: Option<SocketAddr>,
    /// The other's address.
    pub remote: SocketAddr,
    /// What carries it.
    pub medium: Medium,
}

/// What carries a message.
#[expect(clippy::exhaustive_enums, reason = "a network has datagrams and streams")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Medium {
    /// It may be lost, doubled and overtaken.
    Datagram,
    /// It arrives once and in order, or the connection breaks. `None` is any connection to that address, or a new one.
    Stream(Option<u64>),
}

impl Path {
    /// Returns the way of a datagram to an address.
    #[must_use]
    pub const fn datagram(remote: SocketAddr) -> Self {
        Self { local: None, remote, medium: Medium::Datagram }
    }

    /// Returns the way to an address on whatever connection there is, or a new one.
    #[must_use]
    pub const fn stream(remote: SocketAddr) -> Self {
        Self { local: None, remote, medium: Medium::Stream(None) }
    }

    /// Returns the same way from one of our addresses.
    #[must_use]
    pub const fn from(self, local: SocketAddr) -> Self {
        Self { local: Some(local), ..self }
    }
}

/// Such as `192.0.2.1:5060`, or `192.0.2.1:5060 on connection 3`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.medium {
            Medium::Datagram => write!(f, "{}", self.remote),
            Medium::Stream(None) => write!(f, "{} on a connection", self.remote),
            Medium::Stream(Some(number)) => write!(f, "{} on connection {number}", self.remote),
        }
    }
}
