//! On which weekdays the restaurant opens, learnt from the days on which it did.
//!
//! A weekday is forecast as closed when a recency-weighted share of its days says so. The weights forget quickly, so
//! that changed opening days are followed within three weeks, and the prior leans to open, so that one zero (a
//! holiday, a funeral, a burst pipe) never closes a weekday.

use super::history::{Observation, Series, WEEK};
use super::models::Ahead;

/// How far back opening days are looked for.
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
const LATELY: usize = 8 * WEEK;

/// They have when more than one day in this many belonged to one.
const OFTEN: usize = 4;

/// Published values in a row, all zero, from which a slot of a season that is not a week is closed.
const NEVER: usize = 4;

/// The slots of the season in which a restaurant opens: of days the weekdays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    open: Vec<bool>,
}

impl Opening {
    /// Learns the opening days that hold at the end of `series`.
    #[must_use]
    pub fn learn(series: &Series<'_>) -> Self {
        if series.season() == WEEK { Self::of_weekdays(series) } else { Self::of_slots(series) }
    }

    fn of_weekdays(series: &Series<'_>) -> Self {
        let start = series.days().len().saturating_sub(LOOKBACK);
        let recent = &series.days()[start..];
        if trailing_closed(recent) >= STAYS_CLOSED {
            return Self { open: vec![false; WEEK] };
        }
        let in_closure = closures(recent);
        let mut habitual = [Share::default(); WEEK];
        let mut all = [Share::default(); WEEK];
        for (offset, day) in recent.iter().enumerate() {
            let weekday = series.weekday(start + offset);
            all[weekday].observe(*day);
            if !in_closure[offset] {
                habitual[weekday].observe(*day);
            }
        }
        // A restaurant that opens once a month is in a closure all the time: then closures are its habit.
        let lately = in_closure.iter().rev().take(LATELY);
        let irregular = lately.filter(|closed| **closed).count() > LATELY / OFTEN;
        let shares = habitual
            .iter()
            .zip(&all)
            .map(|(habit, all)| if !irregular && habit.total > 0.0 { habit } else { all });
        Self { open: shares.map(Share::is_open).collect() }
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
        Self { open: zeros.into_iter().map(|zeros| zeros < NEVER).collect() }
    }

    /// Whether the restaurant opens in `slot`: of days the weekday, 0 being Monday.
    #[must_use]
    pub fn is_open(&self, slot: usize) -> bool {
        self.open[slot % self.open.len()]
    }

    /// What is known of the `horizon` days after the end of `series`.
    #[must_use]
    pub fn ahead(&self, series: &Series<'_>, horizon: usize) -> Vec<Ahead> {
        let end = series.days().len();
        let known = |index| {
            let slot = series.slot(index);
            Ahead { slot, open: self.is_open(slot.own) }
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

/// For each day whether it belongs to a closure.
fn closures(days: &[Observation]) -> Vec<bool> {
    let mut in_closure = vec![false; days.len()];
    let mut start = 0;
    for end in 0..=days.len() {
        if days.get(end).is_some_and(|day| !matches!(day, Observation::Open(_))) {
            continue;
        }
        if trailing_closed(&days[start..end]) >= CLOSURE {
            in_closure[start..end].fill(true);
        }
        start = end + 1;
    }
    in_closure
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use rstest::rstest;

    use super::*;

    /// Weeks from a Monday, one letter a day: `o` open, `c` closed, `?` missing. Spaces are for the eye.
    fn learn(weeks: &str) -> String {
        let observe = |letter| match letter {
            'o' => Observation::Open(10.0),
            'c' => Observation::Closed,
            _ => Observation::Missing,
        };
        let days: Vec<_> = weeks.chars().filter(|letter| *letter != ' ').map(observe).collect();
        let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let opening = Opening::learn(&Series::new(monday, &days));
        (0..WEEK).map(|weekday| if opening.is_open(weekday) { 'o' } else { 'c' }).collect()
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
    #[case::once_a_month(weeks(6, "cccccoccccccccccccccccccccccc"), "ccccccc")]
    fn follows_the_habit(#[case] history: String, #[case] open: &str) {
        assert_eq!(learn(&history), open);
    }
}
