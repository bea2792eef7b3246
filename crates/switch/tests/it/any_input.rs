//! any_input
