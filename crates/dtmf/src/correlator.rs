//! The eight frequencies, heard in hops of 5 ms.
//!
//! For each of them the correlation with a sine and a cosine, which is the sum that the algorithm of
//! Goertzel computes; with a table of both all eight run side by side, and the phase is kept, so
//! that hops add up to longer windows.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "all arrays have constant lengths, and so have the loops over them"
)]

use crate::frequencies::{HIGH_GROUP, LOW_GROUP, SAMPLE_RATE};
use crate::math::{narrow, sin_cos};

/// Samples in a hop: 5 ms
pub(crate) const HOP: usize = 40;
pub(crate) const HOP_F32: f32 = 40.0;

/// The eight frequencies, the low group first
pub(crate) const BINS: usize = 8;

/// A vector for each of the frequencies: the real parts, then the imaginary ones
pub(crate) type Vectors = [f32; 2 * BINS];

/// Adds a sample to the correlations of a hop.
#[inline]
pub(crate) fn add_sample(vectors: &mut Vectors, at: usize, sample: f32) {
    let Some(waves) = WAVES.get(at) else { return };
    for (vector, wave) in vectors.iter_mut().zip(waves) {
        *vector += sample * wave;
    }
}

/// Returns the squared length of each vector.
pub(crate) fn powers(vectors: &Vectors) -> [f32; BINS] {
    core::array::from_fn(|bin| {
        let (re, im) = (vectors[bin], vectors[BINS + bin]);
        re * re + im * im
    })
}

/// Returns the vectors of three hops in a row, as if they were one hop of 15 ms.
pub(crate) fn joined(oldest: &Vectors, middle: &Vectors, newest: &Vectors) -> Vectors {
    let mut joined = *oldest;
    for (vectors, turn) in [(middle, &TURNS[0]), (newest, &TURNS[1])] {
        for bin in 0..BINS {
            let (re, im) = (vectors[bin], vectors[BINS + bin]);
            let (cosine, sine) = (turn[bin], turn[BINS + bin]);
            joined[bin] += re * cosine - im * sine;
            joined[BINS + bin] += re * sine + im * cosine;
        }
    }
    joined
}

/// Returns the frequency of a bin.
pub(crate) const fn frequency(bin: usize) -> f64 {
    if bin < 4 { LOW_GROUP[bin] } else { HIGH_GROUP[bin - 4] }
}

/// e^(-jωn) for each sample of a hop
static WAVES: [Vectors; HOP] = {
    let mut waves = [[0.0; 2 * BINS]; HOP];
    let mut n = 0;
    while n < HOP {
        waves[n] = turns(n);
        n += 1;
    }
    waves
};

/// e^(-jω) of one hop and of two
static TURNS: [Vectors; 2] = [turns(HOP), turns(2 * HOP)];

const fn turns(samples: usize) -> Vectors {
    let mut turns = [0.0; 2 * BINS];
    let mut bin = 0;
    while bin < BINS {
        let angle = core::f64::consts::TAU * frequency(bin) * samples as f64 / SAMPLE_RATE as f64;
        let (sine, cosine) = sin_cos(angle);
        turns[bin] = narrow(cosine);
        turns[BINS + bin] = narrow(-sine);
        bin += 1;
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hops(hz: f64) -> [Vectors; 3] {
        let mut hops = [[0.0; 2 * BINS]; 3];
        for n in 0..3 * HOP {
            let sample = (core::f64::consts::TAU * hz * n as f64 / 8_000.0 + 1.0).cos();
            add_sample(&mut hops[n / HOP], n % HOP, narrow(sample));
        }
        hops
    }

    #[test]
    fn a_tone_adds_up_over_hops_at_its_own_frequency_only() {
        for bin in 0..BINS {
            let [oldest, middle, newest] = hops(frequency(bin));
            let single = powers(&oldest);
            let joined = powers(&joined(&oldest, &middle, &newest));
            // (A n / 2)^2, give or take what the image at the negative frequency adds
            assert!((single[bin] / 400.0 - 1.0).abs() < 0.2, "{single:?}");
            assert!((joined[bin] / 3_600.0 - 1.0).abs() < 0.06, "{joined:?}");
            for other in (0..BINS).filter(|&other| other != bin) {
                assert!(joined[other] < 0.06 * joined[bin], "{bin} {joined:?}");
            }
        }
    }
}
