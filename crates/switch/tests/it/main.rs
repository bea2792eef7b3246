//! Whole companies in virtual time.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that panics has found something"
)]

mod any_input;
mod crossing;
mod cut;
mod office;
mod simulation;
mod stories;
mod trouble;
