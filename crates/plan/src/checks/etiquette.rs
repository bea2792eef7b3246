//! Is it bearable?

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use centrala_office::{Destination, Menu, Spot, routing::Place};

use crate::{Code, Finding, Node, Start, proof::Subject, worst::Silent};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let levels = levels(subject);
    let mut findings = Vec::new();
    for menu in subject.office().menus() {
        findings.extend(options(subject, menu));
        findings.extend(first_option(subject, menu));
        findings.extend(people(subject, menu));
        findings.extend(depth(subject, menu, &levels));
    }
    findings
}

fn options(subject: &Subject<'_>, menu: &Menu) -> Option<Finding> {
    let (count, most) = (menu.options.len(), subject.budget.options);
    (count > most).then(|| {
        let message = format!("menu {} offers {count} options: callers remember {most}", menu.name);
        let advice = "put some of them into a menu of their own";
        Finding::new(Code::TooManyOptions, message, advice)
            .at(subject.office(), Spot::Menu(menu.id))
    })
}

fn first_option(subject: &Subject<'_>, menu: &Menu) -> Option<Finding> {
    let said: Duration =
        subject.scenes.introduction(menu.id).iter().map(|phrase| (subject.length)(phrase)).sum();
    (said > subject.budget.first_option).then(|| {
        let seconds = said.as_secs();
        let message = format!("menu {} speaks for {seconds} s before its first option", menu.name);
        let advice = "shorten its greeting, or let an option tell the rest";
        Finding::new(Code::LateFirstOption, message, advice)
            .at(subject.office(), Spot::Menu(menu.id))
    })
}

fn people(subject: &Subject<'_>, menu: &Menu) -> Option<Finding> {
    let people = menu.options.iter().filter(|option| matches!(option.go, Destination::Person(_)));
    let count = people.count();
    let all = subject.office().people().len();
    (count > subject.budget.people && count * 2 > all).then(|| {
        let message = format!("menu {} names {count} of {all} people one by one", menu.name);
        let advice = "offer departments: people are dialled by extension or by name";
        Finding::new(Code::ListsPeople, message, advice).at(subject.office(), Spot::Menu(menu.id))
    })
}

/// Returns how many menus a caller meets at least until she is at each node, that one included.
fn levels(subject: &Subject<'_>) -> BTreeMap<usize, usize> {
    let graph = subject.graph;
    let weight =
        |at: usize| usize::from(matches!(graph.node(at), Some(Node::Place(Place::Menu(_)))));
    let mut levels: BTreeMap<usize, usize> = BTreeMap::new();
    let mut waiting = VecDeque::new();
    for &(start, at) in graph.starts() {
        if let Start::Entry(_) = start {
            levels.entry(at).or_insert_with(|| weight(at));
            waiting.push_back(at);
        }
    }
    while let Some(at) = waiting.pop_front() {
        let here = levels.get(&at).copied().unwrap_or(0);
        for edge in graph.edges(at) {
            let sum = here + weight(edge.to);
            if levels.get(&edge.to).is_none_or(|&known| sum < known) {
                levels.insert(edge.to, sum);
                if sum == here { waiting.push_front(edge.to) } else { waiting.push_back(edge.to) }
            }
        }
    }
    levels
}

fn depth(subject: &Subject<'_>, menu: &Menu, levels: &BTreeMap<usize, usize>) -> Option<Finding> {
    let at = subject.graph.find(Node::Place(Place::Menu(menu.id)))?;
    let (level, most) = (*levels.get(&at)?, subject.budget.levels);
    // Those behind it are too deep because it is.
    (level == most + 1).then(|| {
        let message = format!("menu {} is number {level} in a row: callers bear {most}", menu.name);
        let advice = "let an earlier menu lead to it";
        Finding::new(Code::TooManyLevels, message, advice)
            .at(subject.office(), Spot::Menu(menu.id))
            .on_the_way(subject.way(at))
    })
}

/// Checks how long nobody is rung for a caller who does nothing.
pub(crate) fn check_wait(subject: &Subject<'_>, silent: &[Silent]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for &(start, at) in subject.graph.starts() {
        let (Start::Entry(entry), Some(silent)) = (start, silent.get(at)) else { continue };
        let wait = silent.until_rung.unwrap_or(silent.until_end);
        if wait > subject.budget.nobody_rung {
            let seconds = wait.as_secs();
            let message = format!(
                "a caller who presses nothing waits for {seconds} s until somebody is rung"
            );
            let advice = "fewer attempts, shorter texts, or a person first";
            let finding = Finding::new(Code::LongWait, message, advice);
            findings.push(finding.at(subject.office(), Spot::Entry(entry)));
        }
    }
    findings
}
