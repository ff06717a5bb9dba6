//! The read side: what the API serves, as queries over the published tables.
//!
//! Every statement here is a SELECT of fixed text whatever the range or the number of items, and none converts a time
//! zone. Nothing here opens a transaction or writes: the caller reads the [`Header`] and the rows that it describes
//! in one snapshot of its own.

mod accuracy;
mod cover;
mod forecasts;
mod header;
mod hourly;
mod item;
mod readiness;
mod revisions;
mod runs;
mod summary;
mod top_items;

use chrono::{Days, NaiveDate};

pub use accuracy::{IssuedThen, JudgedDay, Measures, judged_days, measures, measures_of};
pub use forecasts::{Forecast, Interval, daily_revenue_forecasts, hourly_order_forecasts};
pub use header::{Header, UnreadableCalendar, header};
pub use hourly::{HourlyRow, hourly_rows};
pub use item::{Item, ItemDay, item, item_days};
pub use readiness::{Readiness, last_success, readiness};
pub use revisions::{Revision, newest_revisions};
pub use runs::{Pulse, Run, newest_runs, pulse, suspicions_of};
pub use summary::{DailyRow, newest_days};
pub use top_items::{ItemTotal, SortBy, TopItem, published_dates, top_items};

/// An inclusive range of business days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    /// Its first day.
    pub first: NaiveDate,
    /// Its last day; a range whose last day is before its first holds none.
    pub last: NaiveDate,
}

impl DateRange {
    /// Every day that a DATE column can hold.
    pub const ALL: Self =
        Self { first: date_or(1000, 1, 1, NaiveDate::MIN), last: date_or(9999, 12, 31, NaiveDate::MAX) };

    /// No day.
    pub const NONE: Self = Self { first: Self::ALL.last, last: Self::ALL.first };

    /// The days of both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), last: self.last.min(other.last) }
    }

    /// Its days, oldest first.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        std::iter::successors(Some(self.first), |day| day.checked_add_days(Days::new(1)))
            .take_while(move |day| *day <= self.last)
    }
}

const fn date_or(year: i32, month: u32, day: u32, otherwise: NaiveDate) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => otherwise,
    }
}
