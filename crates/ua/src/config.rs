//! What an endpoint is told at its start.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use core::time::Duration;

use crate::{
    Algorithm, Carrier, Ha1, NotifierConfig, RegistrarConfig,
    digest::{AuthenticatorConfig, GuessLimits, Qop, UriRule},
    transaction::Timers,
};

/// The settings of an [`Endpoint`](crate::Endpoint).
///
/// ```
/// use centrala_ua::{Algorithm, EndpointConfig, Ha1, Trunk, User};
///
/// let mut config = EndpointConfig::new("192.0.2.10:5060".parse()?);
/// config.realm = "office".to_owned();
/// let secret = Ha1::new(Algorithm::Md5, "101", &config.realm, "correct horse");
/// config.users.insert("101".to_owned(), User::new(vec![secret]));
/// config.trunks.push(Trunk::new("telco", ["198.51.100.7".parse()?]));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct EndpointConfig {
    /// Our sockets. A [`Flow`](crate::Flow) names them by their place.
    pub interfaces: Vec<Interface>,
    /// What stands in User-Agent and Server.
    pub user_agent: String,
    /// The realm of our challenges, for which the secrets of the users were made.
    pub realm: String,
    /// The algorithms of our challenges, the preferred one first, one challenge each (RFC 8760
    /// section 2.3). The default is MD5 alone: phones in the field (baresip 1.0.0, `SIPp` 3.6.1) give
    /// up at a challenge with an algorithm that they do not know, even if one that they know
    /// follows.
    pub algorithms: Vec<Algorithm>,
    /// The qualities of protection of our challenges. The default is `auth` alone: with `auth-int`
    /// everything on the way that repairs an address in a body makes the request worthless.
    pub qualities: Vec<Qop>,
    /// Which Request-URIs credentials are good for.
    pub digest_uris: UriRule,
    /// How long a nonce of ours may be used.
    pub nonce_lifetime: Duration,
    /// The base values of all transaction timers.
    pub timers: Timers,
    /// How long bindings live.
    pub registrar: RegistrarConfig,
    /// How long subscriptions live, and what telephones are told that do not subscribe.
    pub notifier: NotifierConfig,
    /// Who may register and call, by user name.
    pub users: BTreeMap<String, User>,
    /// Who is trusted by address.
    pub trunks: Vec<Trunk>,
    /// What becomes of requests from everybody else.
    pub strangers: Strangers,
    /// How much is allowed at once.
    pub limits: Limits,
}

impl EndpointConfig {
    /// Returns the settings of an endpoint that is reached at `advertised` by UDP and knows nobody.
    #[must_use]
    pub fn new(advertised: SocketAddr) -> Self {
        Self {
            interfaces: vec![Interface::new(Carrier::Udp, advertised)],
            user_agent: concat!("Centrala/", env!("CARGO_PKG_VERSION")).to_owned(),
            realm: "centrala".to_owned(),
            algorithms: vec![Algorithm::Md5],
            qualities: vec![Qop::Auth],
            digest_uris: UriRule::default(),
            nonce_lifetime: Duration::from_secs(300),
            timers: Timers::default(),
            registrar: RegistrarConfig::default(),
            notifier: NotifierConfig::default(),
            users: BTreeMap::new(),
            trunks: Vec::new(),
            strangers: Strangers::Challenge,
            limits: Limits::default(),
        }
    }

    /// Returns what concerns passwords.
    pub(crate) fn authenticator(&self) -> AuthenticatorConfig {
        let mut config = AuthenticatorConfig::new(self.realm.clone());
        config.algorithms.clone_from(&self.algorithms);
        config.qualities.clone_from(&self.qualities);
        config.uris = self.digest_uris;
        config.nonce_lifetime = self.nonce_lifetime;
        config.nonces = self.limits.nonces;
        config.guesses = self.limits.guesses.clone();
        config
    }
}

/// One of our sockets, as others see it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its transport.
    pub carrier: Carrier,
    /// What stands in Via and Contact: the address at which others reach us.
    pub advertised: SocketAddr,
}

impl Interface {
    /// Returns a socket.
    #[must_use]
    pub const fn new(carrier: Carrier, advertised: SocketAddr) -> Self {
        Self { carrier, advertised }
    }
}

/// Somebody with a password.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct User {
    /// What is kept of the password: one for each algorithm that the user's phones may choose.
    pub secrets: Vec<Ha1>,
}

impl User {
    /// Returns a user.
    #[must_use]
    pub const fn new(secrets: Vec<Ha1>) -> Self {
        Self { secrets }
    }

    /// Returns whether another user has the same secrets.
    pub(crate) fn has_secrets_of(&self, other: &Self) -> bool {
        let of = |user: &Self| -> Vec<_> {
            let secrets = user.secrets.iter();
            secrets.map(|secret| (secret.algorithm(), secret.to_hex().to_owned())).collect()
        };
        of(self) == of(other)
    }

