//! The compiled company: people, groups, menus, entries, and the one routing function.
//!
//! A company describes its telephone in one readable file. [`Office::compile`] makes an [`Office`]
//! of it, or tells everything that is wrong, each with its place and with what would be right. An
//! office keeps promises that a file cannot: every reference leads somewhere, no two people share
//! an extension, no extension begins with 0, and a call that nobody answers ends in a mailbox.
//!
//! Not here: how a call is carried (that is the switch), and passwords (they are not in the file).
//!
//! # Example
//!
//! ```
//! use centrala_office::{Office, routing};
//!
//! let file = r#"
//!     [company]
//!     name = "Acme Widgets"
//!     operator = "person 101"
//!
//!     [[entry]]
//!     number = "+1 555 0100"
//!     go = "person 101 for 10 s, then menu main"
//!
//!     [[person]]
//!     name = "Sally Jones"
//!     extension = "101"
//!
//!     [menu.main]
//!     greeting = "Thank you for calling Acme Widgets."
//!     options.1 = { say = "For sales", go = "person 101" }
//! "#;
//! let office = Office::compile(file, "acme.toml")?;
//!
//! let entry = office.entry("+15550100").ok_or("no entry")?;
//! assert_eq!(office.describe(entry.route.then), "menu main");
//! let place = routing::enter(&office, entry.id);
//! assert_eq!(place.describe(&office), "ring person 101 for 10 s");
//!
//! let wrong = file.replace("menu main", "menu mian");
//! let errors = Office::compile(&wrong, "acme.toml").unwrap_err();
//! assert_eq!(
//!     errors.to_string(),
//!     r#"
//! error: there is no menu "mian"
//!  --> acme.toml:8:42
//!   |
//! 8 |     go = "person 101 for 10 s, then menu mian"
//!   |                                          ^^^^
//!   = did you mean "main"?
//! "#
//!     .trim()
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The file
//!
//! | section | keys |
//! | --- | --- |
//! | `[company]` | `name`, `operator` (a person or a group), `language` (`en`) |
//! | `[[entry]]` | `number`, `go` (a route) |
//! | `[[person]]` | `name`, `extension`, `user` (as `extension`), `seconds` (20), `greeting` |
//! | `[group.NAME]` | `members` (extensions), `ring` (`at-once`, `in-turn`), `seconds` (20), `otherwise` |
//! | `[menu.NAME]` | `greeting`, `options.KEY = { say, go }`, `attempts` (3) |
//! | `[announcement.NAME]` | `say`, `then` |
//! | `[mailbox.NAME]` | `greeting` |
//! | `[[trunk]]` | `name`, `addresses`, `numbers` (all) |
//!
//! `go`, `otherwise`, `then` and `operator` are destinations: `person 101`, `group sales`,
//! `menu main`, `announcement widgets`, `mailbox sales`, `operator`. An entry may ring people and
//! groups before: `group reception for 10 s, then menu main`. What is said (`greeting`, `say`) is
//! a text, or a recording: `{ file = "hello.wav" }`, see [`Office::sound_files`].

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
mod spot;
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
pub use spot::Spot;
pub use trunk::{Network, ParseNetworkError, Trunk};
