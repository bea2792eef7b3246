//! A realm whose challenge we have answered.

use std::{fmt, fmt::Write as _};

use centrala_sip::{AuthParty, AuthenticationInfo};

use super::offer::Offer;
use crate::digest::{
    Algorithm, Ha1, Qop,
    algorithm::Hex,
    proof::{Proof, Quality, ha2},
    quote,
};

/// How we answer one party of one realm.
pub(super) struct Known {
    offer: Offer,
    user: String,
    ha1: Ha1,
    count: u32,
    /// The client nonce of the first answer to this nonce.
    first_cnonce: Option<String>,
    last: Option<Last>,
    /// Nonces since the last success that the server called stale.
    stale: u8,
    /// What was accepted: nothing less will do later.
    accepted: Option<(u8, bool)>,
    /// Whether this nonce was accepted.
    is_proven: bool,
}

/// The last request that was signed.
struct Last {
    uri: String,
    cnonce: String,
    count: u32,
}

/// Nonces in a row that may be stale.
const MAX_STALE: u8 = 2;

impl Known {
    pub(super) fn new(offer: Offer, user: &str, ha1: Ha1) -> Self {
        Self {
            offer,
            user: user.to_owned(),
            ha1,
            count: 0,
            first_cnonce: None,
            last: None,
            stale: 0,
            accepted: None,
            is_proven: false,
        }
    }

    /// Takes another challenge. Returns whether it is worth an answer: not if the last answer was
    /// wrong, and not if it asks for less than what was accepted before.
    pub(super) fn renew(&mut self, offer: Offer, ha1: &Ha1) -> bool {
        let offered = (offer.algorithm.strength(), offer.qop.is_some());
        let is_weaker = self
            .accepted
            .is_some_and(|accepted| offered.0 < accepted.0 || (accepted.1 && !offered.1));
        let is_stale = offer.is_stale && offer.nonce != self.offer.nonce && self.stale < MAX_STALE;
        if is_weaker || !(self.last.is_none() || self.is_proven || is_stale) {
            return false;
        }
        self.stale = if is_stale { self.stale + 1 } else { 0 };
        (self.offer, self.ha1, self.is_proven) = (offer, ha1.clone(), false);
        self.restart();
        true
    }

    /// A request was served. `is_accepted` if by a 2xx: others may come from somebody who did not
    /// look at the credentials.
    pub(super) fn handle_success(&mut self, is_accepted: bool, info: Option<&AuthenticationInfo>) {
        if self.last.is_some() && is_accepted {
            self.stale = 0;
            self.is_proven = true;
            self.accepted = Some((self.offer.algorithm.strength(), self.offer.qop.is_some()));
        }
        let next = info.and_then(|info| info.raw_param("nextnonce")).and_then(Offer::echo);
        if let Some(next) = next {
            self.offer.nonce = next;
            self.restart();
        }
    }

    /// Returns the value of Authorization or Proxy-Authorization.
    pub(super) fn answer(&mut self, uri: &str, ha2: &Hex, draw: impl FnOnce() -> String) -> String {
        self.count = self.count.saturating_add(1);
        // The hash of a session variant holds the first one. To keep it makes no difference to
        // the others, and to servers that take the latest one for the first.
        let cnonce = self.first_cnonce.get_or_insert_with(draw).clone();
        let count = print_count(self.count);
        let response = self.proof(&count, &cnonce).response(self.ha1.to_hex().as_bytes(), ha2);
        let offer = &self.offer;
        let mut text = format!(
            "Digest username={}, realm={}, nonce=\"{}\", uri={}, response=\"{}\", algorithm={}",
            quote(&self.user),
            quote(&offer.realm),
            offer.nonce,
            quote(uri),
            response.as_str(),
            offer.algorithm,
        );
        if let Some(qop) = offer.qop {
            let _ = write!(text, ", qop={qop}, nc={count}, cnonce=\"{cnonce}\"");
        }
        if let Some(opaque) = &offer.opaque {
            let _ = write!(text, ", opaque=\"{opaque}\"");
        }
        self.last = Some(Last { uri: uri.to_owned(), cnonce, count: self.count });
        text
    }

    /// Returns what a server that knows the password answers to the last request; `None` if it
    /// talks about another.
    pub(super) fn expected_proof(&self, info: &AuthenticationInfo, body: &[u8]) -> Option<Hex> {
        let last = self.last.as_ref()?;
        let is_last = info.nonce_count().is_none_or(|count| count == last.count)
            && info.cnonce().is_none_or(|cnonce| cnonce == last.cnonce.as_str());
        let qop = match info.qop() {
            Some(token) => Some(Qop::from_token(&token)?),
            None => self.offer.qop,
        };
        let body = (qop == Some(Qop::AuthInt)).then_some(body);
        let ha2 = ha2(self.offer.algorithm, "", last.uri.as_bytes(), body);
        let count = print_count(last.count);
        let mut proof = self.proof(&count, &last.cnonce);
        if let (Some(quality), Some(qop)) = (&mut proof.quality, qop) {
            quality.qop = qop.token().as_bytes();
        }
        is_last.then(|| proof.response(self.ha1.to_hex().as_bytes(), &ha2))
    }

    pub(super) fn is_of(&self, offer: &Offer) -> bool {
        self.offer.is_of_same_realm(offer)
    }

    pub(super) const fn party(&self) -> AuthParty {
        self.offer.party
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        self.offer.algorithm
    }

    pub(super) fn covers_body(&self) -> bool {
        self.offer.qop == Some(Qop::AuthInt)
    }

    /// Begins anew with another nonce.
    fn restart(&mut self) {
        (self.count, self.first_cnonce, self.last) = (0, None, None);
    }

    fn proof<'a>(&'a self, count: &'a str, cnonce: &'a str) -> Proof<'a> {
        let quality = self.offer.qop.map(|qop| Quality {
            qop: qop.token().as_bytes(),
            count: count.as_bytes(),
            cnonce: cnonce.as_bytes(),
        });
        let first_cnonce = self.first_cnonce.as_deref().unwrap_or(cnonce).as_bytes();
        Proof {
            algorithm: self.offer.algorithm,
            nonce: self.offer.nonce.as_bytes(),
            quality,
            first_cnonce,
        }
    }
}

/// Nonces and client nonces make an intercepted response worth something.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("party", &self.offer.party)
            .field("realm", &self.offer.realm)
            .field("algorithm", &self.offer.algorithm)
            .field("qop", &self.offer.qop)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

fn print_count(count: u32) -> String {
    format!("{count:08x}")
}
