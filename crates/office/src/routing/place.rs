//! Where a call can stand.

use std::time::Duration;

use crate::{AnnouncementId, Callee, Destination, EntryId, MailboxId, MenuId, Office, PersonId};

/// Where a call stands. All of them lie inside of the company.
#[expect(clippy::exhaustive_enums, reason = "whoever carries calls must know every place")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Telephones ring.
    Ring(Ring),
    /// Somebody has answered: the end of routing, and what everything is for.
    Talking(PersonId),
    /// The attendant offers a menu.
    Menu(MenuId),
    /// Information is spoken.
    Announcement(AnnouncementId),
    /// A message is taken.
    Mailbox {
        /// Where it is kept.
        mailbox: MailboxId,
        /// Why the caller came here.
        reason: Reason,
    },
    /// Nobody can take the call and no mailbox a message: the caller is told so, and may press 0.
    Apology,
    /// The call is over.
    Over,
    /// The call is not taken.
    Refused(Refusal),
}

/// Telephones that ring.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ring {
    /// Whose.
    pub who: Callee,
    /// For how long at most, all members of a group in turn included.
    pub limit: Duration,
    /// Where the call goes when nobody answers.
    pub then: Continuation,
}

/// Where a call goes when nobody answers.
#[expect(clippy::exhaustive_enums, reason = "whoever carries calls must know every way")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Continuation {
    /// Where those who were rung want it: to the person's mailbox, to the group's `otherwise`.
    Own,
    /// To a later step of the route of the number that was called.
    Step {
        /// The number.
        entry: EntryId,
        /// The step; past the last one stands the destination of the route.
        step: u32,
    },
}

/// Why a caller came to a mailbox.
#[expect(clippy::exhaustive_enums, reason = "every mailbox must know every reason")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The plan or the caller chose the mailbox.
    Direct,
    /// Nobody answered.
    NoAnswer,
    /// Whoever was called is on the telephone.
    Busy,
    /// No telephone of theirs could be reached.
    Unavailable,
    /// They refused the call.
    Declined,
}

/// Why a call is not taken.
#[expect(clippy::exhaustive_enums, reason = "each has its own answer on the wire")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Nobody has this number (SIP 404).
    NotFound,
    /// Not for this caller (SIP 403).
    Forbidden,
}

impl Place {
    /// Returns the place in words, with names from `office`: `rings group sales`.
    #[must_use]
    pub fn describe(&self, office: &Office) -> String {
        let named = |destination| office.describe(destination);
        match self {
            Self::Ring(ring) => {
                let seconds = ring.limit.as_secs();
                format!("ring {} for {seconds} s", named(ring.who.into()))
            }
            Self::Talking(person) => match office.person(*person) {
                Some(person) => format!("talking with {}", person.name),
                None => "talking".to_owned(),
            },
            Self::Menu(menu) => named(Destination::Menu(*menu)),
            Self::Announcement(id) => named(Destination::Announcement(*id)),
            Self::Mailbox { mailbox, reason } => {
                let why = match reason {
                    Reason::Direct => "",
                    Reason::NoAnswer => " (no answer)",
                    Reason::Busy => " (busy)",
                    Reason::Unavailable => " (not reachable)",
                    Reason::Declined => " (declined)",
                };
                named(Destination::Mailbox(*mailbox)) + why
            }
            Self::Apology => "apology: nobody is available".to_owned(),
            Self::Over => "over".to_owned(),
            Self::Refused(Refusal::NotFound) => "refused: no such number".to_owned(),
            Self::Refused(Refusal::Forbidden) => "refused: not allowed".to_owned(),
        }
    }

    /// Returns whether nothing leads on from here.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Talking(_) | Self::Over | Self::Refused(_) => true,
            Self::Ring(_)
            | Self::Menu(_)
            | Self::Announcement(_)
            | Self::Mailbox { .. }
            | Self::Apology => false,
        }
    }
}
