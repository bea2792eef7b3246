//! The program as its user meets it: what it prints, and what it leaves with.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not see that the functions beside the tests are tests, too"
)]

mod json;
mod program;
mod secrets;
mod text;
mod warnings;
