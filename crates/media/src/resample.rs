//! Sound of one rate made sound of another, for prompts that were recorded elsewhere.
//!
//! A windowed-sinc filter in polyphase form. It passes what a telephone carries, up to 85 % of the
//! lower half rate, within 0.1 dB; what would fold back into that band is at least 70 dB down. The
//! result is aligned with its source: the filter adds no delay.

use crate::SAMPLE_RATE;

/// The lowest and the highest rate that is converted, in samples per second.
pub const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;

/// Converts samples of any rate to those of [`SAMPLE_RATE`].
///
/// # Errors
/// As [`resample`].
pub fn to_telephone(samples: &[i16], from: u32) -> Result<Vec<i16>, ResampleError> {
    resample(samples, from, SAMPLE_RATE)
}

/// Converts samples from one rate to another.
///
/// # Errors
/// When a rate is not in [`RATES`], or the two share so small a divisor that the filter would
/// take up too much memory. All rates in common use are fine.
pub fn resample(samples: &[i16], from: u32, to: u32) -> Result<Vec<i16>, ResampleError> {
    if let Some(&rate) = [from, to].iter().find(|rate| !RATES.contains(rate)) {
        return Err(ResampleError::Rate(rate));
    }
    if from == to {
        return Ok(samples.to_vec());
    }
    Ok(Polyphase::new(from, to)?.convert(samples))
}

/// Why samples are not converted.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResampleError {
    /// A rate is not in [`RATES`].
    #[error("{0} samples per second are out of range")]
    Rate(u32),
    /// The filter for this pair of rates would be too large.
    #[error("cannot convert {from} samples per second to {to}")]
    Ratio {
        /// Rate of the source
        from: u32,
        /// Rate of the result
        to: u32,
    },
}

/// One short filter for each place that an output sample can have between two input samples.
struct Polyphase {
    /// All filters one after the other, each of `2 * half` coefficients
    coefficients: Vec<f32>,
    half: usize,
    /// Output samples in one period of both rates
    up: usize,
    /// Input samples in it
    down: usize,
}

impl Polyphase {
    fn new(from: u32, to: u32) -> Result<Self, ResampleError> {
        let too_large = ResampleError::Ratio { from, to };
        let divisor = greatest_common_divisor(from, to);
        let up = usize::try_from(to / divisor).map_err(|_| too_large)?;
        let down = usize::try_from(from / divisor).map_err(|_| too_large)?;
        // Widths are in input samples: a lower output rate needs a wider filter.
        let stretch = (f64::from(from) / f64::from(to)).max(1.0);
        let half = 1 + usize::try_from(HALF_WIDTH * from.div_ceil(to)).map_err(|_| too_large)?;
        if up * 2 * half > MAX_COEFFICIENTS {
            return Err(too_large);
        }
        let mut coefficients = Vec::with_capacity(up * 2 * half);
        for phase in 0..up {
            let fraction = to_f64(phase) / to_f64(up);
            // The taps lie half - 1 samples before to half samples after the place.
            let distances = (0..2 * half).map(|tap| fraction + to_f64(half) - 1.0 - to_f64(tap));
            let taps = distances.map(|distance| kernel(distance / stretch)).collect::<Vec<_>>();
            let sum: f64 = taps.iter().sum();
            coefficients.extend(taps.iter().map(|tap| to_f32(tap / sum)));
        }
        Ok(Self { coefficients, half, up, down })
    }

    fn convert(&self, samples: &[i16]) -> Vec<i16> {
        let outputs = samples.len().saturating_mul(self.up).div_ceil(self.down);
        (0..outputs).map(|output| self.sample(samples, output)).collect()
    }

    fn sample(&self, samples: &[i16], output: usize) -> i16 {
        let place = output * self.down;
        let (base, phase) = (place / self.up, place % self.up);
        let filter = self.coefficients.chunks_exact(2 * self.half).nth(phase).unwrap_or_default();
        let begin = (base + 1).saturating_sub(self.half);
        let skipped = (self.half - 1).saturating_sub(base);
        let taps = filter.iter().skip(skipped).zip(samples.iter().skip(begin));
        round(taps.map(|(tap, &sample)| tap * f32::from(sample)).sum())
    }
}

/// The filter at `distance` samples of the lower rate: a sinc under a Kaiser window.
fn kernel(distance: f64) -> f64 {
    let across = distance / f64::from(HALF_WIDTH);
    if across.abs() >= 1.0 {
        return 0.0;
    }
    let angle = std::f64::consts::PI * CUTOFF * distance;
    let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
    sinc * bessel_i0(KAISER_BETA * (1.0 - across * across).sqrt())
}

