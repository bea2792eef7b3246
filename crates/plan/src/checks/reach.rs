//! Does a caller come to everything that is there?

use std::collections::BTreeSet;

use centrala_office::{Callee, Destination, MailboxOwner, Spot, routing::Place};

use crate::{Code, Finding, Node, proof::Subject};

pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let office = subject.office();
    let reached: BTreeSet<Destination> = subject.graph.nodes().filter_map(destination).collect();
    let all = office.menus().iter().map(|menu| Destination::Menu(menu.id));
    let all = all.chain(office.groups().iter().map(|group| Destination::Group(group.id)));
    let all = all.chain(office.announcements().iter().map(|it| Destination::Announcement(it.id)));
    // A person's mailbox is there for her, whoever comes to it.
    let shared = office.mailboxes().iter().filter(|it| it.owner == MailboxOwner::Company);
    let all = all.chain(shared.map(|mailbox| Destination::Mailbox(mailbox.id)));
    let mut findings: Vec<Finding> = all
        .filter(|destination| !reached.contains(destination))
        .map(|destination| {
            let message = format!("no caller comes to {}", office.describe(destination));
            let advice = "let an option or an entry lead to it, or remove it";
            Finding::new(Code::Unreachable, message, advice).at(office, destination.into())
        })
        .collect();
    findings.extend(entries(subject));
    findings
}

/// Returns what stands for a place in the plan.
fn destination(node: Node) -> Option<Destination> {
    let Node::Place(place) = node else { return None };
    match place {
        Place::Ring(ring) => Some(match ring.who {
            Callee::Person(person) => Destination::Person(person),
            Callee::Group(group) => Destination::Group(group),
        }),
        Place::Menu(menu) => Some(Destination::Menu(menu)),
        Place::Announcement(announcement) => Some(Destination::Announcement(announcement)),
        Place::Mailbox { mailbox, reason: _ } => Some(Destination::Mailbox(mailbox)),
        Place::Talking(_) | Place::Apology | Place::Over | Place::Refused(_) => None,
    }
}

/// Checks that the numbers can be called. An office without trunks has none outside.
fn entries(subject: &Subject<'_>) -> Vec<Finding> {
    let office = subject.office();
    let served: BTreeSet<_> = office.trunks().iter().flat_map(|trunk| &trunk.entries).collect();
    let entries = office.entries().iter().filter(|entry| !served.contains(&entry.id));
    let entries = entries.filter(|_| !office.trunks().is_empty());
    let finding = |entry: &centrala_office::Entry| {
        let message = format!("no trunk brings calls to {}", entry.number);
        let advice = "add it to the numbers of a trunk, or remove it";
        Finding::new(Code::EntryWithoutTrunk, message, advice).at(office, Spot::Entry(entry.id))
    };
    entries.map(finding).collect()
}
