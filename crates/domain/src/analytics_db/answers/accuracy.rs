//! How near the forecasts came, as they were issued: measures by horizon, and the days one by one.

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive as _, Zero as _};
use chrono::NaiveDate;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Date, Double, Integer, Nullable, Numeric, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::DateRange;
use super::forecasts::{Interval, interval};
use crate::analytics_db::forecasts::{DAILY_ORDERS, DAILY_REVENUE, HOURLY_ORDERS};
use crate::analytics_db::schema::{daily_revenue_cache, forecast_accuracy, published_days};
use crate::money::Money;

/// Decimal places of a measure.
const PLACES: i64 = 4;

/// What the measures of every figure and horizon are made of, and those of one.
const SUMS_OF_ALL: &str = concat!(
    include_str!("accuracy_measures.sql"),
    "GROUP BY figure, accuracy.horizon ORDER BY figure, accuracy.horizon"
);
const SUMS_OF_ONE: &str = concat!(
    include_str!("accuracy_measures.sql"),
    "AND accuracy.forecast_type = ? AND accuracy.horizon = ? GROUP BY figure, accuracy.horizon"
);

/// The measured figures by name; accuracy_measures.sql tells their places, from 1 on.
const FIGURES: [&str; 3] = [DAILY_ORDERS, DAILY_REVENUE, HOURLY_ORDERS];

/// Measures over the forecasts of some days at one horizon, as ratios: 0.25 is 25 %. None where a measure is not
/// defined: nothing sold, nothing that naive could repeat or would have missed, no interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// How many business days before its day each forecast was made.
    pub horizon: i32,
    /// Days that had such a forecast.
    pub days: i64,
    /// Σ|y−ŷ| / Σ|y|.
    pub wape: Option<f64>,
    /// Σ(ŷ−y) / Σy.
    pub bias: Option<f64>,
    /// Σ|y−ŷ| / Σ|y−naive|, naive made from the same origin, over the days that have both.
    pub mase: Option<f64>,
    /// Share of the truth inside the 80 % interval.
    pub coverage_80: Option<f64>,
    /// Share of the truth inside the 95 % interval.
    pub coverage_95: Option<f64>,
}

#[derive(QueryableByName)]
struct Sums {
    #[diesel(sql_type = BigInt)]
    figure: i64,
    #[diesel(sql_type = Integer)]
    horizon: i32,
    #[diesel(sql_type = BigInt)]
    days: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    below_zero: Option<BigDecimal>,
    #[diesel(sql_type = Numeric)]
    actual: BigDecimal,
    #[diesel(sql_type = Numeric)]
    forecast: BigDecimal,
    #[diesel(sql_type = Numeric)]
    absolute_error: BigDecimal,
    #[diesel(sql_type = Nullable<Numeric>)]
    incomparable_error: Option<BigDecimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    naive_error: Option<BigDecimal>,
    #[diesel(sql_type = Double)]
    intervals: f64,
    #[diesel(sql_type = Double)]
    inside_80: f64,
    #[diesel(sql_type = Double)]
    inside_95: f64,
}

/// The measures of every figure and horizon over the range's days, by name of the figure and by horizon. One statement.
///
/// # Errors
/// Those of the database.
pub async fn measures(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
) -> QueryResult<Vec<(String, Measures)>> {
    let sums: Vec<Sums> = sums(SUMS_OF_ALL, range).load(connection).await?;
    let named = |sums: Sums| {
        // Of a figure that is not measured there is no place.
        let place = usize::try_from(sums.figure).ok()?.checked_sub(1)?;
        Some(((*FIGURES.get(place)?).to_owned(), Measures::from(sums)))
    };
    Ok(sums.into_iter().filter_map(named).collect())
}

/// The measures of one figure at one horizon over the range's days; none if there was no such forecast. One statement.
///
/// # Errors
/// Those of the database.
pub async fn measures_of(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
    forecast_type: &str,
    horizon: i32,
) -> QueryResult<Option<Measures>> {
    let query = sums(SUMS_OF_ONE, range).bind::<Text, _>(forecast_type).bind::<Integer, _>(horizon);
    let sums: Option<Sums> = query.get_result(connection).await.optional()?;
    Ok(sums.map(Measures::from))
}

fn sums<'q>(text: &'static str, range: DateRange) -> BoxedSqlQuery<'q, Mysql, SqlQuery> {
    let [first, second, third] = FIGURES;
    diesel::sql_query(text)
        .into_boxed()
        .bind::<Text, _>(first)
        .bind::<Text, _>(second)
        .bind::<Text, _>(third)
        .bind::<Date, _>(range.first)
        .bind::<Date, _>(range.last)
}

