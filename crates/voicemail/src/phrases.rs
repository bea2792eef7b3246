//! The wording of the mailbox.

use centrala_dialogue::{ArgumentKind, Language, PhraseDefinition, PhraseId};

/// All fixed wording of this crate.
pub const PHRASES: &[PhraseDefinition] = &[
    PhraseDefinition {
        id: NOT_AVAILABLE,
        arguments: &[ArgumentKind::Name],
        wording: &[(Language::ENGLISH, "{0} is not available.")],
    },
    PhraseDefinition {
        id: BUSY,
        arguments: &[ArgumentKind::Name],
        wording: &[(Language::ENGLISH, "{0} is on another call.")],
    },
    PhraseDefinition {
        id: UNAVAILABLE,
        arguments: &[ArgumentKind::Name],
        wording: &[(Language::ENGLISH, "{0} cannot take calls at the moment.")],
    },
    PhraseDefinition {
        id: MAILBOX_OF,
        arguments: &[ArgumentKind::Name],
        wording: &[(Language::ENGLISH, "This is the mailbox of {0}.")],
    },
    PhraseDefinition {
        id: HELPER,
        arguments: &[ArgumentKind::Name, ArgumentKind::Digits],
        wording: &[(Language::ENGLISH, "To speak to {0} instead, press {1}.")],
    },
    PhraseDefinition {
        id: LEAVE_A_MESSAGE,
        arguments: &[],
        wording: &[(Language::ENGLISH, "Please leave a message after the tone.")],
    },
    PhraseDefinition {
        id: TOO_SHORT,
        arguments: &[],
        wording: &[(
            Language::ENGLISH,
            "That was too short to keep. Please leave a message after the tone.",
        )],
    },
    PhraseDefinition {
        id: THANK_YOU,
        arguments: &[],
        wording: &[(Language::ENGLISH, "Thank you. Your message was recorded. Goodbye.")],
    },
    PhraseDefinition {
        id: NOTHING_RECORDED,
        arguments: &[],
        wording: &[(Language::ENGLISH, "No message was recorded.")],
    },
    PhraseDefinition {
        id: MAILBOX_FULL,
        arguments: &[],
        wording: &[(Language::ENGLISH, "Sorry, this mailbox is full and takes no more messages.")],
    },
    PhraseDefinition {
        id: CANNOT_RECORD,
        arguments: &[],
        wording: &[(Language::ENGLISH, "Sorry, messages cannot be recorded at the moment.")],
    },
    PhraseDefinition {
        id: CUT_OFF,
        arguments: &[],
        wording: &[(
            Language::ENGLISH,
            "Sorry, the recording was cut off. What you said before that was kept.",
        )],
    },
    PhraseDefinition {
        id: NOT_KEPT,
        arguments: &[],
        wording: &[(Language::ENGLISH, "Sorry, your message could not be kept.")],
    },
];

pub(crate) const NOT_AVAILABLE: PhraseId = PhraseId::new("voicemail.not-available");
pub(crate) const BUSY: PhraseId = PhraseId::new("voicemail.busy");
pub(crate) const UNAVAILABLE: PhraseId = PhraseId::new("voicemail.unavailable");
pub(crate) const MAILBOX_OF: PhraseId = PhraseId::new("voicemail.mailbox-of");
pub(crate) const HELPER: PhraseId = PhraseId::new("voicemail.helper");
pub(crate) const LEAVE_A_MESSAGE: PhraseId = PhraseId::new("voicemail.leave-a-message");
pub(crate) const TOO_SHORT: PhraseId = PhraseId::new("voicemail.too-short");
pub(crate) const THANK_YOU: PhraseId = PhraseId::new("voicemail.thank-you");
pub(crate) const NOTHING_RECORDED: PhraseId = PhraseId::new("voicemail.nothing-recorded");
pub(crate) const MAILBOX_FULL: PhraseId = PhraseId::new("voicemail.mailbox-full");
pub(crate) const CANNOT_RECORD: PhraseId = PhraseId::new("voicemail.cannot-record");
pub(crate) const CUT_OFF: PhraseId = PhraseId::new("voicemail.cut-off");
pub(crate) const NOT_KEPT: PhraseId = PhraseId::new("voicemail.not-kept");
