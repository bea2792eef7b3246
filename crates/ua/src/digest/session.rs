//! The client's side: answers to the challenges of one server.

use centrala_sip::{AuthParty, Challenge, HeaderName, Response, Uri};

use super::{
    Algorithm, Ha1,
    algorithm::{DigestInput, Quality},
    quote,
};
use crate::{Credentials, Secret, generator::Generator};

/// Answers the challenges to the requests of one call or registration, and signs later requests
/// without being asked.
#[derive(Debug)]
pub(crate) struct Session {
    credentials: Credentials,
    /// At most one of a server and one of a proxy.
    known: Vec<Known>,
    /// Challenges in a row.
    tries: u8,
}

/// A challenge that we can answer.
#[derive(Debug)]
struct Known {
    party: AuthParty,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// Whether `qop=auth` is offered.
    quality: bool,
    count: u32,
}

/// Challenges in a row after which the password is taken to be wrong: one that is expected, one
/// because the nonce was stale, one of a proxy in between.
const MAX_TRIES: u8 = 3;

impl Session {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self { credentials, known: Vec::new(), tries: 0 }
    }

    /// Takes the challenges of a 401 or 407. Returns whether it is worth to send the request again.
    pub(crate) fn handle_challenge(&mut self, response: &Response) -> bool {
        self.tries = self.tries.saturating_add(1);
        if self.tries > MAX_TRIES {
            return false;
        }
        let challenge = response.challenges().flatten().find_map(|challenge| self.read(&challenge));
        let Some(challenge) = challenge else { return false };
        let used = self.known.iter().position(|known| known.party == challenge.party);
        if let Some(used) = used.map(|position| self.known.swap_remove(position)) {
            let is_stale = response.challenges().flatten().any(|challenge| {
                challenge.param("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
            });
            // The same nonce again means that the answer was wrong, not the moment.
            let refused = used.nonce == challenge.nonce || self.tries > 1;
            if refused && used.count > 0 && !is_stale {
                return false;
            }
        }
        self.known.push(challenge);
        true
    }

    /// The request was not challenged.
    pub(crate) fn handle_success(&mut self) {
        self.tries = 0;
    }

    /// Returns the headers that sign a request.
    pub(crate) fn sign(
        &mut self,
        method: &str,
        uri: &Uri,
        generator: &mut Generator,
    ) -> Vec<(HeaderName, String)> {
        let credentials = &self.credentials;
        self.known
            .iter_mut()
            .map(|known| {
                let cnonce = generator.token();
                (known.party.credentials_header(), known.answer(credentials, method, uri, &cnonce))
            })
            .collect()
    }

    fn read(&self, challenge: &Challenge) -> Option<Known> {
        if !challenge.is_digest() {
            return None;
        }
        let algorithm = match challenge.param("algorithm") {
            Some(token) => Algorithm::from_token(&token)?,
            None => Algorithm::Md5,
        };
        let realm = challenge.param("realm")?.into_owned();
        if self.credentials.realm.as_ref().is_some_and(|ours| *ours != realm) {
            return None;
        }
        if let Secret::Ha1(ha1) = &self.credentials.secret
            && ha1.algorithm() != algorithm
        {
            return None;
        }
        let quality = match challenge.param("qop") {
            Some(options) => {
                let offered = options.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth"));
                offered.then_some(true)?
            }
            None => false,
        };
        Some(Known {
            party: challenge.party(),
            realm,
            nonce: challenge.param("nonce")?.into_owned(),
            opaque: challenge.param("opaque").map(std::borrow::Cow::into_owned),
            algorithm,
            quality,
            count: 0,
        })
    }
}

impl Known {
    fn answer(
        &mut self,
        credentials: &Credentials,
        method: &str,
        uri: &Uri,
        cnonce: &str,
    ) -> String {
        self.count = self.count.saturating_add(1);
        let made;
        let ha1 = match &credentials.secret {
            Secret::Password(password) => {
                made = Ha1::new(self.algorithm, &credentials.user, &self.realm, password);
                &made
            }
            Secret::Ha1(ha1) => ha1,
        };
        let count = format!("{:08x}", self.count);
        let quality = Quality { count: &count, cnonce: cnonce.as_bytes() };
        let response = ha1.response(&DigestInput {
            method,
            uri: uri.as_str().as_bytes(),
            nonce: self.nonce.as_bytes(),
            quality: self.quality.then_some(quality),
        });
        let mut text = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\", \
             algorithm={}",
            quote(&credentials.user),
            quote(&self.realm),
            quote(&self.nonce),
            quote(uri.as_str()),
            self.algorithm,
        );
        if self.quality {
            text.push_str(&format!(", qop=auth, nc={count}, cnonce=\"{cnonce}\""));
        }
        if let Some(opaque) = &self.opaque {
            text.push_str(&format!(", opaque={}", quote(opaque)));
        }
        text
    }
}

#[cfg(test)]
mod tests;
