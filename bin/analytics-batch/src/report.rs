//! What a run did, for the person or the program that started it.

use std::fmt::{self, Display, Formatter};
use std::io::{self, Write as _};

use chrono::NaiveDate;
use domain::analytics_db::suspicions::Suspicion;
use domain::money::Money;
use serde::Serialize;

use crate::failure::Failure;

/// Writes to standard output what a command was started for.
///
/// # Errors
/// If nobody takes it, as when the other end of a pipe has ended.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}")
        .map_err(|error| Failure::Internal(format!("standard output cannot be written: {error}")))
}

/// A run's result, as `--format json` writes it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// `nightly`, `range`, `repair` or `rebuild`.
    pub(crate) kind: &'static str,
    /// Its number in the ledger; none for a dry run.
    pub(crate) run_id: Option<i64>,
    /// Whether nothing was done.
    pub(crate) dry_run: bool,
    /// `succeeded` or `incomplete`.
    pub(crate) outcome: &'static str,
    /// The first day that it set out to publish.
    pub(crate) first_day: Option<NaiveDate>,
    /// The last one.
    pub(crate) last_day: Option<NaiveDate>,
    /// How many days that was.
    pub(crate) days_planned: usize,
    /// The days that changed.
    pub(crate) days_changed: Vec<NaiveDate>,
    /// Days with sales of which the source now holds nothing: left alone.
    pub(crate) days_left_alone: Vec<NaiveDate>,
    /// How the orders were found.
    pub(crate) reading: String,
    /// Orders read, of any status, as often as they were read.
    pub(crate) orders_read: i64,
    /// Lines read.
    pub(crate) lines_read: i64,
    /// Rows inserted, updated or deleted.
    pub(crate) rows_changed: usize,
    /// What became of the forecast.
    pub(crate) forecast: Option<String>,
    /// `none`, `provisional`, `full` or `failed`.
    pub(crate) forecast_stage: Option<&'static str>,
    /// Whether the days are published and the forecast, or what they make of earlier ones, is not.
    pub(crate) forecast_failed: bool,
    /// Days whose forecasts were held against what the day came to.
    pub(crate) days_scored: usize,
    /// Published figures that are far from what was forecast for them.
    pub(crate) suspicions: Vec<SuspiciousFigure>,
    /// The generation that the run left.
    pub(crate) generation: Option<i64>,
    /// How long it took.
    pub(crate) duration_ms: i64,
    /// What asks for attention.
    pub(crate) problems: Vec<String>,
}

/// A figure of a day that is far from what was forecast for it.
#[derive(Debug, Serialize)]
pub(crate) struct SuspiciousFigure {
    pub(crate) date: NaiveDate,
    forecast_type: String,
    reason: String,
    actual: Money,
    forecast_value: Money,
    lower_95: Money,
    upper_95: Money,
}

impl From<&Suspicion> for SuspiciousFigure {
    fn from(suspicion: &Suspicion) -> Self {
        Self {
            date: suspicion.date,
            forecast_type: suspicion.forecast_type.clone(),
            reason: suspicion.reason.clone(),
            actual: suspicion.actual.clone().into(),
            forecast_value: suspicion.forecast.clone().into(),
            lower_95: suspicion.lower_95.clone().into(),
            upper_95: suspicion.upper_95.clone().into(),
        }
    }
}

impl Display for SuspiciousFigure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { date, forecast_type, actual, forecast_value, lower_95, upper_95, .. } = self;
        write!(
            f,
            "{forecast_type} of {date} came to {actual}, far from the {forecast_value} that were forecast ({lower_95} \
             to {upper_95} at 95 %)"
        )
    }
}

impl Report {
    /// The report in sentences.
    pub(crate) fn text(&self) -> String {
        let mut lines = Vec::new();
        let days = match (self.first_day, self.last_day) {
            (Some(first), Some(last)) if first == last => format!("{first}"),
            (Some(first), Some(last)) => format!("{first} to {last} ({} days)", self.days_planned),
            // Where a first run begins shows only in the reading.
            (None, Some(last)) => format!("every day from the source's first SERVED order to {last}"),
            _ => "no days".to_owned(),
        };
        if self.dry_run {
            lines.push(format!("A {} run would compute {days}.", self.kind));
            lines.push(format!("Reading: {}.", self.reading));
        } else {
            let number = self.run_id.unwrap_or_default();
            lines.push(format!(
                "Run {number} ({}) {} in {} ms: {days}.",
                self.kind, self.outcome, self.duration_ms
            ));
            lines.push(format!("Reading: {}.", self.reading));
            lines.push(format!("Read {} orders and {} lines.", self.orders_read, self.lines_read));
            lines.push(format!("Changed {} rows of {} days.", self.rows_changed, self.days_changed.len()));
            if let Some(generation) = self.generation {
                lines.push(format!("Published figures are at generation {generation}."));
            }
            if let Some(forecast) = &self.forecast {
                lines.push(format!("Forecast: {forecast}."));
            }
            if self.days_scored > 0 {
                lines.push(format!(
                    "Accuracy: held {} days against what was forecast for them.",
                    self.days_scored
                ));
            }
        }
        lines.extend(self.suspicions.iter().map(|figure| format!("Suspicious: {figure}.")));
        lines.extend(self.problems.iter().map(|problem| format!("Attention: {problem}.")));
        lines.join("\n")
    }
}
