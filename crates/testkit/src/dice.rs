//! Chance, by a seed.

use core::{ops::RangeInclusive, time::Duration};

/// A small generator of chance for tests (SplitMix64): fast, seeded, of no use for secrets.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Returns dice whose throws follow from `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Returns the next 64 bits.
    pub const fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Returns a number below `sides`; zero if there are none.
    pub const fn below(&mut self, sides: u64) -> u64 {
        match self.throw().checked_rem(sides) {
            Some(rest) => rest,
            None => 0,
        }
    }

    /// Returns true in `percent` of all throws.
    pub const fn chance(&mut self, percent: u8) -> bool {
        self.below(100) < percent as u64
    }

    /// Returns a duration in `range`, in whole microseconds.
    pub fn duration(&mut self, range: RangeInclusive<Duration>) -> Duration {
        let width = range.end().saturating_sub(*range.start());
        let micros = u64::try_from(width.as_micros()).unwrap_or(u64::MAX - 1);
        *range.start() + Duration::from_micros(self.below(micros.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same() {
        let (mut left, mut right) = (Dice::new(42), Dice::new(42));
        for _ in 0..100 {
            assert_eq!(left.throw(), right.throw());
        }
        assert_ne!(Dice::new(1).throw(), Dice::new(2).throw());
    }

    #[test]
    fn a_chance_of_twenty_percent_comes_true_in_a_fifth_of_the_throws() {
        let mut dice = Dice::new(3);
        let hits = (0..10_000).filter(|_| dice.chance(20)).count();
        assert!((1_900..=2_100).contains(&hits), "{hits} of 10,000");
        assert!((0..1_000).all(|_| !dice.chance(0)));
        assert!((0..1_000).all(|_| dice.chance(100)));
    }

    #[test]
    fn durations_stay_in_their_range() {
        let mut dice = Dice::new(4);
        let range = Duration::from_millis(5)..=Duration::from_millis(6);
        assert!((0..1_000).all(|_| range.contains(&dice.duration(range.clone()))));
        let instant = Duration::from_millis(7)..=Duration::from_millis(7);
        assert_eq!(dice.duration(instant), Duration::from_millis(7));
    }
}
