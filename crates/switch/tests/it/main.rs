//! Whole companies in virtual time.

mod any_input;
mod crossing;
mod cut;
mod office;
mod shell;
mod simulation;
mod store;
mod stories;
mod trouble;
