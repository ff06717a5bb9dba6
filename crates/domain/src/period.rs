//! Months and years of business days, and a range of days put together from them.

use chrono::{Datelike as _, Days, Months, NaiveDate};

/// A calendar month or year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// From the 1st on.
    Month,
    /// From 1 January on.
    Year,
}

impl Period {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Month, Self::Year];

    /// As the database spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The first day of the one that `day` is in.
    #[must_use]
    pub fn start_of(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Month => day.with_day(1),
            Self::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
        }
        // Every month and year has a first day.
        .unwrap_or(day)
    }

    /// The first day of the one after; none after all calendars.
    fn after(self, day: NaiveDate) -> Option<NaiveDate> {
        let months = match self {
            Self::Month => 1,
            Self::Year => 12,
        };
        self.start_of(day).checked_add_months(Months::new(months))
    }

    /// The last day of the one that `day` is in.
    #[must_use]
    pub fn end_of(self, day: NaiveDate) -> NaiveDate {
        self.after(day).and_then(|next| next.checked_sub_days(Days::new(1))).unwrap_or(NaiveDate::MAX)
    }

    /// The whole ones from `first` to `last`, as the days that they begin and end with; none if there is none.
    #[must_use]
    pub fn whole_between(self, first: NaiveDate, last: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let begin = if self.start_of(first) == first { first } else { self.after(first)? };
        let end = self.start_of(last.checked_add_days(Days::new(1))?).checked_sub_days(Days::new(1))?;
        (begin <= end).then_some((begin, end))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    // By a calendar.
    #[rstest]
    #[case(Period::Month, "2026-01-01", "2026-01-31", Some(("2026-01-01", "2026-01-31")))]
    #[case(Period::Month, "2026-01-02", "2026-03-30", Some(("2026-02-01", "2026-02-28")))]
    #[case(Period::Month, "2026-01-02", "2026-02-27", None)]
    #[case(Period::Month, "2023-12-31", "2024-02-29", Some(("2024-01-01", "2024-02-29")))]
    #[case(Period::Month, "2026-05-10", "2026-05-20", None)]
    #[case(Period::Year, "2024-01-01", "2026-11-22", Some(("2024-01-01", "2025-12-31")))]
    #[case(Period::Year, "2024-01-02", "2025-12-30", None)]
    #[case(Period::Year, "2025-06-01", "2026-12-31", Some(("2026-01-01", "2026-12-31")))]
    #[case(Period::Year, "1000-01-01", "9999-12-31", Some(("1000-01-01", "9999-12-31")))]
    #[case(Period::Month, "2026-05-10", "2026-05-09", None)]
    fn only_whole_ones_count(
        #[case] period: Period,
        #[case] first: &str,
        #[case] last: &str,
        #[case] whole: Option<(&str, &str)>,
    ) {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let whole = whole.map(|(begin, end)| (day(begin), day(end)));
        assert_eq!(period.whole_between(day(first), day(last)), whole);
    }
}
