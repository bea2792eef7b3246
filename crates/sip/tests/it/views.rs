//! Typed views of the headers beyond the core.

mod building;
mod leniency;
mod lists;
mod properties;
mod singles;
mod suites;
mod values;
