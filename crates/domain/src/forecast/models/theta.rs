//! The dynamic optimised Theta model: the mean of a line that follows the drift and of simple exponential smoothing,
//! their weights and the smoothing being those of least squared one-step error.
//!
//! On the seasonally adjusted values z of the open days, t from 1:
//!
//! - μ(t) = l(t−1) + (1 − 1/θ) { (1−α)^(t−1) A(t−1) + [1 − (1−α)^t]/α · B(t−1) }
//! - l(t) = α z(t) + (1−α) l(t−1)
//! - z̄(t) = ((t−1) z̄(t−1) + z(t)) / t
//! - B(t) = ((t−2) B(t−1) + 6 (z(t) − z̄(t−1))/t) / (t+1)
//! - A(t) = z̄(t) − (t+1)/2 · B(t)
//!
//! from l(0), A(1) = z(1), B(1) = 0. Forecasts go on with μ in the place of z, times the slot's index: its values over
//! the mean of all, decaying with age as in the seasonal level model. μ never goes below half of l(T): a line through
//! past days knows nothing of a day that is open and sells next to nothing.
//!
//! Values count on their [scale](super::Scale), and forecasts are taken back from it.
//!
//! Source: Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler, "Models for optimising the theta method and their
//! relationship to state space models", *International Journal of Forecasting* 32 (2016), 1151–1161.

use super::scale::{Scale, Scaled};
use super::simplex::{self, MOST, Point, Search};
use super::{Ahead, Expected, Fit, FitError, Fitted, LEAST_LEFT};
use crate::forecast::history::{Observation, Series, Slot};

/// The dynamic optimised Theta model.
#[derive(Clone, Copy, Debug)]
pub struct Theta {
    /// The latest seasons that it is fitted to.
    pub seasons: usize,
    /// How values count.
    pub scale: Scale,
    /// Seasons after which a day counts half in its slot's index.
    pub index_half_life: f64,
}

impl Default for Theta {
    fn default() -> Self {
        Self { seasons: 60, scale: Scale::default(), index_half_life: 26.0 }
    }
}

/// The fewest open days that it is fitted to.
const LEAST: usize = 10;

/// First errors that are not judged: the line has not found its drift.
const RUN_IN: usize = 3;

impl Fit for Theta {
    fn name(&self) -> &'static str {
        "theta"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let start = series.days().len().saturating_sub(self.seasons.saturating_mul(series.season()));
        let mut scaled = Scaled::new(self.scale, series.season());
        let open = |(offset, day): (usize, &Observation)| match day {
            Observation::Open(value) => {
                let slot = series.slot(start + offset).like;
                Some((slot, scaled.enter(slot, *value)))
            }
            _ => None,
        };
        let days: Vec<(usize, f64)> = series.days()[start..].iter().enumerate().filter_map(open).collect();
        if days.len() < LEAST {
            return Err(FitError::TooFewOpenDays { model: self.name(), least: LEAST, open: days.len() });
        }
        let indices = indices(&days, series.season(), self.index_half_life);
        let adjusted: Vec<f64> = days.iter().map(|(slot, value)| value / indices[*slot]).collect();
        let (lines, state) = Lines::estimate(&adjusted);
        Ok(Box::new(Drifting { lines, state, indices, scaled }))
    }
}

/// For each slot how its values compare with all: 1 where there are none.
fn indices(days: &[(usize, f64)], season: usize, half_life: f64) -> Vec<f64> {
    let decay = (-(half_life * season as f64).recip()).exp2();
    let mut sums = vec![(0.0, 0.0); season];
    let (mut weight, mut all, mut weights) = (1.0, 0.0, 0.0);
    for (slot, value) in days.iter().rev() {
        sums[*slot].0 += weight * value;
        sums[*slot].1 += weight;
        all += weight * value;
        weights += weight;
        weight *= decay;
    }
    let mean = all / weights;
    // Half a day's worth of the mean keeps an index from being zero or wild.
    let index = |(sum, total): (f64, f64)| (sum + 0.5 * mean) / (total + 0.5) / mean;
    sums.into_iter()
        .map(index)
        .map(|index| if index.is_finite() && index > 0.0 { index } else { 1.0 })
        .collect()
}

/// α and θ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lines {
    pub(super) alpha: f64,
    pub(super) theta: f64,
}

/// l, z̄, A and B as of the last of `t` days, and the powers of 1−α that go with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct State {
    t: f64,
    level: f64,
    mean: f64,
    intercept: f64,
    slope: f64,
    /// (1−α)^t.
    fading: f64,
}

impl Lines {
    fn estimate(days: &[f64]) -> (Self, State) {
        let unit = days.iter().sum::<f64>() / days.len().max(1) as f64;
        let unpack = |at: &Point| (Self { alpha: at[0], theta: at[1] }, at[2] * unit);
        let judge = |at: &Point| {
            let (lines, level) = unpack(at);
            let proper = (0.01..0.99).contains(&lines.alpha) && (1.0..20.0).contains(&lines.theta);
            if proper { lines.run(level, days).1 } else { f64::INFINITY }
        };
        let (mut start, mut width) = ([0.0; MOST], [0.0; MOST]);
        start[..3].copy_from_slice(&[
            0.2,
            2.0,
            days.first().map_or(1.0, |first| first / unit.max(1e-9)) / 2.0,
        ]);
        width[..3].copy_from_slice(&[0.2, 2.0, 0.3]);
        let search = Search { variables: 3, start, width, evaluations: 120, tolerance: 1e-5 };
        let (at, _) = simplex::minimise(judge, &search);
        let (lines, level) = unpack(&at);
        (lines, lines.run(level, days).0)
    }

