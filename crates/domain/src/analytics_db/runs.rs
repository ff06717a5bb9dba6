//! The ledger of runs: what each set out to do, what it did, and how it ended.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::schema::{publication, runs};

/// How a run ended, or that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Under way.
    Running,
    /// All that it set out to do is done.
    Succeeded,
    /// Some of it is done, and something asks for attention: see the error.
    Incomplete,
    /// It stopped with an error.
    Failed,
    /// It was told to stop.
    Interrupted,
    /// It died without a word, as another run found later.
    Abandoned,
}

impl Outcome {
    /// Its name in the ledger.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Abandoned => "abandoned",
        }
    }
}

/// A run about to begin.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = runs)]
pub struct NewRun<'a> {
    /// `nightly`, `range`, `repair` or `rebuild`.
    pub kind: &'a str,
    /// The program's version.
    pub version: &'a str,
    /// Who it runs as: the lease holder.
    pub holder: &'a str,
    /// When it began.
    pub started_at: NaiveDateTime,
    /// `running`.
    pub outcome: &'a str,
}

/// What a run did, noted as it ends.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = runs)]
pub struct RunRecord {
    /// The first day that it set out to publish.
    pub first_day: Option<NaiveDate>,
    /// The last one.
    pub last_day: Option<NaiveDate>,
    /// How many days it set out to publish.
    pub days_planned: i32,
    /// How many of them changed.
    pub days_changed: i32,
    /// Orders read from the source, of any status, as often as they were read.
    pub orders_read: i64,
    /// Lines read from the source.
    pub lines_read: i64,
    /// Rows inserted, updated or deleted in the published tables.
    pub rows_changed: i64,
    /// How long it took, in milliseconds by the machine's monotonic clock.
    pub duration_ms: Option<i64>,
    /// The highest order id that it took into account: set by finished runs that looked at every id up to it.
    pub highest_order_id: Option<i64>,
    /// The generation that it left.
    pub generation: Option<i64>,
    /// What became of the forecast.
    pub forecast: Option<String>,
    /// `none`, `provisional`, `full` or `failed`.
    pub forecast_stage: Option<String>,
    /// What asks for attention, a sentence a line.
    pub error: Option<String>,
}

/// What stands between the sentences of [`RunRecord::error`].
pub const PROBLEMS_APART: &str = "\n";

/// Notes that a run begins, and that any other run still marked as under way has died: inside a transaction of
/// [`super::lease::Lease::record`], or a run that has lost its lease would call the living dead. Gives its id, which
/// stays the same if it is noted twice.
///
/// # Errors
/// If the database refuses.
pub async fn start(connection: &mut AsyncMysqlConnection, run: &NewRun<'_>) -> QueryResult<i64> {
    let noted = runs::table.filter(runs::holder.eq(run.holder)).select(diesel::dsl::max(runs::id));
    if let Some(id) = noted.get_result::<Option<i64>>(connection).await? {
        return Ok(id);
    }
    diesel::update(runs::table.filter(runs::outcome.eq(Outcome::Running.name())))
        .set(runs::outcome.eq(Outcome::Abandoned.name()))
        .execute(connection)
        .await?;
    diesel::insert_into(runs::table).values(run).execute(connection).await?;
    noted.get_result::<Option<i64>>(connection).await?.ok_or(diesel::result::Error::NotFound)
}

/// What a run has read, and what it will publish of that.
#[derive(Clone, Copy, Debug, AsChangeset)]
#[diesel(table_name = runs)]
pub struct RunPlan {
    /// The first day.
    pub first_day: Option<NaiveDate>,
    /// The last one.
    pub last_day: Option<NaiveDate>,
    /// How many days.
    pub days_planned: i32,
    /// Orders read from the source, of any status, as often as they were read.
    pub orders_read: i64,
    /// Lines read from the source.
    pub lines_read: i64,
}

/// Notes what a run is about to publish: it may not live to tell.
///
/// # Errors
/// If the database refuses.
pub async fn note_plan(
    connection: &mut AsyncMysqlConnection,
    run_id: i64,
    plan: &RunPlan,
) -> QueryResult<()> {
    diesel::update(runs::table.find(run_id)).set(plan).execute(connection).await?;
    Ok(())
}

/// Notes days and rows as changed, in the transaction of [`super::lease::Lease::publish`] that changes them, with the
/// generation that it makes.
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub async fn note_changes(
    connection: &mut AsyncMysqlConnection,
    run_id: i64,
    days: usize,
    rows: usize,
) -> QueryResult<()> {
    let (days, rows) = (i32::try_from(days).unwrap_or(i32::MAX), i64::try_from(rows).unwrap_or(i64::MAX));
    let generation = publication::table.select(publication::generation).first::<i64>(connection).await?;
    diesel::update(runs::table.find(run_id))
        .set((
            runs::days_changed.eq(runs::days_changed + days),
            runs::rows_changed.eq(runs::rows_changed + rows),
            runs::generation.eq(generation),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that the run of `holder` has failed or was interrupted, of what kind that was (`failure`, a word) and why, unless it has not begun or a later run has
/// declared it dead. What it had done is noted already.
///
/// # Errors
/// If the database refuses.
pub async fn fail(
    connection: &mut AsyncMysqlConnection,
    holder: &str,
    outcome: Outcome,
    failure: &str,
    finished_at: DateTime<Utc>,
    duration_ms: i64,
    error: &str,
) -> QueryResult<()> {
    let under_way = runs::holder.eq(holder).and(runs::outcome.eq(Outcome::Running.name()));
    diesel::update(runs::table.filter(under_way))
        .set((
            runs::outcome.eq(outcome.name()),
            runs::finished_at.eq(finished_at.naive_utc()),
            runs::duration_ms.eq(duration_ms),
            runs::failure.eq(failure),
            runs::error.eq(cut(error, ERROR_LENGTH)),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Characters that the column `error` holds.
const ERROR_LENGTH: usize = 2_000;

/// Characters that the column `forecast` holds.
const FORECAST_LENGTH: usize = 255;

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

/// Notes how a run ended that came to its end, unless a later run has declared it dead.
///
/// # Errors
/// If the database refuses.
pub async fn finish(
    connection: &mut AsyncMysqlConnection,
    run_id: i64,
    outcome: Outcome,
    finished_at: DateTime<Utc>,
    record: &RunRecord,
) -> QueryResult<()> {
    let error = record.error.as_ref().map(|text| cut(text, ERROR_LENGTH));
    let forecast = record.forecast.as_ref().map(|text| cut(text, FORECAST_LENGTH));
    let record = RunRecord { error, forecast, ..record.clone() };
    diesel::update(runs::table.find(run_id).filter(runs::outcome.eq(Outcome::Running.name())))
        .set((&record, runs::outcome.eq(outcome.name()), runs::finished_at.eq(finished_at.naive_utc())))
        .execute(connection)
        .await?;
    Ok(())
}

/// The highest order id up to which every order has been taken into account by a finished run.
///
/// # Errors
/// If the database refuses.
pub async fn highest_order_id(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<i64>> {
    runs::table
        .filter(runs::highest_order_id.is_not_null())
        .order(runs::id.desc())
        .select(runs::highest_order_id)
        .first::<Option<i64>>(connection)
        .await
        .optional()
        .map(Option::flatten)
}
