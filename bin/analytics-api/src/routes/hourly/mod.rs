//! `/hourly`: orders by wall-clock hour, or what is usual at each hour of the week.

mod heat_map;

use chrono::{Days, NaiveDate};
use domain::analytics_db::answers::{DateRange, Header, HourlyRow, hourly_rows};
use domain::money::Money;
use serde::Serialize;

use heat_map::{HourOfWeek, hours_of_the_week};

use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::state::State;

/// Whether hours of the week are put together.
const GROUPS: [(&str, bool); 2] = [("hour", false), ("weekday_hour", true)];

/// What CSV shows.
pub(super) const TABLES: &[Table] = &[
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

#[derive(Debug, Serialize)]
struct Hourly {
    hourly_data: Vec<Hour>,
    total_records: usize,
}

#[derive(Debug, Serialize)]
struct HeatMap {
    hours_of_the_week: Vec<HourOfWeek>,
    total_records: usize,
}

#[derive(Debug, Serialize)]
struct Hour {
    date: NaiveDate,
    hour: i32,
    order_count: i32,
    revenue: Option<Money>,
}

pub(super) async fn hourly(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let target = parameters.date("target_date")?;
    let by_hour_of_week = parameters.choice("group_by", &GROUPS, false)?;
    // Four of each weekday tell what is usual.
    let days_back = parameters.number("days_back", 1..=92, if by_hour_of_week { 28 } else { 7 })?;
    let now = state.now();
    let (header, rows) = state
        .database
        .read(async |connection, header| match range(target, days_back, header) {
            Some(range) => hourly_rows(connection, range).await,
            None => Ok(Vec::new()),
        })
        .await?;
    let missing = range(target, days_back, &header).map_or_else(Vec::new, |range| {
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
fn range(target: Option<NaiveDate>, days_back: u32, header: &Header) -> Option<DateRange> {
    let last = target.or(header.computed_through).or(header.last_hourly)?;
    let first = last.checked_sub_days(Days::new(u64::from(days_back) - 1))?;
    Some(DateRange { first, last })
}

impl From<HourlyRow> for Hour {
    fn from(row: HourlyRow) -> Self {
        Self { date: row.date, hour: row.hour, order_count: row.order_count, revenue: row.revenue }
    }
}
