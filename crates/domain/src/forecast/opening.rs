//! On which weekdays the restaurant opens, learnt from the days on which it did.
//!
//! A weekday is forecast as closed when a recency-weighted share of its days says so. The weights forget quickly, so
//! that changed opening days are followed within three weeks, and the prior leans to open, so that one zero (a
//! holiday, a funeral, a burst pipe) never closes a weekday.

use std::ops::Range;

use super::history::{Observation, Series, WEEK};
use super::holidays::Custom;
use super::models::Ahead;
use super::special_days::Notice;

/// How many days, closures not counted, opening days are looked for in.
const LOOKBACK: usize = 26 * WEEK;

/// What a day counts for beside the same weekday's next one.
const DECAY: f64 = 0.75;

/// The weight, in days, of the assumption that a weekday is an open one.
const PRIOR: f64 = 1.0;

/// Closed days in a row from which the restaurant, and not its weekdays, was closed: holidays, a refurbishment.
const CLOSURE: usize = WEEK;

/// Closed days in a row, up to the origin, from which it is taken to stay closed.
const STAYS_CLOSED: usize = 2 * WEEK;

/// Days by which is judged whether closures have become a habit.
const LATELY: usize = 26 * WEEK;

/// How many closures within them are a habit.
const OFTEN: usize = 2;

/// Published values in a row, all zero, from which a slot of a season that is not a week is closed.
const NEVER: usize = 4;

/// The slots of the season in which a restaurant opens: of days the weekdays.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    open: Vec<bool>,
    holidays: Custom,
}

impl Opening {
    /// Learns the opening days that hold at the end of `series`.
    #[must_use]
    pub fn learn(series: &Series<'_>) -> Self {
        if series.season() == WEEK { Self::of_weekdays(series) } else { Self::of_slots(series) }
    }

    fn of_weekdays(series: &Series<'_>) -> Self {
        let days = series.days();
        let unsaid = unsaid(series);
        if trailing_closed(&unsaid) >= STAYS_CLOSED {
            return Self { open: vec![false; WEEK], holidays: Custom::default() };
        }
        let closures = closures(&unsaid);
        let mut in_closure = vec![false; days.len()];
        closures.iter().for_each(|closure| in_closure[closure.clone()].fill(true));
        let mut habitual = [Share::default(); WEEK];
        let mut all = [Share::default(); WEEK];
        for index in lookback(&in_closure)..days.len() {
            if series.notice(index).is_none_or(Notice::is_usual) {
                let weekday = series.weekday(index);
                all[weekday].observe(days[index]);
                if !in_closure[index] {
                    habitual[weekday].observe(days[index]);
                }
            }
        }
        let irregular = are_habit(&closures, days.len());
        let shares = habitual
            .iter()
            .zip(&all)
            .map(|(habit, all)| if !irregular && habit.total > 0.0 { habit } else { all });
        Self { open: shares.map(Share::is_open).collect(), holidays: Custom::learn(series) }
    }

    /// Hours sell nothing by chance, and a few such hours close none: only a slot in which nothing was sold the last
    /// [`NEVER`] times is closed.
    fn of_slots(series: &Series<'_>) -> Self {
        let season = series.season();
        let mut zeros = vec![0_usize; season];
        let mut settled = vec![false; season];
        let mut left = season;
        for (index, day) in series.days().iter().enumerate().rev() {
            let slot = series.slot(index).own;
            if settled[slot] {
                continue;
            }
            match day {
                Observation::Missing => {}
                Observation::Open(value) if *value > 0.0 => settled[slot] = true,
                _ => {
                    zeros[slot] += 1;
                    settled[slot] = zeros[slot] >= NEVER;
                }
            }
            left -= usize::from(settled[slot]);
            if left == 0 {
                break;
            }
        }
        Self { open: zeros.into_iter().map(|zeros| zeros < NEVER).collect(), holidays: Custom::default() }
    }

    /// Whether the restaurant opens in `slot`: of days the weekday, 0 being Monday.
    #[must_use]
    pub fn is_open(&self, slot: usize) -> bool {
        self.open[slot % self.open.len()]
    }

