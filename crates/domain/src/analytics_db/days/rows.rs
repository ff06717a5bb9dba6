//! The rows of published days.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::super::schema::{daily_revenue_cache, hourly_order_cache, item_sales};
use super::ledger::{DayCalendar, PublishedDay, published_between};
use super::upsert::{Digits, OrNull, upsert};
use crate::money::Money;
use crate::sales::DaySales;

/// Digits before the point of what a day comes to: those of a DECIMAL(18,2).
const DIGITS_OF_A_DAY: u32 = 16;

/// Digits before the point of what a day sold of one item: so many that a year of such days fits its rollup, which is a
/// BIGINT and a DECIMAL(20,2), and ten years of them an answer.
const DIGITS_OF_AN_ITEM: u32 = 15;

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = daily_revenue_cache, check_for_backend(diesel::mysql::Mysql))]
pub(super) struct DailyRow {
    pub(super) date: NaiveDate,
    pub(super) total_revenue: Option<BigDecimal>,
    pub(super) order_count: Option<i32>,
    pub(super) average_order_value: Option<BigDecimal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = hourly_order_cache, check_for_backend(diesel::mysql::Mysql))]
pub(super) struct HourlyRow {
    pub(super) date: NaiveDate,
    pub(super) hour: i32,
    pub(super) order_count: Option<i32>,
    pub(super) revenue: Option<BigDecimal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = item_sales, check_for_backend(diesel::mysql::Mysql))]
pub(super) struct ItemRow {
    pub(super) date: NaiveDate,
    pub(super) item_id: i64,
    pub(super) item_name: String,
    pub(super) quantity: i64,
    pub(super) sales: BigDecimal,
}

impl DailyRow {
    pub(super) fn of(date: NaiveDate, sales: &DaySales) -> Self {
        Self {
            date,
            total_revenue: Some(sales.revenue().rounded().into_decimal()),
            order_count: Some(count(sales.orders())),
            average_order_value: Some(sales.average_order_value().into_decimal()),
        }
    }
}

impl HourlyRow {
    pub(super) fn all_of(date: NaiveDate, sales: &DaySales) -> impl Iterator<Item = Self> + '_ {
        (0..).zip(&sales.hours).map(move |(hour, facts)| Self {
            date,
            hour,
            order_count: Some(count(facts.orders)),
            revenue: Some(facts.revenue.rounded().into_decimal()),
        })
    }

    /// The statement that writes `rows`.
    pub(super) fn upsert(rows: &[Self]) -> String {
        upsert(
            "hourly_order_cache (date, hour, order_count, revenue)",
            rows,
            |Self { date, hour, order_count, revenue }, values| {
                let revenue = OrNull(revenue.as_ref().map(BigDecimal::to_plain_string));
                write!(values, "'{date}',{hour},{},{revenue}", OrNull(*order_count))
            },
            "order_count = VALUES(order_count), revenue = VALUES(revenue)",
        )
    }
}

impl ItemRow {
    pub(super) fn all_of(date: NaiveDate, sales: &DaySales) -> impl Iterator<Item = Self> + '_ {
        sales.items.iter().map(move |(item_id, facts)| Self {
            date,
            item_id: *item_id,
            item_name: facts.name.to_string(),
            quantity: units(facts.quantity),
            sales: facts.sales.rounded().into_decimal(),
        })
    }

    /// The statement that writes `rows`.
    pub(super) fn upsert(rows: &[Self]) -> String {
        upsert(
            "item_sales (date, item_id, item_name, quantity, sales)",
            rows,
            |Self { date, item_id, item_name, quantity, sales }, values| {
                let sales = sales.to_plain_string();
                write!(values, "'{date}',{item_id},{},{quantity},{sales}", Digits(item_name))
            },
            "item_name = VALUES(item_name), quantity = VALUES(quantity), sales = VALUES(sales)",
        )
    }
}

/// Orders of a day or an hour as the column holds them: a count past two thousand million is no restaurant's.
fn count(orders: u32) -> i32 {
    i32::try_from(orders).unwrap_or(i32::MAX)
}

/// Units of an item as the column holds them: those of a day that is [`too_large`] never come here.
fn units(quantity: i128) -> i64 {
    i64::try_from(quantity).unwrap_or(if quantity < 0 { i64::MIN } else { i64::MAX })
}

/// Letters of an item's name, which is a VARCHAR(255).
const LETTERS_OF_A_NAME: usize = 255;

/// The rows that stand for some days, published or adopted.
#[derive(Debug, Default)]
pub struct StandingDays {
    pub(super) daily: HashMap<NaiveDate, DailyRow>,
    pub(super) hourly: HashMap<(NaiveDate, i32), HourlyRow>,
    pub(super) items: BTreeMap<(NaiveDate, i64), ItemRow>,
    pub(super) published: BTreeMap<NaiveDate, PublishedDay>,
}

