//! The doors of values.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::values::check(data));
