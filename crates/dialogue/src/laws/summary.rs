//! What a conversation comes to: its endings, and what each costs.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    hash::Hash,
    time::Duration,
};

use centrala_keys::{Digits, Progress};

use super::{Law, Limits, Violation, World, everything_to_hear, is_involuntary, turn_laws};
use crate::{
    Dialogue, Heard, Phrase, RecordEnd, Recording, Step, StepOf, Trace, Turn, ZeroKey, graph::Graph,
};

/// What a conversation comes to in a small world, as long as the party stays.
///
/// Of a party that decides nothing it does not have to, and takes as long as it is let.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary<O> {
    /// Each way to end, in the order in which they were met: that of the fewest steps.
    pub endings: Vec<SummaryEnding<O>>,
    /// The reasons for which turns take a literal 0.
    pub literal_zeros: BTreeSet<&'static str>,
    /// How many states the conversation has.
    pub states: usize,
}

/// A way to end, and what it costs.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryEnding<O> {
    /// What was decided.
    pub outcome: O,
    /// How many things the party has to decide for that, at least.
    pub decisions: u32,
    /// How many keys it has to press, at least.
    pub keys: u32,
    /// The longest that it can take with so many decisions: everything is heard out, every key
    /// and answer comes in the last moment, and all goes wrong before that can.
    pub longest: Duration,
    /// A shortest way.
    pub way: Vec<Met>,
    /// What can come last: the keys of a menu's option.
    pub by: Vec<Met>,
}

impl<O> Summary<O> {
    /// Returns the summary of something that is no dialogue, and can end so.
    #[must_use]
    pub fn new(endings: Vec<SummaryEnding<O>>) -> Self {
        Self { endings, literal_zeros: BTreeSet::new(), states: 1 }
    }
}

impl<O> SummaryEnding<O> {
    /// Returns a way to end that takes so many keys, each of them decided, and so long.
    #[must_use]
    pub const fn new(outcome: O, keys: u32, longest: Duration) -> Self {
        Self { outcome, decisions: keys, keys, longest, way: Vec::new(), by: Vec::new() }
    }
}

/// A step of a way through a conversation. `Display` writes it as `1`, `silence`, `wrong keys`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Met {
    /// These keys.
    Keys(Digits),
    /// Keys that mean nothing.
    WrongKeys,
    /// No key in time.
    Silence,
    /// All was said.
    Said,
    /// A recording, which ended so.
    Recorded(&'static str),
    /// An answer from outside.
    Answer,
    /// No answer from outside.
    Failure,
    /// A signal from outside.
    Signal,
}

impl Met {
    /// Returns the keys, if some were pressed that mean something.
    #[must_use]
    pub const fn keys(&self) -> Option<&Digits> {
        match self {
            Self::Keys(digits) => Some(digits),
            Self::WrongKeys
            | Self::Silence
            | Self::Said
            | Self::Recorded(_)
            | Self::Answer
            | Self::Failure
            | Self::Signal => None,
        }
    }
}

/// What a checker presses is no secret.
impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(digits) => digits.fmt(f),
            Self::WrongKeys => f.write_str("wrong keys"),
            Self::Silence => f.write_str("silence"),
            Self::Said => f.write_str("all was said"),
            Self::Recorded(end) => write!(f, "a message ended by {end}"),
            Self::Answer => f.write_str("an answer of the store"),
            Self::Failure => f.write_str("no answer of the store"),
            Self::Signal => f.write_str("a signal"),
        }
    }
}

