//! The choice of a model by its past: each is backtested on the restaurant's own history, and the best is served.
//! Or one is served because it was asked for by name, so that it can be compared; it alone is fitted then.
//!
//! The models are held against each other and against their [`combination`](super::combination), by the mean absolute
//! error over all horizons that are issued. A single model must beat the combination by a twentieth. What is served must
//! beat the seasonal naive model there; if nothing does, naive is served under its own name. Revenue and orders may be
//! served by different models, but not one of them by naive alone: naive has an idea of its own of the days that are
//! closed, and the two tell one story.

use std::str::FromStr;

use super::backtest::{Case, Forecasts, Plan, Schedule, mean_absolute_error};
use super::combination::{Weighing, combine};
use super::history::{Series, WEEK};
use super::hourly::HOURS;
use super::median::medians;
use super::models::{
    Autoregression, Ets, Expected, Fit, FitError, Mstl, OldKind, OldMethod, Regression, Scale, SeasonalLevel,
    SeasonalNaive, Theta,
};
use super::opening;

/// The name under which the combination is served.
const COMBINATION: &str = "combination";

/// The names of all models.
const NAMES: [&str; 13] = [
    "seasonal_naive",
    "weekday_level",
    "ets",
    "theta",
    "autoregression",
    "regression_without_trend",
    COMBINATION,
    "mstl",
    "regression",
    OldKind::MovingAverage.name(),
    OldKind::LinearRegression.name(),
    OldKind::PolynomialRegression.name(),
    OldKind::FixedEnsemble.name(),
];

/// What the combination's error counts for: the best of several by a backtest was partly lucky there.
const FAVOUR: f64 = 0.95;

/// What leaves the choice to the backtest.
const AUTO: &str = "auto";

/// Which model is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The one that did best in the backtest.
    #[default]
    Auto,
    /// The one of this name, whatever its errors.
    Model(&'static str),
    /// This method of the old service, with settings of its own.
    Old(OldMethod),
}

impl Choice {
    /// Every choice that has a name of its own, `auto` first.
    pub fn every() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Auto).chain(NAMES.map(Self::Model))
    }

    /// As it is written: `auto`, or the model's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.asked_for().unwrap_or(AUTO)
    }

    /// The name of the model that is asked for.
    fn asked_for(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Model(name) => Some(name),
            Self::Old(method) => Some(method.name()),
        }
    }
}

impl FromStr for Choice {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        let known = Self::every().find(|choice| choice.name() == text);
        known.ok_or_else(|| UnknownModel { name: text.to_owned() })
    }
}

/// There is no model of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no model {name:?}: write auto or one of {}", NAMES.join(", "))]
pub struct UnknownModel {
    /// The name asked for.
    pub name: String,
}

/// A model that stood for choice over one series.
pub(super) struct Candidate {
    pub(super) name: &'static str,
    /// Its mean absolute error over all horizons that are issued; none if no forecast could be judged.
    error: Option<f64>,
    pub(super) cases: Vec<Case>,
    pub(super) forecast: Vec<Expected>,
}

impl Candidate {
    fn new(name: &'static str, forecasts: &Forecasts, series: &Series<'_>, schedule: &Schedule) -> Self {
        let cases = forecasts.cases(series, schedule);
        Self { name, error: mean_absolute_error(&cases), cases, forecast: forecasts.latest().to_vec() }
    }

    /// Whether it is there to be compared with, so that nothing must be made better of what it says.
    pub(super) fn is_yardstick(&self) -> bool {
        self.name == SeasonalNaive.name() || OldKind::ALL.iter().any(|kind| kind.name() == self.name)
    }
}

/// The models that were wanted and could be fitted, the naive one first.
pub(super) struct Contest {
    candidates: Vec<Candidate>,
    choice: Choice,
}

