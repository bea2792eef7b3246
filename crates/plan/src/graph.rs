//! All ways that calls can go, as a graph.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use centrala_dialogue::{
    Phrase,
    laws::{Met, Violation},
};
use centrala_keys::Digits;
use centrala_office::{
    Destination, EntryId, Office, PersonId,
    routing::{self, Context, Outcome, Place},
};
use centrala_switch::proof::Scenes;

/// All ways that calls to an office can go: its places, and what leads from one to the next.
///
/// Every edge was taken by the functions that take it for a caller: the conversation at the place
/// came to that outcome, and [`routing::next`] said where it leads.
#[derive(Clone, Debug)]
pub struct CallGraph {
    office: Arc<Office>,
    nodes: Vec<NodeData>,
    index: BTreeMap<Node, usize>,
    starts: Vec<(Start, usize)>,
}

/// Where a call can be.
#[expect(clippy::exhaustive_enums, reason = "a place, or what is the same from all places")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A place of routing.
    Place(Place),
    /// An extension is dialled. It leads to the same people from everywhere.
    Dialling,
}

/// How calls begin.
#[expect(clippy::exhaustive_enums, reason = "from outside, or inside")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Start {
    /// The number of this entry is called.
    Entry(EntryId),
    /// A telephone of the company dials an extension.
    Inside,
    /// A telephone of the company dials 0.
    InsideOperator,
}

/// What leads from one place to another.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What happens.
    pub on: On,
    /// Where it leads: an index of [`CallGraph::nodes`].
    pub to: usize,
    /// How many keys are pressed for it, at least.
    pub keys: u32,
    /// The longest that it takes.
    pub longest: Duration,
    /// How it comes about, in the conversation there.
    pub way: Vec<Met>,
    /// What can come last in that: the keys of a menu's option.
    pub by: Vec<Met>,
}

/// What happens at a place.
#[expect(clippy::exhaustive_enums, reason = "an outcome, or a step of many alike")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// This.
    Outcome(Outcome),
    /// An extension is dialled: leads to [`Node::Dialling`].
    Extension,
    /// It is this person's.
    Dialled(PersonId),
}

impl On {
    /// Returns whether the caller wanted it, or somebody answered.
    #[must_use]
    pub const fn is_voluntary(&self) -> bool {
        match self {
            Self::Outcome(outcome) => outcome.is_voluntary(),
            Self::Extension | Self::Dialled(_) => true,
        }
    }
}

#[derive(Clone, Debug)]
struct NodeData {
    node: Node,
    edges: Vec<Edge>,
    literal_zeros: BTreeSet<&'static str>,
    /// From where it was reached first, by which edge.
    came: Option<(usize, usize)>,
    start: Option<Start>,
}

/// A conversation that breaks a law of conversations.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where.
    pub place: Place,
    /// Which law, and how.
    pub violation: Violation,
}

impl CallGraph {
    /// Returns all ways through `office`. `length` tells how long a phrase is.
    ///
    /// What conversations break laws is told beside it; their places have no edges.
    #[must_use]
    pub fn explore(
        office: &Arc<Office>,
        length: &dyn Fn(&Phrase) -> Duration,
    ) -> (Self, Vec<Broken>) {
        let mut graph = Self {
            office: Arc::clone(office),
            nodes: Vec::new(),
            index: BTreeMap::new(),
            starts: Vec::new(),
        };
        for entry in office.entries() {
            graph.start(Start::Entry(entry.id), Node::Place(routing::enter(office, entry.id)));
        }
        graph.start(Start::Inside, Node::Dialling);
        graph.start(Start::InsideOperator, Node::Place(routing::operator(office)));
        let mut scenes = Scenes::new(Arc::clone(office));
        let mut broken = Vec::new();
        let mut at = 0;
        while let Some(node) = graph.nodes.get(at).map(|data| data.node) {
            match node {
                Node::Dialling => graph.expand_dialling(at),
                Node::Place(place) => match scenes.summarize(&place, length) {
                    Ok(None) => {}
                    Ok(Some(summary)) => {
                        if let Some(data) = graph.nodes.get_mut(at) {
                            data.literal_zeros.clone_from(&summary.literal_zeros);
                        }
                        for ending in summary.endings {
                            graph.connect(at, place, ending);
                        }
                    }
                    Err(violation) => broken.push(Broken { place, violation }),
                },
            }
            at += 1;
        }
        (graph, broken)
    }

    fn start(&mut self, start: Start, node: Node) {
        let at = self.reach(node, None);
        self.starts.push((start, at));
        if let Some(data) = self.nodes.get_mut(at)
            && data.start.is_none()
            && data.came.is_none()
        {
            data.start = Some(start);
        }
    }

