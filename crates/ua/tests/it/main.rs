//! Whole calls between endpoints in virtual time.

mod calls;
mod office;
mod simulation;
mod wire;
mod world;
