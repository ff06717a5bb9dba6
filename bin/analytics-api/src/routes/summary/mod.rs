//! `/summary`: business days with their revenue, newest first; on request put together by week, month or weekday, and
//! held against earlier days.

mod comparison;
mod totals;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use diesel_async::AsyncMysqlConnection;
use domain::analytics_db::answers::{DailyRow, DateRange, Header, newest_days};
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use super::compare::{COMPARE, Compare, last_ended};
use super::day_status::Status;
use super::groups::{GROUPS, GroupBy, Grouped, groups};
use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::openapi::{Decimal, Described, Example, Figures, Tag};
use crate::parameters::{Choice, END_DATE, Number, Parameters, START_DATE};
use crate::problem::Problem;
use crate::state::State;
use comparison::Comparison;
use totals::Totals;

/// Days shown unless the request says otherwise.
pub(super) const DAYS: u32 = 30;
/// Days read at most: ten years.
pub(super) const MOST_DAYS: u32 = 3660;

const LIMIT: Number = Number {
    name: "limit",
    about: "Days shown: the newest so many of the range. The default is 30. With `group_by` or `compare` it counts days \
            of the calendar, and the default is 3660, unless neither `start_date` nor a `group_by` is given.",
    legal: 1..=MOST_DAYS,
    default: DAYS,
    default_varies: true,
};

const GROUP_BY: Choice<Option<GroupBy>> = Choice {
    name: "group_by",
    about: "`day` gives each day; `week` (ISO 8601, from Monday), `month` and `weekday` put days together: `groups` in \
            place of `daily_summaries`, and `totals`.",
    legal: GROUPS,
    default: None,
};

pub(super) const ENDPOINT: Figures = Figures {
    path: "/summary",
    name: "summary",
    tag: Tag::Sales,
    summary: "Business days with their revenue, newest first; also by week, month or weekday, and against earlier days",
    description: "Revenue is the sum of the totals of the orders that were served. Only days with figures are listed; \
                  `meta.missing_dates` names those that should have some. With `group_by` or `compare` the range is \
                  its days that have ended, so that a week that goes on is held against the same weekdays of another.",
    parameters: &[&START_DATE, &END_DATE, &LIMIT, &GROUP_BY, &COMPARE],
    answers: &[Described::of::<Summary>()],
    tables: TABLES,
    examples: &[
        Example {
            name: "days",
            query: "?start_date=2026-11-17&end_date=2026-11-20",
            answer: include_str!("../../openapi/examples/summary_days.json"),
        },
        Example {
            name: "weeks_compared",
            query: "?start_date=2026-11-20&compare=previous&group_by=week",
            answer: include_str!("../../openapi/examples/summary_weeks.json"),
        },
    ],
};

/// What CSV shows.
const TABLES: &[Table] = &[
    Table {
        list: "daily_summaries",
        beside: None,
        each: None,
        columns: &["date", "total_revenue", "order_count", "average_order_value", "status"],
    },
    Table {
        list: "groups",
        beside: None,
        each: None,
        columns: &[
            "group",
            "start_date",
            "end_date",
            "total_revenue",
            "order_count",
            "average_order_value",
            "average_daily_revenue",
            "days_expected",
            "days_counted",
        ],
    },
];

/// Days, or groups of days, and what they come to.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Summary {
    /// Newest first; left out with `group_by=week`, `month` or `weekday`.
    #[serde(skip_serializing_if = "Option::is_none")]
    daily_summaries: Option<Vec<Day>>,
    /// Weeks and months newest first, weekdays from Monday on; only with `group_by=week`, `month` or `weekday`.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<Group>>,
    /// Rows in the list.
    total_records: usize,
    /// What the whole range comes to; only with `group_by` or `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    totals: Option<Totals>,
    /// The earlier days; only with `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
}

/// A business day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DailySummary)]
struct Day {
    /// The business day.
    date: NaiveDate,
    /// The sum of the totals of its orders, in `meta.currency`.
    #[schema(value_type = Decimal)]
    total_revenue: Money,
    /// Orders served.
    #[schema(minimum = 0)]
    order_count: i32,
    /// Revenue by order, in `meta.currency`; `0.00` without orders.
    #[schema(value_type = Decimal)]
    average_order_value: Money,
    /// `complete` for a day that was published whole, `adopted` for a figure of the old service that has not been
    /// recomputed yet.
    status: Status,
}

