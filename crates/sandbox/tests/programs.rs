//! The runners of the real programs, tried on stand-ins.

use std::path::Path;

use sandbox::Error;
use sandbox::programs::{Api, Batch};

const STAND_IN_API: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stand-in-api.sh");

fn setting(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[test]
fn the_batch_sees_its_settings_and_nothing_else() {
    let script = "env; pwd; echo \"$@\"; echo to the log >&2; exit 75";
    let batch = Batch::new("/bin/sh").with([setting("A__B", "1"), setting("C", "2")]).set("C", "3");
    let finished = batch.run(&["-c", script, "sh", "--from", "2026-01-01"]).unwrap();
    assert_eq!(finished.code, Some(75));
    assert_eq!(finished.stderr, "to the log\n");
    let lines: Vec<&str> = finished.stdout.lines().collect();
    assert!(lines.contains(&"A__B=1") && lines.contains(&"C=3") && lines.contains(&"--from 2026-01-01"));
    assert!(lines.contains(&"/"), "no .env file of this workspace is beside it");
    assert!(!finished.stdout.contains("CARGO"), "{}", finished.stdout);
}

#[test]
fn a_started_run_tells_how_it_ended() {
    let mut run = Batch::new("/bin/sh").start(&["-c", "exit 69"]).unwrap();
    let status = loop {
        if let Some(status) = run.ended().unwrap() {
            break status;
        }
        std::thread::yield_now();
    };
    assert_eq!(status.code(), Some(69));
}

#[test]
fn the_api_is_up_once_it_says_where() {
    let api = Api::start(Path::new(STAND_IN_API), []).unwrap();
    assert_eq!(api.address(), "http://127.0.0.1:4711");
    assert!(api.log().starts_with("port 0\n"), "{}", api.log());
    // It does nothing about SIGTERM, and so ends by it: 128 + 15.
    assert_eq!(api.terminate().unwrap().code(), Some(143));
}

#[test]
fn an_api_that_does_not_come_up_shows_its_log() {
    let error = Api::start(Path::new(STAND_IN_API), [setting("SERVER__PORT", "x")]).unwrap_err();
    assert!(matches!(error, Error::NotReady { .. }));
    assert!(error.to_string().contains("SERVER__PORT is no port"), "{error}");
}
