//! What a public holiday does to the demand of days.
//!
//! A holiday joins the weekend: the last free day in a row sells like a Sunday, and others like a Saturday. The day
//! before free days sells like a Friday: people need not rise early. So did the best solutions of the Recruit Restaurant
//! Visitor Forecasting competition (Kaggle, 2018) treat them.
//!
//! Whether the restaurant opens is learnt from its own holidays. On a weekday that is usually open it is expected to
//! close if it rather closed on such weekdays: on the same holiday in earlier years, or on any if that one has not been
//! seen and two have been. So is opening on weekdays that are usually closed.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate, Weekday};

use super::history::{Observation, Series, WEEK};
use super::special_days::Notice;

/// Holidays, or rows of them, from which it is told what the restaurant does on any other.
const ENOUGH: f64 = 2.0;

/// Days by which a weekday's habit is told.
const HABIT: usize = 4;

/// Weeks within which they are looked for.
const SEEN_WITHIN: usize = 8;

/// The weekday, 0 being Monday, whose demand `day` has; None where that is its own.
pub(super) fn likeness(day: NaiveDate, is_holiday: impl Fn(NaiveDate) -> bool) -> Option<usize> {
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

/// What the restaurant did on past holidays: how often it kept to the weekday's habit, apart for weekdays that are
/// closed (0) and open ones (1).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Custom {
    all: [Tally; 2],
    /// By the holiday's number.
    each: BTreeMap<usize, [Tally; 2]>,
}

/// How often a habit was kept, and how often not. Holidays in a row share the weight of one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tally {
    kept: f64,
    broken: f64,
}

impl Tally {
    fn observe(&mut self, kept: bool, weight: f64) {
        *(if kept { &mut self.kept } else { &mut self.broken }) += weight;
    }

    fn breaks(self) -> bool {
        self.broken > self.kept
    }
}

impl Custom {
    /// Learns it from all of `series`. Days of which the restaurant had said whether it opens teach nothing.
    pub(super) fn learn(series: &Series<'_>) -> Self {
        let mut custom = Self::default();
        if series.has_no_notice() {
            return custom;
        }
        for (index, day) in series.days().iter().enumerate() {
            let opened = match day {
                Observation::Missing => continue,
                Observation::Closed => false,
                Observation::Open(_) => true,
            };
            let Some(Notice { holiday: Some(holiday), opens: None, .. }) = series.notice(index) else {
                continue;
            };
            let Some(habit) = habit_before(series, index) else { continue };
            let (weekday, kept) = (usize::from(habit), opened == habit);
            custom.all[weekday].observe(kept, 1.0 / in_a_row(series, index) as f64);
            custom.each.entry(*holiday).or_default()[weekday].observe(kept, 1.0);
        }
        custom
    }

    /// Whether the restaurant opens on day `index`, on whose weekday it `usually` does or does not.
    pub(super) fn opens(&self, series: &Series<'_>, index: usize, usually: bool) -> bool {
        let Some(holiday) = series.notice(index).and_then(|notice| notice.holiday) else { return usually };
        let weekday = usize::from(usually);
        let this_one = self.each.get(&holiday).map(|tallies| tallies[weekday]).unwrap_or_default();
        let all = self.all[weekday];
        let broken = if this_one.kept + this_one.broken > 0.0 {
            this_one.breaks()
        } else {
            all.kept + all.broken >= ENOUGH && all.breaks()
        };
        usually != broken
    }
}

/// How many holidays follow on one another around day `index`, which is one.
fn in_a_row(series: &Series<'_>, index: usize) -> usize {
    let is_holiday = |index: &usize| series.notice(*index).is_some_and(|notice| notice.holiday.is_some());
    let before = (0..index).rev().take_while(is_holiday).count();
    before + (index..).take_while(is_holiday).count()
}

