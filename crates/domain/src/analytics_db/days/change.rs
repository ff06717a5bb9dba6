//! From what stands to what should stand.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection as _};

use super::super::schema::{daily_revenue_cache, hourly_order_cache, item_sales, published_days};
use super::super::{ROWS_A_STATEMENT, accuracy, values_of};
use super::ledger::{DayCalendar, PublishedDay};
use super::revision::{Revision, record};
use super::rollups::RollupChanges;
use super::rows::{DailyRow, HourlyRow, ItemRow, StandingDays, standing};
use crate::sales::DaySales;

/// The rows to write and to delete so that some days stand as computed.
#[derive(Debug, Default)]
pub struct DayChanges {
    days: Vec<NaiveDate>,
    daily: Vec<DailyRow>,
    hourly: Vec<HourlyRow>,
    items: Vec<ItemRow>,
    gone_items: Vec<(NaiveDate, Vec<i64>)>,
    revisions: Vec<Revision>,
    highest_order_ids: BTreeMap<NaiveDate, i64>,
}

impl DayChanges {
    /// Compares `sales` with what stands for `day`, and takes up what differs. A day that is not published yet, or was
    /// by another calendar or from other orders, changes even if its figures do not.
    pub fn take_up(
        &mut self,
        standing: &StandingDays,
        day: NaiveDate,
        sales: &DaySales,
        calendar: &DayCalendar,
    ) {
        let rows_before = self.rows();
        let daily = DailyRow::of(day, sales);
        if standing.daily.get(&day) != Some(&daily) {
            self.daily.push(daily);
        }
        self.hourly.extend(
            HourlyRow::all_of(day, sales).filter(|row| standing.hourly.get(&(day, row.hour)) != Some(row)),
        );
        self.items.extend(
            ItemRow::all_of(day, sales).filter(|row| standing.items.get(&(day, row.item_id)) != Some(row)),
        );
        let of_day = standing.items_of(day).map(|row| row.item_id);
        let gone: Vec<i64> = of_day.filter(|item_id| !sales.items.contains_key(item_id)).collect();
        if !gone.is_empty() {
            self.gone_items.push((day, gone));
        }
        let published = standing.published.get(&day).is_some_and(|published| {
            published.calendar == *calendar && published.highest_order_id == sales.highest_order_id
        });
        self.highest_order_ids.extend(sales.highest_order_id.map(|id| (day, id)));
        if !published || self.rows() > rows_before {
            self.days.push(day);
            self.revisions.extend(Revision::of(standing, day, sales, calendar));
        }
    }

    /// The days that change.
    #[must_use]
    pub fn days(&self) -> &[NaiveDate] {
        &self.days
    }

    /// How many rows of the published tables change.
    #[must_use]
    pub fn rows(&self) -> usize {
        let gone_items: usize = self.gone_items.iter().map(|(_, item_ids)| item_ids.len()).sum();
        self.daily.len() + self.hourly.len() + self.items.len() + gone_items
    }
}

/// Makes the changes, in key order, and records what they revise, inside the caller's publishing transaction.
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub async fn apply(
    connection: &mut AsyncMysqlConnection,
    changes: &DayChanges,
    run_id: i64,
    now: DateTime<Utc>,
    calendar: &DayCalendar,
) -> QueryResult<()> {
    for rows in changes.daily.chunks(ROWS_A_STATEMENT) {
        diesel::insert_into(daily_revenue_cache::table)
            .values(rows)
            .on_conflict(diesel::dsl::DuplicatedKeys)
            .do_update()
            .set((
                daily_revenue_cache::total_revenue.eq(values_of(daily_revenue_cache::total_revenue)),
                daily_revenue_cache::order_count.eq(values_of(daily_revenue_cache::order_count)),
                daily_revenue_cache::average_order_value
                    .eq(values_of(daily_revenue_cache::average_order_value)),
            ))
            .execute(connection)
            .await?;
    }
    for rows in changes.hourly.chunks(ROWS_A_STATEMENT) {
        connection.batch_execute(&HourlyRow::upsert(rows)).await?;
    }
    let rollups = RollupChanges::of(connection, &changes.items, &changes.gone_items).await?;
    for rows in changes.items.chunks(ROWS_A_STATEMENT) {
        connection.batch_execute(&ItemRow::upsert(rows)).await?;
    }
    for (day, item_ids) in &changes.gone_items {
        let of_day = item_sales::table.filter(item_sales::date.eq(day));
        diesel::delete(of_day.filter(item_sales::item_id.eq_any(item_ids))).execute(connection).await?;
    }
    rollups.apply(connection).await?;
    for days in changes.days.chunks(ROWS_A_STATEMENT) {
        let published = |day: &NaiveDate| PublishedDay {
            date: *day,
            run_id,
            published_at: now.naive_utc(),
            calendar: calendar.clone(),
            highest_order_id: changes.highest_order_ids.get(day).copied(),
        };
        let rows: Vec<_> =
            days.iter().map(|day| (published(day), published_days::judged.eq(false))).collect();
        diesel::insert_into(published_days::table)
            .values(rows)
            .on_conflict(diesel::dsl::DuplicatedKeys)
            .do_update()
            .set((
                published_days::run_id.eq(values_of(published_days::run_id)),
                published_days::published_at.eq(values_of(published_days::published_at)),
                published_days::timezone.eq(values_of(published_days::timezone)),
                published_days::day_start.eq(values_of(published_days::day_start)),
                published_days::orders_timezone.eq(values_of(published_days::orders_timezone)),
                published_days::highest_order_id.eq(values_of(published_days::highest_order_id)),
                published_days::judged.eq(values_of(published_days::judged)),
            ))
            .execute(connection)
            .await?;
    }
    record(connection, &changes.revisions, run_id, now).await?;
    accuracy::unsettle(connection, &changes.days).await
}

/// Takes days back, so that they are neither published nor adopted, and records that, inside the caller's publishing
/// transaction. Gives the number of rows that are gone.
///
/// # Errors
/// If the database refuses; the caller's transaction must then roll back.
pub async fn withdraw(
    connection: &mut AsyncMysqlConnection,
    days: &[NaiveDate],
    run_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let mut revisions = Vec::new();
    for day in days {
        // One by one: years may lie between them.
        revisions.extend(Revision::of_withdrawn(&standing(connection, *day, *day).await?, *day));
    }
    record(connection, &revisions, run_id, now).await?;
    accuracy::unsettle(connection, days).await?;
    accuracy::forget(connection, days).await?;
    let rollups = RollupChanges::of_withdrawn(connection, days).await?;
    diesel::delete(published_days::table.filter(published_days::date.eq_any(days)))
        .execute(connection)
        .await?;
    let daily = daily_revenue_cache::table.filter(daily_revenue_cache::date.eq_any(days));
    let hourly = hourly_order_cache::table.filter(hourly_order_cache::date.eq_any(days));
    let items = item_sales::table.filter(item_sales::date.eq_any(days));
    let rows = diesel::delete(daily).execute(connection).await?
        + diesel::delete(hourly).execute(connection).await?
        + diesel::delete(items).execute(connection).await?;
    rollups.apply(connection).await?;
    Ok(rows)
}
