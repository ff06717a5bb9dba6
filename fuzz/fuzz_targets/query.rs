//! Query parameters of every route, as they come off the wire.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| analytics_api::fuzzing::query(input));
