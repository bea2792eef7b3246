//! Whole calls between endpoints in virtual time.

mod calls;
mod office;
mod wire;
mod world;
