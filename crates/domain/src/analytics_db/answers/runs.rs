//! The ledger of runs, newest first, and what the runs found suspicious.
//!
//! What a run noted of a failure stays in the ledger: it may name hosts, users and statements. Its kind is told.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::dsl::{count, count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use crate::analytics_db::runs::{Outcome, PROBLEMS_APART};
use crate::analytics_db::schema::{publication, published_days, runs, suspicions};
use crate::analytics_db::suspicions::Suspicion;

/// A run as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = runs, check_for_backend(diesel::mysql::Mysql))]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// `nightly`, `range` or `rebuild`.
    pub kind: String,
    /// The program's version.
    pub version: String,
    /// When it began, in UTC.
    pub started_at: NaiveDateTime,
    /// When it ended, in UTC; none while it is under way, and of one that died.
    pub finished_at: Option<NaiveDateTime>,
    /// How it ended: a name of [`Outcome`].
    pub outcome: String,
    /// The first day that it set out to publish.
    pub first_day: Option<NaiveDate>,
    /// The last one.
    pub last_day: Option<NaiveDate>,
    /// How many days that is.
    pub days_planned: i32,
    /// How many of them changed.
    pub days_changed: i32,
    /// Orders read, of any status, as often as they were read.
    pub orders_read: i64,
    /// Lines read.
    pub lines_read: i64,
    /// Rows inserted, updated or deleted.
    pub rows_changed: i64,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// The generation that it left.
    pub generation: Option<i64>,
    /// What its forecast came to: `none`, `provisional`, `full` or `failed`.
    pub forecast_stage: Option<String>,
    /// Of what kind its failure was.
    pub failure: Option<String>,
    error: Option<String>,
}

impl Run {
    /// What asks for attention after a run that came to its end, a sentence each.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let told = self.error.as_deref().filter(|_| self.outcome == Outcome::Incomplete.name());
        told.map_or_else(Vec::new, |told| told.split(PROBLEMS_APART).map(ToOwned::to_owned).collect())
    }
}

/// The newest `limit` runs, newest first. One statement.
///
/// # Errors
/// Those of the database.
pub async fn newest_runs(connection: &mut AsyncMysqlConnection, limit: u32) -> QueryResult<Vec<Run>> {
    runs::table.order(runs::id.desc()).limit(i64::from(limit)).select(Run::as_select()).load(connection).await
}

/// What the runs from number `first` to `last` found suspicious, each with the run's number, by day. One statement.
///
/// # Errors
/// Those of the database.
pub async fn suspicions_of(
    connection: &mut AsyncMysqlConnection,
    first: i64,
    last: i64,
) -> QueryResult<Vec<(i64, Suspicion)>> {
    suspicions::table
        .filter(suspicions::run_id.between(first, last))
        .order((suspicions::run_id, suspicions::date, suspicions::forecast_type))
        .select((suspicions::run_id, Suspicion::as_select()))
        .load(connection)
        .await
}

/// How the batch does, for those who watch it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// The newest run that is not under way.
    pub last_run: Option<Run>,
    /// On how many days it found something suspicious.
    pub suspicious_days: i64,
    /// How many days are published.
    pub published_days: i64,
    /// When the last run that succeeded finished.
    pub last_success: Option<DateTime<Utc>>,
    /// Whether somebody holds the lease on publishing, by the database's clock.
    pub lease_is_held: bool,
}

/// Reads it, in at most five statements.
///
/// # Errors
/// Those of the database.
pub async fn pulse(connection: &mut AsyncMysqlConnection) -> QueryResult<Pulse> {
    let last_run: Option<Run> = runs::table
        .filter(runs::outcome.ne(Outcome::Running.name()))
        .order(runs::id.desc())
        .select(Run::as_select())
        .first(connection)
        .await
        .optional()?;
    let suspicious_days = match &last_run {
        Some(run) => {
            let days = suspicions::table.filter(suspicions::run_id.eq(run.id));
            days.select(count(suspicions::date).aggregate_distinct()).first(connection).await?
        }
        None => 0,
    };
    Ok(Pulse {
        last_run,
        suspicious_days,
        published_days: published_days::table.select(count_star()).first(connection).await?,
        last_success: super::last_success(connection).await?,
        lease_is_held: lease_is_held(connection).await?,
    })
}

async fn lease_is_held(connection: &mut AsyncMysqlConnection) -> QueryResult<bool> {
    let held = publication::holder.is_not_null().and(sql::<Bool>("expires_at > UTC_TIMESTAMP(6)"));
    let holders: i64 = publication::table.filter(held).select(count_star()).first(connection).await?;
    Ok(holders > 0)
}
