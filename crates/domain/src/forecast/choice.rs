//! The choice of a model by its past: each is backtested on the restaurant's own history, and the best is served.
//!
//! A model must beat the seasonal naive one there, by the mean absolute error over all horizons that are issued. If
//! none does, naive is served under its own name. Revenue and orders may be served by different models, but not one
//! of them by naive alone: naive has an idea of its own of the days that are closed, and the two tell one story.

use serde::Serialize;

use super::backtest::{self, Case, Plan};
use super::history::Series;
use super::models::{Expected, Fit, FitError, SeasonalNaive, WeekdayLevel};
use super::scores::Scores;

/// A model and how it did in the backtest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ModelScores {
    /// The model's name.
    pub model: &'static str,
    /// Its scores over all horizons that are issued.
    pub scores: Scores,
}

/// A model that stood for choice over one series.
pub(super) struct Candidate {
    pub(super) name: &'static str,
    pub(super) scores: Scores,
    pub(super) cases: Vec<Case>,
    pub(super) forecast: Vec<Expected>,
}

/// All models that could be fitted, the naive one first.
pub(super) struct Contest {
    candidates: Vec<Candidate>,
}

impl Contest {
    /// Fits and backtests every model on `series`.
    ///
    /// # Errors
    /// If not even the naive model can be fitted. Others that cannot do not stand for choice.
    pub(super) fn hold(series: &Series<'_>, plan: &Plan) -> Result<Self, FitError> {
        let mut candidates = vec![enter(&SeasonalNaive, series, plan)?];
        let challengers: [&dyn Fit; 1] = [&WeekdayLevel::default()];
        candidates.extend(challengers.into_iter().filter_map(|model| enter(model, series, plan).ok()));
        Ok(Self { candidates })
    }

    /// Whether some model beats the naive one.
    pub(super) fn beats_naive(&self) -> bool {
        self.best() > 0
    }

    /// The best model, or the naive one if that is what must be served.
    pub(super) fn winner(&self, naive: bool) -> &Candidate {
        &self.candidates[if naive { 0 } else { self.best() }]
    }

    /// How every model did, the naive one first.
    pub(super) fn scores(&self) -> Vec<ModelScores> {
        let scores = |candidate: &Candidate| ModelScores { model: candidate.name, scores: candidate.scores };
        self.candidates.iter().map(scores).collect()
    }

    fn best(&self) -> usize {
        let error = |index: usize| self.candidates[index].scores.mae.unwrap_or(f64::INFINITY);
        (1..self.candidates.len())
            .fold(0, |best, index| if error(index) < error(best) { index } else { best })
    }
}

fn enter(model: &dyn Fit, series: &Series<'_>, plan: &Plan) -> Result<Candidate, FitError> {
    let cases = backtest::run(model, series, plan)?;
    let forecast = model.fit(series)?.predict(plan.horizon);
    Ok(Candidate { name: model.name(), scores: Scores::of(&cases, series), cases, forecast })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::history::{Observation, WEEK};
    use super::*;

    fn hold(value: impl Fn(usize) -> f64) -> Contest {
        let days: Vec<Observation> = (0..20 * WEEK).map(|index| Observation::Open(value(index))).collect();
        let series = Series::new(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(), &days);
        Contest::hold(&series, &Plan::for_horizon(WEEK)).unwrap()
    }

    #[test]
    fn a_model_that_beats_naive_is_served() {
        // Every other week is busy: naive is always wrong, a mean half as much.
        let contest = hold(|index| if (index / WEEK).is_multiple_of(2) { 30.0 } else { 50.0 });
        assert!(contest.beats_naive());
        assert_eq!(contest.winner(false).name, "weekday_level");
        // Unless the other figure's choice is naive.
        assert_eq!(contest.winner(true).name, "seasonal_naive");
    }

    #[test]
    fn naive_is_served_where_nothing_beats_it() {
        // Half as much again every week: last week is always nearer than any mean.
        let contest = hold(|index| 1.5_f64.powi(i32::try_from(index / WEEK).unwrap()));
        assert!(!contest.beats_naive());
        assert_eq!(contest.winner(false).name, "seasonal_naive");
        let names: Vec<_> = contest.scores().iter().map(|model| model.model).collect();
        assert_eq!(names, ["seasonal_naive", "weekday_level"]);
    }
}
