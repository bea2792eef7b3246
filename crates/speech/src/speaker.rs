//! Text becomes sound.

use std::time::Duration;

use centrala_dialogue::Language;

use crate::tone;

/// The longest text that a speaker takes, in octets: some three minutes.
pub const MAX_TEXT_LEN: usize = 2_000;

/// The longest speech that a speaker returns.
pub const MAX_SPEECH: Duration = Duration::from_secs(300);

/// A voice: the embedded one, an external program, a service.
///
/// The same text gives the same samples: they are rendered once and kept.
pub trait Speaker {
    /// Returns `text` as 16-bit samples at 8,000 Hz, of any level.
    ///
    /// # Errors
    ///
    /// If the voice cannot say the text: see [`SpeakError`].
    fn speak(&self, text: &str, language: Language) -> Result<Vec<i16>, SpeakError>;

    /// Tells whether [`speak`](Self::speak) would work, without its cost where the voice can.
    ///
    /// # Errors
    ///
    /// If the voice cannot say the text.
    fn check(&self, text: &str, language: Language) -> Result<(), SpeakError> {
        self.speak(text, language).map(drop)
    }
}

/// Why a text was not spoken.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeakError {
    /// Nothing in it can be heard: it is empty, or all punctuation.
    #[error("there is nothing to say in the text")]
    NothingToSay,
    /// It is longer than [`MAX_TEXT_LEN`].
    #[error("a text of {octets} octets is longer than {MAX_TEXT_LEN}")]
    TextTooLong {
        /// Its length.
        octets: usize,
    },
    /// It would take longer than [`MAX_SPEECH`] to say.
    #[error("the text takes longer than {} seconds to say", MAX_SPEECH.as_secs())]
    SpeechTooLong,
    /// It has characters that the voice cannot say.
    #[error("the voice cannot say {characters:?}")]
    Unspeakable {
        /// They, each once, in the order of the text; at most sixteen.
        characters: String,
    },
    /// The voice does not speak this language.
    #[error("the voice does not speak {}", language.tag())]
    UnknownLanguage {
        /// The language.
        language: Language,
    },
    /// An external voice has failed.
    #[error("the voice has failed: {reason}")]
    Broken {
        /// What it said.
        reason: String,
    },
}

/// A speaker for tests: one tone for each word, in every language.
///
/// A word of *n* letters is a tone of 300 + 50 *n* Hz, 100 ms long, followed by 50 ms of silence.
/// So a test can hear which text was played, far faster than speech.
#[expect(clippy::exhaustive_structs, reason = "there is nothing to set")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToneSpeaker;

impl ToneSpeaker {
    /// Returns the frequency that stands for `word`.
    #[must_use]
    pub fn hertz(word: &str) -> f64 {
        let letters = word.chars().filter(|c| c.is_alphanumeric()).count();
        let letters = u8::try_from(letters).map_or(LONGEST_WORD, |n| n.min(LONGEST_WORD));
        300.0 + 50.0 * f64::from(letters)
    }
}

impl Speaker for ToneSpeaker {
    fn speak(&self, text: &str, language: Language) -> Result<Vec<i16>, SpeakError> {
        self.check(text, language)?;
        let mut samples = Vec::new();
        for word in words(text) {
            tone::append(&mut samples, &[Self::hertz(word)], -10.0, Duration::from_millis(100));
            tone::append(&mut samples, &[], 0.0, Duration::from_millis(50));
        }
        Ok(samples)
    }

    fn check(&self, text: &str, _: Language) -> Result<(), SpeakError> {
        check_length(text)?;
        words(text).next().map(drop).ok_or(SpeakError::NothingToSay)
    }
}

/// Refuses texts that are too long.
pub(crate) const fn check_length(text: &str) -> Result<(), SpeakError> {
    if text.len() > MAX_TEXT_LEN {
        return Err(SpeakError::TextTooLong { octets: text.len() });
    }
    Ok(())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric))
}

/// More letters sound the same.
const LONGEST_WORD: u8 = 60;

#[cfg(test)]
mod tests {
    use centrala_media::level;

    use super::*;

    #[test]
    fn each_word_is_its_tone() {
        let samples = ToneSpeaker.speak("For sales!", Language::ENGLISH).unwrap();
        assert_eq!(samples.len(), 2 * 1_200);
        for (word, start) in [("For", 0), ("sales", 1_200)] {
            let heard =
                level::tone_dbm0(&samples[start..start + 800], 8_000, ToneSpeaker::hertz(word));
            assert!((heard + 10.0).abs() < 0.5, "{word}: {heard}");
        }
    }

    #[test]
    fn empty_and_endless_texts_are_refused() {
        let long = "a ".repeat(MAX_TEXT_LEN);
        for (text, error) in [
            ("", SpeakError::NothingToSay),
            (" ... !", SpeakError::NothingToSay),
            (&*long, SpeakError::TextTooLong { octets: long.len() }),
        ] {
            assert_eq!(ToneSpeaker.speak(text, Language::ENGLISH), Err(error.clone()));
            assert_eq!(ToneSpeaker.check(text, Language::ENGLISH), Err(error));
        }
    }
}
