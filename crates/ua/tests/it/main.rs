//! Whole calls between endpoints in virtual time.

mod calls;
mod world;
