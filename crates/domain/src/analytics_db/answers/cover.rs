//! A range of business days as whole years, whole months and the days at its ends, which is how item sales are added up.

use chrono::Days;

use super::DateRange;
use crate::period::Period;

/// Ranges that together hold each day of one range once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    /// Its whole months together, those of the years among them.
    pub(super) whole: DateRange,
    /// Its whole years.
    pub(super) years: DateRange,
    /// Its other whole months, those before the years and those after.
    pub(super) months: [DateRange; 2],
    /// Its other days, those before the months and those after.
    pub(super) days: [DateRange; 2],
}

impl Cover {
    /// That of `range`.
    pub(super) fn of(range: DateRange) -> Self {
        let (whole, days) = split(range, Period::Month);
        let (years, months) = split(whole, Period::Year);
        Self { whole, years, months, days }
    }
}

/// The whole periods of a range, and what lies before and after them.
fn split(range: DateRange, period: Period) -> (DateRange, [DateRange; 2]) {
    let Some((begin, end)) = period.whole_between(range.first, range.last) else {
        return (DateRange::NONE, [range, DateRange::NONE]);
    };
    let before = begin.checked_sub_days(Days::new(1)).map(|last| DateRange { first: range.first, last });
    let after = end.checked_add_days(Days::new(1)).map(|first| DateRange { first, last: range.last });
    // Beside the first or the last day that a DATE can hold there is nothing to ask for.
    let ends = [before, after].map(|end| end.filter(|end| end.first <= end.last).unwrap_or(DateRange::NONE));
    (DateRange { first: begin, last: end }, ends)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;

    fn day(number: i32) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(number).unwrap()
    }

    proptest! {
        // 2015-12-31 is day 735_963 of the common era, and the four years after it hold a leap day.
        #[test]
        fn each_day_is_in_one_part(first in 735_900..737_500, length in -3..1_600) {
            let range = DateRange { first: day(first), last: day(first + length) };
            let Cover { whole, years, months, days } = Cover::of(range);
            let mut found = BTreeSet::new();
            for part in [years].into_iter().chain(months).chain(days) {
                for day in part.days() {
                    prop_assert!(found.insert(day), "{day} is counted twice");
                }
            }
            prop_assert_eq!(found, range.days().collect());
            let by_month: usize = [years, months[0], months[1]].iter().map(|part| part.days().count()).sum();
            prop_assert_eq!(whole.days().count(), by_month);
            prop_assert!(days.iter().all(|end| end.days().count() <= 61));
            for part in [whole, years, months[0], months[1]].iter().filter(|part| part.first <= part.last) {
                prop_assert_eq!(Period::Month.start_of(part.first), part.first);
                prop_assert_eq!(Period::Month.start_of(part.last + Days::new(1)), part.last + Days::new(1));
            }
            if years.first <= years.last {
                prop_assert_eq!(Period::Year.start_of(years.first), years.first);
                prop_assert_eq!(Period::Year.start_of(years.last + Days::new(1)), years.last + Days::new(1));
            }
        }
    }
}
