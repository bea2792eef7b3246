//! Where to listen, and what others are told of it.

use std::{
    io,
    net::{AddrParseError, IpAddr, SocketAddr},
    str::FromStr,
};

use centrala_ua::Carrier;
use socket2::{Domain, Protocol, Socket, Type};

/// Where to listen: an address, by UDP and TCP on the same port (RFC 3261 section 18), or by one of them.
///
/// ```
/// use reference_pbx::transport::Listen;
///
/// let both: Listen = "192.0.2.1:5060".parse()?;
/// assert_eq!(both.carrier, None);
/// assert_eq!("tcp:[::1]:5060".parse::<Listen>()?.to_string(), "tcp:[::1]:5060");
/// # Ok::<(), reference_pbx::transport::ParseListenError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// By what; `None` is both.
    pub carrier: Option<Carrier>,
    /// Where. Port 0 takes a free one.
    pub address: SocketAddr,
    /// What stands in Via and Contact in place of the address.
    pub advertised: Option<Advertised>,
}

/// An address at which others reach us; without a port it is the one that we listen on.
#[expect(clippy::exhaustive_structs, reason = "an address has no more")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// The address.
    pub ip: IpAddr,
    /// The port.
    pub port: Option<u16>,
}

/// Why a text does not say where to listen.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseListenError {
    /// It names a transport that we do not speak.
    #[error("the transport is neither udp nor tcp")]
    Carrier,
    /// It has no address and port.
    #[error("an address with a port is wanted, as 192.0.2.1:5060 or [2001:db8::1]:5060")]
    Address(#[source] AddrParseError),
    /// Others cannot reach an unspecified address.
    #[error("an address is wanted at which others reach us")]
    Unspecified,
}

/// Why we cannot listen.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// There is nothing to listen on.
    #[error("no address to listen on")]
    Nowhere,
    /// All addresses of the machine are listened on, and others are to be told which to use.
    #[error("--listen {0} needs --advertise with the address at which telephones reach it")]
    NotAdvertised(Listen),
    /// The operating system refuses it.
    #[error("cannot listen on {0} (is another instance running?)")]
    Refused(Listen, #[source] io::Error),
    /// The operating system has no poll to give.
    #[error("cannot wait for sockets")]
    Poll(#[source] io::Error),
}

impl Listen {
    /// Listens at an address by UDP and TCP.
    #[must_use]
    pub const fn new(address: SocketAddr) -> Self {
        Self { carrier: None, address, advertised: None }
    }

    /// Returns what others are told of a socket of it that is bound to `local`.
    ///
    /// # Errors
    ///
    /// [`BindError::NotAdvertised`] if it would be an unspecified address.
    pub(super) fn advertised(&self, local: SocketAddr) -> Result<SocketAddr, BindError> {
        match self.advertised {
            Some(Advertised { ip, port }) => {
                Ok(SocketAddr::new(ip, port.unwrap_or_else(|| local.port())))
            }
            None if local.ip().is_unspecified() => Err(BindError::NotAdvertised(*self)),
            None => Ok(local),
        }
    }

    /// Binds its sockets.
    pub(super) fn bind(&self) -> Result<Bound, BindError> {
        self.advertised(self.address)?;
        self.bind_sockets().map_err(|error| BindError::Refused(*self, error))
    }

    fn bind_sockets(&self) -> io::Result<Bound> {
        let address = self.address;
        match self.carrier {
            Some(Carrier::Tcp) => Ok(Bound { udp: None, tcp: Some(bind_tcp(address)?) }),
            Some(_) => Ok(Bound { udp: Some(bind_udp(address)?), tcp: None }),
            None => bind_both(address),
        }
    }
}

/// The sockets of one address.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) udp: Option<Socket>,
    pub(super) tcp: Option<Socket>,
}

/// A port that is free for UDP may be taken for TCP: then another one is tried, if any will do.
fn bind_both(address: SocketAddr) -> io::Result<Bound> {
    let mut tries = if address.port() == 0 { PORT_TRIES } else { 1 };
    loop {
        let udp = bind_udp(address)?;
        let local = udp.local_addr()?.as_socket().unwrap_or(address);
        tries -= 1;
        match bind_tcp(local) {
            Ok(tcp) => return Ok(Bound { udp: Some(udp), tcp: Some(tcp) }),
            Err(error) if tries == 0 || error.kind() != io::ErrorKind::AddrInUse => {
                return Err(error);
            }
            Err(_) => {}
        }
    }
}

/// How many free ports are tried.
const PORT_TRIES: usize = 16;

fn bind_udp(address: SocketAddr) -> io::Result<Socket> {
    let socket = open(address, Type::DGRAM, Protocol::UDP)?;
    // A burst waits here while something else is done. The kernel may grant less.
    drop(socket.set_recv_buffer_size(RECEIVE_BUFFER));
    socket.bind(&address.into())?;
    Ok(socket)
}

/// What is asked for as the kernel's buffer for datagrams: thousands of requests.
const RECEIVE_BUFFER: usize = 4 << 20;

fn bind_tcp(address: SocketAddr) -> io::Result<Socket> {
    let socket = open(address, Type::STREAM, Protocol::TCP)?;
    // The connections of an earlier run may still be closing.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(ACCEPT_BACKLOG)?;
    Ok(socket)
}

/// How many connections may wait to be accepted.
const ACCEPT_BACKLOG: i32 = 1_024;

