//! Published figures that are far from what was forecast for them, as the runs that published them found.
//!
//! Whatever changes a day takes the mark `judged` from it, in its own transaction; the run then judges what is not
//! marked ([`unjudged`], [`judge`], [`apply`]), so that a run which dies between the two leaves it to the next one, and
//! a day that stays what it was is not reported every night. A suspicion changes nothing that is served of a day.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::BigDecimal;
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::ROWS_A_STATEMENT;
use super::accuracy::{Issued, in_time};
use super::forecasts::{DAILY_ORDERS, DAILY_REVENUE};
use super::schema::{daily_revenue_cache, forecast_history, published_days, suspicions};
use crate::calendar::Calendar;
use crate::forecast::SpecialDays;
use crate::forecast::suspicion::{Expectation, Oddity, WEEKS, is_always_open};

/// A figure that is far from its forecast.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = suspicions, check_for_backend(diesel::mysql::Mysql))]
pub struct Suspicion {
    /// The business day.
    pub date: NaiveDate,
    /// `daily_orders` or `daily_revenue`.
    pub forecast_type: String,
    /// `nothing`, `far_below` or `far_above`.
    pub reason: String,
    /// What the day came to.
    pub actual: BigDecimal,
    /// What the last forecast before it said.
    pub forecast: BigDecimal,
    /// Its 95 % prediction interval's lower end.
    pub lower_95: BigDecimal,
    /// Its upper end.
    pub upper_95: BigDecimal,
}

/// At most `limit` published days that have not been judged since they changed, the oldest first.
///
/// # Errors
/// If the database refuses.
pub async fn unjudged(connection: &mut AsyncMysqlConnection, limit: i64) -> QueryResult<Vec<NaiveDate>> {
    published_days::table
        .filter(published_days::judged.eq(false))
        .order(published_days::date)
        .limit(limit)
        .select(published_days::date)
        .load(connection)
        .await
}

/// Judges `days`, which are published by `calendar`, each by the last forecast that was issued for it in time. Days
/// without one, and those that a special day explains, are not suspicious. It writes nothing.
///
/// # Errors
/// If the database refuses.
pub async fn judge(
    connection: &mut AsyncMysqlConnection,
    days: &[NaiveDate],
    calendar: &Calendar,
    special: &SpecialDays,
) -> QueryResult<Vec<Suspicion>> {
    let days: Vec<NaiveDate> = days.iter().copied().filter(|day| !special.explain(*day)).collect();
    let issued: Vec<Issued> = forecast_history::table
        .filter(forecast_history::forecast_type.eq_any([DAILY_ORDERS, DAILY_REVENUE]))
        .filter(forecast_history::forecast_date.eq_any(&days))
        .filter(forecast_history::origin.is_not_null())
        .order(forecast_history::origin)
        .select(Issued::as_select())
        .load(connection)
        .await?;
    let figures: Vec<(NaiveDate, Option<i32>, Option<BigDecimal>)> = daily_revenue_cache::table
        .filter(daily_revenue_cache::date.eq_any(&days))
        .order(daily_revenue_cache::date)
        .select((
            daily_revenue_cache::date,
            daily_revenue_cache::order_count,
            daily_revenue_cache::total_revenue,
        ))
        .load(connection)
        .await?;
    let empty = figures.iter().filter(|(_, orders, _)| orders.unwrap_or_default() == 0);
    let always_open = always_open(connection, empty.map(|(date, ..)| *date), special).await?;
    // Of one day and figure the newest origin is the last to be collected.
    let last: BTreeMap<(NaiveDate, &str), &Issued> = issued
        .iter()
        .filter(|issued| in_time(issued, calendar))
        .map(|issued| ((issued.forecast.forecast_date, issued.forecast.forecast_type.as_str()), issued))
        .collect();
    let of_day = |(date, orders, revenue): (NaiveDate, Option<i32>, Option<BigDecimal>)| {
        let judged = |figure: &str, actual: BigDecimal| {
            suspicion(last.get(&(date, figure))?, actual, always_open.contains(&date))
        };
        let orders = judged(DAILY_ORDERS, orders.unwrap_or_default().into());
        // Without orders there is no revenue, which need not be said.
        let nothing = orders.as_ref().is_some_and(|orders| orders.reason == Oddity::Nothing.name());
        let revenue = judged(DAILY_REVENUE, revenue.unwrap_or_default()).filter(|_| !nothing);
        orders.into_iter().chain(revenue)
    };
    Ok(figures.into_iter().flat_map(of_day).collect())
}

/// Those of `days` whose weekday is always open.
async fn always_open(
    connection: &mut AsyncMysqlConnection,
    days: impl Iterator<Item = NaiveDate>,
    special: &SpecialDays,
) -> QueryResult<BTreeSet<NaiveDate>> {
    let weeks_before = |day: NaiveDate| {
        let weeks = (1..=WEEKS).filter_map(move |weeks| day.checked_sub_days(Days::new(7 * weeks)));
        weeks.filter(|day| !special.explain(*day))
    };
    let days: Vec<NaiveDate> = days.collect();
    let needed: BTreeSet<NaiveDate> = days.iter().flat_map(|day| weeks_before(*day)).collect();
    let known: Vec<(NaiveDate, Option<i32>)> = daily_revenue_cache::table
        .inner_join(published_days::table.on(published_days::date.eq(daily_revenue_cache::date)))
        .filter(daily_revenue_cache::date.eq_any(needed))
        .select((daily_revenue_cache::date, daily_revenue_cache::order_count))
        .load(connection)
        .await?;
    let known: BTreeMap<NaiveDate, bool> =
        known.into_iter().map(|(date, orders)| (date, orders.unwrap_or_default() > 0)).collect();
    let is_one = |day: &NaiveDate| {
        let before: Vec<bool> = weeks_before(*day).filter_map(|day| known.get(&day).copied()).collect();
        is_always_open(&before)
    };
    Ok(days.into_iter().filter(is_one).collect())
}

fn suspicion(issued: &Issued, actual: BigDecimal, always_open: bool) -> Option<Suspicion> {
    let said = &issued.forecast;
    let (value, lower_95, upper_95) =
        (said.forecast_value.as_ref()?, said.lower_95.as_ref()?, said.upper_95.as_ref()?);
    let oddity = Expectation { value, lower_95, upper_95 }.oddity(&actual, always_open)?;
    Some(Suspicion {
        date: said.forecast_date,
        forecast_type: said.forecast_type.clone(),
        reason: oddity.name().to_owned(),
        actual,
        forecast: value.clone(),
        lower_95: lower_95.clone(),
        upper_95: upper_95.clone(),
    })
}

/// Notes what a run found of `days`, and marks them as judged, inside its transaction of
/// [`Lease::record`](super::lease::Lease::record).
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub async fn apply(
    connection: &mut AsyncMysqlConnection,
    run_id: i64,
    days: &[NaiveDate],
    found: &[Suspicion],
) -> QueryResult<()> {
    for some in found.chunks(ROWS_A_STATEMENT) {
        let rows: Vec<_> = some.iter().map(|suspicion| (suspicions::run_id.eq(run_id), suspicion)).collect();
        diesel::insert_into(suspicions::table).values(rows).execute(connection).await?;
    }
    diesel::update(published_days::table.filter(published_days::date.eq_any(days)))
        .set(published_days::judged.eq(true))
        .execute(connection)
        .await?;
    Ok(())
}
