//! Belvo's lists.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::belvo_pages::check(data));