    /// What is known of the `horizon` days after the end of `series`. A closing that was said is not in it: models go
    /// on as if the day were a usual one, so that it moves no other day, and what they say of it is not used.
    #[must_use]
    pub fn ahead(&self, series: &Series<'_>, horizon: usize) -> Vec<Ahead> {
        let end = series.days().len();
        let known = |index| {
            let slot = series.slot(index);
            let habit = self.is_open(slot.own);
            let said = series.notice(index).and_then(|notice| notice.opens);
            let open = said == Some(true) || self.holidays.opens(series, index, habit);
            Ahead { slot, open }
        };
        (end..end + horizon).map(known).collect()
    }
}

/// The recency-weighted share of a weekday's days that were open.
#[derive(Clone, Copy, Default)]
struct Share {
    open: f64,
    total: f64,
}

impl Share {
    fn observe(&mut self, day: Observation) {
        let open = match day {
            Observation::Missing => return,
            Observation::Closed => 0.0,
            Observation::Open(_) => 1.0,
        };
        self.open = DECAY * self.open + open;
        self.total = DECAY * self.total + 1.0;
    }

    fn is_open(&self) -> bool {
        2.0 * (self.open + PRIOR) >= self.total + PRIOR
    }
}

/// How many closed days in a row `days` end with; missing ones neither count nor interrupt.
fn trailing_closed(days: &[Observation]) -> usize {
    let tail = days.iter().rev().take_while(|day| !matches!(day, Observation::Open(_)));
    tail.filter(|day| matches!(day, Observation::Closed)).count()
}

/// The days of `series` as forecasts are to be judged by: long closures that are no habit are missing. They say nothing
/// of a model, but would speak for naive, which repeats their zeros until a week after the reopening.
pub(super) fn judged(series: &Series<'_>) -> Vec<Observation> {
    let mut days = series.days().to_vec();
    if series.season() != WEEK {
        return days;
    }
    let unsaid = unsaid(series);
    let closures = closures(&unsaid);
    if !are_habit(&closures, days.len()) {
        for closure in closures {
            if trailing_closed(&unsaid[closure.clone()]) >= STAYS_CLOSED {
                days[closure].fill(Observation::Missing);
            }
        }
    }
    days
}

/// `series` since its last long closure: what was usual before it need not be so after it. Without one, and of a season
/// that is not a week, all of it.
pub(super) fn since_long_closure<'a>(series: &Series<'a>) -> Series<'a> {
    if series.season() != WEEK {
        return *series;
    }
    let unsaid = unsaid(series);
    let long = |closure: &Range<usize>| trailing_closed(&unsaid[closure.clone()]) >= STAYS_CLOSED;
    series.since(closures(&unsaid).into_iter().rfind(long).map_or(0, |closure| closure.end))
}

/// The days of `series` but those of which the restaurant had said whether it opens: they are no sign of anything else.
fn unsaid(series: &Series<'_>) -> Vec<Observation> {
    let said = |index| series.notice(index).is_some_and(|notice| notice.opens.is_some());
    let days = series.days().iter().enumerate();
    days.map(|(index, day)| if said(index) { Observation::Missing } else { *day }).collect()
}

/// Whether closures are the restaurant's habit: one that opens once a month is in a closure all the time. One that was
/// closed by a pandemic for ten weeks opens again as it did before.
fn are_habit(closures: &[Range<usize>], len: usize) -> bool {
    closures.iter().filter(|closure| closure.end + LATELY > len).count() >= OFTEN
}

/// Where to begin for the last days of [`LOOKBACK`] that belong to no closure.
fn lookback(in_closure: &[bool]) -> usize {
    let outside = in_closure.iter().enumerate().rev().filter(|(_, closed)| !**closed);
    outside.take(LOOKBACK).last().map_or(0, |(index, _)| index)
}

