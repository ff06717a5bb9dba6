//! `analytics-batch check`: whether everything is ready for a run, in plain words.
//!
//! Each database is looked at by itself, so that the failure of one does not hide what is wrong with the other. It
//! never writes anything, and never tries whether it could: both sessions are read-only ones.

mod analytics;
mod calendar;
mod findings;
mod forecast;
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
use runtime::settings::{AnalyticsSettings, DatabaseSettings, ForecastingSettings, OrdersSettings};

use crate::failure::Failure;
use crate::report::print;
use findings::{Findings, exit_code, verdict};
use ledger::Rules;
use newest::Reading;

/// What is looked at.
pub(crate) struct Settings {
    pub(crate) order_database: DatabaseSettings,
    pub(crate) analytics_database: DatabaseSettings,
    pub(crate) analytics: AnalyticsSettings,
    pub(crate) orders: OrdersSettings,
    pub(crate) forecasting: ForecastingSettings,
    /// When the old service ran, if that is set.
    pub(crate) old_run_time: Option<String>,
}

/// Looks at everything and writes what it finds to standard output, one line a finding. The exit code is that of the
/// first problem: warnings leave it at 0.
///
/// # Errors
/// If standard output cannot be written.
pub(crate) async fn check(settings: Settings, clock: Clock) -> Result<ExitCode, Failure> {
    let Settings { order_database, analytics_database, analytics, orders, forecasting, old_run_time } =
        settings;
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
    all.push(forecast::check(forecasting.model));
    tell(&all)?;
    Ok(exit_code(&all))
}

fn tell(all: &[Findings]) -> Result<(), Failure> {
    let lines: Vec<String> = all.iter().flat_map(Findings::lines).collect();
    print(&format!("{}\n{}", lines.join("\n"), verdict(all)))
}
