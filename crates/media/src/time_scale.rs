//! The same voice, faster or slower.

/// Changes how fast somebody speaks, and not how high.
///
/// Pieces of 20 ms are taken from the sound a little closer together, or further apart, than they are played, each from the
/// place nearby that fits best to what was played before (waveform similarity overlap-add). Feed sound as long as
/// [`needed`](Self::needed) says so, and [`pull`](Self::pull) what is to be heard.
///
/// ```
/// use centrala_media::TimeScale;
///
/// let mut scale = TimeScale::new(150);
/// let (mut fed, mut heard) = (0, 0);
/// while heard < 8_000 {
///     while scale.needed() > 0 {
///         scale.handle_samples(&[100; 160]);
///         fed += 160;
///     }
///     let mut samples = [0; 160];
///     heard += scale.pull(&mut samples);
/// }
/// assert!((12_000..12_600).contains(&fed), "a second and a half in a second");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeScale {
    percent: usize,
    input: Vec<i16>,
    /// Where the next piece would be taken, in hundredths of a sample.
    at: usize,
    /// What follows what was played last.
    next: usize,
}

/// The slowest and the fastest that is to be understood, in percent.
pub const SPEEDS: std::ops::RangeInclusive<u16> = 50..=200;

impl TimeScale {
    /// Returns a scale of so many percent of the natural speed; what is not in [`SPEEDS`] is taken for the nearest.
    #[must_use]
    pub fn new(percent: u16) -> Self {
        let percent = usize::from(percent.clamp(*SPEEDS.start(), *SPEEDS.end()));
        Self { percent, input: Vec::with_capacity(CAPACITY), at: SEARCH * 100, next: 0 }
    }

    /// Returns how many samples have to be fed before the next ones can be pulled.
    #[must_use]
    pub fn needed(&self) -> usize {
        let last = (self.at / 100 + SEARCH).max(self.next) + HOP;
        last.saturating_sub(self.input.len())
    }

    /// Takes sound.
    pub fn handle_samples(&mut self, samples: &[i16]) {
        self.input.extend_from_slice(samples);
    }

    /// Fills `samples`, as far as what was fed lasts; returns how many.
    ///
    /// What was fed lasts for 80 of them, the length of a step, whenever nothing is [needed](Self::needed).
    pub fn pull(&mut self, samples: &mut [i16]) -> usize {
        let mut filled = 0;
        for step in samples.chunks_exact_mut(HOP) {
            if self.needed() > 0 {
                break;
            }
            self.step(step);
            filled += HOP;
        }
        filled
    }

    fn step(&mut self, samples: &mut [i16]) {
        let from = self.best();
        let fading = self.input.get(self.next..).unwrap_or_default();
        let rising = self.input.get(from..).unwrap_or_default();
        for (((sample, fading), rising), place) in
            samples.iter_mut().zip(fading).zip(rising).zip(0..)
        {
            let mixed = i32::from(*fading) * (HOP_SIGNED - place) + i32::from(*rising) * place;
            *sample = i16::try_from(mixed / HOP_SIGNED).unwrap_or(0);
        }
        self.next = from + HOP;
        self.at += HOP * self.percent;
        let passed = self.next.min(self.at / 100 - SEARCH).min(self.input.len());
        self.input.drain(..passed);
        self.next -= passed;
        self.at -= passed * 100;
    }

    /// Returns where the sound is most like what follows what was played.
    fn best(&self) -> usize {
        let wanted = self.input.get(self.next..self.next + HOP).unwrap_or_default();
        let middle = self.at / 100;
        let places = middle.saturating_sub(SEARCH)..=middle + SEARCH;
        let likeness = |place: &usize| {
            let there = self.input.get(*place..*place + HOP).unwrap_or_default();
            let (mut product, mut energy) = (0_i64, 1_i64);
            for (one, other) in wanted.iter().zip(there) {
                product += i64::from(*one) * i64::from(*other);
                energy += i64::from(*other) * i64::from(*other);
            }
            // The square of the correlation, with its sign, in parts of 2^24 of the energy there.
            let scaled = i128::from(product) * i128::from(product.abs()) / i128::from(energy);
            (scaled, std::cmp::Reverse(place.abs_diff(middle)))
        };
        places.max_by_key(likeness).unwrap_or(middle)
    }
}

/// A step: 10 ms.
const HOP: usize = 80;
const HOP_SIGNED: i32 = 80;
/// How far from its place a piece may be taken: 7.5 ms, the longest period of a voice.
const SEARCH: usize = 60;
/// More than is ever held: the widest place of a piece, and a packet of 60 ms.
const CAPACITY: usize = 1_024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::level::{rms_dbm0, tests::assert_near, tests::sine, tone_dbm0};

    fn scaled(percent: u16, sound: &[i16]) -> Vec<i16> {
        let mut scale = TimeScale::new(percent);
        let mut heard = Vec::new();
        for piece in sound.chunks(160) {
            scale.handle_samples(piece);
            let mut samples = [0; 80];
            while scale.pull(&mut samples) == 80 {
                heard.extend(samples);
            }
        }
        heard
    }

    #[test]
    fn it_lasts_as_long_as_it_should_and_is_as_high_and_as_loud_as_before() {
        for hz in [140.0, 440.0, 1_000.0] {
            let sound = sine(hz, -13.0, 8_000, 32_000);
            for percent in [50, 75, 100, 125, 150, 200] {
                let heard = scaled(percent, &sound);
                let expected = 32_000 * 100 / usize::from(percent);
                assert!(heard.len().abs_diff(expected) < 800, "{percent} %: {}", heard.len());
                let middle = &heard[1_600..heard.len() - 1_600];
                assert_near(rms_dbm0(middle), -13.0, 0.5);
                // All of it is at that frequency: nothing is higher or lower than before.
                let loudest = middle.chunks_exact(800).map(|part| tone_dbm0(part, 8_000, hz));
                assert!(loudest.fold(f64::INFINITY, f64::min) > -14.5, "{percent} % of {hz} Hz");
            }
        }
    }

    #[test]
    fn there_is_no_click_in_it() {
        let sound = sine(200.0, -10.0, 8_000, 16_000);
        let steps = |samples: &[i16]| {
            samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap()
        };
        for percent in [60, 130, 180] {
            let heard = scaled(percent, &sound);
            assert!(steps(&heard[160..]) < steps(&sound) * 3 / 2, "{percent} %");
        }
    }

    proptest! {
        #[test]
        fn any_sound_at_any_speed_needs_no_more_than_it_says(
            percent in any::<u16>(), sound in proptest::collection::vec(any::<i16>(), 0..4_000),
            cut in 1..700_usize,
        ) {
            let mut scale = TimeScale::new(percent);
            for piece in sound.chunks(cut) {
                scale.handle_samples(piece);
                let mut samples = [0; 80];
                while scale.needed() == 0 {
                    prop_assert_eq!(scale.pull(&mut samples), 80);
                }
                prop_assert_eq!(scale.pull(&mut samples), 0);
                prop_assert!(scale.input.len() < 2 * CAPACITY);
            }
        }
    }
}
