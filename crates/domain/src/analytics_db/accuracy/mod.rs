//! How near the forecasts came, as they were issued: one row a published business day, figure and horizon.
//!
//! A day's rows follow from what stands: its own figures, those that the seasonal naive forecast would have repeated,
//! and the forecasts that were issued for it in time. The transaction that changes figures takes the mark `scored` from
//! every published day whose rows hang on them ([`unsettle`]), and the run then scores what is not marked
//! ([`unscored`], [`score`], [`apply`]), so that a run which dies between the two leaves the rest to the next one. Rows
//! of a day without the mark are not served.
//!
//! Forecasts adopted from the old service are never scored: nobody knows what they knew.

mod evidence;
mod score;

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::BigDecimal;
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::schema::{forecast_accuracy, published_days};
use super::{ROWS_A_STATEMENT, values_of};
use crate::calendar::Calendar;
use evidence::Evidence;
pub(super) use evidence::Issued;
pub(super) use score::in_time;

/// Weeks before a day in which the seasonal naive forecast looks for the same weekday. A horizon of 30 days is 5 weeks.
const NAIVE_WEEKS: u64 = 5;

/// What became of the forecast of one figure for one business day at one horizon.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = forecast_accuracy, check_for_backend(diesel::mysql::Mysql))]
pub struct Score {
    /// The business day.
    pub date: NaiveDate,
    /// `daily_revenue`, `daily_orders` or `hourly_orders`.
    pub forecast_type: String,
    /// How many business days before it the forecast was made.
    pub horizon: i32,
    /// The last day that the forecast knew.
    pub origin: NaiveDate,
    /// What made it.
    pub model: Option<String>,
    /// What the day came to: revenue or orders.
    pub actual: BigDecimal,
    /// What was forecast; of hours, their sum.
    pub forecast: BigDecimal,
    /// The 80 % prediction interval's lower end; none of hours, whose intervals do not add up.
    pub lower_80: Option<BigDecimal>,
    /// Its upper end.
    pub upper_80: Option<BigDecimal>,
    /// The 95 % prediction interval's lower end.
    pub lower_95: Option<BigDecimal>,
    /// Its upper end.
    pub upper_95: Option<BigDecimal>,
    /// The seasonal naive forecast from the same origin; none if no day that it could repeat is published.
    pub naive: Option<BigDecimal>,
    /// |actual − forecast|; of hours, the sum over them.
    pub absolute_error: BigDecimal,
    /// |actual − naive|, likewise.
    pub naive_error: Option<BigDecimal>,
    /// Intervals that there are to judge: of a day at most 1, of its hours at most 24, of closed ones none.
    pub intervals: i32,
    /// How many of those at 80 % held the truth.
    pub inside_80: i32,
    /// How many of those at 95 % did.
    pub inside_95: i32,
}

/// The scores of some days, as they stand and as they should.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    standing: Vec<Score>,
    due: Vec<Score>,
}

impl Scores {
    /// Whether there is nothing to tell of these days, now or before.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.standing.is_empty() && self.due.is_empty()
    }

    /// Of how many days there is something to tell.
    #[must_use]
    pub fn days(&self) -> usize {
        self.due.iter().map(|score| score.date).collect::<BTreeSet<_>>().len()
    }

    /// The rows to write, and those to delete.
    fn changes(&self) -> (Vec<&Score>, Vec<&Score>) {
        let mut gone: BTreeMap<_, _> = self.standing.iter().map(|score| (score.key(), score)).collect();
        let written = self.due.iter().filter(|due| gone.remove(&due.key()) != Some(*due)).collect();
        (written, gone.into_values().collect())
    }
}

impl Score {
    fn key(&self) -> (NaiveDate, &str, i32) {
        (self.date, &self.forecast_type, self.horizon)
    }
}

/// At most `limit` published days that are not scored, the oldest first.
///
/// # Errors
/// If the database refuses.
pub async fn unscored(connection: &mut AsyncMysqlConnection, limit: i64) -> QueryResult<Vec<NaiveDate>> {
    published_days::table
        .filter(published_days::scored.eq(false))
        .order(published_days::date)
        .limit(limit)
        .select(published_days::date)
        .load(connection)
        .await
}

