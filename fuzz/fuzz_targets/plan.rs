//! Holds any input against the laws of `centrala_fuzz::plan`.

#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| centrala_fuzz::plan::check(octets));
