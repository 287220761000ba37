//! Items of the table.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::items::check(data));
