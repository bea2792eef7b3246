//! Recorded greetings, and which of them a caller hears.

use crate::Reason;

/// What a recorded greeting is for.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GreetingKind {
    /// Nobody answers.
    Regular,
    /// The person is talking.
    Busy,
    /// The person does not want to be disturbed, or is away.
    Unavailable,
    /// In the place of all others, for a while.
    Temporary,
    /// The person's name, for the stock wording.
    Name,
}

impl GreetingKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Regular, Self::Busy, Self::Unavailable, Self::Temporary, Self::Name];

    /// Returns the word for it, as stores write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Temporary => "temporary",
            Self::Name => "name",
        }
    }

    /// Returns the kind that this word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Returns which of the recorded greetings a caller hears, if any is meant for this `reason`.
///
/// The temporary one comes before all others. Who is talking may be greeted by the regular one; who
/// does not want to be disturbed is not, because it says the wrong thing: then the voice speaks.
#[must_use]
pub fn choose_greeting(reason: Reason, recorded: &[GreetingKind]) -> Option<GreetingKind> {
    let wanted: &[GreetingKind] = match reason {
        Reason::NoAnswer | Reason::Chosen => &[GreetingKind::Temporary, GreetingKind::Regular],
        Reason::Busy => &[GreetingKind::Temporary, GreetingKind::Busy, GreetingKind::Regular],
        Reason::Unavailable => &[GreetingKind::Temporary, GreetingKind::Unavailable],
    };
    wanted.iter().copied().find(|kind| recorded.contains(kind))
}
