//! What can happen at a place.

use std::fmt;

use centrala_ivr::WhyGaveUp;
use centrala_keys::Digits;

use super::Place;
use crate::{Callee, Destination, Office, Person, PersonId};

/// What happened at a place.
#[expect(clippy::exhaustive_enums, reason = "routing must answer every outcome")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Somebody answered.
    Answered(PersonId),
    /// Whoever was rung is on the telephone.
    Busy,
    /// It rang, and nobody answered.
    NoAnswer,
    /// No telephone could be reached.
    NotRegistered,
    /// Whoever was rung refused the call.
    Declined,
    /// The caller chose what a menu offers.
    Chosen(Destination),
    /// The caller dialled an extension.
    Dialled(Digits),
    /// The caller pressed 0.
    Operator,
    /// The caller could not make use of a menu.
    GaveUp(WhyGaveUp),
    /// Everything was said.
    Finished,
    /// A message was left.
    MessageKept,
    /// The caller was asked for a message and said nothing.
    NothingSaid,
    /// The mailbox could not take a message.
    NotTaken(NotTaken),
    /// The caller has gone round for as long as a call may go without an answer.
    TooLong,
}

/// Why a mailbox could not take a message.
#[expect(clippy::exhaustive_enums, reason = "routing must answer every case")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotTaken {
    /// It is full.
    Full,
    /// It cannot be written to.
    Failed,
}

impl Outcome {
    /// Returns whether the caller asked for it, or somebody answered. All others are steps that
    /// nobody asked for, and their number is bounded.
    #[must_use]
    pub const fn is_voluntary(&self) -> bool {
        match self {
            Self::Answered(_) | Self::Chosen(_) | Self::Dialled(_) | Self::Operator => true,
            Self::Busy
            | Self::NoAnswer
            | Self::NotRegistered
            | Self::Declined
            | Self::GaveUp(_)
            | Self::Finished
            | Self::MessageKept
            | Self::NothingSaid
            | Self::NotTaken(_)
            | Self::TooLong => false,
        }
    }
}

/// In words, without what was keyed.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered(_) => "answered",
            Self::Busy => "busy",
            Self::NoAnswer => "no answer",
            Self::NotRegistered => "not reachable",
            Self::Declined => "declined",
            Self::Chosen(_) => "chosen from the menu",
            Self::Dialled(_) => "dialled an extension",
            Self::Operator => "pressed 0",
            Self::GaveUp(WhyGaveUp::NoInput) => "pressed nothing",
            Self::GaveUp(WhyGaveUp::WrongKeys) => "pressed wrong keys",
            Self::GaveUp(_) => "made no choice",
            Self::Finished => "all was said",
            Self::MessageKept => "message kept",
            Self::NothingSaid => "said nothing",
            Self::NotTaken(NotTaken::Full) => "mailbox full",
            Self::NotTaken(NotTaken::Failed) => "mailbox out of order",
            Self::TooLong => "took too long",
        })
    }
}

/// Returns everything that can happen at `place`: the edges that lead from it.
#[must_use]
pub fn outcomes(office: &Office, place: &Place) -> Vec<Outcome> {
    let mut edges = own_outcomes(office, place);
    if can_dial(place) {
        let dialled = |person: &Person| Outcome::Dialled(person.extension.clone());
        edges.extend(office.people().iter().map(dialled));
    }
    edges
}

/// Returns whether extensions can be dialled at `place`.
#[must_use]
pub const fn can_dial(place: &Place) -> bool {
    match place {
        Place::Menu(_) | Place::Announcement(_) | Place::Mailbox { .. } => true,
        Place::Ring(_) | Place::Talking(_) | Place::Apology | Place::Over | Place::Refused(_) => {
            false
        }
    }
}

/// Returns what can happen at `place`, beside the extensions that can be dialled there: these are
/// the same everywhere, and many.
#[must_use]
pub fn own_outcomes(office: &Office, place: &Place) -> Vec<Outcome> {
    let mut edges = match place {
        Place::Ring(ring) => {
            let members = match ring.who {
                Callee::Person(person) => vec![person],
                Callee::Group(group) => {
                    office.group(group).map(|group| group.members.clone()).unwrap_or_default()
                }
            };
            let mut edges: Vec<_> = members.into_iter().map(Outcome::Answered).collect();
            let failed = [Outcome::Busy, Outcome::NoAnswer, Outcome::NotRegistered];
            edges.extend(failed.into_iter().chain([Outcome::Declined]));
            edges
        }
        Place::Menu(menu) => {
            let menu = office.menu(*menu);
            let options = menu.into_iter().flat_map(|menu| &menu.options);
            let gave_up = [WhyGaveUp::NoInput, WhyGaveUp::WrongKeys].map(Outcome::GaveUp);
            let chosen = options.map(|option| Outcome::Chosen(option.go));
            chosen.chain(gave_up).collect()
        }
        Place::Announcement(_) | Place::Apology => vec![Outcome::Finished],
        Place::Mailbox { .. } => {
            let not_taken = [NotTaken::Full, NotTaken::Failed].map(Outcome::NotTaken);
            [Outcome::MessageKept, Outcome::NothingSaid].into_iter().chain(not_taken).collect()
        }
        Place::Talking(_) | Place::Over | Place::Refused(_) => return Vec::new(),
    };
    edges.extend([Outcome::Operator, Outcome::TooLong]);
    edges
}
