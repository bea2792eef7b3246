//! The disk of this machine does what a disk does.

#[cfg(test)]
mod real;
