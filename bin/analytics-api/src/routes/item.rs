//! `/items/{item_id}`: what one item sold over time.

use chrono::NaiveDate;
use domain::analytics_db::answers::{DateRange, Item, ItemDay, item as sold_item, item_days};
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use super::compare::last_ended;
use super::day_status::Status;
use super::groups::{GROUPS, GroupBy, Grouped, groups};
use super::summary::{DAYS, MOST_DAYS};
use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::openapi::{Decimal, Described, Example, Figures, Tag};
use crate::parameters::{Choice, END_DATE, Id, Number, Parameters, START_DATE};
use crate::problem::{Kind, Problem};
use crate::state::State;

const ITEM_ID: Id = Id { name: "item_id", about: "The ordering platform's id.", example: 7 };

const LIMIT: Number = Number {
    name: "limit",
    about: "Days of the calendar: the last so many of the range that have ended. The default is 30; with `start_date` \
            or a `group_by` it is 3660.",
    legal: 1..=MOST_DAYS,
    default: DAYS,
    default_varies: true,
};

const GROUP_BY: Choice<Option<GroupBy>> = Choice {
    name: "group_by",
    about: "`day` gives each day; `week` (ISO 8601, from Monday), `month` and `weekday` put days together: `groups` in \
            place of `days`.",
    legal: GROUPS,
    default: None,
};

pub(super) const ENDPOINT: Figures = Figures {
    path: "/items/{item_id}",
    name: "item",
    tag: Tag::Sales,
    summary: "What one item sold over time, newest first; also by week, month or weekday",
    description: "A published day on which the item was not sold is one of `quantity` 0. Items are known of published \
                  days only; `meta.missing_dates` names the others. `item_sales` is quantity times unit price, which \
                  `/top-items` calls `total_revenue`.",
    parameters: &[&ITEM_ID, &START_DATE, &END_DATE, &LIMIT, &GROUP_BY],
    answers: &[Described::of::<OverTime>()],
    tables: TABLES,
    examples: &[
        Example {
            name: "days",
            query: "?limit=2",
            answer: include_str!("../openapi/examples/item_days.json"),
        },
        Example {
            name: "months",
            query: "?group_by=month",
            answer: include_str!("../openapi/examples/item_months.json"),
        },
    ],
};

/// What CSV shows.
const TABLES: &[Table] = &[
    Table { list: "days", beside: None, each: None, columns: &["date", "quantity", "item_sales", "status"] },
    Table {
        list: "groups",
        beside: None,
        each: None,
        columns: &[
            "group",
            "start_date",
            "end_date",
            "quantity",
            "item_sales",
            "days_sold",
            "days_expected",
            "days_counted",
        ],
    },
];

/// What an item sold over time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemOverTime)]
struct OverTime {
    /// The ordering platform's id.
    item_id: i64,
    /// Its name on the newest day on which it sold.
    item_name: String,
    /// The first published day on which it sold, in the range or not.
    first_sold: NaiveDate,
    /// The last.
    last_sold: NaiveDate,
    /// Newest first; unless `group_by` puts days together.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<Vec<Day>>,
    /// Weeks and months newest first, weekdays from Monday on; only with such a `group_by`.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<Group>>,
    /// Rows in `days` or `groups`.
    total_records: usize,
    /// All of the days together.
    totals: Totals,
}

/// What an item sold on a business day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemDay)]
struct Day {
    /// The business day.
    date: NaiveDate,
    /// Pieces sold, those given back taken off.
    quantity: i64,
    /// Item sales, quantity times unit price, in `meta.currency`.
    #[schema(value_type = Decimal)]
    item_sales: Money,
    /// Items are known of days that were published whole, and of no other.
    status: Status,
}

/// Some days together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemGroup)]
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

/// What the item sold on some days, and how many of the days that should have figures have them.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ItemTotals)]
struct Totals {
    /// Pieces sold, those given back taken off.
    quantity: i64,
    /// Item sales, in `meta.currency`.
    #[schema(value_type = Decimal)]
    item_sales: Money,
    /// Days on which more were sold than given back.
    days_sold: usize,
    /// Days that should have figures.
    days_expected: usize,
    /// Days that have figures.
    days_counted: usize,
}

pub(super) async fn item(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let item_id = parameters.id(&ITEM_ID)?;
    let range = parameters.date_range()?;
    let by = parameters.choice(&GROUP_BY)?;
    let open = range.first == DateRange::ALL.first && by.is_none();
    let limit = parameters.number_or(&LIMIT, if open { DAYS } else { MOST_DAYS })?;
    let now = state.now();
    let (header, (found, rows)) = state
        .database
        .read(async |connection, header| {
            let found = sold_item(connection, item_id).await?;
            let rows = match found {
                Some(_) => item_days(connection, item_id, last_ended(range, limit, header, now)).await?,
                None => Vec::new(),
            };
            Ok((found, rows))
        })
        .await?;
    let Some(Item { item_name, first_sold, last_sold }) = found else {
        return Err(never_sold(item_id));
    };
    let asked = last_ended(range, limit, &header, now);
    // Of days before the first published one nothing is expected.
    let first = header.first_published.unwrap_or(DateRange::ALL.last);
    let held = asked.intersection(DateRange { first, ..DateRange::ALL });
    let missing = missing_dates(asked, &header, header.first_published, now, rows.iter().map(|row| row.date));
    let totals = Totals::of(&rows, held.days().count());
    let groups: Option<Vec<Group>> =
        by.map(|by| groups(by, held, &rows, |row| row.date).into_iter().map(Group::from).collect());
    let over_time = OverTime {
        item_id,
        item_name,
        first_sold,
        last_sold,
        total_records: groups.as_ref().map_or(rows.len(), Vec::len),
        totals,
        days: groups.is_none().then(|| rows.into_iter().map(Day::from).collect()),
        groups,
    };
    state.answer(&over_time, header, now, missing)
}

/// The problem of an item that is not known.
pub(crate) fn never_sold(item_id: i64) -> Problem {
    let detail =
        format!("Item {item_id} was not sold on any published day. /top-items lists those that were.");
    Problem::new(Kind::NotFound, detail)
}

impl Totals {
    /// The totals of `rows`, of which there should be one for each of `days_expected` days.
    fn of<'a>(rows: impl IntoIterator<Item = &'a ItemDay>, days_expected: usize) -> Self {
        let mut totals =
            Self { quantity: 0, item_sales: Money::default(), days_sold: 0, days_expected, days_counted: 0 };
        for row in rows {
            totals.quantity += row.quantity;
            totals.item_sales += &row.sales;
            totals.days_sold += usize::from(row.quantity > 0);
            totals.days_counted += 1;
        }
        totals
    }
}

impl From<ItemDay> for Day {
    fn from(row: ItemDay) -> Self {
        Self { date: row.date, quantity: row.quantity, item_sales: row.sales, status: Status::Complete }
    }
}

impl From<Grouped<'_, ItemDay>> for Group {
    fn from(grouped: Grouped<'_, ItemDay>) -> Self {
        Self {
            group: grouped.name,
            start_date: grouped.days.first,
            end_date: grouped.days.last,
            totals: Totals::of(grouped.rows, grouped.days_expected),
        }
    }
}
