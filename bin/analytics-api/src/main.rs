//! Serves the published business days and forecasts over HTTP.

use std::io::{self, Write as _};
use std::process::ExitCode;

use analytics_api::{Access, Application, Arguments, Probe, Settings, StartError, Unwell, openapi_document};
use anyhow::Context as _;
use clap::Parser as _;
use runtime::clock::Clock;
use runtime::logging;
use runtime::settings::{Environment, LogSettings, ServerSettings};
use runtime::shutdown::Shutdown;

/// Exit codes of sysexits.h.
const UNAVAILABLE: u8 = 69;
const SOFTWARE: u8 = 70;
const CONFIGURATION: u8 = 78;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.openapi {
        return print_document().map_or_else(|error| refuse(&error), |()| ExitCode::SUCCESS);
    }
    if let Some(probe) = arguments.probe {
        return ask(probe).map_or_else(|error| refuse(&error), |()| ExitCode::SUCCESS);
    }
    let (settings, clock) = match configure() {
        Ok(configured) => configured,
        Err(error) => return refuse(&error),
    };
    let code = match run(settings, clock).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error:#}");
            ExitCode::from(exit_code(&error))
        }
    };
    log::logger().flush();
    code
}

/// The document says most where callers can lack a right.
fn print_document() -> anyhow::Result<()> {
    let mut document =
        openapi_document(Access::Jwt, true).context("the OpenAPI document cannot be written")?;
    document.push(b'\n');
    io::stdout().write_all(&document).context("cannot write to standard output")
}

/// Needs no other settings than where the API listens: none that is secret, and none that may be wrong for it.
fn ask(probe: Probe) -> anyhow::Result<()> {
    let server = Environment::load()?.read::<ServerSettings>()?.settings;
    Ok(probe.ask(&server)?)
}

/// Reads the settings and starts logging.
fn configure() -> anyhow::Result<(Settings, Clock)> {
    let loaded = Environment::load()?.read::<(LogSettings, Settings)>()?;
    logging::init(&loaded.settings.0)?;
    let (_, settings) = loaded.log();
    let clock = Clock::from_override(settings.0.now);
    Ok((settings, clock))
}

async fn run(settings: Settings, clock: Clock) -> anyhow::Result<()> {
    let shutdown = Shutdown::listen().context("cannot listen for SIGTERM and SIGINT")?;
    let application = Application::build(settings, clock)?;
    application.run_until_stopped(shutdown).await.context("the server failed")?;
    log::info!("stopped");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "without settings there is no log")]
fn refuse(error: &anyhow::Error) -> ExitCode {
    eprintln!("analytics-api: {error:#}");
    ExitCode::from(if error.is::<Unwell>() { UNAVAILABLE } else { CONFIGURATION })
}

fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<StartError>() {
        Some(StartError::Exposed(_) | StartError::Auth(_)) => CONFIGURATION,
        Some(StartError::Bind { .. }) => UNAVAILABLE,
        Some(StartError::Metrics(_) | StartError::Document(_)) | None => SOFTWARE,
    }
}