/// The modified Bessel function of the first kind and order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..=30 {
        term *= quarter / f64::from(n * n);
        sum += term;
    }
    sum
}

const fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn to_f64(number: usize) -> f64 {
    #![expect(clippy::cast_precision_loss, reason = "indices of a filter are small")]
    number as f64
}

fn to_f32(number: f64) -> f32 {
    #![expect(clippy::cast_possible_truncation, reason = "24 bits are enough for 16-bit samples")]
    number as f32
}

fn round(sample: f32) -> i16 {
    #![expect(clippy::cast_possible_truncation, reason = "float casts saturate")]
    sample.round() as i16
}

/// Half the length of the filter, in samples of the lower rate.
const HALF_WIDTH: u32 = 29;
/// Where the response is down by 6 dB, as a share of the lower half rate: between 3,400 and 4,100 Hz
/// for 8,000 samples per second.
const CUTOFF: f64 = 0.9375;
/// The window that leaves 80 dB of attenuation.
const KAISER_BETA: f64 = 8.0;
/// Four megabytes
const MAX_COEFFICIENTS: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::level::tests::{assert_near, sine};
    use crate::level::{rms_dbm0, tone_dbm0};

    /// The middle of a second of sine, resampled: the ends ring.
    fn resampled(hz: f64, from: u32, to: u32) -> Vec<i16> {
        let samples = resample(&sine(hz, -10.0, from, from), from, to).unwrap();
        assert_eq!(samples.len(), usize::try_from(to).unwrap());
        samples[samples.len() / 10..samples.len() * 9 / 10].to_vec()
    }

    #[test]
    fn what_a_telephone_carries_passes_unchanged() {
        for from in [11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] {
            for hz in [100.0, 300.0, 1_000.0, 2_500.0, 3_400.0] {
                let samples = resampled(hz, from, 8_000);
                assert_near(tone_dbm0(&samples, 8_000, hz), -10.0, 0.1);
                assert_near(rms_dbm0(&samples), -10.0, 0.1);
            }
        }
    }

    #[test]
    fn what_would_fold_back_is_removed() {
        for from in [16_000_u32, 22_050, 44_100, 48_000] {
            for hz in [4_600.0, 5_000.0, 6_000.0, 7_000.0, 7_900.0] {
                let level = rms_dbm0(&resampled(hz, from, 8_000));
                assert!(level < -80.0, "{hz} Hz at {from} folds back at {level} dBm0");
            }
        }
    }

    #[test]
    fn no_image_appears_above_the_old_half_rate() {
        for to in [16_000, 44_100, 48_000] {
            let samples = resampled(3_000.0, 8_000, to);
            assert_near(tone_dbm0(&samples, to, 3_000.0), -10.0, 0.1);
            let image = tone_dbm0(&samples, to, 5_000.0);
            assert!(image < -80.0, "{image}");
        }
    }

    #[test]
    fn the_result_is_not_delayed() {
        let mut samples = vec![0; 4_800];
        samples[2_400] = i16::MAX;
        let converted = resample(&samples, 48_000, 8_000).unwrap();
        let peak = converted.iter().enumerate().max_by_key(|(_, sample)| **sample).unwrap();
        assert_eq!(peak.0, 400);
    }

    #[test]
    fn equal_rates_change_nothing() {
        assert_eq!(resample(&[1, -2, 3], 8_000, 8_000), Ok(vec![1, -2, 3]));
        assert_eq!(resample(&[], 44_100, 8_000), Ok(vec![]));
    }

    #[test]
    fn rates_that_cannot_be_are_refused() {
        assert_eq!(resample(&[0], 0, 8_000), Err(ResampleError::Rate(0)));
        assert_eq!(resample(&[0], 8_000, u32::MAX), Err(ResampleError::Rate(u32::MAX)));
        let odd = ResampleError::Ratio { from: 191_999, to: 8_000 };
        assert_eq!(to_telephone(&[0], 191_999), Err(odd));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_samples_of_any_rate_give_the_same_length_of_time(
            samples in proptest::collection::vec(any::<i16>(), 0..300), from in RATES, to in RATES,
        ) {
            if let Ok(converted) = resample(&samples, from, to) {
                let expected = (samples.len() as u64 * u64::from(to)).div_ceil(from.into());
                prop_assert_eq!(converted.len() as u64, expected);
            }
        }
    }
}
