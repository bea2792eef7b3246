//! The seam, tried on easy and hard conversations.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that panics has found something; small dialogues answer what they expect"
)]

mod dialogues;
mod driver;
mod enumerations;
mod faults;
mod limits;
mod properties;
mod screening;
mod stage;
mod transcripts;
