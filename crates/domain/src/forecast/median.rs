//! The median of what may come of a day, made from the forecast of an open one.
//!
//! The absolute error is least at the median. A day that is expected to open may turn out closed, with probability c:
//! then the median is the quantile (½−c)/(1−c) of an open day's demand, which by a normal density at the centre is
//!
//!   ŷ (1 − R c/(1−c)),   R = ½ √(2π) σ/ŷ = ½ π E/ŷ,
//!
//! E being the mean absolute error on days that opened. c is the share of the weekday's days that were closed, P open
//! days being added; a day counts half after H weeks, and closures of a week and more are none of the weekday's.
//!
//! And an open day's forecast moves by half of the middle of its errors, r = (y − ŷ)/√ŷ on days that opened: the mean
//! of those between their 40 % and 60 % quantiles, a day counting half after M days, shrunk as if N days had been right.
//! Growth that all models miss, and means that are no medians, show there.
//!
//! Each origin knows only what was known by then, so that what is corrected is backtested as honestly as before.
//!
//! Source: the L1-optimal forecast is the median (Gneiting, "Making and evaluating point forecasts", *JASA* 106 (2011),
//! 746–762); the mixture with closed days is the hurdle model of Mullahy, *Journal of Econometrics* 33 (1986), 341–365.

use std::f64::consts::FRAC_PI_2;

use super::backtest::{Forecasts, Origin, Schedule};
use super::history::{Observation, Series, WEEK};
use super::models::{Ahead, Expected};
use super::opening::closures;
use super::special_days::Notice;

/// H: weeks after which a day counts half in the share of closed ones.
const CLOSED_HALF_LIFE: f64 = 13.0;

/// P: open days added to each weekday.
const OPEN_PRIOR: f64 = 2.0;

/// The largest share of closed days that is believed of a weekday expected to open.
const MOST_CLOSED: f64 = 0.5;

/// M: days after which an error counts half.
const ERROR_HALF_LIFE: f64 = 45.0;

/// N: days without an error that are added.
const RIGHT_DAYS: f64 = 30.0;

/// Horizons whose errors are looked at: a week's.
const NEAR: usize = WEEK;

/// The share of errors beside the median that are taken for the middle.
const MIDDLE: f64 = 0.1;

/// How much of the middle forecasts are moved by: it is an estimate, and regresses.
const MOVED: f64 = 0.5;

/// Days back from which errors hardly count.
const LOOKBACK: usize = 30 * WEEK;

/// Days back from which closed days hardly count.
const CLOSED_LOOKBACK: usize = 52 * WEEK;

/// Origins from one at which errors are looked at to the next: their middle changes slowly.
const LOOK_EVERY: usize = WEEK;

/// The medians of what may come, from `forecasts` of open days.
pub(super) fn medians(forecasts: &Forecasts, series: &Series<'_>, schedule: &Schedule) -> Forecasts {
    let errors = errors_by_day(forecasts, series, schedule);
    let last = schedule.origins().len().saturating_sub(1);
    let mut typical = Typical::default();
    let at_origin = |(number, (origin, forecast)): (usize, (&Origin, Option<&[Expected]>))| {
        if number == 0 || (last - number).is_multiple_of(LOOK_EVERY) {
            typical = Typical::of(&errors[..origin.seen]);
        }
        let closed = closed_shares(&series.first(origin.seen));
        let median = |(expected, (ahead, index)): (&Expected, (&Ahead, usize))| match *expected {
            Expected::Closed => Expected::Closed,
            Expected::Open(value) => {
                let said = series.notice(index).is_some_and(|notice| notice.opens.is_some());
                let share = if said { 0.0 } else { closed[ahead.slot.own % WEEK] };
                Expected::Open(typical.median(value, share))
            }
        };
        Some(forecast?.iter().zip(origin.ahead.iter().zip(origin.seen..)).map(median).collect())
    };
    let origins = schedule.origins().iter().zip(forecasts.by_origin()).enumerate();
    Forecasts::new(origins.map(at_origin).collect())
}

/// An error on a day that opened.
#[derive(Clone, Copy, Debug)]
struct Error {
    expected: f64,
    truth: f64,
}

/// The errors of the next week's forecasts, by the day that they became known.
fn errors_by_day(forecasts: &Forecasts, series: &Series<'_>, schedule: &Schedule) -> Vec<Vec<Error>> {
    let mut errors = vec![Vec::new(); series.days().len()];
    for (origin, forecast) in schedule.origins().iter().zip(forecasts.by_origin()) {
        let days = series.days()[origin.seen..].iter().zip(&mut errors[origin.seen..]);
        for (expected, (day, errors)) in forecast.unwrap_or_default().iter().take(NEAR).zip(days) {
            if let (Expected::Open(expected), Observation::Open(truth)) = (*expected, *day)
                && expected > 0.0
            {
                errors.push(Error { expected, truth });
            }
        }
    }
    errors
}

/// What errors were lately.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Typical {
    /// What an open day's forecast moves by, in units of its root.
    shift: f64,
    /// E/ŷ.
    relative: f64,
}

impl Typical {
    fn of(errors: &[Vec<Error>]) -> Self {
        let mut scaled: Vec<(f64, f64)> = Vec::new();
        let (mut days, mut absolute, mut expected) = (0.0, 0.0, 0.0);
        for (age, errors) in errors.iter().rev().take(LOOKBACK).enumerate().filter(|(_, day)| !day.is_empty())
        {
            let weight = (-(age as f64 / ERROR_HALF_LIFE)).exp2();
            days += weight;
            for error in errors {
                let weight = weight / errors.len() as f64;
                scaled.push(((error.truth - error.expected) / error.expected.sqrt(), weight));
                absolute += weight * (error.truth - error.expected).abs();
                expected += weight * error.expected;
            }
        }
        let shift = MOVED * middle(scaled, days) * days / (days + RIGHT_DAYS);
        Self { shift, relative: if expected > 0.0 { absolute / expected } else { 0.0 } }
    }