    fn connect(
        &mut self,
        from: usize,
        place: Place,
        ending: centrala_dialogue::laws::SummaryEnding<Outcome>,
    ) {
        let (on, node) = if let Outcome::Dialled(_) = ending.outcome {
            (On::Extension, Node::Dialling)
        } else {
            let context = Context::new(&self.office, &place);
            let next = routing::next(&self.office, &place, &ending.outcome, &context);
            (On::Outcome(ending.outcome), Node::Place(next))
        };
        let edge = Edge {
            on,
            to: 0,
            keys: ending.keys,
            longest: ending.longest,
            way: ending.way,
            by: ending.by,
        };
        self.add(from, edge, node);
    }

    fn expand_dialling(&mut self, from: usize) {
        let office = Arc::clone(&self.office);
        for person in office.people() {
            // Where it is dialled makes no difference to where it leads.
            let (place, outcome) = (Place::Apology, Outcome::Dialled(person.extension.clone()));
            let next = routing::next(&office, &place, &outcome, &Context::new(&office, &place));
            let edge = Edge {
                on: On::Dialled(person.id),
                to: 0,
                keys: 0,
                longest: Duration::ZERO,
                way: Vec::new(),
                by: Vec::new(),
            };
            self.add(from, edge, Node::Place(next));
        }
    }

    fn add(&mut self, from: usize, mut edge: Edge, to: Node) {
        let nth = self.nodes.get(from).map_or(0, |data| data.edges.len());
        edge.to = self.reach(to, Some((from, nth)));
        if let Some(data) = self.nodes.get_mut(from) {
            data.edges.push(edge);
        }
    }

    fn reach(&mut self, node: Node, came: Option<(usize, usize)>) -> usize {
        if let Some(&at) = self.index.get(&node) {
            return at;
        }
        let at = self.nodes.len();
        let literal_zeros = BTreeSet::new();
        self.nodes.push(NodeData { node, edges: Vec::new(), literal_zeros, came, start: None });
        self.index.insert(node, at);
        at
    }

    /// Tampers with it: what happens at a place leads elsewhere, or no more.
    #[cfg(test)]
    pub(crate) fn tamper(&mut self, place: Place, outcome: &Outcome, to: Option<Place>) {
        let from = self.find(Node::Place(place)).expect("the place is there");
        let to = to.map(|to| self.reach(Node::Place(to), None));
        let edges = &mut self.nodes.get_mut(from).expect("it is there").edges;
        let is_it = |edge: &Edge| edge.on == On::Outcome(outcome.clone());
        let at = edges.iter().position(is_it).expect("the edge is there");
        match to {
            Some(to) => edges[at].to = to,
            None => drop(edges.remove(at)),
        }
    }

    /// Tampers with it: something else happens.
    #[cfg(test)]
    pub(crate) fn rename(&mut self, place: Place, before: &Outcome, after: Outcome) {
        let from = self.find(Node::Place(place)).expect("the place is there");
        let edges = &mut self.nodes.get_mut(from).expect("it is there").edges;
        let is_it = |edge: &&mut Edge| edge.on == On::Outcome(before.clone());
        let edge = edges.iter_mut().find(is_it).expect("the edge is there");
        edge.on = On::Outcome(after);
    }

    /// Returns the office.
    #[must_use]
    pub const fn office(&self) -> &Arc<Office> {
        &self.office
    }

