//! The client's side: answers to the challenges of one server.

use std::net::IpAddr;

use centrala_sip::{AuthParty, EditHeaderError, Request, Response};
use subtle::ConstantTimeEq;

use super::{Credentials, proof::ha2};
use crate::generator::Generator;

mod known;
mod offer;

use known::Known;
use offer::Offer;

/// Answers the challenges to the requests of one call or registration, and signs later requests
/// without being asked.
///
/// A session is for one server, known by its address: challenges from elsewhere are not
/// answered, and requests that go elsewhere are not signed. Each of its credentials is for one
/// realm; so a challenge that a callee sends through the proxy gets nothing. Once a strong
/// algorithm was accepted, a challenge with a weaker one, or without `qop`, is not answered any
/// more.
#[derive(Debug)]
pub struct Session {
    server: IpAddr,
    credentials: Vec<Credentials>,
    known: Vec<Known>,
    generator: Generator,
    /// Challenges since a request was last served.
    row: u8,
}

/// Whether a server has proved that it knows the password, too (RFC 7616 section 3.5).
#[expect(clippy::exhaustive_enums, reason = "there is no fourth answer")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerProof {
    /// It said nothing, or nothing about the last request; most do not.
    Absent,
    /// It has.
    Right,
    /// What it said is wrong: somebody else answers. The nonce that he offers is not taken.
    Wrong,
}

/// Challenges in a row after which nothing helps: two proxies and a server, each of which may find
/// its nonce stale in between.
const MAX_ROW: u8 = 6;
/// Challenges that are looked at in one response.
const MAX_CHALLENGES: usize = 16;

impl Session {
    /// Returns a session with the server at an address that knows nothing yet; `key` makes its
    /// client nonces and must be unpredictable.
    pub fn new(
        credentials: impl IntoIterator<Item = Credentials>,
        server: IpAddr,
        key: [u8; 32],
    ) -> Self {
        let mut credentials: Vec<_> = credentials.into_iter().collect();
        credentials.iter_mut().for_each(Credentials::settle);
        let generator = Generator::new(key);
        Self { server: server.to_canonical(), credentials, known: Vec::new(), generator, row: 0 }
    }

    /// Goes on with another server of the same service, if it is another. Challenges are
    /// forgotten, for what was proved to one server is nothing to another; realms are not.
    pub fn redirect(&mut self, server: IpAddr) {
        let server = server.to_canonical();
        if server != self.server {
            (self.server, self.row) = (server, 0);
            self.known.clear();
        }
    }

    /// Takes the challenges of a 401 or 407 that came from `source`. Returns whether it is worth
    /// to send the request again.
    pub fn handle_challenge(&mut self, response: &Response, source: IpAddr) -> bool {
        self.row = self.row.saturating_add(1);
        if self.row > MAX_ROW || source.to_canonical() != self.server {
            return false;
        }
        let mut is_worth = false;
        for offer in self.best_offers(response) {
            is_worth |= self.take(offer);
        }
        is_worth
    }

    /// Takes any other final response to a request that was signed: the next nonce, if there is one
    /// (RFC 7616 section 3.5). Only what our server says counts.
    pub fn handle_success(&mut self, response: &Response, source: IpAddr) -> ServerProof {
        self.row = 0;
        if source.to_canonical() != self.server {
            return ServerProof::Absent;
        }
        let mut proof = ServerProof::Absent;
        for known in &mut self.known {
            let info = response.authentication_info(known.party()).ok();
            let told = info.as_ref().map_or(ServerProof::Absent, |info| {
                let Some(digest) = info.response_digest() else { return ServerProof::Absent };
                let Some(expected) = known.expected_proof(info, &response.body()) else {
                    return ServerProof::Absent;
                };
                let given = digest.to_ascii_lowercase();
                if expected.as_bytes().ct_eq(given.as_bytes()).into() {
                    ServerProof::Right
                } else {
                    ServerProof::Wrong
                }
            });
            if told != ServerProof::Wrong {
                known.handle_success(response.status().is_success(), info.as_ref());
            }
            proof = match (proof, told) {
                (ServerProof::Wrong, _) | (_, ServerProof::Wrong) => ServerProof::Wrong,
                (ServerProof::Right, _) | (_, ServerProof::Right) => ServerProof::Right,
                (ServerProof::Absent, ServerProof::Absent) => ServerProof::Absent,
            };
        }
        proof
    }

    /// Replaces the credentials of a request that is otherwise complete and goes to `destination`.
    /// It has none afterwards if that is not our server, or if the server has not asked yet.
    ///
    /// # Errors
    ///
    /// If what the server sent us cannot stand in a request.
    pub fn sign(
        &mut self,
        request: &mut Request,
        destination: IpAddr,
    ) -> Result<(), EditHeaderError> {
        for party in [AuthParty::Server, AuthParty::Proxy] {
            request.remove(&party.credentials_header());
        }
        if destination.to_canonical() != self.server {
            return Ok(());
        }
        let body = request.body();
        for known in &mut self.known {
            let (method, uri) = (request.method().as_str(), request.uri().as_str());
            let hashed_body = known.covers_body().then_some(&*body);
            let ha2 = ha2(known.algorithm(), method, uri.as_bytes(), hashed_body);
            let value = known.answer(uri, &ha2, || self.generator.token());
            request.append(&known.party().credentials_header(), value)?;
        }
        Ok(())
    }

    /// Returns the challenges that can be answered, the best one of each realm.
    fn best_offers(&self, response: &Response) -> Vec<Offer> {
        let mut best: Vec<Offer> = Vec::new();
        for challenge in response.challenges().flatten().take(MAX_CHALLENGES) {
            let Some(offer) = Offer::read(&challenge).filter(|offer| self.is_for_us(offer)) else {
                continue;
            };
            match best.iter_mut().find(|other| other.is_of_same_realm(&offer)) {
                // RFC 8760 section 2.4 lets the server choose by its order. That is part of what
                // an attacker would forge, so strength goes first.
                Some(other) if offer.algorithm.strength() > other.algorithm.strength() => {
                    *other = offer;
                }
                Some(_) => {}
                None => best.push(offer),
            }
        }
        best
    }

    fn is_for_us(&self, offer: &Offer) -> bool {
        self.credentials.iter().any(|one| one.is_for(&offer.realm) && one.has(offer.algorithm))
    }

    fn take(&mut self, offer: Offer) -> bool {
        if let Some(known) = self.known.iter_mut().find(|known| known.is_of(&offer)) {
            let algorithm = offer.algorithm;
            let secret = self.credentials.iter().filter(|one| one.is_for(&offer.realm));
            let Some(ha1) = secret.flat_map(|one| one.ha1(algorithm)).next() else { return false };
            return known.renew(offer, ha1);
        }
        // Those for this very realm go before those for any.
        let position = |exact: bool| {
            self.credentials.iter().position(|one| {
                one.realm.is_some() == exact && one.is_for(&offer.realm) && one.has(offer.algorithm)
            })
        };
        let Some(position) = position(true).or_else(|| position(false)) else { return false };
        let Some(credentials) = self.credentials.get_mut(position) else { return false };
        credentials.realm = Some(offer.realm.clone());
        credentials.settle();
        let Some(ha1) = credentials.ha1(offer.algorithm) else { return false };
        self.known.push(Known::new(offer, &credentials.user, ha1.clone()));
        true
    }
}

#[cfg(test)]
mod tests;
