//! Ctrl-C ends a backtest at once.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use crate::folder::{Folder, daily};

#[test]
fn an_interrupt_ends_it_whatever_it_computes() {
    let names: Vec<String> = (0..40).map(|number| format!("s{number}")).collect();
    let series: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 400)).collect();
    let folder = Folder::with(&daily(&series));
    let data = folder.path("data.csv").display().to_string();
    // Minutes of work.
    let arguments = ["backtest", "--csv", &data, "--folds", "40", "--model", "all"];
    let mut child =
        folder.batch.command(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("folds") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended by itself");
    }
    let script = ["-c", "kill -s INT \"$0\"", &child.id().to_string()];
    let signalled = Command::new("/bin/sh").args(script).status().unwrap();
    assert!(signalled.success());
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(75), "{said}");
    assert!(said.contains("interrupted by SIGINT: nothing was done"), "{said}");
}
