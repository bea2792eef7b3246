//! All fixed wording of a system.

use std::collections::BTreeMap;

use centrala_dialogue::{Argument, ArgumentKind, Language, PhraseDefinition, PhraseId, Piece};
use centrala_keys::{Digits, Key};

use crate::SpeakError;

/// The union of the wording of all dialogue crates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhraseBook {
    definitions: BTreeMap<PhraseId, PhraseDefinition>,
}

impl PhraseBook {
    /// Joins the `PHRASES` of several crates.
    ///
    /// # Errors
    ///
    /// If two definitions have the same id.
    pub fn new<'a>(
        parts: impl IntoIterator<Item = &'a [PhraseDefinition]>,
    ) -> Result<Self, BuildPhraseBookError> {
        let mut definitions = BTreeMap::new();
        for definition in parts.into_iter().flatten() {
            if definitions.insert(definition.id, *definition).is_some() {
                return Err(BuildPhraseBookError::Duplicate { id: definition.id });
            }
        }
        Ok(Self { definitions })
    }

    /// Returns the definition with this id.
    #[must_use]
    pub fn definition(&self, id: PhraseId) -> Option<&PhraseDefinition> {
        self.definitions.get(&id)
    }

    /// Returns all definitions, in the order of their ids.
    pub fn definitions(&self) -> impl Iterator<Item = &PhraseDefinition> {
        self.definitions.values()
    }

    /// Returns what keeps the wording in `language` from being whole, in the order of the ids.
    #[must_use]
    pub fn missing(&self, language: Language) -> Vec<Missing> {
        let gaps = self.definitions().flat_map(|definition| {
            gaps(definition, language).into_iter().map(|gap| Missing { id: definition.id, gap })
        });
        gaps.collect()
    }
}

/// Something that keeps a phrase from being said.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{id}: {gap}")]
pub struct Missing {
    /// The phrase.
    pub id: PhraseId,
    /// What is wrong with it.
    #[source]
    pub gap: Gap,
}

/// Why a definition is not whole.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    /// There are no words in the language.
    #[error("there are no words in the language")]
    NoWording,
    /// The words have a slot that no argument fills.
    #[error("the words have a slot that no argument fills")]
    BadSlot,
    /// An argument, counted from 0, is never spoken.
    #[error("argument {argument} is never spoken")]
    UnusedArgument {
        /// Which one.
        argument: usize,
    },
    /// The voice cannot say the words.
    #[error("the voice cannot say the words")]
    Unspeakable(#[source] SpeakError),
}

/// Why a phrase book could not be joined.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildPhraseBookError {
    /// Two definitions have this id.
    #[error("two phrases are called {id}")]
    Duplicate {
        /// The id.
        id: PhraseId,
    },
}

/// Returns arguments that fit a definition, each a different one.
pub(crate) fn examples(kinds: &[ArgumentKind]) -> Vec<Argument> {
    let example = |(at, kind): (usize, &ArgumentKind)| match kind {
        ArgumentKind::Number => Argument::Number(u32::try_from(at).unwrap_or(u32::MAX)),
        ArgumentKind::Digits => Argument::Digits(Digits::from_iter(vec![Key::One; at + 1])),
        ArgumentKind::Name | _ => Argument::Text(format!("name {at}").into()),
    };
    kinds.iter().enumerate().map(example).collect()
}

fn gaps(definition: &PhraseDefinition, language: Language) -> Vec<Gap> {
    if !definition.wording.iter().any(|(spoken, _)| *spoken == language) {
        return vec![Gap::NoWording];
    }
    let arguments = examples(definition.arguments);
    let Ok(pieces) = definition.render(language, &arguments) else { return vec![Gap::BadSlot] };
    let is_unused = |argument: &Argument| !pieces.contains(&Piece::Argument(argument));
    let unused = arguments.iter().enumerate().filter(|(_, argument)| is_unused(argument));
    unused.map(|(argument, _)| Gap::UnusedArgument { argument }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn define(
        id: &'static str,
        arguments: &'static [ArgumentKind],
        words: &'static [(Language, &'static str)],
    ) -> PhraseDefinition {
        PhraseDefinition { id: PhraseId::new(id), arguments, wording: words }
    }

    const EN: Language = Language::ENGLISH;
    const WHOLE: PhraseDefinition = define(
        "a.whole",
        &[ArgumentKind::Name, ArgumentKind::Number, ArgumentKind::Name],
        &[(EN, "{2} {1} {0}")],
    );

    #[test]
    fn every_gap_is_listed() {
        const PARTS: &[PhraseDefinition] = &[
            define("b.other-language", &[], &[(Language::new("pl"), "słowa")]),
            define("b.slot", &[ArgumentKind::Number], &[(EN, "{0} {1}")]),
            define("b.open", &[], &[(EN, "{0")]),
            define("b.unused", &[ArgumentKind::Name, ArgumentKind::Digits], &[(EN, "{1}")]),
        ];
        let book = PhraseBook::new([PARTS, &[WHOLE]]).unwrap();
        let missing = book.missing(EN);
        let found = missing.iter().map(|missing| (missing.id.as_str(), &missing.gap));
        assert!(found.eq([
            ("b.open", &Gap::BadSlot),
            ("b.other-language", &Gap::NoWording),
            ("b.slot", &Gap::BadSlot),
            ("b.unused", &Gap::UnusedArgument { argument: 0 }),
        ]));
    }

    #[test]
    fn two_phrases_cannot_have_one_id() {
        let error = PhraseBook::new([&[WHOLE][..], &[WHOLE]]).unwrap_err();
        assert_eq!(error, BuildPhraseBookError::Duplicate { id: WHOLE.id });
    }
}
