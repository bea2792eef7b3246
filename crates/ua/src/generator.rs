//! Unpredictable values from a seed: tags, branches, Call-IDs, nonces.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Produces values that nobody can guess who does not know the seed: SHA-256 of key and counter.
///
/// The same seed gives the same values, so a run can be repeated; a shell seeds it from the
/// operating system.
pub(crate) struct Generator {
    key: [u8; 32],
    counter: u64,
}

impl Generator {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self { key: seed, counter: 0 }
    }

    /// Returns a key of its own for another purpose.
    pub(crate) fn key(&mut self) -> [u8; 32] {
        self.counter += 1;
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(self.counter.to_be_bytes());
        hash.finalize().into()
    }

    /// Returns 64 unpredictable bits.
    pub(crate) fn number(&mut self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.key();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// Returns a number below `bound`, or zero if there is none.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.number().checked_rem(bound).unwrap_or(0)
    }

    /// Returns a token of 96 unpredictable bits; RFC 3261 section 19.3 asks for 32 in a tag.
    pub(crate) fn token(&mut self) -> String {
        let key = self.key();
        hex(key.first_chunk::<12>().map_or(&[], |chunk| chunk.as_slice()))
    }

    /// Returns a branch with the magic cookie of RFC 3261 section 8.1.1.7.
    pub(crate) fn branch(&mut self) -> String {
        format!("{MAGIC_COOKIE}{}", self.token())
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").finish_non_exhaustive()
    }
}

/// What every branch of an RFC 3261 element begins with (section 8.1.1.7).
pub(crate) const MAGIC_COOKIE: &str = "z9hG4bK";

/// Returns `bytes` in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_repeats_and_two_seeds_differ() {
        let tokens = |seed: u8| {
            let mut generator = Generator::new([seed; 32]);
            (0..50).map(|_| generator.token()).collect::<Vec<_>>()
        };
        assert_eq!(tokens(1), tokens(1));
        let all: BTreeSet<_> = tokens(1).into_iter().chain(tokens(2)).collect();
        assert_eq!(all.len(), 100, "no token comes twice");
        assert!(all.iter().all(|token| token.len() == 24));
    }

    #[test]
    fn the_seed_is_not_printed() {
        assert_eq!(format!("{:?}", Generator::new([7; 32])), "Generator { .. }");
    }
}
