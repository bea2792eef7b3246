//! The reference PBX: the shell around the libraries.
//!
//! Everything that touches a socket, a clock, a file or the environment is here.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enums of the libraries are open: the shell takes what it needs of them"
)]

pub mod check;
pub mod clock;
pub mod demo;
pub mod engine;
pub mod graph;
mod negotiation;
pub mod passwords;
mod reactor;
pub mod serve;
pub mod server;
pub mod softphone;
pub mod transport;
