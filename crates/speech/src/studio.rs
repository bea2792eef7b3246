//! Phrases become sound.

use std::{fmt, sync::Arc, time::Duration};

use centrala_dialogue::{Argument, Language, Phrase, PhraseId, Piece, RenderError, SoundId, Tone};
use centrala_media::{Codec, EncodedPrompt, SAMPLE_RATE};

use crate::{
    Gap, Missing, PhraseBook, SoundSource, SpeakError, Speaker, cache::Cache, loudness, number,
    phrase_book::examples, tone,
};

/// The pause between two phrases that follow each other.
pub const PAUSE: Duration = Duration::from_millis(240);

/// A longer [`Phrase::Silence`] is cut to this.
pub const MAX_SILENCE: Duration = Duration::from_secs(60);

/// Renders phrases: the wording of a [`PhraseBook`], texts, tones, recordings and silence.
///
/// Everything but recordings is rendered and encoded once, and shared by all who hear it.
pub struct Studio {
    book: PhraseBook,
    speaker: Box<dyn Speaker + Send>,
    language: Language,
    takes: Cache<Take, Arc<[i16]>>,
    prompts: Cache<(Codec, Take), EncodedPrompt>,
}

/// What a take is of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Take {
    Speech(Arc<str>),
    Tone(Tone),
}

/// What a phrase consists of.
enum Part {
    Take(Take),
    Sound(SoundId),
    Silence(Duration),
}

impl Studio {
    /// Returns a studio that speaks `language`.
    #[must_use]
    pub fn new(
        book: PhraseBook,
        speaker: impl Speaker + Send + 'static,
        language: Language,
    ) -> Self {
        Self {
            book,
            speaker: Box::new(speaker),
            language,
            takes: Cache::new(MAX_CACHED_SAMPLES),
            prompts: Cache::new(MAX_CACHED_OCTETS),
        }
    }

    /// Renders phrases in order, with a [`PAUSE`] between them, ready to be played.
    ///
    /// What fails is left out and reported: a caller hears the rest.
    pub fn prompts(
        &mut self,
        phrases: &[Phrase],
        codec: Codec,
        sounds: &dyn SoundSource,
    ) -> Rendered {
        let mut rendered = Rendered { prompts: Vec::new(), failures: Vec::new() };
        let mut wants_pause = false;
        for phrase in phrases {
            match self.prompt(phrase, codec, sounds) {
                Ok(prompt) => {
                    let is_silence = matches!(phrase, Phrase::Silence(_));
                    if wants_pause && !is_silence {
                        rendered.prompts.push(EncodedPrompt::silence(codec, PAUSE));
                    }
                    wants_pause = !is_silence;
                    rendered.prompts.push(prompt);
                }
                Err(failure) => rendered.failures.push(failure),
            }
        }
        rendered
    }

    /// Renders one phrase, ready to be played.
    ///
    /// # Errors
    ///
    /// See [`render`](Self::render).
    pub fn prompt(
        &mut self,
        phrase: &Phrase,
        codec: Codec,
        sounds: &dyn SoundSource,
    ) -> Result<EncodedPrompt, RenderPhraseError> {
        let parts = self.parts(phrase)?;
        let [Part::Take(take)] = parts.as_slice() else {
            let samples = self.record(&parts, sounds)?;
            return Ok(EncodedPrompt::from_samples(codec, &samples));
        };
        let key = (codec, take.clone());
        if let Some(prompt) = self.prompts.get(&key) {
            return Ok(prompt);
        }
        let prompt = EncodedPrompt::from_samples(codec, &self.take(take)?);
        self.prompts.insert(key, prompt.clone(), prompt.octets().len());
        Ok(prompt)
    }

    /// Renders one phrase as 16-bit samples at 8,000 Hz.
    ///
    /// # Errors
    ///
    /// If the phrase is not in the book, is used in a wrong way, has a recording that is not there,
    /// or cannot be spoken.
    pub fn render(
        &mut self,
        phrase: &Phrase,
        sounds: &dyn SoundSource,
    ) -> Result<Arc<[i16]>, RenderPhraseError> {
        let parts = self.parts(phrase)?;
        match parts.as_slice() {
            [Part::Take(take)] => self.take(take),
            parts => self.record(parts, sounds).map(Arc::from),
        }
    }

