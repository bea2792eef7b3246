//! The eight frequencies of ITU-T Q.23, and levels.

use centrala_keys::Key;

use crate::math::{log10, pow10};

/// Samples per second: the rate of the telephone network.
pub const SAMPLE_RATE: u32 = 8_000;

/// The low group, top row of the keypad first, in Hz.
pub const LOW_GROUP: [f64; 4] = [697.0, 770.0, 852.0, 941.0];

/// The high group, left column of the keypad first, in Hz.
pub const HIGH_GROUP: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// The level of the largest sine that fits into 16 bits (ITU-T G.711).
#[expect(clippy::approx_constant, reason = "it has nothing to do with circles")]
pub const FULL_SCALE_SINE_DBM0: f64 = 3.14;

/// Returns the two frequencies of a key, the low one first, in Hz.
#[must_use]
pub fn frequencies(key: Key) -> (f64, f64) {
    let place = KEYPAD.iter().position(|&other| other == key).unwrap_or(0);
    let pick = |group: [f64; 4], index: usize| group.into_iter().nth(index).unwrap_or(0.0);
    (pick(LOW_GROUP, place / 4), pick(HIGH_GROUP, place % 4))
}

/// Returns the key at a row and a column of the keypad, each 0 to 3.
pub(crate) fn key_at(row: usize, column: usize) -> Option<Key> {
    if column < 4 { KEYPAD.get(4 * row + column).copied() } else { None }
}

/// Returns the amplitude of a sine of this level, where 1 is full scale.
pub(crate) const fn amplitude(level_dbm0: f64) -> f64 {
    pow10((level_dbm0 - FULL_SCALE_SINE_DBM0) / 20.0)
}

/// Returns the level of a sine of which the square of the amplitude is `square`.
pub(crate) fn level_dbm0(square: f32) -> f32 {
    crate::math::narrow(10.0 * log10(f64::from(square).max(1e-12)) + FULL_SCALE_SINE_DBM0)
}

const KEYPAD: [Key; 16] = [
    Key::One,
    Key::Two,
    Key::Three,
    Key::A,
    Key::Four,
    Key::Five,
    Key::Six,
    Key::B,
    Key::Seven,
    Key::Eight,
    Key::Nine,
    Key::C,
    Key::Star,
    Key::Zero,
    Key::Pound,
    Key::D,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_own_pair() {
        assert_eq!(frequencies(Key::One), (697.0, 1_209.0));
        assert_eq!(frequencies(Key::Zero), (941.0, 1_336.0));
        assert_eq!(frequencies(Key::D), (941.0, 1_633.0));
        for (row, low) in LOW_GROUP.into_iter().enumerate() {
            for (column, high) in HIGH_GROUP.into_iter().enumerate() {
                assert_eq!(frequencies(key_at(row, column).unwrap()), (low, high));
            }
        }
        assert_eq!((key_at(0, 4), key_at(4, 0)), (None, None));
    }

    #[test]
    fn levels_and_amplitudes_agree() {
        assert!((amplitude(FULL_SCALE_SINE_DBM0) - 1.0).abs() < 1e-12);
        for level in [3.0, 0.0, -25.0, -55.0] {
            let square = crate::math::narrow(amplitude(level) * amplitude(level));
            assert!((f64::from(level_dbm0(square)) - level).abs() < 1e-3, "{level}");
        }
    }
}
