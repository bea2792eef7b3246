//! Strings of keys.

use alloc::vec::Vec;
use core::{fmt, ops::Deref, str::FromStr};

use crate::Key;

/// Keys in the order in which they were pressed.
///
/// What a caller keys may be a PIN: `Debug` tells how many keys there are and keeps them to itself.
/// Print a dialled number on purpose, with `Display`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits(Vec<Key>);

impl Digits {
    /// Returns an empty string of keys.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends a key.
    pub fn push(&mut self, key: Key) {
        self.0.push(key);
    }

    /// Removes and returns the first `count` keys, or all if there are fewer.
    #[must_use]
    pub fn split_front(&mut self, count: usize) -> Self {
        let rest = self.0.split_off(count.min(self.0.len()));
        Self(core::mem::replace(&mut self.0, rest))
    }

    /// Forgets all keys.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl Deref for Digits {
    type Target = [Key];

    fn deref(&self) -> &[Key] {
        &self.0
    }
}

impl FromIterator<Key> for Digits {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl FromStr for Digits {
    type Err = ParseDigitsError;

    fn from_str(text: &str) -> Result<Self, ParseDigitsError> {
        text.char_indices()
            .map(|(at, c)| Key::from_char(c).ok_or(ParseDigitsError { at, found: c }))
            .collect::<Result<Vec<_>, _>>()
            .map(Self)
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|key| key.fmt(f))
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({} keys)", self.0.len())
    }
}

/// A character that is on no telephone.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} at offset {at} is not a telephone key (0-9, *, #, A-D)")]
pub struct ParseDigitsError {
    /// Where it stands, in bytes from the start.
    pub at: usize,
    /// What stands there.
    pub found: char,
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    #[test]
    fn digits_print_as_they_were_dialled_and_debug_keeps_them_secret() {
        let digits: Digits = "101*#".parse().unwrap();
        assert_eq!(digits.to_string(), "101*#");
        assert_eq!(format!("{digits:?}"), "Digits(5 keys)");
    }

    #[test]
    fn a_character_that_is_no_key_is_refused_with_its_place() {
        let error = "10é1".parse::<Digits>().unwrap_err();
        assert_eq!(error, ParseDigitsError { at: 2, found: 'é' });
    }

    #[test]
    fn the_front_can_be_split_off() {
        let mut digits: Digits = "12345".parse().unwrap();
        assert_eq!(digits.split_front(2).to_string(), "12");
        assert_eq!(digits.to_string(), "345");
        assert_eq!(digits.split_front(9).to_string(), "345");
        assert!(digits.is_empty());
    }
}