    /// The median of a day of which `value` is forecast if it opens, and which closes with probability `share`.
    fn median(self, value: f64, share: f64) -> f64 {
        let moved = value + self.shift * value.sqrt();
        (moved * (1.0 - FRAC_PI_2 * self.relative * share / (1.0 - share))).max(0.0)
    }
}

/// The mean of the middle of `errors` and their weights, which sum to `total`; 0 if there are none.
fn middle(mut errors: Vec<(f64, f64)>, total: f64) -> f64 {
    errors.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum, mut taken) = (0.0, 0.0, 0.0);
    for (error, weight) in errors {
        let from = (below / total).max(0.5 - MIDDLE);
        below += weight;
        let part = (below / total).min(0.5 + MIDDLE) - from;
        if part > 0.0 {
            sum += part * error;
            taken += part;
        }
    }
    if taken > 0.0 { sum / taken } else { 0.0 }
}

/// c of each weekday, by the days of `known`.
fn closed_shares(known: &Series<'_>) -> [f64; WEEK] {
    let days = known.days();
    let mut in_closure = vec![false; days.len()];
    closures(days).into_iter().for_each(|closure| in_closure[closure].fill(true));
    let mut sums = [(0.0, OPEN_PRIOR); WEEK];
    for (age, index) in (0..days.len()).rev().take(CLOSED_LOOKBACK).enumerate() {
        let usual = !in_closure[index] && known.notice(index).is_none_or(Notice::is_usual);
        if !usual || days[index] == Observation::Missing {
            continue;
        }
        let weight = (-(age as f64 / (CLOSED_HALF_LIFE * WEEK as f64))).exp2();
        let (closed, all) = &mut sums[known.weekday(index)];
        *all += weight;
        if days[index] == Observation::Closed {
            *closed += weight;
        }
    }
    sums.map(|(closed, all)| (closed / all).min(MOST_CLOSED))
}

#[cfg(test)]
mod tests {
    use super::super::backtest::Plan;
    use super::*;

    #[test]
    fn a_day_that_may_turn_out_closed_is_forecast_at_the_median_of_both() {
        // Demand is normal about 100 with σ = 40, so that E = σ √(2/π) = 31.9; one such day in five is closed. The
        // median of all is the 37.5 % quantile of the open ones: 100 − 0.3186 · 40 by the tables.
        let typical = Typical { shift: 0.0, relative: 0.319 };
        assert!((typical.median(100.0, 0.2) - 87.26).abs() < 0.5, "{}", typical.median(100.0, 0.2));
        assert_eq!(typical.median(100.0, 0.0), 100.0);
    }

    #[test]
    fn the_middle_is_what_lies_around_the_median() {
        let errors = [50.0, -5.0, 2.0, 0.0, 1.0].map(|error| (error, 1.0));
        assert!((middle(errors.to_vec(), 5.0) - 1.0).abs() < 1e-12);
        // Four of weight 1: the halves of the second and the third that touch.
        let errors = [3.0, 9.0, 4.0, 0.0].map(|error| (error, 1.0));
        assert!((middle(errors.to_vec(), 4.0) - 3.5).abs() < 1e-12);
        assert_eq!(middle(Vec::new(), 0.0), 0.0);
    }

    #[test]
    fn closures_are_no_closed_weekdays() {
        // Thirteen weeks ago Monday was closed, counting half; five weeks ago all week was.
        let mut days = vec![Observation::Open(10.0); 14 * WEEK];
        days[0] = Observation::Closed;
        days[8 * WEEK..9 * WEEK].fill(Observation::Closed);
        let series = Series::seasonal(WEEK, 0, &days);
        let shares = closed_shares(&series);
        let weight = |age: usize| 0.5_f64.powf(age as f64 / 91.0);
        // Mondays' ages are 6, 13, …, 97, but for the one in the closure, which is 41 days old.
        let all = 2.0 + (0..14).map(|week| weight(6 + 7 * week)).sum::<f64>() - weight(41);
        assert!((shares[0] - weight(97) / all).abs() < 1e-12, "{shares:?}");
        assert_eq!(shares[1..], [0.0; 6]);
    }

    #[test]
    fn growth_that_forecasts_miss_is_made_up_for_in_part() {
        // 90 is forecast, and 100 comes.
        let days = vec![Observation::Open(100.0); 30 * WEEK];
        let series = Series::seasonal(WEEK, 0, &days);
        let schedule = Schedule::of(&series, &Plan::for_horizon(2));
        let short = |origin: &Origin| Some(vec![Expected::Open(90.0); origin.ahead.len()]);
        let forecasts = Forecasts::new(schedule.origins().iter().map(short).collect());
        let medians = medians(&forecasts, &series, &schedule);
        // At first nothing is known; at last 177 days weigh 61.9 of 91.9 days.
        let values: Vec<f64> = medians.by_origin().map(|forecast| forecast.unwrap()[0].value()).collect();
        assert_eq!(values[0], 90.0);
        let days = (0..182).map(|age| 0.5_f64.powf(f64::from(age) / 45.0)).sum::<f64>();
        let last = values[values.len() - 1];
        assert!((last - (90.0 + 5.0 * days / (days + 30.0))).abs() < 0.05, "{last}");
    }
}
