//! Days put together by week, month or weekday.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use domain::analytics_db::answers::DateRange;

use crate::weekday::Weekday;

/// What days are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupBy {
    /// ISO 8601: from Monday to Sunday.
    Week,
    Month,
    Weekday,
}

/// What the parameter `group_by` may say.
pub(super) const GROUPS: &[(&str, Option<GroupBy>)] = &[
    ("day", None),
    ("week", Some(GroupBy::Week)),
    ("month", Some(GroupBy::Month)),
    ("weekday", Some(GroupBy::Weekday)),
];

/// Some days together.
#[derive(Debug)]
pub(super) struct Grouped<'a, Row> {
    /// `2026-W47`, `2026-11` or `monday`.
    pub(super) name: String,
    /// The first and the last of its days that are asked for.
    pub(super) days: DateRange,
    pub(super) days_expected: usize,
    pub(super) rows: Vec<&'a Row>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Week { year: i32, week: u32 },
    Month { year: i32, month: u32 },
    Weekday(Weekday),
}

/// The days of `expected`, each of which should have one of `rows`, by group: weeks and months newest first, weekdays
/// from Monday on.
pub(super) fn groups<Row>(
    by: GroupBy,
    expected: DateRange,
    rows: &[Row],
    date: impl Fn(&Row) -> NaiveDate,
) -> Vec<Grouped<'_, Row>> {
    let mut gathered: BTreeMap<Key, Grouped<'_, Row>> = BTreeMap::new();
    for day in expected.days() {
        let key = Key::of(by, day);
        let days = DateRange { first: day, last: day };
        let group = gathered.entry(key).or_insert_with(|| Grouped {
            name: key.name(),
            days,
            days_expected: 0,
            rows: Vec::new(),
        });
        group.days.last = day;
        group.days_expected += 1;
    }
    for row in rows {
        if let Some(group) = gathered.get_mut(&Key::of(by, date(row))) {
            group.rows.push(row);
        }
    }
    let groups = gathered.into_values();
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
