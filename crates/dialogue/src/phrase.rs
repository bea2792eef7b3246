//! What can be said.

use std::{fmt, sync::Arc, time::Duration};

use centrala_keys::Digits;

/// Something that a party hears.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phrase {
    /// Fixed wording of a dialogue crate, with its arguments.
    Said {
        /// Which wording: the id of a [`PhraseDefinition`].
        id: PhraseId,
        /// What fills its slots, in the order of the definition.
        arguments: Vec<Argument>,
    },
    /// Wording of the company's plan, spoken by the voice until somebody records it.
    Text(Arc<str>),
    /// A recording.
    Sound(SoundId),
    /// A tone.
    Tone(Tone),
    /// Nothing, for a while.
    Silence(Duration),
}

impl Phrase {
    /// Returns fixed wording without arguments.
    #[must_use]
    pub const fn said(id: PhraseId) -> Self {
        Self::Said { id, arguments: Vec::new() }
    }

    /// Returns fixed wording with arguments.
    #[must_use]
    pub fn said_with(id: PhraseId, arguments: impl Into<Vec<Argument>>) -> Self {
        Self::Said { id, arguments: arguments.into() }
    }

    /// Returns wording of the plan.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }
}

/// The name of fixed wording, unique in a system: `voicemail.leave-a-message`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhraseId(&'static str);

impl PhraseId {
    /// Returns the id that is written so. By convention the crate's name comes first.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// Returns the id as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for PhraseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for PhraseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The name of a recording: a greeting, a message, a file. Its owner knows where the sound is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SoundId(Arc<str>);

impl SoundId {
    /// Returns the id that is written so.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// Returns the id as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A tone that belongs to a conversation.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// "Speak now."
    Beep,
    /// What a caller hears while a telephone rings.
    Ringback,
}

/// What fills a slot of fixed wording.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Argument {
    /// Spoken as a number: "twelve".
    Number(u32),
    /// Spoken key by key: "one zero one". `Debug` keeps it secret.
    Digits(Digits),
    /// Spoken as it is written: a name, a department.
    Text(Arc<str>),
    /// A recorded name.
    Sound(SoundId),
}

impl Argument {
    /// Returns which kind of slot this fills.
    #[must_use]
    pub const fn kind(&self) -> ArgumentKind {
        match self {
            Self::Number(_) => ArgumentKind::Number,
            Self::Digits(_) => ArgumentKind::Digits,
            Self::Text(_) | Self::Sound(_) => ArgumentKind::Name,
        }
    }
}

/// The kind of a slot in fixed wording.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArgumentKind {
    /// [`Argument::Number`]
    Number,
    /// [`Argument::Digits`]
    Digits,
    /// [`Argument::Text`] or [`Argument::Sound`]
    Name,
}

/// A language, by its tag of BCP 47: `en`, `pl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(&'static str);

impl Language {
    /// English.
    pub const ENGLISH: Self = Self("en");

    /// Returns the language of this tag.
    #[must_use]
    pub const fn new(tag: &'static str) -> Self {
        Self(tag)
    }

    /// Returns the tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.0
    }
}

/// Fixed wording: each dialogue crate exports its own as `PHRASES`.
#[expect(clippy::exhaustive_structs, reason = "written as constants in other crates")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhraseDefinition {
    /// Its name.
    pub id: PhraseId,
    /// What its slots take, in order.
    pub arguments: &'static [ArgumentKind],
    /// The words in each language; `{0}` is the first slot.
    pub wording: &'static [(Language, &'static str)],
}

impl PhraseDefinition {
    /// Returns the words in `language` as pieces: text, and arguments where the slots are.
    ///
    /// # Errors
    ///
    /// If there is no wording in `language`, or the arguments are not those of the definition.
    pub fn render<'a>(
        &self,
        language: Language,
        arguments: &'a [Argument],
    ) -> Result<Vec<Piece<'a>>, RenderError> {
        let kinds = arguments.iter().map(Argument::kind);
        if !kinds.eq(self.arguments.iter().copied()) {
            return Err(RenderError::WrongArguments { id: self.id });
        }
        let wording = self.wording.iter().find(|(spoken, _)| *spoken == language);
        let (_, words) = wording.ok_or(RenderError::NoWording { id: self.id, language })?;
        let mut pieces = Vec::new();
        let mut rest = *words;
        while let Some((text, after)) = rest.split_once('{') {
            let bad = || RenderError::BadSlot { id: self.id, language };
            let (slot, tail) = after.split_once('}').ok_or_else(bad)?;
            let argument = slot.parse::<usize>().ok().and_then(|at| arguments.get(at));
            pieces.push(Piece::Words(text));
            pieces.push(Piece::Argument(argument.ok_or_else(bad)?));
            rest = tail;
        }
        pieces.push(Piece::Words(rest));
        pieces.retain(|piece| *piece != Piece::Words(""));
        Ok(pieces)
    }
}

/// A part of a rendered phrase.
#[expect(clippy::exhaustive_enums, reason = "words and slots are all there is")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words of the definition.
    Words(&'static str),
    /// What fills a slot.
    Argument(&'a Argument),
}

/// Why a phrase has no words.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The definition does not know this language.
    #[error("{id} has no wording in {}", language.tag())]
    NoWording {
        /// The phrase.
        id: PhraseId,
        /// The language that was asked for.
        language: Language,
    },
    /// The arguments are fewer, more or other than the definition says.
    #[error("{id} was given other arguments than its definition names")]
    WrongArguments {
        /// The phrase.
        id: PhraseId,
    },
    /// The wording has a slot that no argument fills.
    #[error("the wording of {id} in {} has a slot that no argument fills", language.tag())]
    BadSlot {
        /// The phrase.
        id: PhraseId,
        /// The language.
        language: Language,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: PhraseDefinition = PhraseDefinition {
        id: PhraseId::new("test.call"),
        arguments: &[ArgumentKind::Name, ArgumentKind::Digits],
        wording: &[(Language::ENGLISH, "For {0}, press {1}."), (Language::new("xx"), "{2}")],
    };

    #[test]
    fn slots_are_filled_in_the_order_of_the_wording() {
        let arguments = [Argument::Text("Sally".into()), Argument::Digits("101".parse().unwrap())];
        let pieces = CALL.render(Language::ENGLISH, &arguments).unwrap();
        let [name, digits] = &arguments;
        assert_eq!(
            pieces,
            [
                Piece::Words("For "),
                Piece::Argument(name),
                Piece::Words(", press "),
                Piece::Argument(digits),
                Piece::Words("."),
            ]
        );
    }

    #[test]
    fn wrong_arguments_wrong_slots_and_unknown_languages_are_refused() {
        let arguments = [Argument::Text("Sally".into()), Argument::Digits("101".parse().unwrap())];
        let id = CALL.id;
        let xx = Language::new("xx");
        for (language, arguments, error) in [
            (Language::ENGLISH, &arguments[..1], RenderError::WrongArguments { id }),
            (xx, &arguments[..], RenderError::BadSlot { id, language: xx }),
            (
                Language::new("pl"),
                &arguments[..],
                RenderError::NoWording { id, language: Language::new("pl") },
            ),
        ] {
            assert_eq!(CALL.render(language, arguments), Err(error));
        }
    }
}
