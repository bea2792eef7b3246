//! The detector against the signals of a telephone line: what it must take, what it must leave.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "signals of a test are small and known"
)]

mod accept;
mod identity;
mod reject;
mod signal;
