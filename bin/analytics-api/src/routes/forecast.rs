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
use utoipa::ToSchema;

use super::accuracy::{self, Measured};
use crate::answer::Answer;
use crate::csv::Table;
use crate::openapi::{Decimal, Described, Example, Figures, Tag, words};
use crate::parameters::{Date, Number, Parameters};
use crate::problem::Problem;
use crate::state::State;

const LIMIT: Number = Number {
    name: "limit",
    about: "Days shown, from the one in progress on.",
    legal: 1..=30,
    default: 7,
    default_varies: false,
};

const FORECAST_DATE: Date = Date {
    name: "forecast_date",
    about: "A business day, whose hours 0 to 23 are shown. Without it, 24 hours from the one in progress on, in the \
            order in which they come.",
    example: "2026-11-22",
};

pub(super) const DAILY: Figures = Figures {
    path: "/forecast/daily",
    name: "forecast_daily",
    tag: Tag::Forecast,
    summary: "The revenue expected of the coming business days, soonest first",
    description: "The business day in progress is the first. With a probability of 80 or 95 % the actual figure lies \
                  between `lower_` and `upper_`. All rows are of the newest origin. While `stage` is `none` there are \
                  none, or those of an older origin; `stage_reason` says why.",
    parameters: &[&LIMIT],
    answers: &[Described::generic::<Forecasts<ExpectedDay>, ExpectedDay>("DailyForecasts")],
    tables: DAYS,
    examples: &[Example {
        name: "next_day",
        query: "?limit=1",
        answer: include_str!("../openapi/examples/forecast_daily.json"),
    }],
};

pub(super) const HOURLY: Figures = Figures {
    path: "/forecast/hourly",
    name: "forecast_hourly",
    tag: Tag::Forecast,
    summary: "The orders expected by hour",
    description: "`forecast_value` is a number of orders with two decimals. `forecast_date` is the business day: at \
                  13:00 with a day start of 04:00 the rows are hours 13 to 23 and 0 to 3 of today's business day, then \
                  4 to 12 of the next.",
    parameters: &[&FORECAST_DATE],
    answers: &[Described::generic::<Forecasts<ExpectedHour>, ExpectedHour>("HourlyForecasts")],
    tables: HOURS,
    examples: &[Example {
        name: "coming_hours",
        query: "",
        answer: include_str!("../openapi/examples/forecast_hourly.json"),
    }],
};

/// What CSV shows of days.
const DAYS: &[Table] = &[Table {
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
const HOURS: &[Table] = &[Table {
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

/// Forecasts, and how far they can be relied on.
#[derive(Debug, Serialize, ToSchema)]
struct Forecasts<T> {
    /// Soonest first.
    forecasts: Vec<T>,
    /// Rows in `forecasts`.
    total_forecasts: usize,
    /// The last business day that the forecasts knew; null of those of the old service.
    #[schema(required)]
    forecast_origin: Option<NaiveDate>,
    /// What made the first of them; null of those of the old service.
    #[schema(required)]
    model: Option<String>,
    /// What the newest run could forecast; null before the first.
    #[schema(value_type = Option<ForecastStage>, required)]
    stage: Option<String>,
    /// Why `stage` is not `full`, in words for people.
    #[schema(required)]
    stage_reason: Option<String>,
    /// How near forecasts of the night before came over the last 28 business days; null until the first is over.
    #[schema(required)]
    recent_accuracy: Option<Measured>,
}

/// What is expected of a business day.
#[derive(Debug, Serialize, ToSchema)]
struct ExpectedDay {
    /// The business day.
    forecast_date: NaiveDate,
    /// Its revenue, in `meta.currency`.
    #[schema(value_type = Decimal)]
    forecast_value: Money,
    /// `daily_revenue`.
    #[schema(examples("daily_revenue"))]
    forecast_type: String,
    #[serde(flatten)]
    basis: Basis,
}

/// What is expected of an hour.
#[derive(Debug, Serialize, ToSchema)]
struct ExpectedHour {
    /// What the wall clock shows.
    #[schema(minimum = 0, maximum = 23)]
    hour: u8,
    /// Its orders.
    #[schema(value_type = Decimal)]
    forecast_value: Money,
    /// The business day that it belongs to.
    forecast_date: NaiveDate,
    #[serde(flatten)]
    basis: Basis,
}

/// How sure a forecast is, and where it comes from; all null for one adopted from the old service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForecastBasis)]
struct Basis {
    /// The lower end of the 80 % prediction interval; null where there is too little history to tell.
    #[schema(value_type = Option<Decimal>, required)]
    lower_80: Option<Money>,
    /// Its upper end.
    #[schema(value_type = Option<Decimal>, required)]
    upper_80: Option<Money>,
    /// The lower end of the 95 % prediction interval.
    #[schema(value_type = Option<Decimal>, required)]
    lower_95: Option<Money>,
    /// Its upper end.
    #[schema(value_type = Option<Decimal>, required)]
    upper_95: Option<Money>,
    /// Business days from the forecast origin to this day.
    #[schema(required)]
    horizon: Option<i32>,
    /// What made it.
    #[schema(required)]
    model: Option<String>,
}

words! {
    /// What could be forecast: nothing; something of under eight weeks of history, with a model that has hardly been
    /// tested; or all.
    ForecastStage: ["none", "provisional", "full"]
}

pub(super) async fn daily(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let limit = parameters.number(&LIMIT)?;
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
    answer(expected, model, recent, state, header, now)
}

pub(super) async fn hourly(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let day = parameters.date(&FORECAST_DATE)?;
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
    answer(expected, model, recent, state, header, now)
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
    forecasts: Vec<T>,
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
