//! Multi-seasonal decomposition: one season after the other is taken out by loess, and what is left is smoothed
//! exponentially.
//!
//! - y(t) = T(t) + S₁(t) + S₂(t) + … + R(t), each Sᵢ by [STL](stl) of y less the others, all of them twice
//! - forecast: exponential smoothing of y − ΣSᵢ, its trend chosen by AICc, plus each season's last cycle
//!
//! A season that divides the series' own is told by the slot that a day is like, so that a holiday has a Sunday's;
//! days that are not like their own slot teach no season. A longer one, the year, is told by position, is used from two
//! cycles on, and is smoothed over neighbouring days, of which two or three years alone say too little. Closed days are
//! not known. As the days go by the seasons are taken out anew now and then; the parameters of the smoothing stay.
//!
//! Values count on their [scale](super::Scale), and forecasts are taken back from it.
//!
//! Source: Bandara, Hyndman & Bergmeir, "MSTL: a seasonal-trend decomposition algorithm for time series with multiple
//! seasonal patterns", *International Journal of Operational Research* 52 (2025), 79–98 (arXiv:2107.13462), with their
//! windows of 11, 15, 19 … cycles.

mod loess;
mod stl;

use loess::{Degree, Known, Loess};
use stl::Stl;

use super::ets::Ets;
use super::scale::{Scale, Scaled};
use super::{Ahead, Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, Slot};

/// Multi-seasonal decomposition and exponential smoothing.
#[derive(Clone, Debug)]
pub struct Mstl {
    /// Steps in a cycle of each season, the shortest first.
    pub periods: Vec<usize>,
    /// The latest steps that it is fitted to.
    pub latest: usize,
    /// Steps after which the seasons are taken out anew.
    pub renew: usize,
    /// How values count.
    pub scale: Scale,
}

/// The fewest open days that it is fitted to.
const LEAST: usize = 10;

/// Cycles that the first season's phases are smoothed over, and by how many more each further one's.
const CYCLES: (usize, usize) = (11, 4);

/// Cycles of a season from which it is used.
const LEAST_CYCLES: usize = 2;

/// How often each of several seasons is taken out.
const PASSES: usize = 2;

/// A long season is smoothed over this part of its cycle: of a year, over a month.
const NEIGHBOURS: usize = 12;

impl Mstl {
    /// For days: the week, and the year from two years on.
    #[must_use]
    pub fn of_days() -> Self {
        Self { periods: vec![7, 365], latest: 3 * 365, renew: 28, scale: Scale::default() }
    }

    /// For hours: the day and the week.
    #[must_use]
    pub fn of_hours() -> Self {
        Self { periods: vec![24, 168], latest: 16 * 168, renew: 168, scale: Scale { power: 1.0, cap: 3.0 } }
    }
}

impl Fit for Mstl {
    fn name(&self) -> &'static str {
        "mstl"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let start = series.days().len().saturating_sub(self.latest);
        let first = series.slot(start).own;
        let mut scaled = Scaled::new(self.scale, series.season());
        let mut history = History { first, season: series.season(), steps: Vec::new() };
        for (offset, day) in series.days()[start..].iter().enumerate() {
            history.enter(series.slot(start + offset), *day, &mut scaled);
        }
        let open = history.steps.iter().filter(|step| step.value.is_some()).count();
        if open < LEAST {
            return Err(FitError::TooFewOpenDays { model: self.name(), least: LEAST, open });
        }
        let seasons = history.decompose(&self.periods);
        let adjusted: Vec<Observation> =
            history.steps.iter().enumerate().map(|(at, step)| seasons.adjusted(first + at, step)).collect();
        let rest = Ets { seasons: usize::MAX, scale: Scale::NONE, trends: true };
        let rest = rest.fit(&Series::seasonal(1, 0, &adjusted))?;
        Ok(Box::new(Decomposed {
            periods: self.periods.clone(),
            renew: self.renew.max(1),
            history,
            seasons,
            rest,
            scaled,
        }))
    }
}

/// One step as it counts.
#[derive(Clone, Copy, Debug)]
struct Step {
    like: usize,
    /// None unless open.
    value: Option<f64>,
}

/// The steps that seasons are learnt from.
#[derive(Debug)]
struct History {
    /// The slot of the first.
    first: usize,
    season: usize,
    steps: Vec<Step>,
}

impl History {
    fn enter(&mut self, slot: Slot, day: Observation, scaled: &mut Scaled) {
        let value = match day {
            Observation::Open(value) => Some(scaled.enter(slot.like, value)),
            _ => None,
        };
        self.steps.push(Step { like: slot.like, value });
    }

