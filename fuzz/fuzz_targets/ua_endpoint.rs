//! Holds any input against the laws of `centrala_fuzz::endpoint`.

#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| centrala_fuzz::endpoint::check(octets));
