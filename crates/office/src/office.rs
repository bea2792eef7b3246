//! The office: tables, and look-ups in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
};

use centrala_dialogue::{Phrase, SoundId};
use centrala_keys::{Digits, Key};

use crate::{
    Announcement, AnnouncementId, Callee, Company, Destination, Entry, EntryId, Fault, Group,
    GroupId, Location, Mailbox, MailboxId, Menu, MenuId, OfficeError, Person, PersonId, Spot,
    Trunk, TrunkId,
};

/// A whole company, checked: every reference leads somewhere, and every call that nobody answers
/// ends in a mailbox.
///
/// It is made by [`Office::compile`] and never changes; a new plan is a new office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    pub(crate) company: Company,
    pub(crate) people: Vec<Person>,
    pub(crate) groups: Vec<Group>,
    pub(crate) menus: Vec<Menu>,
    pub(crate) announcements: Vec<Announcement>,
    pub(crate) mailboxes: Vec<Mailbox>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) trunks: Vec<Trunk>,
    pub(crate) sounds: Vec<SoundFile>,
    pub(crate) spots: BTreeMap<Spot, Location>,
    pub(crate) phrases: Vec<Phrase>,
    pub(crate) index: Index,
}

/// What [`Office`] finds by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) extensions: BTreeMap<Digits, PersonId>,
    pub(crate) users: BTreeMap<Arc<str>, PersonId>,
    pub(crate) numbers: BTreeMap<Arc<str>, EntryId>,
    pub(crate) mailboxes: BTreeMap<Arc<str>, MailboxId>,
}

impl Office {
    /// Returns what is true of the whole company.
    #[must_use]
    pub const fn company(&self) -> &Company {
        &self.company
    }

    /// Returns the people in the order of the file.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Returns the groups.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Returns the menus.
    #[must_use]
    pub fn menus(&self) -> &[Menu] {
        &self.menus
    }

    /// Returns the announcements.
    #[must_use]
    pub fn announcements(&self) -> &[Announcement] {
        &self.announcements
    }

    /// Returns the mailboxes: those of people first.
    #[must_use]
    pub fn mailboxes(&self) -> &[Mailbox] {
        &self.mailboxes
    }

    /// Returns the numbers under which the company is called, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the connections to telephone companies, in the order of the file.
    #[must_use]
    pub fn trunks(&self) -> &[Trunk] {
        &self.trunks
    }

    /// Returns the recordings that the office's file names. Whether they exist, and hold sound
    /// that can be played, is for the owner of the disk to check.
    #[must_use]
    pub fn sound_files(&self) -> &[SoundFile] {
        &self.sounds
    }

