//! What the API serves, against the book.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use chrono::{Days, NaiveDate};
use sandbox::programs::Api;
use serde_json::Value;

use super::book::{Book, Sold, amount, average, cents};

const ROOT: &str = "/api/admin/analytics";

/// The API's maximum of days in one answer of `/summary`.
const SUMMARY_DAYS: u64 = 3_660;
/// The API's maximum of days in one answer of `/hourly`.
const HOURLY_DAYS: u64 = 92;
/// The API's maximum of items in one answer of `/top-items`.
const ITEMS: usize = 100;

/// A day as it is served.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServedDay {
    pub(crate) orders: i64,
    pub(crate) cents: i64,
    average: String,
    hours: BTreeMap<i64, i64>,
}

/// Everything that is served for a range of days, fetched a page at a time.
pub(crate) struct Served {
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
    pub(crate) days: BTreeMap<NaiveDate, ServedDay>,
    /// Items, best first, by quantity and by revenue.
    pub(crate) by_quantity: Vec<(i64, Sold)>,
    pub(crate) by_revenue: Vec<(i64, Sold)>,
}

/// Fetches every day, hour and item of a range of days.
pub(crate) async fn served(api: &Api, first: NaiveDate, last: NaiveDate) -> Result<Served> {
    let mut days: BTreeMap<NaiveDate, ServedDay> = BTreeMap::new();
    for (from, to) in pages(first, last, SUMMARY_DAYS) {
        let answer = get(
            api,
            &format!("/summary?start_date={from}&end_date={to}&limit={SUMMARY_DAYS}"),
            "total_records",
        )
        .await?;
        for row in rows(&answer, "daily_summaries")? {
            let day = days.entry(text(row, "date")?.parse()?).or_default();
            day.orders = number(row, "order_count")?;
            day.cents = cents(text(row, "total_revenue")?)?;
            text(row, "average_order_value")?.clone_into(&mut day.average);
        }
    }
    for (from, to) in pages(first, last, HOURLY_DAYS) {
        let count = (to - from).num_days() + 1;
        let answer =
            get(api, &format!("/hourly?target_date={to}&days_back={count}"), "total_records").await?;
        for row in rows(&answer, "hourly_data")? {
            let day = days.entry(text(row, "date")?.parse()?).or_default();
            day.hours.insert(number(row, "hour")?, number(row, "order_count")?);
        }
    }
    let by_quantity = top_items(api, first, last, "quantity").await?;
    let by_revenue = top_items(api, first, last, "revenue").await?;
    Ok(Served { first, last, days, by_quantity, by_revenue })
}

impl Served {
    /// Days and hours that are not what the book says.
    pub(crate) fn differences(&self, book: &Book) -> Vec<String> {
        let mut differences = Vec::new();
        for date in self.first.iter_days().take_while(|date| *date <= self.last) {
            let Some(day) = self.days.get(&date) else {
                differences.push(format!("{date} is not served"));
                continue;
            };
            let expected = book.day(date);
            let mut compare = |what: &str, served: String, expected: String| {
                if served != expected {
                    differences.push(format!("{date} {what}: served {served}, the export says {expected}"));
                }
            };
            compare("orders", day.orders.to_string(), expected.orders.to_string());
            compare("revenue", amount(day.cents), amount(expected.cents));
            compare("average", day.average.clone(), amount(average(expected.cents, expected.orders)));
            compare("hours", day.hours.len().to_string(), "24".to_owned());
            for (hour, orders) in (0..).zip(expected.hours) {
                let served = day.hours.get(&hour).map_or_else(|| "none".to_owned(), i64::to_string);
                compare(&format!("hour {hour}"), served, orders.to_string());
            }
        }
        let outside = self.days.keys().filter(|date| **date < self.first || **date > self.last);
        differences.extend(outside.map(|date| format!("{date} was served and not asked for")));
        differences
    }
}

/// Items that are not what the book says: over the whole range by both orders, and on single days across it.
pub(crate) async fn items(api: &Api, book: &Book, first: NaiveDate, last: NaiveDate) -> Result<Vec<String>> {
    let mut ranges = vec![(first, last)];
    let step = usize::try_from((last - first).num_days() / 12)?.max(1);
    ranges.extend(first.iter_days().take_while(|day| *day <= last).step_by(step).map(|day| (day, day)));
    ranges.push((last, last));
    let mut differences = Vec::new();
    for (from, to) in ranges {
        for order in ["quantity", "revenue"] {
            let served = top_items(api, from, to, order).await?;
            let mut expected = book.items(from, to);
            let rank = |sold: &Sold| if order == "quantity" { sold.quantity } else { sold.cents };
            expected.sort_by_key(|(id, sold)| (-rank(sold), *id));
            expected.truncate(ITEMS);
            if served.len() != expected.len() {
                differences.push(format!(
                    "items {from} to {to}: {} served, not {}",
                    served.len(),
                    expected.len()
                ));
            }
            for (at, (served, expected)) in served.iter().zip(&expected).enumerate() {
                let show = |(id, sold): &(i64, Sold)| {
                    format!("{id} {} {} {}", sold.name, sold.quantity, amount(sold.cents))
                };
                if show(served) != show(expected) {
                    differences.push(format!(
                        "items {from} to {to} by {order}, place {}: served {}, the export says {}",
                        at + 1,
                        show(served),
                        show(expected)
                    ));
                }
            }
        }
    }
    Ok(differences)
}

async fn top_items(api: &Api, from: NaiveDate, to: NaiveDate, order: &str) -> Result<Vec<(i64, Sold)>> {
    let path = format!("/top-items?start_date={from}&end_date={to}&limit={ITEMS}&sort_by={order}");
    let answer = get(api, &path, "total_items").await?;
    let items = rows(&answer, "top_items")?.iter().map(|row| {
        let sold = Sold {
            name: text(row, "item_name")?.to_owned(),
            quantity: number(row, "total_quantity")?,
            cents: cents(text(row, "total_revenue")?)?,
            ..Sold::default()
        };
        Ok((number(row, "item_id")?, sold))
    });
    items.collect()
}

/// Fetches an answer, which must be 200 and have as many rows as it says.
async fn get(api: &Api, path: &str, total: &str) -> Result<Value> {
    let (status, _, body) = api.get(&format!("{ROOT}{path}")).await?;
    ensure!(status == 200, "{path} answered {status}: {body}\n{}", api.log());
    let arrays = body.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_array());
    let count = arrays.map(Vec::len).max().unwrap_or_default();
    ensure!(body[total] == count, "{path}: {total} is {}, with {count} rows", body[total]);
    Ok(body)
}

fn rows<'a>(answer: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    answer[name].as_array().with_context(|| format!("the answer has no list {name}"))
}

fn text<'a>(row: &'a Value, name: &str) -> Result<&'a str> {
    row[name].as_str().with_context(|| format!("{name} is not a string in {row}"))
}

fn number(row: &Value, name: &str) -> Result<i64> {
    row[name].as_i64().with_context(|| format!("{name} is not a whole number in {row}"))
}

/// A range of days cut into ranges of at most `most` days.
fn pages(first: NaiveDate, last: NaiveDate, most: u64) -> Vec<(NaiveDate, NaiveDate)> {
    let mut pages = Vec::new();
    let mut from = first;
    while from <= last {
        let to = (from + Days::new(most - 1)).min(last);
        pages.push((from, to));
        from = to + Days::new(1);
    }
    pages
}
