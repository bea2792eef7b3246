//! A sine that runs for ever without drifting.

use crate::frequencies::SAMPLE_RATE;
use crate::math::sin_cos;

/// A sine wave of amplitude 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oscillator {
    /// A turn is 2^32
    phase: u32,
    step: u32,
}

impl Oscillator {
    /// Starts at phase 0; frequencies above half the sample rate fold back.
    pub(crate) const fn new(hz: f64) -> Self {
        #![expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "float casts saturate"
        )]
        let turns = hz / SAMPLE_RATE as f64;
        Self { phase: 0, step: (turns * 4_294_967_296.0) as u32 }
    }

    pub(crate) fn next(&mut self) -> f64 {
        let [index, ..] = self.phase.to_be_bytes();
        let between = f64::from(self.phase & 0x00ff_ffff) / 16_777_216.0;
        self.phase = self.phase.wrapping_add(self.step);
        let at = |index: u8| TABLE.get(usize::from(index)).copied().unwrap_or(0.0);
        let (left, right) = (at(index), at(index.wrapping_add(1)));
        // The chord lies within the arc: stretch it halfway, the rest is 90 dB down.
        (left + (right - left) * between) * STRETCH
    }
}

/// One turn in 256 steps
static TABLE: [f64; 256] = table();

/// The mean of the arc over its chord, for a step of a 256th of a turn
const STRETCH: f64 = 1.000_050_2;

const fn table() -> [f64; 256] {
    #![expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    let mut table = [0.0; 256];
    let mut index = 0;
    while index < table.len() {
        #[expect(clippy::cast_precision_loss, reason = "256 steps")]
        let angle = core::f64::consts::TAU * index as f64 / 256.0;
        (table[index], _) = sin_cos(angle);
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_sine_even_after_an_hour() {
        let mut oscillator = Oscillator::new(1_000.0);
        let hour = 3_600 * SAMPLE_RATE;
        oscillator.phase = oscillator.phase.wrapping_add(oscillator.step.wrapping_mul(hour));
        for n in 0..80 {
            let expected = (core::f64::consts::TAU * f64::from(n) / 8.0).sin();
            let sample = oscillator.next();
            assert!((sample - expected).abs() < 1e-4, "{n}: {sample} {expected}");
        }
    }
}