/// Whether the weekday of day `index` was an open one by the latest of its days before that were nothing special. None
/// where there are none.
fn habit_before(series: &Series<'_>, index: usize) -> Option<bool> {
    let before = (1..=SEEN_WITHIN).map_while(|weeks| index.checked_sub(weeks * WEEK));
    let usual = before.filter(|index| series.notice(*index).is_none_or(Notice::is_usual));
    let opened = usual.filter_map(|index| match series.days()[index] {
        Observation::Missing => None,
        Observation::Closed => Some(false),
        Observation::Open(_) => Some(true),
    });
    let (mut open, mut all) = (0, 0);
    for opened in opened.take(HABIT) {
        open += usize::from(opened);
        all += 1;
    }
    (all > 0).then_some(2 * open >= all)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_holiday_makes_the_weekend_longer() {
        let day = |day| NaiveDate::from_ymd_opt(2017, 3, day).unwrap();
        // Equinox day, a Monday.
        let holidays = BTreeSet::from([day(20)]);
        let likeness =
            [18, 19, 20, 21].map(|of_march| likeness(day(of_march), |day| holidays.contains(&day)));
        assert_eq!(likeness, [None, Some(5), Some(6), None]);
        // In midweek.
        let likeness = [21, 22, 23].map(|of_march| super::likeness(day(of_march), |date| date == day(22)));
        assert_eq!(likeness, [Some(4), Some(6), None]);
    }

    /// Weeks from a Monday, closed on Mondays, but for the days of `holidays` (day, number, open), and with `coming`
    /// holidays (day, number); whether each of these is expected to be open.
    fn opens(holidays: &[(usize, usize, bool)], coming: &[(usize, usize)]) -> Vec<bool> {
        let mut days: Vec<Observation> = (0..30 * WEEK)
            .map(|index| if index % WEEK == 0 { Observation::Closed } else { Observation::Open(10.0) })
            .collect();
        let mut notices = vec![Notice::default(); 40 * WEEK];
        for (index, which, open) in holidays {
            days[*index] = if *open { Observation::Open(10.0) } else { Observation::Closed };
            notices[*index].holiday = Some(*which);
        }
        for (index, which) in coming {
            notices[*index].holiday = Some(*which);
        }
        let series = Series::seasonal(WEEK, 0, &days).with_notices(&notices);
        let custom = Custom::learn(&series);
        coming.iter().map(|(index, _)| custom.opens(&series, *index, index % WEEK != 0)).collect()
    }

    #[test]
    fn two_closed_holidays_make_a_custom_and_one_does_not() {
        // A Wednesday, a Monday and a Friday to come.
        let coming = [(212, 90), (217, 91), (221, 92)];
        assert_eq!(opens(&[(100, 1, false)], &coming), [true, false, true]);
        assert_eq!(opens(&[(100, 1, false), (150, 2, false)], &coming), [false, false, false]);
        // Days 150 and 151 are one row.
        assert!(opens(&[(100, 1, false), (150, 2, true), (151, 3, true)], &coming)[0]);
        assert!(opens(&[(100, 1, false), (150, 2, false), (160, 3, true), (170, 4, true)], &coming)[0]);
        // Days 98 and 154 are Mondays: open for the holiday.
        assert_eq!(opens(&[(98, 1, true), (154, 2, true)], &coming), [true, true, true]);
    }

    #[test]
    fn the_same_holiday_tells_more_than_others() {
        let closed_once = [(100, 1, false), (120, 2, true), (130, 3, true), (150, 4, true)];
        assert_eq!(opens(&closed_once, &[(212, 1), (219, 9)]), [false, true]);
        let open_once = [(100, 1, true), (120, 2, false), (130, 3, false), (150, 4, false)];
        assert_eq!(opens(&open_once, &[(212, 1), (219, 9)]), [true, false]);
    }

    #[test]
    fn a_row_of_holidays_is_one() {
        // Three days of one New Year, closed, against two open holidays.
        let holidays = [(100, 1, false), (101, 2, false), (102, 3, false), (130, 4, true), (150, 5, true)];
        assert_eq!(opens(&holidays, &[(212, 9)]), [true]);
    }
}
