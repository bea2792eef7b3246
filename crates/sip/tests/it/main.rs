//! Messages as a user of the crate meets them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy does not see that the functions beside the tests are tests, too"
)]

mod bodies;
mod building;
mod editing;
mod leniency;
mod properties;
mod quirks;
mod refusing;
mod sample;
mod streams;
mod torture;
mod typed;
mod uris;
mod views;
