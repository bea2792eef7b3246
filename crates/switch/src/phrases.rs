//! What the exchange says on its own.

use centrala_dialogue::{Language, PhraseDefinition, PhraseId};

/// All fixed wording of this crate.
pub const PHRASES: &[PhraseDefinition] = &[PhraseDefinition {
    id: NOBODY_AVAILABLE,
    arguments: &[],
    wording: &[(
        Language::ENGLISH,
        "We are sorry. Nobody can take your call now, and no message can be recorded. \
         Please call again later, or press zero to try once more.",
    )],
}];

/// The apology, where neither a person nor a mailbox can take a call.
pub(crate) const NOBODY_AVAILABLE: PhraseId = PhraseId::new("switch.nobody-available");
