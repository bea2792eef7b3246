//! Plans that are right, plans that are wrong in one way, and what is found.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that panics has found something"
)]

mod company;
mod golden;
mod journeys;
mod mutations;
mod picture;
mod scale;

use std::sync::Arc;

use centrala_office::{Office, OfficeErrors};
use centrala_plan::{Budget, Finding, Lengths, Proof};

/// Proves what a text describes.
fn prove(source: &str, name: &str) -> Result<Proof, OfficeErrors> {
    let office = Arc::new(Office::compile(source, name)?);
    let lengths = Lengths::default();
    Ok(Proof::of(&office, &Budget::default(), &|phrase| lengths.of_phrase(phrase)))
}

/// Returns everything that is found in a text.
fn findings(source: &str, name: &str) -> Vec<Finding> {
    match prove(source, name) {
        Ok(proof) => proof.findings,
        Err(errors) => errors.errors().iter().map(Finding::from).collect(),
    }
}
