//! `sandbox`: what the Makefile calls. See the library for what it is made of.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::mpsc;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use sandbox::Error;
use sandbox::server::{Engine, Options, Server, provide};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// A private database server and a sample restaurant.
#[derive(Parser)]
#[command(name = "sandbox", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Make sure that a database server can be started, unpacking one into .sandbox/ if the machine has none.
    Provision {
        /// mariadb or mysql. When MySQL cannot be had, the last line is `SKIPPED mysql: reason` and the exit code 3.
        #[arg(long, default_value_t = EngineName(Engine::MariaDb))]
        engine: EngineName,
    },
    /// Start a private server, say how to reach it, and end it on Ctrl-C.
    Server {
        /// mariadb or mysql.
        #[arg(long, default_value_t = EngineName(Engine::MariaDb))]
        engine: EngineName,
    },
}

/// An engine, on the command line.
#[derive(Clone, Copy)]
struct EngineName(Engine);

impl std::str::FromStr for EngineName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse().map(Self)
    }
}

impl std::fmt::Display for EngineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.key())
    }
}

/// The exit code of `provision` when there is nothing to run and nothing is wrong.
const SKIPPED: u8 = 3;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Provision { engine } => provision(engine.0),
        Task::Server { engine } => server(engine.0),
    };
    outcome.unwrap_or_else(|error| {
        // The last resort: nothing is left to do if standard error is closed too.
        let _ = writeln!(io::stderr(), "sandbox: {error:#}");
        ExitCode::FAILURE
    })
}

fn provision(engine: Engine) -> Result<ExitCode> {
    match provide(engine) {
        Ok(version) => {
            writeln!(io::stdout(), "{engine} {version} is ready")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Unavailable { engine: Engine::MySql, reason }) => {
            writeln!(io::stdout(), "SKIPPED mysql: {}", reason.replace('\n', " "))?;
            Ok(ExitCode::from(SKIPPED))
        }
        Err(error) => Err(error.into()),
    }
}

fn server(engine: Engine) -> Result<ExitCode> {
    let ended = until_asked_to_end()?;
    let server = Server::start(engine, Options::default())?;
    let mut out = io::stdout();
    writeln!(out, "{} {}", server.engine(), server.version())?;
    writeln!(out, "socket {}", server.socket().display())?;
    writeln!(out, "address {}:{}", server.host(), server.port())?;
    ended.recv().context("the signal handler ended")?;
    writeln!(out, "ended")?;
    Ok(ExitCode::SUCCESS)
}

/// A channel on which something comes once Ctrl-C or SIGTERM asks this program to end.
fn until_asked_to_end() -> Result<mpsc::Receiver<i32>> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot handle signals")?;
    let (send, ended) = mpsc::channel();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // The receiver is gone only when this program is ending already.
            let _ = send.send(signal);
        }
    });
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
