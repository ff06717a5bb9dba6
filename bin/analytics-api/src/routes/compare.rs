//! Which earlier days a range is held against, and by how many percent a figure differs.

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive as _, Zero as _};
use chrono::{DateTime, Days, Utc};
use domain::analytics_db::answers::{DateRange, Header};
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::parameters::Choice;

/// Which earlier days: as many of them, a whole number of weeks away where weekdays are to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Compare {
    /// Those just before.
    Previous,
    WeekAgo,
    /// 52 weeks, so that a Friday is held against a Friday.
    YearAgo,
}

/// The parameter.
pub(super) const COMPARE: Choice<Option<Compare>> = Choice {
    name: "compare",
    about: "Holds the range against earlier days: `previous`, as many days just before; `week_ago`, the same weekdays a \
            week before; `year_ago`, those 52 weeks before.",
    legal: &[
        ("previous", Some(Compare::Previous)),
        ("week_ago", Some(Compare::WeekAgo)),
        ("year_ago", Some(Compare::YearAgo)),
    ],
    default: None,
};

impl Compare {
    /// The days to hold `range` against; none if they begin before the first that a DATE column can hold.
    pub(super) fn base(self, range: DateRange) -> Option<DateRange> {
        let length = u64::try_from((range.last - range.first).num_days() + 1).ok()?;
        let back = Days::new(match self {
            Self::Previous => length,
            Self::WeekAgo => 7,
            Self::YearAgo => 364,
        });
        let first = range.first.checked_sub_days(back).filter(|first| *first >= DateRange::ALL.first)?;
        Some(DateRange { first, last: range.last.checked_sub_days(back)? })
    }
}

/// The days of a range that have ended by `now`.
pub(super) fn ended(range: DateRange, header: &Header, now: DateTime<Utc>) -> DateRange {
    DateRange { last: range.last.min(header.calendar_or_default().last_ended_day(now)), ..range }
}

/// The last `limit` days of the range that have ended.
pub(super) fn last_ended(range: DateRange, limit: u32, header: &Header, now: DateTime<Utc>) -> DateRange {
    let DateRange { first, last } = ended(range, header, now);
    let limited = last.checked_sub_days(Days::new(u64::from(limit) - 1)).unwrap_or(first);
    DateRange { first: first.max(limited), last }
}

/// By how many percent of `base` an amount is more than it, rounded to one decimal; none if `base` is not above zero.
pub(super) fn percent(amount: &Money, base: &Money) -> Option<f64> {
    percent_above(&amount.clone().into_decimal(), &base.clone().into_decimal())
}

/// The same of counts.
pub(super) fn percent_of_counts(count: i64, base: i64) -> Option<f64> {
    percent_above(&count.into(), &base.into())
}

/// How many percent of `all` an amount is, rounded to one decimal; none if `all` is not above zero.
pub(super) fn share(amount: &Money, all: &Money) -> Option<f64> {
    ratio(&amount.clone().into_decimal(), &all.clone().into_decimal())
}

/// The same of counts.
pub(super) fn share_of_counts(count: i64, all: i64) -> Option<f64> {
    ratio(&count.into(), &all.into())
}

fn percent_above(number: &BigDecimal, base: &BigDecimal) -> Option<f64> {
    ratio(&(number - base), base)
}

fn ratio(part: &BigDecimal, whole: &BigDecimal) -> Option<f64> {
    if *whole <= BigDecimal::zero() {
        return None;
    }
    let percent = part * BigDecimal::from(100) / whole;
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
    #[test]
    fn days_before_all_that_a_date_column_can_hold_are_no_base() {
        assert_eq!(Compare::Previous.base(DateRange::ALL), None);
    }
}
