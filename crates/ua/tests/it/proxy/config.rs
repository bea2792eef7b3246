//! What a proxy is told.

use std::{collections::BTreeMap, net::SocketAddr};

use core::time::Duration;

/// What a proxy does with requests.
#[derive(Clone, Debug)]
pub(crate) struct ProxyConfig {
    pub(crate) address: SocketAddr,
    /// Asks for the password of this realm before it forwards an INVITE that makes a dialog.
    pub(crate) realm: Option<&'static str>,
    /// Stays in the way of the dialogs.
    pub(crate) records_route: bool,
    /// Who is where, by the user part of the Request-URI. Several places are tried at once.
    pub(crate) places: BTreeMap<String, Vec<SocketAddr>>,
    /// Where everybody else is.
    pub(crate) next_hop: Option<SocketAddr>,
    /// Answers 302 instead of forwarding.
    pub(crate) redirects: bool,
    /// Exchanges these texts in session descriptions, there and back, as a gateway between networks does.
    pub(crate) translates: Option<(&'static str, &'static str)>,
    /// Keeps the offer of an INVITE back, and gives it as the answer in the ACK: what third-party call control does.
    pub(crate) delays_offers: bool,
    /// How long a called telephone may ring (timer C).
    pub(crate) patience: Duration,
}

impl ProxyConfig {
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: address.parse().unwrap(),
            realm: None,
            records_route: true,
            places: BTreeMap::new(),
            next_hop: None,
            redirects: false,
            translates: None,
            delays_offers: false,
            patience: Duration::from_secs(180),
        }
    }

    pub(crate) fn place(mut self, user: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.places.insert(user.to_owned(), addresses);
        self
    }
}
