//! What a password is kept as.

use std::fmt;

use zeroize::Zeroizing;

use super::Algorithm;

/// What a password is kept as: the hash of user name, realm and password (`H(A1)` of RFC 7616
/// section 3.4.2). As good as the password for this realm, so it is never printed, and its memory
/// is wiped when it is dropped.
#[derive(Clone)]
pub struct Ha1 {
    algorithm: Algorithm,
    /// In hexadecimal, as the response is computed from it. On the heap, so that moving it leaves
    /// no copy behind.
    digits: Zeroizing<String>,
}

impl Ha1 {
    /// Returns what remains of `password`. The session variant of an algorithm has the same.
    #[must_use]
    pub fn new(algorithm: Algorithm, user: &str, realm: &str, password: &str) -> Self {
        let parts = [user.as_bytes(), realm.as_bytes(), password.as_bytes()];
        let hash = Zeroizing::new(algorithm.hash(&parts));
        Self::keep(algorithm, hash.as_str())
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
        Ok(Self::keep(algorithm, text))
    }

    /// Returns the algorithm that made it, without the session variant.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the hash in hexadecimal, to be kept in a safe place.
    #[must_use]
    pub fn to_hex(&self) -> &str {
        &self.digits
    }

    fn keep(algorithm: Algorithm, text: &str) -> Self {
        let mut digits = Zeroizing::new(text.to_owned());
        digits.make_ascii_lowercase();
        Self { algorithm: algorithm.plain(), digits }
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ha1").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
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

    #[test]
    fn a_stored_hash_is_read_back_or_refused() {
        for algorithm in Algorithm::ALL {
            let ha1 = Ha1::new(algorithm, "101", "office", "secret");
            let again = Ha1::from_hex(algorithm, &ha1.to_hex().to_uppercase()).unwrap();
            assert_eq!(again.to_hex(), ha1.to_hex());
            assert_eq!(again.algorithm(), algorithm.plain());
        }
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
        let ha1 = Ha1::new(Algorithm::Md5Sess, "101", "office", "secret");
        assert_eq!(format!("{ha1:?}"), "Ha1 { algorithm: Md5, .. }");
    }
}