impl StandingDays {
    /// Whether the day stands with sales, whoever computed it.
    #[must_use]
    pub fn has_sales(&self, day: NaiveDate) -> bool {
        self.orders(day) > 0
    }

    /// Whether the day stands with what it sold of items.
    #[must_use]
    pub fn has_items(&self, day: NaiveDate) -> bool {
        self.items_of(day).next().is_some()
    }

    /// How many orders the day stands with, whoever computed it.
    #[must_use]
    pub fn orders(&self, day: NaiveDate) -> i64 {
        self.daily.get(&day).and_then(|row| row.order_count).map_or(0, i64::from)
    }

    /// The items of a day, by id.
    pub(super) fn items_of(&self, day: NaiveDate) -> impl Iterator<Item = &ItemRow> {
        self.items.range((day, i64::MIN)..=(day, i64::MAX)).map(|(_, row)| row)
    }

    /// The calendar that the day was published by, if it is published.
    #[must_use]
    pub fn calendar_of(&self, day: NaiveDate) -> Option<&DayCalendar> {
        self.published.get(&day).map(|published| &published.calendar)
    }
}

/// How many orders the days from `first` to `last` stand with.
///
/// # Errors
/// If the database refuses.
pub async fn orders_between(
    connection: &mut AsyncMysqlConnection,
    first: NaiveDate,
    last: NaiveDate,
) -> QueryResult<BTreeMap<NaiveDate, i64>> {
    let rows: Vec<(NaiveDate, Option<i32>)> = daily_revenue_cache::table
        .filter(daily_revenue_cache::date.between(first, last))
        .select((daily_revenue_cache::date, daily_revenue_cache::order_count))
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(|(date, orders)| (date, orders.map_or(0, i64::from))).collect())
}

/// What of a day's sales is more than the columns hold, or their sums, in words. Such figures come from a mistyped
/// quantity or price.
#[must_use]
pub fn too_large(sales: &DaySales) -> Option<String> {
    let fits = |amount: &Money, digits: u32| {
        amount.rounded().into_decimal().abs() < BigDecimal::new(1.into(), -i64::from(digits))
    };
    for (item_id, facts) in &sales.items {
        if facts.quantity.unsigned_abs() >= 10_u128.pow(DIGITS_OF_AN_ITEM) {
            return Some(format!("{} units of item {item_id} were sold", facts.quantity));
        }
        let letters = facts.name.chars().count();
        if letters > LETTERS_OF_A_NAME {
            return Some(format!(
                "the name of item {item_id} has {letters} letters, of {LETTERS_OF_A_NAME} at the most"
            ));
        }
        if !fits(&facts.sales, DIGITS_OF_AN_ITEM) {
            return Some(format!("the sales of item {item_id} come to {}", facts.sales));
        }
    }
    let of_items: Money = sales.items.values().map(|facts| &facts.sales).sum();
    if !fits(&of_items, DIGITS_OF_A_DAY) {
        return Some(format!("the sales of its items come to {of_items}"));
    }
    let revenue = sales.revenue();
    let all_fit = fits(&revenue, DIGITS_OF_A_DAY)
        && sales.hours.iter().all(|hour| fits(&hour.revenue, DIGITS_OF_A_DAY));
    (!all_fit).then(|| format!("its revenue comes to {revenue}"))
}

/// Reads what stands from `first` to `last`.
///
/// # Errors
/// If the database refuses.
pub async fn standing(
    connection: &mut AsyncMysqlConnection,
    first: NaiveDate,
    last: NaiveDate,
) -> QueryResult<StandingDays> {
    let daily: Vec<DailyRow> = daily_revenue_cache::table
        .filter(daily_revenue_cache::date.between(first, last))
        .select(DailyRow::as_select())
        .load(connection)
        .await?;
    let hourly: Vec<HourlyRow> = hourly_order_cache::table
        .filter(hourly_order_cache::date.between(first, last))
        .select(HourlyRow::as_select())
        .load(connection)
        .await?;
    let items: Vec<ItemRow> = item_sales::table
        .filter(item_sales::date.between(first, last))
        .select(ItemRow::as_select())
        .load(connection)
        .await?;
    let published = published_between(connection, first, last).await?;
    Ok(StandingDays {
        daily: daily.into_iter().map(|row| (row.date, row)).collect(),
        hourly: hourly.into_iter().map(|row| ((row.date, row.hour), row)).collect(),
        items: items.into_iter().map(|row| ((row.date, row.item_id), row)).collect(),
        published: published.into_iter().map(|day| (day.date, day)).collect(),
    })
}
