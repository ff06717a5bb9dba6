//! The published past, as the forecast wants it.

use std::collections::BTreeMap;

use bigdecimal::{BigDecimal, ToPrimitive as _};
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::schema::{daily_revenue_cache, hourly_order_cache, published_days};
use crate::forecast::{DayTotals, History};

/// The business days of at most the last `days` up to the last published one: published ones with their totals, the
/// others as missing. Days adopted from the old service are missing too, since it booked them by another calendar.
/// None when nothing is published.
///
/// # Errors
/// If the database refuses.
pub async fn published(connection: &mut AsyncMysqlConnection, days: u64) -> QueryResult<Option<History>> {
    let last: Option<NaiveDate> =
        published_days::table.select(diesel::dsl::max(published_days::date)).get_result(connection).await?;
    let Some(last) = last else { return Ok(None) };
    let earliest = last - Days::new(days.saturating_sub(1));

    let daily: Vec<(NaiveDate, Option<BigDecimal>, Option<i32>)> = daily_revenue_cache::table
        .inner_join(published_days::table.on(published_days::date.eq(daily_revenue_cache::date)))
        .filter(daily_revenue_cache::date.between(earliest, last))
        .select((
            daily_revenue_cache::date,
            daily_revenue_cache::total_revenue,
            daily_revenue_cache::order_count,
        ))
        .load(connection)
        .await?;
    let hourly: Vec<(NaiveDate, i32, Option<i32>)> = hourly_order_cache::table
        .filter(hourly_order_cache::date.between(earliest, last))
        .select((hourly_order_cache::date, hourly_order_cache::hour, hourly_order_cache::order_count))
        .load(connection)
        .await?;

    let mut totals: BTreeMap<NaiveDate, DayTotals> = daily
        .into_iter()
        .map(|(date, revenue, orders)| {
            let day = DayTotals {
                revenue: revenue.and_then(|revenue| revenue.to_f64()).unwrap_or_default(),
                orders: f64::from(orders.unwrap_or_default()),
                hourly_orders: [0.0; 24],
            };
            (date, day)
        })
        .collect();
    for (date, hour, orders) in hourly {
        let slot = usize::try_from(hour).ok();
        if let (Some(day), Some(slot)) = (totals.get_mut(&date), slot)
            && let Some(value) = day.hourly_orders.get_mut(slot)
        {
            *value = f64::from(orders.unwrap_or_default());
        }
    }
    let Some(first_day) = totals.keys().next().copied() else { return Ok(None) };
    let days = first_day.iter_days().take_while(|day| *day <= last).map(|day| totals.remove(&day)).collect();
    Ok(Some(History { first_day, days }))
}
