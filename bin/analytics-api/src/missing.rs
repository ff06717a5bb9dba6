//! Business days that an answer should hold and does not.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::analytics_db::answers::{DateRange, Header};

/// Missing days that an answer names at most: the newest. A restaurant that has closed for good must not get a longer
/// answer every day.
const MOST: usize = 366;

/// The days of `range` that have ended by `now`, are not before `first`, and are not `present`, oldest first. None are
/// missing of a table without a first day, or before a run has written the calendar that says when a day ends.
pub(crate) fn missing_dates(
    range: DateRange,
    header: &Header,
    first: Option<NaiveDate>,
    now: DateTime<Utc>,
    present: impl IntoIterator<Item = NaiveDate>,
) -> Vec<NaiveDate> {
    let (Some(calendar), Some(first)) = (header.calendar, first) else { return Vec::new() };
    let present: BTreeSet<NaiveDate> = present.into_iter().collect();
    let due = range.intersection(DateRange { first, last: calendar.last_ended_day(now) });
    let mut missing: Vec<NaiveDate> = due.days().filter(|day| !present.contains(day)).collect();
    missing.drain(..missing.len().saturating_sub(MOST));
    missing
}