    /// Returns all nodes, in the order in which they are reached from the numbers of the company.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = Node> {
        self.nodes.iter().map(|data| data.node)
    }

    /// Returns the node with this index.
    #[must_use]
    pub fn node(&self, at: usize) -> Option<Node> {
        self.nodes.get(at).map(|data| data.node)
    }

    /// Returns the index of a node, if calls can come to it.
    #[must_use]
    pub fn find(&self, node: Node) -> Option<usize> {
        self.index.get(&node).copied()
    }

    /// Returns what leads from a node.
    #[must_use]
    pub fn edges(&self, at: usize) -> &[Edge] {
        self.nodes.get(at).map_or(&[], |data| &data.edges)
    }

    /// Returns how calls begin, and where.
    #[must_use]
    pub fn starts(&self) -> &[(Start, usize)] {
        &self.starts
    }

    /// Returns the reasons for which turns at a node take a literal 0.
    pub fn literal_zeros(&self, at: usize) -> impl Iterator<Item = &'static str> {
        self.nodes.get(at).into_iter().flat_map(|data| data.literal_zeros.iter().copied())
    }

    /// Returns whether a caller can go from `place` to `next` by `outcome`.
    #[must_use]
    pub fn proves(&self, place: &Place, outcome: &Outcome, next: &Place) -> bool {
        self.edges_of(place, outcome, next).is_some()
    }

    /// Returns the edges that a caller took, if they were proven: one, or two if she dialled. A
    /// call that has gone on for too long takes none of them, and leads to the last resort of all.
    #[must_use]
    pub fn edges_of(&self, place: &Place, outcome: &Outcome, next: &Place) -> Option<Vec<Taken>> {
        let from = self.find(Node::Place(*place))?;
        let to = self.find(Node::Place(*next));
        if let Outcome::Dialled(digits) = outcome {
            let dials = self.take(from, |edge| edge.on == On::Extension)?;
            return Some(vec![dials, self.dialled(digits, to?)?]);
        }
        let is_it = |edge: &Edge| {
            Some(edge.to) == to && matches!(&edge.on, On::Outcome(on) if on == outcome)
        };
        if let Some(taken) = self.take(from, is_it) {
            return Some(vec![taken]);
        }
        let context = Context::new(&self.office, place);
        let last = routing::next(&self.office, place, &Outcome::TooLong, &context);
        let is_involuntary = !outcome.is_voluntary();
        (is_involuntary && last == *next).then(|| vec![Taken::LastResort])
    }

    fn dialled(&self, digits: &Digits, to: usize) -> Option<Taken> {
        let person = self.office.extension(digits)?.id;
        let is_hers = |edge: &Edge| edge.to == to && edge.on == On::Dialled(person);
        self.take(self.find(Node::Dialling)?, is_hers)
    }

    fn take(&self, from: usize, is_it: impl Fn(&Edge) -> bool) -> Option<Taken> {
        let edge = self.edges(from).iter().position(is_it)?;
        Some(Taken::Edge { from, edge })
    }

    /// Returns a shortest way to a node: the start, and each step.
    #[must_use]
    pub fn way_to(&self, at: usize) -> Way {
        let mut steps = Vec::new();
        let mut place = at;
        while let Some((from, nth)) = self.nodes.get(place).and_then(|data| data.came) {
            steps.push((from, nth));
            place = from;
        }
        steps.reverse();
        Way { start: self.nodes.get(place).and_then(|data| data.start), from: place, steps }
    }

    /// Returns a way in words, one line for each step.
    #[must_use]
    pub fn tell(&self, way: &Way) -> Vec<String> {
        let mut lines = Vec::new();
        let begin = match way.start {
            Some(Start::Entry(entry)) => {
                let number = self.office.entries().get(entry.index()).map(|entry| &*entry.number);
                format!("{} is called", number.unwrap_or("a number"))
            }
            Some(Start::Inside) => "an extension is dialled inside".to_owned(),
            Some(Start::InsideOperator) => "0 is dialled inside".to_owned(),
            None => "a call".to_owned(),
        };
        lines.push(format!("{begin}: {}", self.describe(way.from)));
        for &(from, nth) in &way.steps {
            let Some(edge) = self.edges(from).get(nth) else { continue };
            lines.push(format!("{}: {}", self.describe_on(edge), self.describe(edge.to)));
        }
        lines
    }

    /// Returns a node in words.
    #[must_use]
    pub fn describe(&self, at: usize) -> String {
        match self.node(at) {
            Some(Node::Place(place)) => place.describe(&self.office),
            Some(Node::Dialling) => "an extension".to_owned(),
            None => "nowhere".to_owned(),
        }
    }

    /// Returns what happens on an edge, in words: the keys, or the outcome.
    #[must_use]
    pub fn describe_on(&self, edge: &Edge) -> String {
        match &edge.on {
            On::Dialled(person) => match self.office.person(*person) {
                Some(person) => format!("keys {}", person.extension),
                None => "an extension is dialled".to_owned(),
            },
            On::Extension => "an extension is dialled".to_owned(),
            On::Outcome(outcome @ (Outcome::Chosen(_) | Outcome::Operator)) => {
                let keys = edge.by.iter().filter_map(Met::keys).map(ToString::to_string);
                let keys: Vec<String> = keys.collect();
                if keys.is_empty() {
                    outcome.to_string()
                } else {
                    format!("keys {}", keys.join(" or "))
                }
            }
            On::Outcome(outcome) => outcome.to_string(),
        }
    }

    /// Returns a destination's node when a caller chooses it.
    #[must_use]
    pub fn chosen(&self, destination: Destination) -> Option<usize> {
        let place = Place::Apology;
        let context = Context::new(&self.office, &place);
        let next = routing::next(&self.office, &place, &Outcome::Chosen(destination), &context);
        self.find(Node::Place(next))
    }
}

/// What a caller took.
#[expect(clippy::exhaustive_enums, reason = "an edge, or the last resort")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Taken {
    /// This edge.
    Edge {
        /// Of which node.
        from: usize,
        /// Which of its edges.
        edge: usize,
    },
    /// The way to the last mailbox, after too many steps or too long a time.
    LastResort,
}

/// A way through a [`CallGraph`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// How the call begins.
    pub start: Option<Start>,
    /// The node in which it begins.
    pub from: usize,
    /// Each step: the node, and which of its edges.
    pub steps: Vec<(usize, usize)>,
}
