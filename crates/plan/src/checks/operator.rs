//! Does 0 reach an operator from everywhere, and a mailbox where she is absent?

use std::collections::{BTreeMap, BTreeSet};

use centrala_office::{
    Spot,
    routing::{self, Outcome, Place},
};

use crate::{Code, Finding, Node, On, proof::Subject, worst::involuntary};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut absent: BTreeMap<usize, Option<Vec<String>>> = BTreeMap::new();
    for (at, node) in subject.graph.nodes().enumerate() {
        let Node::Place(place) = node else { continue };
        if place.is_final() || subject.graph.edges(at).is_empty() {
            continue;
        }
        let mut edges = subject.graph.edges(at).iter();
        let zero = edges.find(|edge| edge.on == On::Outcome(Outcome::Operator));
        // Who waits for the operator already has nothing to press 0 for.
        let waits = place == routing::operator(subject.office());
        let leads_to = zero.map(|edge| edge.to).or_else(|| waits.then_some(at));
        let leads_to = leads_to.and_then(|to| Some((to, subject.graph.node(to)?)));
        let Some((to, Node::Place(Place::Ring(_)))) = leads_to else {
            let name = place.describe(subject.office());
            let message = format!("0 does not reach the operator from {name}");
            let finding = Finding::new(Code::OperatorUnreachable, message, "name an operator");
            let finding = finding.at(subject.office(), Spot::Company);
            findings.push(finding.on_the_way(subject.way(at)));
            continue;
        };
        absent.entry(to).or_insert_with(|| lost_when_absent(subject, to));
    }
    for (operator, way) in absent {
        let Some(way) = way else { continue };
        let name = subject.graph.describe(operator);
        let message = format!("when the operator does not answer ({name}), no mailbox does");
        let advice = "let it end in a mailbox: otherwise = \"mailbox reception\"";
        let finding = Finding::new(Code::OperatorAbsent, message, advice).on_the_way(way);
        findings.push(finding.at(subject.office(), Spot::Company));
    }
    findings
}

/// Returns a way on which nobody asks for anything, and that ends without a mailbox.
fn lost_when_absent(subject: &Subject<'_>, operator: usize) -> Option<Vec<String>> {
    let mut seen = BTreeSet::from([operator]);
    let mut waiting = vec![(operator, vec![subject.graph.describe(operator)])];
    while let Some((at, way)) = waiting.pop() {
        match subject.graph.node(at) {
            Some(Node::Place(Place::Mailbox { .. })) => continue,
            Some(Node::Place(place)) if place.is_final() => return Some(way),
            Some(Node::Place(_) | Node::Dialling) => {}
            None => return Some(way),
        }
        for (_, edge) in involuntary(subject.graph, at) {
            if seen.insert(edge.to) {
                let mut on = way.clone();
                let happens = subject.graph.describe_on(edge);
                on.push(format!("{happens}: {}", subject.graph.describe(edge.to)));
                waiting.push((edge.to, on));
            }
        }
    }
    None
}
