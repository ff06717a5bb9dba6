//! Rollups held against the days that they are made of.
//!
//! No transaction of ours leaves them out of step. A hand in the tables does, or a backup that was put back in part, or
//! an older program that knows no rollups.

use chrono::NaiveDate;
use diesel::QueryResult;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Date, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::super::schema::item_sales_rollups;
use crate::period::Period;

/// A month or year whose rollup does not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfStep {
    /// Which of the two.
    pub period: Period,
    /// The first day of it.
    pub first_day: NaiveDate,
}

#[derive(QueryableByName)]
struct FirstDay {
    #[diesel(sql_type = Date)]
    first_day: NaiveDate,
}

/// What the rollups of a unit are held against: rows of a first day, an item, and what they take off.
const DAYS_BY_MONTH: &str = "SELECT DATE_SUB(date, INTERVAL DAYOFMONTH(date) - 1 DAY), item_id, -1, -quantity, -sales, \
                             NULL, date FROM item_sales";
const DAYS_BY_YEAR: &str = "SELECT DATE_SUB(date, INTERVAL DAYOFYEAR(date) - 1 DAY), item_id, -1, -quantity, -sales, \
                            NULL, date FROM item_sales";
const MONTHS_BY_YEAR: &str = "SELECT DATE_SUB(first_day, INTERVAL DAYOFYEAR(first_day) - 1 DAY), item_id, -days, \
                              -quantity, -sales, NULL, last_day FROM item_sales_rollups WHERE unit = 'month'";

/// Those that do not add up. It reads every row of `item_sales`, and gives the source nothing to do. A run may publish
/// meanwhile: each statement sees one moment, in which all three are in step or are not.
///
/// # Errors
/// If the database refuses.
pub async fn out_of_step(connection: &mut AsyncMysqlConnection) -> QueryResult<Vec<OutOfStep>> {
    let mut found = held_against(connection, Period::Month, DAYS_BY_MONTH).await?;
    // Where every month is right a year is what its months say, and they are thirty times fewer rows.
    let of_a_year = if found.is_empty() { MONTHS_BY_YEAR } else { DAYS_BY_YEAR };
    found.extend(held_against(connection, Period::Year, of_a_year).await?);
    Ok(found)
}

async fn held_against(
    connection: &mut AsyncMysqlConnection,
    period: Period,
    parts: &str,
) -> QueryResult<Vec<OutOfStep>> {
    let rows: Vec<FirstDay> = sql_query(format!(
        "SELECT DISTINCT first_day FROM ( \
             SELECT first_day, item_id FROM ( \
                 SELECT first_day, item_id, days, quantity, sales, last_day, NULL AS sold_on \
                 FROM item_sales_rollups WHERE unit = ? UNION ALL {parts} \
             ) AS parts GROUP BY first_day, item_id \
             HAVING SUM(days) <> 0 OR SUM(quantity) <> 0 OR SUM(sales) <> 0 \
                 OR NOT (MAX(last_day) <=> MAX(sold_on)) \
         ) AS apart ORDER BY first_day"
    ))
    .bind::<Text, _>(period.name())
    .load(connection)
    .await?;
    Ok(rows.into_iter().map(|FirstDay { first_day }| OutOfStep { period, first_day }).collect())
}

impl OutOfStep {
    /// Whether any day of it is one of those from `first` to `last`.
    #[must_use]
    pub fn touches(self, first: NaiveDate, last: NaiveDate) -> bool {
        self.first_day <= last && self.period.end_of(self.first_day) >= first
    }

    /// Adds it up again from its days, inside the caller's publishing transaction.
    ///
    /// # Errors
    /// If the database refuses; the caller's transaction must then roll back.
    pub async fn add_up(self, connection: &mut AsyncMysqlConnection) -> QueryResult<()> {
        let Self { period, first_day } = self;
        let stands = item_sales_rollups::table.filter(
            item_sales_rollups::unit.eq(period.name()).and(item_sales_rollups::first_day.eq(first_day)),
        );
        diesel::delete(stands).execute(connection).await?;
        sql_query(
            "INSERT INTO item_sales_rollups (unit, first_day, item_id, days, last_day, quantity, sales) \
             SELECT ?, ?, item_id, COUNT(*), MAX(date), SUM(quantity), SUM(sales) \
             FROM item_sales WHERE date BETWEEN ? AND ? GROUP BY item_id",
        )
        .bind::<Text, _>(period.name())
        .bind::<Date, _>(first_day)
        .bind::<Date, _>(first_day)
        .bind::<Date, _>(period.end_of(first_day))
        .execute(connection)
        .await?;
        Ok(())
    }
}
