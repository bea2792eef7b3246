//! The names of stored sounds.

use centrala_dialogue::SoundId;

use crate::{GreetingKind, MailboxName, MessageId, Request};

/// A sound that a store has, as a dialogue names it.
#[expect(clippy::exhaustive_enums, reason = "messages and greetings are all that a store keeps")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StoredSound {
    /// A message.
    Message(MessageId),
    /// A greeting.
    Greeting {
        /// Whose.
        mailbox: MailboxName,
        /// Which.
        kind: GreetingKind,
    },
}

impl StoredSound {
    /// Returns the name by which a dialogue says it.
    #[must_use]
    pub fn to_sound_id(&self) -> SoundId {
        SoundId::new(match self {
            Self::Message(id) => format!("{MESSAGE}{id}"),
            Self::Greeting { mailbox, kind } => format!("{GREETING}{mailbox}/{}", kind.word()),
        })
    }

    /// Returns the stored sound that is named so, if the name is of that kind.
    #[must_use]
    pub fn from_sound_id(sound: &SoundId) -> Option<Self> {
        if let Some(id) = sound.as_str().strip_prefix(MESSAGE) {
            let number = u64::from_str_radix(id, 16).ok()?;
            let message = MessageId::new(number);
            return (message.to_string() == id).then_some(Self::Message(message));
        }
        let (mailbox, kind) = sound.as_str().strip_prefix(GREETING)?.split_once('/')?;
        Some(Self::Greeting {
            mailbox: mailbox.parse().ok()?,
            kind: GreetingKind::from_word(kind)?,
        })
    }

    /// Returns the request that fetches it.
    #[must_use]
    pub fn into_request(self) -> Request {
        match self {
            Self::Message(message) => Request::Fetch { message },
            Self::Greeting { mailbox, kind } => Request::FetchGreeting { mailbox, kind },
        }
    }
}

/// What the name of a message begins with.
const MESSAGE: &str = "voicemail.message/";
/// What the name of a greeting begins with.
const GREETING: &str = "voicemail.greeting/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_sound_is_found_by_its_name_and_others_are_not() {
        let mailbox: MailboxName = "front-desk".parse().unwrap();
        let greetings =
            GreetingKind::ALL.map(|kind| StoredSound::Greeting { mailbox: mailbox.clone(), kind });
        for sound in greetings.into_iter().chain([StoredSound::Message(MessageId::new(42))]) {
            assert_eq!(StoredSound::from_sound_id(&sound.to_sound_id()), Some(sound));
        }
        for name in [
            "menu.main",
            "voicemail.message/",
            "voicemail.message/2a",
            "voicemail.message/+00000000000002a",
            "voicemail.greeting/101",
            "voicemail.greeting/../regular",
            "voicemail.greeting/101/regular/x",
        ] {
            assert_eq!(StoredSound::from_sound_id(&SoundId::new(name)), None, "{name}");
        }
    }
}
