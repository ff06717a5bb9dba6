//! The batch: plan, extract, aggregate, publish, forecast.
//!
//! One process, one run, one exit code. It never writes to order_db, never publishes half a day, and never publishes
//! anything without holding the lease.

mod backtest;
mod check;
mod cli;
mod connections;
mod failure;
mod link;
mod migrate;
mod reading;
mod report;
mod retry;
mod run;
mod special_days;
mod writer;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use chrono::Datelike as _;
use clap::{CommandFactory as _, Parser as _};
use runtime::clock::Clock;
use runtime::logging;
use runtime::settings::{AnalyticsDatabase, AnalyticsSettings, Environment, LogSettings, OrderDatabase};
use runtime::shutdown::Shutdown;

use cli::{Cli, Command, RunArguments};
use failure::Failure;
use link::Link;
use retry::Retry;

/// The command line, for those who write of it.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program that the command line asks for, and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| start(&cli)));
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            failure.tell();
            failure.exit_code()
        }
        // The panic's own message is on stderr already. The lease runs out by itself, and the next run goes on.
        Err(_) => {
            Failure::Internal("a panic, which is a bug: please report it with the lines above".to_owned())
                .exit_code()
        }
    }
}

fn start(cli: &Cli) -> Result<ExitCode, Failure> {
    if cli.command.is_some() && cli.run != RunArguments::default() {
        return Err(Failure::Usage(
            "before a command no option may stand but --now: put the command's own after it, and leave the others out"
                .to_owned(),
        ));
    }
    let environment = Environment::load().map_err(|error| Failure::Configuration(error.to_string()))?;
    match &cli.command {
        Some(Command::Check) => {
            let (order_database, analytics_database, analytics, orders, forecasting) =
                read::<(OrderDatabase, AnalyticsDatabase, _, _, _)>(&environment)?;
            let settings = check::Settings {
                order_database: order_database.0,
                analytics_database: analytics_database.0,
                analytics,
                orders,
                forecasting,
                old_run_time: environment.get("SCHEDULER__RUN_TIME").map(ToOwned::to_owned),
            };
            in_runtime(cli, async |clock, shutdown| {
                writer::as_an_onlooker(&shutdown, check::check(settings, clock)).await
            })
        }
        Some(Command::Verify(arguments)) => {
            let settings = run_settings(&environment)?;
            in_runtime(cli, async |clock, shutdown| run::verify(arguments, settings, clock, shutdown).await)
        }
        Some(Command::Migrate) => {
            let settings = read(&environment)?;
            in_runtime(cli, async |clock, shutdown| {
                migrate::migrate(settings, clock, shutdown).await.map(|()| ExitCode::SUCCESS)
            })
        }
        Some(Command::Calendar(command)) => {
            let settings = read(&environment)?;
            in_runtime(cli, async |clock, shutdown| {
                special_days::calendar(command, settings, clock, shutdown).await.map(|()| ExitCode::SUCCESS)
            })
        }
        Some(Command::Backtest(arguments)) => match &arguments.csv {
            // A file is judged without any settings, so that anybody who has one can try.
            Some(csv) => {
                let () = read(&environment)?;
                in_runtime(cli, async |_, shutdown| {
                    writer::as_an_onlooker(&shutdown, backtest::of_file(csv, arguments.clone())).await
                })
            }
            None => {
                let (AnalyticsDatabase(database), analytics) = read::<(_, AnalyticsSettings)>(&environment)?;
                in_runtime(cli, async |_, shutdown| {
                    let retry = Retry::within(analytics.retry_for, &shutdown);
                    let mut link = Link::for_reading(&database, retry);
                    let work = backtest::of_published_days(&mut link, arguments.clone());
                    writer::as_an_onlooker(&shutdown, work).await
                })
            }
        },
        None => {
            let settings = run_settings(&environment)?;
            in_runtime(cli, async |clock, shutdown| run::run(&cli.run, settings, clock, shutdown).await)
        }
    }
}

/// What a run works with, and whatever works like one.
fn run_settings(environment: &Environment) -> Result<run::Settings, Failure> {
    let (order_database, analytics_database, analytics, orders, forecasting) =
        read::<(OrderDatabase, AnalyticsDatabase, _, _, _)>(environment)?;
    Ok(run::Settings {
        order_database: order_database.0,
        analytics_database: analytics_database.0,
        analytics,
        orders,
        forecasting,
    })
}

/// Reads the settings that a command needs and starts logging by them. All mistakes in all sections are told at once.
fn read<S: runtime::settings::Settings>(environment: &Environment) -> Result<S, Failure> {
    let loaded =
        environment.read::<(LogSettings, S)>().map_err(|error| Failure::Configuration(error.to_string()))?;
    logging::init(&loaded.settings.0)
        .map_err(|error| Failure::Internal(format!("logging cannot be set up: {error}")))?;
    let (_, settings) = loaded.log();
    Ok(settings)
}

/// The years of a clock that works. A night of the year 9999 would publish three million days without sales before it.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

fn refuse_a_broken_clock(clock: Clock) -> Result<(), Failure> {
    let now = clock.now();
    if YEARS.contains(&now.year()) {
        return Ok(());
    }
    Err(Failure::Configuration(format!(
        "it is {now} by this machine's clock or by --now, and no run is for a year before {} or after {}: set it right",
        YEARS.start(),
        YEARS.end()
    )))
}

fn in_runtime(
    cli: &Cli,
    work: impl AsyncFnOnce(Clock, Shutdown) -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    let clock = Clock::from_override(cli.now);
    refuse_a_broken_clock(clock)?;
    // Two threads: one works, one keeps the lease.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Internal(format!("the runtime cannot be started: {error}")))?;
    let outcome = runtime.block_on(async {
        let shutdown = Shutdown::listen()
            .map_err(|error| Failure::Internal(format!("signals cannot be listened for: {error}")))?;
        work(clock, shutdown).await
    });
    // Not dropped: that would wait for a migration which was cut off while its statement waits at the server.
    runtime.shutdown_background();
    outcome
}
