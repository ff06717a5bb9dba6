//! On which weekdays the restaurant opens, learnt from the days on which it did.
//!
//! A weekday is forecast as closed when a recency-weighted share of its days says so. The weights forget quickly, so
//! that changed opening days are followed within three weeks, and the prior leans to open, so that one zero (a
//! holiday, a funeral, a burst pipe) never closes a weekday.

use super::history::{Observation, Series, WEEK};

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

/// The weekdays on which a restaurant opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    open: [bool; WEEK],
}

impl Opening {
    /// Learns the opening days that hold at the end of `series`.
    #[must_use]
    pub fn learn(series: &Series<'_>) -> Self {
        let start = series.days().len().saturating_sub(LOOKBACK);
        let recent = &series.days()[start..];
        if trailing_closed(recent) >= STAYS_CLOSED {
            return Self { open: [false; WEEK] };
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
        let mut open = [true; WEEK];
        for (weekday, is_open) in open.iter_mut().enumerate() {
            // A restaurant that opens once a month is in a closure all the time: then closures are its habit.
            let share = if habitual[weekday].total > 0.0 { habitual[weekday] } else { all[weekday] };
            *is_open = share.is_open();
        }
        Self { open }
    }

    /// Whether the restaurant opens on `weekday`, 0 being Monday.
    #[must_use]
    pub fn is_open(&self, weekday: usize) -> bool {
        self.open[weekday % WEEK]
    }

    /// On how many weekdays it opens.
    #[must_use]
    pub fn days_a_week(&self) -> usize {
        self.open.iter().filter(|open| **open).count()
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

    fn is_open(self) -> bool {
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
