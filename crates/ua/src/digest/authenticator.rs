//! The server's side: who is it?

use std::{borrow::Cow, collections::BTreeMap, net::IpAddr};

use centrala_sip::{AuthParty, Credentials, Request};
use centrala_time::Timestamp;
use subtle::ConstantTimeEq;

use super::{
    Algorithm, Ha1,
    lockout::Lockout,
    nonces::{NonceVerdict, Nonces},
    proof::{Proof, Quality, ha2},
    quote,
};
use crate::{
    EndpointConfig, User,
    generator::{Generator, hex, keyed_hash},
};

/// Challenges requests and judges their credentials.
pub(crate) struct Authenticator {
    realm: String,
    algorithms: Vec<Algorithm>,
    nonces: Nonces,
    lockout: Lockout,
    /// Makes the secrets of users that do not exist.
    decoy_key: [u8; 32],
}

/// What the credentials of a request are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They are this user's.
    Accepted(String),
    /// There are none, or they are wrong.
    Challenge,
    /// They are right but for the nonce.
    Stale,
    /// The source has guessed too often.
    LockedOut,
}

/// The digest parameters of a request.
struct Presented<'a> {
    user: Cow<'a, str>,
    nonce: Cow<'a, str>,
    uri: Cow<'a, str>,
    response: Cow<'a, str>,
    algorithm: Algorithm,
    /// `cnonce` and `nc`, as it stands there and as a number; `None` without `qop`.
    quality: Option<(Cow<'a, str>, Cow<'a, str>, u32)>,
}

impl Authenticator {
    pub(crate) fn new(config: &EndpointConfig, generator: &mut Generator) -> Self {
        let limits = &config.limits;
        Self {
            realm: config.realm.clone(),
            algorithms: config.algorithms.clone(),
            nonces: Nonces::new(config.nonce_lifetime, limits.nonces, generator),
            lockout: Lockout::new(limits.failures, limits.lockout, limits.suspects),
            decoy_key: generator.key(),
        }
    }

    /// Judges a request. A user that does not exist costs the same work as one with a wrong
    /// password, and gets the same answer.
    pub(crate) fn judge(
        &mut self,
        request: &Request,
        users: &BTreeMap<String, User>,
        source: IpAddr,
        now: Timestamp,
    ) -> Verdict {
        let mut ours = request.credentials().flatten().filter(|credentials| {
            credentials.party() == AuthParty::Server
                && credentials.is_digest()
                && credentials.param("realm").is_some_and(|realm| realm == self.realm.as_str())
        });
        let Some(credentials) = ours.next() else { return Verdict::Challenge };
        if self.lockout.remaining(source, now).is_some() {
            return Verdict::LockedOut;
        }
        let presented = self.read(&credentials);
        let Some(presented) =
            presented.filter(|presented| self.is_right(presented, request, users))
        else {
            self.lockout.note(source, now);
            return match self.lockout.remaining(source, now) {
                Some(_) => Verdict::LockedOut,
                None => Verdict::Challenge,
            };
        };
        // Without `qop` there is no count, and a nonce is good for one request.
        let count = presented.quality.as_ref().map_or(1, |(_, _, count)| *count);
        match self.nonces.redeem(presented.nonce.as_bytes(), count, now) {
            NonceVerdict::Fresh => Verdict::Accepted(presented.user.into_owned()),
            NonceVerdict::Stale => Verdict::Stale,
        }
    }

    /// Returns the values of WWW-Authenticate, the preferred one first.
    pub(crate) fn challenges(
        &self,
        stale: bool,
        generator: &mut Generator,
        now: Timestamp,
    ) -> Vec<String> {
        let nonce = self.nonces.issue(generator, now);
        let stale = if stale { ", stale=true" } else { "" };
        let realm = quote(&self.realm);
        self.algorithms
            .iter()
            .map(|algorithm| {
                format!(
                    "Digest realm={realm}, nonce=\"{nonce}\", algorithm={algorithm}, \
                     qop=\"auth\"{stale}"
                )
            })
            .collect()
    }

    /// Reads what we can verify; `None` is answered like a wrong password.
    fn read<'a>(&self, credentials: &'a Credentials) -> Option<Presented<'a>> {
        let algorithm = match credentials.param("algorithm") {
            Some(token) => Algorithm::from_token(&token)?,
            None => Algorithm::Md5,
        };
        let quality = match credentials.param("qop") {
            Some(quality) if quality.eq_ignore_ascii_case("auth") => {
                let count = credentials.param("nc")?;
                let number = u32::from_str_radix(&count, 16).ok()?;
                Some((credentials.param("cnonce")?, count, number))
            }
            Some(_) => return None,
            None => None,
        };
        self.algorithms.contains(&algorithm).then_some(())?;
        Some(Presented {
            user: credentials.param("username")?,
            nonce: credentials.param("nonce")?,
            uri: credentials.param("uri")?,
            response: credentials.param("response")?,
            algorithm,
            quality,
        })
    }

    fn is_right(
        &self,
        presented: &Presented<'_>,
        request: &Request,
        users: &BTreeMap<String, User>,
    ) -> bool {
        let decoy = self.decoy(presented);
        let secret = users.get(&*presented.user).and_then(|user| {
            user.secrets.iter().find(|secret| secret.algorithm() == presented.algorithm.plain())
        });
        let quality = presented.quality.as_ref();
        let algorithm = presented.algorithm;
        let ha2 = ha2(algorithm, request.method().as_str(), presented.uri.as_bytes(), None);
        let expected = Proof {
            algorithm,
            nonce: presented.nonce.as_bytes(),
            quality: quality.map(|(cnonce, count, _)| Quality {
                qop: b"auth",
                count: count.as_bytes(),
                cnonce: cnonce.as_bytes(),
            }),
            first_cnonce: quality.map_or(&[], |(cnonce, _, _)| cnonce.as_bytes()),
        }
        .response(secret.unwrap_or(&decoy).to_hex().as_bytes(), &ha2);
        let given = presented.response.to_ascii_lowercase();
        let equal: bool = expected.as_bytes().ct_eq(given.as_bytes()).into();
        equal & secret.is_some()
    }

    /// Returns a secret that nobody has, always the same for a name.
    fn decoy(&self, presented: &Presented<'_>) -> Ha1 {
        let hash = keyed_hash(&self.decoy_key, &[presented.user.as_bytes()]);
        let text = hex(hash.get(..presented.algorithm.hash_len()).unwrap_or_default());
        Ha1::from_hex(presented.algorithm, &text)
            .unwrap_or_else(|_| Ha1::new(presented.algorithm, "", "", ""))
    }
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").field("realm", &self.realm).finish_non_exhaustive()
    }
}
