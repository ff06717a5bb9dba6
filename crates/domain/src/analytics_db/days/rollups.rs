//! Item sales by month and by year, kept in step with the rows by day.
//!
//! What a transaction changes in `item_sales` it also adds to the rollups, as differences from what it finds there: it
//! reads those rows itself and locks them, since what was read before it began may have changed meanwhile. So a rollup
//! is right after every transaction if it was right before it. Nothing here ever adds up a whole month.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bigdecimal::{BigDecimal, Zero as _};
use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection as _};

use super::super::ROWS_A_STATEMENT;
use super::super::schema::{item_sales, item_sales_rollups};
use super::rows::ItemRow;
use super::upsert::upsert;
use crate::period::Period;

/// What is to be added to the rollups, by month and item.
#[derive(Debug, Default)]
pub(super) struct RollupChanges(Changes);

type Changes = BTreeMap<(NaiveDate, i64), Change>;

#[derive(Clone, Debug, Default)]
struct Change {
    days: i64,
    quantity: i64,
    sales: BigDecimal,
    /// The newest day that is written.
    last_written: Option<NaiveDate>,
    /// Whether a day goes that the item was sold on.
    loses_a_day: bool,
}

struct Row<'a> {
    unit: &'static str,
    first_day: NaiveDate,
    item_id: i64,
    days: i64,
    last_day: NaiveDate,
    quantity: i64,
    sales: &'a BigDecimal,
}

impl Row<'_> {
    /// The statement that adds `rows` to those that stand.
    fn upsert(rows: &[Self]) -> String {
        upsert(
            "item_sales_rollups (unit, first_day, item_id, days, last_day, quantity, sales)",
            rows,
            |Self { unit, first_day, item_id, days, last_day, quantity, sales }, values| {
                let sales = sales.to_plain_string();
                write!(values, "'{unit}','{first_day}',{item_id},{days},'{last_day}',{quantity},{sales}")
            },
            "days = days + VALUES(days), last_day = GREATEST(last_day, VALUES(last_day)), \
             quantity = quantity + VALUES(quantity), sales = sales + VALUES(sales)",
        )
    }
}

/// A row of `item_sales` as far as it is added up: date, item, quantity, sales.
type Counted = (NaiveDate, i64, i64, BigDecimal);

impl RollupChanges {
    /// What the rows `written` and `gone` add to those that stand now. Call it before they are written, in the
    /// transaction that writes them.
    ///
    /// # Errors
    /// If the database refuses.
    pub(super) async fn of(
        connection: &mut AsyncMysqlConnection,
        written: &[ItemRow],
        gone: &[(NaiveDate, Vec<i64>)],
    ) -> QueryResult<Self> {
        let dates: BTreeSet<NaiveDate> =
            written.iter().map(|row| row.date).chain(gone.iter().map(|(date, _)| *date)).collect();
        let mut changes = Self::default();
        let standing = standing(connection, dates).await?;
        // Most days are new, and nothing stands.
        if !standing.is_empty() {
            let gone: BTreeSet<(NaiveDate, i64)> = gone
                .iter()
                .flat_map(|(date, item_ids)| item_ids.iter().map(move |item_id| (*date, *item_id)))
                .collect();
            let replaced: BTreeSet<_> = written.iter().map(|row| (row.date, row.item_id)).collect();
            for row in &standing {
                let goes = gone.contains(&(row.0, row.1));
                if goes || replaced.contains(&(row.0, row.1)) {
                    changes.take_off(row, goes);
                }
            }
        }
        for row in written {
            let change = changes.of_month(row.date, row.item_id);
            change.days += 1;
            change.quantity += row.quantity;
            change.sales += &row.sales;
            change.last_written = change.last_written.max(Some(row.date));
        }
        Ok(changes)
    }

    /// What is left out when all items of `days` go. Call it before they do, in the transaction that removes them.
    ///
    /// # Errors
    /// If the database refuses.
    pub(super) async fn of_withdrawn(
        connection: &mut AsyncMysqlConnection,
        days: &[NaiveDate],
    ) -> QueryResult<Self> {
        let mut changes = Self::default();
        for row in standing(connection, days.iter().copied()).await? {
            changes.take_off(&row, true);
        }
        Ok(changes)
    }

