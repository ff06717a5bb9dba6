//! How a model would have done: its forecasts from past origins against what then happened.
//!
//! Each origin sees the days up to itself and nothing else. Opening days and a model's state are brought up to every
//! origin; its parameters are fitted anew whenever the history has grown by half, and at the end, so that a backtest
//! costs a few fits. Missing days are not scored, and a day that closed unexpectedly is: its truth is 0.

use super::events::Effects;
use super::history::{Observation, Series, WEEK};
use super::models::{Ahead, Expected, Fit, FitError, Fitted};
use super::opening::Opening;

/// A model is fitted again when the history has grown by one part in this many.
const REFIT: usize = 2;

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

/// The mean absolute error of `cases`, in the series' unit; none if there are none.
#[must_use]
pub fn mean_absolute_error(cases: &[Case]) -> Option<f64> {
    let absolute: f64 = cases.iter().map(|case| case.error().abs()).sum();
    (!cases.is_empty()).then(|| absolute / cases.len() as f64)
}

/// What can be known at each origin whatever the model: made once, used by all.
#[derive(Debug)]
pub struct Schedule {
    origins: Vec<Origin>,
    /// The series' days as models see them: see [`Effects::learn`].
    usual: Vec<Observation>,
}

/// One origin.
#[derive(Debug)]
pub(super) struct Origin {
    /// How much of the series it sees.
    pub(super) seen: usize,
    /// Its coming days.
    pub(super) ahead: Vec<Ahead>,
    /// What the calendar makes of them; empty where it says nothing.
    outlook: Vec<Outlook>,
}

/// What the calendar makes of a coming day.
#[derive(Debug)]
struct Outlook {
    /// What the restaurant has said.
    opens: Option<bool>,
    /// What the day's events multiply demand by.
    factor: f64,
}

impl Origin {
    /// A model's forecast with what only the calendar knows.
    fn corrected(&self, mut forecast: Vec<Expected>) -> Vec<Expected> {
        let open: Vec<f64> = forecast.iter().map(|day| day.value()).filter(|value| *value > 0.0).collect();
        let level = open.iter().sum::<f64>() / open.len().max(1) as f64;
        for (expected, outlook) in forecast.iter_mut().zip(&self.outlook) {
            *expected = match (outlook.opens, *expected) {
                (Some(false), _) => Expected::Closed,
                // A model that knows its weekday as closed only.
                (Some(true), expected) if expected.value() <= 0.0 => Expected::open(level * outlook.factor),
                (_, Expected::Open(value)) => Expected::open(value * outlook.factor),
                (_, Expected::Closed) => Expected::Closed,
            };
        }
        forecast
    }
}

impl Schedule {
    /// The origins of `plan` over `series`, earliest first, and the end of the series.
    #[must_use]
    pub fn of(series: &Series<'_>, plan: &Plan) -> Self {
        let len = series.days().len();
        let (effects, usual) = Effects::learn(series);
        let origin = |seen: usize| {
            let known = series.first(seen);
            let ahead = Opening::learn(&known).ahead(&known, plan.horizon);
            let notices = (seen..seen + plan.horizon).map_while(|index| series.notice(index));
            let outlook =
                notices.map(|notice| Outlook { opens: notice.opens, factor: effects.factor(notice, seen) });
            Origin { seen, ahead, outlook: outlook.collect() }
        };
        Self { origins: plan.histories(len).chain([len]).map(origin).collect(), usual }
    }

    pub(super) fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// Lets `model` forecast `series` from each origin.
    ///
    /// # Errors
    /// If the model cannot be fitted to the whole series. Origins at which it cannot yet be fitted have no forecast.
    pub fn run(&self, model: &dyn Fit, series: &Series<'_>) -> Result<Forecasts, FitError> {
        let mut by_origin = Vec::with_capacity(self.origins.len());
        let mut fitted: Option<Box<dyn Fitted>> = None;
        let (mut told, mut refit_at) = (0, 0);
        let usual = series.observed_as(&self.usual);
        for (number, origin) in self.origins.iter().enumerate() {
            let Origin { seen, ahead, .. } = origin;
            let last = number + 1 == self.origins.len();
            match &mut fitted {
                Some(fitted) if *seen < refit_at && !last => {
                    for index in told..*seen {
                        fitted.observe(usual.slot(index), usual.days()[index]);
                    }
                }
                _ => {
                    fitted = match model.fit(&usual.first(*seen)) {
                        Err(error) if last => return Err(error),
                        attempt => attempt.ok(),
                    };
                    refit_at = seen + seen / REFIT + 1;
                }
            }
            told = *seen;
            by_origin.push(fitted.as_ref().map(|fitted| origin.corrected(fitted.predict(ahead))));
        }
        Ok(Forecasts { by_origin })
    }
}

/// One model's forecasts from each origin of a schedule, the last being the end of the series.
#[derive(Clone, Debug)]
pub struct Forecasts {
    by_origin: Vec<Option<Vec<Expected>>>,
}

impl Forecasts {
    pub(super) fn new(by_origin: Vec<Option<Vec<Expected>>>) -> Self {
        Self { by_origin }
    }

    pub(super) fn by_origin(&self) -> impl Iterator<Item = Option<&[Expected]>> {
        self.by_origin.iter().map(Option::as_deref)
    }

    /// The forecasts from the end of the series.
    #[must_use]
    pub fn latest(&self) -> &[Expected] {
        self.by_origin.last().and_then(Option::as_deref).unwrap_or_default()
    }

    /// The same, with `other`'s forecasts at origins that have none: what would have been served there.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        for (ours, theirs) in self.by_origin.iter_mut().zip(&other.by_origin) {
            if ours.is_none() {
                ours.clone_from(theirs);
            }
        }
        self
    }

    /// The forecasts paired with the truth, by origin, then horizon.
    #[must_use]
    pub fn cases(&self, series: &Series<'_>, schedule: &Schedule) -> Vec<Case> {
        let mut cases = Vec::new();
        for (origin, forecast) in schedule.origins.iter().zip(self.by_origin()) {
            let pairs = forecast.unwrap_or_default().iter().zip(&series.days()[origin.seen..]).enumerate();
            cases.extend(pairs.filter_map(|(ahead, (expected, day))| {
                Some(Case { seen: origin.seen, horizon: ahead + 1, expected: *expected, truth: day.value()? })
            }));
        }
        cases
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use chrono::NaiveDate;

    use super::super::history::Observation;
    use super::super::history::Slot;
    use super::*;

    /// Forecasts what it was shown last, and remembers how much that was.
    #[derive(Default)]
    struct Spy {
        shown: RefCell<Vec<usize>>,
    }

    struct Last(Option<f64>);

    impl Fit for Spy {
        fn name(&self) -> &'static str {
            "spy"
        }

        fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
            self.shown.borrow_mut().push(series.days().len());
            let last = series.days().last().and_then(|day| day.value());
            Ok(Box::new(Last(last)))
        }
    }

    impl Fitted for Last {
        fn observe(&mut self, _: Slot, day: Observation) {
            self.0 = day.value();
        }

        fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
            vec![Expected::Open(self.0.unwrap_or_default()); ahead.len()]
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
        let series = Series::new(monday, &days);
        let schedule = Schedule::of(&series, &plan);
        let forecasts = schedule.run(&spy, &series).unwrap();
        // Fitted at two days, told of the third, fitted again at half as many more and at the end.
        assert_eq!(*spy.shown.borrow(), [2, 4, 5]);
        assert_eq!(forecasts.latest(), [Expected::Open(5.0); 2]);
        let cases = forecasts.cases(&series, &schedule);
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
