//! Belvo's webhooks.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::webhooks::check(data));
