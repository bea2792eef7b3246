//! The hash algorithms of digest authentication.

use std::fmt;

use md5::Md5;
use sha2::{Sha256, Sha512_256};
use zeroize::Zeroize;

/// An algorithm of digest authentication (RFC 7616 section 3.2, RFC 8760 section 2.1).
///
/// The variants with `Sess` hash the secret once more with the first nonce and client nonce of an
/// authentication session (RFC 7616 section 3.4.2). They need no other [`Ha1`](super::Ha1) than
/// those without.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// `MD5`: weak, and the only one that every desk phone knows.
    #[default]
    Md5,
    /// `MD5-sess`.
    Md5Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-256-sess`.
    Sha256Sess,
    /// `SHA-512-256`.
    Sha512_256,
    /// `SHA-512-256-sess`.
    Sha512_256Sess,
}

impl Algorithm {
    /// All algorithms, the strongest first.
    pub const ALL: [Self; 6] = [
        Self::Sha512_256,
        Self::Sha512_256Sess,
        Self::Sha256,
        Self::Sha256Sess,
        Self::Md5,
        Self::Md5Sess,
    ];

    /// The algorithms without a session variant: those of which a secret is made.
    pub const PLAIN: [Self; 3] = [Self::Sha512_256, Self::Sha256, Self::Md5];

    /// Returns the algorithm that the `algorithm` parameter names, in any case.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.token().eq_ignore_ascii_case(token))
    }

    /// Returns the value of the `algorithm` parameter.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512_256 => "SHA-512-256",
            Self::Sha512_256Sess => "SHA-512-256-sess",
        }
    }

    /// Returns the same hash without the session variant.
    #[must_use]
    pub const fn plain(self) -> Self {
        match self {
            Self::Md5 | Self::Md5Sess => Self::Md5,
            Self::Sha256 | Self::Sha256Sess => Self::Sha256,
            Self::Sha512_256 | Self::Sha512_256Sess => Self::Sha512_256,
        }
    }

    /// Returns whether this is a session variant.
    #[must_use]
    pub const fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess | Self::Sha512_256Sess)
    }

    /// Returns how many bytes a hash has.
    #[must_use]
    pub const fn hash_len(self) -> usize {
        match self {
            Self::Md5 | Self::Md5Sess => 16,
            Self::Sha256 | Self::Sha256Sess | Self::Sha512_256 | Self::Sha512_256Sess => 32,
        }
    }

    /// Returns how hard it is to break, to be compared.
    pub(super) const fn strength(self) -> u8 {
        match self {
            Self::Md5 | Self::Md5Sess => 0,
            Self::Sha256 | Self::Sha256Sess => 1,
            Self::Sha512_256 | Self::Sha512_256Sess => 2,
        }
    }

    /// Returns the hash of `parts` joined by colons.
    pub(super) fn hash(self, parts: &[&[u8]]) -> Hex {
        fn run<D: sha2::Digest>(parts: &[&[u8]]) -> Hex {
            let mut hash = D::new();
            for (position, part) in parts.iter().enumerate() {
                if position > 0 {
                    hash.update(b":");
                }
                hash.update(part);
            }
            let mut octets = hash.finalize();
            let digits = Hex::of(&octets);
            octets.as_mut_slice().zeroize();
            digits
        }
        match self.plain() {
            Self::Sha256 | Self::Sha256Sess => run::<Sha256>(parts),
            Self::Sha512_256 | Self::Sha512_256Sess => run::<Sha512_256>(parts),
            Self::Md5 | Self::Md5Sess => run::<Md5>(parts),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}

/// A hash in lower-case hexadecimal, which is what is hashed again and what is sent. It lies on
/// the stack: a request is judged without asking for memory.
#[derive(Clone)]
pub(super) struct Hex {
    digits: [u8; Self::MAX_LEN],
    len: usize,
}

impl Hex {
    /// The digits of the longest hash.
    const MAX_LEN: usize = 64;

    /// Prints the first 32 octets of a hash; none of ours has more.
    pub(super) fn of(octets: &[u8]) -> Self {
        let mut digits = [b'0'; Self::MAX_LEN];
        for (pair, octet) in digits.chunks_exact_mut(2).zip(octets) {
            if let [high, low] = pair {
                (*high, *low) = (digit(octet >> 4), digit(octet & 0xf));
            }
        }
        Self { digits, len: (2 * octets.len()).min(Self::MAX_LEN) }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl Zeroize for Hex {
    fn zeroize(&mut self) {
        self.digits.zeroize();
    }
}

fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_named_in_any_case() {
        assert_eq!(Algorithm::from_token("sha-256"), Some(Algorithm::Sha256));
        assert_eq!(Algorithm::from_token("md5-SESS"), Some(Algorithm::Md5Sess));
        assert_eq!(Algorithm::from_token("SHA256"), None);
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_token(algorithm.token()), Some(algorithm));
            assert_eq!(algorithm.plain().plain(), algorithm.plain());
            assert_eq!(algorithm.is_session(), algorithm.plain() != algorithm);
            assert_eq!(algorithm.hash(&[b"a"]).as_bytes().len(), 2 * algorithm.hash_len());
        }
    }

    #[test]
    fn all_begins_with_the_strongest() {
        assert!(Algorithm::ALL.is_sorted_by(|one, next| one.strength() >= next.strength()));
    }

    #[test]
    fn hashes_are_printed_in_lower_case() {
        assert_eq!(Hex::of(&[0x00, 0x9a, 0xbf, 0xff]).as_str(), "009abfff");
        assert_eq!(Algorithm::Md5.hash(&[]).as_str(), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
