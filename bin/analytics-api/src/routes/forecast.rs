//! `/forecast/daily` and `/forecast/hourly`: what is expected, soonest first.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::QueryResult;
use diesel_async::AsyncMysqlConnection;
use domain::analytics_db::answers::{
    DateRange, Forecast, Header, Interval, daily_revenue_forecasts, hourly_order_forecasts,
};
use domain::analytics_db::forecasts::{DAILY_REVENUE, HOURLY_ORDERS};
use domain::calendar::{BusinessHour, Calendar};
use domain::money::Money;
use serde::Serialize;

use super::accuracy::{self, Measured};
use crate::answer::Answer;
use crate::csv::Table;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::state::State;

/// What CSV shows of days.
pub(super) const DAYS: &[Table] = &[Table {
    list: "forecasts",
    beside: None,
    each: None,
    columns: &[
        "forecast_date",
        "forecast_value",
        "forecast_type",
        "lower_80",
        "upper_80",
        "lower_95",
        "upper_95",
        "horizon",
        "model",
    ],
}];

/// What CSV shows of hours.
pub(super) const HOURS: &[Table] = &[Table {
    list: "forecasts",
    beside: None,
    each: None,
    columns: &[
        "forecast_date",
        "hour",
        "forecast_value",
        "lower_80",
        "upper_80",
        "lower_95",
        "upper_95",
        "horizon",
        "model",
    ],
}];

#[derive(Debug, Serialize)]
struct Forecasts<'a, T> {
    forecasts: &'a [T],
    total_forecasts: usize,
    forecast_origin: Option<NaiveDate>,
    /// What made the first of them.
    model: Option<String>,
    stage: Option<String>,
    stage_reason: Option<String>,
    recent_accuracy: Option<Measured>,
}

#[derive(Debug, Serialize)]
struct ExpectedDay {
    forecast_date: NaiveDate,
    forecast_value: Money,
    forecast_type: String,
    #[serde(flatten)]
    basis: Basis,
}

#[derive(Debug, Serialize)]
struct ExpectedHour {
    hour: u8,
    forecast_value: Money,
    forecast_date: NaiveDate,
    #[serde(flatten)]
    basis: Basis,
}

/// How sure a forecast is, and where it comes from; all null for one adopted from the old service.
#[derive(Debug, Serialize)]
struct Basis {
    lower_80: Option<Money>,
    upper_80: Option<Money>,
    lower_95: Option<Money>,
    upper_95: Option<Money>,
    horizon: Option<i32>,
    model: Option<String>,
}

pub(super) async fn daily(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let limit = parameters.number("limit", 1..=30, 7)?;
    let now = state.now();
    let (header, (forecasts, recent)) = state
        .database
        .read(async |connection, header| {
            let coming = DateRange { first: header.calendar_or_default().day_of(now), ..DateRange::ALL };
            let forecasts =
                daily_revenue_forecasts(connection, header.forecast_origin, coming, limit).await?;
            let recent = recent_accuracy(connection, header, &forecasts, DAILY_REVENUE).await?;
            Ok((forecasts, recent))
        })
        .await?;
    let model = model(&forecasts);
    let expected: Vec<_> = forecasts.into_iter().map(ExpectedDay::from).collect();
    answer(&expected, model, recent, state, header, now)
}

pub(super) async fn hourly(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let day = parameters.date("forecast_date")?;
    let now = state.now();
    let (header, (forecasts, recent)) = state
        .database
        .read(async |connection, header| {
            let range = range_of(&hours(day, header, now));
            let forecasts = hourly_order_forecasts(connection, header.forecast_origin, range).await?;
            let recent = recent_accuracy(connection, header, &forecasts, HOURLY_ORDERS).await?;
            Ok((forecasts, recent))
        })
        .await?;
    let model = model(&forecasts);
    let mut by_hour: HashMap<(NaiveDate, Option<u8>), Forecast> =
        forecasts.into_iter().map(|forecast| ((forecast.date, forecast.hour()), forecast)).collect();
    let expected: Vec<_> = hours(day, &header, now)
        .into_iter()
        .filter_map(|BusinessHour { day, hour }| {
            by_hour.remove(&(day, Some(hour))).map(|forecast| ExpectedHour::new(hour, forecast))
        })
        .collect();
    answer(&expected, model, recent, state, header, now)
}

