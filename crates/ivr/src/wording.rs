//! What menus say on their own.

use centrala_dialogue::{
    Argument, ArgumentKind, Language, Phrase, PhraseDefinition, PhraseId, SoundId,
};
use centrala_keys::{Digits, Key};

/// All fixed wording of this crate.
pub const PHRASES: &[PhraseDefinition] = &[
    define(OPTION, &[ArgumentKind::Name, ArgumentKind::Digits], &[english("{0}, press {1}.")]),
    define(PRESS, &[ArgumentKind::Digits], &[english("Press {0}.")]),
    define(EXTENSION, &[], &[english("If you know an extension, you may dial it at any time.")]),
    define(OPERATOR, &[], &[english("To speak to the operator, press zero.")]),
    define(NO_INPUT, &[], &[english("Please choose with the keys of your telephone.")]),
    define(NO_OPTION, &[], &[english("Sorry, that is not an option.")]),
    define(NO_EXTENSION, &[], &[english("Sorry, nobody has that extension.")]),
    define(ONE_MOMENT, &[], &[english("One moment, please.")]),
];

/// "For sales, press 1."
const OPTION: PhraseId = PhraseId::new("ivr.option");
/// "Press 1.", after something that is neither a text nor a recording.
const PRESS: PhraseId = PhraseId::new("ivr.press");
/// Extensions may be dialled.
pub(crate) const EXTENSION: PhraseId = PhraseId::new("ivr.extension");
/// 0 is there.
pub(crate) const OPERATOR: PhraseId = PhraseId::new("ivr.operator");
/// Help for somebody who pressed nothing.
pub(crate) const NO_INPUT: PhraseId = PhraseId::new("ivr.no-input");
/// One key, and it means nothing.
pub(crate) const NO_OPTION: PhraseId = PhraseId::new("ivr.no-option");
/// Several keys, and they mean nothing.
pub(crate) const NO_EXTENSION: PhraseId = PhraseId::new("ivr.no-extension");
/// Said before a menu gives up: somebody else goes on.
pub(crate) const ONE_MOMENT: PhraseId = PhraseId::new("ivr.one-moment");

/// What a menu says beside its greeting and its offer.
pub(crate) const HELP: [PhraseId; 4] = [NO_INPUT, NO_OPTION, NO_EXTENSION, ONE_MOMENT];

/// Returns "For sales, press 1.": the words of the option and its key.
pub(crate) fn option(say: &Phrase, key: Key) -> Vec<Phrase> {
    let key = Argument::Digits(Digits::from_iter([key]));
    let named = |name: Argument| vec![Phrase::said_with(OPTION, [name, key.clone()])];
    if let Phrase::Text(text) = say {
        named(Argument::Text(text.clone()))
    } else if let Phrase::Sound(sound) = say {
        named(Argument::Sound(SoundId::clone(sound)))
    } else {
        vec![say.clone(), Phrase::said_with(PRESS, [key])]
    }
}

const fn define(
    id: PhraseId,
    arguments: &'static [ArgumentKind],
    wording: &'static [(Language, &'static str)],
) -> PhraseDefinition {
    PhraseDefinition { id, arguments, wording }
}

const fn english(words: &'static str) -> (Language, &'static str) {
    (Language::ENGLISH, words)
}
