//! Ports for sound.

use std::{
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::atomic::{AtomicU32, Ordering},
};

/// Hands out bound sockets on even ports (RFC 3550 section 11).
#[derive(Debug)]
pub(super) struct Ports {
    /// The first even port and how many there are.
    range: Option<(u32, u32)>,
    next: AtomicU32,
}

/// How often a free even port is asked for before an odd one is taken.
const EVEN_TRIES: usize = 16;

/// How many ports of a range are tried for one session: where others have taken more in a row, a caller is told so
/// before all calls have waited.
const MAX_TRIES: u32 = 1_024;

impl Ports {
    pub(super) fn new(range: Option<(u16, u16)>) -> Self {
        let range = range.map(|(first, last)| {
            let even = u32::from(first) + u32::from(first % 2);
            // The port behind each belongs to it: reports may come there.
            let count = (u32::from(last) + 1).saturating_sub(even) / 2;
            (even, count)
        });
        Self { range, next: AtomicU32::new(0) }
    }

    /// Binds a free port of an address.
    pub(super) fn bind(&self, ip: IpAddr) -> io::Result<(UdpSocket, SocketAddr)> {
        let socket = match self.range {
            Some((first, count)) => self.bind_in(ip, first, count)?,
            None => bind_anywhere(ip)?,
        };
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        Ok((socket, local))
    }

    fn bind_in(&self, ip: IpAddr, first: u32, count: u32) -> io::Result<UdpSocket> {
        for _ in 0..count.min(MAX_TRIES) {
            let step = self.next.fetch_add(1, Ordering::Relaxed) % count;
            let Ok(port) = u16::try_from(first + 2 * step) else { continue };
            match UdpSocket::bind((ip, port)) {
                Ok(socket) => return Ok(socket),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "no port for sound is free"))
    }
}

fn bind_anywhere(ip: IpAddr) -> io::Result<UdpSocket> {
    let mut odd = Vec::new();
    for _ in 0..EVEN_TRIES {
        let socket = UdpSocket::bind((ip, 0))?;
        if socket.local_addr()?.port() % 2 == 0 {
            return Ok(socket);
        }
        // Kept until an even one is found, so that it is not offered again.
        odd.push(socket);
    }
    UdpSocket::bind((ip, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_range_gives_each_even_port_once_and_then_says_that_it_is_used_up() {
        let (held, local) = Ports::new(None).bind(LOOPBACK).unwrap();
        assert_eq!(local.port() % 2, 0);
        let ports = Ports::new(Some((local.port() - 1, local.port() + 1)));
        assert_eq!(ports.bind(LOOPBACK).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(held);
        assert_eq!(ports.bind(LOOPBACK).unwrap().1, local);
    }

    #[test]
    fn a_range_is_never_left() {
        for (first, last, even, count) in [
            (10_000, 10_000, 10_000, 0),
            (10_000, 10_001, 10_000, 1),
            (10_001, 10_001, 10_002, 0),
            (10_001, 10_006, 10_002, 2),
            (10_001, 10_007, 10_002, 3),
            (65_534, 65_535, 65_534, 1),
            (65_535, 65_535, 65_536, 0),
            (10_002, 10_000, 10_002, 0),
        ] {
            let ports = Ports::new(Some((first, last)));
            assert_eq!(ports.range, Some((even, count)), "{first} to {last}");
        }
        let none = Ports::new(Some((10_001, 10_001)));
        assert_eq!(none.bind(LOOPBACK).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }
}
