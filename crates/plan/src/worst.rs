//! The longest ways that nobody asks for.

use std::time::Duration;

use centrala_office::routing::Place;

use crate::graph::{CallGraph, Node};

/// What a call comes to whose caller does nothing, and that nobody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silent {
    /// The longest until a telephone rings; `None` if none ever does on some way.
    pub(crate) until_rung: Option<Duration>,
    /// The longest until a message is taken, or the call is over.
    pub(crate) until_end: Duration,
    /// The most steps from here.
    pub(crate) steps: u32,
}

/// Edges that nobody asks for, as far as they lead on: a message is an end.
pub(crate) fn involuntary(
    graph: &CallGraph,
    at: usize,
) -> impl Iterator<Item = (usize, &crate::Edge)> {
    graph.edges(at).iter().enumerate().filter(|(_, edge)| !edge.on.is_voluntary())
}

/// A circle of edges that nobody asks for: each node, and which of its edges.
pub(crate) type Circle = Vec<(usize, usize)>;

/// Returns what silence comes to from each node, or the circles that it goes round in.
pub(crate) fn silent(graph: &CallGraph) -> Result<Vec<Silent>, Vec<Circle>> {
    let count = graph.nodes().len();
    let order = order(graph, count)?;
    let nothing = Silent { until_rung: None, until_end: Duration::ZERO, steps: 0 };
    let mut silent = vec![nothing; count];
    // Those come first to which others lead.
    for at in order {
        let is_end = matches!(graph.node(at), Some(Node::Place(Place::Mailbox { .. })));
        let is_ring = matches!(graph.node(at), Some(Node::Place(Place::Ring(_))));
        let mut here = nothing;
        let mut rung = Some(Duration::ZERO);
        let mut edges = 0;
        for (_, edge) in involuntary(graph, at) {
            let next = silent.get(edge.to).copied().unwrap_or(nothing);
            here.steps = here.steps.max(next.steps.saturating_add(1));
            here.until_end = here.until_end.max(edge.longest.saturating_add(next.until_end));
            let via = next.until_rung.map(|later| edge.longest.saturating_add(later));
            rung = rung.zip(via).map(|(a, b)| a.max(b));
            edges += 1;
        }
        here.until_rung = if is_ring { Some(Duration::ZERO) } else { rung.filter(|_| edges > 0) };
        if is_end {
            here.until_end = Duration::ZERO;
        }
        if let Some(place) = silent.get_mut(at) {
            *place = here;
        }
    }
    Ok(silent)
}

/// Returns all nodes, those first to which the others lead by edges that nobody asks for.
fn order(graph: &CallGraph, count: usize) -> Result<Vec<usize>, Vec<Circle>> {
    let mut leads_on = vec![0_usize; count];
    let mut came_in: Vec<Vec<usize>> = vec![Vec::new(); count];
    for at in 0..count {
        for (_, edge) in involuntary(graph, at) {
            if let (Some(sources), Some(open)) = (came_in.get_mut(edge.to), leads_on.get_mut(at)) {
                sources.push(at);
                *open += 1;
            }
        }
    }
    let mut ready: Vec<usize> = (0..count).filter(|&at| leads_on.get(at) == Some(&0)).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(at) = ready.pop() {
        order.push(at);
        for &from in came_in.get(at).into_iter().flatten() {
            if let Some(open) = leads_on.get_mut(from) {
                *open -= 1;
                if *open == 0 {
                    ready.push(from);
                }
            }
        }
    }
    if order.len() == count { Ok(order) } else { Err(circles(graph, &leads_on)) }
}

/// Walks along among the nodes that never came to an end, until one comes twice. Each node is walked once.
fn circles(graph: &CallGraph, leads_on: &[usize]) -> Vec<Circle> {
    let is_open = |at: usize| leads_on.get(at).is_some_and(|&open| open > 0);
    let mut walked_in = vec![0_usize; leads_on.len()];
    let mut circles = Vec::new();
    for (walk, start) in (1_usize..).zip(0..leads_on.len()) {
        let mut path: Circle = Vec::new();
        let mut place = Some(start).filter(|&at| is_open(at));
        while let Some(at) = place {
            match walked_in.get_mut(at) {
                Some(0) => {}
                Some(known) if *known == walk => {
                    let first = path.iter().position(|&(seen, _)| seen == at).unwrap_or(0);
                    circles.push(path.split_off(first));
                    break;
                }
                _ => break,
            }
            if let Some(known) = walked_in.get_mut(at) {
                *known = walk;
            }
            let mut open = involuntary(graph, at).filter(|(_, edge)| is_open(edge.to));
            let next = open.next().map(|(nth, edge)| (nth, edge.to));
            drop(open);
            path.extend(next.map(|(nth, _)| (at, nth)));
            place = next.map(|(_, to)| to);
        }
    }
    circles
}
