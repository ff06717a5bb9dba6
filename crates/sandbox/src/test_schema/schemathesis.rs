//! Schemathesis: had from the Python package index, and kept in a folder of its own.
//!
//! No virtual environment is made: Debian's Python comes without what makes one. Packages go into a folder that only
//! this run of Python looks into.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result};
use sandbox::state_folder;

/// What to install, each by its version.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// Starts it. The program that pip would install beside the packages names the Python of another folder.
const START: &str = include_str!("start.py");

/// Requests are made up from the examples in the document, from the edges of what it allows, and by chance.
const PHASES: &str = "examples,coverage,fuzzing";

/// Schemathesis, ready to run.
#[derive(Debug)]
pub(super) struct Schemathesis {
    packages: PathBuf,
}

/// Installs it unless it is there; the inner error is the reason why it cannot be had.
pub(super) fn provide() -> Result<Result<Schemathesis, String>> {
    let version = REQUIREMENTS.lines().find_map(|line| line.strip_prefix("schemathesis=="));
    let version = version.context("the requirements name no schemathesis")?;
    let folder = state_folder().join("schemathesis");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let lock = File::create(folder.join("lock")).context("cannot create a lock")?;
    lock.lock().context("cannot lock the folder of schemathesis")?;
    let packages = folder.join(version);
    if !packages.is_dir() {
        // Under another name until it is whole.
        let partial = folder.join(".installing");
        if partial.exists() {
            fs::remove_dir_all(&partial).with_context(|| format!("cannot remove {}", partial.display()))?;
        }
        fs::create_dir(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
        let wanted = partial.join("requirements.txt");
        fs::write(&wanted, REQUIREMENTS).with_context(|| format!("cannot write {}", wanted.display()))?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--only-binary=:all:", "--target"])
            .arg(&partial)
            .arg("--requirement")
            .arg(&wanted)
            .stdin(Stdio::null());
        let output = match pip.output() {
            Ok(output) => output,
            Err(error) => return Ok(Err(format!("python3 cannot be run: {error}"))),
        };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            return Ok(Err(format!("{last}; python3 with pip, and a Python package index, must be there")));
        }
        fs::rename(&partial, &packages).with_context(|| format!("cannot create {}", packages.display()))?;
    }
    Ok(Ok(Schemathesis { packages }))
}

impl Schemathesis {
    /// Asks the API at this address, showing this token; its findings go where our output goes.
    pub(super) fn run(&self, address: &str, token: &str, examples: u32, seed: u64) -> Result<ExitStatus> {
        let mut command = Command::new("python3");
        command
            .args(["-c", START, "run", &format!("{address}/openapi.json"), "--no-color"])
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .args(["--phases", PHASES, "--checks", "all"])
            .args(["--max-examples", &examples.to_string(), "--seed", &seed.to_string()])
            .args(["--continue-on-failure", "--request-timeout", "30", "--generation-database", "none"])
            .env("PYTHONPATH", &self.packages)
            // Neither files of its own nor settings of the machine's.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(&self.packages)
            .stdin(Stdio::null());
        command.status().context("cannot run python3")
    }
}