impl From<Sums> for Measures {
    fn from(sums: Sums) -> Self {
        // Of what is below zero the size is the opposite.
        let size = &sums.actual - sums.below_zero.unwrap_or_default() * 2;
        let comparable_error = &sums.absolute_error - sums.incomparable_error.unwrap_or_default();
        Self {
            horizon: sums.horizon,
            days: sums.days,
            wape: ratio(&sums.absolute_error, &size),
            bias: ratio(&(sums.forecast - &sums.actual), &sums.actual),
            mase: sums.naive_error.and_then(|naive| ratio(&comparable_error, &naive)),
            coverage_80: share(sums.inside_80, sums.intervals),
            coverage_95: share(sums.inside_95, sums.intervals),
        }
    }
}

fn ratio(numerator: &BigDecimal, denominator: &BigDecimal) -> Option<f64> {
    if denominator.is_zero() {
        return None;
    }
    (numerator / denominator).with_scale_round(PLACES, RoundingMode::HalfUp).to_f64()
}

/// A ratio of counts.
fn share(part: f64, whole: f64) -> Option<f64> {
    let scale = 10_f64.powi(i32::try_from(PLACES).ok()?);
    (whole > 0.0).then(|| (part * scale / whole).round() / scale)
}

/// A published business day, with one forecast of one figure that was issued for it, if any was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedDay {
    /// The business day.
    pub date: NaiveDate,
    /// What it sold.
    pub revenue: Money,
    /// Its served orders, as a number to hold forecasts against.
    pub orders: Money,
    /// The forecast.
    pub issued: Option<IssuedThen>,
}

/// A forecast as it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedThen {
    /// `daily_revenue`, `daily_orders` or `hourly_orders`.
    pub forecast_type: String,
    /// How many business days before its day it was made.
    pub horizon: i32,
    /// The last day that it knew.
    pub origin: NaiveDate,
    /// What made it.
    pub model: Option<String>,
    /// What was forecast.
    pub value: Money,
    /// The 80 % prediction interval.
    pub interval_80: Option<Interval>,
    /// The 95 % prediction interval.
    pub interval_95: Option<Interval>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = forecast_accuracy, check_for_backend(diesel::mysql::Mysql))]
struct IssuedColumns {
    forecast_type: String,
    horizon: i32,
    origin: NaiveDate,
    model: Option<String>,
    forecast: BigDecimal,
    lower_80: Option<BigDecimal>,
    upper_80: Option<BigDecimal>,
    lower_95: Option<BigDecimal>,
    upper_95: Option<BigDecimal>,
}

type Columns = (NaiveDate, Option<BigDecimal>, Option<i32>, Option<IssuedColumns>);

/// The published days of the range, oldest first, each as often as a forecast at one of `horizons` was issued for it,
/// and at least once. One statement.
///
/// # Errors
/// Those of the database.
pub async fn judged_days(
    connection: &mut AsyncMysqlConnection,
    range: DateRange,
    horizons: [i32; 2],
) -> QueryResult<Vec<JudgedDay>> {
    let issued = forecast_accuracy::date
        .eq(published_days::date)
        .and(published_days::scored)
        .and(forecast_accuracy::horizon.eq_any(horizons));
    let rows: Vec<Columns> = published_days::table
        .inner_join(daily_revenue_cache::table.on(daily_revenue_cache::date.eq(published_days::date)))
        .left_join(forecast_accuracy::table.on(issued))
        .filter(published_days::date.between(range.first, range.last))
        .order(published_days::date)
        .select((
            published_days::date,
            daily_revenue_cache::total_revenue,
            daily_revenue_cache::order_count,
            Option::<IssuedColumns>::as_select(),
        ))
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(JudgedDay::from).collect())
}

impl From<Columns> for JudgedDay {
    fn from((date, revenue, orders, issued): Columns) -> Self {
        Self {
            date,
            revenue: revenue.unwrap_or_default().into(),
            orders: BigDecimal::from(orders.unwrap_or_default()).into(),
            issued: issued.map(IssuedThen::from),
        }
    }
}

impl From<IssuedColumns> for IssuedThen {
    fn from(row: IssuedColumns) -> Self {
        Self {
            forecast_type: row.forecast_type,
            horizon: row.horizon,
            origin: row.origin,
            model: row.model,
            value: row.forecast.into(),
            interval_80: interval(row.lower_80, row.upper_80),
            interval_95: interval(row.lower_95, row.upper_95),
        }
    }
}
