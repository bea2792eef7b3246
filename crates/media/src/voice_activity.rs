//! Whether anybody speaks.

use crate::level::{FLOOR_DBM0, energy, power_of, power_to_dbm0};

/// Tells voice from silence by its level above the noise of the line.
///
/// The level of each 20 ms is compared with a noise floor, which follows quiet moments at once and
/// rises slowly: a noisy trunk is silent too. A pause between words belongs to the voice, so silence
/// counts after a hangover. A steady loud tone is taken for a voice.
///
/// Samples may be fed in blocks of any length.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceActivity {
    /// Sum of the squares in the current window
    energy: u64,
    /// Samples in the current window
    filled: u64,
    floor_dbm0: Option<f64>,
    level_dbm0: f64,
    /// Samples left of the hangover
    hangover: u64,
    voice: u64,
    silence: u64,
}

impl VoiceActivity {
    /// Starts listening.
    #[must_use]
    pub fn new() -> Self {
        Self {
            energy: 0,
            filled: 0,
            floor_dbm0: None,
            level_dbm0: FLOOR_DBM0,
            hangover: 0,
            voice: 0,
            silence: 0,
        }
    }

    /// Hears samples of 8,000 Hz.
    pub fn handle_samples(&mut self, samples: &[i16]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let most = usize::try_from(self.until_judged()).unwrap_or(1);
            let (part, behind) = rest.split_at(rest.len().min(most));
            self.energy += energy(part);
            self.filled += u64::try_from(part.len()).unwrap_or(0);
            if self.filled >= WINDOW {
                self.judge(power_to_dbm0(power_of(self.energy) / 160.0));
                self.energy = 0;
                self.filled = 0;
            }
            rest = behind;
        }
    }

    /// Hears one sample.
    pub fn handle_sample(&mut self, sample: i16) {
        self.handle_samples(&[sample]);
    }

    /// Returns after how many samples the next 20 ms are judged: until then nothing changes.
    pub(crate) const fn until_judged(&self) -> u64 {
        WINDOW - self.filled
    }

    /// Returns how many samples in a row have been silent, up to now.
    #[must_use]
    pub const fn trailing_silence(&self) -> u64 {
        self.silence
    }

    /// Returns how many samples had a voice, pauses between words included.
    #[must_use]
    pub const fn voice(&self) -> u64 {
        self.voice
    }

    /// Returns the level of the last 20 ms, in dBm0.
    #[must_use]
    pub const fn level_dbm0(&self) -> f64 {
        self.level_dbm0
    }

    /// Judges a window by its level.
    fn judge(&mut self, level: f64) {
        self.level_dbm0 = level;
        let floor = match self.floor_dbm0 {
            None => level.clamp(MIN_FLOOR_DBM0, MAX_FIRST_FLOOR_DBM0),
            Some(floor) if level < floor => level.max(MIN_FLOOR_DBM0),
            Some(floor) => (floor + FLOOR_RISE_DB).min(level).min(MAX_FLOOR_DBM0),
        };
        self.floor_dbm0 = Some(floor);
        if level > floor + MARGIN_DB && level > MIN_VOICE_DBM0 {
            self.hangover = HANGOVER;
            self.voice += WINDOW;
            self.silence = 0;
        } else if self.hangover > 0 {
            self.hangover -= WINDOW;
            self.voice += WINDOW;
        } else {
            self.silence += WINDOW;
        }
    }
}

impl Default for VoiceActivity {
    fn default() -> Self {
        Self::new()
    }
}

/// Samples in a window: 20 ms
const WINDOW: u64 = 160;
/// A pause of this length, 240 ms, still belongs to the voice.
const HANGOVER: u64 = 12 * WINDOW;
/// A voice is this much louder than the noise.
const MARGIN_DB: f64 = 8.0;
/// Nothing below this is a voice.
const MIN_VOICE_DBM0: f64 = -50.0;
/// Three decibels a second
const FLOOR_RISE_DB: f64 = 0.06;
const MIN_FLOOR_DBM0: f64 = -65.0;
/// Somebody may speak from the first moment on, so the floor does not begin higher than this.
const MAX_FIRST_FLOOR_DBM0: f64 = -38.0;
/// Louder than this is no noise of a line.
const MAX_FLOOR_DBM0: f64 = -30.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::FULL_SCALE_SINE_DBM0;
    use crate::level::tests::sine;

    /// Noise of a uniform distribution, repeatable.
    fn noise(level: f64, samples: u32) -> Vec<i16> {
        let mut state = 0x2545_f491_u32;
        let amplitude = 32_768.0 * 10_f64.powf((level - FULL_SCALE_SINE_DBM0) / 20.0)
            / 2_f64.sqrt()
            * 3_f64.sqrt();
        (0..samples)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                let unit = f64::from(state.cast_signed()) / 2_147_483_648.0;
                #[expect(clippy::cast_possible_truncation, reason = "float casts saturate")]
                let sample = (unit * amplitude).round() as i16;
                sample
            })
            .collect()
    }

    /// Syllables of 200 ms with pauses of 100 ms.
    fn speech(level: f64, seconds: u32) -> Vec<i16> {
        let tone = sine(500.0, level, 8_000, 8_000 * seconds);
        let syllable = |(index, sample)| if index % 2_400 < 1_600 { sample } else { 0 };
        tone.into_iter().enumerate().map(syllable).collect()
    }

    fn mixed(a: &[i16], b: &[i16]) -> Vec<i16> {
        a.iter().zip(b).map(|(a, b)| a.saturating_add(*b)).collect()
    }

    #[test]
    fn silence_after_speech_is_measured() {
        for level in [-10.0, -25.0, -38.0] {
            let mut voice = VoiceActivity::new();
            voice.handle_samples(&speech(level, 3));
            assert_eq!(voice.trailing_silence(), 0, "{level}");
            voice.handle_samples(&[0; 16_000]);
            assert!((13_900..=16_000).contains(&voice.trailing_silence()), "{voice:?}");
            // A weak first syllable may be taken for noise, until the first pause.
            assert!((22_400..=26_100).contains(&voice.voice()), "{voice:?}");
        }
    }

    #[test]
    fn a_noisy_line_is_silent_and_a_voice_on_it_is_heard() {
        for level in [-60.0, -50.0, -42.0] {
            let mut voice = VoiceActivity::new();
            voice.handle_samples(&noise(level, 40_000));
            assert_eq!((voice.voice(), voice.trailing_silence()), (0, 40_000), "{level}");
            voice.handle_samples(&mixed(&speech(level + 18.0, 2), &noise(level, 16_000)));
            assert!(voice.voice() > 14_000, "{level} {voice:?}");
            voice.handle_samples(&noise(level, 16_000));
            assert!(voice.trailing_silence() > 13_000, "{level} {voice:?}");
        }
    }

    #[test]
    fn a_voice_from_the_first_moment_on_is_heard() {
        let mut voice = VoiceActivity::new();
        voice.handle_samples(&speech(-25.0, 1));
        assert!(voice.voice() >= 7_840, "{voice:?}");
    }

    #[test]
    fn blocks_of_any_length_give_the_same() {
        let sound = mixed(&speech(-20.0, 2), &noise(-45.0, 16_000));
        let mut whole = VoiceActivity::new();
        whole.handle_samples(&sound);
        for len in [1, 7, 159, 161, 1_000] {
            let mut cut = VoiceActivity::new();
            sound.chunks(len).for_each(|chunk| cut.handle_samples(chunk));
            assert_eq!(cut, whole);
        }
    }
}