    /// Takes in all of `days`; gives the squared errors after the run-in.
    pub(super) fn run(self, level: f64, days: &[f64]) -> (State, f64) {
        let first = days.first().copied().unwrap_or_default();
        let mut state = State {
            t: 1.0,
            level: self.alpha * first + (1.0 - self.alpha) * level,
            mean: first,
            intercept: first,
            slope: 0.0,
            fading: 1.0 - self.alpha,
        };
        let mut squares = 0.0;
        for (index, value) in days.iter().enumerate().skip(1) {
            let error = value - self.forecast(&state);
            squares += if index < RUN_IN { 0.0 } else { error * error };
            self.step(&mut state, *value);
        }
        (state, if squares.is_nan() { f64::INFINITY } else { squares })
    }

    /// μ of the day after the state's.
    pub(super) fn forecast(self, state: &State) -> f64 {
        let drift = (1.0 - state.fading * (1.0 - self.alpha)) / self.alpha;
        let line = state.fading * state.intercept + drift * state.slope;
        state.level + (1.0 - self.theta.recip()) * line
    }

    pub(super) fn step(self, state: &mut State, value: f64) {
        let t = state.t + 1.0;
        state.level = self.alpha * value + (1.0 - self.alpha) * state.level;
        state.slope = ((t - 2.0) * state.slope + 6.0 * (value - state.mean) / t) / (t + 1.0);
        state.mean = ((t - 1.0) * state.mean + value) / t;
        state.intercept = state.mean - (t + 1.0) / 2.0 * state.slope;
        state.fading *= 1.0 - self.alpha;
        state.t = t;
    }
}

struct Drifting {
    lines: Lines,
    state: State,
    indices: Vec<f64>,
    scaled: Scaled,
}

impl Fitted for Drifting {
    fn observe(&mut self, slot: Slot, day: Observation) {
        if let Observation::Open(value) = day {
            let value = self.scaled.enter(slot.like, value);
            self.lines.step(&mut self.state, value / self.indices[slot.like]);
        }
    }

    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
        let mut state = self.state;
        let least = LEAST_LEFT * state.level;
        let mut expected = |day: &Ahead| {
            if !day.open {
                return Expected::Closed;
            }
            let value = self.lines.forecast(&state).max(least);
            self.lines.step(&mut state, value);
            Expected::open(self.scaled.leave(value * self.indices[day.slot.like]))
        };
        ahead.iter().map(&mut expected).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Values of statsforecast: `tests/reference/models.py`.
    #[derive(Deserialize)]
    struct Reference {
        days: Vec<f64>,
        theta: Model,
    }

    #[derive(Deserialize)]
    struct Model {
        initial_smoothed: f64,
        alpha: f64,
        theta: f64,
        forecast: Vec<f64>,
    }

    fn reference() -> Reference {
        serde_json::from_str(include_str!("../../../tests/reference/models.json")).unwrap()
    }

    #[test]
    fn the_same_parameters_say_what_statsforecast_says() {
        let Reference { days, theta } = reference();
        let lines = Lines { alpha: theta.alpha, theta: theta.theta };
        let (state, _) = lines.run(theta.initial_smoothed, &days);
        let fitted = Drifting {
            lines,
            state,
            indices: vec![1.0],
            scaled: Scaled::new(Scale { power: 1.0, cap: f64::INFINITY }, 1),
        };
        let slot = Slot { own: 0, like: 0 };
        let ours = fitted.predict(&vec![Ahead { slot, open: true }; theta.forecast.len()]);
        for (ours, theirs) in ours.iter().zip(theta.forecast) {
            assert!((ours.value() / theirs - 1.0).abs() < 1e-9, "{ours:?} {theirs}");
        }
    }

    #[test]
    fn the_parameters_found_are_not_worse_than_those_of_statsforecast() {
        let Reference { days, theta } = reference();
        let theirs = Lines { alpha: theta.alpha, theta: theta.theta }.run(theta.initial_smoothed, &days).1;
        let (found, _) = Lines::estimate(&days);
        let least = (0..100).map(|step| found.run(f64::from(step), &days).1).fold(f64::INFINITY, f64::min);
        assert!(least < 1.005 * theirs, "{least} {theirs}");
    }

    #[test]
    fn closed_days_are_no_step() {
        let week = [30.0, 40.0, 45.0, 50.0, 80.0, 95.0];
        let day = |index: usize| match index % 7 {
            0 => Observation::Closed,
            weekday => Observation::Open(week[weekday - 1]),
        };
        let days: Vec<Observation> = (0..140).map(day).collect();
        let fitted = Theta::default().fit(&Series::seasonal(7, 0, &days)).unwrap();
        let ahead = (0..7).map(|own| Ahead { slot: Slot { own, like: own }, open: own != 0 });
        let forecast = fitted.predict(&ahead.collect::<Vec<_>>());
        assert_eq!(forecast[0], Expected::Closed);
        for (forecast, usual) in forecast[1..].iter().zip(week) {
            assert!((forecast.value() / usual - 1.0).abs() < 0.03, "{forecast:?} {usual}");
        }
    }

    #[test]
    fn a_fall_does_not_end_at_nothing() {
        let days: Vec<Observation> =
            (0..20).map(|day| Observation::Open(f64::from(200 - 10 * day))).collect();
        let fitted = Theta::default().fit(&Series::seasonal(1, 0, &days)).unwrap();
        let ahead = Ahead { slot: Slot { own: 0, like: 0 }, open: true };
        let forecast = fitted.predict(&[ahead; 30]);
        assert!(forecast[29].value() > 1.0 && forecast[29].value() < forecast[0].value(), "{forecast:?}");
    }
}
