//! The voice that is always there.

use std::fmt;

use centrala_dialogue::Language;
use centrala_media::SAMPLE_RATE;
use flite_rs::{Engine, Flow};

use crate::{
    SpeakError, Speaker,
    number::is_english,
    speaker::{MAX_SPEECH, check_length},
    spelling::to_english_letters,
};

/// A man's voice in American English, at 8,000 Hz, with all its data in the binary.
///
/// Text in other Latin alphabets is read as if it were English, without its accents.
pub struct EmbeddedVoice {
    engine: Engine,
}

impl EmbeddedVoice {
    /// Reads the data.
    ///
    /// # Errors
    ///
    /// If they are damaged, which means that the binary is.
    pub fn load() -> Result<Self, LoadVoiceError> {
        let engine =
            Engine::try_new().map_err(|error| LoadVoiceError { reason: error.to_string() })?;
        if engine.sample_rate() != SAMPLE_RATE {
            return Err(LoadVoiceError { reason: format!("rate is {} Hz", engine.sample_rate()) });
        }
        Ok(Self { engine })
    }
}

impl Speaker for EmbeddedVoice {
    fn speak(&self, text: &str, language: Language) -> Result<Vec<i16>, SpeakError> {
        let letters = letters(text, language)?;
        let mut samples = Vec::new();
        self.engine.synthesize_streaming(&letters, |period| {
            samples.extend_from_slice(period);
            if samples.len() > MAX_SAMPLES { Flow::Stop } else { Flow::Continue }
        });
        if samples.len() > MAX_SAMPLES {
            return Err(SpeakError::SpeechTooLong);
        }
        if samples.iter().all(|sample| *sample == 0) {
            return Err(SpeakError::NothingToSay);
        }
        Ok(samples)
    }

    fn check(&self, text: &str, language: Language) -> Result<(), SpeakError> {
        letters(text, language).map(drop)
    }
}

impl fmt::Debug for EmbeddedVoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedVoice")
            .field("voice", &self.engine.voice_name())
            .finish_non_exhaustive()
    }
}

fn letters(text: &str, language: Language) -> Result<String, SpeakError> {
    if !is_english(language) {
        return Err(SpeakError::UnknownLanguage { language });
    }
    check_length(text)?;
    to_english_letters(text)
}

/// Why there is no voice.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data of the embedded voice are damaged: {reason}")]
pub struct LoadVoiceError {
    /// What is wrong with them.
    pub reason: String,
}

/// [`MAX_SPEECH`] in samples.
#[expect(clippy::cast_possible_truncation, reason = "two million fit into any usize of ours")]
const MAX_SAMPLES: usize = MAX_SPEECH.as_secs() as usize * SAMPLE_RATE as usize;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_voice_cannot_say_is_refused() {
        let voice = EmbeddedVoice::load().unwrap();
        let polish = Language::new("pl");
        for (text, language, error) in [
            ("Dzień dobry", polish, SpeakError::UnknownLanguage { language: polish }),
            ("日", Language::ENGLISH, SpeakError::Unspeakable { characters: "日".into() }),
            (" ?! ", Language::ENGLISH, SpeakError::NothingToSay),
            ("\"", Language::ENGLISH, SpeakError::NothingToSay),
        ] {
            assert_eq!(voice.check(text, language), Err(error.clone()));
            assert_eq!(voice.speak(text, language), Err(error));
        }
        assert!(voice.speak("Jones", Language::new("en-GB")).is_ok());
    }

    #[test]
    fn endless_speech_is_cut_off() {
        let voice = EmbeddedVoice::load().unwrap();
        let text = "w ".repeat(crate::MAX_TEXT_LEN / 2);
        assert_eq!(voice.speak(&text, Language::ENGLISH), Err(SpeakError::SpeechTooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_is_spoken_or_refused(text in ".{0,40}|[ -~]{0,30}|[0-9.,:/$-]{0,12}") {
            let voice = EmbeddedVoice::load().unwrap();
            let spoken = voice.speak(&text, Language::ENGLISH);
            if voice.check(&text, Language::ENGLISH).is_err() {
                prop_assert!(spoken.is_err());
            }
            if let Ok(samples) = spoken {
                prop_assert!(!samples.is_empty() && samples.len() <= MAX_SAMPLES);
            }
        }
    }
}
