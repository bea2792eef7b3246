//! Typed views of the headers beyond the core of RFC 3261, one file per header.

mod known;
mod retry_after;

pub use retry_after::RetryAfter;
