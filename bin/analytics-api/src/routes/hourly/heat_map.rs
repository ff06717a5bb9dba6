//! What is usual at each hour of the week.

use std::collections::BTreeMap;

use domain::analytics_db::answers::HourlyRow;
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::Decimal;
use crate::weekday::Weekday;

/// An hour of the week: that hour on every published day of a weekday.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HourOfWeek {
    /// The business day's.
    weekday: Weekday,
    /// What the wall clock shows.
    #[schema(minimum = 0, maximum = 23)]
    hour: i32,
    /// Orders, to two decimals.
    average_orders: f64,
    /// The middle of the days' orders; of an even number of days, the mean of the two in the middle.
    median_orders: f64,
    /// In `meta.currency`; null if any of the days was adopted from the old service, which kept no revenue by the hour.
    #[schema(value_type = Option<Decimal>, required)]
    average_revenue: Option<Money>,
    /// Days that the averages and the median are over.
    days_counted: usize,
}

/// The hours of the week of which `rows` holds any, by weekday from Monday on and by hour.
pub(super) fn hours_of_the_week(rows: &[HourlyRow]) -> Vec<HourOfWeek> {
    let mut gathered: BTreeMap<(Weekday, i32), Vec<&HourlyRow>> = BTreeMap::new();
    for row in rows {
        gathered.entry((Weekday::of(row.date), row.hour)).or_default().push(row);
    }
    gathered.into_iter().map(|((weekday, hour), rows)| HourOfWeek::new(weekday, hour, &rows)).collect()
}

impl HourOfWeek {
    fn new(weekday: Weekday, hour: i32, rows: &[&HourlyRow]) -> Self {
        let mut orders: Vec<i32> = rows.iter().map(|row| row.order_count).collect();
        orders.sort_unstable();
        let all: i64 = orders.iter().copied().map(i64::from).sum();
        let revenues: Option<Vec<&Money>> = rows.iter().map(|row| row.revenue.as_ref()).collect();
        let days = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        Self {
            weekday,
            hour,
            average_orders: hundredths(all as f64 / f64::from(days)),
            median_orders: median(&orders),
            average_revenue: revenues.map(|revenues| revenues.into_iter().sum::<Money>().average_over(days)),
            days_counted: rows.len(),
        }
    }
}

fn median(ascending: &[i32]) -> f64 {
    let middle = ascending.len() / 2;
    let at = |index: usize| ascending.get(index).copied().map_or(0.0, f64::from);
    if ascending.len() % 2 == 1 {
        at(middle)
    } else {
        f64::midpoint(at(middle.saturating_sub(1)), at(middle))
    }
}

/// To two decimals.
pub(in crate::routes) fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[], 0.0)]
    #[case(&[3], 3.0)]
    #[case(&[1, 4], 2.5)]
    #[case(&[0, 0, 9], 0.0)]
    #[case(&[1, 2, 4, 9], 3.0)]
    fn the_median_lies_in_the_middle(#[case] ascending: &[i32], #[case] middle: f64) {
        assert_eq!(median(ascending), middle);
    }
}
