//! How a run ended, for the person who started it and for the ledger.

use std::time::Duration;

use chrono::NaiveDate;
use domain::analytics_db::runs::{Outcome, PROBLEMS_APART, RunRecord};

use super::forecast::Forecast;
use super::plan::{Plan, Request};
use super::progress::Extracted;
use super::publish::Published;
use super::survey;
use crate::failure::Failure;
use crate::report::{Report, SuspiciousFigure};

/// The highest order ids of a source that holds less than it did.
#[derive(Clone, Copy, Debug)]
pub(super) struct GoneBack {
    /// When all its orders were last taken into account.
    pub(super) from: i64,
    /// Now.
    pub(super) to: i64,
}

impl GoneBack {
    /// What to say of it, if days lose by it or nothing is left at all: the newest order alone may have been deleted.
    fn problem(self, published: &Published, orders_read: i64) -> Option<String> {
        let Self { from, to } = self;
        let lost = match published.would_go_back.as_slice() {
            [] if orders_read == 0 => "it holds no order to publish".to_owned(),
            [] if published.would_be_emptied.is_empty() => return None,
            [] => "days have lost all their orders".to_owned(),
            days => format!("{} would lose orders, and was left alone", list(days)),
        };
        Some(format!(
            "the highest order id in order_db is {to}, and was {from} when it was last read: {lost}. See whether \
             ORDER_DATABASE__HOST leads to another server, to one that is behind or to a restored one. If the orders \
             were deleted, rerun with --allow-empty"
        ))
    }
}

/// Everything that a run has done.
pub(super) struct Ending<'a> {
    pub(super) request: Request<'a>,
    pub(super) run_id: i64,
    pub(super) plan: &'a Plan,
    pub(super) days: &'a [NaiveDate],
    pub(super) extracted: &'a Extracted,
    pub(super) published: Published,
    pub(super) forecast: Result<Forecast, Failure>,
    /// How many days' forecasts were scored.
    pub(super) scored: Result<usize, Failure>,
    /// Published figures that are far from their forecasts.
    pub(super) suspicions: Result<Vec<SuspiciousFigure>, Failure>,
    pub(super) gone_back: Option<GoneBack>,
    pub(super) generation: i64,
    pub(super) took: Duration,
}

impl Ending<'_> {
    /// The report.
    ///
    /// # Errors
    /// If the lease or the database was lost before all was done: then the run has failed.
    pub(super) fn report(self) -> Result<Report, Failure> {
        let mut problems = problems(&self.published);
        let gone_back =
            self.gone_back.and_then(|ids| ids.problem(&self.published, self.extracted.orders_read));
        problems.extend(gone_back);
        let too_large = self.published.too_large.iter().map(|(day, _)| *day).collect();
        if self.extracted.undated_orders > 0 {
            log::warn!(
                "orders without a usable date, which belong to no business day: {}",
                self.extracted.undated_orders
            );
        }
        let (mut forecast, forecast_stage, mut forecast_failed) = match or_lost(self.forecast)? {
            Ok(Forecast { said, stage }) => (said, stage, false),
            Err(failure) => {
                log::error!("the days are published, but the forecast failed: {failure}");
                (format!("failed: {failure}"), "failed", true)
            }
        };
        let days_scored = or_lost(self.scored)?.unwrap_or_else(|failure| {
            log::error!("the days are published, but their forecasts' accuracy is not: {failure}");
            forecast.push_str(&format!("; accuracy failed: {failure}"));
            forecast_failed = true;
            0
        });
        let suspicions = or_lost(self.suspicions)?.unwrap_or_else(|failure| {
            log::error!("the days are published, but not held against their forecasts: {failure}");
            forecast.push_str(&format!("; judging the days failed: {failure}"));
            forecast_failed = true;
            Vec::new()
        });
        Ok(Report {
            kind: self.request.kind(),
            run_id: Some(self.run_id),
            dry_run: false,
            outcome: outcome_of(&problems, forecast_failed).name(),
            first_day: self.days.first().copied(),
            last_day: self.days.last().copied(),
            days_planned: self.days.len(),
            days_changed: self.published.changed,
            days_left_alone: [
                self.published.would_be_emptied,
                self.published.would_shrink,
                self.published.would_go_back,
                self.published.would_lose_lines,
                self.published.before_first_order,
                too_large,
            ]
            .concat(),
            reading: survey::describe(self.plan),
            orders_read: self.extracted.orders_read,
            lines_read: self.extracted.lines_read,
            rows_changed: self.published.rows_changed,
            forecast: Some(forecast),
            forecast_stage: Some(forecast_stage),
            forecast_failed,
            days_scored,
            suspicions,
            generation: Some(self.generation),
            duration_ms: milliseconds(self.took),
            problems,
        })
    }
}

