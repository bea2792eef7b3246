//! Sessions that move from one thread to another.