    /// Tells whether a phrase can be rendered, without rendering it. Recordings are not looked for.
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render).
    pub fn check(&self, phrase: &Phrase) -> Result<(), RenderPhraseError> {
        for part in self.parts(phrase)? {
            if let Part::Take(Take::Speech(text)) = part {
                self.speaker.check(&text, self.language)?;
            }
        }
        Ok(())
    }

    /// Returns what keeps the wording from being whole in the language of this studio, by its voice.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        let mut missing = self.book.missing(self.language);
        for definition in self.book.definitions() {
            let phrase = Phrase::said_with(definition.id, examples(definition.arguments));
            if let Err(RenderPhraseError::Unspoken(error)) = self.check(&phrase) {
                missing.push(Missing { id: definition.id, gap: Gap::Unspeakable(error) });
            }
        }
        missing.sort_by_key(|missing| missing.id);
        missing
    }

    /// Returns the language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Returns the wording.
    #[must_use]
    pub const fn book(&self) -> &PhraseBook {
        &self.book
    }

    fn parts(&self, phrase: &Phrase) -> Result<Vec<Part>, RenderPhraseError> {
        let part = match phrase {
            Phrase::Said { id, arguments } => return self.said(*id, arguments),
            Phrase::Text(text) => Part::Take(Take::Speech(Arc::clone(text))),
            Phrase::Sound(sound) => Part::Sound(sound.clone()),
            Phrase::Tone(tone) => Part::Take(Take::Tone(*tone)),
            Phrase::Silence(length) => Part::Silence((*length).min(MAX_SILENCE)),
            _ => return Err(RenderPhraseError::UnknownKind),
        };
        Ok(vec![part])
    }

    /// Joins the words and arguments of a phrase into texts that are as long as possible: a sentence
    /// that is spoken whole has its melody.
    fn said(&self, id: PhraseId, arguments: &[Argument]) -> Result<Vec<Part>, RenderPhraseError> {
        let definition = self.book.definition(id).ok_or(RenderPhraseError::NotInBook { id })?;
        let mut parts = Vec::new();
        let mut text = String::new();
        for piece in definition.render(self.language, arguments)? {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Argument(Argument::Number(number)) => {
                    text.push_str(&number::number(*number, self.language));
                }
                Piece::Argument(Argument::Digits(digits)) => {
                    text.push_str(&number::keys(digits, self.language));
                }
                Piece::Argument(Argument::Text(name)) => text.push_str(name),
                Piece::Argument(Argument::Sound(sound)) => {
                    finish_text(&mut parts, &mut text);
                    parts.push(Part::Sound(sound.clone()));
                }
                Piece::Argument(_) => return Err(RenderPhraseError::UnknownKind),
            }
        }
        if parts.is_empty() {
            // Even a text without words: then the error says so.
            parts.push(Part::Take(Take::Speech(text.into())));
        } else {
            finish_text(&mut parts, &mut text);
        }
        Ok(parts)
    }

    fn record(
        &mut self,
        parts: &[Part],
        sounds: &dyn SoundSource,
    ) -> Result<Vec<i16>, RenderPhraseError> {
        let mut samples = Vec::new();
        for part in parts {
            match part {
                Part::Take(take) => samples.extend_from_slice(&self.take(take)?),
                Part::Sound(id) => {
                    let no_sound = || RenderPhraseError::NoSound { id: id.clone() };
                    samples.extend_from_slice(&sounds.sound(id).ok_or_else(no_sound)?);
                }
                Part::Silence(length) => {
                    samples.resize(samples.len().saturating_add(samples_in(*length)), 0);
                }
            }
        }
        Ok(samples)
    }

    fn take(&mut self, take: &Take) -> Result<Arc<[i16]>, RenderPhraseError> {
        if let Some(samples) = self.takes.get(take) {
            return Ok(samples);
        }
        let samples: Arc<[i16]> = match take {
            Take::Speech(text) => {
                loudness::master(&self.speaker.speak(text, self.language)?).into()
            }
            Take::Tone(tone) => tone::render(*tone).into(),
        };
        self.takes.insert(take.clone(), Arc::clone(&samples), samples.len());
        Ok(samples)
    }
}

impl fmt::Debug for Studio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Studio")
            .field("language", &self.language)
            .field("phrases", &self.book.definitions().count())
            .field("takes", &self.takes)
            .field("prompts", &self.prompts)
            .finish_non_exhaustive()
    }
}

/// Prompts in the order of their phrases.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// What can be played, pauses included.
    pub prompts: Vec<EncodedPrompt>,
    /// What could not be rendered.
    pub failures: Vec<RenderPhraseError>,
}

/// Why a phrase has no sound.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderPhraseError {
    /// The book does not have it: a crate's `PHRASES` were left out.
    #[error("{id} is not in the phrase book")]
    NotInBook {
        /// The phrase.
        id: PhraseId,
    },
    /// Its definition does not fit its use.
    #[error("the phrase has no words")]
    NoWords(#[from] RenderError),
    /// A recording is not there.
    #[error("there is no recording {:?}", id.as_str())]
    NoSound {
        /// Its name.
        id: SoundId,
    },
    /// The voice could not say it.
    #[error("the phrase could not be spoken")]
    Unspoken(#[from] SpeakError),
    /// A kind of phrase or argument that this crate does not know.
    #[error("this kind of phrase cannot be rendered")]
    UnknownKind,
}

/// Adds a text beside a recording, unless there is nothing to hear in it.
fn finish_text(parts: &mut Vec<Part>, text: &mut String) {
    let text = std::mem::take(text);
    if text.contains(char::is_alphanumeric) {
        parts.push(Part::Take(Take::Speech(text.into())));
    }
}

fn samples_in(length: Duration) -> usize {
    let samples = length.as_millis().saturating_mul(u128::from(SAMPLE_RATE)) / 1_000;
    usize::try_from(samples).unwrap_or(usize::MAX)
}

/// Half an hour of speech: 29 megabytes.
const MAX_CACHED_SAMPLES: usize = 1_800 * 8_000;
/// An hour of prompts: half an hour in each codec.
const MAX_CACHED_OCTETS: usize = 3_600 * 8_000;

#[cfg(test)]
mod tests;
