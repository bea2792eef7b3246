//! What callers may be asked to bear.

use std::time::Duration;

/// What callers may be asked to bear. What is beyond it is a warning.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Options of a menu.
    pub options: usize,
    /// Menus in a row, the shortest way.
    pub levels: usize,
    /// What is said before the first option.
    pub first_option: Duration,
    /// Until somebody is rung, for a caller who presses nothing.
    pub nobody_rung: Duration,
    /// People that a menu may name one by one.
    pub people: usize,
}

impl Default for Budget {
    /// Five options, three levels, 20 s before the first option, 120 s before anybody is rung, three people.
    fn default() -> Self {
        Self {
            options: 5,
            levels: 3,
            first_option: Duration::from_secs(20),
            nobody_rung: Duration::from_secs(120),
            people: 3,
        }
    }
}
