//! `/batch/runs`: what the batch did, night by night, in words fit for a panel.

use chrono::NaiveDate;
use domain::analytics_db::answers::{self, Header, newest_runs, suspicions_of};
use domain::analytics_db::runs::Outcome;
use domain::analytics_db::suspicions;
use domain::money::Money;
use serde::Serialize;

use crate::answer::Answer;
use crate::csv::Table;
use crate::meta::rfc3339;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::state::State;

/// What CSV shows: a run a row, without its lists.
pub(super) const TABLES: &[Table] = &[Table {
    list: "runs",
    beside: None,
    each: None,
    columns: &[
        "id",
        "kind",
        "outcome",
        "started_at",
        "finished_at",
        "duration_ms",
        "first_day",
        "last_day",
        "days_planned",
        "days_changed",
        "rows_changed",
        "orders_read",
        "lines_read",
        "forecast_stage",
        "generation",
        "version",
        "error",
    ],
}];

#[derive(Debug, Serialize)]
struct Runs {
    runs: Vec<Run>,
    total_runs: usize,
}

#[derive(Debug, Serialize)]
struct Run {
    id: i64,
    kind: String,
    outcome: String,
    started_at: String,
    finished_at: Option<String>,
    duration_ms: Option<i64>,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    days_planned: i32,
    days_changed: i32,
    rows_changed: i64,
    orders_read: i64,
    lines_read: i64,
    forecast_stage: Option<String>,
    generation: Option<i64>,
    version: String,
    problems: Vec<String>,
    suspicions: Vec<Suspicion>,
    error: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Suspicion {
    date: NaiveDate,
    forecast_type: String,
    reason: String,
    actual: Money,
    forecast_value: Money,
    lower_95: Money,
    upper_95: Money,
}

pub(super) async fn runs(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let limit = parameters.number("limit", 1..=100, 30)?;
    let now = state.now();
    let read = async |connection: &mut _, _: &Header| {
        let runs = newest_runs(connection, limit).await?;
        let found = match (runs.last(), runs.first()) {
            (Some(oldest), Some(newest)) => suspicions_of(connection, oldest.id, newest.id).await?,
            _ => Vec::new(),
        };
        Ok((runs, found))
    };
    let (header, (runs, found)) = state.database.read(read).await?;
    let of_run = |run: answers::Run| {
        let its_own = found.iter().filter(|(run_id, _)| *run_id == run.id);
        let suspicions = its_own.map(|(_, suspicion)| Suspicion::from(suspicion)).collect();
        Run::new(run, suspicions)
    };
    let runs = Runs { total_runs: runs.len(), runs: runs.into_iter().map(of_run).collect() };
    state.answer(&runs, header, now, Vec::new())
}

impl Run {
    fn new(run: answers::Run, suspicions: Vec<Suspicion>) -> Self {
        Self {
            problems: run.problems(),
            error: error(&run.outcome, run.failure.as_deref()),
            id: run.id,
            kind: run.kind,
            outcome: run.outcome,
            started_at: rfc3339(run.started_at.and_utc()),
            finished_at: run.finished_at.map(|instant| rfc3339(instant.and_utc())),
            duration_ms: run.duration_ms,
            first_day: run.first_day,
            last_day: run.last_day,
            days_planned: run.days_planned,
            days_changed: run.days_changed,
            rows_changed: run.rows_changed,
            orders_read: run.orders_read,
            lines_read: run.lines_read,
            forecast_stage: run.forecast_stage,
            generation: run.generation,
            version: run.version,
            suspicions,
        }
    }
}

/// Why a run did not come to its end. What the databases said of it may name hosts and users: that is for the log.
fn error(outcome: &str, failure: Option<&str>) -> Option<&'static str> {
    if outcome == Outcome::Abandoned.name() {
        return Some(
            "It ended without a word: it was killed, or its machine was. The next run went on from there.",
        );
    }
    if outcome != Outcome::Failed.name() && outcome != Outcome::Interrupted.name() {
        return None;
    }
    Some(match failure {
        Some("data") => {
            "The orders or the tables are not what they should be. The log of analytics-batch says which."
        }
        Some("database_unavailable") => {
            "A database did not answer, or was lost on the way. The log of analytics-batch says which."
        }
        Some("permission") => "A database user lacks a privilege. The log of analytics-batch says which.",
        Some("configuration") => {
            "A setting is wrong, or does not fit what is published. The log of analytics-batch says which."
        }
        Some("database_out_of_order") => {
            "A database answers and cannot do what it must. The log of analytics-batch says what to mend."
        }
        Some("lease_lost") => "It was overtaken by another run.",
        Some("interrupted") => "It was told to stop, or another run took its place.",
        _ => "It failed. The log of analytics-batch says why.",
    })
}

impl From<&suspicions::Suspicion> for Suspicion {
    fn from(suspicion: &suspicions::Suspicion) -> Self {
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
