//! Menus of an automatic attendant: a graph, and its conversation.

mod menu;
mod menu_dialogue;
mod wording;

pub use menu::{MAX_OPTIONS, Menu, MenuOption, OfferError};
pub use menu_dialogue::{MenuDialogue, MenuOutcome, WhyGaveUp};
pub use wording::PHRASES;
