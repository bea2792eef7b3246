//! A close look at 35 ms that may hold a key: how long, how loud, how far off, how pure.

#![expect(clippy::cast_precision_loss, reason = "a window has 280 samples")]

use crate::correlator::{HOP, frequency};
use crate::frequencies::SAMPLE_RATE;
use crate::math::{atan2, narrow, sin_cos};

/// Hops that are looked at
pub(crate) const WINDOW_HOPS: usize = 7;

/// Samples that are looked at: 35 ms
pub(crate) const WINDOW: usize = WINDOW_HOPS * HOP;

/// A sine in a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sine {
    /// Square of the amplitude
    pub(crate) square: f32,
    /// Difference to the nominal frequency, in Hz
    pub(crate) offset: f32,
}

/// Measures the sine near the frequency of a bin; `None` if it is not steady.
///
/// Its frequency is the turn between two overlapping parts of the window, 8.75 ms apart, which is
/// unambiguous up to 57 Hz; then its amplitude is taken at that frequency.
pub(crate) fn measure(samples: &[f32; WINDOW], bin: usize) -> Option<Sine> {
    let nominal = turn_per_sample(frequency(bin));
    let later = samples.get(LAG..).unwrap_or_default();
    let (early, late) = (correlate(samples, &SHORT, nominal), correlate(later, &SHORT, nominal));
    let (early_square, late_square) = (square(early), square(late));
    if early_square > MAX_RATIO * late_square || late_square > MAX_RATIO * early_square {
        return None;
    }
    // late * conj(early), turned back by what the nominal frequency turns in the lag
    let cross = turn(times_conjugate(late, early), power_of(nominal, LAG));
    let offset = atan2(cross.1, cross.0) * HZ_PER_RADIAN;
    let true_turn = turn_per_sample(frequency(bin) + f64::from(offset));
    let amplitude_square = square(correlate(samples, &LONG, true_turn)) * LONG_GAIN;
    Some(Sine { square: amplitude_square, offset })
}

/// Returns the mean power of a window, weighted as the sines are.
pub(crate) fn power(samples: &[f32; WINDOW]) -> f32 {
    let weighted = samples.iter().zip(&LONG).map(|(sample, weight)| {
        let product = sample * weight;
        product * product
    });
    weighted.sum::<f32>() * LONG_POWER_GAIN
}

type Complex = (f32, f32);

fn correlate<const N: usize>(samples: &[f32], weights: &[f32; N], step: Complex) -> Complex {
    let (mut re, mut im, mut wave) = (0.0, 0.0, (1.0, 0.0));
    for (sample, weight) in samples.iter().zip(weights) {
        let weighted = sample * weight;
        re += weighted * wave.0;
        im += weighted * wave.1;
        wave = turn(wave, step);
    }
    (re, im)
}

/// Returns e^(-jω) of one sample.
fn turn_per_sample(hz: f64) -> Complex {
    let (sine, cosine) = sin_cos(core::f64::consts::TAU * hz / f64::from(SAMPLE_RATE));
    (narrow(cosine), narrow(-sine))
}

fn turn(vector: Complex, by: Complex) -> Complex {
    (vector.0 * by.0 - vector.1 * by.1, vector.0 * by.1 + vector.1 * by.0)
}

fn times_conjugate(vector: Complex, other: Complex) -> Complex {
    turn(vector, (other.0, -other.1))
}

fn power_of(step: Complex, times: usize) -> Complex {
    (0..times).fold((1.0, 0.0), |vector, _| turn(vector, step))
}

fn square(vector: Complex) -> f32 {
    vector.0 * vector.0 + vector.1 * vector.1
}

/// Distance of the two parts, in samples
const LAG: usize = 70;
const HZ_PER_RADIAN: f32 = narrow(SAMPLE_RATE as f64 / (core::f64::consts::TAU * LAG as f64));
/// The parts of a steady tone differ by less than 3 dB.
const MAX_RATIO: f32 = 2.0;

/// Windows of Hann: of a part, and of the whole
static SHORT: [f32; WINDOW - LAG] = hann();
static LONG: [f32; WINDOW] = hann();

/// A sine of amplitude A gives A/2 times the sum of the weights, which is half their number.
const LONG_GAIN: f32 = narrow(16.0 / (WINDOW as f64 * WINDOW as f64));
/// The mean square of the weights is 3/8.
const LONG_POWER_GAIN: f32 = narrow(8.0 / (3.0 * WINDOW as f64));

const fn hann<const N: usize>() -> [f32; N] {
    #![expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    let mut weights = [0.0; N];
    let mut n = 0;
    while n < N {
        let (_, cosine) = sin_cos(core::f64::consts::TAU * (n as f64 + 0.5) / N as f64);
        weights[n] = narrow(0.5 - 0.5 * cosine);
        n += 1;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlator::BINS;

    fn window(tones: &[(f64, f64)]) -> [f32; WINDOW] {
        core::array::from_fn(|n| {
            let sample = |&(hz, amplitude): &(f64, f64)| {
                amplitude * (core::f64::consts::TAU * hz * n as f64 / 8_000.0 + hz).sin()
            };
            narrow(tones.iter().map(sample).sum())
        })
    }

    #[test]
    fn frequency_and_level_are_measured_beside_a_louder_tone() {
        for bin in 0..BINS {
            for percent in [-3.4, -1.5, 0.0, 1.5, 3.4] {
                let nominal = frequency(bin);
                let off = nominal * percent / 100.0;
                let other = frequency((bin + 4) % BINS);
                let samples = window(&[(nominal + off, 0.1), (other, 0.25)]);
                let sine = measure(&samples, bin).unwrap();
                assert!(
                    (f64::from(sine.offset) - off).abs() < 1.0,
                    "{nominal} {percent}: {sine:?}"
                );
                assert!((sine.square / 0.01 - 1.0).abs() < 0.03, "{nominal} {percent}: {sine:?}");
                assert!((power(&samples) / 0.036_25 - 1.0).abs() < 0.03);
            }
        }
    }

    #[test]
    fn a_tone_that_begins_in_the_window_is_not_steady() {
        let mut samples = window(&[(697.0, 0.1)]);
        samples[..100].fill(0.0);
        assert_eq!(measure(&samples, 0), None);
    }
}