    /// Returns a person. `None` if the id is another office's.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(id.index())
    }

    /// Returns a group. `None` if the id is another office's.
    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id.index())
    }

    /// Returns a menu. `None` if the id is another office's.
    #[must_use]
    pub fn menu(&self, id: MenuId) -> Option<&Menu> {
        self.menus.get(id.index())
    }

    /// Returns an announcement. `None` if the id is another office's.
    #[must_use]
    pub fn announcement(&self, id: AnnouncementId) -> Option<&Announcement> {
        self.announcements.get(id.index())
    }

    /// Returns a mailbox. `None` if the id is another office's.
    #[must_use]
    pub fn mailbox(&self, id: MailboxId) -> Option<&Mailbox> {
        self.mailboxes.get(id.index())
    }

    /// Returns a trunk. `None` if the id is another office's.
    #[must_use]
    pub fn trunk(&self, id: TrunkId) -> Option<&Trunk> {
        self.trunks.get(id.index())
    }

    /// Returns who has this extension.
    #[must_use]
    pub fn extension(&self, dialled: &[Key]) -> Option<&Person> {
        // `Digits` orders as its keys do, but does not lend itself as a slice to the map.
        let dialled: Digits = dialled.iter().copied().collect();
        self.person(*self.index.extensions.get(&dialled)?)
    }

    /// Returns whose telephone registers as `user`.
    #[must_use]
    pub fn person_by_user(&self, user: &str) -> Option<&Person> {
        self.person(*self.index.users.get(user)?)
    }

    /// Returns the entry with this number, however it is punctuated, with or without its `+`:
    /// telephone companies write it both ways.
    #[must_use]
    pub fn entry(&self, number: &str) -> Option<&Entry> {
        let plain = plain_number(number)?;
        let id = self.index.numbers.get(plain.trim_start_matches('+'))?;
        self.entries.get(id.index())
    }

    /// Returns the mailbox with this name.
    #[must_use]
    pub fn mailbox_by_name(&self, name: &str) -> Option<&Mailbox> {
        self.mailbox(*self.index.mailboxes.get(name)?)
    }

    /// Returns the trunk whose calls come from `address`.
    #[must_use]
    pub fn trunk_at(&self, address: IpAddr) -> Option<&Trunk> {
        let from = |trunk: &&Trunk| trunk.networks.iter().any(|network| network.contains(address));
        self.trunks.iter().find(from)
    }

    /// Returns where something stands in the office's file. `None` if it is another office's.
    #[must_use]
    pub fn locate(&self, spot: Spot) -> Option<&Location> {
        self.spots.get(&spot)
    }

    /// Returns a destination as the office's file writes it: `group sales`.
    #[must_use]
    pub fn describe(&self, destination: Destination) -> String {
        let named = |kind: &str, name: Option<&Arc<str>>| match name {
            Some(name) => format!("{kind} {name}"),
            None => format!("{kind} of another office"),
        };
        match destination {
            Destination::Person(id) => match self.person(id) {
                Some(person) => format!("person {}", person.extension),
                None => named("person", None),
            },
            Destination::Group(id) => named("group", self.group(id).map(|group| &group.name)),
            Destination::Menu(id) => named("menu", self.menu(id).map(|menu| &menu.name)),
            Destination::Announcement(id) => {
                named("announcement", self.announcement(id).map(|announcement| &announcement.name))
            }
            Destination::Mailbox(id) => {
                named("mailbox", self.mailbox(id).map(|mailbox| &mailbox.name))
            }
            Destination::Operator => "operator".to_owned(),
        }
    }

    /// Returns everything that its menus, announcements and mailboxes say, each once, so that it
    /// can be made ready before the first call.
    pub fn phrases(&self) -> impl Iterator<Item = &Phrase> {
        self.phrases.iter()
    }

    /// Returns who answers 0.
    #[must_use]
    pub fn operator(&self) -> Callee {
        self.company.operator
    }
}

impl Office {
    /// Collects what is said.
    pub(crate) fn with_phrases(mut self) -> Self {
        let mut phrases: BTreeSet<Phrase> = self.attendant_phrases().collect();
        phrases.extend(self.announcements.iter().map(|announcement| announcement.say.clone()));
        phrases.extend(self.mailboxes.iter().filter_map(|mailbox| mailbox.greeting.clone()));
        self.phrases = phrases.into_iter().collect();
        self
    }
}

/// A recording that the office's file names.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundFile {
    /// Its name in phrases.
    pub sound: SoundId,
    /// The path as it is written, relative to the office's file.
    pub path: Arc<str>,
    /// Where it is named first.
    pub at: Location,
}

impl SoundFile {
    /// Returns the error that the file cannot be played, shown where it is named.
    #[must_use]
    pub fn unplayable(&self, why: impl Into<String>) -> OfficeError {
        let fault = Fault::Unplayable { path: self.path.to_string(), why: why.into() };
        OfficeError { fault, at: self.at.clone(), related: None }
    }
}

/// The most keys and signs that a number may be written with.
pub(crate) const MAX_NUMBER_LEN: usize = 32;

/// Returns `number` without spaces and punctuation, `None` if it is no telephone number.
pub(crate) fn plain_number(number: &str) -> Option<String> {
    if number.len() > MAX_NUMBER_LEN {
        return None;
    }
    let plain: String = number.chars().filter(|c| !" -.()/".contains(*c)).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then_some(plain)
}