fn open(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        // Whoever wants both families says so twice, and a flow has one family only.
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Begins a connection, from one of our addresses if it is given.
pub(super) fn connect(remote: SocketAddr, from: Option<IpAddr>) -> io::Result<Socket> {
    let socket = open(remote, Type::STREAM, Protocol::TCP)?;
    if let Some(ip) = from.filter(|ip| !ip.is_unspecified() && ip.is_ipv4() == remote.is_ipv4()) {
        socket.bind(&SocketAddr::new(ip, 0).into())?;
    }
    match socket.connect(&remote.into()) {
        Ok(()) => Ok(socket),
        Err(error) if is_under_way(&error) => Ok(socket),
        Err(error) => Err(error),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || matches!(error.raw_os_error(), Some(LINUX_EINPROGRESS | BSD_EINPROGRESS))
}

/// What systems say of a connection that is being made; the standard library has no stable name for it.
const LINUX_EINPROGRESS: i32 = 115;
const BSD_EINPROGRESS: i32 = 36;

impl FromStr for Listen {
    type Err = ParseListenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (carrier, address) = match text.split_once(':') {
            Some((name, address)) if name.chars().all(|it| it.is_ascii_alphabetic()) => {
                let known = Carrier::from_uri_param(name);
                // `::1` and `fe80::1` begin like a transport's name; they miss their brackets.
                if known.is_none() && text.parse::<IpAddr>().is_err() && !name.is_empty() {
                    return Err(ParseListenError::Carrier);
                }
                (known, if known.is_some() { address } else { text })
            }
            Some(_) | None => (None, text),
        };
        let address = address.parse().map_err(ParseListenError::Address)?;
        Ok(Self { carrier, address, advertised: None })
    }
}

/// What [`FromStr`] reads; what is advertised does not stand in it.
impl std::fmt::Display for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.carrier {
            Some(carrier) => write!(f, "{}:{}", carrier.uri_param(), self.address),
            None => self.address.fmt(f),
        }
    }
}

impl FromStr for Advertised {
    type Err = ParseListenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        let advertised = match (bare.parse(), text.parse::<SocketAddr>()) {
            (Ok(ip), _) => Self { ip, port: None },
            (Err(_), Ok(address)) => Self { ip: address.ip(), port: Some(address.port()) },
            (Err(_), Err(error)) => return Err(ParseListenError::Address(error)),
        };
        if advertised.ip.is_unspecified() || advertised.port == Some(0) {
            return Err(ParseListenError::Unspecified);
        }
        Ok(advertised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_to_listen_is_read_and_printed() {
        for (text, carrier) in [
            ("127.0.0.1:5060", None),
            ("[::1]:5060", None),
            ("udp:127.0.0.1:5060", Some(Carrier::Udp)),
            ("tcp:[2001:db8::1]:5062", Some(Carrier::Tcp)),
        ] {
            let listen: Listen = text.parse().unwrap();
            assert_eq!((listen.carrier, &*listen.to_string()), (carrier, text));
        }
        assert_eq!("sctp:127.0.0.1:5060".parse::<Listen>(), Err(ParseListenError::Carrier));
        for text in ["127.0.0.1", "::1", "fe80::1", "localhost", "tcp:", "udp:[::1]", ""] {
            let error = text.parse::<Listen>();
            assert!(matches!(error, Err(ParseListenError::Address(_))), "{text}: {error:?}");
        }
    }

    #[test]
    fn what_is_advertised_is_an_address_that_others_can_reach() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        for (text, address, port) in [
            ("203.0.113.7", "203.0.113.7", None),
            ("203.0.113.7:5070", "203.0.113.7", Some(5_070)),
            ("2001:db8::1", "2001:db8::1", None),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("[2001:db8::1]:5070", "2001:db8::1", Some(5_070)),
        ] {
            assert_eq!(text.parse(), Ok(Advertised { ip: ip(address), port }), "{text}");
        }
        for text in ["0.0.0.0", "[::]:5060", "203.0.113.7:0"] {
            assert_eq!(text.parse::<Advertised>(), Err(ParseListenError::Unspecified), "{text}");
        }
        assert!(matches!("pbx".parse::<Advertised>(), Err(ParseListenError::Address(_))));
    }

    #[test]
    fn an_unspecified_address_is_not_told_to_others() {
        let mut listen: Listen = "0.0.0.0:0".parse().unwrap();
        let told = listen.bind().unwrap_err().to_string();
        assert_eq!(
            told,
            "--listen 0.0.0.0:0 needs --advertise with the address at which telephones reach it"
        );
        listen.advertised = Some("203.0.113.7".parse().unwrap());
        let bound = listen.bind().unwrap();
        let local = bound.udp.unwrap().local_addr().unwrap().as_socket().unwrap();
        let told = listen.advertised(local).unwrap();
        assert_eq!(told.to_string(), format!("203.0.113.7:{}", local.port()));
    }

    #[test]
    fn both_transports_share_a_port_and_a_port_in_use_is_an_error() {
        let Bound { udp: Some(udp), tcp: Some(tcp) } =
            "127.0.0.1:0".parse::<Listen>().unwrap().bind().unwrap()
        else {
            panic!("both");
        };
        let local = udp.local_addr().unwrap().as_socket().unwrap();
        assert_eq!(tcp.local_addr().unwrap().as_socket(), Some(local));
        let again = Listen::new(local).bind();
        assert!(matches!(again, Err(BindError::Refused(..))), "{again:?}");
    }
}
