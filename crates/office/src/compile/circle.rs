//! Where calls go that nobody answers, and whether they arrive.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::Compiler;
use crate::{AnnouncementId, Destination, Fault, GroupId, MailboxId, MenuId};

/// What a call leaves on its own, when its caller does nothing and nobody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    Group(GroupId),
    Menu(MenuId),
    Announcement(AnnouncementId),
    Operator,
}

impl Node {
    /// Returns the node of a destination; `None` where calls end.
    const fn of(destination: Destination) -> Option<Self> {
        match destination {
            Destination::Group(group) => Some(Self::Group(group)),
            Destination::Menu(menu) => Some(Self::Menu(menu)),
            Destination::Announcement(announcement) => Some(Self::Announcement(announcement)),
            Destination::Operator => Some(Self::Operator),
            Destination::Person(_) | Destination::Mailbox(_) => None,
        }
    }

    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Group(_) => "group",
            Self::Menu(_) => "menu",
            Self::Announcement(_) => "announcement",
            Self::Operator => "operator",
        }
    }
}

/// The one way on from each node.
#[derive(Debug, Default)]
pub(crate) struct Edges(BTreeMap<Node, Edge>);

#[derive(Debug)]
struct Edge {
    name: String,
    to: Destination,
    span: Range<usize>,
    /// Whether this way was written for calls that nobody answers.
    is_chosen: bool,
}

impl Edges {
    pub(crate) fn add(&mut self, from: Node, name: String, to: Destination, span: Range<usize>) {
        let is_chosen = matches!(from, Node::Group(_) | Node::Announcement(_));
        self.0.insert(from, Edge { name, to, span, is_chosen });
    }

    /// Returns the mailbox in which an unanswered call ends. `None` if it goes round in circles,
    /// or the way is broken.
    pub(crate) fn last_mailbox(&self, from: Destination) -> Option<MailboxId> {
        let mut at = from;
        for _ in 0..=self.0.len() {
            at = match at {
                Destination::Mailbox(mailbox) => return Some(mailbox),
                // People and their mailboxes have the same places in their tables.
                Destination::Person(person) => return Some(MailboxId::at(person.index())),
                Destination::Group(_)
                | Destination::Menu(_)
                | Destination::Announcement(_)
                | Destination::Operator => self.0.get(&Node::of(at)?)?.to,
            };
        }
        None
    }

    /// Returns each circle once, from its first place in the file.
    fn circles(&self) -> Vec<Vec<&Edge>> {
        let mut done: BTreeSet<Node> = BTreeSet::new();
        let mut circles: Vec<Vec<&Edge>> = Vec::new();
        for &start in self.0.keys() {
            let mut path: Vec<(Node, &Edge)> = Vec::new();
            let mut on_path: BTreeMap<Node, usize> = BTreeMap::new();
            let mut next = Some(start);
            while let Some(node) = next {
                if let Some(&first) = on_path.get(&node) {
                    circles.push(path.iter().skip(first).map(|&(_, edge)| edge).collect());
                    break;
                }
                let Some(edge) = self.0.get(&node).filter(|_| !done.contains(&node)) else { break };
                on_path.insert(node, path.len());
                path.push((node, edge));
                next = Node::of(edge.to);
            }
            done.extend(path.into_iter().map(|(node, _)| node));
        }
        for circle in &mut circles {
            let place = |(_, edge): &(usize, &&Edge)| edge.span.start;
            // Who answers 0, and that menus lead there, is seldom what is wrong.
            let blamed = circle.iter().enumerate().filter(|(_, edge)| edge.is_chosen);
            let first = blamed.min_by_key(place).map_or(0, |(at, _)| at);
            circle.rotate_left(first);
        }
        circles
    }
}

impl Compiler<'_, '_> {
    /// Reports calls that would never end although nobody answers them.
    pub(crate) fn check_circles(&mut self) {
        for circle in self.edges.circles() {
            let Some(first) = circle.first() else { continue };
            let path = circle.iter().map(|edge| edge.name.clone()).collect();
            self.faults.push(Fault::Circle { path }, first.span.clone());
        }
    }
}
