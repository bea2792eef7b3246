//! Time as a value, for machines that read no clock.
//!
//! A [`Timestamp`] is a duration since a start that the owner of the clock chooses. It can be
//! compared, hashed and printed the same way in every run, which `std::time::Instant` cannot.
//! [`Deadlines`] holds the deadlines of a *collection* of machines: the next one is found without
//! looking at the others.
//!
//! # Example
//!
//! ```
//! use core::time::Duration;
//! use centrala_time::{Deadlines, Timestamp};
//!
//! let now = Timestamp::ZERO;
//! let mut deadlines = Deadlines::new();
//! deadlines.set("call 1", now + Duration::from_secs(32));
//! deadlines.set("call 2", now + Duration::from_secs(8));
//! deadlines.set("call 2", now + Duration::from_secs(64)); // moved
//! assert_eq!(deadlines.next(), Some(now + Duration::from_secs(32)));
//! assert_eq!(deadlines.pop_due(now + Duration::from_secs(40)), Some("call 1"));
//! assert_eq!(deadlines.pop_due(now + Duration::from_secs(40)), None);
//! ```
#![no_std]

extern crate alloc;

mod deadlines;
mod timestamp;

pub use deadlines::Deadlines;
pub use timestamp::Timestamp;
