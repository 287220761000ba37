//! A target with a defect, behind a few steps: `run` shows with it that a defect is found and reported.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if data.first() == Some(&b'b') && data.get(1) == Some(&b'u') {
        assert!(data.get(2) != Some(&b'g'), "the planted defect");
    }
});
