//! Bodies as a user of the crate meets them.

mod dtmf;
mod kinds;
mod multipart;
mod properties;
mod sip_fragment;
mod summary;
