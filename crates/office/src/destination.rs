//! Where calls go.

use std::time::Duration;

use crate::{AnnouncementId, GroupId, MailboxId, MenuId, PersonId};

/// Where a call may go.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// `person 101`: rings her telephone; her mailbox takes the call where she does not.
    Person(PersonId),
    /// `group sales`
    Group(GroupId),
    /// `menu main`
    Menu(MenuId),
    /// `announcement widgets`
    Announcement(AnnouncementId),
    /// `mailbox sales`
    Mailbox(MailboxId),
    /// `operator`: whoever answers 0.
    Operator,
}

/// Who can be rung.
#[expect(clippy::exhaustive_enums, reason = "telephones ring alone or together")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Callee {
    /// One person.
    Person(PersonId),
    /// Several.
    Group(GroupId),
}

impl From<Callee> for Destination {
    fn from(callee: Callee) -> Self {
        match callee {
            Callee::Person(person) => Self::Person(person),
            Callee::Group(group) => Self::Group(group),
        }
    }
}

/// A live answer first: `group reception for 10 s, then menu main`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// Who is rung first, one step after the other. Often nobody.
    pub ring: Vec<RingStep>,
    /// Where the call goes when nobody of them answers.
    pub then: Destination,
}

impl Route {
    pub(crate) const fn new(ring: Vec<RingStep>, then: Destination) -> Self {
        Self { ring, then }
    }
}

/// A step of a [`Route`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RingStep {
    /// Who is rung.
    pub who: Callee,
    /// How long this step takes at most. Without a limit, as long as the person or the group says.
    pub limit: Option<Duration>,
}

impl RingStep {
    pub(crate) const fn new(who: Callee, limit: Option<Duration>) -> Self {
        Self { who, limit }
    }
}
