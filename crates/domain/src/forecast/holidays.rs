//! What a public holiday does to the demand of days.
//!
//! A holiday joins the weekend: the last free day in a row sells like a Sunday, and others like a Saturday. The day
//! before free days sells like a Friday: people need not rise early. So did the best solutions of the Recruit Restaurant
//! Visitor Forecasting competition (Kaggle, 2018) treat them. Whether a restaurant opens on a holiday is not known from
//! this.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate, Weekday};

/// The weekday, 0 being Monday, whose demand `day` has; None where that is its own.
pub(super) fn likeness(day: NaiveDate, holidays: &BTreeSet<NaiveDate>) -> Option<usize> {
    let is_holiday = |day: NaiveDate| holidays.contains(&day);
    let is_free = |day: NaiveDate| is_holiday(day) || matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let next = day.succ_opt()?;
    let like = match (is_free(day), is_free(next)) {
        (true, true) => Weekday::Sat,
        (true, false) => Weekday::Sun,
        (false, true) => Weekday::Fri,
        (false, false) => return None,
    };
    (like != day.weekday()).then_some(like.num_days_from_monday() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_makes_the_weekend_longer() {
        let day = |day| NaiveDate::from_ymd_opt(2017, 3, day).unwrap();
        // Equinox day, a Monday.
        let holidays = BTreeSet::from([day(20)]);
        let likeness = [18, 19, 20, 21].map(|of_march| likeness(day(of_march), &holidays));
        assert_eq!(likeness, [None, Some(5), Some(6), None]);
        // In midweek.
        let likeness =
            [21, 22, 23].map(|of_march| super::likeness(day(of_march), &BTreeSet::from([day(22)])));
        assert_eq!(likeness, [Some(4), Some(6), None]);
    }
}
