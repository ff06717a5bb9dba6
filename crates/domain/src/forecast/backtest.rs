//! How a model would have done: its forecasts from past origins against what then happened.
//!
//! Each origin sees the days up to itself and nothing else: the model, its opening days and every parameter are
//! fitted anew. Missing days are not scored, and a day that closed unexpectedly is: its truth is 0.

use super::history::{Series, WEEK};
use super::models::{Expected, Fit, FitError};

/// Which origins are tried and how far each forecasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Days that the first origin has behind it at the least.
    pub least_history: usize,
    /// The most origins: the latest ones.
    pub origins: usize,
    /// Days from one origin to the next.
    pub step: usize,
    /// Days that each origin forecasts.
    pub horizon: usize,
}

impl Plan {
    /// The plan for forecasts of `horizon` days: every day of the last half year is an origin, the first when a week
    /// is known. Half a year is what an interval is asked to be right about: recent enough to be like tomorrow, and
    /// long enough for the 2.5 % tails.
    #[must_use]
    pub fn for_horizon(horizon: usize) -> Self {
        Self { least_history: WEEK, origins: 26 * WEEK, step: 1, horizon }
    }

    /// How much of a series of `len` days each origin sees, earliest first. The last has one day left to be judged by.
    fn histories(&self, len: usize) -> impl Iterator<Item = usize> + use<> {
        let step = self.step.max(1);
        let last = len.saturating_sub(1);
        let count = (last + 1).saturating_sub(self.least_history.max(1)).div_ceil(step).min(self.origins);
        (0..count).rev().map(move |back| last - back * step)
    }
}

/// One forecast and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// How many days of the series the model had seen; the origin is the last of them.
    pub seen: usize,
    /// How many days after the origin, from 1.
    pub horizon: usize,
    /// What was forecast.
    pub expected: Expected,
    /// What happened.
    pub truth: f64,
}

impl Case {
    /// Which day of the series was forecast, from 0.
    #[must_use]
    pub fn day(&self) -> usize {
        self.seen + self.horizon - 1
    }

    /// Truth less forecast.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.truth - self.expected.value()
    }
}

/// Forecasts `series` from each origin of `plan` and pairs the forecasts with the truth, by origin, then horizon.
///
/// # Errors
/// If the model cannot be fitted at one of the origins.
pub fn run(model: &dyn Fit, series: &Series<'_>, plan: &Plan) -> Result<Vec<Case>, FitError> {
    let mut cases = Vec::new();
    for seen in plan.histories(series.days().len()) {
        let predicted = model.fit(&series.first(seen))?.predict(plan.horizon);
        let pairs = predicted.into_iter().zip(&series.days()[seen..]).enumerate();
        cases.extend(pairs.filter_map(|(ahead, (expected, day))| {
            Some(Case { seen, horizon: ahead + 1, expected, truth: day.value()? })
        }));
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use chrono::NaiveDate;

    use super::super::history::Observation;
    use super::super::models::Fitted;
    use super::*;

    /// Forecasts what it was shown last, and remembers how much that was.
    #[derive(Default)]
    struct Spy {
        shown: RefCell<Vec<usize>>,
    }

    struct Last(f64);

    impl Fit for Spy {
        fn name(&self) -> &'static str {
            "spy"
        }

        fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
            self.shown.borrow_mut().push(series.days().len());
            let last = series.days().last().and_then(|day| day.value());
            Ok(Box::new(Last(last.unwrap_or_default())))
        }
    }

    impl Fitted for Last {
        fn predict(&self, horizon: usize) -> Vec<Expected> {
            vec![Expected::Open(self.0); horizon]
        }
    }

    fn days(values: &[Option<f64>]) -> Vec<Observation> {
        values.iter().map(|value| value.map_or(Observation::Missing, Observation::Open)).collect()
    }

    #[test]
    fn an_origin_sees_nothing_after_itself() {
        let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let days = days(&[Some(1.0), Some(2.0), None, Some(4.0), Some(5.0)]);
        let plan = Plan { least_history: 2, origins: 9, step: 1, horizon: 2 };
        let spy = Spy::default();
        let cases = run(&spy, &Series::new(monday, &days), &plan).unwrap();
        assert_eq!(*spy.shown.borrow(), [2, 3, 4]);
        // Nothing is scored on the missing third day; the origin that ends with it has seen no value.
        let brief: Vec<_> = cases.iter().map(|c| (c.seen, c.horizon, c.expected.value(), c.truth)).collect();
        assert_eq!(brief, [(2, 2, 2.0, 4.0), (3, 1, 0.0, 4.0), (3, 2, 0.0, 5.0), (4, 1, 4.0, 5.0)]);
        assert_eq!(cases[0].day(), 3);
        assert!((cases[0].error() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_latest_origins_are_tried() {
        let plan = Plan { least_history: 7, origins: 3, step: 2, horizon: 1 };
        assert_eq!(plan.histories(20).collect::<Vec<_>>(), [15, 17, 19]);
        assert_eq!(plan.histories(10).collect::<Vec<_>>(), [7, 9]);
        assert_eq!(plan.histories(8).collect::<Vec<_>>(), [7]);
        assert_eq!(plan.histories(7).count(), 0);
    }
}
