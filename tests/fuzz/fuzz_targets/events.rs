//! What schedules and the table's stream hand over.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::events::check(data));
