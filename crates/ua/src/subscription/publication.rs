//! What can be watched, and by whom.

use std::collections::BTreeSet;

use bytes::Bytes;
use centrala_sip::MessageSummary;

use super::{DialogInfo, EventPackage};
use crate::Source;

/// The state of a resource, and who may watch it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Publication {
    /// The state.
    pub state: PublishedState,
    /// Who may watch it.
    pub watchers: Watchers,
}

/// The state of a resource.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum PublishedState {
    /// A mailbox.
    Messages(MessageSummary),
    /// The calls of a person.
    Dialogs(DialogInfo),
}

/// Who may watch a resource.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watchers {
    /// The user of the same name as the resource.
    Owner,
    /// Every user.
    Users,
    /// These users.
    Listed(BTreeSet<String>),
    /// Everybody whose requests come so far: trunks too, and strangers where
    /// [`Strangers::Admit`](crate::Strangers::Admit) lets them in.
    Anybody,
}

impl Publication {
    /// Returns the state for those who may usually see it: a mailbox for its owner alone, a person's calls for every
    /// user.
    #[must_use]
    pub const fn new(state: PublishedState) -> Self {
        let watchers = Watchers::usual(state.package());
        Self { state, watchers }
    }
}

impl PublishedState {
    /// Returns the package that the state belongs to.
    #[must_use]
    pub const fn package(&self) -> EventPackage {
        match self {
            Self::Messages(_) => EventPackage::MessageSummary,
            Self::Dialogs(_) => EventPackage::Dialog,
        }
    }

    /// Writes the state for one watcher. Summaries have no version.
    pub(crate) fn body(&self, entity: &str, version: u32) -> Bytes {
        match self {
            Self::Messages(summary) => summary.to_bytes(),
            Self::Dialogs(dialogs) => dialogs.to_xml(entity, version).into(),
        }
    }
}

impl Watchers {
    pub(crate) const fn usual(package: EventPackage) -> Self {
        match package {
            EventPackage::MessageSummary => Self::Owner,
            EventPackage::Dialog => Self::Users,
        }
    }

    /// Returns whether `who` may watch the resource of that name.
    #[must_use]
    pub fn allow(&self, who: &Source, resource: &str) -> bool {
        match (self, who) {
            (Self::Anybody, _) | (Self::Users, Source::User(_)) => true,
            (Self::Owner, Source::User(user)) => user == resource,
            (Self::Listed(users), Source::User(user)) => users.contains(user),
            (Self::Users | Self::Owner | Self::Listed(_), Source::Trunk(_) | Source::Stranger) => {
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_watch_what() {
        let user = |name: &str| Source::User(name.to_owned());
        let trunk = Source::Trunk("101".to_owned());
        let listed = || Watchers::Listed(BTreeSet::from(["102".to_owned()]));
        let cases = [
            ("her own mailbox", Watchers::Owner, user("101"), true),
            ("another's mailbox", Watchers::Owner, user("102"), false),
            ("a trunk of the same name", Watchers::Owner, trunk.clone(), false),
            ("a colleague", Watchers::Users, user("102"), true),
            ("a stranger", Watchers::Users, Source::Stranger, false),
            ("one on the list", listed(), user("102"), true),
            ("one who is not", listed(), user("101"), false),
            ("a trunk where anybody may", Watchers::Anybody, trunk, true),
            ("a stranger where anybody may", Watchers::Anybody, Source::Stranger, true),
        ];
        for (name, watchers, who, expected) in cases {
            assert_eq!(watchers.allow(&who, "101"), expected, "{name}");
        }
    }
}
