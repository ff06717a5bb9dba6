//! Item sales over long ranges: whole years and months from the rollups, the days at the ends one by one.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{body, opened, publish, run, start};

/// What fills the rollups of a database that has item sales.
const FILL: &str =
    include_str!("../../../../migrations/analytics_db/2026-11-22-000041_fill_item_sales_rollups/up.sql");

const FIRST: &str = "2022-11-17";
const LAST: &str = "2026-11-21";

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days_between(first: &str, last: &str) -> impl Iterator<Item = NaiveDate> {
    let (first, last) = (date(first).max(date(FIRST)), date(last).min(date(LAST)));
    first.iter_days().take_while(move |day| *day <= last)
}

/// Units of items 1 to 4 sold on a day, at 1.05, 2.05, 3.05 and 4.05; each item is missing on every fifth day.
fn sold(day: NaiveDate) -> impl Iterator<Item = (i64, i64)> {
    let number = i64::from(day.num_days_from_ce());
    let sold = (1..=4).filter(move |item_id| number % 5 != *item_id);
    sold.map(move |item_id| (item_id, (number * 7 + item_id * 3) % 17 - 2))
}

/// What must be answered, by a loop over the days.
fn expected(first: &str, last: &str) -> Vec<Value> {
    let mut totals: BTreeMap<i64, (i64, NaiveDate)> = BTreeMap::new();
    for day in days_between(first, last) {
        for (item_id, quantity) in sold(day) {
            let (total, latest) = totals.entry(item_id).or_default();
            *total += quantity;
            *latest = day;
        }
    }
    let mut best: Vec<_> = totals.into_iter().collect();
    best.sort_by_key(|(item_id, (quantity, _))| (-quantity, *item_id));
    let row = |(item_id, (quantity, latest)): (i64, (i64, NaiveDate))| {
        let cents = quantity * (100 * item_id + 5);
        let sign = if cents < 0 { "-" } else { "" };
        let sales = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
        json!([item_id, format!("Dish {item_id} of {latest}"), quantity, sales])
    };
    best.into_iter().map(row).collect()
}

#[rstest]
#[case::before_they_are_filled(false)]
#[case::once_they_are_filled(true)]
#[tokio::test]
async fn a_range_is_the_sum_of_its_days(#[case] filled: bool) {
    let restaurant = opened("years").await;
    let mut rows = Vec::new();
    for day in days_between(FIRST, LAST) {
        for (item_id, quantity) in sold(day) {
            let name = format!("Dish {item_id} of {day}");
            rows.push(format!("('{day}', {item_id}, '{name}', {quantity}, {quantity} * {item_id}.05)"));
        }
    }
    run(&restaurant, &format!("INSERT INTO item_sales VALUES {}", rows.join(","))).await;
    if filled {
        run(&restaurant, FILL).await;
        // No range below ends in these months, so nothing of them may be read.
        let within = "date BETWEEN '2024-07-01' AND '2024-09-30'";
        run(&restaurant, &format!("UPDATE item_sales SET quantity = 1000 WHERE {within}")).await;
    }
    let days: Vec<String> = days_between(FIRST, LAST).map(|day| day.to_string()).collect();
    publish(&restaurant, &days.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let api = start(&restaurant);
    for (first, last) in [
        (FIRST, LAST),
        ("2000-01-01", "2026-12-31"),
        ("1000-01-01", "9999-12-31"),
        ("2022-12-02", "2026-10-30"),
        ("2023-01-01", "2025-12-31"),
        ("2023-12-31", "2025-01-01"),
        ("2024-02-29", "2024-06-01"),
        ("2024-06-15", "2024-10-15"),
        ("2025-03-05", "2025-03-05"),
        ("2025-03-05", "2025-04-29"),
        ("2025-03-01", "2025-03-31"),
    ] {
        let answer = body(&api, &format!("/top-items?start_date={first}&end_date={last}")).await;
        let columns = ["item_id", "item_name", "total_quantity", "total_revenue"];
        let rows = answer["top_items"].as_array().unwrap();
        let found: Vec<Value> =
            rows.iter().map(|row| columns.map(|column| row[column].clone()).into()).collect();
        assert_eq!(found, expected(first, last), "{first} to {last}");
    }
}
