//! The reference PBX: the shell around the libraries.
//!
//! Everything that touches a socket, a clock, a file or the environment is here.

pub mod clock;
pub mod demo;
pub mod engine;
mod negotiation;
pub mod passwords;
mod reactor;
pub mod serve;
pub mod server;
pub mod softphone;
