//! The hash algorithms of digest authentication and the secrets they make.

use std::fmt;

use md5::Md5;
use sha2::{Sha256, Sha512_256};

use crate::generator::hex;

/// A hash algorithm of digest authentication (RFC 7616 section 3.2, RFC 8760 section 2.1).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// `MD5`: weak, and the only one that every desk phone knows.
    #[default]
    Md5,
    /// `SHA-256`.
    Sha256,
    /// `SHA-512-256`.
    Sha512_256,
}

impl Algorithm {
    /// All algorithms, the strongest first.
    pub const ALL: [Self; 3] = [Self::Sha512_256, Self::Sha256, Self::Md5];

    /// Returns the algorithm that the `algorithm` parameter names, in any case; the session
    /// variants (`-sess`) are not supported.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.token().eq_ignore_ascii_case(token))
    }

    /// Returns the value of the `algorithm` parameter.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512_256 => "SHA-512-256",
        }
    }

    /// Returns how many bytes a hash has.
    #[must_use]
    pub const fn hash_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha256 | Self::Sha512_256 => 32,
        }
    }

    /// Returns the hash of `parts` joined by colons.
    pub(crate) fn hash(self, parts: &[&[u8]]) -> Vec<u8> {
        fn run<D: sha2::Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hash = D::new();
            for (position, part) in parts.iter().enumerate() {
                if position > 0 {
                    hash.update(b":");
                }
                hash.update(part);
            }
            hash.finalize().to_vec()
        }
        match self {
            Self::Md5 => run::<Md5>(parts),
            Self::Sha256 => run::<Sha256>(parts),
            Self::Sha512_256 => run::<Sha512_256>(parts),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}

/// What a password is kept as: the hash of user name, realm and password (`H(A1)` of RFC 7616
/// section 3.4.2). As good as the password for this realm, so it is never printed.
#[derive(Clone)]
pub struct Ha1 {
    algorithm: Algorithm,
    /// In hexadecimal, as the response is computed from it.
    text: String,
}

impl Ha1 {
    /// Returns what remains of `password`.
    #[must_use]
    pub fn new(algorithm: Algorithm, user: &str, realm: &str, password: &str) -> Self {
        let hash = algorithm.hash(&[user.as_bytes(), realm.as_bytes(), password.as_bytes()]);
        Self { algorithm, text: hex(&hash) }
    }

    /// Reads what [`to_hex`](Self::to_hex) wrote.
    ///
    /// # Errors
    ///
    /// If `text` is not as many hexadecimal digits as the algorithm makes.
    pub fn from_hex(algorithm: Algorithm, text: &str) -> Result<Self, ParseHa1Error> {
        let expected = 2 * algorithm.hash_len();
        if text.len() != expected {
            return Err(ParseHa1Error::Length { expected });
        }
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ParseHa1Error::NotHexadecimal);
        }
        Ok(Self { algorithm, text: text.to_ascii_lowercase() })
    }

    /// Returns the algorithm that made it.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the hash in hexadecimal, to be kept in a safe place.
    #[must_use]
    pub fn to_hex(&self) -> &str {
        &self.text
    }

    /// Returns the `response` parameter of RFC 7616 section 3.4.1.
    pub(crate) fn response(&self, request: &DigestInput<'_>) -> String {
        let hash = |parts: &[&[u8]]| hex(&self.algorithm.hash(parts));
        let ha1 = self.text.as_bytes();
        let ha2 = hash(&[request.method.as_bytes(), request.uri]);
        match &request.quality {
            Some(quality) => hash(&[
                ha1,
                request.nonce,
                quality.count.as_bytes(),
                quality.cnonce,
                b"auth",
                ha2.as_bytes(),
            ]),
            None => hash(&[ha1, request.nonce, ha2.as_bytes()]),
        }
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ha1").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// What the response is computed from, beside the secret. The URI is raw: what was sent is what
/// is hashed, in its very bytes.
pub(crate) struct DigestInput<'a> {
    pub(crate) method: &'a str,
    pub(crate) uri: &'a [u8],
    pub(crate) nonce: &'a [u8],
    /// `None` for clients of RFC 2069 that know no `qop`.
    pub(crate) quality: Option<Quality<'a>>,
}

/// The parameters that come with `qop=auth`.
pub(crate) struct Quality<'a> {
    /// The nonce count as it stands in the header: eight hexadecimal digits.
    pub(crate) count: &'a str,
    pub(crate) cnonce: &'a [u8],
}

/// Why a text is not an [`Ha1`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseHa1Error {
    /// Not as long as the algorithm makes it.
    #[error("a hash of this algorithm has {expected} hexadecimal digits")]
    Length {
        /// The number of digits that it should have.
        expected: usize,
    },
    /// Contains something else than hexadecimal digits.
    #[error("not hexadecimal")]
    NotHexadecimal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(algorithm: Algorithm, expected: &str) {
        // The example of RFC 7616 section 3.9.1.
        let ha1 = Ha1::new(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life");
        let response = ha1.response(&DigestInput {
            method: "GET",
            uri: b"/dir/index.html",
            nonce: b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            quality: Some(Quality {
                count: "00000001",
                cnonce: b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            }),
        });
        assert_eq!(response, expected);
    }

    #[test]
    fn the_responses_are_those_of_rfc_7616() {
        check(Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec");
        check(
            Algorithm::Sha256,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        );
    }

    #[test]
    fn a_client_without_quality_is_answered_as_rfc_2069_says() {
        // The example of RFC 2617 section 3.5, reduced to the older formula.
        let ha1 = Ha1::new(Algorithm::Md5, "Mufasa", "testrealm@host.com", "Circle Of Life");
        let nonce = b"dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let input = DigestInput { method: "GET", uri: b"/dir/index.html", nonce, quality: None };
        assert_eq!(ha1.to_hex(), "939e7578ed9e3c518a452acee763bce9");
        assert_eq!(ha1.response(&input), "670fd8c2df070c60b045671b8b24ff02");
    }

    #[test]
    fn a_stored_hash_is_read_back_or_refused() {
        let ha1 = Ha1::new(Algorithm::Sha512_256, "101", "office", "secret");
        let again = Ha1::from_hex(Algorithm::Sha512_256, &ha1.to_hex().to_uppercase());
        assert_eq!(again.map(|again| again.to_hex().to_owned()), Ok(ha1.to_hex().to_owned()));
        assert_eq!(
            Ha1::from_hex(Algorithm::Md5, "abc").err(),
            Some(ParseHa1Error::Length { expected: 32 })
        );
        assert_eq!(
            Ha1::from_hex(Algorithm::Md5, &"g".repeat(32)).err(),
            Some(ParseHa1Error::NotHexadecimal)
        );
    }

    #[test]
    fn a_hash_is_not_printed() {
        let ha1 = Ha1::new(Algorithm::Md5, "101", "office", "secret");
        assert_eq!(format!("{ha1:?}"), "Ha1 { algorithm: Md5, .. }");
    }

    #[test]
    fn algorithms_are_named_in_any_case() {
        assert_eq!(Algorithm::from_token("sha-256"), Some(Algorithm::Sha256));
        assert_eq!(Algorithm::from_token("MD5-sess"), None);
    }
}