/// Some days together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayGroup)]
struct Group {
    /// `2026-W47`, `2026-11` or `monday`.
    #[schema(examples("2026-W47"))]
    group: String,
    /// The first of its days that are asked for.
    start_date: NaiveDate,
    /// The last of its days that are asked for.
    end_date: NaiveDate,
    #[serde(flatten)]
    totals: Totals,
}

pub(super) async fn summary(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let range = parameters.date_range()?;
    let by = parameters.choice(&GROUP_BY)?;
    let compare = parameters.choice(&COMPARE)?;
    if by.is_none() && compare.is_none() {
        let limit = parameters.number(&LIMIT)?;
        return days(state, range, limit).await;
    }
    // Sums are of the whole range that was asked for.
    let open = range.first == DateRange::ALL.first && by.is_none();
    let limit = parameters.number_or(&LIMIT, if open { DAYS } else { MOST_DAYS })?;
    sums(state, range, limit, by, compare).await
}

/// The newest `limit` days that have figures.
async fn days(state: &State, range: DateRange, limit: u32) -> Result<Answer, Problem> {
    let now = state.now();
    // One row more than asked for tells whether the limit cut the range.
    let read = async |connection: &mut _, _: &Header| newest_days(connection, range, limit + 1).await;
    let (header, mut rows) = state.database.read(read).await?;
    let cut = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let missing = missing(range, cut, &rows, &header, now);
    let summary =
        Summary { total_records: rows.len(), daily_summaries: Some(shown(rows)), ..Summary::default() };
    state.answer(&summary, header, now, missing)
}

/// The last `limit` days of the range that have ended, with what they come to.
async fn sums(
    state: &State,
    range: DateRange,
    limit: u32,
    by: Option<GroupBy>,
    compare: Option<Compare>,
) -> Result<Answer, Problem> {
    let now = state.now();
    let (header, (rows, base_rows)) = state
        .database
        .read(async |connection, header| {
            let asked = last_ended(range, limit, header, now);
            let rows = newest_days(connection, asked, limit).await?;
            let base = compare.and_then(|compare| compare.base(asked));
            Ok((rows, days_of(connection, base, limit).await?))
        })
        .await?;
    let asked = last_ended(range, limit, &header, now);
    // Of days before the first one stored nothing is expected.
    let held = |range: DateRange| {
        let first = header.first_daily.unwrap_or(DateRange::ALL.last);
        range.intersection(DateRange { first, ..DateRange::ALL })
    };
    let totals = Totals::of(&rows, held(asked).days().count());
    let comparison = compare.and_then(|compare| {
        let base = compare.base(asked)?;
        Some(Comparison::new(compare, &totals, base, Totals::of(&base_rows, held(base).days().count())))
    });
    let missing = missing_dates(asked, &header, header.first_daily, now, rows.iter().map(|row| row.date));
    let groups = by.map(|by| {
        let groups = groups(by, held(asked), &rows, |row| row.date);
        groups.into_iter().map(Group::from).collect::<Vec<_>>()
    });
    let summary = Summary {
        total_records: groups.as_ref().map_or(rows.len(), Vec::len),
        totals: Some(totals),
        comparison,
        daily_summaries: groups.is_none().then(|| shown(rows)),
        groups,
    };
    state.answer(&summary, header, now, missing)
}

async fn days_of(
    connection: &mut AsyncMysqlConnection,
    range: Option<DateRange>,
    limit: u32,
) -> QueryResult<Vec<DailyRow>> {
    match range {
        Some(range) => newest_days(connection, range, limit).await,
        None => Ok(Vec::new()),
    }
}

fn shown(rows: Vec<DailyRow>) -> Vec<Day> {
    rows.into_iter().map(Day::from).collect()
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

impl From<Grouped<'_, DailyRow>> for Group {
    fn from(grouped: Grouped<'_, DailyRow>) -> Self {
        Self {
            group: grouped.name,
            start_date: grouped.days.first,
            end_date: grouped.days.last,
            totals: Totals::of(grouped.rows, grouped.days_expected),
        }
    }
}
