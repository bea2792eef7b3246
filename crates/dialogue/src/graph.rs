//! States that were reached, and how.

use std::{collections::HashMap, hash::Hash, rc::Rc};

/// Everything that was reached from a start, in the order in which it was reached first.
#[derive(Debug)]
pub(crate) struct Graph<N, E> {
    nodes: Vec<Rc<N>>,
    places: HashMap<Rc<N>, usize>,
    /// From where each node was reached first, and by what.
    came: Vec<Option<(usize, E)>>,
}

impl<N: Eq + Hash, E> Graph<N, E> {
    pub(crate) fn new(start: N) -> Self {
        let mut graph = Self { nodes: Vec::new(), places: HashMap::new(), came: Vec::new() };
        graph.add(start, None);
        graph
    }

    /// Goes to `node`, and returns its place.
    pub(crate) fn reach(&mut self, node: N, from: usize, by: E) -> usize {
        match self.places.get(&node) {
            Some(&place) => place,
            None => self.add(node, Some((from, by))),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, place: usize) -> Option<Rc<N>> {
        self.nodes.get(place).map(Rc::clone)
    }

    /// Returns a shortest way to `place`: each node on it and what led on from there.
    pub(crate) fn way_to(&self, mut place: usize) -> Vec<(&N, &E)> {
        let mut way = Vec::new();
        while let Some(Some((from, by))) = self.came.get(place) {
            place = *from;
            way.extend(self.nodes.get(place).map(|node| (&**node, by)));
        }
        way.reverse();
        way
    }

    fn add(&mut self, node: N, came: Option<(usize, E)>) -> usize {
        let place = self.nodes.len();
        let node = Rc::new(node);
        self.nodes.push(Rc::clone(&node));
        self.places.insert(node, place);
        self.came.push(came);
        place
    }
}

/// Returns the longest way through `edges`, or a circle in them if there is one.
pub(crate) fn longest_way(edges: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut came_in: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        for &to in targets {
            if let Some(sources) = came_in.get_mut(to) {
                sources.push(from);
            }
        }
    }
    // Takes away what nothing (any more) leads to; what cannot be taken away is a circle, or hangs
    // on one.
    let mut open: Vec<usize> = came_in.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..edges.len()).filter(|&at| open.get(at) == Some(&0)).collect();
    let mut best: Vec<(usize, Option<usize>)> = vec![(0, None); edges.len()];
    let mut taken = 0;
    while let Some(from) = ready.pop() {
        taken += 1;
        let length = best.get(from).map_or(0, |&(length, _)| length + 1);
        for &to in edges.get(from).into_iter().flatten() {
            let (Some(best), Some(open)) = (best.get_mut(to), open.get_mut(to)) else { continue };
            if best.0 < length {
                *best = (length, Some(from));
            }
            *open -= 1;
            if *open == 0 {
                ready.push(to);
            }
        }
    }
    if taken < edges.len() {
        return Err(circle(&came_in, &open));
    }
    let mut way = Vec::new();
    let mut place = (0..edges.len()).max_by_key(|&at| best.get(at).map(|&(length, _)| length));
    while let Some(at) = place {
        way.push(at);
        place = best.get(at).and_then(|&(_, from)| from);
    }
    way.reverse();
    Ok(way)
}

/// Walks against the edges among the places that could not be taken away, until one comes twice.
fn circle(came_in: &[Vec<usize>], open: &[usize]) -> Vec<usize> {
    let is_open = |at: &usize| open.get(*at).is_some_and(|&open| open > 0);
    let mut place = (0..open.len()).find(is_open);
    let mut walked = Vec::new();
    while let Some(at) = place {
        if let Some(start) = walked.iter().position(|&seen| seen == at) {
            let mut circle = walked.split_off(start);
            circle.reverse();
            return circle;
        }
        walked.push(at);
        place = came_in.get(at).and_then(|sources| sources.iter().copied().find(is_open));
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_way_is_found() {
        // 0 → 1 → 3, 0 → 2 → 1, 4 alone
        let edges = [vec![1, 2], vec![3], vec![1], vec![], vec![]];
        assert_eq!(longest_way(&edges), Ok(vec![0, 2, 1, 3]));
        assert_eq!(longest_way(&[]), Ok(vec![]));
    }

    #[test]
    fn a_circle_is_found_in_its_direction() {
        // 0 → 1 → 2 → 3 → 1, and 3 → 4
        let edges = [vec![1], vec![2], vec![3], vec![1, 4], vec![]];
        let mut circle = longest_way(&edges).unwrap_err();
        let smallest = circle.iter().position(|&at| at == 1).unwrap();
        circle.rotate_left(smallest);
        assert_eq!(circle, [1, 2, 3]);
        assert_eq!(longest_way(&[vec![0]]), Err(vec![0]));
    }

    #[test]
    fn the_way_to_a_node_is_the_shortest() {
        let mut graph = Graph::new('a');
        let b = graph.reach('b', 0, 1);
        let c = graph.reach('c', b, 2);
        assert_eq!(graph.reach('c', 0, 9), c);
        assert_eq!(graph.way_to(c), [(&'a', &1), (&'b', &2)]);
        assert_eq!((graph.len(), graph.node(c).as_deref(), graph.node(3)), (3, Some(&'c'), None));
    }
}