/// Scores `days`, which are published by `calendar`. It writes nothing.
///
/// # Errors
/// If the database refuses.
pub async fn score(
    connection: &mut AsyncMysqlConnection,
    days: &[NaiveDate],
    calendar: &Calendar,
) -> QueryResult<Scores> {
    let standing = forecast_accuracy::table
        .filter(forecast_accuracy::date.eq_any(days))
        .select(Score::as_select())
        .load(connection)
        .await?;
    let due = Evidence::of(connection, days).await?.scores(calendar);
    Ok(Scores { standing, due })
}

/// Makes `days` stand as scored, inside the caller's transaction of [`super::lease::Lease::publish`].
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub async fn apply(
    connection: &mut AsyncMysqlConnection,
    days: &[NaiveDate],
    scores: &Scores,
) -> QueryResult<()> {
    let (written, gone) = scores.changes();
    for row in gone {
        diesel::delete(forecast_accuracy::table.find(row.key())).execute(connection).await?;
    }
    for rows in written.chunks(ROWS_A_STATEMENT) {
        diesel::insert_into(forecast_accuracy::table)
            .values(rows.to_vec())
            .on_conflict(diesel::dsl::DuplicatedKeys)
            .do_update()
            .set((
                forecast_accuracy::origin.eq(values_of(forecast_accuracy::origin)),
                forecast_accuracy::model.eq(values_of(forecast_accuracy::model)),
                forecast_accuracy::actual.eq(values_of(forecast_accuracy::actual)),
                forecast_accuracy::forecast.eq(values_of(forecast_accuracy::forecast)),
                forecast_accuracy::lower_80.eq(values_of(forecast_accuracy::lower_80)),
                forecast_accuracy::upper_80.eq(values_of(forecast_accuracy::upper_80)),
                forecast_accuracy::lower_95.eq(values_of(forecast_accuracy::lower_95)),
                forecast_accuracy::upper_95.eq(values_of(forecast_accuracy::upper_95)),
                forecast_accuracy::naive.eq(values_of(forecast_accuracy::naive)),
                forecast_accuracy::absolute_error.eq(values_of(forecast_accuracy::absolute_error)),
                forecast_accuracy::naive_error.eq(values_of(forecast_accuracy::naive_error)),
                forecast_accuracy::intervals.eq(values_of(forecast_accuracy::intervals)),
                forecast_accuracy::inside_80.eq(values_of(forecast_accuracy::inside_80)),
                forecast_accuracy::inside_95.eq(values_of(forecast_accuracy::inside_95)),
            ))
            .execute(connection)
            .await?;
    }
    diesel::update(published_days::table.filter(published_days::date.eq_any(days)))
        .set(published_days::scored.eq(true))
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes the mark from `changed` days and from those whose seasonal naive forecasts may repeat them, inside the
/// transaction that changes them.
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub(super) async fn unsettle(
    connection: &mut AsyncMysqlConnection,
    changed: &[NaiveDate],
) -> QueryResult<()> {
    let weeks_after = |day: &NaiveDate| {
        let day = *day;
        (0..=NAIVE_WEEKS).filter_map(move |weeks| day.checked_add_days(Days::new(7 * weeks)))
    };
    let days: BTreeSet<NaiveDate> = changed.iter().flat_map(weeks_after).collect();
    diesel::update(published_days::table.filter(published_days::date.eq_any(days)))
        .set(published_days::scored.eq(false))
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes the rows of days that are withdrawn, inside the transaction that withdraws them.
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub(super) async fn forget(connection: &mut AsyncMysqlConnection, days: &[NaiveDate]) -> QueryResult<()> {
    diesel::delete(forecast_accuracy::table.filter(forecast_accuracy::date.eq_any(days)))
        .execute(connection)
        .await?;
    Ok(())
}
