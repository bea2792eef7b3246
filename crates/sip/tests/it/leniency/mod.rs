//! Leniencies by name, and strict parsing.

mod suites;
