//! Where things stand in the file, for whoever finds something about them later.

use std::{collections::BTreeMap, ops::Range};

use centrala_keys::Key;
use toml::de::DeValue;

use super::{document::Document, faults::Faults, people::extension, section::Section};
use crate::{
    AnnouncementId, EntryId, GroupId, Location, MailboxId, MenuId, PersonId, Spot, TrunkId,
    office_errors::Lines,
};

/// Returns where everything stands that has an id. What the file has twice is refused elsewhere.
pub(crate) fn spots(document: &Document<'_>, lines: &Lines<'_>) -> BTreeMap<Spot, Location> {
    let mut spots = BTreeMap::new();
    let mut add = |spot: Spot, span: &Range<usize>| {
        spots.insert(spot, lines.location(span));
    };
    // Whatever is wrong was found before.
    let mut silent = Faults::default();
    if let Some(company) = &document.company {
        add(Spot::Company, &company.span);
    }
    for (at, entry) in document.entries.iter().enumerate() {
        let span = entry.get("number").map_or_else(|| entry.span.clone(), |number| number.span());
        add(Spot::Entry(EntryId::at(at)), &span);
    }
    for (at, person) in document.people.iter().enumerate() {
        let span = extension(person, &mut silent).map(|(word, _)| word.span);
        let span = span.unwrap_or_else(|| person.span.clone());
        add(Spot::Person(PersonId::at(at)), &span);
        add(Spot::Mailbox(MailboxId::at(at)), &span);
    }
    for (at, (name, _)) in document.mailboxes.iter().enumerate() {
        add(Spot::Mailbox(MailboxId::at(document.people.len() + at)), &name.span);
    }
    for (at, (name, _)) in document.groups.iter().enumerate() {
        add(Spot::Group(GroupId::at(at)), &name.span);
    }
    for (at, (name, section)) in document.menus.iter().enumerate() {
        let menu = MenuId::at(at);
        add(Spot::Menu(menu), &name.span);
        for (key, span) in options(section) {
            add(Spot::Option(menu, key), &span);
        }
    }
    for (at, (name, _)) in document.announcements.iter().enumerate() {
        add(Spot::Announcement(AnnouncementId::at(at)), &name.span);
    }
    for (at, trunk) in document.trunks.iter().enumerate() {
        let span = trunk.get("name").map_or_else(|| trunk.span.clone(), |name| name.span());
        add(Spot::Trunk(TrunkId::at(at)), &span);
    }
    spots
}

fn options(menu: &Section<'_>) -> Vec<(Key, Range<usize>)> {
    let Some(value) = menu.get("options") else { return Vec::new() };
    let DeValue::Table(table) = value.get_ref() else { return Vec::new() };
    let key = |key: &toml::Spanned<std::borrow::Cow<'_, str>>| {
        let mut chars = key.get_ref().chars();
        Some((chars.next().and_then(Key::from_char)?, key.span()))
    };
    table.keys().filter_map(key).collect()
}
