//! The server's side: who is it?

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use centrala_sip::{AuthParty, HeaderName, Request};
use centrala_time::Timestamp;
use core::time::Duration;
use subtle::ConstantTimeEq;

use super::{
    Algorithm, Claim, Ha1, Qop, UriRule,
    algorithm::Hex,
    claim::{Presented, Reading},
    guesses::{GuessLimits, Guesses},
    nonces::{NonceVerdict, Nonces},
    quote,
};
use crate::keyed_hash::KeyedHash;

/// Challenges requests and judges their credentials.
///
/// It knows no users: the secret is looked up by the caller, at once with
/// [`authenticate`](Self::authenticate), or between [`claim`](Self::claim) and
/// [`judge`](Self::judge) if it comes from a slow place. A user that does not exist costs the same
/// work as one with a wrong password, and gets the same answer.
pub struct Authenticator {
    config: AuthenticatorConfig,
    nonces: Nonces,
    guesses: Guesses,
    /// Names the users, and makes the secrets of those that do not exist.
    hash: KeyedHash,
}

/// What an [`Authenticator`] asks for.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorConfig {
    /// Whether we are a server (401) or a proxy (407).
    pub party: AuthParty,
    /// The realm, for which the secrets were made.
    pub realm: String,
    /// The algorithms, the preferred one first; one challenge each (RFC 8760 section 2.3).
    pub algorithms: Vec<Algorithm>,
    /// The qualities of protection that are offered and accepted. With [`Qop::Auth`] among them, or
    /// with none, clients of RFC 2069 are borne, who know no `qop`: each of their requests needs a
    /// nonce of its own.
    pub qualities: Vec<Qop>,
    /// How long a nonce may be used.
    pub nonce_lifetime: Duration,
    /// Used nonces that are remembered. When there are more, the oldest counts as stale.
    pub nonces: usize,
    /// Which Request-URIs credentials are good for.
    pub uris: UriRule,
    /// How many wrong passwords are too many.
    pub guesses: GuessLimits,
}

impl AuthenticatorConfig {
    /// Returns the settings of a server that asks for MD5 with `auth`, which every phone knows.
    pub fn new(realm: impl Into<String>) -> Self {
        Self {
            party: AuthParty::Server,
            realm: realm.into(),
            algorithms: vec![Algorithm::Md5],
            qualities: vec![Qop::Auth],
            nonce_lifetime: Duration::from_secs(300),
            nonces: 20_000,
            uris: UriRule::default(),
            guesses: GuessLimits::default(),
        }
    }
}

/// What the credentials of a request are worth.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are this user's.
    Accepted(String),
    /// There are none for us, or they are wrong: to be challenged.
    Challenge,
    /// Their nonce is not ours (any more), or was used: to be challenged. Whether they are right
    /// otherwise is not said.
    Stale,
    /// They are for another Request-URI: 400 (RFC 7616 section 3.4.6).
    WrongUri,
    /// Not judged: their source, or the sources that try this user, have guessed too often. 403.
    LockedOut,
}

impl Authenticator {
    /// Returns an authenticator. Its nonces follow from `key`: it must be unpredictable, and
    /// another one at each start, because the nonces that were used are forgotten.
    #[must_use]
    pub fn new(config: AuthenticatorConfig, key: [u8; 32]) -> Self {
        let root = KeyedHash::new(&key);
        Self {
            nonces: Nonces::new(config.nonce_lifetime, config.nonces, &root.of(&[b"nonces"])),
            guesses: Guesses::new(config.guesses.clone()),
            hash: KeyedHash::new(&root.of(&[b"users"])),
            config,
        }
    }

