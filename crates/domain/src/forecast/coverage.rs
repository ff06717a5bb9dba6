//! How often the truth fell inside the intervals, judged as fairly as the forecasts are.
//!
//! For weekly origins of the backtest, the intervals are made from those errors alone that were known on the evening
//! of the origin, and held against the days after it. Days forecast as closed have no interval and are not counted.

use serde::Serialize;

use super::backtest::Case;
use super::history::WEEK;
use super::intervals::Calibration;
use super::models::Expected;

/// How many origins, a week apart, are tried: the latest.
const ORIGINS: usize = 13;

/// Days of errors that an origin must have behind it.
const LEAST_ERRORS: usize = 4 * WEEK;

/// The shares of days whose truth fell inside their intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// How many intervals were judged.
    pub cases: usize,
    /// Share inside the 80 % interval: 0.8 is what it promises.
    pub within_80: f64,
    /// Share inside the 95 % interval.
    pub within_95: f64,
}

impl Coverage {
    /// The coverage of the intervals that `cases`, ordered by origin, give for horizons 1 to `horizon`. None where too
    /// few errors were known at any origin.
    #[must_use]
    pub fn of(cases: &[Case], horizon: usize) -> Option<Self> {
        let (first, last) = (cases.first()?.seen, cases.last()?.seen);
        let origins = (0..ORIGINS).map_while(|weeks| last.checked_sub(weeks * WEEK));
        let (mut judged, mut within_80, mut within_95) = (0_usize, 0_usize, 0_usize);
        for seen in origins.take_while(|seen| *seen >= first + LEAST_ERRORS) {
            let calibration = Calibration::of(cases.iter().filter(|case| case.day() < seen), horizon);
            for case in cases.iter().filter(|case| case.seen == seen) {
                let Expected::Open(value) = case.expected else { continue };
                let band = calibration.band(case.horizon, value);
                judged += 1;
                within_80 += usize::from((band.lower_80..=band.upper_80).contains(&case.truth));
                within_95 += usize::from((band.lower_95..=band.upper_95).contains(&case.truth));
            }
        }
        let share = |within: usize| within as f64 / judged as f64;
        (judged > 0).then(|| Self { cases: judged, within_80: share(within_80), within_95: share(within_95) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One day ahead each day, forecast 100, what `truth` says.
    fn cases(days: usize, truth: impl Fn(usize) -> f64) -> Vec<Case> {
        let case = |seen| Case { seen, horizon: 1, expected: Expected::Open(100.0), truth: truth(seen) };
        (7..7 + days).map(case).collect()
    }

    #[test]
    fn truth_inside_and_outside_is_told_apart() {
        let calm = |seen: usize| 90.0 + (seen * 7 % 20) as f64;
        let coverage = Coverage::of(&cases(140, calm), 1).unwrap();
        assert_eq!((coverage.cases, coverage.within_95), (13, 1.0));
        // The last 13 weeks go far out of what was known before each of them.
        let wild = |seen: usize| if seen < 56 { calm(seen) } else { 200.0 + seen as f64 * 10.0 };
        let coverage = Coverage::of(&cases(140, wild), 1).unwrap();
        assert_eq!((coverage.within_80, coverage.within_95), (0.0, 0.0));
    }

    #[test]
    fn too_few_errors_have_no_coverage() {
        assert_eq!(Coverage::of(&[], 1), None);
        assert_eq!(Coverage::of(&cases(28, |_| 90.0), 1), None);
        assert!(Coverage::of(&cases(29, |_| 90.0), 1).is_some());
    }
}
