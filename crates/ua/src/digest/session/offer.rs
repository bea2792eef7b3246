//! A challenge that we can read.

use centrala_sip::{AuthParty, Challenge};

use crate::digest::{Algorithm, Qop, raw};

/// A Digest challenge, as far as we understand it.
pub(super) struct Offer {
    pub(super) party: AuthParty,
    pub(super) realm: String,
    /// As it was written, without the quotes.
    pub(super) nonce: String,
    /// Likewise.
    pub(super) opaque: Option<String>,
    pub(super) algorithm: Algorithm,
    /// `None` if the server knows RFC 2069 only.
    pub(super) qop: Option<Qop>,
    pub(super) is_stale: bool,
}

/// The longest nonce or opaque value that is sent back: it goes into every request.
const MAX_ECHO_LEN: usize = 1_024;

impl Offer {
    /// Reads a challenge; `None` if it wants something that we do not know.
    ///
    /// `userhash` is not understood: the name goes out in clear, which RFC 7616 section 3.4.4
    /// allows. `charset` is not needed: names and passwords are UTF-8.
    pub(super) fn read(challenge: &Challenge) -> Option<Self> {
        if !challenge.is_digest() {
            return None;
        }
        let algorithm = match challenge.param("algorithm") {
            Some(token) => Algorithm::from_token(&token)?,
            None => Algorithm::Md5,
        };
        let qop = match challenge.param("qop") {
            Some(options) => Some(choose(&options)?),
            None => None,
        };
        // The session variants need a client nonce, which comes with `qop` only.
        if algorithm.is_session() && qop.is_none() {
            return None;
        }
        let opaque = match challenge.raw_param("opaque") {
            Some(opaque) => Some(Self::echo(opaque)?),
            None => None,
        };
        let is_stale = challenge.param("stale").is_some_and(|it| it.eq_ignore_ascii_case("true"));
        Some(Self {
            party: challenge.party(),
            realm: challenge.param("realm").filter(|it| it.len() <= MAX_ECHO_LEN)?.into_owned(),
            nonce: Self::echo(challenge.raw_param("nonce")?)?,
            opaque,
            algorithm,
            qop,
            is_stale,
        })
    }

    /// Returns a value as it will be sent back, without the quotes; `None` if it cannot be.
    pub(super) fn echo(value: &[u8]) -> Option<String> {
        let text = str::from_utf8(raw(value)).ok()?;
        let is_fit = text.len() <= MAX_ECHO_LEN && !text.contains(char::is_control);
        is_fit.then(|| text.to_owned())
    }

    pub(super) fn is_of_same_realm(&self, other: &Self) -> bool {
        self.party == other.party && self.realm == other.realm
    }
}

/// Chooses `auth`, and `auth-int` if there is nothing else: a proxy or a gateway on the way that
/// repairs an address in the body would break it.
fn choose(options: &str) -> Option<Qop> {
    options.split(',').filter_map(|option| Qop::from_token(option.trim())).min()
}
