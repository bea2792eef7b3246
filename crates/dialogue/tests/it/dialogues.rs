//! Conversations to try the seam with: three easy ones, and the three hard ones.

pub(crate) mod announcement;
pub(crate) mod leave_message;
pub(crate) mod menu;
pub(crate) mod one_turn;
pub(crate) mod pin;
pub(crate) mod playback;
pub(crate) mod screen;