impl Contest {
    /// Fits and backtests on `series` every model, or the naive one and the one that is asked for.
    ///
    /// # Errors
    /// If not even the naive model can be fitted. Others that cannot do not stand for choice.
    pub(super) fn hold(series: &Series<'_>, plan: &Plan, choice: Choice) -> Result<Self, FitError> {
        let schedule = Schedule::of(series, plan);
        let naive = schedule.run(&SeasonalNaive, series)?;
        let combining = matches!(choice, Choice::Auto | Choice::Model(COMBINATION));
        let models = match choice {
            Choice::Model(name) if !combining => {
                let mut known = models(series.season()).into_iter().chain(only_by_name(series.season()));
                known.find(|model| model.name() == name).into_iter().collect()
            }
            Choice::Old(method) => vec![Box::new(method) as Box<dyn Fit>],
            _ => models(series.season()),
        };
        let parts: Vec<(&'static str, Forecasts)> = models
            .iter()
            .filter_map(|model| Some((model.name(), schedule.run(model.as_ref(), series).ok()?)))
            .collect();
        let judged = opening::judged(series);
        let series = &series.observed_as(&judged);
        let mut candidates = vec![Candidate::new(SeasonalNaive.name(), &naive, series, &schedule)];
        let combined = combining.then(|| {
            let mut combined: Vec<&Forecasts> = parts.iter().map(|(_, part)| part).collect();
            if series.season() <= WEEK {
                let combined = combine(&combined, Weighing::OF_DAYS, series, &schedule);
                return if series.season() == WEEK {
                    medians(&combined, series, &schedule)
                } else {
                    combined
                };
            }
            // Hours are repeated more exactly than days, and naive's zeros are values there, not closed days.
            combined.push(&naive);
            combine(&combined, Weighing::OF_HOURS, series, &schedule)
        });
        for (name, forecasts) in parts {
            if !candidates.iter().any(|candidate| candidate.name == name) {
                candidates.push(Candidate::new(name, &forecasts.or(&naive), series, &schedule));
            }
        }
        if let Some(combined) = combined {
            candidates.push(Candidate::new(COMBINATION, &combined, series, &schedule));
        }
        Ok(Self { candidates, choice })
    }

    /// Whether the naive model is what must be served, because none of those that stand for choice beats it or the one
    /// asked for could not be fitted.
    pub(super) fn is_left_with_naive(&self) -> bool {
        self.best() == 0
    }

    /// The model to serve, which is the naive one if that `must` be.
    pub(super) fn winner(&self, naive_must: bool) -> &Candidate {
        &self.candidates[if naive_must { 0 } else { self.best() }]
    }

    fn best(&self) -> usize {
        if let Some(name) = self.choice.asked_for() {
            return self.candidates.iter().position(|candidate| candidate.name == name).unwrap_or(0);
        }
        let error = |index: usize| self.candidates[index].error.unwrap_or(f64::INFINITY);
        let favoured = |index: usize| {
            error(index) * if self.candidates[index].name == COMBINATION { FAVOUR } else { 1.0 }
        };
        let better = (1..self.candidates.len()).filter(|index| error(*index) < error(0));
        better.min_by(|a, b| favoured(*a).total_cmp(&favoured(*b))).unwrap_or(0)
    }
}

/// The models that stand for choice. Several of one name are settings of one model: the first is held against the
/// others under that name, and all are parts of the combination.
fn models(season: usize) -> Vec<Box<dyn Fit>> {
    if season <= WEEK { of_days() } else { of_hours() }
}

/// The models that do not stand for choice, since they made nothing better, but can be asked for by name.
fn only_by_name(season: usize) -> Vec<Box<dyn Fit>> {
    let mut models: Vec<Box<dyn Fit>> = if season <= WEEK {
        vec![Box::new(Mstl::of_days()), Box::new(Regression::default())]
    } else {
        vec![Box::new(Mstl::of_hours())]
    };
    models.extend(OldKind::ALL.map(|kind| Box::new(OldMethod::new(kind)) as Box<dyn Fit>));
    models
}

fn of_days() -> Vec<Box<dyn Fit>> {
    let level = SeasonalLevel::default();
    vec![
        Box::new(level),
        Box::new(SeasonalLevel { level_half_life: 0.7, ..level }),
        Box::new(SeasonalLevel { level_half_life: 4.0, mean_half_life: 13.0, ..level }),
        Box::new(Ets::default()),
        Box::new(Theta::default()),
        Box::new(Autoregression { mean_half_life: 13.0, scale: level.scale, day: WEEK }),
        // A trend learnt over a turn of the year misleads.
        Box::new(Regression { trend: false, ..Regression::default() }),
    ]
}

/// Hours of small numbers: medians would be too low, a single hour may be many times the usual one, and a smoothed
/// level that follows each hour follows noise. So there are levels of many speeds, with and without the day of the
/// week, and no Theta. What the hours before were beside the usual says most where numbers are large, and less the
/// smaller they are: on three scales, from that of values to nearly that of ratios.
fn of_hours() -> Vec<Box<dyn Fit>> {
    let level = SeasonalLevel {
        scale: Scale { power: 1.0, cap: 3.0 },
        prior: 1.0,
        day: Some(HOURS),
        ..SeasonalLevel::default()
    };
    let mut models: Vec<Box<dyn Fit>> = vec![Box::new(level)];
    for (mean_half_life, level_half_life) in [(26.0, 0.3), (26.0, 4.0), (4.0, 1.0), (2.0, 1.0)] {
        models.push(Box::new(SeasonalLevel { mean_half_life, level_half_life, ..level }));
    }
    for (mean_half_life, level_half_life) in [(26.0, 1.5), (6.0, 0.5)] {
        models.push(Box::new(SeasonalLevel { mean_half_life, level_half_life, cycle: Some(HOURS), ..level }));
    }
    for (power, mean_half_life) in [(1.0, 8.0), (0.5, 4.0), (0.25, 4.0)] {
        models.push(Box::new(Autoregression {
            mean_half_life,
            scale: Scale { power, ..level.scale },
            day: HOURS,
        }));
    }
    models.push(Box::new(Ets { trends: false, scale: level.scale, ..Ets::default() }));
    models
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::history::{Observation, WEEK};
    use super::*;

    fn hold(value: impl Fn(usize) -> f64) -> Contest {
        let days: Vec<Observation> = (0..20 * WEEK).map(|index| Observation::Open(value(index))).collect();
        let series = Series::new(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(), &days);
        Contest::hold(&series, &Plan::for_horizon(WEEK), Choice::Auto).unwrap()
    }

    #[test]
    fn a_model_that_beats_naive_is_served() {
        // Every other week is busy: naive is always wrong, a mean half as much.
        let contest = hold(|index| if (index / WEEK).is_multiple_of(2) { 30.0 } else { 50.0 });
        assert!(!contest.is_left_with_naive());
        assert_eq!(contest.winner(false).name, "combination");
        // Unless the other figure's choice is naive.
        assert_eq!(contest.winner(true).name, "seasonal_naive");
    }

    #[test]
    fn naive_is_served_where_nothing_beats_it() {
        // Every week is exactly the last one: naive is never wrong.
        let contest = hold(|index| [12.0, 31.0, 35.0, 20.0, 77.0, 95.0, 51.0][index % WEEK]);
        assert!(contest.is_left_with_naive());
        assert_eq!(contest.winner(false).name, "seasonal_naive");
        let names: Vec<_> = contest.candidates.iter().map(|candidate| candidate.name).collect();
        assert_eq!(names, NAMES[..7]);
    }

    #[test]
    fn a_model_asked_for_by_name_is_served_whatever_its_errors() {
        let days: Vec<Observation> = (0..20 * WEEK).map(|index| Observation::Open(index as f64)).collect();
        let series = Series::new(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(), &days);
        for name in NAMES {
            let choice = name.parse().unwrap();
            let contest = Contest::hold(&series, &Plan::for_horizon(WEEK), choice).unwrap();
            assert_eq!((choice, contest.winner(false).name), (Choice::Model(name), name));
        }
        assert_eq!(
            "prophet".parse::<Choice>().unwrap_err().to_string(),
            "there is no model \"prophet\": write auto or one of seasonal_naive, weekday_level, ets, theta, \
             autoregression, regression_without_trend, combination, mstl, regression, moving_average, \
             linear_regression, polynomial_regression, fixed_ensemble"
        );
    }
}
