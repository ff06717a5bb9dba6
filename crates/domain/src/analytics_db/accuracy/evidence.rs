//! What scores are made from, as it stands in the tables.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::BigDecimal;
use chrono::{Days, NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::super::forecasts::{DAILY_ORDERS, DAILY_REVENUE, IssuedForecast, hourly_orders};
use super::super::schema::{daily_revenue_cache, forecast_history, hourly_order_cache, published_days};
use super::NAIVE_WEEKS;

/// Hours of a published day.
pub(super) const HOURS: u8 = 24;

/// A forecast and when it was made.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = forecast_history, check_for_backend(diesel::mysql::Mysql))]
pub(in super::super) struct Issued {
    #[diesel(embed)]
    pub(in super::super) forecast: IssuedForecast,
    pub(super) generated_at: Option<NaiveDateTime>,
}

/// What a published day came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) revenue: BigDecimal,
    pub(super) orders: BigDecimal,
    pub(super) hourly_orders: [BigDecimal; HOURS as usize],
}

/// The forecasts of some days, and what these days and those that naive forecasts may repeat came to.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) issued: Vec<Issued>,
    pub(super) figures: BTreeMap<NaiveDate, Figures>,
}

impl Evidence {
    /// The evidence for `days`, in at most three statements.
    pub(super) async fn of(connection: &mut AsyncMysqlConnection, days: &[NaiveDate]) -> QueryResult<Self> {
        let types = (0..HOURS).map(hourly_orders);
        let types = types.chain([DAILY_REVENUE.to_owned(), DAILY_ORDERS.to_owned()]);
        let issued: Vec<Issued> = forecast_history::table
            .filter(forecast_history::forecast_type.eq_any(types))
            .filter(forecast_history::forecast_date.eq_any(days))
            .filter(forecast_history::origin.is_not_null())
            .select(Issued::as_select())
            .load(connection)
            .await?;
        if issued.is_empty() {
            return Ok(Self::default());
        }
        let weeks_before = |day: &NaiveDate| {
            let day = *day;
            (0..=NAIVE_WEEKS).filter_map(move |weeks| day.checked_sub_days(Days::new(7 * weeks)))
        };
        let needed: BTreeSet<NaiveDate> = days.iter().flat_map(weeks_before).collect();
        Ok(Self { issued, figures: figures(connection, &needed).await? })
    }
}

/// Those of `days` that are published, with what they came to.
async fn figures(
    connection: &mut AsyncMysqlConnection,
    days: &BTreeSet<NaiveDate>,
) -> QueryResult<BTreeMap<NaiveDate, Figures>> {
    let daily: Vec<(NaiveDate, Option<BigDecimal>, Option<i32>)> = daily_revenue_cache::table
        .inner_join(published_days::table.on(published_days::date.eq(daily_revenue_cache::date)))
        .filter(daily_revenue_cache::date.eq_any(days))
        .select((
            daily_revenue_cache::date,
            daily_revenue_cache::total_revenue,
            daily_revenue_cache::order_count,
        ))
        .load(connection)
        .await?;
    let hourly: Vec<(NaiveDate, i32, Option<i32>)> = hourly_order_cache::table
        .filter(hourly_order_cache::date.eq_any(days))
        .select((hourly_order_cache::date, hourly_order_cache::hour, hourly_order_cache::order_count))
        .load(connection)
        .await?;
    let mut figures: BTreeMap<NaiveDate, Figures> = daily
        .into_iter()
        .map(|(date, revenue, orders)| {
            let (revenue, orders) = (revenue.unwrap_or_default(), orders.unwrap_or_default().into());
            (date, Figures { revenue, orders, ..Figures::default() })
        })
        .collect();
    for (date, hour, orders) in hourly {
        if let Some(day) = figures.get_mut(&date)
            && let Some(hour) = usize::try_from(hour).ok().and_then(|hour| day.hourly_orders.get_mut(hour))
        {
            *hour = orders.unwrap_or_default().into();
        }
    }
    Ok(figures)
}
