//! Descriptions, offers and answers as a user of the crate meets them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not see that the functions beside the tests are tests, too"
)]

mod descriptions;
mod devices;
mod edits;
mod exchanges;
mod limits;
mod properties;
mod sample;
mod sessions;
mod streams;
mod values;
