//! What lies beside the programs, made of this workspace as `make dist` makes it.

#![expect(clippy::unwrap_used, reason = "a test helper fails by panicking, as its tests do")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The workspace of the package under test.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs the program into a folder of its own.
fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_dist"))
        .arg("--workspace")
        .arg(workspace())
        .args(["--target", "x86_64-unknown-linux-gnu"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    folder
}

/// Every file below a folder, with what is in it.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path(), fs::read_to_string(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}

fn bill(folder: &Path, program: &str) -> Value {
    let bill = folder.join("sbom").join(format!("{program}.cdx.json"));
    serde_json::from_str(&fs::read_to_string(bill).unwrap()).unwrap()
}

/// The components of a bill by name.
fn names(bill: &Value) -> BTreeSet<&str> {
    bill["components"].as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap()).collect()
}

#[test]
fn it_is_the_same_each_time_and_tells_nothing_of_where_it_was_made() {
    let (first, second) = (made(), made());
    let relative = |folder: &Path| {
        let cut = |(path, text): (PathBuf, String)| (path.strip_prefix(folder).unwrap().to_owned(), text);
        files(folder).into_iter().map(cut).collect::<Vec<_>>()
    };
    let (first, second) = (relative(first.path()), relative(second.path()));
    assert!(first == second);
    let here = workspace();
    for (path, text) in first {
        assert!(!text.contains(here.to_str().unwrap()), "{}", path.display());
        assert!(!text.contains("/registry/src/"), "{}", path.display());
    }
}

#[test]
fn each_command_has_its_page_and_each_shell_its_completions() {
    let folder = made();
    let share = folder.path().join("share");
    for (page, says) in [
        ("analytics-api.1", "openapi"),
        ("analytics-batch.1", "Exit codes"),
        ("analytics-batch-verify.1", "repair"),
        ("analytics-batch-calendar-import.1", "analytics-batch-calendar-import"),
    ] {
        let text = fs::read_to_string(share.join("man/man1").join(page)).unwrap();
        assert!(text.replace('\\', "").contains(says), "{page}: {text}");
        assert!(!text.contains("development"), "{page} tells the commit of a build for tests");
    }
    for completions in [
        "bash-completion/completions/analytics-batch.bash",
        "fish/vendor_completions.d/analytics-batch.fish",
        "zsh/site-functions/_analytics-batch",
    ] {
        assert!(fs::read_to_string(share.join(completions)).unwrap().contains("rebuild"), "{completions}");
    }
}

/// Which packages are only the batch's, or only in tests, is read off the manifests in `bin/`.
#[test]
fn a_bill_has_what_is_in_that_program_and_nothing_else() {
    let folder = made();
    let (api, batch) = (bill(folder.path(), "analytics-api"), bill(folder.path(), "analytics-batch"));
    assert_eq!(api["metadata"]["component"]["name"], "analytics-api");
    for bill in [&api, &batch] {
        let names = names(bill);
        // The last is a procedural macro: it runs in the compiler.
        for absent in ["rstest", "sandbox", "windows-sys", "serde_derive"] {
            assert!(!names.contains(absent), "{absent}");
        }
        for present in ["diesel", "domain", "ring", "rustls", "runtime"] {
            assert!(names.contains(present), "{present}");
        }
        let references: BTreeSet<_> = bill["components"]
            .as_array()
            .unwrap()
            .iter()
            .chain([&bill["metadata"]["component"]])
            .map(|found| &found["bom-ref"])
            .map(|found| found.as_str().unwrap())
            .collect();
        for entry in bill["dependencies"].as_array().unwrap() {
            for reference in entry["dependsOn"].as_array().unwrap().iter().chain([&entry["ref"]]) {
                assert!(references.contains(reference.as_str().unwrap()), "{reference}");
            }
        }
    }
    assert!(names(&api).contains("utoipa-swagger-ui-vendored") && !names(&api).contains("backon"));
    assert!(names(&batch).contains("backon") && !names(&batch).contains("actix-web"));
}

#[test]
fn a_package_has_the_digest_that_the_lock_file_has() {
    let folder = made();
    let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
    let locked = lock.split("[[package]]").find(|package| package.contains("name = \"rustls\"\n")).unwrap();
    let checksum = locked.lines().find_map(|line| line.strip_prefix("checksum = ")).unwrap();
    let bill = bill(folder.path(), "analytics-batch");
    let rustls =
        bill["components"].as_array().unwrap().iter().find(|found| found["name"] == "rustls").unwrap();
    assert_eq!(format!("{}", rustls["hashes"][0]["content"]), checksum);
    assert_eq!(rustls["licenses"][0]["expression"], "Apache-2.0 OR ISC OR MIT");
}

#[test]
fn every_package_of_others_stands_with_its_terms() {
    let folder = made();
    let text = fs::read_to_string(folder.path().join("THIRD-PARTY.txt")).unwrap();
    let (list, terms) = text.split_once(&"*".repeat(80)).unwrap();
    for program in ["analytics-api", "analytics-batch"] {
        let bill = bill(folder.path(), program);
        let components = bill["components"].as_array().unwrap().iter();
        for theirs in components.filter(|found| found.get("purl").is_some()) {
            let name =
                format!("{} {}", theirs["name"].as_str().unwrap(), theirs["version"].as_str().unwrap());
            assert!(list.contains(&format!("\n{name}: ")), "{name} is not listed");
            assert!(terms.contains(&name), "{name} has no terms");
        }
    }
    // From the files of ring, of the C library within aws-lc-sys, and of dotenvy.
    for known in
        ["like BoringSSL used to use", "AWS Libcrypto (AWS-LC)", "Copyright (c) 2014 Santiago Lapresta"]
    {
        assert!(terms.contains(known), "{known}");
    }
}
