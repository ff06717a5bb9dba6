//! Days put together by week, month or weekday.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use domain::analytics_db::answers::{DailyRow, DateRange};
use serde::Serialize;
use utoipa::ToSchema;

use super::totals::Totals;
use crate::weekday::Weekday;

/// What days are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupBy {
    /// ISO 8601: from Monday to Sunday.
    Week,
    Month,
    Weekday,
}

/// Some days together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayGroup)]
pub(super) struct Group {
    /// `2026-W47`, `2026-11` or `monday`.
    #[schema(examples("2026-W47"))]
    group: String,
    /// The first of its days that are asked for.
    start_date: NaiveDate,
    /// The last of its days that are asked for.
    end_date: NaiveDate,
    #[serde(flatten)]
    totals: Totals,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Week { year: i32, week: u32 },
    Month { year: i32, month: u32 },
    Weekday(Weekday),
}

#[derive(Debug)]
struct Gathered<'a> {
    days: DateRange,
    days_expected: usize,
    rows: Vec<&'a DailyRow>,
}

/// The days of `expected`, each of which should have one of `rows`, by group: weeks and months newest first, weekdays
/// from Monday on.
pub(super) fn groups(by: GroupBy, expected: DateRange, rows: &[DailyRow]) -> Vec<Group> {
    let mut gathered: BTreeMap<Key, Gathered<'_>> = BTreeMap::new();
    for day in expected.days() {
        let days = DateRange { first: day, last: day };
        let group =
            gathered.entry(Key::of(by, day)).or_insert(Gathered { days, days_expected: 0, rows: Vec::new() });
        group.days.last = day;
        group.days_expected += 1;
    }
    for row in rows {
        if let Some(group) = gathered.get_mut(&Key::of(by, row.date)) {
            group.rows.push(row);
        }
    }
    let groups = gathered.into_iter().map(|(key, group)| Group {
        group: key.name(),
        start_date: group.days.first,
        end_date: group.days.last,
        totals: Totals::of(group.rows, group.days_expected),
    });
    match by {
        GroupBy::Weekday => groups.collect(),
        GroupBy::Week | GroupBy::Month => groups.rev().collect(),
    }
}

impl Key {
    fn of(by: GroupBy, day: NaiveDate) -> Self {
        match by {
            GroupBy::Week => Self::Week { year: day.iso_week().year(), week: day.iso_week().week() },
            GroupBy::Month => Self::Month { year: day.year(), month: day.month() },
            GroupBy::Weekday => Self::Weekday(Weekday::of(day)),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Week { year, week } => format!("{year}-W{week:02}"),
            Self::Month { year, month } => format!("{year}-{month:02}"),
            Self::Weekday(weekday) => weekday.name().to_owned(),
        }
    }
}
