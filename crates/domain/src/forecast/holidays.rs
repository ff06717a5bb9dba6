//! What a public holiday does to the demand of days.
//!
//! A holiday sells like a Saturday and the day before it, if it is a working day or a Sunday, like a Friday: people
//! need not rise early. So did the best solutions of the Recruit Restaurant Visitor Forecasting competition (Kaggle,
//! 2018) treat them. Whether a restaurant opens on a holiday is not known from this.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate, Weekday};

/// The weekday, 0 being Monday, whose demand `day` has; None where that is its own.
pub(super) fn likeness(day: NaiveDate, holidays: &BTreeSet<NaiveDate>) -> Option<usize> {
    let is_holiday = |day: Option<NaiveDate>| day.is_some_and(|day| holidays.contains(&day));
    if is_holiday(Some(day)) {
        return Some(Weekday::Sat.num_days_from_monday() as usize);
    }
    let before = is_holiday(day.succ_opt()) && day.weekday() != Weekday::Sat;
    before.then_some(Weekday::Fri.num_days_from_monday() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_is_like_a_saturday_and_its_eve_like_a_friday() {
        let day = |day| NaiveDate::from_ymd_opt(2017, 3, day).unwrap();
        // Equinox day, a Monday.
        let holidays = BTreeSet::from([day(20)]);
        let likeness = [18, 19, 20, 21].map(|of_march| likeness(day(of_march), &holidays));
        assert_eq!(likeness, [None, Some(4), Some(5), None]);
        // The eve of a Sunday's holiday is a Saturday already.
        assert_eq!(super::likeness(day(18), &BTreeSet::from([day(19)])), None);
    }
}
