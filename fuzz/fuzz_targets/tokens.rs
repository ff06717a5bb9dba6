//! What callers show in `Authorization`, and the files of tokens and keys that operators write.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| analytics_api::fuzzing::tokens(input));
