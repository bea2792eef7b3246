//! The picture of a plan, for readers.

use std::collections::{BTreeMap, BTreeSet};

use centrala_dialogue::laws::Met;
use centrala_office::{
    Destination, EntryId, Office,
    routing::{Outcome, Place},
};

use crate::{CallGraph, Edge, Node, On, Proof, Start};

mod mermaid;
#[cfg(test)]
mod tests;

/// A reader's graph of an office: one card for each thing that its file names, and what leads
/// callers from one to another.
///
/// The proven graph has a place for each reason and limit; here they are one. 0 and extensions lead
/// to the same from everywhere: they are told once, not drawn.
#[derive(Clone, Debug)]
pub struct Picture {
    cards: BTreeMap<Card, Shown>,
    links: BTreeMap<(Card, Card, bool), BTreeSet<String>>,
    operator: String,
}

/// What stands on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Card {
    Entry(EntryId),
    To(Destination),
    Apology,
}

#[derive(Clone, Debug)]
struct Shown {
    text: String,
    is_reached: bool,
}

impl Picture {
    /// Returns the picture of what was proven.
    #[must_use]
    pub fn of(proof: &Proof) -> Self {
        let graph = &proof.graph;
        let office = graph.office();
        let operator = office.describe(Destination::Operator);
        let mut picture = Self { cards: cards(office), links: BTreeMap::new(), operator };
        for &(start, at) in graph.starts() {
            if let Start::Entry(entry) = start {
                picture.link(Card::Entry(entry), card_of(graph, at), true, String::new());
            }
        }
        for (at, _) in graph.nodes().enumerate() {
            let Some(from) = card_of(graph, at) else { continue };
            picture.reach(office, from);
            for edge in graph.edges(at) {
                if is_drawn(edge) {
                    let to = card_of(graph, edge.to);
                    picture.link(from, to, edge.on.is_voluntary(), label(edge));
                }
            }
        }
        picture
    }

    fn reach(&mut self, office: &Office, card: Card) {
        let text = || text_of(office, card);
        let shown = self.cards.entry(card);
        shown.or_insert_with(|| Shown { text: text(), is_reached: true }).is_reached = true;
    }

    fn link(&mut self, from: Card, to: Option<Card>, is_wanted: bool, label: String) {
        let Some(to) = to.filter(|&to| to != from) else { return };
        let labels = self.links.entry((from, to, is_wanted)).or_default();
        if !label.is_empty() {
            labels.insert(label);
        }
    }
}

/// Returns all that the file names, reached or not.
fn cards(office: &Office) -> BTreeMap<Card, Shown> {
    let entries = office.entries().iter().map(|entry| (Card::Entry(entry.id), true));
    let menus = office.menus().iter().map(|menu| Destination::Menu(menu.id));
    let groups = office.groups().iter().map(|group| Destination::Group(group.id));
    let announcements = office.announcements().iter().map(|it| Destination::Announcement(it.id));
    let people = office.people().iter().map(|person| Destination::Person(person.id));
    let named = menus.chain(groups).chain(announcements).chain(people);
    let named = named.map(|destination| (Card::To(destination), false));
    entries
        .chain(named)
        .map(|(card, is_reached)| (card, Shown { text: text_of(office, card), is_reached }))
        .collect()
}

fn text_of(office: &Office, card: Card) -> String {
    match card {
        Card::Entry(id) => office
            .entries()
            .get(id.index())
            .map(|entry| entry.number.to_string())
            .unwrap_or_default(),
        Card::To(Destination::Person(id)) => match office.person(id) {
            Some(person) => format!("{} {}", person.extension, person.name),
            None => String::new(),
        },
        Card::To(destination) => office.describe(destination),
        Card::Apology => "apology: nobody is available".to_owned(),
    }
}

/// Returns the card on which a node is drawn. The ends of calls have none.
fn card_of(graph: &CallGraph, at: usize) -> Option<Card> {
    let Node::Place(place) = graph.node(at)? else { return None };
    match place {
        Place::Ring(ring) => Some(Card::To(ring.who.into())),
        Place::Talking(person) => Some(Card::To(Destination::Person(person))),
        Place::Menu(menu) => Some(Card::To(Destination::Menu(menu))),
        Place::Announcement(it) => Some(Card::To(Destination::Announcement(it))),
        Place::Mailbox { mailbox, reason: _ } => Some(Card::To(Destination::Mailbox(mailbox))),
        Place::Apology => Some(Card::Apology),
        Place::Over | Place::Refused(_) => None,
    }
}

fn is_drawn(edge: &Edge) -> bool {
    match &edge.on {
        On::Outcome(outcome) => *outcome != Outcome::Operator,
        On::Extension | On::Dialled(_) => false,
    }
}

fn label(edge: &Edge) -> String {
    match &edge.on {
        On::Outcome(Outcome::Answered(_)) => "answered".to_owned(),
        On::Outcome(outcome) => {
            let keys = edge.by.iter().filter_map(Met::keys).map(ToString::to_string);
            let keys: Vec<String> = keys.collect();
            let is_chosen = matches!(outcome, Outcome::Chosen(_)) && !keys.is_empty();
            if is_chosen { keys.join(" or ") } else { outcome.to_string() }
        }
        On::Extension | On::Dialled(_) => String::new(),
    }
}
