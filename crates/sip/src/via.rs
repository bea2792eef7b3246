//! Via: the way a response has to take.

use alloc::{borrow::ToOwned as _, format, string::String, string::ToString as _};
use core::{fmt, net::IpAddr, str::FromStr};

use bytes::Bytes;
use nom::Parser;

use crate::{
    Host, Params,
    grammar::{
        self, Expected, Fault, Miss, Parsed, Span, is_lws, is_safe_value, is_token, separator, sws,
        token, trim, unfold,
    },
    host,
    params::params_noting,
    source::Source,
};

/// One value of Via (RFC 3261 section 20.42).
///
/// ```
/// use centrala_sip::{Host, Rport, Transport, Via};
/// let via: Via = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK7;rport".parse()?;
/// assert_eq!((via.transport(), via.port()), (Transport::Udp, Some(5060)));
/// assert_eq!((via.branch(), via.rport()), (Some("z9hG4bK7"), Some(Rport::Requested)));
/// # Ok::<(), centrala_sip::ParseViaError>(())
/// ```
#[derive(Clone)]
pub struct Via {
    text: Bytes,
    transport: Span,
    host: Span,
    port: Option<u16>,
    params: Span,
    branch: Span,
}

/// The transport of a Via (RFC 3261 section 25.1, RFC 4168, RFC 7118).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// SCTP.
    Sctp,
    /// `WebSocket`.
    Ws,
    /// `WebSocket` over TLS.
    Wss,
    /// Any other; [`Via::transport_str`] tells.
    Other,
}

/// The `rport` parameter (RFC 3581).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3581 section 3 closes the set")]
pub enum Rport {
    /// Without a value: the client asks for a response to the port it sent from.
    Requested,
    /// The port that the request came from.
    Port(u16),
}

/// Why a text is not a Via.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at offset {offset}")]
pub struct ParseViaError {
    /// The position in the text.
    pub offset: usize,
    /// What was expected there.
    pub expected: Expected,
}

impl Via {
    /// What every branch of RFC 3261 begins with (section 8.1.1.7).
    pub const BRANCH_COOKIE: &'static str = "z9hG4bK";

    /// Makes a Via with a branch.
    ///
    /// # Errors
    ///
    /// [`ParseViaError`] if the transport is [`Transport::Other`], the host no host or the branch no token.
    pub fn new(
        transport: Transport,
        host: Host<'_>,
        port: Option<u16>,
        branch: &str,
    ) -> Result<Self, ParseViaError> {
        let name = transport.name().unwrap_or_default();
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        if branch.is_empty() || !branch.bytes().all(is_token) {
            return Err(ParseViaError { offset: 0, expected: Expected::Token });
        }
        // A name is printed as it is: it must not smuggle in a port or a parameter.
        let host = host.to_string();
        Host::parse(&host).map_err(|_| ParseViaError { offset: 0, expected: Expected::Host })?;
        format!("SIP/2.0/{name} {host}{port};branch={branch}").parse()
    }

    /// Parses one Via.
    ///
    /// # Errors
    ///
    /// [`ParseViaError`] if the text is not one Via, or has a CR, LF or NUL.
    pub fn parse(text: &Bytes) -> Result<Self, ParseViaError> {
        let error = |fault: Fault| ParseViaError { offset: fault.at, expected: fault.expected };
        if !is_safe_value(text) {
            return Err(error(Fault { at: 0, expected: Expected::SentProtocol }));
        }
        let (used, via) = Self::read(Source::new(text)).map_err(error)?;
        if !trim(text.get(used..).unwrap_or_default()).is_empty() {
            return Err(error(Fault { at: used, expected: Expected::End }));
        }
        Ok(via)
    }

    /// Returns the same which asks for a response to the port it is sent from (RFC 3581 section 3).
    #[must_use]
    pub fn with_rport(&self) -> Self {
        self.with_param("rport", None)
    }

    /// Returns the same with the port that the request came from.
    #[must_use]
    pub fn with_rport_value(&self, port: u16) -> Self {
        self.with_param("rport", Some(&port.to_string()))
    }

    /// Returns the same with the address that the request came from. IPv6 is written without brackets, as
    /// the grammar has it (RFC 5118 section 4.5).
    #[must_use]
    pub fn with_received(&self, address: IpAddr) -> Self {
        self.with_param("received", Some(&address.to_string()))
    }

    /// Returns the transport.
    #[must_use]
    pub fn transport(&self) -> Transport {
        let name = self.transport.in_(&self.text);
        Transport::ALL
            .into_iter()
            .find(|transport| {
                transport.name().is_some_and(|known| known.as_bytes().eq_ignore_ascii_case(name))
            })
            .unwrap_or(Transport::Other)
    }

    /// Returns the transport as it was written.
    #[must_use]
    pub fn transport_str(&self) -> &str {
        str::from_utf8(self.transport.in_(&self.text)).unwrap_or_default()
    }

