//! Requests to the routers.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::routes::check(data));
