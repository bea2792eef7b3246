//! Holds any input against the laws of `centrala_fuzz::views`.

#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| centrala_fuzz::views::check(octets));