    /// Returns the host of the sent-by.
    #[must_use]
    pub fn host(&self) -> Host<'_> {
        host::host_of(self.host.in_(&self.text))
    }

    /// Returns the port of the sent-by, if it is given.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Returns the parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::of_header(self.params.in_(&self.text))
    }

    /// Returns the branch; an empty one counts as none.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        str::from_utf8(self.branch.in_(&self.text)).ok().filter(|branch| !branch.is_empty())
    }

    /// Tells whether the branch identifies the transaction by RFC 3261 (it has more than the cookie); otherwise
    /// the matching of RFC 2543 applies.
    #[must_use]
    pub fn has_rfc3261_branch(&self) -> bool {
        self.branch()
            .and_then(|branch| {
                // The cookie is compared in any case: some devices write `z9HG4BK`.
                let (cookie, rest) = branch.split_at_checked(Self::BRANCH_COOKIE.len())?;
                Some(cookie.eq_ignore_ascii_case(Self::BRANCH_COOKIE) && !rest.is_empty())
            })
            .unwrap_or(false)
    }

    /// Returns the address of `received`, IPv6 with or without brackets (RFC 5118 section 4.5).
    #[must_use]
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params().value("received")?;
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        host::ipv6(bare.as_bytes())
            .map(IpAddr::V6)
            .or_else(|| host::ipv4(bare.as_bytes()).map(IpAddr::V4))
    }

    /// Returns `rport`; a value that is no port counts as none.
    #[must_use]
    pub fn rport(&self) -> Option<Rport> {
        let rport = self.params().get("rport")?;
        Some(rport.value().and_then(|port| port.parse().ok()).map_or(Rport::Requested, Rport::Port))
    }

    /// Returns the text as it was written.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.text
    }

    /// Returns a copy which does not keep a received message in memory.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self { text: Bytes::copy_from_slice(&self.text), ..*self }
    }

    /// Reads one Via from the start and tells its length.
    pub(crate) fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, (transport, host, port, params, branch)) = grammar::run(via, text)?;
        let via = Self {
            text: source.until(used).to_bytes(),
            transport: Span::of(text, transport),
            host: Span::of(text, host),
            port,
            params: Span::of(text, params),
            branch: branch.map_or_else(Span::default, |branch| Span::of(text, branch)),
        };
        Ok((used, via))
    }

    /// Replaces a parameter in its place, or appends it: all others keep theirs.
    fn with_param(&self, name: &str, value: Option<&str>) -> Self {
        let new = value.map_or_else(|| name.to_owned(), |value| format!("{name}={value}"));
        let mut text =
            unfold(self.text.get(..self.params.start()).unwrap_or_default()).into_owned();
        let mut is_replaced = false;
        for param in self.params() {
            text.push(b';');
            if param.name().eq_ignore_ascii_case(name) {
                text.extend_from_slice(new.as_bytes());
                is_replaced = true;
                continue;
            }
            text.extend_from_slice(param.name().as_bytes());
            if let Some(value) = param.raw_value() {
                text.push(b'=');
                text.extend_from_slice(&unfold(value));
            }
        }
        if !is_replaced {
            text.push(b';');
            text.extend_from_slice(new.as_bytes());
        }
        // Made of parsed parts, so that it parses; if that were wrong, the Via stays as it is.
        Self::read(Source::new(&Bytes::from(text))).map_or_else(|_| self.clone(), |(_, via)| via)
    }
}

impl Transport {
    const ALL: [Self; 6] = [Self::Udp, Self::Tcp, Self::Tls, Self::Ws, Self::Wss, Self::Sctp];

    /// Returns the name as it stands in a Via.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Udp => Some("UDP"),
            Self::Tcp => Some("TCP"),
            Self::Tls => Some("TLS"),
            Self::Sctp => Some("SCTP"),
            Self::Ws => Some("WS"),
            Self::Wss => Some("WSS"),
            Self::Other => None,
        }
    }

    /// Tells whether messages need no retransmission (RFC 3261 section 17.1.1.2).
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }

    /// Returns the port that is used when none is given (RFC 3261 section 18.1.1).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp | Self::Sctp | Self::Other => 5060,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }
}

impl FromStr for Via {
    type Err = ParseViaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(&Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl PartialEq for Via {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Via {}

impl fmt::Display for Via {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.text))
    }
}

impl fmt::Debug for Via {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

type ViaParts<'a> = (&'a [u8], &'a [u8], Option<u16>, &'a [u8], Option<&'a [u8]>);

/// Reads `sent-protocol LWS sent-by *( SEMI via-params )`.
///
/// Spaces are allowed around slashes, the colon, semicolons and equal signs, as RFC 3261 section 25.1 has them.
fn via(input: &[u8]) -> Parsed<'_, ViaParts<'_>> {
    // Name and version are tokens (RFC 3261 section 25.1): a request of a later version must be answerable.
    let slash = || separator(b'/', Expected::SentProtocol);
    let usual = input.strip_prefix(b"SIP/2.0/").map(token).and_then(Result::ok);
    let protocol = match usual {
        Some(read) => Ok(read),
        None => (sws, token, slash(), token, slash(), token)
            .map(|(_, _, _, _, _, transport)| transport)
            .parse(input),
    };
    let (rest, transport) = protocol.map_err(|_| Miss::err(input, Expected::SentProtocol))?;
    if rest.first().is_none_or(|&byte| !is_lws(byte)) {
        return Err(Miss::err(rest, Expected::Host));
    }
    let (rest, ()) = sws(rest)?;
    let (rest, host) = host::host(rest)?;
    let (rest, port) = match separator(b':', Expected::Port)(rest) {
        Ok((after, ())) => host::port(after).map(|(rest, port)| (rest, Some(port)))?,
        Err(_) => (rest, None),
    };
    let (rest, (params, branch)) = params_noting("branch", rest)?;
    Ok((rest, (transport, host, port, params, branch)))
}
