//! Holds any input against the laws of `centrala_fuzz::offer_answer`.

#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| centrala_fuzz::offer_answer::check(octets));
