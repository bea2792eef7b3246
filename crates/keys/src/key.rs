//! The sixteen keys of ITU-T Q.23 and their codes.

use core::fmt;

/// A key of a telephone: ten digits, `*`, `#` and the four letters of ITU-T Q.23.
///
/// The numeric value is the event code of RFC 4733 section 3.2.
#[expect(clippy::exhaustive_enums, reason = "ITU-T Q.23 has sixteen keys and no more")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Key {
    /// `0`
    Zero = 0,
    /// `1`
    One = 1,
    /// `2`
    Two = 2,
    /// `3`
    Three = 3,
    /// `4`
    Four = 4,
    /// `5`
    Five = 5,
    /// `6`
    Six = 6,
    /// `7`
    Seven = 7,
    /// `8`
    Eight = 8,
    /// `9`
    Nine = 9,
    /// `*`
    Star = 10,
    /// `#`, which the ITU calls the square
    Pound = 11,
    /// `A`, on no ordinary telephone
    A = 12,
    /// `B`, on no ordinary telephone
    B = 13,
    /// `C`, on no ordinary telephone
    C = 14,
    /// `D`, on no ordinary telephone
    D = 15,
}

impl Key {
    /// All sixteen keys in the order of their event codes.
    pub const ALL: [Self; 16] = [
        Self::Zero,
        Self::One,
        Self::Two,
        Self::Three,
        Self::Four,
        Self::Five,
        Self::Six,
        Self::Seven,
        Self::Eight,
        Self::Nine,
        Self::Star,
        Self::Pound,
        Self::A,
        Self::B,
        Self::C,
        Self::D,
    ];

    /// Returns the key written as `c`: `0` to `9`, `*`, `#`, `A` to `D` in either case.
    #[must_use]
    pub fn from_char(c: char) -> Option<Self> {
        let position = "0123456789*#ABCD".find(c.to_ascii_uppercase())?;
        Self::ALL.get(position).copied()
    }

    /// Returns the key of an RFC 4733 event code (0 to 15).
    #[must_use]
    pub fn from_event(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Returns the event code of RFC 4733 section 3.2.
    #[must_use]
    pub const fn event(self) -> u8 {
        self as u8
    }

    /// Returns the character that stands for this key.
    #[must_use]
    pub const fn to_char(self) -> char {
        match self {
            Self::Zero => '0',
            Self::One => '1',
            Self::Two => '2',
            Self::Three => '3',
            Self::Four => '4',
            Self::Five => '5',
            Self::Six => '6',
            Self::Seven => '7',
            Self::Eight => '8',
            Self::Nine => '9',
            Self::Star => '*',
            Self::Pound => '#',
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::D => 'D',
        }
    }

    /// Returns whether this is one of `0` to `9`.
    #[must_use]
    pub const fn is_digit(self) -> bool {
        self.event() <= 9
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_char())
    }
}

/// A set of keys.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeySet(u16);

impl KeySet {
    /// No key.
    pub const EMPTY: Self = Self(0);
    /// `0` to `9`.
    pub const DIGITS: Self = Self(0x03ff);

    /// Returns this set with `key` in it.
    #[must_use]
    pub const fn with(self, key: Key) -> Self {
        Self(self.0 | 1 << key.event())
    }

    /// Returns the keys that are in this set or in `other`.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the keys that are in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns whether `key` is in this set.
    #[must_use]
    pub const fn contains(self, key: Key) -> bool {
        self.0 & (1 << key.event()) != 0
    }

    /// Returns whether no key is in this set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the keys of this set in the order of their event codes.
    pub fn iter(self) -> impl Iterator<Item = Key> {
        Key::ALL.into_iter().filter(move |&key| self.contains(key))
    }
}

impl FromIterator<Key> for KeySet {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        keys.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_survives_its_character_and_its_event_code() {
        for key in Key::ALL {
            assert_eq!(Key::from_char(key.to_char()), Some(key));
            assert_eq!(Key::from_event(key.event()), Some(key));
        }
        assert_eq!(Key::from_char('d'), Some(Key::D));
        for c in ['e', ' ', '+', 'ł', '\0'] {
            assert_eq!(Key::from_char(c), None, "{c:?}");
        }
        assert_eq!(Key::from_event(16), None);
    }

    #[test]
    fn a_key_set_holds_what_was_put_in() {
        let set = KeySet::from_iter([Key::Star, Key::One, Key::One]);
        assert!(set.iter().eq([Key::One, Key::Star]));
        assert!(!set.contains(Key::Zero));
        assert_eq!(set.intersection(KeySet::DIGITS), KeySet::EMPTY.with(Key::One));
        assert!(KeySet::DIGITS.iter().all(Key::is_digit));
    }
}
