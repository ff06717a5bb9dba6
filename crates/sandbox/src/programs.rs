//! Runs the real `analytics-batch` and `analytics-api`, with a clean environment and the settings given.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;

use crate::environment;
use crate::error::{Doing as _, Error, Result};
use crate::guard::Guarded;

/// What the API logs once it accepts connections; the address follows.
const LISTENING: &str = "listening on http://";

/// How long the API may take to say so.
const START_DEADLINE: Duration = Duration::from_secs(30);

/// A program of this workspace beside the one that is running: both were built by the same profile.
///
/// # Errors
/// When it has not been built.
pub fn beside_this(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe().doing(|| "cannot tell where this program is")?;
    let program = this.with_file_name(name);
    if program.is_file() {
        return Ok(program);
    }
    Err(Error::Invalid(format!(
        "{} is not there: `make build` builds the programs, and `make bench-api` what only it needs",
        program.display()
    )))
}

/// Settings given to a program: environment variables.
type Settings = Vec<(String, String)>;

/// A program's own environment: what was given, and a PATH. It runs where no `.env` file lies.
fn prepare(command: &mut Command, settings: &Settings) {
    let path = environment::variable("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", path)
        .envs(settings.iter().map(|(key, value)| (key, value)))
        .current_dir("/");
}

/// The batch program and the settings it is run with.
#[derive(Clone, Debug)]
pub struct Batch {
    program: PathBuf,
    settings: Settings,
}

/// How a run of the batch ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it logged.
    pub stderr: String,
}

