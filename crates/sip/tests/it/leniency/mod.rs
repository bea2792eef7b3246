//! Leniencies by name, and strict parsing.

mod cases;
mod field;
mod flows;
mod laws;
mod strict;
mod suites;
