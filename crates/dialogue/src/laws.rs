//! The laws of [`Dialogue`], checked in every state of a dialogue.
//!
//! The conformance test of a dialogue is one call of [`check`] (and one of
//! [`check_with_operator`], if callers meet it): it visits every state that the dialogue can come
//! to in a small [`World`], presses one representative of each rule of every digit map, stays
//! silent, presses nonsense, leaves, gives every answer and no answer.

mod exploration;
mod hearing;
mod summary;
mod turn_laws;
mod wording;
mod world;

use std::{collections::BTreeSet, hash::Hash};

pub use exploration::{Exploration, Law, Limits, Reached, Violation};
pub use hearing::everything_to_hear;
pub use summary::{Met, Summary, SummaryEnding, summarize};
pub use world::{OperatorWorld, World};

use self::{turn_laws::check_turn, wording::describe};
use crate::{
    Dialogue, Escaped, Heard, HeardBy, Phrase, RecordEnd, Recording, Step, StepOf, Trace,
    WithOperator, ZeroKey,
    graph::{Graph, longest_way},
};

/// Checks a dialogue against the laws in each of its states.
///
/// # Errors
///
/// The first broken law, with a shortest way to it.
pub fn check<D, W>(
    dialogue: D,
    world: &W,
    limits: &Limits,
) -> Result<Exploration<D::Outcome>, Violation>
where
    D: Dialogue + Clone + Eq + Hash,
    W: World<D>,
{
    Checker::new(dialogue, world, limits).check()
}

