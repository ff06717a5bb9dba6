//! Days held against earlier ones.

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive as _, Zero as _};
use chrono::{Days, NaiveDate};
use domain::analytics_db::answers::DateRange;
use domain::money::Money;
use serde::Serialize;

use super::totals::Totals;

/// Which earlier days: as many of them, a whole number of weeks away where weekdays are to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Compare {
    /// Those just before.
    Previous,
    WeekAgo,
    /// 52 weeks, so that a Friday is held against a Friday.
    YearAgo,
}

/// What the days are held against, and by how much they differ from it.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    compare: Compare,
    start_date: NaiveDate,
    end_date: NaiveDate,
    /// None, and with it all that follows, if none of the earlier days has figures.
    totals: Option<Totals>,
    change: Option<Change>,
    change_percent: Option<Percent>,
}

/// What was added since.
#[derive(Debug, Serialize)]
struct Change {
    total_revenue: Money,
    order_count: i64,
    average_order_value: Money,
}

/// The same in percent of what was, to one decimal; none where that was not above zero.
#[derive(Debug, Serialize)]
struct Percent {
    total_revenue: Option<f64>,
    order_count: Option<f64>,
    average_order_value: Option<f64>,
}

impl Compare {
    /// The days to hold `range` against; none if they lie before all calendars.
    pub(super) fn base(self, range: DateRange) -> Option<DateRange> {
        let length = u64::try_from((range.last - range.first).num_days() + 1).ok()?;
        let back = Days::new(match self {
            Self::Previous => length,
            Self::WeekAgo => 7,
            Self::YearAgo => 364,
        });
        Some(DateRange {
            first: range.first.checked_sub_days(back)?,
            last: range.last.checked_sub_days(back)?,
        })
    }
}

impl Comparison {
    /// Holds `present` against `base`, the totals of the days `of`.
    pub(super) fn new(compare: Compare, present: &Totals, of: DateRange, base: Totals) -> Self {
        let totals = (base.days_counted > 0).then_some(base);
        Self {
            compare,
            start_date: of.first,
            end_date: of.last,
            change: totals.as_ref().map(|base| Change {
                total_revenue: &present.total_revenue - &base.total_revenue,
                order_count: present.order_count - base.order_count,
                average_order_value: &present.average_order_value - &base.average_order_value,
            }),
            change_percent: totals.as_ref().map(|base| Percent {
                total_revenue: percent(&present.total_revenue, &base.total_revenue),
                order_count: percent_above(&present.order_count.into(), &base.order_count.into()),
                average_order_value: percent(&present.average_order_value, &base.average_order_value),
            }),
            totals,
        }
    }
}

fn percent(amount: &Money, base: &Money) -> Option<f64> {
    percent_above(&amount.clone().into_decimal(), &base.clone().into_decimal())
}

/// By how many percent of `base` a number is more than it, rounded to one decimal.
fn percent_above(number: &BigDecimal, base: &BigDecimal) -> Option<f64> {
    if *base <= BigDecimal::zero() {
        return None;
    }
    let percent = (number - base) * BigDecimal::from(100) / base;
    percent.with_scale_round(1, RoundingMode::HalfUp).to_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    // Worked by hand: 125 is a quarter above 100; 100 / 3 = 33.33…; 0.05 / 100 is 0.05 %.
    #[rstest]
    #[case("125", "100", Some(25.0))]
    #[case("0", "80.50", Some(-100.0))]
    #[case("-10", "10", Some(-200.0))]
    #[case("4", "3", Some(33.3))]
    #[case("100.05", "100", Some(0.1))]
    #[case("5", "0", None)]
    #[case("5", "-5", None)]
    fn a_share_of_nothing_is_not_told(#[case] of: &str, #[case] base: &str, #[case] percent: Option<f64>) {
        assert_eq!(percent_above(&of.parse().unwrap(), &base.parse().unwrap()), percent);
    }

    // By a calendar: 2026-11-16 is a Monday, and so are 2026-11-09 and 2025-11-17.
    #[rstest]
    #[case(Compare::Previous, "2026-11-10", "2026-11-15")]
    #[case(Compare::WeekAgo, "2026-11-09", "2026-11-14")]
    #[case(Compare::YearAgo, "2025-11-17", "2025-11-22")]
    fn the_base_has_as_many_days(#[case] compare: Compare, #[case] first: &str, #[case] last: &str) {
        let range = |first: &str, last: &str| DateRange {
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
        };
        assert_eq!(compare.base(range("2026-11-16", "2026-11-21")), Some(range(first, last)));
    }
}
