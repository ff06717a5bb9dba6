//! A run, from the plan to the report.

mod accuracy;
mod ending;
mod extract;
mod forecast;
mod formerly;
mod plan;
mod progress;
mod publish;
mod slice;
mod steps;
mod survey;
mod suspicion;
mod unreadable;
mod verify;

use std::process::ExitCode;

use runtime::clock::Clock;
use runtime::settings::{AnalyticsSettings, DatabaseSettings, ForecastingSettings, OrdersSettings};
use runtime::shutdown::Shutdown;

use crate::cli::{Format, RunArguments};
use crate::failure::Failure;
use crate::report::{Report, print};
use crate::retry::Retry;
use crate::writer::{as_an_onlooker, as_the_one_writer};
pub(crate) use forecast::HISTORY_DAYS;
use plan::Request;
use steps::Run;
pub(crate) use verify::{VerifyArguments, verify};

/// What a run works with.
pub(crate) struct Settings {
    pub(crate) order_database: DatabaseSettings,
    pub(crate) analytics_database: DatabaseSettings,
    pub(crate) analytics: AnalyticsSettings,
    pub(crate) orders: OrdersSettings,
    pub(crate) forecasting: ForecastingSettings,
}

/// Runs, and writes the report to standard output.
pub(crate) async fn run(
    arguments: &RunArguments,
    settings: Settings,
    clock: Clock,
    shutdown: Shutdown,
) -> Result<ExitCode, Failure> {
    let request = request(arguments, &settings, clock)?;
    let report = if arguments.dry_run {
        let retry = Retry::within(settings.analytics.retry_for, &shutdown);
        as_an_onlooker(&shutdown, survey::dry_run(request, &settings, clock, retry)).await?
    } else {
        let run = Run::new(request, &settings, clock, arguments);
        as_the_one_writer(
            &settings.analytics_database,
            &settings.analytics,
            &shutdown,
            async |lease, link| run.carry_out(lease, link).await,
            async |failure| run.note_failure(failure).await,
        )
        .await?
    };
    tell(&report, arguments.format)?;
    // Days are published and something is not as it should be: the ledger and the report say what.
    Ok(match (report.problems.is_empty(), report.forecast_failed) {
        (_, true) => ExitCode::from(70),
        (false, _) => ExitCode::from(65),
        (true, _) => ExitCode::SUCCESS,
    })
}

fn tell(report: &Report, format: Format) -> Result<(), Failure> {
    let text = match format {
        Format::Text => report.text(),
        Format::Json => serde_json::to_string(report)
            .map_err(|error| Failure::Internal(format!("the report cannot be written: {error}")))?,
    };
    print(&text)
}

/// What the arguments ask for, refused if a day has not ended.
fn request(arguments: &RunArguments, settings: &Settings, clock: Clock) -> Result<Request<'static>, Failure> {
    let range = arguments.date.map(|day| (day, day)).or(arguments.from.zip(arguments.to));
    let Some((from, to)) = range else {
        let lookback = arguments.lookback.unwrap_or(settings.analytics.lookback);
        return Ok(if arguments.rebuild { Request::Rebuild } else { Request::Nightly { lookback } });
    };
    if from > to {
        return Err(Failure::Usage(format!("--from {from} is after --to {to}: swap them")));
    }
    if let Some(first) = settings.analytics.first_day
        && from < first
    {
        return Err(Failure::Usage(format!(
            "business day {from} lies before ANALYTICS__FIRST_DAY={first}, which begins the restaurant's book: begin \
             with that day, or change the setting"
        )));
    }
    let calendar = settings.analytics.calendar;
    if calendar.end_of(to) > clock.now() {
        let end = calendar.end_of(to).with_timezone(&calendar.timezone);
        return Err(Failure::Usage(format!(
            "business day {to} has not ended: it will at {} ({}). The last one that has is {}",
            end.format("%Y-%m-%d %H:%M %Z"),
            calendar.timezone,
            calendar.last_ended_day(clock.now())
        )));
    }
    Ok(Request::Range { from, to })
}
