//! What routing must know beside the place.

use centrala_dialogue::Language;

use super::{Outcome, Place};
use crate::{Callee, Office};

/// How many steps in a row a call may take that its caller did not ask for.
pub const MAX_HOPS: u8 = 24;

/// What routing must know of a call beside its place: small, finite, and named.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Context {
    /// The language in which the caller is spoken to.
    pub language: Language,
    /// Whom the caller wanted. Her mailbox stays in charge wherever the call goes on.
    pub called: Option<Callee>,
    /// How many steps the call has taken since its caller last decided something.
    pub hops: u8,
}

impl Context {
    /// Returns the context of a call that begins at `place`.
    #[must_use]
    pub fn new(office: &Office, place: &Place) -> Self {
        Self { language: office.company().language, called: wanted(place), hops: 0 }
    }

    /// Returns the context after `outcome` led to `place`.
    #[must_use]
    pub fn after(self, outcome: &Outcome, place: &Place) -> Self {
        if outcome.is_voluntary() {
            Self { called: wanted(place), hops: 0, ..self }
        } else {
            let called = self.called.or_else(|| wanted(place));
            Self { called, hops: self.hops.saturating_add(1).min(MAX_HOPS), ..self }
        }
    }
}

const fn wanted(place: &Place) -> Option<Callee> {
    match place {
        Place::Ring(ring) => Some(ring.who),
        Place::Talking(person) => Some(Callee::Person(*person)),
        Place::Menu(_)
        | Place::Announcement(_)
        | Place::Mailbox { .. }
        | Place::Apology
        | Place::Over
        | Place::Refused(_) => None,
    }
}
