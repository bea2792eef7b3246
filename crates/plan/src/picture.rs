//! The picture of a plan, for readers.

use std::collections::{BTreeMap, BTreeSet};

use centrala_dialogue::laws::Met;
use centrala_office::{
    Destination, EntryId, MailboxId, MailboxOwner, Office,
    routing::{self, Continuation, NotTaken, Outcome, Place},
};

use crate::{CallGraph, Edge, Node, On, Proof, Start};

mod card;
mod layers;
mod layout;
mod mermaid;
mod svg;
mod target;
#[cfg(test)]
mod tests;
mod width;

use card::Shown;
use target::Lit;

/// A reader's graph of an office: one card for each thing that its file names, and what leads
/// callers from one to another.
///
/// The proven graph has a place for each reason and limit; here they are one. What leads to the
/// same from everywhere (0, extensions, no choice after all attempts) is told once, not drawn. A
/// person's own mailbox is on her card, unless the file leads to it by name.
#[derive(Clone, Debug)]
pub struct Picture {
    cards: BTreeMap<Card, Shown>,
    links: BTreeMap<(Card, Card, Line), Link>,
    legend: Vec<String>,
    caption: Vec<String>,
}

/// What stands on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Card {
    Entry(EntryId),
    To(Destination),
    Apology,
}

/// How one card leads to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    /// The caller wants it, or the plan begins so.
    Wanted,
    /// One of those who are rung answers.
    Answer,
    /// It comes about without anybody's wish.
    Unwanted,
}

#[derive(Clone, Debug, Default)]
struct Link {
    labels: BTreeSet<String>,
    is_lit: bool,
}

impl Picture {
    /// Returns the picture of what was proven.
    #[must_use]
    pub fn of(proof: &Proof) -> Self {
        Self::draw(proof, None)
    }

    /// Returns the picture in which every way to `target` stands out, with a caption that says
    /// who can reach it, and by which keys. See [`Picture::find`].
    #[must_use]
    pub fn toward(proof: &Proof, target: Destination) -> Self {
        Self::draw(proof, Some(target))
    }

    /// Returns what these words of an office's file mean: `person 101`, `group sales`, or an
    /// extension alone.
    #[must_use]
    pub fn find(office: &Office, words: &str) -> Option<Destination> {
        target::find(office, words)
    }

    fn draw(proof: &Proof, target: Option<Destination>) -> Self {
        let graph = &proof.graph;
        let reader = Reader { graph, named: named_mailboxes(graph.office()) };
        let mut picture = Self {
            cards: card::all(proof, &reader.named),
            links: BTreeMap::new(),
            legend: reader.legend(),
            caption: Vec::new(),
        };
        let lit = target.map(|target| Lit::of(&reader, target));
        let is_lit = |at: usize| lit.as_ref().is_none_or(|lit| lit.leads(&reader, at));
        for &(start, at) in graph.starts() {
            if let (Start::Entry(entry), Some(to)) = (start, reader.card(at)) {
                picture.link(Card::Entry(entry), to, Line::Wanted, reader.step(at), is_lit(at));
                picture.show(graph.office(), Card::Entry(entry), is_lit(at));
            }
        }
        for (at, _) in graph.nodes().enumerate() {
            let Some(here) = reader.card(at) else { continue };
            picture.show(graph.office(), here, is_lit(at));
            for edge in graph.edges(at).iter().filter(|edge| reader.is_drawn(edge)) {
                let Some(to) = reader.card(edge.to) else { continue };
                let (from, line) = reader.origin(at, edge).unwrap_or((here, Line::Wanted));
                let is_lit = lit.as_ref().is_none_or(|lit| lit.is_on_way(&reader, at, edge));
                picture.link(from, to, line, reader.label(at, edge), is_lit);
            }
        }
        if let Some(target) = target {
            picture.caption = target::caption(&reader, target);
        }
        picture
    }

    fn show(&mut self, office: &Office, card: Card, is_lit: bool) {
        let shown = self.cards.entry(card).or_insert_with(|| Shown::of(office, card));
        shown.is_reached = true;
        shown.is_lit |= is_lit;
    }

    fn link(&mut self, from: Card, to: Card, line: Line, label: String, is_lit: bool) {
        if from == to {
            return;
        }
        let link = self.links.entry((from, to, line)).or_default();
        link.is_lit |= is_lit;
        if let (true, Some(shown)) = (is_lit, self.cards.get_mut(&from)) {
            shown.is_lit = true;
        }
        if !label.is_empty() {
            link.labels.insert(label);
        }
    }
}

impl Link {
    /// Returns its labels as one.
    fn label(&self, line: Line) -> String {
        const NOBODY: &[Outcome] =
            &[Outcome::Busy, Outcome::Declined, Outcome::NoAnswer, Outcome::NotRegistered];
        const NOT_TAKEN: &[Outcome] =
            &[Outcome::NotTaken(NotTaken::Full), Outcome::NotTaken(NotTaken::Failed)];
        let mut labels: Vec<&str> = self.labels.iter().map(String::as_str).collect();
        for (all, as_one) in [(NOBODY, "nobody answers"), (NOT_TAKEN, "full or out of order")] {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            if all.iter().all(|one| self.labels.contains(one)) {
                labels.retain(|label| !all.iter().any(|one| one == label));
                labels.push(as_one);
            }
        }
        labels.join(if line == Line::Wanted { " or " } else { ", " })
    }
}

/// Reads the proven graph as a picture.
struct Reader<'a> {
    graph: &'a CallGraph,
    named: BTreeSet<MailboxId>,
}

