//! `/batch/runs`: what the batch did, night by night, in words fit for a panel.

use chrono::NaiveDate;
use domain::analytics_db::answers::{self, Header, newest_runs, suspicions_of};
use domain::analytics_db::runs::Outcome;
use domain::analytics_db::suspicions;
use domain::forecast::suspicion::Oddity;
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::csv::Table;
use crate::meta::rfc3339;
use crate::openapi::{Decimal, Described, Example, Figures, Tag, words};
use crate::parameters::{Number, Parameters};
use crate::problem::Problem;
use crate::state::State;

const LIMIT: Number = Number {
    name: "limit",
    about: "Runs shown: the newest so many.",
    legal: 1..=100,
    default: 30,
    default_varies: false,
};

pub(super) const ENDPOINT: Figures = Figures {
    path: "/batch/runs",
    name: "batch_runs",
    tag: Tag::Batch,
    summary: "What the batch did, newest run first",
    description: "Whether last night's run went well, what it found odd, and why it failed if it did. As CSV a run is a \
                  row without its problems and suspicions.",
    parameters: &[&LIMIT],
    answers: &[Described::of::<Runs>()],
    tables: TABLES,
    examples: &[Example {
        name: "last_run",
        query: "?limit=1",
        answer: include_str!("../openapi/examples/batch_runs.json"),
    }],
};

/// What CSV shows: a run a row, without its lists.
const TABLES: &[Table] = &[Table {
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

/// What the batch did.
#[derive(Debug, Serialize, ToSchema)]
struct Runs {
    /// Newest first.
    runs: Vec<Run>,
    /// Rows in `runs`.
    total_runs: usize,
}

/// A run of the batch.
#[derive(Debug, Serialize, ToSchema)]
struct Run {
    /// Its number.
    id: i64,
    /// What it was asked to do.
    #[schema(value_type = RunKind)]
    kind: String,
    /// How it ended. `incomplete`: days are published, and `problems` or `forecast_stage` say what is not as it should
    /// be. `abandoned`: it died without a word.
    #[schema(value_type = RunOutcome)]
    outcome: String,
    /// When it began, in UTC.
    #[schema(format = DateTime)]
    started_at: String,
    /// When it ended, in UTC; null while it runs, and if it died.
    #[schema(required, format = DateTime)]
    finished_at: Option<String>,
    /// How long it took, in milliseconds.
    #[schema(required)]
    duration_ms: Option<i64>,
    /// The first business day that it set out to publish.
    #[schema(required)]
    first_day: Option<NaiveDate>,
    /// The last of them.
    #[schema(required)]
    last_day: Option<NaiveDate>,
    /// How many days those are.
    #[schema(minimum = 0)]
    days_planned: i32,
    /// Days of which a figure changed.
    #[schema(minimum = 0)]
    days_changed: i32,
    /// Rows written.
    #[schema(minimum = 0)]
    rows_changed: i64,
    /// Orders read, of any status, as often as they were read.
    #[schema(minimum = 0)]
    orders_read: i64,
    /// Their lines read.
    #[schema(minimum = 0)]
    lines_read: i64,
    /// What it could forecast; null if it did not come that far.
    #[schema(value_type = Option<RunForecastStage>, required)]
    forecast_stage: Option<String>,
    /// The generation that it published last; null if none.
    #[schema(required)]
    generation: Option<i64>,
    /// The program's version.
    version: String,
    /// What asks for attention, a sentence each: days left alone, and why.
    problems: Vec<String>,
    /// Figures that it published and that are far from what was forecast for them.
    suspicions: Vec<Suspicion>,
    /// Of what kind its failure was, in words for people; null if it did not fail. The log tells more.
    #[schema(required)]
    error: Option<&'static str>,
}

/// A published figure far from what was forecast for it.
#[derive(Debug, Serialize, ToSchema)]
struct Suspicion {
    /// The business day.
    date: NaiveDate,
    /// The figure.
    #[schema(examples("daily_orders"))]
    forecast_type: String,
    /// What is odd about it.
    #[schema(value_type = SuspicionReason)]
    reason: String,
    /// What was published: revenue in `meta.currency`, or orders.
    #[schema(value_type = Decimal)]
    actual: Money,
    /// What had been expected.
    #[schema(value_type = Decimal)]
    forecast_value: Money,
    /// The lower end of its 95 % prediction interval.
    #[schema(value_type = Decimal)]
    lower_95: Money,
    /// The upper end.
    #[schema(value_type = Decimal)]
    upper_95: Money,
}

words!(RunKind: ["nightly", "range", "repair", "rebuild"]);
words!(RunOutcome: [
    Outcome::Running,
    Outcome::Succeeded,
    Outcome::Incomplete,
    Outcome::Failed,
    Outcome::Interrupted,
    Outcome::Abandoned,
]
.map(Outcome::name));
words!(RunForecastStage: ["none", "provisional", "full", "failed"]);
words!(SuspicionReason: [Oddity::Nothing, Oddity::FarBelow, Oddity::FarAbove].map(Oddity::name));

pub(super) async fn runs(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let limit = parameters.number(&LIMIT)?;
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
