//! `/summary`: business days with their revenue, newest first.

use chrono::{DateTime, NaiveDate, Utc};
use domain::analytics_db::answers::{DailyRow, DateRange, Header, newest_days};
use domain::money::Money;
use serde::Serialize;

use crate::answer::Answer;
use crate::missing::missing_dates;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::state::State;

#[derive(Debug, Serialize)]
struct Summary {
    daily_summaries: Vec<Day>,
    total_records: usize,
}

#[derive(Debug, Serialize)]
struct Day {
    date: NaiveDate,
    total_revenue: Money,
    order_count: i32,
    average_order_value: Money,
    status: Status,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// Published by us, whole.
    Complete,
    /// The old service's figure, not recomputed yet.
    Adopted,
}

pub(super) async fn summary(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let range = parameters.date_range()?;
    let limit = parameters.number("limit", 1..=3660, 30)?;
    let now = state.now();
    // One row more than asked for tells whether the limit cut the range.
    let read = async |connection: &mut _, _: &Header| newest_days(connection, range, limit + 1).await;
    let (header, mut rows) = state.database.read(read).await?;
    let cut = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let missing = missing(range, cut, &rows, &header, now);
    let summary =
        Summary { total_records: rows.len(), daily_summaries: rows.into_iter().map(Day::from).collect() };
    state.answer(&summary, header, now, missing)
}

/// The missing days of what is shown. Where the limit cut the range, that begins with the oldest row shown: of the
/// days before it the answer says nothing.
fn missing(
    range: DateRange,
    cut: bool,
    rows: &[DailyRow],
    header: &Header,
    now: DateTime<Utc>,
) -> Vec<NaiveDate> {
    let oldest = rows.last().filter(|_| cut).map_or(range.first, |row| row.date);
    let shown = DateRange { first: oldest, ..range };
    missing_dates(shown, header, header.first_daily, now, rows.iter().map(|row| row.date))
}

impl From<DailyRow> for Day {
    fn from(row: DailyRow) -> Self {
        Self {
            date: row.date,
            total_revenue: row.total_revenue,
            order_count: row.order_count,
            average_order_value: row.average_order_value,
            status: if row.published { Status::Complete } else { Status::Adopted },
        }
    }
}