/// The days of each closure.
pub(super) fn closures(days: &[Observation]) -> Vec<Range<usize>> {
    let mut closures = Vec::new();
    let mut start = 0;
    for end in 0..=days.len() {
        if days.get(end).is_some_and(|day| !matches!(day, Observation::Open(_))) {
            continue;
        }
        if trailing_closed(&days[start..end]) >= CLOSURE {
            closures.push(start..end);
        }
        start = end + 1;
    }
    closures
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use rstest::rstest;

    use super::*;

    /// Weeks from a Monday, one letter a day: `o` open, `c` closed, `?` missing; `O` and `C` where the restaurant had
    /// said so, `h` a closed public holiday. Spaces are for the eye.
    fn learn(weeks: &str) -> String {
        let observe = |letter| match letter {
            'o' | 'O' => Observation::Open(10.0),
            'c' | 'C' | 'h' => Observation::Closed,
            _ => Observation::Missing,
        };
        let notice = |letter| Notice {
            opens: matches!(letter, 'O' | 'C').then_some(letter == 'O'),
            holiday: (letter == 'h').then_some(0),
            ..Notice::default()
        };
        let letters: Vec<char> = weeks.chars().filter(|letter| *letter != ' ').collect();
        let days: Vec<_> = letters.iter().map(|letter| observe(*letter)).collect();
        let notices: Vec<_> = letters.iter().map(|letter| notice(*letter)).collect();
        let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let opening = Opening::learn(&Series::new(monday, &days).with_notices(&notices));
        (0..WEEK).map(|weekday| if opening.is_open(weekday) { 'o' } else { 'c' }).collect()
    }

    #[test]
    fn after_a_long_closure_the_series_begins_anew() {
        // Five open days, a closure of so many, three open days: the first of them is day 5 + closed.
        let series_since = |closed: usize| {
            let mut days = vec![Observation::Open(10.0); closed + 8];
            days[5..closed + 5].fill(Observation::Closed);
            let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
            let since = since_long_closure(&Series::new(monday, &days));
            (since.days().len(), since.slot(0).own)
        };
        assert_eq!(series_since(13), (21, 0));
        // Day 19 of a series that begins on a Monday is a Saturday.
        assert_eq!(series_since(14), (3, 5));
    }

    fn weeks(times: usize, week: &str) -> String {
        week.repeat(times)
    }

    #[rstest]
    #[case::one_zero_closes_nothing(weeks(8, "ooooooo") + "cooooco", "ooooooo")]
    #[case::nor_do_three(weeks(20, "ooooooo") + &weeks(3, "coooooo"), "ooooooo")]
    #[case::but_four_do(weeks(20, "ooooooo") + &weeks(4, "coooooo"), "coooooo")]
    #[case::two_openings_open_again(weeks(20, "coooooo") + &weeks(2, "ooooooo"), "ooooooo")]
    #[case::and_one_does_not(weeks(20, "coooooo") + "ooooooo", "coooooo")]
    #[case::two_weeks_are_enough_to_see(weeks(2, "cooooco"), "cooooco")]
    #[case::one_open_weekday(weeks(8, "cccccoc"), "cccccoc")]
    #[case::missing_is_neither(weeks(8, "coooooo") + &weeks(4, "???????"), "coooooo")]
    #[case::never_published_is_open(weeks(8, "?ooooco"), "oooooco")]
    #[case::holidays_close_no_weekday(weeks(8, "coooooo") + &weeks(3, "ccccccc") + "cooo", "coooooo")]
    #[case::nor_does_a_week_just_now(weeks(8, "coooooo") + "ccccccc", "coooooo")]
    #[case::closed_for_good(weeks(8, "coooooo") + &weeks(2, "ccccccc"), "ccccccc")]
    #[case::refurbished(weeks(8, "coooooo") + &weeks(3, "ccccccc") + "co", "coooooo")]
    #[case::a_pandemic(weeks(30, "coooooo") + &weeks(10, "ccccccc") + "co", "coooooo")]
    #[case::a_winter(weeks(20, "coooooo") + &weeks(30, "ccccccc") + "co", "coooooo")]
    #[case::and_with_another_habit(
        weeks(20, "coooooo") + &weeks(10, "ccccccc") + &weeks(5, "cccooco"), "cccooco")]
    #[case::closed_as_said(weeks(8, "coooooo") + &weeks(3, "CCCCCCC"), "coooooo")]
    #[case::open_as_said(weeks(8, "coooooo") + &weeks(4, "Ooooooo"), "coooooo")]
    #[case::closed_holidays(weeks(8, "ooooooo") + &weeks(5, "hoooooo"), "ooooooo")]
    #[case::once_a_month(weeks(6, "cccccoccccccccccccccccccccccc"), "ccccccc")]
    fn follows_the_habit(#[case] history: String, #[case] open: &str) {
        assert_eq!(learn(&history), open);
    }
}
