//! Whole calls between endpoints in virtual time.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test that fails may panic, and looks at the few events that it is about"
)]

mod calls;
mod credentials;
mod crossings;
mod dialogs;
mod digest;
mod flows;
mod forks;
mod hostile;
mod lone;
mod moments;
mod offers;
mod office;
mod overload;
mod proxy;
mod registrar;
mod registrations;
mod rfc3665;
mod simulation;
mod station;
mod streams;
mod subscriptions;
mod timers;
mod wire;
mod world;
