//! The proof of an office.

use std::{sync::Arc, time::Duration};

use centrala_dialogue::Phrase;
use centrala_office::{EntryId, Office, Spot, routing::Place};
use centrala_switch::proof::Scenes;

use crate::{
    Budget, CallGraph, Code, Finding, Severity, Start,
    checks::{ends, etiquette, keys, operator, reach},
    graph::Broken,
    worst::{self, Silent},
};

/// What is known of an office before the first caller dials.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Proof {
    /// All ways that calls can go.
    pub graph: CallGraph,
    /// What callers should not meet: errors first, each in the order of the file.
    pub findings: Vec<Finding>,
    /// What each number of the company comes to, in the order of the file.
    pub entries: Vec<EntryCost>,
    /// Places at which a turn takes a literal 0, and why.
    pub literal_zeros: Vec<(Place, &'static str)>,
}

/// What a number of the company costs its callers.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryCost {
    /// Which number.
    pub entry: EntryId,
    /// The longest until a telephone rings, for a caller who does nothing, or nothing right. `None`
    /// if she is led to no person at all.
    pub until_rung: Option<Duration>,
    /// The longest until a message is taken, if nobody answers either.
    pub until_end: Option<Duration>,
    /// The fewest keys until a telephone rings, for a caller who does not wait for it.
    pub keys: Option<u32>,
}

/// What a check looks at.
pub(crate) struct Subject<'a> {
    pub(crate) graph: &'a CallGraph,
    pub(crate) scenes: &'a Scenes,
    pub(crate) budget: &'a Budget,
    pub(crate) length: &'a dyn Fn(&Phrase) -> Duration,
}

impl Subject<'_> {
    pub(crate) const fn office(&self) -> &Arc<Office> {
        self.graph.office()
    }

    /// Returns how a caller comes to a node, in words.
    pub(crate) fn way(&self, at: usize) -> Vec<String> {
        self.graph.tell(&self.graph.way_to(at))
    }
}

impl Proof {
    /// Proves `office`. `length` tells how long a phrase is.
    #[must_use]
    pub fn of(office: &Arc<Office>, budget: &Budget, length: &dyn Fn(&Phrase) -> Duration) -> Self {
        let (graph, broken) = CallGraph::explore(office, length);
        Self::of_graph(graph, &broken, budget, length)
    }

    fn of_graph(
        graph: CallGraph,
        broken: &[Broken],
        budget: &Budget,
        length: &dyn Fn(&Phrase) -> Duration,
    ) -> Self {
        let scenes = Scenes::new(Arc::clone(graph.office()));
        let subject = Subject { graph: &graph, scenes: &scenes, budget, length };
        let mut findings: Vec<Finding> =
            broken.iter().map(|broken| law(&subject, broken)).collect();
        findings.extend(ends::check(&subject));
        findings.extend(operator::check(&subject));
        findings.extend(reach::check(&subject));
        findings.extend(keys::check(&subject));
        findings.extend(etiquette::check(&subject));
        let silent = match worst::silent(&graph) {
            Ok(silent) => {
                findings.extend(ends::check_steps(&subject, &silent));
                findings.extend(etiquette::check_wait(&subject, &silent));
                silent
            }
            Err(circles) => {
                findings.extend(circles.iter().map(|circle| ends::circle(&subject, circle)));
                Vec::new()
            }
        };
        let place = |finding: &Finding| finding.at.as_ref().map(|at| at.span.start);
        findings.sort_by_key(|finding| {
            (std::cmp::Reverse(finding.severity()), place(finding), finding.code)
        });
        let entries = costs(&graph, &silent);
        let literal_zeros = literal_zeros(&graph);
        Self { graph, findings, entries, literal_zeros }
    }

    /// Returns how many findings are as bad as that.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity() == severity).count()
    }
}

fn law(subject: &Subject<'_>, broken: &Broken) -> Finding {
    let at = subject.graph.find(crate::Node::Place(broken.place));
    let name = broken.place.describe(subject.office());
    let message = format!("the conversation of {name} breaks a law: {}", broken.violation.law);
    let mut way = at.map(|at| subject.way(at)).unwrap_or_default();
    way.extend(broken.violation.trace.lines().iter().cloned());
    let finding = Finding::new(Code::Law, message, "change the keys there").on_the_way(way);
    match spot(&broken.place) {
        Some(spot) => finding.at(subject.office(), spot),
        None => finding,
    }
}

/// Returns what stands for a place in the office's file.
pub(crate) fn spot(place: &Place) -> Option<Spot> {
    match place {
        Place::Ring(ring) => {
            let destination: centrala_office::Destination = ring.who.into();
            Some(destination.into())
        }
        Place::Talking(person) => Some(Spot::Person(*person)),
        Place::Menu(menu) => Some(Spot::Menu(*menu)),
        Place::Announcement(announcement) => Some(Spot::Announcement(*announcement)),
        Place::Mailbox { mailbox, reason: _ } => Some(Spot::Mailbox(*mailbox)),
        Place::Apology | Place::Over | Place::Refused(_) => None,
    }
}

fn costs(graph: &CallGraph, silent: &[Silent]) -> Vec<EntryCost> {
    let keys = keys::fewest(graph);
    let cost = |&(start, at): &(Start, usize)| {
        let Start::Entry(entry) = start else { return None };
        let silent = silent.get(at);
        Some(EntryCost {
            entry,
            until_rung: silent.and_then(|silent| silent.until_rung),
            until_end: silent.map(|silent| silent.until_end),
            keys: keys.get(at).copied().flatten(),
        })
    };
    graph.starts().iter().filter_map(cost).collect()
}

fn literal_zeros(graph: &CallGraph) -> Vec<(Place, &'static str)> {
    let mut found = Vec::new();
    for (at, node) in graph.nodes().enumerate() {
        if let crate::Node::Place(place) = node {
            found.extend(graph.literal_zeros(at).map(|reason| (place, reason)));
        }
    }
    found
}

#[cfg(test)]
mod tests;
