//! How long phrases are, for whoever has not heard them.

use std::{collections::BTreeMap, time::Duration};

use centrala_dialogue::{Argument, Language, Phrase, PhraseDefinition, PhraseId, Tone};

/// How many characters a voice says in a second.
const CHARACTERS_PER_SECOND: u64 = 14;
/// What a sentence needs beside its characters, in milliseconds.
const PAUSE_MILLIS: u64 = 300;
/// How long a recording is taken to be that nobody has measured.
const RECORDING: Duration = Duration::from_secs(10);

/// Estimates how long phrases are from how long they are to read.
#[derive(Clone, Debug)]
pub struct Lengths {
    wording: BTreeMap<PhraseId, &'static str>,
}

impl Default for Lengths {
    /// English, with the words of menus, mailboxes and the exchange.
    fn default() -> Self {
        Self::of(
            Language::ENGLISH,
            [centrala_ivr::PHRASES, centrala_voicemail::PHRASES, centrala_switch::PHRASES],
        )
    }
}

impl Lengths {
    /// Returns the lengths of these words in `language`.
    #[must_use]
    pub fn of<'a>(
        language: Language,
        phrases: impl IntoIterator<Item = &'a [PhraseDefinition]>,
    ) -> Self {
        let definitions = phrases.into_iter().flatten();
        let wording = definitions.filter_map(|definition| {
            let words = definition.wording.iter().find(|(spoken, _)| *spoken == language);
            Some((definition.id, words?.1))
        });
        Self { wording: wording.collect() }
    }

    /// Returns how long a phrase is.
    #[must_use]
    pub fn of_phrase(&self, phrase: &Phrase) -> Duration {
        match phrase {
            Phrase::Text(text) => spoken(text.chars().count()),
            Phrase::Said { id, arguments } => {
                let words = self.wording.get(id).map_or(0, |words| words.chars().count());
                spoken(words + arguments.iter().map(characters).sum::<usize>())
            }
            Phrase::Sound(_) => RECORDING,
            Phrase::Tone(Tone::Beep) => Duration::from_millis(500),
            Phrase::Silence(length) => *length,
            Phrase::Tone(_) | _ => Duration::ZERO,
        }
    }
}

fn spoken(characters: usize) -> Duration {
    let characters = u64::try_from(characters).unwrap_or(u64::MAX);
    Duration::from_millis(characters.saturating_mul(1_000) / CHARACTERS_PER_SECOND + PAUSE_MILLIS)
}

/// Returns how many characters an argument sounds like.
fn characters(argument: &Argument) -> usize {
    match argument {
        Argument::Text(text) => text.chars().count(),
        Argument::Digits(digits) => digits.len() * 6,
        Argument::Number(_) | Argument::Sound(_) | _ => 10,
    }
}
