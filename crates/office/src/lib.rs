//! The compiled company: people, groups, menus, entries, and the one routing function.
//!
//! An office is compiled from one readable file (`Office::compile(source, name)`, being written).

mod announcement;
mod company;
mod destination;
mod entry;
mod group;
mod id;
mod mailbox;
mod menu;
mod office;
mod person;
mod trunk;
// mod routing; pub use routing::…

pub use announcement::Announcement;
pub use company::Company;
pub use destination::{Callee, Destination, RingStep, Route};
pub use entry::Entry;
pub use group::{Group, RingOrder};
pub use id::{AnnouncementId, EntryId, GroupId, MailboxId, MenuId, PersonId, TrunkId};
pub use mailbox::{Mailbox, MailboxOwner};
pub use menu::{Menu, MenuOption};
pub use office::{Office, SoundFile};
pub use person::Person;
pub use trunk::{Network, ParseNetworkError, Trunk};
