//! Menus, driven as a PBX drives them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests: clippy allows them in test functions, but not in what these share"
)]

mod graphs;
mod laws;
mod transcripts;

use centrala_dialogue::Phrase;
use centrala_ivr::Menu;
use centrala_keys::Key;

/// Returns the menu of most tests: sales, support, and people with 101 and 102.
fn menu() -> Menu<&'static str> {
    let mut menu = Menu::new([Phrase::text("Welcome.")]);
    menu.offer(Key::One, Phrase::text("For sales"), "sales").unwrap();
    menu.offer(Key::Two, Phrase::text("For support"), "support").unwrap();
    menu.dial("101".parse().unwrap(), "Sally").unwrap();
    menu.dial("102".parse().unwrap(), "Bob").unwrap();
    menu.hear_out("1xx".parse().unwrap()).unwrap();
    menu
}
