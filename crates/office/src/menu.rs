//! Menus.

use std::sync::Arc;

use centrala_dialogue::Phrase;
use centrala_keys::Key;

use crate::{Destination, MenuId};

/// What the attendant offers.
///
/// Beside its options every menu takes an extension at any moment, and 0 for the operator; a
/// caller who presses nothing, or wrong keys, is led to the operator.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// Its place in [`Office::menus`](crate::Office::menus).
    pub id: MenuId,
    /// Its name in the office's file: `main`.
    pub name: Arc<str>,
    /// What a caller hears first.
    pub greeting: Phrase,
    /// What it offers, in the order of the keys. Never empty.
    pub options: Vec<MenuOption>,
    /// How often it listens before the operator takes the call.
    pub attempts: u8,
}

/// A key of a [`Menu`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuOption {
    /// The key: `1` to `9`, `*` or `#`.
    pub key: Key,
    /// What it offers, said before the key: "For sales".
    pub say: Phrase,
    /// Where it leads.
    pub go: Destination,
}