    /// Returns the secret that was made with an algorithm.
    pub(crate) fn secret(&self, algorithm: Algorithm) -> Option<&Ha1> {
        self.secrets.iter().find(|secret| secret.algorithm() == algorithm.plain())
    }
}

/// A line to elsewhere, known by its addresses. Requests from there are trusted as they are.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// The name by which [`Source::Trunk`](crate::Source::Trunk) tells it.
    pub name: String,
    /// Where its requests come from.
    pub addresses: Vec<TrunkAddress>,
}

impl Trunk {
    /// Returns a trunk.
    pub fn new(name: impl Into<String>, addresses: impl IntoIterator<Item = TrunkAddress>) -> Self {
        Self { name: name.into(), addresses: addresses.into_iter().collect() }
    }

    /// Returns whether requests from `source` are the trunk's.
    #[must_use]
    pub fn is_at(&self, source: SocketAddr) -> bool {
        self.addresses.iter().any(|address| match address {
            TrunkAddress::Host(ip) => ip.to_canonical() == source.ip().to_canonical(),
            TrunkAddress::Network { address, prefix } => {
                begins_alike(*address, source.ip(), *prefix)
            }
            TrunkAddress::Exact(exact) => {
                exact.port() == source.port()
                    && exact.ip().to_canonical() == source.ip().to_canonical()
            }
        })
    }
}

/// An address of a trunk.
#[expect(clippy::exhaustive_enums, reason = "a UDP source has an address and a port")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkAddress {
    /// Any port of a host.
    Host(IpAddr),
    /// Any port of all hosts whose address begins with the same bits.
    Network {
        /// One of them.
        address: IpAddr,
        /// How many bits; more than an address has are all.
        prefix: u8,
    },
    /// One port of a host.
    Exact(SocketAddr),
}

/// Returns whether two addresses of the same family have the same first `prefix` bits.
fn begins_alike(one: IpAddr, other: IpAddr, prefix: u8) -> bool {
    let prefix = u32::from(prefix);
    match (one.to_canonical(), other.to_canonical()) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            (one.to_bits() ^ other.to_bits()).leading_zeros() >= prefix.min(32)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            (one.to_bits() ^ other.to_bits()).leading_zeros() >= prefix.min(128)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// Reads `198.51.100.7` or `198.51.100.7:5060`, IPv6 likewise.
impl std::str::FromStr for TrunkAddress {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Host).or_else(|_| text.parse().map(Self::Exact))
    }
}

/// What becomes of requests that come neither from a user nor from a trunk.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strangers {
    /// They are challenged before anything else is looked at, and so learn nothing.
    Challenge,
    /// They may call: right for a phone, wrong for a PBX.
    Admit,
}

/// How much is allowed at once. What goes beyond is refused with 503 and Retry-After.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls that come in and begin in a second; `None` takes all that there is time for.
    pub calls_per_second: Option<u32>,
    /// Calls, those included that end.
    pub calls: usize,
    /// Transactions, those included that only absorb retransmissions.
    pub transactions: usize,
    /// Used nonces that are remembered.
    pub nonces: usize,
    /// Wrong passwords.
    pub guesses: GuessLimits,
    /// Dialogs that one INVITE of ours may make by forking.
    pub forks: usize,
    /// What Retry-After says at least when something is full, and at most twice of it: those who were refused together
    /// should not come back together.
    pub retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls_per_second: None,
            calls: 10_000,
            transactions: 100_000,
            nonces: 20_000,
            guesses: GuessLimits::default(),
            forks: 16,
            retry_after: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_is_known_by_its_address() {
        let trunk = Trunk::new(
            "telco",
            ["198.51.100.7", "[2001:db8::1]:5060"].map(|text| text.parse().unwrap()),
        );
        let is_at = |source: &str| trunk.is_at(source.parse().unwrap());
        assert!(is_at("198.51.100.7:5060"));
        assert!(is_at("[::ffff:198.51.100.7]:999"));
        assert!(is_at("[2001:db8::1]:5060"));
        assert!(!is_at("[2001:db8::1]:5061"));
        assert!(!is_at("198.51.100.8:5060"));
    }

    #[test]
    fn a_trunk_may_be_a_network() {
        let mut trunk = Trunk::new("telco", []);
        trunk
            .addresses
            .push(TrunkAddress::Network { address: "203.0.113.128".parse().unwrap(), prefix: 25 });
        assert!(trunk.is_at("203.0.113.255:5060".parse().unwrap()));
        assert!(!trunk.is_at("203.0.113.127:5060".parse().unwrap()));
        assert!(!trunk.is_at("[2001:db8::1]:5060".parse().unwrap()));
    }
}
