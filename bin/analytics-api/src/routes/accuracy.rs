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
use utoipa::ToSchema;

use super::forecast::ends;
use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::openapi::{Decimal, Described, Example, Figures, Tag, words};
use crate::parameters::{Number, Parameters};
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

const DAYS: Number = Number {
    name: "days",
    about: "Business days looked back on, up to the last published one.",
    legal: 1..=366,
    default: RECENT_DAYS,
    default_varies: false,
};

pub(super) const ENDPOINT: Figures = Figures {
    path: "/forecast/accuracy",
    name: "forecast_accuracy",
    tag: Tag::Forecast,
    summary: "How near the forecasts came, as they were issued",
    description: "By figure, its measures by horizon, then day by day what was said. The three figures are always \
                  there, in this order. `hourly_orders` takes the 24 hours of a day together: `actual` and \
                  `forecast_value` are their sums, while errors and intervals are judged hour by hour. As CSV a row is a \
                  figure at a horizon.",
    parameters: &[&DAYS],
    answers: &[Described::of::<Accuracy>()],
    tables: TABLES,
    examples: &[Example {
        name: "two_days",
        query: "?days=2",
        answer: include_str!("../openapi/examples/forecast_accuracy.json"),
    }],
};

/// What CSV shows.
const TABLES: &[Table] = &[Table {
    list: "accuracy",
    beside: None,
    each: Some("horizons"),
    columns: &["forecast_type", "horizon", "days", "wape", "bias", "mase", "coverage_80", "coverage_95"],
}];

/// How near the forecasts came.
#[derive(Debug, Serialize, ToSchema)]
struct Accuracy {
    /// Figure by figure.
    accuracy: Vec<OfFigure>,
    /// Business days that were judged.
    total_days: usize,
}

/// How near the forecasts of a figure came.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FigureAccuracy)]
struct OfFigure {
    /// The figure.
    #[schema(value_type = JudgedFigure)]
    forecast_type: &'static str,
    /// The measures, a row for each number of days ahead at which something was forecast.
    horizons: Vec<Measured>,
    /// What was said and what came, by date.
    days: Vec<Day>,
}

words!(JudgedFigure: FIGURES);

/// Measures of forecasts: ratios to four places, 0.25 being 25 %, and null where one is not defined.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Measures)]
pub(super) struct Measured {
    /// How many business days ahead.
    #[schema(minimum = 1)]
    horizon: i32,
    /// Business days judged.
    #[schema(minimum = 0)]
    days: i64,
    /// The sum of the absolute errors over that of the actual figures.
    #[schema(required)]
    wape: Option<f64>,
    /// The sum of the errors over that of the actual figures: above 0 when forecasts were too high.
    #[schema(required)]
    bias: Option<f64>,
    /// The sum of the absolute errors over that of the seasonal naive forecast: below 1 when ours was better.
    #[schema(required)]
    mase: Option<f64>,
    /// The share of actual figures inside the 80 % interval.
    #[schema(required)]
    coverage_80: Option<f64>,
    /// The share of actual figures inside the 95 % interval.
    #[schema(required)]
    coverage_95: Option<f64>,
}

/// What was said of a business day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JudgedDay)]
struct Day {
    /// The business day.
    date: NaiveDate,
    /// What came: revenue in `meta.currency`, or orders.
    #[schema(value_type = Decimal)]
    actual: Money,
    /// What was said in the night into the day; null if nothing was issued in time.
    #[schema(required)]
    horizon_1: Option<Issued>,
    /// What was said six days before that.
    #[schema(required)]
    horizon_7: Option<Issued>,
}

/// A forecast as it was issued. Hours taken together have no interval.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuedForecast)]
struct Issued {
    /// What was expected: revenue in `meta.currency`, or orders.
    #[schema(value_type = Decimal)]
    forecast_value: Money,
    /// The lower end of the 80 % prediction interval.
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
    /// What made it.
    #[schema(required)]
    model: Option<String>,
    /// The last business day that it knew.
    origin: NaiveDate,
}

pub(super) async fn accuracy(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let days = parameters.number(&DAYS)?;
    // The table shows no day, and of a year they take as long to read as the measures.
    let shows_days = !parameters.is_for_table();
    let now = state.now();
    let (header, (measures, judged)) = state
        .database
        .read(async |connection, header| {
            let Some(range) = latest(days, header) else { return Ok((Vec::new(), Vec::new())) };
            let measures = measures(connection, range).await?;
            let judged = if shows_days { judged_days(connection, range, SHOWN).await? } else { Vec::new() };
            Ok((measures, judged))
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
        .filter(|_| shows_days)
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
