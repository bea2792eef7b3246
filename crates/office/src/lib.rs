//! The compiled company: people, groups, menus, entries, and the one routing function.
//!
//! An office is compiled from one readable file by [`Office::compile`].

mod announcement;
mod attendant;
mod company;
mod compile;
mod destination;
mod entry;
mod fault;
mod group;
mod id;
mod mailbox;
mod menu;
mod office;
mod office_errors;
mod person;
pub mod routing;
mod trunk;

pub use announcement::Announcement;
pub use company::Company;
pub use compile::{
    MAX_ADDRESSES, MAX_EXTENSION_LEN, MAX_NAME_LEN, MAX_RING_SECONDS, MAX_ROUTE_STEPS,
    MAX_SOURCE_LEN, MAX_TEXT_LEN,
};
pub use destination::{Callee, Destination, RingStep, Route};
pub use entry::Entry;
pub use fault::Fault;
pub use group::{Group, RingOrder};
pub use id::{AnnouncementId, EntryId, GroupId, MailboxId, MenuId, PersonId, TrunkId};
pub use mailbox::{Mailbox, MailboxOwner};
pub use menu::{Menu, MenuOption};
pub use office::{Office, SoundFile};
pub use office_errors::{Location, MAX_ERRORS, OfficeError, OfficeErrors};
pub use person::Person;
pub use trunk::{Network, ParseNetworkError, Trunk};
