//! `/hourly`: orders by wall-clock hour, or what is usual at each hour of the week.

mod heat_map;

use chrono::{Days, NaiveDate};
use domain::analytics_db::answers::{DateRange, Header, HourlyRow, hourly_rows};
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) use heat_map::hundredths;
use heat_map::{HourOfWeek, hours_of_the_week};

use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::openapi::{Decimal, Described, Example, Figures, Tag};
use crate::parameters::{Choice, Date, Number, Parameters};
use crate::problem::Problem;
use crate::state::State;

pub(super) const TARGET_DATE: Date = Date {
    name: "target_date",
    about: "The last business day shown. Without it, the last published one.",
    example: "2026-11-21",
};

const DAYS_BACK: Number = Number {
    name: "days_back",
    about: "Business days shown, the last one included. The default is 7, and with `group_by=weekday_hour` 28: four of \
            each weekday.",
    legal: 1..=92,
    default: 7,
    default_varies: true,
};

/// Four of each weekday tell what is usual.
const DAYS_OF_THE_USUAL: u32 = 28;

/// Whether hours of the week are put together.
const GROUP_BY: Choice<bool> = Choice {
    name: "group_by",
    about: "`hour` gives each hour of each day, `weekday_hour` what is usual at each hour of the week: a heat map.",
    legal: &[("hour", false), ("weekday_hour", true)],
    default: false,
};

pub(super) const ENDPOINT: Figures = Figures {
    path: "/hourly",
    name: "hourly",
    tag: Tag::Sales,
    summary: "Orders and revenue by hour, or what is usual at each hour of the week",
    description: "Every published day has 24 hours, by what the restaurant's wall clock shows; hours before \
                  `meta.day_start` are the last of their business day. A day adopted from the old service may lack \
                  hours, and has no revenue by hour. `hourly_data` comes by default, `hours_of_the_week` with \
                  `group_by=weekday_hour`.",
    parameters: &[&TARGET_DATE, &DAYS_BACK, &GROUP_BY],
    answers: &[Described::of::<Hourly>(), Described::of::<HeatMap>()],
    tables: TABLES,
    examples: &[
        Example {
            name: "hours",
            query: "?target_date=2026-11-17&days_back=1",
            answer: include_str!("../../openapi/examples/hourly.json"),
        },
        Example {
            name: "heat_map",
            query: "?target_date=2026-11-17&group_by=weekday_hour",
            answer: include_str!("../../openapi/examples/hourly_heat_map.json"),
        },
    ],
};

/// What CSV shows.
const TABLES: &[Table] = &[
    Table {
        list: "hourly_data",
        beside: None,
        each: None,
        columns: &["date", "hour", "order_count", "revenue"],
    },
    Table {
        list: "hours_of_the_week",
        beside: None,
        each: None,
        columns: &["weekday", "hour", "average_orders", "median_orders", "average_revenue", "days_counted"],
    },
];

/// Hours of business days.
#[derive(Debug, Serialize, ToSchema)]
struct Hourly {
    /// By date and hour.
    hourly_data: Vec<Hour>,
    /// Rows in `hourly_data`.
    total_records: usize,
}

/// What is usual at each hour of the week.
#[derive(Debug, Serialize, ToSchema)]
struct HeatMap {
    /// From Monday on, by hour.
    hours_of_the_week: Vec<HourOfWeek>,
    /// Rows in `hours_of_the_week`.
    total_records: usize,
}

/// An hour of a business day.
#[derive(Debug, Serialize, ToSchema)]
struct Hour {
    /// The business day.
    date: NaiveDate,
    /// What the wall clock shows.
    #[schema(minimum = 0, maximum = 23)]
    hour: i32,
    /// Orders served.
    #[schema(minimum = 0)]
    order_count: i32,
    /// The sum of their totals, in `meta.currency`; null on a day adopted from the old service.
    #[schema(value_type = Option<Decimal>, required)]
    revenue: Option<Money>,
}

pub(super) async fn hourly(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let target = parameters.date(&TARGET_DATE)?;
    let by_hour_of_week = parameters.choice(&GROUP_BY)?;
    let usual = if by_hour_of_week { DAYS_OF_THE_USUAL } else { DAYS_BACK.default };
    let days_back = parameters.number_or(&DAYS_BACK, usual)?;
    let now = state.now();
    let (header, rows) = state
        .database
        .read(async |connection, header| match days_back_to(target, days_back, header) {
            Some(range) => hourly_rows(connection, range).await,
            None => Ok(Vec::new()),
        })
        .await?;
    let missing = days_back_to(target, days_back, &header).map_or_else(Vec::new, |range| {
        missing_dates(range, &header, header.first_hourly, now, rows.iter().map(|row| row.date))
    });
    if by_hour_of_week {
        let hours_of_the_week = hours_of_the_week(&rows);
        let heat_map = HeatMap { total_records: hours_of_the_week.len(), hours_of_the_week };
        return state.answer(&heat_map, header, now, missing);
    }
    let hourly =
        Hourly { total_records: rows.len(), hourly_data: rows.into_iter().map(Hour::from).collect() };
    state.answer(&hourly, header, now, missing)
}

/// The `days_back` days up to `target`, or else up to the last published day; before the first publication, up to the
/// last day adopted from the old service.
pub(super) fn days_back_to(target: Option<NaiveDate>, days_back: u32, header: &Header) -> Option<DateRange> {
    let last = target.or(header.computed_through).or(header.last_hourly)?;
    let first = last.checked_sub_days(Days::new(u64::from(days_back) - 1))?;
    Some(DateRange { first, last })
}

impl From<HourlyRow> for Hour {
    fn from(row: HourlyRow) -> Self {
        Self { date: row.date, hour: row.hour, order_count: row.order_count, revenue: row.revenue }
    }
}
