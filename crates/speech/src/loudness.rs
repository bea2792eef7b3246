//! One level for all speech, and no silence around it.
#![expect(clippy::cast_possible_truncation, reason = "samples are clamped to their range")]

use centrala_media::level;

/// The active level of all rendered speech.
///
/// Telephone speech is comfortable between -20 and -15 dBm0 (ITU-T P.330 and G.223 assume about
/// that); the peaks of a voice are up to 18 dB above it and still fit.
pub const SPEECH_LEVEL_DBM0: f64 = -16.0;

/// Returns the level of the parts in which somebody speaks (the idea of ITU-T P.56): of all blocks
/// of 10 ms that are at most 25 dB below the loudest one.
#[must_use]
pub fn active_level_dbm0(samples: &[i16]) -> f64 {
    let powers = samples.chunks(BLOCK).map(power).collect::<Vec<_>>();
    let loudest = powers.iter().copied().fold(0.0, f64::max);
    let active = powers.iter().filter(|power| **power > loudest * ACTIVE);
    let (sum, count) = active.fold((0.0, 0.0), |(sum, count), power| (sum + power, count + 1.0));
    if count == 0.0 {
        return level::FLOOR_DBM0;
    }
    // The power of the largest sine is one half.
    let level = 10.0 * (2.0 * sum / count).log10() + level::FULL_SCALE_SINE_DBM0;
    level.max(level::FLOOR_DBM0)
}

/// Cuts silence off at both ends, brings speech to [`SPEECH_LEVEL_DBM0`] and fades its edges.
pub(crate) fn master(samples: &[i16]) -> Vec<i16> {
    let mut speech = amplify(trim(samples));
    fade(&mut speech);
    speech
}

fn trim(samples: &[i16]) -> &[i16] {
    let audible = |block: &[i16]| level::rms_dbm0(block) > SILENCE_DBM0;
    let Some(first) = samples.chunks(BLOCK).position(audible) else { return &[] };
    let last = samples.chunks(BLOCK).rposition(audible).unwrap_or(first);
    let end = samples.len().min((last + 1) * BLOCK);
    samples.get(first * BLOCK..end).unwrap_or_default()
}

fn amplify(samples: &[i16]) -> Vec<i16> {
    let wanted = 10_f64.powf((SPEECH_LEVEL_DBM0 - active_level_dbm0(samples)) / 20.0);
    let room = f64::from(i16::MAX) / f64::from(level::peak(samples).max(1));
    let gain = wanted.min(room).min(MAX_GAIN);
    samples.iter().map(|sample| (f64::from(*sample) * gain).round() as i16).collect()
}

fn fade(samples: &mut [i16]) {
    fade_in(samples.iter_mut());
    fade_in(samples.iter_mut().rev());
}

fn fade_in<'a>(samples: impl Iterator<Item = &'a mut i16>) {
    for (sample, step) in samples.zip(0..FADE) {
        let faded = i32::from(*sample) * step / FADE;
        *sample = faded as i16;
    }
}

fn power(block: &[i16]) -> f64 {
    let squares = block.iter().map(|sample| (f64::from(*sample) / 32_768.0).powi(2));
    squares.sum::<f64>() / f64::from(u16::try_from(block.len()).unwrap_or(u16::MAX).max(1))
}

/// 10 ms
const BLOCK: usize = 80;
/// -25 dB
const ACTIVE: f64 = 0.003_162;
const SILENCE_DBM0: f64 = -45.0;
/// A whisper is not blown up into noise.
const MAX_GAIN: f64 = 16.0;
/// 5 ms
const FADE: i32 = 40;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::tone;

    fn sine(level: f64, millis: u64) -> Vec<i16> {
        let mut samples = Vec::new();
        tone::append(&mut samples, &[500.0], level, Duration::from_millis(millis));
        samples
    }

    #[test]
    fn pauses_do_not_count_as_speech() {
        let mut samples = sine(-12.0, 1_000);
        samples.extend([0; 16_000]);
        assert!((active_level_dbm0(&samples) + 12.0).abs() < 0.2);
        assert!(level::rms_dbm0(&samples) < -16.0);
        assert!((active_level_dbm0(&[]) - level::FLOOR_DBM0).abs() < 0.01);
    }

    #[test]
    fn speech_is_trimmed_and_brought_to_its_level() {
        for loud in [-30.0, -16.0, 0.0] {
            let mut samples = vec![0; 4_000];
            samples.extend(sine(loud, 500));
            samples.extend([1; 3_000]);
            let mastered = master(&samples);
            assert_eq!(mastered.len(), 4_000);
            assert!((active_level_dbm0(&mastered) - SPEECH_LEVEL_DBM0).abs() < 0.3);
            assert_eq!((mastered[0], mastered[3_999]), (0, 0));
        }
        assert_eq!(master(&[0; 500]), []);
    }

    #[test]
    fn peaks_are_not_clipped_for_the_sake_of_the_level() {
        let mut samples = sine(-30.0, 500);
        samples[2_000] = 30_000;
        let mastered = master(&samples);
        assert_eq!(level::peak(&mastered), 32_767);
    }

    proptest! {
        #[test]
        fn any_samples_can_be_mastered(samples in proptest::collection::vec(any::<i16>(), 0..2_000)) {
            let mastered = master(&samples);
            prop_assert!(mastered.len() <= samples.len());
        }
    }
}