    fn take_off(&mut self, (date, item_id, quantity, sales): &Counted, goes: bool) {
        let change = self.of_month(*date, *item_id);
        change.days -= 1;
        change.quantity -= quantity;
        change.sales -= sales;
        change.loses_a_day |= goes;
    }

    fn of_month(&mut self, date: NaiveDate, item_id: i64) -> &mut Change {
        self.0.entry((Period::Month.start_of(date), item_id)).or_default()
    }

    /// The same by year.
    fn by_year(&self) -> Changes {
        let mut years = Changes::new();
        for ((month, item_id), more) in &self.0 {
            let change = years.entry((Period::Year.start_of(*month), *item_id)).or_default();
            change.days += more.days;
            change.quantity += more.quantity;
            change.sales += &more.sales;
            change.last_written = change.last_written.max(more.last_written);
            change.loses_a_day |= more.loses_a_day;
        }
        years
    }

    /// Adds them, in key order. Call it once the rows are written, in the same transaction.
    ///
    /// # Errors
    /// If the database refuses.
    pub(super) async fn apply(&self, connection: &mut AsyncMysqlConnection) -> QueryResult<()> {
        let years = self.by_year();
        for (period, changes) in [(Period::Month, &self.0), (Period::Year, &years)] {
            add(connection, period, changes).await?;
            tidy(connection, period, changes).await?;
        }
        Ok(())
    }
}

async fn add(connection: &mut AsyncMysqlConnection, period: Period, changes: &Changes) -> QueryResult<()> {
    let differs = |change: &Change| {
        change.days != 0 || change.quantity != 0 || !change.sales.is_zero() || change.loses_a_day
    };
    let rows: Vec<Row<'_>> = changes
        .iter()
        .filter(|(_, change)| differs(change))
        .map(|((first_day, item_id), change)| Row {
            unit: period.name(),
            first_day: *first_day,
            item_id: *item_id,
            days: change.days,
            last_day: change.last_written.unwrap_or(*first_day),
            quantity: change.quantity,
            sales: &change.sales,
        })
        .collect();
    for rows in rows.chunks(ROWS_A_STATEMENT) {
        connection.batch_execute(&Row::upsert(rows)).await?;
    }
    Ok(())
}

/// Removes the sums of which no day is left, and looks for the newest day of those that have lost one.
async fn tidy(connection: &mut AsyncMysqlConnection, period: Period, changes: &Changes) -> QueryResult<()> {
    let mut losers: BTreeMap<NaiveDate, Vec<i64>> = BTreeMap::new();
    for ((first_day, item_id), _) in changes.iter().filter(|(_, change)| change.loses_a_day) {
        losers.entry(*first_day).or_default().push(*item_id);
    }
    for (first_day, item_ids) in losers {
        let days = item_sales::date.between(first_day, period.end_of(first_day));
        for item_ids in item_ids.chunks(ROWS_A_STATEMENT) {
            let sums = item_sales_rollups::table
                .filter(item_sales_rollups::unit.eq(period.name()))
                .filter(item_sales_rollups::first_day.eq(first_day))
                .filter(item_sales_rollups::item_id.eq_any(item_ids));
            diesel::delete(sums.clone().filter(item_sales_rollups::days.eq(0))).execute(connection).await?;
            let newest = item_sales::table
                .filter(item_sales::item_id.eq(item_sales_rollups::item_id).and(days))
                .select(max(item_sales::date))
                .single_value();
            diesel::update(sums)
                .set(item_sales_rollups::last_day.eq(newest.assume_not_null()))
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}

/// The item rows of some days as they are now, whatever this transaction has seen before, and locked.
async fn standing(
    connection: &mut AsyncMysqlConnection,
    days: impl IntoIterator<Item = NaiveDate>,
) -> QueryResult<Vec<Counted>> {
    let days: Vec<NaiveDate> = days.into_iter().collect();
    let mut rows = Vec::new();
    for days in days.chunks(ROWS_A_STATEMENT) {
        rows.extend(
            item_sales::table
                .filter(item_sales::date.eq_any(days))
                .select((item_sales::date, item_sales::item_id, item_sales::quantity, item_sales::sales))
                .for_update()
                .load::<Counted>(connection)
                .await?,
        );
    }
    Ok(rows)
}
