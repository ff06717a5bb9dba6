//! Seasonal-trend decomposition by loess: y(t) = T(t) + S(t) + R(t), T slow, S changing slowly from cycle to cycle.
//!
//! One round, from T = 0:
//!
//! 1. each phase of y − T on its own is smoothed over s cycles, and carried on by one cycle either way: C
//! 2. L is C after moving means of p, p and 3 steps and a loess over the least odd number of steps above p
//! 3. S = C − L
//! 4. T is y − S smoothed over the least odd number of steps from 1.5 p / (1 − 1.5/s) on
//!
//! Unknown values are passed over: loess takes the nearest known ones, however far. A phase that was never known has
//! C = 0.
//!
//! Source: Cleveland, Cleveland, McRae & Terpenning, "STL: a seasonal-trend decomposition procedure based on loess",
//! *Journal of Official Statistics* 6 (1990), 3–73, without its robustness weights; phases are smoothed by means and not
//! by lines, as in the R package forecast.

use super::loess::{Degree, Known, Loess};

/// Loess is computed at every so manieth part of its window, and lines are drawn between, as the paper recommends.
const PARTS: usize = 10;

/// The decomposition's parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stl {
    /// p: steps in a cycle, at least 2.
    pub(super) period: usize,
    /// s: cycles that a phase is smoothed over, at least 7 and odd.
    pub(super) cycles: usize,
    /// How often all is done: twice settles it, says the paper.
    pub(super) rounds: usize,
    /// Whether loess is computed at every step.
    pub(super) exact: bool,
}

/// What a series is the sum of, but for the rest.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) trend: Vec<f64>,
    pub(super) season: Vec<f64>,
}

impl Stl {
    /// Decomposes `values`, NaN being unknown ones. There are two cycles of them or more.
    pub(super) fn decompose(self, values: &[f64]) -> Parts {
        let len = values.len();
        let slow = (3 * self.period * self.cycles).div_ceil(2 * self.cycles - 3);
        let over_time = self.loess(odd_from(slow), Degree::Line);
        let low_pass = self.loess(odd_from(self.period + 1), Degree::Line);
        let mut parts = Parts { trend: vec![0.0; len], season: vec![0.0; len] };
        let mut known = Known::default();
        for _ in 0..self.rounds {
            let carried = self.carry_on(values, &parts.trend);
            let means = moving_mean(&moving_mean(&moving_mean(&carried, self.period), self.period), 3);
            known.replace(means.into_iter());
            low_pass.smooth(&known, 0.0, &mut parts.season);
            for (season, cycle) in parts.season.iter_mut().zip(&carried[self.period..]) {
                *season = cycle - *season;
            }
            known.replace(values.iter().zip(&parts.season).map(|(value, season)| value - season));
            over_time.smooth(&known, 0.0, &mut parts.trend);
        }
        parts
    }

    fn loess(self, window: usize, degree: Degree) -> Loess {
        Loess { window, degree, jump: if self.exact { 1 } else { window.div_ceil(PARTS) } }
    }

    /// C: each phase of `values` less `trend`, smoothed, from one cycle before the first to one after the last.
    fn carry_on(self, values: &[f64], trend: &[f64]) -> Vec<f64> {
        let loess = self.loess(self.cycles, Degree::Mean);
        let mut carried = vec![0.0; values.len() + 2 * self.period];
        let (mut known, mut smooth) = (Known::default(), Vec::new());
        for phase in 0..self.period {
            let own = (phase..values.len()).step_by(self.period);
            smooth.resize(own.len() + 2, 0.0);
            known.replace(own.map(|at| values[at] - trend[at]));
            loess.smooth(&known, -1.0, &mut smooth);
            for (target, value) in carried[phase..].iter_mut().step_by(self.period).zip(&smooth) {
                *target = *value;
            }
        }
        carried
    }
}

/// The least odd number from `least` on.
fn odd_from(least: usize) -> usize {
    least + usize::from(least.is_multiple_of(2))
}

/// The means of every `window` values in a row.
fn moving_mean(values: &[f64], window: usize) -> Vec<f64> {
    values.windows(window).map(|values| values.iter().sum::<f64>() / window as f64).collect()
}
