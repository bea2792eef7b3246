//! A walk through menus.

use std::{collections::BTreeSet, convert::Infallible, fmt::Debug, hash::Hash, sync::Arc};

use centrala_dialogue::{Dialogue, HeardBy, Step, StepOf};

use crate::{Keyed, MenuDialogue, MenuGraph, MenuOutcome, Way, WhyGaveUp};

/// The conversation with a caller who walks through a [`MenuGraph`].
///
/// A menu greets whoever is new to it, and goes straight to its options with whoever returns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GraphDialogue<T> {
    graph: Arc<MenuGraph<T>>,
    visited: BTreeSet<usize>,
    menu: MenuDialogue<Way<T>>,
}

impl<T> GraphDialogue<T> {
    /// Returns the conversation with somebody who is new here.
    #[must_use]
    pub fn new(graph: impl Into<Arc<MenuGraph<T>>>) -> Self {
        let graph = graph.into();
        let menu = MenuDialogue::new(graph.entrance());
        Self { graph, visited: BTreeSet::from([0]), menu }
    }
}

impl<T: Clone + Debug + Eq + Hash> Dialogue for GraphDialogue<T> {
    type Label = Keyed<Way<T>>;
    type Outcome = MenuOutcome<T>;
    type Ask = Infallible;
    type Answer = Infallible;
    type Signal = Infallible;

    fn begin(&mut self) -> StepOf<Self> {
        let step = self.menu.begin();
        self.go_on(step)
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        let step = self.menu.hear(heard);
        self.go_on(step)
    }
}

impl<T: Clone + Debug + Eq + Hash> GraphDialogue<T> {
    fn go_on(&mut self, step: StepOf<MenuDialogue<Way<T>>>) -> StepOf<Self> {
        let mut step = step;
        loop {
            let outcome = match step {
                Step::Turn(turn) => return Step::Turn(turn),
                Step::Ask(ask) => match ask.request {},
                Step::End(outcome) => outcome,
            };
            let name = match outcome {
                MenuOutcome::Chosen(Way::Menu(name)) => name,
                MenuOutcome::Chosen(Way::Out(target)) => {
                    return Step::End(MenuOutcome::Chosen(target));
                }
                MenuOutcome::GaveUp(why) => return Step::End(MenuOutcome::GaveUp(why)),
                MenuOutcome::Left => return Step::End(MenuOutcome::Left),
            };
            step = self.enter(&name);
        }
    }

    fn enter(&mut self, name: &str) -> StepOf<MenuDialogue<Way<T>>> {
        // The graph has every menu that it names; without one the caller is not lost.
        let Some((at, menu)) = self.graph.find(name) else {
            return Step::End(MenuOutcome::GaveUp(WhyGaveUp::WrongKeys));
        };
        self.menu = if self.visited.insert(at) {
            MenuDialogue::new(menu)
        } else {
            MenuDialogue::again(menu)
        };
        self.menu.begin()
    }
}
