//! The reference PBX.
