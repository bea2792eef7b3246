//! The office as its users see it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests: clippy allows them in test functions, but not in what these share"
)]

mod acme;
mod many_errors;
mod office_errors;
mod properties;

/// The office of the example.
const ACME: &str = include_str!("../../../../examples/reference-pbx/acme.toml");
