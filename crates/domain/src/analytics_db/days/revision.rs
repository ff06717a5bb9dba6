//! What is kept of a day's former figures when they change: enough to answer "why did last week change?".
//!
//! A row a day and transaction, written in the transaction that makes the change, and none for a first publication or
//! for figures that stay what they were. Of hours and items it counts those that differ and does not list them: a
//! rebuild by another calendar changes all of them on every day.

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::super::ROWS_A_STATEMENT;
use super::super::schema::{publication, revisions};
use super::ledger::DayCalendar;
use super::rows::{DailyRow, HourlyRow, ItemRow, StandingDays};
use crate::sales::DaySales;

/// Why a day changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Its orders, or their lines, are not what they were.
    Orders,
    /// It was computed by another calendar.
    Calendar,
    /// The figures before were the old service's.
    Adopted,
    /// By the settings it is no business day of the restaurant's book any more.
    Withdrawn,
}

impl Cause {
    fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Calendar => "calendar",
            Self::Adopted => "adopted",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A standing day's figures before and after a change.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    date: NaiveDate,
    cause: Cause,
    before: Figures,
    /// None of a day that is withdrawn.
    after: Option<Figures>,
    hours_changed: usize,
    items_changed: usize,
}

#[derive(Clone, Debug)]
struct Figures {
    revenue: BigDecimal,
    orders: i32,
    /// None where nobody knows: the old service kept no items.
    item_sales: Option<BigDecimal>,
}

#[derive(Insertable)]
#[diesel(table_name = revisions)]
struct Row<'a> {
    generation: i64,
    date: NaiveDate,
    run_id: i64,
    revised_at: NaiveDateTime,
    cause: &'static str,
    revenue_from: &'a BigDecimal,
    revenue_to: Option<&'a BigDecimal>,
    orders_from: i32,
    orders_to: Option<i32>,
    item_sales_from: Option<&'a BigDecimal>,
    item_sales_to: Option<&'a BigDecimal>,
    hours_changed: i32,
    items_changed: i32,
}

impl Revision {
    /// What becomes of `day` when it is published with `sales`; none if it did not stand, or stood with these figures.
    pub(super) fn of(
        standing: &StandingDays,
        day: NaiveDate,
        sales: &DaySales,
        calendar: &DayCalendar,
    ) -> Option<Self> {
        let before = Figures::standing(standing, day)?;
        let items: Vec<ItemRow> = ItemRow::all_of(day, sales).collect();
        let after = Figures::of_row(&DailyRow::of(day, sales), Some(sum(&items)));
        let hours_changed = HourlyRow::all_of(day, sales)
            .filter(|row| differs(standing.hourly.get(&(day, row.hour)), row))
            .count();
        let (cause, items_changed) = match standing.calendar_of(day) {
            None => (Cause::Adopted, 0),
            Some(former) => {
                let cause = if former == calendar { Cause::Orders } else { Cause::Calendar };
                let written =
                    items.iter().filter(|row| standing.items.get(&(day, row.item_id)) != Some(*row)).count();
                let gone =
                    standing.items_of(day).filter(|row| !sales.items.contains_key(&row.item_id)).count();
                (cause, written + gone)
            }
        };
        let same = before.revenue == after.revenue && before.orders == after.orders;
        (!same || hours_changed + items_changed > 0).then_some(Self {
            date: day,
            cause,
            before,
            after: Some(after),
            hours_changed,
            items_changed,
        })
    }

    /// What becomes of `day` when it is withdrawn; none if it did not stand.
    pub(super) fn of_withdrawn(standing: &StandingDays, day: NaiveDate) -> Option<Self> {
        let hours = standing.hourly.values().filter(|row| row.date == day);
        Some(Self {
            date: day,
            cause: Cause::Withdrawn,
            before: Figures::standing(standing, day)?,
            after: None,
            hours_changed: hours.filter(|row| row.order_count.unwrap_or_default() > 0).count(),
            items_changed: standing.items_of(day).count(),
        })
    }

    fn row(&self, generation: i64, run_id: i64, revised_at: NaiveDateTime) -> Row<'_> {
        let after = self.after.as_ref();
        Row {
            generation,
            date: self.date,
            run_id,
            revised_at,
            cause: self.cause.name(),
            revenue_from: &self.before.revenue,
            revenue_to: after.map(|after| &after.revenue),
            orders_from: self.before.orders,
            orders_to: after.map(|after| after.orders),
            item_sales_from: self.before.item_sales.as_ref(),
            item_sales_to: after.and_then(|after| after.item_sales.as_ref()),
            hours_changed: i32::try_from(self.hours_changed).unwrap_or(i32::MAX),
            items_changed: i32::try_from(self.items_changed).unwrap_or(i32::MAX),
        }
    }
}

impl Figures {
    /// Those that `day` stands with, published or adopted.
    fn standing(standing: &StandingDays, day: NaiveDate) -> Option<Self> {
        let item_sales = standing.calendar_of(day).map(|_| sum(standing.items_of(day)));
        standing.daily.get(&day).map(|row| Self::of_row(row, item_sales))
    }

    /// What an adopted row leaves empty was served as zero.
    fn of_row(row: &DailyRow, item_sales: Option<BigDecimal>) -> Self {
        Self {
            revenue: row.total_revenue.clone().unwrap_or_default(),
            orders: row.order_count.unwrap_or_default(),
            item_sales,
        }
    }
}

fn sum<'a>(items: impl IntoIterator<Item = &'a ItemRow>) -> BigDecimal {
    items.into_iter().map(|row| &row.sales).sum()
}

/// Whether an hour changes. The old service kept no hours without orders, and the revenue of none.
fn differs(standing: Option<&HourlyRow>, row: &HourlyRow) -> bool {
    let revenue = standing.and_then(|standing| standing.revenue.as_ref());
    standing.and_then(|standing| standing.order_count).unwrap_or_default()
        != row.order_count.unwrap_or_default()
        || revenue.is_some_and(|revenue| row.revenue.as_ref() != Some(revenue))
}

/// Records what a transaction of [`Lease::publish`](super::super::lease::Lease::publish) changes, in that transaction
/// and under the generation that it makes.
pub(super) async fn record(
    connection: &mut AsyncMysqlConnection,
    revisions: &[Revision],
    run_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if revisions.is_empty() {
        return Ok(());
    }
    let generation = publication::table.select(publication::generation).first::<i64>(connection).await?;
    for some in revisions.chunks(ROWS_A_STATEMENT) {
        let rows: Vec<_> =
            some.iter().map(|revision| revision.row(generation, run_id, now.naive_utc())).collect();
        diesel::insert_into(revisions::table).values(rows).execute(connection).await?;
    }
    Ok(())
}
