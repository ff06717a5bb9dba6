//! The batch: plan, extract, aggregate, publish, forecast.
//!
//! One process, one run, one exit code. It never writes to order_db, never publishes half a day, and never publishes
//! anything without holding the lease.

mod check;
mod cli;
mod connections;
mod failure;
mod migrate;
mod report;
mod run;
mod writer;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::Parser as _;
use runtime::clock::Clock;
use runtime::logging;
use runtime::settings::{
    AnalyticsDatabase, AnalyticsSettings, Environment, ForecastingSettings, LogSettings, OrderDatabase,
    OrdersSettings,
};
use runtime::shutdown::Shutdown;

use cli::{Cli, Command};
use failure::Failure;

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
    let environment = Environment::load().map_err(|error| Failure::Configuration(error.to_string()))?;
    let log = environment.read::<LogSettings>().map_err(|error| Failure::Configuration(error.to_string()))?;
    logging::init(&log.settings)
        .map_err(|error| Failure::Internal(format!("logging cannot be set up: {error}")))?;
    log.log();
    let clock = Clock::from_override(cli.now);

    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Internal(format!("the runtime cannot be started: {error}")))?
        .block_on(async {
            let shutdown = Shutdown::listen()
                .map_err(|error| Failure::Internal(format!("signals cannot be listened for: {error}")))?;
            match &cli.command {
                Some(Command::Check) => {
                    let settings =
                        read::<(OrderDatabase, AnalyticsDatabase, AnalyticsSettings, OrdersSettings)>(
                            &environment,
                        )?;
                    check::check(settings, clock).await
                }
                Some(Command::Migrate) => {
                    let settings = read::<(AnalyticsDatabase, AnalyticsSettings)>(&environment)?;
                    migrate::migrate(settings, clock, shutdown).await.map(|()| ExitCode::SUCCESS)
                }
                None => {
                    let (orders_database, analytics_database, analytics, orders, _forecasting) =
                        read::<(
                            OrderDatabase,
                            AnalyticsDatabase,
                            AnalyticsSettings,
                            OrdersSettings,
                            ForecastingSettings,
                        )>(&environment)?;
                    let settings = run::Settings {
                        order_database: orders_database.0,
                        analytics_database: analytics_database.0,
                        analytics,
                        orders,
                    };
                    run::run(&cli.run, settings, clock, shutdown).await
                }
            }
        })
}

fn read<S: runtime::settings::Settings>(environment: &Environment) -> Result<S, Failure> {
    match environment.read::<S>() {
        Ok(loaded) => Ok(loaded.log()),
        Err(error) => Err(Failure::Configuration(error.to_string())),
    }
}
