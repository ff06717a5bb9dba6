//! The ledger of runs: what each set out to do, what it did, and how it ended.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::schema::runs;

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
    /// `nightly`, `range` or `rebuild`.
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
#[derive(Clone, Debug, Default, AsChangeset)]
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
    /// What went wrong or asks for attention.
    pub error: Option<String>,
}

/// Notes that a run begins, and that any other run still marked as under way has died: inside a transaction of
/// [`super::lease::Lease::record`], or a run that has lost its lease would call the living dead. Gives its id.
///
/// # Errors
/// If the database refuses.
pub async fn start(connection: &mut AsyncMysqlConnection, run: &NewRun<'_>) -> QueryResult<i64> {
    diesel::update(runs::table.filter(runs::outcome.eq(Outcome::Running.name())))
        .set(runs::outcome.eq(Outcome::Abandoned.name()))
        .execute(connection)
        .await?;
    diesel::insert_into(runs::table).values(run).execute(connection).await?;
    runs::table
        .filter(runs::holder.eq(run.holder))
        .select(diesel::dsl::max(runs::id))
        .get_result::<Option<i64>>(connection)
        .await?
        .ok_or(diesel::result::Error::NotFound)
}

/// Notes how a run ended, unless a later run has declared it dead.
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
    let error = record.error.as_ref().map(|text| text.chars().take(2_000).collect::<String>());
    let forecast = record.forecast.as_ref().map(|text| text.chars().take(255).collect::<String>());
    let record = RunRecord { error, forecast, ..record.clone() };
    diesel::update(runs::table.find(run_id).filter(runs::outcome.eq(Outcome::Running.name())))
        .set((&record, runs::outcome.eq(outcome.name()), runs::finished_at.eq(finished_at.naive_utc())))
        .execute(connection)
        .await?;
    Ok(())
}

/// How far a finished run had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct Watermark {
    /// When the run began, in UTC.
    pub started_at: NaiveDateTime,
    /// The order id up to which it, or one before it, has taken every order into account.
    pub highest_order_id: i64,
}

/// The watermarks of all runs that noted one, in the order of the runs.
///
/// # Errors
/// If the database refuses.
pub async fn watermarks(connection: &mut AsyncMysqlConnection) -> QueryResult<Vec<Watermark>> {
    runs::table
        .filter(runs::highest_order_id.is_not_null())
        .order(runs::id)
        .select((runs::started_at, runs::highest_order_id.assume_not_null()))
        .load(connection)
        .await
}
