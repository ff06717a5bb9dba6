//! Tells the crate which commit it is built from: `SOURCE_COMMIT` where that is set, as for an image, which is built
//! without a repository; otherwise what git says. Nothing else may get in here that differs between two builds of one
//! commit.

use std::path::{Path, PathBuf};
use std::process::Command;

/// As many digits as tell the commits of any repository apart. A fixed number: git's own depends on how much of the
/// repository was cloned.
const DIGITS: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SOURCE_COMMIT");
    let commit = match variable("SOURCE_COMMIT") {
        Some(commit) => commit,
        // What is built for tests is built from whatever lies there, and need not be built again after each commit.
        None if variable("PROFILE").as_deref() != Some("release") => "development".to_owned(),
        None => head().unwrap_or_else(|| "unknown".to_owned()),
    };
    let end = if commit.chars().all(|digit| digit.is_ascii_hexdigit()) { DIGITS } else { commit.len() };
    println!("cargo::rustc-env=SOURCE_COMMIT={}", commit.get(..end).unwrap_or(&commit));
}

/// The commit that is checked out, if this is a work tree of its own and not part of some other repository.
fn head() -> Option<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let asked = ["rev-parse", "--show-toplevel", "HEAD", "--git-path", "HEAD", "--git-path", "logs/HEAD"];
    let answer =
        Command::new("git").arg("-C").arg(here).args(asked).output().ok().filter(|it| it.status.success())?;
    let answer = String::from_utf8(answer.stdout).ok()?;
    let mut lines = answer.lines();
    let (root, commit) = (PathBuf::from(lines.next()?), lines.next()?);
    if !here.ends_with("crates/runtime") || root.canonicalize().ok() != here.join("../..").canonicalize().ok()
    {
        return None;
    }
    // Of a file that is not there cargo takes it that it has changed each time.
    for file in lines.map(|line| here.join(line)).filter(|file| file.exists()) {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    Some(commit.to_owned())
}

#[expect(clippy::disallowed_methods, reason = "cargo speaks to a build script by its environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
