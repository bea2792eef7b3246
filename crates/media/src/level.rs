//! How loud sound is, in dBm0.
//!
//! A sine that just fits into 16 bits has [`FULL_SCALE_SINE_DBM0`]. Levels are for 16-bit samples
//! of any rate; nothing is ever reported below [`FLOOR_DBM0`].

use dasp::Sample;

/// The level of the largest sine (ITU-T G.711 table 5 puts it 3.14 dB above 0 dBm0).
#[expect(clippy::approx_constant, reason = "it has nothing to do with circles")]
pub const FULL_SCALE_SINE_DBM0: f64 = 3.14;

/// What silence measures.
pub const FLOOR_DBM0: f64 = -96.0;

/// Returns the level of all that is in `samples`.
#[must_use]
pub fn rms_dbm0(samples: &[i16]) -> f64 {
    let squares = samples.iter().map(|sample| sample.to_sample::<f64>().powi(2));
    power_to_dbm0(squares.sum::<f64>() / count(samples))
}

/// Returns the level of the sine at `hz` in `samples`, whatever else is there.
///
/// This is the Goertzel algorithm; its bandwidth is the rate over the number of samples.
#[must_use]
pub fn tone_dbm0(samples: &[i16], sample_rate: u32, hz: f64) -> f64 {
    let angle = std::f64::consts::TAU * hz / f64::from(sample_rate.max(1));
    let coefficient = 2.0 * angle.cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        (last, before) = (sample.to_sample::<f64>() + coefficient * last - before, last);
    }
    let energy = last * last + before * before - coefficient * last * before;
    // A sine of amplitude A gives (A n / 2)^2; its power is A^2 / 2.
    power_to_dbm0(2.0 * energy.max(0.0) / count(samples).powi(2))
}

/// Returns the largest magnitude in `samples`.
#[must_use]
pub fn peak(samples: &[i16]) -> u16 {
    samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0)
}

/// Returns the sum of the squares of samples.
pub(crate) fn energy(samples: &[i16]) -> u64 {
    samples.iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum()
}

/// Returns a sum of squares, where the square of a full-scale sample is 1.
pub(crate) fn power_of(energy: u64) -> f64 {
    #![expect(clippy::cast_precision_loss, reason = "a level needs a few of the 53 bits")]
    energy as f64 / 1_073_741_824.0
}

/// Returns the level of a mean square, where the square of a full-scale sample is 1.
pub(crate) fn power_to_dbm0(mean_square: f64) -> f64 {
    // The power of a full-scale sine is one half.
    let level = 10.0 * (2.0 * mean_square).log10() + FULL_SCALE_SINE_DBM0;
    level.max(FLOOR_DBM0)
}

fn count(samples: &[i16]) -> f64 {
    #![expect(clippy::cast_precision_loss, reason = "2^53 samples are 36,000 years")]
    samples.len().max(1) as f64
}

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::cast_possible_truncation, reason = "samples of a test stay in range")]
    use super::*;

    /// A sine of `level` dBm0.
    pub(crate) fn sine(hz: f64, level: f64, sample_rate: u32, samples: u32) -> Vec<i16> {
        let amplitude = 32_768.0 * 10_f64.powf((level - FULL_SCALE_SINE_DBM0) / 20.0);
        let step = std::f64::consts::TAU * hz / f64::from(sample_rate);
        (0..samples)
            .map(|n| {
                (amplitude * (step * f64::from(n)).sin()).round().clamp(-32_768.0, 32_767.0) as i16
            })
            .collect()
    }

    pub(crate) fn rounded(sample: f64) -> i16 {
        sample.round().clamp(-32_768.0, 32_767.0) as i16
    }

    #[track_caller]
    pub(crate) fn assert_near(level: f64, expected: f64, tolerance: f64) {
        assert!((level - expected).abs() <= tolerance, "{level} is not {expected} ± {tolerance}");
    }

    #[test]
    fn a_sine_has_its_level() {
        for level in [3.1, 0.0, -10.0, -25.0, -40.0] {
            let samples = sine(1_000.0, level, 8_000, 8_000);
            assert_near(rms_dbm0(&samples), level, 0.05);
            assert_near(tone_dbm0(&samples, 8_000, 1_000.0), level, 0.05);
        }
        assert_near(tone_dbm0(&sine(440.0, -10.0, 48_000, 9_600), 48_000, 440.0), -10.0, 0.05);
    }

    #[test]
    fn a_tone_is_measured_beside_a_louder_one() {
        let loud = sine(1_000.0, -5.0, 8_000, 8_000);
        let soft = sine(1_400.0, -35.0, 8_000, 8_000);
        let both = loud.iter().zip(&soft).map(|(a, b)| a + b).collect::<Vec<_>>();
        assert_near(tone_dbm0(&both, 8_000, 1_400.0), -35.0, 0.1);
        assert_near(tone_dbm0(&both, 8_000, 1_000.0), -5.0, 0.1);
        assert!(tone_dbm0(&both, 8_000, 700.0) < -80.0);
    }

    #[test]
    fn silence_is_at_the_floor() {
        for samples in [&[][..], &[0; 160]] {
            assert_near(rms_dbm0(samples), FLOOR_DBM0, 0.0);
            assert_near(tone_dbm0(samples, 8_000, 1_000.0), FLOOR_DBM0, 0.0);
            assert_eq!(peak(samples), 0);
        }
        assert_near(tone_dbm0(&[1; 8], 0, f64::MAX), FLOOR_DBM0, 200.0);
    }

    #[test]
    fn the_peak_has_no_sign() {
        assert_eq!(peak(&[3, i16::MIN, 5]), 0x8000);
    }
}