    fn decompose(&self, periods: &[usize]) -> Seasons {
        let known = |(at, step): (usize, &Step)| match step.value {
            Some(value) if step.like == (self.first + at) % self.season => value,
            _ => f64::NAN,
        };
        let mut rest: Vec<f64> = self.steps.iter().enumerate().map(known).collect();
        let usable =
            periods.iter().copied().filter(|period| *period > 1 && LEAST_CYCLES * period <= rest.len());
        let periods: Vec<usize> = usable.collect();
        let mut taken = vec![vec![0.0; rest.len()]; periods.len()];
        for _ in 0..if periods.len() > 1 { PASSES } else { 1 } {
            for (number, (period, taken)) in periods.iter().zip(&mut taken).enumerate() {
                for (rest, taken) in rest.iter_mut().zip(taken.iter()) {
                    *rest += taken;
                }
                let stl =
                    Stl { period: *period, cycles: CYCLES.0 + CYCLES.1 * number, rounds: 2, exact: false };
                *taken = stl.decompose(&rest).season;
                if *period > self.season {
                    smooth_over_neighbours(taken, period / NEIGHBOURS);
                }
                for (rest, taken) in rest.iter_mut().zip(taken.iter()) {
                    *rest -= taken;
                }
            }
        }
        let last = |(period, taken): (usize, Vec<f64>)| Cycle::last(period, self.first, self.season, &taken);
        Seasons { cycles: periods.into_iter().zip(taken).map(last).collect() }
    }
}

fn smooth_over_neighbours(season: &mut [f64], window: usize) {
    let mut known = Known::default();
    known.replace(season.iter().copied());
    Loess { window, degree: Degree::Line, jump: 1 }.smooth(&known, 0.0, season);
}

/// The last cycle of one season.
#[derive(Debug)]
struct Cycle {
    /// One a phase; that of step t is t modulo the period.
    values: Vec<f64>,
    /// Whether phases are those of slots.
    by_slot: bool,
}

impl Cycle {
    /// Of a season taken from steps of which the first stands at `first`.
    fn last(period: usize, first: usize, season: usize, taken: &[f64]) -> Self {
        let mut values = vec![0.0; period];
        for (at, value) in taken.iter().enumerate().skip(taken.len().saturating_sub(period)) {
            values[(first + at) % period] = *value;
        }
        Self { values, by_slot: season.is_multiple_of(period) }
    }
}

/// The last cycles of all seasons.
#[derive(Debug)]
struct Seasons {
    cycles: Vec<Cycle>,
}

impl Seasons {
    /// ΣSᵢ at step `at` that is like slot `like`.
    fn at(&self, at: usize, like: usize) -> f64 {
        let value = |cycle: &Cycle| cycle.values[if cycle.by_slot { like } else { at } % cycle.values.len()];
        self.cycles.iter().map(value).sum()
    }

    fn adjusted(&self, at: usize, step: &Step) -> Observation {
        step.value.map_or(Observation::Closed, |value| Observation::Open(value - self.at(at, step.like)))
    }
}

struct Decomposed {
    periods: Vec<usize>,
    renew: usize,
    history: History,
    seasons: Seasons,
    rest: Box<dyn Fitted>,
    scaled: Scaled,
}

/// The one slot of what has no season left.
const NO_SEASON: Slot = Slot { own: 0, like: 0 };

impl Decomposed {
    /// The position of the day after the origin.
    fn next(&self) -> usize {
        self.history.first + self.history.steps.len()
    }
}

impl Fitted for Decomposed {
    fn observe(&mut self, slot: Slot, day: Observation) {
        let at = self.next();
        self.history.enter(slot, day, &mut self.scaled);
        if let Some(step) = self.history.steps.last() {
            self.rest.observe(NO_SEASON, self.seasons.adjusted(at, step));
        }
        if self.history.steps.len().is_multiple_of(self.renew) {
            self.seasons = self.history.decompose(&self.periods);
        }
    }

    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
        let rest: Vec<Ahead> = ahead.iter().map(|day| Ahead { slot: NO_SEASON, ..*day }).collect();
        let steps = self.rest.predict(&rest).into_iter().zip(ahead).zip(self.next()..);
        steps
            .map(|((rest, day), at)| match rest {
                Expected::Closed => Expected::Closed,
                Expected::Open(rest) => {
                    Expected::open(self.scaled.leave(rest + self.seasons.at(at, day.slot.like)))
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
