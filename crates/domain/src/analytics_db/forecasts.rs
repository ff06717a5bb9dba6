//! Forecasts as issued: one row an origin, type and date.
//!
//! A forecast is a statement made at a time. One for a business day that has begun is never rewritten, so that
//! accuracy can be measured against what was said.

use std::collections::HashMap;

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::publication::ForecastStanding;
use super::schema::{forecast_history, publication};
use super::{ROWS_A_STATEMENT, values_of};

/// `forecast_type` of a day's revenue.
pub const DAILY_REVENUE: &str = "daily_revenue";
/// `forecast_type` of a day's orders.
pub const DAILY_ORDERS: &str = "daily_orders";
/// The orders of all 24 hours of a day, where they are spoken of together; no forecast is issued under this name.
pub const HOURLY_ORDERS: &str = "hourly_orders";

/// `forecast_type` of the orders of one wall-clock hour: `hourly_00` to `hourly_23`.
#[must_use]
pub fn hourly_orders(hour: u8) -> String {
    format!("hourly_{hour:02}")
}

/// A forecast of one figure for one business day.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = forecast_history, check_for_backend(diesel::mysql::Mysql))]
pub struct IssuedForecast {
    /// What is forecast.
    pub forecast_type: String,
    /// The business day it is for.
    pub forecast_date: NaiveDate,
    /// The last published day when it was made.
    pub origin: Option<NaiveDate>,
    /// How many business days after the origin.
    pub horizon: Option<i32>,
    /// What made it.
    pub model: Option<String>,
    /// The forecast.
    pub forecast_value: Option<BigDecimal>,
    /// The 80 % prediction interval's lower end.
    pub lower_80: Option<BigDecimal>,
    /// Its upper end.
    pub upper_80: Option<BigDecimal>,
    /// The 95 % prediction interval's lower end.
    pub lower_95: Option<BigDecimal>,
    /// Its upper end.
    pub upper_95: Option<BigDecimal>,
}

/// The forecasts that have been issued from `origin`.
///
/// # Errors
/// If the database refuses.
pub async fn issued_from(
    connection: &mut AsyncMysqlConnection,
    origin: NaiveDate,
) -> QueryResult<Vec<IssuedForecast>> {
    forecast_history::table
        .filter(forecast_history::origin.eq(origin))
        .select(IssuedForecast::as_select())
        .load(connection)
        .await
}

/// Those of `forecasts` to write: new ones, and changed ones for business days that have not `begun`.
#[must_use]
pub fn changes(
    issued: &[IssuedForecast],
    forecasts: Vec<IssuedForecast>,
    begun: impl Fn(NaiveDate) -> bool,
) -> Vec<IssuedForecast> {
    let issued: HashMap<_, _> =
        issued.iter().map(|row| ((row.forecast_type.as_str(), row.forecast_date), row)).collect();
    forecasts
        .into_iter()
        .filter(|forecast| match issued.get(&(forecast.forecast_type.as_str(), forecast.forecast_date)) {
            None => true,
            Some(standing) => *standing != forecast && !begun(forecast.forecast_date),
        })
        .collect()
}

/// Writes forecasts and makes `origin` the one that is served, inside the caller's publishing transaction.
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub async fn apply(
    connection: &mut AsyncMysqlConnection,
    origin: NaiveDate,
    standing: &ForecastStanding,
    forecasts: &[IssuedForecast],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    for some in forecasts.chunks(ROWS_A_STATEMENT) {
        let rows: Vec<_> = some
            .iter()
            .map(|forecast| (forecast, forecast_history::generated_at.eq(now.naive_utc())))
            .collect();
        diesel::insert_into(forecast_history::table)
            .values(rows)
            .on_conflict(diesel::dsl::DuplicatedKeys)
            .do_update()
            .set((
                forecast_history::horizon.eq(values_of(forecast_history::horizon)),
                forecast_history::model.eq(values_of(forecast_history::model)),
                forecast_history::forecast_value.eq(values_of(forecast_history::forecast_value)),
                forecast_history::lower_80.eq(values_of(forecast_history::lower_80)),
                forecast_history::upper_80.eq(values_of(forecast_history::upper_80)),
                forecast_history::lower_95.eq(values_of(forecast_history::lower_95)),
                forecast_history::upper_95.eq(values_of(forecast_history::upper_95)),
                forecast_history::generated_at.eq(values_of(forecast_history::generated_at)),
            ))
            .execute(connection)
            .await?;
    }
    diesel::update(publication::table)
        .set((publication::forecast_origin.eq(origin), standing))
        .execute(connection)
        .await?;
    Ok(())
}