/// Visits every state of `dialogue` in which the party is there, and sums up how it ends.
///
/// `length` tells how long a phrase is. Outcomes for which `verdict` has `None` are left out.
///
/// # Errors
///
/// If a turn breaks a law by itself, silence and failures go round in a circle, or there are more
/// states than allowed.
pub fn summarize<D, W, O>(
    mut dialogue: D,
    world: &W,
    limits: &Limits,
    length: &dyn Fn(&Phrase) -> Duration,
    verdict: impl Fn(D::Outcome) -> Option<O>,
) -> Result<Summary<O>, Violation>
where
    D: Dialogue + Clone + Eq + Hash,
    W: World<D>,
    O: PartialEq,
{
    let step = dialogue.begin();
    let graph = Graph::new(Node { dialogue, step });
    let mut found = Found { graph, edges: Vec::new(), last: BTreeMap::new() };
    let mut summary = Summary { endings: Vec::new(), literal_zeros: BTreeSet::new(), states: 0 };
    let mut ends: Vec<(usize, O)> = Vec::new();
    while let Some(node) = found.graph.node(summary.states) {
        let place = summary.states;
        match &node.step {
            Step::Turn(turn) => {
                turn_laws::check_turn(turn, world, limits)
                    .map_err(|law| found.violation(place, law))?;
                if let ZeroKey::Literal(reason) = turn.zero {
                    summary.literal_zeros.insert(reason);
                }
            }
            Step::Ask(_) => {}
            Step::End(outcome) => {
                ends.extend(verdict(outcome.clone()).map(|outcome| (place, outcome)));
            }
        }
        found.expand(place, &node, world, length);
        summary.states += 1;
        if summary.states > limits.states {
            return Err(found.violation(place, Law::TooManyStates(limits.states)));
        }
    }
    let costs = found.costs()?;
    for (place, outcome) in ends {
        let Some(cost) = costs.get(place).copied().flatten() else { continue };
        let by = found.last.remove(&place).unwrap_or_default();
        let known = summary.endings.iter_mut().find(|ending| ending.outcome == outcome);
        match known {
            Some(known) => {
                by.into_iter().for_each(|met| note(&mut known.by, met));
                known.keys = known.keys.min(cost.keys);
                match known.decisions.cmp(&cost.decisions) {
                    std::cmp::Ordering::Less => {}
                    std::cmp::Ordering::Equal => known.longest = known.longest.max(cost.longest),
                    std::cmp::Ordering::Greater => {
                        (known.decisions, known.longest) = (cost.decisions, cost.longest);
                    }
                }
            }
            None => summary.endings.push(SummaryEnding {
                outcome,
                decisions: cost.decisions,
                keys: cost.keys,
                longest: cost.longest,
                way: found.way_to(place),
                by,
            }),
        }
    }
    Ok(summary)
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node<D: Dialogue> {
    dialogue: D,
    step: StepOf<D>,
}

/// The states that were found, and what leads from one to the other.
struct Found<D: Dialogue> {
    graph: Graph<Node<D>, Met>,
    edges: Vec<Vec<Edge>>,
    /// What led to the ends.
    last: BTreeMap<usize, Vec<Met>>,
}

#[derive(Clone, Copy)]
struct Edge {
    to: usize,
    is_decision: bool,
    keys: u32,
    longest: Duration,
}

/// What it costs to come to a state.
#[derive(Clone, Copy)]
struct Cost {
    decisions: u32,
    keys: u32,
    longest: Duration,
}

impl<D: Dialogue + Clone + Eq + Hash> Found<D> {
    fn expand<W: World<D>>(
        &mut self,
        place: usize,
        node: &Node<D>,
        world: &W,
        length: &dyn Fn(&Phrase) -> Duration,
    ) {
        let mut edges = Vec::new();
        for heard in everything_to_hear::<D, W>(&node.step, world) {
            if heard.is_departure() {
                continue;
            }
            let mut dialogue = node.dialogue.clone();
            let step = dialogue.hear(heard.clone());
            let is_end = matches!(step, Step::End(_));
            let to = self.graph.reach(Node { dialogue, step }, place, met(&heard));
            if is_end {
                note(self.last.entry(to).or_default(), met(&heard));
            }
            edges.push(Edge {
                to,
                is_decision: !is_involuntary(&heard),
                keys: keys(&heard),
                longest: longest(&node.step, &heard, length),
            });
        }
        self.edges.push(edges);
    }

    /// Returns what it costs to come to each state. Each can be reached, or it would not be there.
    fn costs(&self) -> Result<Vec<Option<Cost>>, Violation> {
        let decisions = self.fewest(|edge| u32::from(edge.is_decision));
        let keys = self.fewest(|edge| edge.keys);
        // Edges on ways with the fewest decisions. A circle among them has none at all.
        let is_tight = |from: usize, edge: &Edge| {
            let at = |place: usize| decisions.get(place).copied().flatten();
            at(from).map(|at| at + u32::from(edge.is_decision)) == at(edge.to)
        };
        let mut open = vec![0_usize; self.edges.len()];
        for (from, edges) in self.edges.iter().enumerate() {
            for edge in edges.iter().filter(|edge| is_tight(from, edge)) {
                if let Some(open) = open.get_mut(edge.to) {
                    *open += 1;
                }
            }
        }
        let mut longest = vec![Duration::ZERO; self.edges.len()];
        let mut ready: Vec<usize> =
            (0..open.len()).filter(|&place| open.get(place) == Some(&0)).collect();
        let mut taken = 0;
        while let Some(from) = ready.pop() {
            taken += 1;
            let so_far = longest.get(from).copied().unwrap_or_default();
            for edge in self.edges.get(from).into_iter().flatten() {
                if !is_tight(from, edge) {
                    continue;
                }
                if let Some(longest) = longest.get_mut(edge.to) {
                    *longest = (*longest).max(so_far.saturating_add(edge.longest));
                }
                if let Some(open) = open.get_mut(edge.to) {
                    *open -= 1;
                    if *open == 0 {
                        ready.push(edge.to);
                    }
                }
            }
        }
        if taken < open.len() {
            let on_circle = open.iter().position(|&open| open > 0).unwrap_or(0);
            let law = Law::InvoluntaryCircle(open.len() - taken);
            return Err(self.violation(on_circle, law));
        }
        let cost = |place: usize| {
            Some(Cost {
                decisions: decisions.get(place).copied().flatten()?,
                keys: keys.get(place).copied().flatten()?,
                longest: longest.get(place).copied()?,
            })
        };
        Ok((0..self.edges.len()).map(cost).collect())
    }

    /// Returns the least sum of weights from the beginning to each state.
    fn fewest(&self, weight: impl Fn(&Edge) -> u32) -> Vec<Option<u32>> {
        let mut least: Vec<Option<u32>> = vec![None; self.edges.len()];
        if let Some(start) = least.first_mut() {
            *start = Some(0);
        }
        // Weights are small numbers: a state is put back whenever it becomes cheaper.
        let mut waiting = VecDeque::from([0]);
        while let Some(from) = waiting.pop_front() {
            let Some(so_far) = least.get(from).copied().flatten() else { continue };
            for edge in self.edges.get(from).into_iter().flatten() {
                let sum = so_far.saturating_add(weight(edge));
                let Some(known) = least.get_mut(edge.to) else { continue };
                if known.is_none_or(|known| sum < known) {
                    *known = Some(sum);
                    if sum == so_far {
                        waiting.push_front(edge.to);
                    } else {
                        waiting.push_back(edge.to);
                    }
                }
            }
        }
        least
    }

    fn way_to(&self, place: usize) -> Vec<Met> {
        self.graph.way_to(place).into_iter().map(|(_, met)| met.clone()).collect()
    }

    fn violation(&self, place: usize, law: Law) -> Violation {
        let trace: Trace = self.way_to(place).iter().map(ToString::to_string).collect();
        Violation { law, trace }
    }
}

fn note(all: &mut Vec<Met>, met: Met) {
    if !all.contains(&met) {
        all.push(met);
    }
}

fn met<L, R, S>(heard: &Heard<L, R, S>) -> Met {
    match heard {
        Heard::Matched { digits, .. }
        | Heard::Recorded(Recording { end: RecordEnd::Matched { digits, .. }, .. }) => {
            Met::Keys(digits.clone())
        }
        Heard::WrongKeys(_) => Met::WrongKeys,
        Heard::NoInput => Met::Silence,
        Heard::Finished => Met::Said,
        Heard::Recorded(Recording { end, .. }) => match end {
            RecordEnd::Silence => Met::Recorded("silence"),
            RecordEnd::Limit => Met::Recorded("its limit"),
            RecordEnd::Failed => Met::Recorded("a failure"),
            RecordEnd::Signal(_) => Met::Signal,
            RecordEnd::Left => Met::Recorded("hanging up"),
            RecordEnd::Matched { digits, .. } => Met::Keys(digits.clone()),
        },
        Heard::Answered(_) => Met::Answer,
        Heard::Failed(_) => Met::Failure,
        Heard::Signal(_) | Heard::Left => Met::Signal,
    }
}

/// Returns how many keys a party presses on purpose.
fn keys<L, R, S>(heard: &Heard<L, R, S>) -> u32 {
    match heard {
        Heard::Matched { digits, .. }
        | Heard::Recorded(Recording { end: RecordEnd::Matched { digits, .. }, .. }) => {
            u32::try_from(digits.len()).unwrap_or(u32::MAX)
        }
        Heard::WrongKeys(_)
        | Heard::NoInput
        | Heard::Finished
        | Heard::Recorded(_)
        | Heard::Answered(_)
        | Heard::Failed(_)
        | Heard::Signal(_)
        | Heard::Left => 0,
    }
}

/// Returns the longest that it can take until this is heard.
fn longest<L, A, O, R, S>(
    step: &Step<L, A, O>,
    heard: &Heard<L, R, S>,
    length: &dyn Fn(&Phrase) -> Duration,
) -> Duration {
    let turn = match step {
        Step::Turn(turn) => turn,
        Step::Ask(ask) => return ask.limit,
        Step::End(_) => return Duration::ZERO,
    };
    let said: Duration = turn.say.iter().map(length).sum();
    let listened = match heard {
        Heard::Recorded(recording) => turn.record.as_ref().map_or(Duration::ZERO, |rule| {
            // A recording ended by silence is as long as one that ended by its limit, or less.
            match recording.end {
                RecordEnd::Matched { ref digits, .. } => rule.longest + collecting(turn, digits),
                RecordEnd::Silence
                | RecordEnd::Limit
                | RecordEnd::Signal(_)
                | RecordEnd::Left
                | RecordEnd::Failed => rule.longest,
            }
        }),
        Heard::Matched { digits, .. } | Heard::WrongKeys(digits) => {
            first_key(turn) + collecting(turn, digits)
        }
        Heard::NoInput => first_key(turn),
        Heard::Finished
        | Heard::Answered(_)
        | Heard::Failed(_)
        | Heard::Signal(_)
        | Heard::Left => Duration::ZERO,
    };
    said.saturating_add(listened)
}

fn first_key<L>(turn: &Turn<L>) -> Duration {
    turn.keys.as_ref().map_or(Duration::ZERO, |rule| rule.timing.first)
}

/// Returns the longest from the first key to the end of the collection.
fn collecting<L>(turn: &Turn<L>, digits: &Digits) -> Duration {
    let Some(rule) = &turn.keys else { return Duration::ZERO };
    let waits_after_last = match rule.map.progress(digits) {
        Progress::Match(_) | Progress::NoMatch => 0,
        Progress::Partial | Progress::Ambiguous(_) => 1,
    };
    let waits = digits.len().saturating_sub(1) + waits_after_last;
    rule.timing.inter_digit.saturating_mul(u32::try_from(waits).unwrap_or(u32::MAX))
}
