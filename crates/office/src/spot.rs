//! Where things stand in an office's file.

use centrala_keys::Key;

use crate::{AnnouncementId, Destination, EntryId, GroupId, MailboxId, MenuId, PersonId, TrunkId};

/// Something that stands at one place of an office's file: see [`Office::locate`](crate::Office::locate).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// `[company]`
    Company,
    /// The number of an entry.
    Entry(EntryId),
    /// The extension of a person.
    Person(PersonId),
    /// The name of a group.
    Group(GroupId),
    /// The name of a menu.
    Menu(MenuId),
    /// A key of a menu.
    Option(MenuId, Key),
    /// The name of an announcement.
    Announcement(AnnouncementId),
    /// The name of a mailbox; a person's is where she is.
    Mailbox(MailboxId),
    /// The name of a trunk.
    Trunk(TrunkId),
}

impl From<Destination> for Spot {
    fn from(destination: Destination) -> Self {
        match destination {
            Destination::Person(person) => Self::Person(person),
            Destination::Group(group) => Self::Group(group),
            Destination::Menu(menu) => Self::Menu(menu),
            Destination::Announcement(announcement) => Self::Announcement(announcement),
            Destination::Mailbox(mailbox) => Self::Mailbox(mailbox),
            Destination::Operator => Self::Company,
        }
    }
}
