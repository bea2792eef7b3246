//! Nothing on the way of a packet allocates.
//!
//! A binary of its own, with one test: all that is allocated anywhere in the process counts.

#[cfg(test)]
mod packets;
