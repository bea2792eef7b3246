//! What do keys do?

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use centrala_dialogue::Phrase;
use centrala_keys::Key;
use centrala_office::{Destination, Menu, MenuOption, Spot, routing::Place};

use crate::{CallGraph, Code, Finding, Node, proof::Subject};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let office = subject.office();
    // Who is dialled with this key first.
    let mut dialled = BTreeMap::new();
    for person in office.people() {
        if let Some(&first) = person.extension.first() {
            dialled.entry(first).or_insert(person);
        }
    }
    let mut findings = Vec::new();
    for menu in office.menus() {
        let mut met: BTreeMap<Destination, Key> = BTreeMap::new();
        for option in &menu.options {
            let (key, name) = (option.key, &menu.name);
            let found = |code, message, advice| {
                let finding: Finding = Finding::new(code, message, advice);
                finding.at(office, Spot::Option(menu.id, key))
            };
            if option.go == Destination::Menu(menu.id) {
                let message = format!("key {key} of menu {name} leads to where the caller is");
                findings.push(found(
                    Code::OptionToItself,
                    message,
                    "lead it elsewhere, or remove it",
                ));
            }
            if let Some(first) = met.insert(option.go, key) {
                let to = office.describe(option.go);
                let message = format!("keys {first} and {key} of menu {name} both lead to {to}");
                findings.push(found(Code::SameTwice, message, "offer it once"));
            }
            if let Some(person) = dialled.get(&key) {
                let message = format!(
                    "key {key} of menu {name} waits for more keys: extensions like {} begin with it",
                    person.extension
                );
                let advice = "# after the key, or a moment of waiting, takes the option";
                findings.push(found(Code::KeyWaits, message, advice));
            }
            findings.extend(spoken_key(menu, option).map(|message| {
                found(Code::KeyInText, message, "say only what for: the voice adds the key")
            }));
        }
    }
    findings
}

/// Returns what is wrong with the text of an option that speaks of keys itself.
fn spoken_key(menu: &Menu, option: &MenuOption) -> Option<String> {
    let Phrase::Text(text) = &option.say else { return None };
    let words: BTreeSet<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let names_a_key = words.contains("press") || words.contains("key") || words.contains("dial");
    let (key, name) = (option.key, &menu.name);
    names_a_key.then(|| format!("the text of key {key} of menu {name} speaks of a key itself"))
}

/// Returns the fewest keys from each node until a telephone rings, for a caller who does not wait for it.
pub(crate) fn fewest(graph: &CallGraph) -> Vec<Option<u32>> {
    let count = graph.nodes().len();
    let mut came_in: Vec<Vec<(usize, u32)>> = vec![Vec::new(); count];
    let mut fewest: Vec<Option<u32>> = vec![None; count];
    let mut waiting = VecDeque::new();
    for (at, node) in graph.nodes().enumerate() {
        if let Node::Place(Place::Ring(_)) = node {
            if let Some(fewest) = fewest.get_mut(at) {
                *fewest = Some(0);
            }
            waiting.push_back(at);
        }
        for edge in graph.edges(at).iter().filter(|edge| edge.on.is_voluntary()) {
            if let Some(sources) = came_in.get_mut(edge.to) {
                sources.push((at, edge.keys));
            }
        }
    }
    while let Some(at) = waiting.pop_front() {
        let Some(here) = fewest.get(at).copied().flatten() else { continue };
        for &(from, keys) in came_in.get(at).into_iter().flatten() {
            let Some(known) = fewest.get_mut(from) else { continue };
            let sum = here.saturating_add(keys);
            if known.is_none_or(|known| sum < known) {
                *known = Some(sum);
                if keys == 0 { waiting.push_front(from) } else { waiting.push_back(from) }
            }
        }
    }
    fewest
}
