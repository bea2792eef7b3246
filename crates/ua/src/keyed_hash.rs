//! A hash that only the owner of a key can compute.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The HMAC-SHA-256 of RFC 2104. The two blocks that depend on the key alone are hashed once.
#[derive(Clone)]
pub(crate) struct KeyedHash {
    inner: Sha256,
    outer: Sha256,
}

impl KeyedHash {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let begin = |byte: u8| {
            let mut block = [byte; 64];
            block.iter_mut().zip(key).for_each(|(block, key)| *block ^= key);
            Sha256::new_with_prefix(block)
        };
        Self { inner: begin(0x36), outer: begin(0x5c) }
    }

    pub(crate) fn of(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut inner = self.inner.clone();
        parts.iter().for_each(|part| inner.update(part));
        let mut outer = self.outer.clone();
        outer.update(inner.finalize());
        outer.finalize().into()
    }
}

/// Shows nothing: the states follow from the key.
impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedHash").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::hex;

    #[test]
    fn the_keyed_hash_is_that_of_rfc_4231() {
        // Test case 1: twenty bytes 0x0b, filled up with zeros as RFC 2104 does.
        let mut key = [0_u8; 32];
        key.iter_mut().take(20).for_each(|byte| *byte = 0x0b);
        assert_eq!(
            hex(&KeyedHash::new(&key).of(&[b"Hi ", b"There"])),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }
}
