//! A whole company in virtual time: its exchange, telephones and callers by script, and a store
//! that can be full, broken or silent.
//!
//! [`Shell`] carries out what the exchange orders, and checks the exchange's part of the contract
//! with every order: nobody is played to before the answer, nothing is recorded into nothing.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "test equipment: what panics has found something"
)]

mod large;
mod script;
mod shell;
mod store;

pub use large::large_office;
pub use script::{AfterMessage, Phone, Script, millis, secs};
pub use shell::{Shell, length};
pub use store::{Draft, Fate, Health, Store};