impl Reader<'_> {
    /// Returns the card on which a node is drawn. The ends of calls have none.
    fn card(&self, at: usize) -> Option<Card> {
        let Node::Place(place) = self.graph.node(at)? else { return None };
        match place {
            Place::Ring(ring) => Some(Card::To(ring.who.into())),
            Place::Talking(person) => Some(Card::To(Destination::Person(person))),
            Place::Menu(menu) => Some(Card::To(Destination::Menu(menu))),
            Place::Announcement(it) => Some(Card::To(Destination::Announcement(it))),
            Place::Mailbox { mailbox, reason: _ } => Some(Card::To(self.mailbox(mailbox))),
            Place::Apology => Some(Card::Apology),
            Place::Over | Place::Refused(_) => None,
        }
    }

    /// Returns where a mailbox is drawn.
    fn mailbox(&self, id: MailboxId) -> Destination {
        let owner = self.graph.office().mailbox(id).map(|mailbox| mailbox.owner);
        match owner {
            Some(MailboxOwner::Person(person)) if !self.named.contains(&id) => {
                Destination::Person(person)
            }
            _ => Destination::Mailbox(id),
        }
    }

    /// Returns whether it leads elsewhere than from everywhere.
    fn is_drawn(&self, edge: &Edge) -> bool {
        match &edge.on {
            On::Outcome(Outcome::Operator | Outcome::TooLong) | On::Extension | On::Dialled(_) => {
                false
            }
            On::Outcome(Outcome::GaveUp(_) | Outcome::NotTaken(_)) => {
                let operator = Node::Place(routing::operator(self.graph.office()));
                self.graph.node(edge.to) != Some(operator)
            }
            On::Outcome(_) => true,
        }
    }

    /// Returns the card that an edge leaves, and how. What happens when nobody answers on the way
    /// of an entry is the entry's, and not theirs whom it rings.
    fn origin(&self, at: usize, edge: &Edge) -> Option<(Card, Line)> {
        let here = self.card(at)?;
        if matches!(edge.on, On::Outcome(Outcome::Answered(_))) {
            return Some((here, Line::Answer));
        }
        if edge.on.is_voluntary() {
            return Some((here, Line::Wanted));
        }
        let from = match self.graph.node(at)? {
            Node::Place(Place::Ring(ring)) => match ring.then {
                Continuation::Step { entry, step: _ } => Card::Entry(entry),
                Continuation::Own => here,
            },
            Node::Place(_) | Node::Dialling => here,
        };
        Some((from, Line::Unwanted))
    }

    /// Returns which step of an entry's route a node is, in words.
    fn step(&self, at: usize) -> String {
        let Some(Node::Place(Place::Ring(ring))) = self.graph.node(at) else {
            return String::new();
        };
        let Continuation::Step { entry, step } = ring.then else { return String::new() };
        let entry = self.graph.office().entries().get(entry.index());
        let seconds = ring.limit.as_secs();
        match entry.map_or(0, |entry| entry.route.ring.len()) {
            0 | 1 => format!("first, for {seconds} s"),
            _ => format!("step {step}, for {seconds} s"),
        }
    }

    fn label(&self, at: usize, edge: &Edge) -> String {
        match &edge.on {
            On::Outcome(Outcome::Answered(_)) | On::Extension | On::Dialled(_) => String::new(),
            On::Outcome(outcome) => {
                let step = self.step(edge.to);
                if !step.is_empty() && self.card(at) != self.card(edge.to) {
                    return step;
                }
                let keys = edge.by.iter().filter_map(Met::keys).map(ToString::to_string);
                let keys: Vec<String> = keys.collect();
                let is_chosen = matches!(outcome, Outcome::Chosen(_)) && !keys.is_empty();
                if is_chosen { keys.join(" or ") } else { outcome.to_string() }
            }
        }
    }

    /// Tells what leads to the same from everywhere.
    fn legend(&self) -> Vec<String> {
        let office = self.graph.office();
        let operator = self.name(office.operator().into());
        let edges = || (0..self.graph.nodes().len()).flat_map(|at| self.graph.edges(at));
        let met = |is_it: &dyn Fn(&Outcome) -> bool| {
            edges().any(|edge| matches!(&edge.on, On::Outcome(outcome) if is_it(outcome)))
        };
        let mut lines = vec![format!("0, at any moment, from everywhere: {operator}")];
        if edges().any(|edge| edge.on == On::Extension) {
            lines.push(
                "An extension, in every menu, announcement and mailbox: that person".to_owned(),
            );
        }
        if met(&|outcome| matches!(outcome, Outcome::GaveUp(_))) {
            lines.push(format!("No choice in a menu, after all attempts: {operator}"));
        }
        if met(&|outcome| matches!(outcome, Outcome::NotTaken(_))) {
            lines.push(format!("A mailbox that is full or out of order: {operator}"));
        }
        lines
    }

    /// Returns who or what it is, for readers.
    fn name(&self, destination: Destination) -> String {
        Shown::of(self.graph.office(), Card::To(destination)).text
    }
}

/// Returns the mailboxes to which the file leads by name.
fn named_mailboxes(office: &Office) -> BTreeSet<MailboxId> {
    let options = office.menus().iter().flat_map(|menu| &menu.options).map(|option| option.go);
    let routes = office.entries().iter().map(|entry| entry.route.then);
    let groups = office.groups().iter().map(|group| group.otherwise);
    let announcements = office.announcements().iter().map(|announcement| announcement.then);
    let all = options.chain(routes).chain(groups).chain(announcements);
    let mailbox = |destination| {
        if let Destination::Mailbox(mailbox) = destination { Some(mailbox) } else { None }
    };
    all.filter_map(mailbox).collect()
}
