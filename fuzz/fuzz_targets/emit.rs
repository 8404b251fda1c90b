//! Any formula that can be run has a valid WGSL program. Run it with `cargo +nightly fuzz run emit`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    thalweg_fuzz::emit(text);
});