/// Checks a dialogue whose turns are left with 0: that they really are.
///
/// # Errors
///
/// As for [`check`].
pub fn check_with_operator<D, W>(
    dialogue: D,
    world: &W,
    limits: &Limits,
) -> Result<Exploration<Escaped<D::Outcome>>, Violation>
where
    D: Dialogue + Clone + Eq + Hash,
    W: World<D>,
{
    check(WithOperator::new(dialogue), &OperatorWorld::new(world), limits)
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node<D: Dialogue> {
    dialogue: D,
    step: StepOf<D>,
    party: Party,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Party {
    Present,
    Gone,
}

struct Checker<'a, D: Dialogue, W> {
    world: &'a W,
    limits: &'a Limits,
    graph: Graph<Node<D>, HeardBy<D>>,
    /// Where silence, mistakes, failures and answers lead, from each node.
    involuntary: Vec<Vec<(usize, HeardBy<D>)>>,
    found: Exploration<D::Outcome>,
}

impl<'a, D, W> Checker<'a, D, W>
where
    D: Dialogue + Clone + Eq + Hash,
    W: World<D>,
{
    fn new(mut dialogue: D, world: &'a W, limits: &'a Limits) -> Self {
        let step = dialogue.begin();
        let graph = Graph::new(Node { dialogue, step, party: Party::Present });
        Self { world, limits, graph, involuntary: Vec::new(), found: Exploration::default() }
    }

    fn check(mut self) -> Result<Exploration<D::Outcome>, Violation> {
        while let Some(node) = self.graph.node(self.found.states) {
            let place = self.found.states;
            self.examine(place, &node)?;
            let mut involuntary = Vec::new();
            for heard in everything_to_hear(&node.step, self.world) {
                self.found.edges += 1;
                let to = self.follow(place, &node, &heard);
                if is_involuntary(&heard) {
                    involuntary.push((to, heard));
                }
            }
            self.involuntary.push(involuntary);
            if self.graph.len() > self.limits.states {
                return Err(self.violation(place, Law::TooManyStates(self.limits.states)));
            }
            self.found.states += 1;
        }
        self.look_for_circles()?;
        Ok(self.found)
    }

    /// Checks the laws that concern one state, and notes what is to be noted.
    fn examine(&mut self, place: usize, node: &Node<D>) -> Result<(), Violation> {
        match &node.step {
            Step::Turn(_) if node.party == Party::Gone => {
                Err(self.violation(place, Law::SpeaksAfterDeparture))
            }
            Step::Turn(turn) => {
                check_turn(turn, self.world, self.limits)
                    .map_err(|law| self.violation(place, law))?;
                note(&mut self.found.phrases, &turn.say);
                if let ZeroKey::Literal(reason) = turn.zero {
                    self.found.literal_zeros.insert(reason);
                }
                Ok(())
            }
            Step::Ask(ask) => {
                note(&mut self.found.phrases, &ask.meanwhile);
                Ok(())
            }
            Step::End(outcome) => {
                if !self.found.outcomes.iter().any(|reached| reached.outcome == *outcome) {
                    let trace = self.trace_to(place);
                    self.found.outcomes.push(Reached { outcome: outcome.clone(), trace });
                }
                Ok(())
            }
        }
    }

    fn follow(&mut self, place: usize, node: &Node<D>, heard: &HeardBy<D>) -> usize {
        let mut dialogue = node.dialogue.clone();
        let step = dialogue.hear(heard.clone());
        let party = if heard.is_departure() { Party::Gone } else { node.party };
        self.graph.reach(Node { dialogue, step, party }, place, heard.clone())
    }

    /// Checks that silence, mistakes and failures come to an end.
    fn look_for_circles(&mut self) -> Result<(), Violation> {
        let targets = |edges: &Vec<(usize, _)>| edges.iter().map(|&(to, _)| to).collect();
        let edges: Vec<Vec<usize>> = self.involuntary.iter().map(targets).collect();
        match longest_way(&edges) {
            Ok(way) => {
                self.found.longest_involuntary = self.trace_along(&way).into_iter().collect();
                Ok(())
            }
            Err(mut circle) => {
                // Begin where it is entered first, and come back to there.
                let first = circle.iter().enumerate().min_by_key(|&(_, &at)| at);
                let (turn, entry) = first.map_or((0, 0), |(turn, &at)| (turn, at));
                circle.rotate_left(turn);
                circle.push(entry);
                let mut lines = self.trace_to(entry).lines().to_vec();
                lines.push("and from here in circles:".to_owned());
                lines.extend(self.trace_along(&circle));
                let law = Law::InvoluntaryCircle(circle.len() - 1);
                Err(Violation { law, trace: lines.into_iter().collect() })
            }
        }
    }

    fn violation(&self, place: usize, law: Law) -> Violation {
        let mut lines = self.trace_to(place).lines().to_vec();
        lines.extend(self.graph.node(place).map(|node| wording::describe_step::<D>(&node.step)));
        Violation { law, trace: lines.into_iter().collect() }
    }

    fn trace_to(&self, place: usize) -> Trace {
        let way = self.graph.way_to(place);
        way.into_iter().map(|(node, heard)| describe::<D>(&node.step, heard)).collect()
    }

    /// Returns a line for each step along involuntary edges.
    fn trace_along(&self, way: &[usize]) -> Vec<String> {
        let steps = way.iter().zip(way.iter().skip(1));
        let line = |(from, to): (&usize, &usize)| {
            let node = self.graph.node(*from)?;
            let edges = self.involuntary.get(*from)?;
            let (_, heard) = edges.iter().find(|(target, _)| target == to)?;
            Some(describe::<D>(&node.step, heard))
        };
        steps.filter_map(line).collect()
    }
}

/// Returns whether the party did not want this. An answer counts: nobody wants it either, and a
/// dialogue that asks in circles is as lost as one that repeats itself.
const fn is_involuntary<L, R, S>(heard: &Heard<L, R, S>) -> bool {
    match heard {
        Heard::Finished
        | Heard::WrongKeys(_)
        | Heard::NoInput
        | Heard::Answered(_)
        | Heard::Failed(_) => true,
        Heard::Recorded(Recording { end, .. }) => match end {
            RecordEnd::Silence | RecordEnd::Limit | RecordEnd::Failed => true,
            RecordEnd::Matched { .. } | RecordEnd::Signal(_) | RecordEnd::Left => false,
        },
        Heard::Matched { .. } | Heard::Signal(_) | Heard::Left => false,
    }
}

fn note(phrases: &mut BTreeSet<Phrase>, said: &[Phrase]) {
    for phrase in said {
        if !phrases.contains(phrase) {
            phrases.insert(phrase.clone());
        }
    }
}
