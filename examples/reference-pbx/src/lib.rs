//! The reference PBX: the shell around the libraries.
//!
//! Everything that touches a socket, a clock, a file or the environment is here.

pub mod engine;
