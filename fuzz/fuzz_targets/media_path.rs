//! Holds any input against the laws of `centrala_fuzz::media`.

#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| centrala_fuzz::media::check_path(octets));