/// What a step came to, unless the lease or the database was lost in it.
fn or_lost<T>(step: Result<T, Failure>) -> Result<Result<T, Failure>, Failure> {
    match step {
        Err(
            failure @ (Failure::TryLater(_)
            | Failure::LeaseLost(_)
            | Failure::Unavailable(_)
            | Failure::OutOfOrder(_)),
        ) => Err(failure),
        step => Ok(step),
    }
}

/// A duration as the ledger has it.
pub(super) fn milliseconds(took: Duration) -> i64 {
    i64::try_from(took.as_millis()).unwrap_or(i64::MAX)
}

/// What asks for attention, a sentence each.
fn problems(published: &Published) -> Vec<String> {
    let emptied = (!published.would_be_emptied.is_empty()).then(|| {
        format!(
            "the source holds no SERVED order of {}, which stands with sales: left alone. If that is right, rerun \
             with --allow-empty",
            list(&published.would_be_emptied)
        )
    });
    let shrunk = (!published.would_shrink.is_empty()).then(|| {
        format!(
            "an order of {} has turned up, but the source holds fewer SERVED orders of it than stand published: left \
             alone, in case others have been purged. If they were cancelled or deleted, `analytics-batch verify \
             --repair` publishes what the source holds, as a rerun with --date does",
            list(&published.would_shrink)
        )
    });
    let lineless = (!published.would_lose_lines.is_empty()).then(|| {
        format!(
            "the source holds orders of {} and not one line of them, and the day stands with items: left alone. See \
             whether order_items has been emptied or restored in part; if that is right, rerun with --allow-empty",
            list(&published.would_lose_lines)
        )
    });
    let early = (!published.before_first_order.is_empty()).then(|| {
        format!(
            "{} lies before the source's first SERVED order: left alone. To publish it as without sales, rerun with \
             --allow-empty",
            list(&published.before_first_order)
        )
    });
    let too_large = published.too_large.iter().map(|(day, what)| {
        format!(
            "the figures of {day} do not fit: {what}. Look for a mistyped quantity, price or name. It is \
             left as it was"
        )
    });
    emptied.into_iter().chain(shrunk).chain(lineless).chain(early).chain(too_large).collect()
}

/// The outcome that the ledger notes for a report.
pub(super) fn outcome(report: &Report) -> Outcome {
    outcome_of(&report.problems, report.forecast_failed)
}

fn outcome_of(problems: &[String], forecast_failed: bool) -> Outcome {
    if problems.is_empty() && !forecast_failed { Outcome::Succeeded } else { Outcome::Incomplete }
}

/// The ledger's record of a report.
pub(super) fn record(report: &Report, highest_order_id: Option<i64>) -> RunRecord {
    RunRecord {
        first_day: report.first_day,
        last_day: report.last_day,
        days_planned: i32::try_from(report.days_planned).unwrap_or(i32::MAX),
        days_changed: i32::try_from(report.days_changed.len()).unwrap_or(i32::MAX),
        orders_read: report.orders_read,
        lines_read: report.lines_read,
        rows_changed: i64::try_from(report.rows_changed).unwrap_or(i64::MAX),
        duration_ms: Some(report.duration_ms),
        highest_order_id,
        generation: report.generation,
        forecast: report.forecast.clone(),
        forecast_stage: report.forecast_stage.map(ToOwned::to_owned),
        error: (!report.problems.is_empty()).then(|| report.problems.join(PROBLEMS_APART)),
    }
}

/// A few dates in words.
pub(super) fn list(days: &[NaiveDate]) -> String {
    const NAMED: usize = 5;
    let named: Vec<String> = days.iter().take(NAMED).map(ToString::to_string).collect();
    match days.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
