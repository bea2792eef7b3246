//! Where RTCP goes.

use core::{fmt, net::IpAddr};

use crate::{Connection, Expected, ParseValueError, cursor::Cursor};

/// An `a=rtcp` line (RFC 3605): where RTCP goes, if not to the port after that of RTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RtcpAddress {
    port: u16,
    connection: Option<Connection>,
}

impl RtcpAddress {
    /// Makes one with the address of RTP.
    #[must_use]
    pub const fn new(port: u16) -> Self {
        Self { port, connection: None }
    }

    /// Makes one with an address of its own, if it is given.
    pub(crate) fn at(port: u16, address: Option<IpAddr>) -> Self {
        Self { port, connection: address.map(Connection::Address) }
    }

    /// Parses the value of an `a=rtcp` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it is not a port, with or without an address.
    pub fn parse(text: &str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseValueError> {
        let port = cursor.number(Expected::Port)?;
        let connection = if cursor.is_end() { None } else { Some(Connection::read(cursor)?) };
        Ok(Self { port, connection })
    }

    /// Returns the port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns the address, if it is another than that of RTP.
    #[must_use]
    pub const fn connection(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    /// Returns the address, if it is told and no name.
    #[must_use]
    pub fn to_ip(&self) -> Option<IpAddr> {
        self.connection.as_ref().and_then(Connection::to_ip)
    }
}

impl fmt::Display for RtcpAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.port)?;
        self.connection.iter().try_for_each(|connection| write!(formatter, " {connection}"))
    }
}
