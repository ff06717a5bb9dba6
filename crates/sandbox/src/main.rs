//! `sandbox`: what the Makefile calls. See the library for what it is made of.

mod acceptance;
mod bench;
mod bench_api;
mod check_docs;
mod demo;
mod picture;
mod progress;
mod test_schema;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use sandbox::Error;
use sandbox::browser::{Chromium, axe};
use sandbox::server::{Engine, Options, Server, provide};
use tokio::signal::unix::{SignalKind, signal};

/// A private database server and a sample restaurant.
#[derive(Parser)]
#[command(name = "sandbox", version)]
struct Arguments {
    /// The database server to use: mariadb, mysql or oceanbase.
    #[arg(long, global = true, default_value_t = EngineName(Engine::MariaDb))]
    engine: EngineName,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Make sure that a database server can be started, unpacking one into .sandbox/ if the machine has none.
    ///
    /// When MySQL or OceanBase cannot be had, the last line is `SKIPPED engine: reason` and the exit code 3.
    Provision,
    /// Make sure that a headless browser can be started, as `provision` does of a server.
    ///
    /// When it or what its tests need cannot be had, the last line is `SKIPPED browser: reason` and the exit code 3.
    ProvisionBrowser,
    /// Start a private server, say how to reach it, and end it on Ctrl-C.
    Server,
    /// Run everything on a sample restaurant and say what to open.
    Demo {
        /// Fetch each page once, then end; fails unless every answer is 200.
        #[arg(long)]
        once: bool,
        /// Remove the demo's data instead.
        #[arg(long, conflicts_with = "once")]
        reset: bool,
    },
    /// Run real orders through the real programs and check every figure.
    Acceptance(acceptance::Arguments),
    /// Draw forecasts against what happened.
    Picture(picture::Arguments),
    /// Ask the API what its OpenAPI document allows, and much that it does not.
    ///
    /// When Schemathesis cannot be had, the last line is `SKIPPED schemathesis: reason` and the exit code 3.
    TestSchema(test_schema::Arguments),
    /// Run the commands that README.md and docs/ print, and look for links and settings that lead nowhere.
    ///
    /// When no MySQL client can be had, the last line is `SKIPPED mysql: reason` and the exit code 3.
    CheckDocs(check_docs::Arguments),
    /// Measure the batch against the best SQL that does the same, and how both grow.
    Bench(bench::Arguments),
    /// Measure the API against a bare actix-web server that returns the same bytes.
    BenchApi(bench_api::Arguments),
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

/// The exit code when there is nothing to run and nothing is wrong.
const SKIPPED: u8 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { engine: EngineName(engine), task } = Arguments::parse();
    run(engine, task).await.unwrap_or_else(|error| {
        // The last resort: nothing is left to do if standard error is closed too.
        let _ = writeln!(io::stderr(), "sandbox: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(engine: Engine, task: Task) -> Result<ExitCode> {
    match task {
        Task::Provision => return provision(engine),
        Task::ProvisionBrowser => return provision_browser(),
        Task::Server => server(engine).await?,
        Task::Demo { reset: true, .. } => demo::reset()?,
        Task::Demo { once, .. } => demo::run(engine, once, asked_to_end()?).await?,
        Task::Acceptance(arguments) => acceptance::run(engine, &arguments).await?,
        Task::Picture(arguments) => picture::run(&arguments)?,
        Task::TestSchema(arguments) => return test_schema::run(engine, &arguments).await,
        Task::CheckDocs(arguments) => return check_docs::run(engine, &arguments).await,
        Task::Bench(arguments) => bench::run(engine, &arguments).await?,
        Task::BenchApi(arguments) => bench_api::run(engine, &arguments).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn provision(engine: Engine) -> Result<ExitCode> {
    match provide(engine) {
        Ok(version) => {
            writeln!(io::stdout(), "{engine} {version} is ready")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Unavailable { engine: Engine::MySql | Engine::OceanBase, reason }) => {
            writeln!(io::stdout(), "SKIPPED {}: {}", engine.key(), reason.replace('\n', " "))?;
            Ok(ExitCode::from(SKIPPED))
        }
        Err(error) => Err(error.into()),
    }
}

fn provision_browser() -> Result<ExitCode> {
    match Chromium::provide().and_then(|chromium| axe().map(|_| chromium)) {
        Ok(chromium) => {
            writeln!(io::stdout(), "{} is ready", chromium.version())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error @ Error::Missing { .. }) => {
            writeln!(io::stdout(), "SKIPPED browser: {}", error.to_string().replace('\n', " "))?;
            Ok(ExitCode::from(SKIPPED))
        }
        Err(error) => Err(error.into()),
    }
}

async fn server(engine: Engine) -> Result<()> {
    let asked_to_end = asked_to_end()?;
    let server = Server::start(engine, Options::default())?;
    let mut out = io::stdout();
    writeln!(out, "{} {}", server.engine(), server.version())?;
    writeln!(out, "socket {}", server.socket().display())?;
    writeln!(out, "address {}:{}", server.host(), server.port())?;
    writeln!(out, "user root, through the socket, password {}", server.root_password())?;
    writeln!(out, "it ends, with everything in it, on Ctrl-C")?;
    asked_to_end.await;
    writeln!(out, "ended")?;
    Ok(())
}

/// Comes once Ctrl-C or SIGTERM asks this program to end.
fn asked_to_end() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
