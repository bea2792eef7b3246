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
    /// The nodes from which drawn edges lead to it without going back to where every call has been
    /// already, and itself.
    nodes: BTreeSet<usize>,
    dominators: Dominators,
}

impl Lit {
    pub(super) fn of(reader: &Reader<'_>, target: Destination) -> Self {
        let dominators = Dominators::of(reader);
        let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..reader.graph.nodes().len() {
            let drawn = reader.graph.edges(at).iter().filter(|edge| reader.is_drawn(edge));
            for edge in drawn.filter(|edge| !dominators.dominates(edge.to, at)) {
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
        Self { targets, nodes, dominators }
    }

    /// Returns whether an edge is on a way to the target.
    pub(super) fn is_on_way(&self, reader: &Reader<'_>, from: usize, edge: &Edge) -> bool {
        !self.dominators.dominates(edge.to, from) && self.leads(reader, edge.to)
    }

    /// Returns whether a node's card leads to the target from there. What comes after a step of an
    /// entry's route is drawn from the entry: the card of those who are rung leads there no more.
    pub(super) fn leads(&self, reader: &Reader<'_>, at: usize) -> bool {
        let card = reader.card(at);
        self.targets.contains(&at)
            || reader.graph.edges(at).iter().any(|edge| {
                reader.is_drawn(edge)
                    && self.nodes.contains(&edge.to)
                    && !self.dominators.dominates(edge.to, at)
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

/// Which nodes every call from outside has passed before another.
///
/// The algorithm is that of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
struct Dominators {
    /// The place of each node that is reached, in reverse postorder; from 1, because 0 stands for
    /// what is before all calls.
    order: BTreeMap<usize, usize>,
    /// For each place in that order, the place of the nearest node that dominates it.
    nearest: Vec<usize>,
}

/// The most rounds in which dominators are looked for. Graphs of offices need a handful; in one
/// that needs more none are known, and detours stand out as well.
const MAX_ROUNDS: usize = 50;

impl Dominators {
    fn of(reader: &Reader<'_>) -> Self {
        let nodes = postorder(reader);
        let order: BTreeMap<usize, usize> = nodes.iter().rev().copied().zip(1..).collect();
        let mut before = vec![Vec::new(); nodes.len() + 1];
        for &(start, at) in reader.graph.starts() {
            if let (Start::Entry(_), Some(&place)) = (start, order.get(&at))
                && let Some(before) = before.get_mut(place)
            {
                before.push(0);
            }
        }
        for (&from, &place) in &order {
            for edge in reader.graph.edges(from).iter().filter(|edge| reader.is_drawn(edge)) {
                if let Some(before) = order.get(&edge.to).and_then(|to| before.get_mut(*to)) {
                    before.push(place);
                }
            }
        }
        let mut nearest: Vec<Option<usize>> = vec![None; before.len()];
        if let Some(root) = nearest.first_mut() {
            *root = Some(0);
        }
        for _ in 0..MAX_ROUNDS {
            let mut is_settled = true;
            for (place, before) in before.iter().enumerate().skip(1) {
                let known =
                    before.iter().copied().filter(|at| matches!(nearest.get(*at), Some(Some(_))));
                let common = known.reduce(|one, other| meet(&nearest, one, other));
                if let Some(slot) = nearest.get_mut(place)
                    && *slot != common
                {
                    *slot = common;
                    is_settled = false;
                }
            }
            if is_settled {
                let nearest = nearest.into_iter().map(Option::unwrap_or_default).collect();
                return Self { order, nearest };
            }
        }
        // Not settled: claim nothing.
        Self { order: BTreeMap::new(), nearest: Vec::new() }
    }

    /// Returns whether every call that is at `at` has been at `before`.
    fn dominates(&self, before: usize, at: usize) -> bool {
        let (Some(&before), Some(&at)) = (self.order.get(&before), self.order.get(&at)) else {
            return false;
        };
        let mut at = at;
        while at > before {
            at = self.nearest.get(at).copied().unwrap_or(0);
        }
        at == before
    }
}

/// Returns the nearest place that dominates both.
fn meet(nearest: &[Option<usize>], one: usize, other: usize) -> usize {
    let (mut one, mut other) = (one, other);
    while one != other {
        let later = if one > other { &mut one } else { &mut other };
        *later = nearest.get(*later).copied().flatten().unwrap_or(0);
    }
    one
}

/// Returns the nodes to which calls from outside come by drawn edges, each after those behind it.
fn postorder(reader: &Reader<'_>) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let mut done = Vec::new();
    for &(start, root) in reader.graph.starts() {
        if !matches!(start, Start::Entry(_)) || !seen.insert(root) {
            continue;
        }
        let mut open = vec![(root, 0_usize)];
        while let Some((at, nth)) = open.pop() {
            let Some(edge) = reader.graph.edges(at).get(nth) else {
                done.push(at);
                continue;
            };
            open.push((at, nth + 1));
            if reader.is_drawn(edge) && seen.insert(edge.to) {
                open.push((edge.to, 0));
            }
        }
    }
    done
}