    /// Judges a request from `source`. `secret` finds what is kept of a user's password, made with
    /// an algorithm.
    pub fn authenticate<'s>(
        &mut self,
        request: &Request,
        secret: impl FnOnce(&str, Algorithm) -> Option<&'s Ha1>,
        source: SocketAddr,
        now: Timestamp,
    ) -> Verdict {
        match self.claim(request, source, now) {
            Ok(claim) => {
                let secret = secret(claim.user(), claim.algorithm());
                self.judge(&claim, secret, now)
            }
            Err(verdict) => verdict,
        }
    }

    /// Reads what a request from `source` says about who sends it.
    ///
    /// # Errors
    ///
    /// What it is worth, if no secret can change that: never [`Verdict::Accepted`].
    pub fn claim(
        &self,
        request: &Request,
        source: SocketAddr,
        now: Timestamp,
    ) -> Result<Claim, Verdict> {
        let asked = (&*self.config.algorithms, &*self.config.qualities);
        for credentials in request.credentials().flatten() {
            if credentials.party() != self.config.party || !credentials.is_digest() {
                continue;
            }
            match Reading::of(&credentials, &self.config.realm, asked) {
                Reading::Foreign => {}
                Reading::Unfit => break,
                // The first one only: more would be more guesses for the price of one.
                Reading::Fit(presented) => return self.check(&presented, request, source, now),
            }
        }
        Err(Verdict::Challenge)
    }

    /// Judges a claim. `secret` is what is kept of the user's password, made with
    /// [`Claim::algorithm`]; `None` if there is no such user.
    pub fn judge(&mut self, claim: &Claim, secret: Option<&Ha1>, now: Timestamp) -> Verdict {
        // Others may have failed since the claim was made.
        if self.guesses.is_locked_out(claim.id, claim.source, now) {
            return Verdict::LockedOut;
        }
        let secret = secret.filter(|secret| secret.algorithm() == claim.algorithm());
        if !self.is_right(claim, secret) {
            self.guesses.note_failure(claim.id, claim.source, mark(&claim.response), now);
            return if self.guesses.is_locked_out(claim.id, claim.source, now) {
                Verdict::LockedOut
            } else {
                Verdict::Challenge
            };
        }
        let first_cnonce = claim.algorithm.is_session().then(|| claim.cnonce());
        match self.nonces.redeem(claim.issue, claim.how, first_cnonce, now) {
            NonceVerdict::Fresh => {
                self.guesses.note_success(claim.id, claim.source, now);
                Verdict::Accepted(claim.user.clone())
            }
            NonceVerdict::Stale => Verdict::Stale,
        }
    }

    /// Returns the challenges that answer a request from `client` after a verdict, the preferred
    /// one first.
    pub fn challenges(
        &mut self,
        verdict: &Verdict,
        client: IpAddr,
        now: Timestamp,
    ) -> Vec<(HeaderName, String)> {
        let nonce = self.nonces.issue(client, now);
        let stale = if *verdict == Verdict::Stale { ", stale=true" } else { "" };
        let realm = quote(&self.config.realm);
        let qualities: Vec<_> = self.config.qualities.iter().map(|qop| qop.token()).collect();
        let qop = match qualities.is_empty() {
            true => String::new(),
            false => format!(", qop=\"{}\"", qualities.join(",")),
        };
        let name = self.config.party.challenge_header();
        let print = |algorithm: &Algorithm| {
            format!("Digest realm={realm}, nonce=\"{nonce}\", algorithm={algorithm}{qop}{stale}")
        };
        self.config.algorithms.iter().map(|one| (name.clone(), print(one))).collect()
    }

    /// Makes a claim of what was presented.
    fn check(
        &self,
        presented: &Presented<'_>,
        request: &Request,
        source: SocketAddr,
        now: Timestamp,
    ) -> Result<Claim, Verdict> {
        // Without a nonce of ours nothing is judged: who asks so learns nothing, and cannot be
        // wrong in the name of somebody else's address.
        let issue = self.nonces.read(presented.nonce, source.ip(), now).ok_or(Verdict::Stale)?;
        if !self.config.uris.admits(presented.uri, request) {
            return Err(Verdict::WrongUri);
        }
        let hash = self.hash.of(&[presented.user.as_bytes()]);
        let claim = presented.claim(request, (issue, hash), source);
        if self.guesses.is_locked_out(claim.id, source, now) {
            return Err(Verdict::LockedOut);
        }
        Ok(claim)
    }

    fn is_right(&self, claim: &Claim, secret: Option<&Ha1>) -> bool {
        let decoy = Hex::of(claim.decoy.get(..claim.algorithm.hash_len()).unwrap_or_default());
        let ha1 = secret.map_or(decoy.as_bytes(), |secret| secret.to_hex().as_bytes());
        let is_proved_by = |first_cnonce: &[u8]| -> bool {
            let expected = claim.proof(first_cnonce).response(ha1, &claim.ha2);
            expected.as_bytes().ct_eq(&claim.response).into()
        };
        let mut is_right = is_proved_by(claim.cnonce());
        // Some take the first client nonce of a session for its whole length, as RFC 7616
        // section 3.4.2 says, others the latest.
        if claim.algorithm.is_session()
            && let Some(first) = self.nonces.first_cnonce(claim.issue)
        {
            is_right |= is_proved_by(first);
        }
        is_right & secret.is_some()
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Returns the beginning of a response, which tells guesses apart.
fn mark(response: &[u8]) -> u64 {
    let digits = response.get(..16).and_then(|digits| str::from_utf8(digits).ok());
    digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
