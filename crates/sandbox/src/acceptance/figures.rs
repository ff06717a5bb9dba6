//! The figures that a person would check by hand, and what they were expected to be.

use std::str::FromStr;

use anyhow::{Context as _, Error, Result};
use chrono::NaiveDate;

use super::book::{Sold, amount};
use super::compare::{Served, ServedDay};

/// Named figures of what was served, in the order in which they are shown.
pub(crate) fn of(served: &Served) -> Vec<(&'static str, String)> {
    let days = served.days.values();
    let with_orders = days.clone().filter(|day| day.orders > 0).count();
    let best = served.days.iter().max_by_key(|(date, day)| (day.cents, std::cmp::Reverse(**date)));
    let (best_date, best_day) = best.map(|(date, day)| (date.to_string(), day.clone())).unwrap_or_default();
    // The API serves a hundred items at most, so with more than that this is what those sold.
    let items_sold: i64 = served.by_quantity.iter().map(|(_, sold)| sold.quantity).sum();
    let item = |items: &[(i64, Sold)]| {
        items.first().map(|(id, sold)| format!("{id}/{}/{}/{}", sold.name, sold.quantity, amount(sold.cents)))
    };
    vec![
        ("days_with_orders", with_orders.to_string()),
        ("closed_days", (served.days.len() - with_orders).to_string()),
        ("orders", days.clone().map(|day| day.orders).sum::<i64>().to_string()),
        ("revenue", amount(days.map(|day| day.cents).sum())),
        ("items_sold", items_sold.to_string()),
        ("best_day", best_date),
        ("best_day_figures", figures_of(&best_day)),
        ("top_by_quantity", item(&served.by_quantity).unwrap_or_default()),
        ("top_by_revenue", item(&served.by_revenue).unwrap_or_default()),
    ]
}

/// A figure that must come out.
#[derive(Clone, Debug)]
pub(crate) struct Expectation {
    key: String,
    value: String,
}

impl FromStr for Expectation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (key, value) = text.split_once('=').context("write KEY=VALUE")?;
        Ok(Self { key: key.trim().to_owned(), value: value.trim().to_owned() })
    }
}

impl Expectation {
    /// What is wrong, if the figure is another or there is none of this name.
    pub(crate) fn missed(&self, figures: &[(&'static str, String)], served: &Served) -> Option<String> {
        let found = figures.iter().find(|(key, _)| *key == self.key).map(|(_, value)| value.clone());
        match found.or_else(|| self.of_a_day(served)) {
            Some(value) if value == self.value => None,
            Some(value) => Some(format!("{}: {value} is served, {} was expected", self.key, self.value)),
            None => Some(format!("{}: there is no such figure", self.key)),
        }
    }

    /// `day:DATE`
    fn of_a_day(&self, served: &Served) -> Option<String> {
        let date = self.key.strip_prefix("day:")?.parse::<NaiveDate>().ok()?;
        served.days.get(&date).map(figures_of)
    }
}

/// Orders and revenue: `115/4422.45`.
fn figures_of(day: &ServedDay) -> String {
    format!("{}/{}", day.orders, amount(day.cents))
}
