//! The proof of a call plan, before the first caller dials.
//!
//! [`Proof::of`] visits every way that a call to an office can go. It asks the conversations that
//! callers meet for everything that can happen in them, and the one routing function for where
//! each of that leads: there is no second copy of either. What it finds is a [`Finding`] with its
//! line in the office's file, the way on which a caller meets it, and a way out.
//!
//! It stands above the exchange, because it enumerates it.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//!
//! use centrala_office::Office;
//! use centrala_plan::{Budget, Lengths, Proof, Severity};
//!
//! let file = r#"
//!     company = { name = "Acme", operator = "person 201" }
//!     entry = [{ number = "+15550100", go = "menu main" }]
//!     person = [{ name = "Sally Jones", extension = "201" }]
//!
//!     [menu.main]
//!     greeting = "Thank you for calling Acme."
//!     options.1 = { say = "For sales", go = "person 201" }
//!
//!     [menu.jobs]
//!     greeting = "We are looking for people."
//!     options.1 = { say = "For engineers", go = "person 201" }
//! "#;
//! let office = Arc::new(Office::compile(file, "acme.toml")?);
//! let lengths = Lengths::default();
//! let proof = Proof::of(&office, &Budget::default(), &|phrase| lengths.of_phrase(phrase));
//!
//! assert_eq!(proof.count(Severity::Error), 0);
//! assert_eq!(
//!     proof.findings[0].to_string(),
//!     "\
//! warning[unreachable]: no caller comes to menu jobs
//!   --> acme.toml:10:11
//!    |
//! 10 |     [menu.jobs]
//!    |           ^^^^
//!    = let an option or an entry lead to it, or remove it"
//! );
//! assert_eq!(proof.entries[0].keys, Some(1));
//! # Ok::<(), centrala_office::OfficeErrors>(())
//! ```

mod budget;
mod checks;
mod finding;
mod graph;
mod length;
mod picture;
mod proof;
mod worst;

pub use budget::Budget;
pub use finding::{Code, Finding, Severity};
pub use graph::{Broken, CallGraph, Edge, Node, On, Start, Taken, Way};
pub use length::Lengths;
pub use picture::Picture;
pub use proof::{EntryCost, Proof};
