//! Whole paths of sound through the crate, with a network in between that loses and shuffles.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod paths;
