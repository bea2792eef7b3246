//! Menus that lead to menus.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use crate::Menu;

/// Menus that lead to each other and, somewhere, out. Nothing in it leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MenuGraph<T> {
    entrance: Arc<Menu<Way<T>>>,
    menus: Vec<Arc<Menu<Way<T>>>>,
    names: BTreeMap<Arc<str>, usize>,
}

/// Where an option of a [`MenuGraph`] leads.
#[expect(clippy::exhaustive_enums, reason = "on, or out")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way<T> {
    /// To the menu of this name.
    Menu(Arc<str>),
    /// Out of the menus.
    Out(T),
}

impl<T> Way<T> {
    /// Returns the way to the menu `name`.
    #[must_use]
    pub fn menu(name: impl Into<Arc<str>>) -> Self {
        Self::Menu(name.into())
    }
}

impl<T> MenuGraph<T> {
    /// Returns the graph of these menus. Callers begin in the first.
    ///
    /// # Errors
    ///
    /// All faults: names that are there twice, options that lead to no menu, menus that no caller
    /// comes to, menus that offer nothing.
    pub fn new<N: Into<Arc<str>>>(
        menus: impl IntoIterator<Item = (N, Menu<Way<T>>)>,
    ) -> Result<Self, GraphErrors> {
        let mut faults = Vec::new();
        let mut names: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut graph: Vec<Node<T>> = Vec::new();
        for (name, menu) in menus {
            let name = name.into();
            if names.contains_key(&name) {
                faults.push(GraphFault::Duplicate { menu: name });
            } else {
                names.insert(Arc::clone(&name), graph.len());
                graph.push(Node { name, menu: Arc::new(menu) });
            }
        }
        for Node { name, menu } in &graph {
            if menu.options().next().is_none() {
                faults.push(GraphFault::OffersNothing { menu: Arc::clone(name) });
            }
            for target in menu.targets() {
                if let Way::Menu(to) = target
                    && !names.contains_key(to)
                {
                    let (from, to) = (Arc::clone(name), Arc::clone(to));
                    faults.push(GraphFault::Dangling { from, to });
                }
            }
        }
        let reached = reached(&graph, &names);
        for (at, Node { name, .. }) in graph.iter().enumerate() {
            if !reached.contains(&at) {
                faults.push(GraphFault::Unreachable { menu: Arc::clone(name) });
            }
        }
        let Some(Node { menu: entrance, .. }) = graph.first() else {
            return Err(GraphErrors { faults: vec![GraphFault::NoMenus] });
        };
        if !faults.is_empty() {
            return Err(GraphErrors { faults });
        }
        let entrance = Arc::clone(entrance);
        Ok(Self { entrance, menus: graph.into_iter().map(|node| node.menu).collect(), names })
    }

    /// Returns the menu in which callers begin. It is the one at place 0.
    pub(crate) fn entrance(&self) -> Arc<Menu<Way<T>>> {
        Arc::clone(&self.entrance)
    }

    /// Returns a menu and its place.
    pub(crate) fn find(&self, name: &str) -> Option<(usize, Arc<Menu<Way<T>>>)> {
        let at = *self.names.get(name)?;
        Some((at, Arc::clone(self.menus.get(at)?)))
    }
}

struct Node<T> {
    name: Arc<str>,
    menu: Arc<Menu<Way<T>>>,
}

/// Returns the places of the menus that a caller can come to.
fn reached<T>(graph: &[Node<T>], names: &BTreeMap<Arc<str>, usize>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([0]);
    let mut waiting = vec![0];
    while let Some(at) = waiting.pop() {
        let Some(Node { menu, .. }) = graph.get(at) else { continue };
        for target in menu.targets() {
            if let Way::Menu(name) = target
                && let Some(&next) = names.get(name)
                && reached.insert(next)
            {
                waiting.push(next);
            }
        }
    }
    reached
}

/// All that is wrong in a graph of menus.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphErrors {
    /// What. Never empty.
    pub faults: Vec<GraphFault>,
}

impl fmt::Display for GraphErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, fault) in self.faults.iter().enumerate() {
            if nth > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for GraphErrors {}

/// Something that is wrong in a graph of menus.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphFault {
    /// There is no menu to begin in.
    #[error("there are no menus")]
    NoMenus,
    /// Two menus have one name.
    #[error("menu {menu} is there twice")]
    Duplicate {
        /// The name.
        menu: Arc<str>,
    },
    /// A menu leads to one that is not there.
    #[error("menu {from} leads to menu {to}, which is not there")]
    Dangling {
        /// The menu that leads there.
        from: Arc<str>,
        /// The menu that is missing.
        to: Arc<str>,
    },
    /// No caller comes to a menu.
    #[error("nothing leads to menu {menu}")]
    Unreachable {
        /// The menu.
        menu: Arc<str>,
    },
    /// A menu has no options.
    #[error("menu {menu} offers nothing")]
    OffersNothing {
        /// The menu.
        menu: Arc<str>,
    },
}
