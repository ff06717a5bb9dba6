//! `/forecast/accuracy`: how near the forecasts came, as they were issued.

use chrono::{Days, NaiveDate};
use diesel::QueryResult;
use diesel_async::AsyncMysqlConnection;
use domain::analytics_db::answers::{
    DateRange, Header, IssuedThen, JudgedDay, Measures, judged_days, measures, measures_of,
};
use domain::analytics_db::forecasts::{DAILY_ORDERS, DAILY_REVENUE, HOURLY_ORDERS};
use domain::money::Money;
use serde::Serialize;

use super::forecast::ends;
use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::state::State;

/// Days that the recent accuracy is measured over, unless a request says otherwise: four of each weekday.
pub(super) const RECENT_DAYS: u32 = 28;

/// The horizons at which each day's forecasts are shown: the night before and the week before.
const SHOWN: [i32; 2] = [NEXT_DAY, NEXT_WEEK];
const NEXT_DAY: i32 = 1;
const NEXT_WEEK: i32 = 7;

/// How each measured figure is named, and in which order they are told.
const FIGURES: [&str; 3] = [DAILY_REVENUE, DAILY_ORDERS, HOURLY_ORDERS];

/// What CSV shows.
pub(super) const TABLES: &[Table] = &[Table {
    list: "accuracy",
    beside: None,
    each: Some("horizons"),
    columns: &["forecast_type", "horizon", "days", "wape", "bias", "mase", "coverage_80", "coverage_95"],
}];

#[derive(Debug, Serialize)]
struct Accuracy {
    accuracy: Vec<OfFigure>,
    total_days: usize,
}

#[derive(Debug, Serialize)]
struct OfFigure {
    forecast_type: &'static str,
    horizons: Vec<Measured>,
    days: Vec<Day>,
}

/// Measures as answers show them: ratios, and null where one is not defined.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    horizon: i32,
    days: i64,
    wape: Option<f64>,
    bias: Option<f64>,
    mase: Option<f64>,
    coverage_80: Option<f64>,
    coverage_95: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Day {
    date: NaiveDate,
    actual: Money,
    horizon_1: Option<Issued>,
    horizon_7: Option<Issued>,
}

/// A forecast as it was issued. Hours taken together have no interval.
#[derive(Debug, Serialize)]
struct Issued {
    forecast_value: Money,
    lower_80: Option<Money>,
    upper_80: Option<Money>,
    lower_95: Option<Money>,
    upper_95: Option<Money>,
    model: Option<String>,
    origin: NaiveDate,
}

pub(super) async fn accuracy(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let days = parameters.number("days", 1..=366, RECENT_DAYS)?;
    let now = state.now();
    let (header, (measures, judged)) = state
        .database
        .read(async |connection, header| {
            let Some(range) = latest(days, header) else { return Ok((Vec::new(), Vec::new())) };
            let measures = measures(connection, range).await?;
            Ok((measures, judged_days(connection, range, SHOWN).await?))
        })
        .await?;
    let mut dates: Vec<NaiveDate> = judged.iter().map(|day| day.date).collect();
    dates.dedup();
    let of_figure = |figure: &'static str| {
        let of_it = measures.iter().filter(|(measured, _)| measured == figure);
        let horizons = of_it.map(|(_, measures)| Measured::from(*measures)).collect();
        OfFigure { forecast_type: figure, horizons, days: days_of(figure, &judged) }
    };
    let accuracy = FIGURES.into_iter().map(of_figure).collect();
    let total_days = dates.len();
    let missing = latest(days, &header)
        .map_or_else(Vec::new, |range| missing_dates(range, &header, header.first_published, now, dates));
    state.answer(&Accuracy { accuracy, total_days }, header, now, missing)
}

/// The measures of the newest days' forecasts of a figure, made the night before each; none if there were none.
pub(super) async fn recent(
    connection: &mut AsyncMysqlConnection,
    header: &Header,
    figure: &str,
) -> QueryResult<Option<Measured>> {
    let Some(range) = latest(RECENT_DAYS, header) else { return Ok(None) };
    Ok(measures_of(connection, range, figure, NEXT_DAY).await?.map(Measured::from))
}

/// The business days up to the last published one.
fn latest(days: u32, header: &Header) -> Option<DateRange> {
    let last = header.computed_through?;
    Some(DateRange { first: last.checked_sub_days(Days::new(u64::from(days) - 1))?, last })
}

/// The days, oldest first, each with what was said of one figure.
fn days_of(figure: &str, judged: &[JudgedDay]) -> Vec<Day> {
    judged
        .chunk_by(|one, next| one.date == next.date)
        .filter_map(|rows| {
            let day = rows.first()?;
            let at = |horizon: i32| {
                let mut issued = rows.iter().filter_map(|row| row.issued.as_ref());
                issued
                    .find(|issued| issued.forecast_type == figure && issued.horizon == horizon)
                    .map(Issued::from)
            };
            let actual = if figure == DAILY_REVENUE { &day.revenue } else { &day.orders };
            Some(Day {
                date: day.date,
                actual: actual.clone(),
                horizon_1: at(NEXT_DAY),
                horizon_7: at(NEXT_WEEK),
            })
        })
        .collect()
}

impl From<Measures> for Measured {
    fn from(measures: Measures) -> Self {
        let Measures { horizon, days, wape, bias, mase, coverage_80, coverage_95 } = measures;
        Self { horizon, days, wape, bias, mase, coverage_80, coverage_95 }
    }
}

impl From<&IssuedThen> for Issued {
    fn from(issued: &IssuedThen) -> Self {
        let (lower_80, upper_80) = ends(issued.interval_80.clone());
        let (lower_95, upper_95) = ends(issued.interval_95.clone());
        Self {
            forecast_value: issued.value.clone(),
            lower_80,
            upper_80,
            lower_95,
            upper_95,
            model: issued.model.clone(),
            origin: issued.origin,
        }
    }
}