impl Batch {
    /// A runner of the program at this path, with no settings yet.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), settings: Vec::new() }
    }

    /// Adds settings: [`Restaurant::env_for_batch`](crate::databases::Restaurant::env_for_batch).
    #[must_use]
    pub fn with(mut self, settings: impl IntoIterator<Item = (String, String)>) -> Self {
        self.settings.extend(settings);
        self
    }

    /// Adds or replaces one setting.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The command itself, for a test that starts it, watches it or kills it.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        prepare(&mut command, &self.settings);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Starts it with its output where ours goes. It ends with its owner.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Result<Run> {
        let mut command = Guarded::command(self.program.as_os_str(), "TERM", None);
        prepare(&mut command, &self.settings);
        command.args(arguments);
        Guarded::start(command).map(Run)
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When it cannot be started. A run that fails is no error here: see [`Finished::code`].
    pub fn run(&self, arguments: &[&str]) -> Result<Finished> {
        let output =
            self.command(arguments).output().doing(|| format!("cannot run {}", self.program.display()))?;
        Ok(Finished {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// A run of the batch that has been started. Dropping it ends the run.
#[derive(Debug)]
pub struct Run(Guarded);

impl Run {
    /// How it ended, or none while it goes on.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.0.ended()
    }
}

/// The API program, running on a port of its own. It ends when this is dropped, and when its owner ends in any way.
#[derive(Debug)]
pub struct Api {
    process: Guarded,
    address: String,
    client: reqwest::Client,
    log: Arc<Mutex<String>>,
}

impl Api {
    /// Starts the program at this path and waits until it accepts connections. Unless the settings name a port, it
    /// takes a free one.
    ///
    /// # Errors
    /// [`Error::NotReady`], with its log, when it ends or does not say that it listens.
    pub fn start(program: &Path, settings: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let mut all: Settings = vec![("SERVER__PORT".to_owned(), "0".to_owned())];
        all.extend(settings);
        let mut command = Guarded::command(program.as_os_str(), "TERM", None);
        prepare(&mut command, &all);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = Guarded::start(command)?;
        let log = Arc::new(Mutex::new(String::new()));
        let stderr = process.take_stderr();
        let not_ready = |detail: String| Error::NotReady { what: program.display().to_string(), detail };
        let addresses = stderr.map(|stderr| collect(stderr, Arc::clone(&log)));
        let address = addresses
            .ok_or(RecvTimeoutError::Disconnected)
            .and_then(|addresses| addresses.recv_timeout(START_DEADLINE))
            .map_err(|why| match why {
                RecvTimeoutError::Timeout => {
                    not_ready(format!("not listening in time; its log:\n{}", read(&log)))
                }
                RecvTimeoutError::Disconnected => not_ready(format!("it ended; its log:\n{}", read(&log))),
            })?;
        Ok(Self { process, address, client: reqwest::Client::new(), log })
    }

    /// Starts a program that listens on this loopback port, and waits until it accepts connections. What it logs goes
    /// to a file, so that reading it costs nothing; [`Api::log`] has none of it.
    ///
    /// # Errors
    /// [`Error::NotReady`] when it ends or does not come to listen.
    pub fn start_on(
        port: u16,
        program: &Path,
        arguments: &[&str],
        settings: impl IntoIterator<Item = (String, String)>,
        log: File,
    ) -> Result<Self> {
        let mut command = Guarded::command(program.as_os_str(), "TERM", None);
        prepare(&mut command, &settings.into_iter().collect());
        command.args(arguments).stdout(Stdio::null()).stderr(log);
        let mut process = Guarded::start(command)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let give_up = Instant::now() + START_DEADLINE;
        while TcpStream::connect(address).is_err() {
            if Instant::now() > give_up || process.ended()?.is_some() {
                let detail = format!("nothing listens on {address}");
                return Err(Error::NotReady { what: program.display().to_string(), detail });
            }
            thread::sleep(Duration::from_millis(5));
        }
        let client = reqwest::Client::new();
        Ok(Self { process, address: address.to_string(), client, log: Arc::default() })
    }

    /// Its process id.
    ///
    /// # Errors
    /// When it has ended.
    pub fn process(&self) -> Result<u32> {
        self.process.program()
    }

    /// Where it listens: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// Memory that it occupies now, in KiB.
    ///
    /// # Errors
    /// When it has ended.
    pub fn resident_kib(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.process()?);
        let status = fs::read_to_string(&path).doing(|| format!("cannot read {path}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        resident.ok_or_else(|| Error::Invalid(format!("{path} does not tell what is resident")))
    }

    /// Asks for a path with its query; returns status, headers and the body as JSON (null if it is none).
    ///
    /// # Errors
    /// When no answer comes. An answer of any status is one.
    pub async fn get(&self, path: &str) -> Result<(u16, HeaderMap, serde_json::Value)> {
        let (status, headers, body) = self.get_text(path).await?;
        Ok((status, headers, serde_json::from_str(&body).unwrap_or(serde_json::Value::Null)))
    }

    /// As [`Api::get`], with the body as it came.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn get_text(&self, path: &str) -> Result<(u16, HeaderMap, String)> {
        let url = format!("{}{path}", self.address());
        let failed = |source| Error::Http { url: url.clone(), source };
        let response = self.client.get(&url).send().await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok((status, headers, response.text().await.map_err(failed)?))
    }

    /// Asks it to end (SIGTERM) and waits until it has; returns how it ended.
    ///
    /// # Errors
    /// When it cannot be reached by a signal.
    pub fn terminate(mut self) -> Result<ExitStatus> {
        self.process.signal("TERM")?;
        self.process.wait()
    }
}

fn read(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Reads a log to its end on a thread of its own, and sends the address that it names.
fn collect(stderr: impl Read + Send + 'static, log: Arc<Mutex<String>>) -> mpsc::Receiver<String> {
    let (send, addresses) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(std::result::Result::ok) {
            let mut text = log.lock().unwrap_or_else(PoisonError::into_inner);
            text.push_str(&line);
            text.push('\n');
            drop(text);
            if let Some((_, rest)) = line.split_once(LISTENING) {
                let address = rest.split(|c: char| c.is_whitespace() || c == '/' || c == '"').next();
                // Nobody listens any more once the first address has come.
                let _ = send.send(address.unwrap_or_default().to_owned());
            }
        }
    });
    addresses
}
