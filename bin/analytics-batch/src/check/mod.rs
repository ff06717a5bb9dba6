//! `analytics-batch check`: whether everything is ready for a run, in plain words.
//!
//! Each database is looked at by itself, so that the failure of one does not hide what is wrong with the other. It
//! never writes anything, and never tries whether it could: both sessions are read-only ones.

mod analytics;
mod calendar;
mod findings;
mod grants;
mod ledger;
mod newest;
mod privileges;
mod server;
mod source;
mod words;

use std::process::ExitCode;

use domain::analytics_db::days::DayCalendar;
use runtime::clock::Clock;
use runtime::settings::{
    AnalyticsDatabase, AnalyticsSettings, Environment, ForecastingSettings, OrderDatabase, OrdersSettings,
};

use crate::failure::Failure;
use findings::{Findings, exit_code, verdict};
use ledger::Rules;
use newest::Reading;

/// Looks at everything and writes what it finds to standard output, one line a finding. The exit code is that of the
/// first problem: warnings leave it at 0.
///
/// # Errors
/// If settings that only a run reads are not usable.
pub(crate) async fn check(
    (OrderDatabase(order_database), AnalyticsDatabase(analytics_database), analytics, orders): (
        OrderDatabase,
        AnalyticsDatabase,
        AnalyticsSettings,
        OrdersSettings,
    ),
    clock: Clock,
) -> Result<ExitCode, Failure> {
    let old_run_time = rest_of_the_settings()?;
    let (now, calendar) = (clock.now(), analytics.calendar);
    let reading = Reading { orders_timezone: orders.timezone, restaurant: calendar.timezone, now };

    let ((source, catalogue), (published, days)) = tokio::join!(
        source::check(&order_database, reading),
        analytics::check(&analytics_database, Rules::new(&analytics, now)),
    );
    let mut all = vec![source, published, calendar::business_day(&analytics, now)];
    if let Some(days) = days {
        let is_timestamp = catalogue.is_some_and(|catalogue| catalogue.created_at_is_utc);
        let settings = DayCalendar::new(calendar, reading.clock(is_timestamp));
        all.push(calendar::of_published(&days, &settings));
    }
    all.push(calendar::schedule(calendar, now, old_run_time.as_deref()));
    tell(&all);
    Ok(exit_code(&all))
}

/// Reads the settings of a run that are looked at for mistakes alone, and when the old service ran, if that is set.
fn rest_of_the_settings() -> Result<Option<String>, Failure> {
    let unusable = |error: String| Failure::Configuration(error);
    let environment = Environment::load().map_err(|error| unusable(error.to_string()))?;
    environment.read::<ForecastingSettings>().map_err(|error| unusable(error.to_string()))?.log();
    Ok(environment.get("SCHEDULER__RUN_TIME").map(ToOwned::to_owned))
}

fn tell(all: &[Findings]) {
    #[expect(clippy::print_stdout, reason = "the findings are this command's output")]
    {
        all.iter().flat_map(Findings::lines).for_each(|line| println!("{line}"));
        println!("{}", verdict(all));
    }
}
