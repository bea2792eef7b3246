//! What can be referred to.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Faults,
    document::Document,
    nearest::nearest,
    section::{Word, clip},
};
use crate::{
    AnnouncementId, Destination, Fault, GroupId, MailboxId, MenuId, PersonId,
    compile::people::extension,
};

/// What can be referred to by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Person,
    Group,
    Menu,
    Announcement,
    Mailbox,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Person, Self::Group, Self::Menu, Self::Announcement, Self::Mailbox];

    /// Returns the word that stands for it in destinations and messages.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Group => "group",
            Self::Menu => "menu",
            Self::Announcement => "announcement",
            Self::Mailbox => "mailbox",
        }
    }
}

/// All names of the file.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    names: BTreeMap<Kind, BTreeMap<&'a str, Destination>>,
    /// The names of people, and their extensions.
    spoken: BTreeMap<&'a str, &'a str>,
    /// The extensions of people, and their names.
    owners: BTreeMap<&'a str, &'a str>,
    /// Whether somebody's extension cannot be read, which is reported elsewhere.
    missing_people: bool,
}

/// How many names a message shows.
const SHOWN: usize = 6;

impl<'a> Names<'a> {
    pub(crate) fn collect(document: &Document<'a>, faults: &mut Faults) -> Self {
        let mut names = Self::default();
        // A broken person is reported later, when it is read.
        let mut silent = Faults::default();
        let mut places: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        names.missing_people = document.people.is_empty() && !faults.is_empty();
        for (at, person) in document.people.iter().enumerate() {
            let extension = extension(person, &mut silent);
            let Some((word, _)) = extension.filter(|(word, _)| !places.contains_key(word.text))
            else {
                names.missing_people = true;
                continue;
            };
            names.insert(Kind::Person, word.text, Destination::Person(PersonId::at(at)));
            names.insert(Kind::Mailbox, word.text, Destination::Mailbox(MailboxId::at(at)));
            if let Some(name) = person.text("name", usize::MAX, &mut silent) {
                names.spoken.entry(name.text).or_insert(word.text);
                names.owners.insert(word.text, name.text);
            }
            places.insert(word.text, word.span);
        }
        let people = document.people.len();
        for (at, (name, _)) in document.mailboxes.iter().enumerate() {
            if let Some(extension) = places.get(name.text) {
                let related = (extension.clone(), "every person has a mailbox already".to_owned());
                let fault = Fault::Twice { what: format!("mailbox {}", name.text) };
                faults.push_related(fault, name.span.clone(), related);
            } else {
                let mailbox = Destination::Mailbox(MailboxId::at(people + at));
                names.insert(Kind::Mailbox, name.text, mailbox);
            }
        }
        for (at, (name, _)) in document.groups.iter().enumerate() {
            names.insert(Kind::Group, name.text, Destination::Group(GroupId::at(at)));
        }
        for (at, (name, _)) in document.menus.iter().enumerate() {
            names.insert(Kind::Menu, name.text, Destination::Menu(MenuId::at(at)));
        }
        for (at, (name, _)) in document.announcements.iter().enumerate() {
            let announcement = Destination::Announcement(AnnouncementId::at(at));
            names.insert(Kind::Announcement, name.text, announcement);
        }
        names
    }

    fn insert(&mut self, kind: Kind, name: &'a str, destination: Destination) {
        self.names.entry(kind).or_default().insert(name, destination);
    }

    /// Returns what has this name. Reports when nothing has.
    pub(crate) fn find(
        &self,
        kind: Kind,
        name: &Word<'_>,
        faults: &mut Faults,
    ) -> Option<Destination> {
        let found = self.get(kind, name.text);
        let digits = name.text.bytes().all(|byte| byte.is_ascii_digit());
        if found.is_none() && !(self.missing_people && digits) {
            let nearest = if faults.may_suggest() { self.suggest(kind, name.text) } else { None };
            let fault = Fault::NotFound {
                kind: kind.word(),
                name: clip(name.text),
                nearest: nearest.map(str::to_owned),
                known: self.all(kind).take(SHOWN).map(|known| self.shown(kind, known)).collect(),
            };
            faults.push(fault, name.span.clone());
        }
        found
    }

    pub(crate) fn get(&self, kind: Kind, name: &str) -> Option<Destination> {
        self.names.get(&kind)?.get(name).copied()
    }

    /// Returns what somebody perhaps meant who wrote only a name: `group sales`.
    pub(crate) fn guess(&self, name: &str) -> Option<String> {
        let full = |kind: Kind, name: &str| format!("{} {name}", kind.word());
        let exact = Kind::ALL.into_iter().find(|&kind| self.get(kind, name).is_some());
        if let Some(kind) = exact {
            return Some(full(kind, name));
        }
        let near = |kind| Some(full(kind, self.suggest(kind, name)?));
        Kind::ALL.into_iter().find_map(near)
    }

    fn suggest(&self, kind: Kind, name: &str) -> Option<&'a str> {
        if matches!(kind, Kind::Person | Kind::Mailbox) {
            let whole = self.spoken.get(name).copied();
            let near = || self.spoken.get(nearest(name, self.spoken.keys().copied())?).copied();
            if let Some(extension) = whole.or_else(near) {
                return Some(extension);
            }
        }
        // One extension is like another: a wrong one says nothing about the right one.
        if kind == Kind::Person { None } else { nearest(name, self.all(kind)) }
    }

    fn shown(&self, kind: Kind, name: &str) -> String {
        let owner = self.owners.get(name).filter(|_| kind == Kind::Person);
        match owner {
            Some(owner) => format!("{name:?} ({})", clip(owner)),
            None => format!("{name:?}"),
        }
    }

    fn all(&self, kind: Kind) -> impl Iterator<Item = &'a str> {
        self.names.get(&kind).into_iter().flat_map(|names| names.keys().copied())
    }
}
