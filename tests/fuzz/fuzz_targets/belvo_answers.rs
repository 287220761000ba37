//! Belvo's answers to single calls.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::belvo_answers::check(data));
