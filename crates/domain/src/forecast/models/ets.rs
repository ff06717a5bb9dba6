//! Exponential smoothing, its kind chosen by AICc.
//!
//! Of the kinds (error additive or multiplicative; trend none, additive or damped; season none, additive or
//! multiplicative) those are tried that are stable, trend after season: the season of least AICc without a trend,
//! then that season with either trend. With L* = −2 log likelihood up to a constant, n open days and k parameters and
//! initial states:
//!
//! - AICc = L* + 2k + 2k(k+1)/(n−k−1)
//!
//! Parameters, the first level and the first trend are those of greatest likelihood; the first seasonal states are the
//! slots' means of the first weeks, which costs a little likelihood and saves most of the time.
//!
//! A trend takes a forecast down to half of the last level and no further.
//!
//! Values count on their [scale](super::Scale), and forecasts are taken back from it.
//!
//! Source: Hyndman, Koehler, Ord & Snyder, *Forecasting with Exponential Smoothing*, Springer 2008, chapters 2, 5 and 7.

mod smoothing;

use smoothing::{Error, Kind, Parameters, Season, State, Trend};

use super::scale::{Scale, Scaled};
use super::simplex::{self, MOST, Point, Search};
use super::{Ahead, Expected, Fit, FitError, Fitted, LEAST_LEFT};
use crate::forecast::history::{Observation, Series, Slot};

/// Automatic exponential smoothing.
#[derive(Clone, Copy, Debug)]
pub struct Ets {
    /// The latest seasons that it is fitted to.
    pub seasons: usize,
    /// How values count.
    pub scale: Scale,
    /// Whether trends are tried.
    pub trends: bool,
}

impl Default for Ets {
    fn default() -> Self {
        Self { seasons: 60, scale: Scale::default(), trends: true }
    }
}

/// The fewest open days that it is fitted to.
const LEAST: usize = 10;

/// Seasons that the first seasonal states are learnt from.
const FIRST_SEASONS: usize = 8;

/// The range of φ: below it a trend is over at once, above it is not damped.
const DAMPING: std::ops::RangeInclusive<f64> = 0.8..=0.98;

impl Fit for Ets {
    fn name(&self) -> &'static str {
        "ets"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let (best, scaled) = self.choose(series)?;
        Ok(Box::new(Smoothed { kind: best.kind, parameters: best.parameters, state: best.last, scaled }))
    }
}

impl Ets {
    fn choose(&self, series: &Series<'_>) -> Result<(Estimate, Scaled), FitError> {
        let mut scaled = Scaled::new(self.scale, series.season());
        let sample = Sample::of(series, self.seasons, &mut scaled);
        let open = sample.days.len();
        if open < LEAST {
            return Err(FitError::TooFewOpenDays { model: self.name(), least: LEAST, open });
        }
        let mut seasons = vec![(Error::Additive, Season::None)];
        if sample.slots > 1 && open >= 2 * sample.slots {
            seasons.push((Error::Additive, Season::Additive));
            if sample.positive {
                seasons.push((Error::Multiplicative, Season::Multiplicative));
            }
        }
        let mut best: Option<Estimate> = None;
        for (error, season) in seasons {
            keep_better(&mut best, sample.estimate(Kind { error, trend: Trend::None, season }));
        }
        if let (true, Some(Kind { error, season, .. })) = (self.trends, best.as_ref().map(|best| best.kind)) {
            for trend in [Trend::Additive, Trend::Damped] {
                keep_better(&mut best, sample.estimate(Kind { error, trend, season }));
            }
        }
        let best = best.ok_or(FitError::TooFewOpenDays { model: self.name(), least: LEAST, open })?;
        Ok((best, scaled))
    }
}

fn keep_better(best: &mut Option<Estimate>, other: Estimate) {
    // What cannot be judged, for want of days, has an infinite criterion and is never better.
    if other.aicc() < best.as_ref().map_or(f64::INFINITY, Estimate::aicc) {
        *best = Some(other);
    }
}

/// One kind, fitted.
struct Estimate {
    kind: Kind,
    parameters: Parameters,
    last: State,
    /// L*.
    likelihood: f64,
    /// k: parameters and initial states.
    estimated: usize,
    /// n.
    open: usize,
}

impl Estimate {
    /// The criterion: infinite where there are too few days for it.
    fn aicc(&self) -> f64 {
        let (n, k) = (self.open as f64, self.estimated as f64);
        let spare = n - k - 1.0;
        if spare > 0.0 { self.likelihood + 2.0 * k + 2.0 * k * (k + 1.0) / spare } else { f64::INFINITY }
    }
}

/// The open days that a model is fitted to.
struct Sample {
    days: Vec<(usize, f64)>,
    season: usize,
    /// Slots that occur.
    slots: usize,
    positive: bool,
}

impl Sample {
    fn of(series: &Series<'_>, seasons: usize, scaled: &mut Scaled) -> Self {
        let season = series.season();
        let start = series.days().len().saturating_sub(seasons.saturating_mul(season));
        let open = |(offset, day): (usize, &Observation)| match day {
            Observation::Open(value) => {
                let slot = series.slot(start + offset).like;
                Some((slot, scaled.enter(slot, *value)))
            }
            _ => None,
        };
        let days: Vec<(usize, f64)> = series.days()[start..].iter().enumerate().filter_map(open).collect();
        let mut seen = vec![false; season];
        days.iter().for_each(|(slot, _)| seen[*slot] = true);
        let slots = seen.into_iter().filter(|seen| *seen).count();
        let positive = days.iter().all(|(_, value)| *value > 0.0);
        Self { days, season, slots, positive }
    }

