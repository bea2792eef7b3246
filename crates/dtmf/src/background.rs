//! What sounds below the keys all the time: dial tone, hum.

use crate::correlator::HOP_F32;

/// The low frequencies that were there before: dial tone, hum.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Background {
    /// Energies of 20 ms each, the newest last
    blocks: [f32; BACKGROUND_BLOCKS],
    energy: f32,
    hops: u8,
}

impl Background {
    pub(crate) const fn new() -> Self {
        Self { blocks: [0.0; BACKGROUND_BLOCKS], energy: 0.0, hops: 0 }
    }

    pub(crate) fn add(&mut self, energy: f32) {
        self.energy += energy.max(0.0);
        self.hops += 1;
        if self.hops == BACKGROUND_HOPS {
            self.blocks.rotate_left(1);
            if let Some(newest) = self.blocks.last_mut() {
                *newest = self.energy;
            }
            (self.energy, self.hops) = (0.0, 0);
        }
    }

    /// Returns the power of what was there, steadily, before the window that is looked at.
    ///
    /// A dial tone is steady for long; a vowel is not, and keeps its witness against a key.
    pub(crate) fn steady_power(&self) -> f32 {
        let [earlier @ .., _, _] = &self.blocks;
        let least = earlier.iter().copied().fold(f32::INFINITY, f32::min);
        let most = earlier.iter().copied().fold(0.0, f32::max);
        if most > STEADY * least {
            return 0.0;
        }
        STEADY * least / f32::from(BACKGROUND_HOPS) / HOP_F32
    }
}

/// The blocks of a steady background differ by less: 50 and 60 Hz, 350 with 440 Hz do.
const STEADY: f32 = 1.5;
/// Hops in a block of background
const BACKGROUND_HOPS: u8 = 4;
/// 300 ms
const BACKGROUND_BLOCKS: usize = 15;

#[cfg(test)]
mod tests {
    use super::*;

    /// The power after a second of hops with these energies.
    fn power(energy: impl Fn(u32) -> f32) -> f32 {
        let mut background = Background::new();
        (0..200).for_each(|hop| background.add(energy(hop)));
        background.steady_power()
    }

    #[test]
    fn what_is_steady_is_told_with_some_margin() {
        let power = power(|hop| if hop % 2 == 0 { 3.5 } else { 4.5 });
        assert!((power - 0.15).abs() < 1e-6, "{power}");
    }

    #[test]
    fn what_comes_and_goes_is_not_steady() {
        assert!(power(|hop| if hop % 40 < 20 { 4.0 } else { 1.0 }) < f32::EPSILON);
        assert!(Background::new().steady_power() < f32::EPSILON);
    }
}
