//! Groups, menus and announcements.

use std::time::Duration;

use centrala_keys::Key;
use serde_spanned::Spanned;
use toml::de::DeValue;

use super::{
    Compiler, Once,
    circle::Node,
    document::Document,
    names::Kind,
    people::RING_SECONDS,
    section::{Section, Word, clip},
};
use crate::{
    Announcement, AnnouncementId, Destination, Fault, Group, GroupId, MAX_NAME_LEN,
    MAX_RING_SECONDS, Menu, MenuId, MenuOption, RingOrder,
};

/// How often a menu listens unless the file says otherwise.
const ATTEMPTS: u16 = 3;
/// How often it may listen at most.
const MAX_ATTEMPTS: u16 = 9;
/// The longest text of a destination.
const MAX_DESTINATION_LEN: usize = 200;

const RING_ORDERS: &[&str] = &["at-once", "in-turn"];

impl<'a> Compiler<'_, 'a> {
    pub(crate) fn groups(&mut self, document: &Document<'a>) -> Vec<Group> {
        let mut groups = Vec::new();
        for (at, (name, section)) in document.groups.iter().enumerate() {
            let id = GroupId::at(at);
            let members = self.members(section);
            let ring = self.ring_order(section);
            let limits = (1, MAX_RING_SECONDS);
            let seconds = section.number("seconds", limits, RING_SECONDS, self.faults);
            let example = "otherwise = \"mailbox sales\"";
            let node = Node::Group(id);
            let otherwise = self.continuation(section, "otherwise", example, node, name);
            if let Some(otherwise) = otherwise {
                groups.push(Group {
                    id,
                    name: name.text.into(),
                    members,
                    ring,
                    ring_time: Duration::from_secs(seconds.into()),
                    otherwise,
                });
            }
        }
        groups
    }

    fn members(&mut self, section: &Section<'a>) -> Vec<crate::PersonId> {
        const EXAMPLE: &str = "members = [\"101\", \"102\"]";
        section.demand("members", EXAMPLE, self.faults);
        let mut once = Once::new();
        let mut members = Vec::new();
        for word in section.list("members", MAX_NAME_LEN, EXAMPLE, self.faults) {
            once.see(
                word.text,
                || format!("member {}", clip(word.text)),
                word.span.clone(),
                self.faults,
            );
            if let Some(Destination::Person(person)) =
                self.names.find(Kind::Person, &word, self.faults)
            {
                members.push(person);
            }
        }
        members
    }

    fn ring_order(&mut self, section: &Section<'a>) -> RingOrder {
        let word = section.text("ring", usize::MAX, self.faults);
        match word.as_ref().map(|word| word.text) {
            None | Some("at-once") => RingOrder::AtOnce,
            Some("in-turn") => RingOrder::InTurn,
            Some(other) => {
                let found = clip(other);
                let fault = Fault::UnknownChoice { key: "ring", found, choices: RING_ORDERS };
                let span = word.map_or(0..0, |word| word.span);
                self.faults.push(fault, span);
                RingOrder::AtOnce
            }
        }
    }

    pub(crate) fn menus(&mut self, document: &Document<'a>) -> Vec<Menu> {
        let mut menus = Vec::new();
        for (at, (name, section)) in document.menus.iter().enumerate() {
            let id = MenuId::at(at);
            let example = "greeting = \"Thank you for calling.\"";
            section.demand("greeting", example, self.faults);
            let greeting = self.prompt(section, "greeting");
            let options = self.options(section);
            let attempts = section.number("attempts", (1, MAX_ATTEMPTS), ATTEMPTS, self.faults);
            let text = format!("menu {}", clip(name.text));
            self.edges.add(Node::Menu(id), text, Destination::Operator, name.span.clone());
            if let Some(greeting) = greeting {
                let attempts = u8::try_from(attempts).unwrap_or(u8::MAX);
                menus.push(Menu { id, name: name.text.into(), greeting, options, attempts });
            }
        }
        menus
    }

    fn options(&mut self, section: &Section<'a>) -> Vec<MenuOption> {
        const EXAMPLE: &str = "options.1 = { say = \"For sales\", go = \"group sales\" }";
        let Some(value) = section.demand("options", EXAMPLE, self.faults) else {
            return Vec::new();
        };
        let DeValue::Table(table) = value.get_ref() else {
            self.faults.wrong_type("options", "a section, options.1 = { … } and so on", value);
            return Vec::new();
        };
        if table.is_empty() {
            self.faults.push(Fault::EmptyList { key: "options", example: EXAMPLE }, value.span());
        }
        let rows = section.inner(section.title.clone(), value.span(), table).rows();
        let option =
            |(key, value): (Word<'a>, &'a Spanned<DeValue<'a>>)| self.option(section, &key, value);
        let mut options: Vec<MenuOption> = rows.into_iter().filter_map(option).collect();
        options.sort_by_key(|option| option.key);
        options
    }

    fn option(
        &mut self,
        menu: &Section<'a>,
        key: &Word<'a>,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Option<MenuOption> {
        let pressed = self.option_key(key);
        let title = format!("option {} of {}", clip(key.text), menu.title);
        let DeValue::Table(table) = value.get_ref() else {
            self.faults.wrong_type(&format!("options.{}", key.text), OPTION, value);
            return None;
        };
        let section = menu.inner(title, key.span.clone(), table).only(&["say", "go"], self.faults);
        section.demand("say", "say = \"For sales\"", self.faults);
        let say = self.prompt(&section, "say");
        let example = "go = \"group sales\"";
        let go = section.required("go", MAX_DESTINATION_LEN, example, self.faults);
        let go = go.and_then(|word| self.destination(&word));
        Some(MenuOption { key: pressed?, say: say?, go: go? })
    }

    fn option_key(&mut self, word: &Word<'a>) -> Option<Key> {
        let mut chars = word.text.chars();
        let key = match (chars.next(), chars.next()) {
            (Some(c), None) => Key::from_char(c),
            (_, _) => None,
        };
        let on_telephones = |key: &Key| key.is_digit() || matches!(key, Key::Star | Key::Pound);
        let key = key.filter(on_telephones);
        match key {
            Some(Key::Zero) => {
                self.faults.push(Fault::ZeroIsTheOperator, word.span.clone());
                return None;
            }
            Some(_) => {}
            None => {
                let found = clip(word.text);
                let right = "options are written options.1 to options.9, options.\"*\" or \
                             options.\"#\"";
                let fault = Fault::Malformed { what: "key of a telephone", found, right };
                self.faults.push(fault, word.span.clone());
            }
        }
        key
    }

    pub(crate) fn announcements(&mut self, document: &Document<'a>) -> Vec<Announcement> {
        let mut announcements = Vec::new();
        for (at, (name, section)) in document.announcements.iter().enumerate() {
            let id = AnnouncementId::at(at);
            section.demand("say", "say = \"We are open from nine to five.\"", self.faults);
            let say = self.prompt(section, "say");
            let example = "then = \"menu main\"";
            let node = Node::Announcement(id);
            let then = self.continuation(section, "then", example, node, name);
            if let (Some(say), Some(then)) = (say, then) {
                announcements.push(Announcement { id, name: name.text.into(), say, then });
            }
        }
        announcements
    }

    /// Returns where a call goes on its own, and remembers it for the search for circles.
    fn continuation(
        &mut self,
        section: &Section<'a>,
        key: &'static str,
        example: &'static str,
        from: Node,
        name: &Word<'a>,
    ) -> Option<Destination> {
        let word = section.required(key, MAX_DESTINATION_LEN, example, self.faults)?;
        let to = self.destination(&word)?;
        self.edges.add(from, format!("{} {}", from.kind(), clip(name.text)), to, word.span);
        Some(to)
    }
}

const OPTION: &str = "{ say = \"…\", go = \"…\" }";
