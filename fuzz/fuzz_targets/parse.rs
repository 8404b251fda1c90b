//! Any text is a formula or an error that points into it. Run it with `cargo +nightly fuzz run parse`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    thalweg_fuzz::parse(text);
});
