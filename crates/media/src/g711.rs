//! ITU-T G.711: logarithmic coding of sound in eight bits, after the µ-law and after the A-law.
//!
//! Linear samples are 16 bits wide; a level of 0 dBm0 is 3.14 dB (A-law) or 3.17 dB (µ-law) below
//! the largest sine. The coders decide by the decision values of G.711; negative samples that fall
//! on one are taken as the reference coder of ITU-T G.191 takes them.

pub mod alaw;
pub mod mulaw;
