//! Telephone keys, digit strings and digit maps.
//!
//! The vocabulary that everything above shares: which [`Key`] was pressed, which [`Digits`] were
//! collected, and which [`DigitMap`] decides when they mean something. No clock and no I/O: the
//! map says *whether* to wait for another key, its owner decides *how long*.
//!
//! # Example
//!
//! One-digit options and three-digit extensions in the same menu: `2` could still become `201`,
//! so it waits for the inter-digit timer; `9` begins no extension, so it matches at once.
//!
//! ```
//! use centrala_keys::{DigitMap, Digits, Progress};
//!
//! let map = DigitMap::new([("2", "sales"), ("9", "directory"), ("2xx", "extension")])?;
//! let keyed = |text: &str| text.parse::<Digits>().unwrap();
//!
//! assert_eq!(map.progress(&keyed("9")), Progress::Match(&"directory"));
//! assert_eq!(map.progress(&keyed("2")), Progress::Ambiguous(&"sales"));
//! assert_eq!(map.progress(&keyed("20")), Progress::Partial);
//! assert_eq!(map.progress(&keyed("201")), Progress::Match(&"extension"));
//! assert_eq!(map.progress(&keyed("7")), Progress::NoMatch);
//! # Ok::<(), centrala_keys::ParsePatternError>(())
//! ```
#![no_std]

extern crate alloc;

mod digit_map;
mod digits;
mod key;

pub use digit_map::{DigitMap, MAX_PATTERN_LEN, ParsePatternError, Pattern, Progress};
pub use digits::{Digits, ParseDigitsError};
pub use key::{Key, KeySet};
