//! A plan: an office, made ready for callers.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use centrala_dialogue::{Argument, Phrase};
use centrala_ivr::Menu;
use centrala_keys::{DigitMap, Pattern};
use centrala_office::{
    Callee, MailboxId, MailboxOwner, MenuId, Office, Person, RingOrder,
    routing::{Outcome, Reason},
};
use centrala_voicemail::{self as voicemail, TakeMessageConfig};

use crate::hunt::{Order, Telephone};

/// The extension that was keyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Extension;

/// An office, with its menus made ready. All calls of a plan share it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) office: Arc<Office>,
    menus: Menus,
    /// The extensions of everybody.
    extensions: DigitMap<Extension>,
}

impl Plan {
    pub(crate) fn new(office: Arc<Office>) -> Self {
        let people: Vec<&Person> = office.people().iter().collect();
        let (menus, extensions) = with_extensions(&office, &people);
        Self { office, menus, extensions }
    }

    /// Returns a plan in which callers can dial one of all extensions that look alike: the first
    /// of each length that begins with the same key.
    pub(crate) fn small(office: Arc<Office>) -> Self {
        let mut alike = BTreeMap::new();
        for person in office.people() {
            let looks = (person.extension.first().copied(), person.extension.len());
            alike.entry(looks).or_insert(person);
        }
        let people: Vec<&Person> = alike.into_values().collect();
        let (menus, extensions) = with_extensions(&office, &people);
        Self { office, menus, extensions }
    }

    pub(crate) fn menu(&self, menu: MenuId) -> Option<Arc<Menu<Outcome>>> {
        self.menus.get(&menu).cloned()
    }

    pub(crate) fn extensions(&self) -> DigitMap<Extension> {
        self.extensions.clone()
    }

    /// Returns which telephones ring, and in which order.
    pub(crate) fn telephones(&self, who: Callee) -> (Vec<Telephone>, Order) {
        let (people, order) = match who {
            Callee::Person(person) => (vec![person], Order::AtOnce),
            Callee::Group(group) => match self.office.group(group) {
                Some(group) => (group.members.clone(), order(group.ring, group.ring_time)),
                None => (Vec::new(), Order::AtOnce),
            },
        };
        let people = people.into_iter().filter_map(|person| self.office.person(person));
        let telephone =
            |person: &Person| Telephone { person: person.id, user: Arc::clone(&person.user) };
        (people.map(telephone).collect(), order)
    }

    /// Returns how a mailbox takes a message, and its greeting in the plan's own words.
    pub(crate) fn mailbox(
        &self,
        id: MailboxId,
        reason: Reason,
    ) -> Option<(TakeMessageConfig, Option<Phrase>)> {
        let mailbox = self.office.mailbox(id)?;
        let name = mailbox.name.parse().ok()?;
        let (owner, reason) = match mailbox.owner {
            MailboxOwner::Person(person) => {
                (self.office.person(person)?.name.clone(), told(reason))
            }
            // "Sales is on another call" is nothing that a caller should hear.
            MailboxOwner::Company | _ => (mailbox.name.clone(), voicemail::Reason::Chosen),
        };
        let mut config = TakeMessageConfig::new(name, Argument::Text(owner), reason);
        config.extensions = self.extensions.clone().map_labels(|_| ());
        Some((config, mailbox.greeting.clone()))
    }

    /// Returns whom a caller wanted, in words.
    pub(crate) fn name(&self, who: Callee) -> Option<&str> {
        match who {
            Callee::Person(person) => self.office.person(person).map(|person| &*person.name),
            Callee::Group(group) => self.office.group(group).map(|group| &*group.name),
        }
    }
}

type Menus = BTreeMap<MenuId, Arc<Menu<Outcome>>>;

/// Returns the menus, and what can be dialled in them and elsewhere: the extensions of `people`.
fn with_extensions(office: &Office, people: &[&Person]) -> (Menus, DigitMap<Extension>) {
    let mut extensions = DigitMap::default();
    for person in people {
        if let Ok(pattern) = Pattern::exactly(&person.extension) {
            extensions.push(pattern, Extension);
        }
    }
    let menus = office.menus().iter();
    (menus.map(|menu| (menu.id, Arc::new(ready(menu, people)))).collect(), extensions)
}

fn ready(menu: &centrala_office::Menu, people: &[&Person]) -> Menu<Outcome> {
    let mut ready = Menu::new([menu.greeting.clone()]).attempts(menu.attempts);
    // An office has no option and no extension that begins with 0, and no key twice.
    for option in &menu.options {
        let offered = ready.offer(option.key, option.say.clone(), Outcome::Chosen(option.go));
        debug_assert_eq!(offered, Ok(()), "key {} of menu {}", option.key, menu.name);
    }
    for extension in people.iter().map(|person| &person.extension) {
        let Ok(pattern) = Pattern::exactly(extension) else { continue };
        let offered = ready.dial(pattern, Outcome::Dialled(extension.clone()));
        debug_assert_eq!(offered, Ok(()), "extension {extension}");
    }
    ready
}

fn order(ring: RingOrder, each: Duration) -> Order {
    match ring {
        RingOrder::InTurn => Order::in_turn(each),
        // An order that this exchange does not know yet: better all than nobody.
        RingOrder::AtOnce | _ => Order::AtOnce,
    }
}

/// Returns the reason as a caller is told it.
const fn told(reason: Reason) -> voicemail::Reason {
    match reason {
        Reason::Direct => voicemail::Reason::Chosen,
        // That her telephone is switched off is not for every caller to know.
        Reason::NoAnswer | Reason::Unavailable => voicemail::Reason::NoAnswer,
        Reason::Busy => voicemail::Reason::Busy,
        Reason::Declined => voicemail::Reason::Unavailable,
    }
}
