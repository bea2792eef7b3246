//! The ways to one of the company.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
};

use centrala_dialogue::laws::Met;
use centrala_office::{Destination, Office, routing::Outcome};

use super::{Card, Reader};
use crate::{Edge, On, Start};

/// Returns what these words mean.
pub(super) fn find(office: &Office, words: &str) -> Option<Destination> {
    let words = words.trim();
    if words == "operator" {
        return Some(office.operator().into());
    }
    let people = office.people().iter();
    let person = people.filter(|person| person.extension.to_string() == words);
    let person = person.map(|person| Destination::Person(person.id));
    let groups = office.groups().iter().map(|group| Destination::Group(group.id));
    let menus = office.menus().iter().map(|menu| Destination::Menu(menu.id));
    let announcements = office.announcements().iter().map(|it| Destination::Announcement(it.id));
    let mailboxes = office.mailboxes().iter().map(|it| Destination::Mailbox(it.id));
    let all = office.people().iter().map(|person| Destination::Person(person.id));
    let all = all.chain(groups).chain(menus).chain(announcements).chain(mailboxes);
    person.chain(all.filter(|&destination| office.describe(destination) == words)).next()
}

/// Returns the nodes that are the target.
fn target_nodes(reader: &Reader<'_>, target: Destination) -> BTreeSet<usize> {
    let target =
        if let Destination::Mailbox(mailbox) = target { reader.mailbox(mailbox) } else { target };
    let is_it = |at: &usize| reader.card(*at) == Some(Card::To(target));
    (0..reader.graph.nodes().len()).filter(is_it).collect()
}

/// What is on a way to a target.
pub(super) struct Lit {
    targets: BTreeSet<usize>,
    /// The nodes from which drawn edges lead to it, and itself.
    nodes: BTreeSet<usize>,
}

impl Lit {
    pub(super) fn of(reader: &Reader<'_>, target: Destination) -> Self {
        let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..reader.graph.nodes().len() {
            for edge in reader.graph.edges(at).iter().filter(|edge| reader.is_drawn(edge)) {
                before.entry(edge.to).or_default().push(at);
            }
        }
        let targets = target_nodes(reader, target);
        let mut nodes = targets.clone();
        let mut open: Vec<usize> = nodes.iter().copied().collect();
        while let Some(at) = open.pop() {
            for &from in before.get(&at).into_iter().flatten() {
                if nodes.insert(from) {
                    open.push(from);
                }
            }
        }
        Self { targets, nodes }
    }

    /// Returns whether a node's card leads to the target from there. What comes after a step of an
    /// entry's route is drawn from the entry: the card of those who are rung leads there no more.
    pub(super) fn leads(&self, reader: &Reader<'_>, at: usize) -> bool {
        let card = reader.card(at);
        self.targets.contains(&at)
            || reader.graph.edges(at).iter().any(|edge| {
                reader.is_drawn(edge)
                    && self.nodes.contains(&edge.to)
                    && reader.origin(at, edge).map(|(card, _)| card) == card
            })
    }
}

/// Tells by which fewest keys each number of the company leads to the target.
pub(super) fn caption(reader: &Reader<'_>, target: Destination) -> Vec<String> {
    let office = reader.graph.office();
    let mut lines = vec![format!("Ways to {}:", reader.name(target))];
    let targets = target_nodes(reader, target);
    let next = fewest(reader, &targets);
    for &(start, at) in reader.graph.starts() {
        let Start::Entry(entry) = start else { continue };
        let number = office.entries().get(entry.index()).map_or("", |entry| &*entry.number);
        let way = if !next.contains_key(&at) {
            "no way".to_owned()
        } else if targets.contains(&at) {
            "at once".to_owned()
        } else {
            let keys = keys_on_way(reader, &next, at);
            if keys.is_empty() { "without any key".to_owned() } else { format!("keys {keys}") }
        };
        lines.push(format!("{number}: {way}"));
    }
    lines
}

/// Returns, for each node from which there is a way, the edge that is next on one with the fewest
/// keys, then the fewest steps.
fn fewest(reader: &Reader<'_>, targets: &BTreeSet<usize>) -> BTreeMap<usize, Option<usize>> {
    let mut before: BTreeMap<usize, Vec<(usize, usize, u32)>> = BTreeMap::new();
    for at in 0..reader.graph.nodes().len() {
        for (nth, edge) in reader.graph.edges(at).iter().enumerate() {
            before.entry(edge.to).or_default().push((at, nth, edge.keys));
        }
    }
    let mut next = BTreeMap::new();
    let mut open: BinaryHeap<_> = targets.iter().map(|&at| Reverse((0, 0, at, None))).collect();
    while let Some(Reverse((keys, steps, at, edge))) = open.pop() {
        if next.contains_key(&at) {
            continue;
        }
        next.insert(at, edge);
        for &(from, nth, cost) in before.get(&at).into_iter().flatten() {
            if !next.contains_key(&from) {
                let keys = u32::saturating_add(keys, cost);
                open.push(Reverse((keys, u32::saturating_add(steps, 1), from, Some(nth))));
            }
        }
    }
    next
}

fn keys_on_way(reader: &Reader<'_>, next: &BTreeMap<usize, Option<usize>>, at: usize) -> String {
    let mut keys: Vec<String> = Vec::new();
    let mut at = at;
    // Each step comes nearer to the target: there are no more than nodes.
    for _ in 0..reader.graph.nodes().len() {
        let Some(Some(nth)) = next.get(&at) else { break };
        let Some(edge) = reader.graph.edges(at).get(*nth) else { break };
        keys.extend(keys_of(reader, edge));
        at = edge.to;
    }
    keys.join(", ")
}

fn keys_of(reader: &Reader<'_>, edge: &Edge) -> Option<String> {
    match &edge.on {
        On::Outcome(Outcome::Operator) => Some("0".to_owned()),
        On::Outcome(Outcome::Chosen(_)) => {
            edge.by.iter().find_map(Met::keys).map(ToString::to_string)
        }
        On::Dialled(person) => {
            reader.graph.office().person(*person).map(|person| person.extension.to_string())
        }
        On::Outcome(_) | On::Extension => None,
    }
}
