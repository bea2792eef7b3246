//! What is known about a message besides its sound.

use std::{fmt, sync::Arc};

/// The most bytes that an [`EnvelopeText`] keeps.
pub const MAX_TEXT_BYTES: usize = 256;

/// What was known about the call when a message was begun.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Envelope {
    /// The caller's number, unless it was withheld.
    pub caller_number: Option<EnvelopeText>,
    /// The caller's name, if one was given.
    pub caller_name: Option<EnvelopeText>,
    /// What the caller had called.
    pub called: EnvelopeText,
    /// Why nobody answered.
    pub reason: Reason,
    /// When the message was begun.
    pub received: UnixMillis,
}

impl Envelope {
    /// Returns the envelope of an unknown caller's message.
    #[must_use]
    pub const fn new(called: EnvelopeText, reason: Reason, received: UnixMillis) -> Self {
        Self { caller_number: None, caller_name: None, called, reason, received }
    }

    /// Names the caller.
    #[must_use]
    pub fn from_caller(mut self, number: Option<EnvelopeText>, name: Option<EnvelopeText>) -> Self {
        self.caller_number = number;
        self.caller_name = name;
        self
    }
}

/// A line of text that a peer may have chosen: without control characters, and never longer than
/// [`MAX_TEXT_BYTES`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvelopeText(Arc<str>);

impl EnvelopeText {
    /// Returns `text` without control characters, cut where it is too long.
    #[must_use]
    pub fn new(text: &str) -> Self {
        // The rest of an endless text is not even looked at.
        let looked_at = text.char_indices().take_while(|(at, _)| *at < 2 * MAX_TEXT_BYTES);
        let mut kept = String::new();
        for (_, c) in looked_at.filter(|(_, c)| !c.is_control()) {
            if kept.len() + c.len_utf8() > MAX_TEXT_BYTES {
                break;
            }
            kept.push(c);
        }
        Self(kept.into())
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvelopeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EnvelopeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// A moment of the calendar: milliseconds since 1970-01-01 00:00 UTC. A datum, never a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(u64);

impl UnixMillis {
    /// Returns the moment this many milliseconds after 1970-01-01 00:00 UTC.
    #[must_use]
    pub const fn new(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Why a caller came to a mailbox.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The telephone rang, and nobody answered.
    NoAnswer,
    /// The called person was talking.
    Busy,
    /// The called person does not want to be disturbed, or is away.
    Unavailable,
    /// The caller chose the mailbox.
    Chosen,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::NoAnswer, Self::Busy, Self::Unavailable, Self::Chosen];

    /// Returns the word for it, as stores write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoAnswer => "no-answer",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Chosen => "chosen",
        }
    }

    /// Returns the reason that this word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_peer_is_cut_and_cleaned() {
        for (name, text, kept) in [
            ("plain", "Łucja <sip:101@x>", "Łucja <sip:101@x>".to_owned()),
            ("control characters", "a\r\nb\0c\u{85}\x1b[0m", "abc[0m".to_owned()),
            ("too long", &"ł".repeat(1_000), "ł".repeat(MAX_TEXT_BYTES / 2)),
            ("odd end", &format!("x{}", "ł".repeat(200)), format!("x{}", "ł".repeat(127))),
            ("control characters only", &"\n".repeat(100_000), String::new()),
        ] {
            assert_eq!(EnvelopeText::new(text).as_str(), kept, "{name}");
        }
    }

    #[test]
    fn every_reason_is_found_by_its_word() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_word(reason.word()), Some(reason));
        }
        assert_eq!(Reason::from_word("asleep"), None);
    }
}
