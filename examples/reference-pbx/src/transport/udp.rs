//! A socket for datagrams.

use std::{collections::VecDeque, io, net::SocketAddr};

use bytes::Bytes;
use mio::{Interest, Registry, Token, net::UdpSocket};

/// How many datagrams wait for a socket that takes none for a moment. Those beyond are lost; timers repeat them.
const MAX_WAITING: usize = 2_048;

/// A socket for datagrams, and what waits to be sent.
#[derive(Debug)]
pub(super) struct UdpPort {
    socket: UdpSocket,
    token: Token,
    waiting: VecDeque<(SocketAddr, Bytes)>,
    /// Whether datagrams may have come that were not taken.
    pub(super) is_readable: bool,
}

/// Why a datagram will not arrive.
#[derive(Debug)]
pub(super) enum SendError {
    /// It was lost here, like others are on their way.
    Lost(io::Error),
    /// It can never be sent: there is no way to the address, or it is too large.
    Refused(io::Error),
}

impl UdpPort {
    /// Has the poll wait for a socket.
    pub(super) fn new(
        socket: std::net::UdpSocket,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Self> {
        let mut socket = UdpSocket::from_std(socket);
        registry.register(&mut socket, token, Interest::READABLE)?;
        Ok(Self { socket, token, waiting: VecDeque::new(), is_readable: true })
    }

    /// Sends a datagram now, or as soon as the socket takes it.
    pub(super) fn send(
        &mut self,
        destination: SocketAddr,
        datagram: &Bytes,
        registry: &Registry,
    ) -> Result<(), SendError> {
        if self.waiting.is_empty() {
            match self.socket.send_to(datagram, destination) {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.register(Interest::READABLE | Interest::WRITABLE, registry);
                }
                Err(error) => return Err(SendError::from(error)),
            }
        }
        if self.waiting.len() >= MAX_WAITING {
            return Err(SendError::Lost(io::ErrorKind::WouldBlock.into()));
        }
        self.waiting.push_back((destination, datagram.clone()));
        Ok(())
    }

    /// The socket takes datagrams again.
    pub(super) fn handle_writable(&mut self, registry: &Registry) {
        while let Some((destination, datagram)) = self.waiting.front() {
            match self.socket.send_to(datagram, *destination) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // What the kernel refuses now was promised before: timers repeat it.
                Ok(_) | Err(_) => drop(self.waiting.pop_front()),
            }
        }
        self.register(Interest::READABLE, registry);
    }

    /// Returns the next datagram; `None` if there is none.
    pub(super) fn receive<'a>(&mut self, buffer: &'a mut [u8]) -> Option<(SocketAddr, &'a [u8])> {
        for _ in 0..MAX_ERRORS {
            match self.socket.recv_from(buffer) {
                Ok((length, source)) => {
                    return Some((source, buffer.get(..length).unwrap_or_default()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.is_readable = false;
                    return None;
                }
                // An ICMP error for something sent before: nobody's datagram.
                Err(_) => {}
            }
        }
        None
    }

    fn register(&mut self, interest: Interest, registry: &Registry) {
        if let Err(error) = registry.reregister(&mut self.socket, self.token, interest) {
            tracing::warn!(%error, "a socket cannot be waited for");
        }
    }
}

/// How many errors are read in a row before others have their turn.
const MAX_ERRORS: usize = 16;

impl From<io::Error> for SendError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::Unsupported => Self::Refused(error),
            // EMSGSIZE and EAFNOSUPPORT of Linux, which the standard library has no stable names for.
            _ if matches!(error.raw_os_error(), Some(90 | 97)) => Self::Refused(error),
            _ => Self::Lost(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_never_be_sent_is_refused_and_what_cannot_now_is_lost() {
        let poll = mio::Poll::new().unwrap();
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let peer = socket.local_addr().unwrap();
        let mut port = UdpPort::new(socket, Token(1), poll.registry()).unwrap();
        let mut send = |to: &str, length| {
            let octets = Bytes::from(vec![b'x'; length]);
            port.send(to.parse().unwrap(), &octets, poll.registry())
        };
        assert!(matches!(send(&peer.to_string(), 70_000), Err(SendError::Refused(_))), "too large");
        assert!(matches!(send("[::1]:5060", 1), Err(SendError::Refused(_))), "another family");
        assert!(send(&peer.to_string(), 100).is_ok());
        let lost = SendError::from(io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(matches!(lost, SendError::Lost(_)), "a firewall may change its mind");
    }
}
