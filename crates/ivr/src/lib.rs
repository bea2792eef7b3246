//! Menus of an automatic attendant: a graph, and its conversation.

mod graph;
mod graph_dialogue;
mod menu;
mod menu_dialogue;
mod wording;

pub use graph::{GraphErrors, GraphFault, MenuGraph, Way};
pub use graph_dialogue::GraphDialogue;
pub use menu::{Keyed, MAX_OPTIONS, Menu, MenuOption, OfferError};
pub use menu_dialogue::{MenuDialogue, MenuOutcome, WhyGaveUp};
pub use wording::PHRASES;
