//! A driver, running: it starts browsers and does to them what it is told over HTTP (W3C WebDriver).

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::environment;
use crate::error::{Doing as _, Error, Result};
use crate::guard::Guarded;

/// What it prints once it can be reached; its port follows.
const READY: &str = "started successfully on port ";

/// How long it may take to do so.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// A driver on loopback. It ends when this is dropped, and when the process that holds it ends in any way.
#[derive(Debug)]
pub struct Driver {
    // Before the folder, in which its browsers keep what they write.
    _process: Guarded,
    _folder: TempDir,
    address: String,
}

impl Driver {
    pub(super) fn start(program: &Path, variables: &[(&str, OsString)]) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("restaurant-browser-")
            .tempdir()
            .doing(|| "cannot create a folder for a browser")?;
        let mut command = Guarded::command(program.as_os_str(), "TERM", Some(folder.path()));
        command
            .arg("--port=0")
            .env_clear()
            .env("PATH", environment::variable("PATH").unwrap_or_default())
            .envs(variables.iter().cloned())
            .envs(["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"].map(|name| (name, folder.path())))
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = Guarded::start(command)?;
        let (send, ports) = mpsc::channel();
        if let Some(stdout) = process.take_stdout() {
            // To its end, or the driver would wait for a reader.
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
                    if let Some((_, rest)) = line.split_once(READY) {
                        let port = rest.chars().take_while(char::is_ascii_digit).collect::<String>();
                        // Nobody listens any more once the port has come.
                        let _ = send.send(port);
                    }
                }
            });
        }
        let port = ports.recv_timeout(START_DEADLINE).map_err(|_| Error::NotReady {
            what: program.display().to_string(),
            detail: "it did not say on which port it listens".to_owned(),
        })?;
        Ok(Self { _process: process, _folder: folder, address: format!("http://127.0.0.1:{port}") })
    }

    /// Where it listens: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}
