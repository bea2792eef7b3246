//! Visiting every state of a small machine.

use std::{fmt::Debug, hash::Hash};

use crate::{graph::Graph, trace::Trace};

/// A machine with a bounded world around it: it knows what can happen to it next.
pub trait System: Clone + Eq + Hash {
    /// Something that can happen.
    type Input: Clone + Debug;

    /// Returns everything that can happen now. If nothing can, the system is at rest.
    fn inputs(&self) -> Vec<Self::Input>;

    /// Lets it happen.
    ///
    /// # Errors
    ///
    /// If a law of the system was broken: which, in words.
    fn apply(&mut self, input: &Self::Input) -> Result<(), String>;

    /// Checks a state in which nothing can happen any more.
    ///
    /// # Errors
    ///
    /// If the system must not rest like this: why, in words.
    fn rest(&self) -> Result<(), String> {
        Ok(())
    }
}

/// What was found to be true in all of its states.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explored {
    /// How many states there are.
    pub states: usize,
    /// How many inputs were tried in them.
    pub edges: usize,
    /// In how many of them the system is at rest.
    pub rests: usize,
}

/// A fault, and the shortest way to it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}, after:\n{trace}")]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// What happened before.
    pub trace: Trace,
}

/// Visits every state that `start` can come to, at most `most` of them.
///
/// # Errors
///
/// If a law is broken in one of them, or there are more than `most`.
pub fn explore<S: System>(start: S, most: usize) -> Result<Explored, Fault> {
    let mut graph = Graph::new(start);
    let mut explored = Explored { states: 0, edges: 0, rests: 0 };
    while let Some(state) = graph.node(explored.states) {
        let fault = |graph: &Graph<S, S::Input>, last: Option<&S::Input>, what| {
            let way = graph.way_to(explored.states);
            let inputs = way.into_iter().map(|(_, input)| input).chain(last);
            Fault { what, trace: inputs.map(|input| format!("{input:?}")).collect() }
        };
        let inputs = state.inputs();
        if inputs.is_empty() {
            explored.rests += 1;
            state.rest().map_err(|what| fault(&graph, None, what))?;
        }
        for input in inputs {
            explored.edges += 1;
            let mut next = (*state).clone();
            next.apply(&input).map_err(|what| fault(&graph, Some(&input), what))?;
            graph.reach(next, explored.states, input);
        }
        if graph.len() > most {
            return Err(fault(&graph, None, format!("there are more than {most} states")));
        }
        explored.states += 1;
    }
    Ok(explored)
}