    /// The state before the first day, but for its trend.
    fn first_state(&self, season: Season) -> State {
        let early = &self.days[..self.days.len().min(FIRST_SEASONS * self.slots.max(1))];
        let mean = early.iter().map(|(_, value)| value).sum::<f64>() / early.len().max(1) as f64;
        let mut sums = vec![(0.0, 0.0); self.season];
        for (slot, value) in early {
            sums[*slot].0 += value;
            sums[*slot].1 += 1.0;
        }
        let neutral = season.neutral();
        let slot_effect = |(sum, count): (f64, f64)| match season {
            _ if count < 1.0 => neutral,
            Season::None => neutral,
            Season::Additive => sum / count - mean,
            Season::Multiplicative => (sum / count / mean).max(1e-6),
        };
        let seasons: Vec<f64> = sums.into_iter().map(slot_effect).collect();
        let first = &early[..early.len().min(self.slots.max(4))];
        let adjusted = first.iter().map(|(slot, value)| season.adjusted(*value, seasons[*slot]));
        let level = adjusted.sum::<f64>() / first.len().max(1) as f64;
        State { level, trend: 0.0, seasons }
    }

    fn estimate(&self, kind: Kind) -> Estimate {
        let first = self.first_state(kind.season);
        let unit = first.level.abs().max(1e-9);
        let layout = Layout { kind, level: first.level, unit };
        let judge = |at: &Point| match layout.unpack(at) {
            Some((parameters, level, trend)) => {
                let mut state = State { level, trend, seasons: first.seasons.clone() };
                kind.run(&parameters, &mut state, &self.days)
            }
            None => f64::INFINITY,
        };
        let (at, likelihood) = simplex::minimise(judge, &layout.search());
        let count = layout.variables() + 1 + if kind.season == Season::None { 0 } else { self.slots - 1 };
        let (parameters, level, trend) = layout.unpack(&at).unwrap_or((Parameters::START, first.level, 0.0));
        let mut last = State { level, trend, seasons: first.seasons };
        kind.run(&parameters, &mut last, &self.days);
        Estimate { kind, parameters, last, likelihood, estimated: count, open: self.days.len() }
    }
}

/// Which variable of the search is which: α and the first level, then as the kind needs them γ, β, the first trend, φ.
struct Layout {
    kind: Kind,
    level: f64,
    unit: f64,
}

impl Layout {
    fn variables(&self) -> usize {
        let trend = match self.kind.trend {
            Trend::None => 0,
            Trend::Additive => 2,
            Trend::Damped => 3,
        };
        2 + usize::from(self.kind.season != Season::None) + trend
    }

    fn search(&self) -> Search {
        let start = Parameters::START;
        let (mut at, mut width, mut next) = ([0.0; MOST], [0.0; MOST], 0);
        let mut variable = |value: f64, wide: f64| {
            (at[next], width[next]) = (value, wide);
            next += 1;
        };
        variable(start.alpha, 0.15);
        variable(0.0, 0.1);
        if self.kind.season != Season::None {
            variable(start.gamma, 0.05);
        }
        if self.kind.trend != Trend::None {
            variable(start.beta, 0.02);
            variable(0.0, 0.005);
        }
        if self.kind.trend == Trend::Damped {
            variable(start.phi, -0.05);
        }
        let variables = self.variables();
        Search { variables, start: at, width, evaluations: 40 * variables, tolerance: 1e-5 }
    }

    /// Parameters, first level and first trend; None where they may not be.
    fn unpack(&self, at: &Point) -> Option<(Parameters, f64, f64)> {
        let mut variables = at.iter().copied();
        let mut next = || variables.next().unwrap_or_default();
        let (alpha, level) = (next(), self.level + next() * self.unit);
        let gamma = if self.kind.season == Season::None { 0.0 } else { next() };
        let (beta, trend) =
            if self.kind.trend == Trend::None { (0.0, 0.0) } else { (next(), next() * self.unit) };
        let phi = if self.kind.trend == Trend::Damped { next() } else { 1.0 };
        let proper = (1e-4..0.9999).contains(&alpha)
            && (self.kind.season == Season::None || (1e-4..1.0 - alpha).contains(&gamma))
            && (self.kind.trend == Trend::None || (1e-4..alpha).contains(&beta))
            && (self.kind.trend != Trend::Damped || DAMPING.contains(&phi));
        proper.then_some((Parameters { alpha, beta, gamma, phi }, level, trend))
    }
}

struct Smoothed {
    kind: Kind,
    parameters: Parameters,
    state: State,
    scaled: Scaled,
}

impl Fitted for Smoothed {
    fn observe(&mut self, slot: Slot, day: Observation) {
        if let Observation::Open(value) = day {
            let value = self.scaled.enter(slot.like, value);
            self.kind.step(&self.parameters, &mut self.state, slot.like, value);
        }
    }

    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
        let mut trend = 0.0;
        let mut damping = 1.0;
        let mut expected = |day: &Ahead| {
            if !day.open {
                return Expected::Closed;
            }
            damping *= self.parameters.phi;
            trend += damping * self.state.trend;
            let level = (self.state.level + trend).max(LEAST_LEFT * self.state.level);
            let scaled = self.kind.season.applied(level, self.state.seasons[day.slot.like]);
            Expected::open(self.scaled.leave(scaled))
        };
        ahead.iter().map(&mut expected).collect()
    }
}

#[cfg(test)]
mod tests;