/// How near forecasts like these came lately. Of adopted ones nobody knows; not asking keeps to three statements.
async fn recent_accuracy(
    connection: &mut AsyncMysqlConnection,
    header: &Header,
    forecasts: &[Forecast],
    figure: &str,
) -> QueryResult<Option<Measured>> {
    if model(forecasts).is_none() { Ok(None) } else { accuracy::recent(connection, header, figure).await }
}

fn model(forecasts: &[Forecast]) -> Option<String> {
    forecasts.first().and_then(|forecast| forecast.model.clone())
}

fn answer<T: Serialize>(
    forecasts: &[T],
    model: Option<String>,
    recent_accuracy: Option<Measured>,
    state: &State,
    header: Header,
    now: DateTime<Utc>,
) -> Result<Answer, Problem> {
    let forecasts = Forecasts {
        total_forecasts: forecasts.len(),
        forecasts,
        forecast_origin: header.forecast_origin,
        model,
        stage: header.forecast_stage.clone(),
        stage_reason: header.forecast_reason.clone(),
        recent_accuracy,
    };
    state.answer(&forecasts, header, now, Vec::new())
}

/// The hours to answer with, in order: those of `day` by number, or the 24 from the one in progress on.
fn hours(day: Option<NaiveDate>, header: &Header, now: DateTime<Utc>) -> Vec<BusinessHour> {
    match day {
        Some(day) => (0..24).map(|hour| BusinessHour { day, hour }).collect(),
        None => coming_hours(header.calendar_or_default(), now),
    }
}

fn coming_hours(calendar: Calendar, now: DateTime<Utc>) -> Vec<BusinessHour> {
    let BusinessHour { day, hour: current } = calendar.hour_of(now);
    let slots = |day| calendar.hours_in_order().map(move |hour| BusinessHour { day, hour });
    slots(day).chain(slots(day + Days::new(1))).skip_while(|slot| slot.hour != current).take(24).collect()
}

fn range_of(hours: &[BusinessHour]) -> DateRange {
    let days = || hours.iter().map(|slot| slot.day);
    DateRange {
        first: days().min().unwrap_or(DateRange::ALL.last),
        last: days().max().unwrap_or(DateRange::ALL.first),
    }
}

impl From<Forecast> for ExpectedDay {
    fn from(forecast: Forecast) -> Self {
        Self {
            forecast_date: forecast.date,
            forecast_value: forecast.value,
            forecast_type: forecast.forecast_type,
            basis: Basis::new(forecast.interval_80, forecast.interval_95, forecast.horizon, forecast.model),
        }
    }
}

impl ExpectedHour {
    fn new(hour: u8, forecast: Forecast) -> Self {
        Self {
            hour,
            forecast_value: forecast.value,
            forecast_date: forecast.date,
            basis: Basis::new(forecast.interval_80, forecast.interval_95, forecast.horizon, forecast.model),
        }
    }
}

impl Basis {
    fn new(
        interval_80: Option<Interval>,
        interval_95: Option<Interval>,
        horizon: Option<i32>,
        model: Option<String>,
    ) -> Self {
        let (lower_80, upper_80) = ends(interval_80);
        let (lower_95, upper_95) = ends(interval_95);
        Self { lower_80, upper_80, lower_95, upper_95, horizon, model }
    }
}

pub(super) fn ends(interval: Option<Interval>) -> (Option<Money>, Option<Money>) {
    interval.map_or((None, None), |interval| (Some(interval.lower), Some(interval.upper)))
}
