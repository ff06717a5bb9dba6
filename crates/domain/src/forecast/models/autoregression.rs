//! Hours by the hour of the week, and what the last hours, the last days and the last week were beside it.
//!
//! With z(t) the value of hour t on its [scale](super::Scale) and w(t) its hour of the week,
//!
//! - usual       m(t) = Σ b^k z(t−kS) / Σ b^k  over the earlier hours of the same slot, b = ½^(1/H), S the season; of a
//!   slot without any, d(t), or the mean over all slots
//! - residual    r(t) = z(t) − m(t), and 0 where no value is known
//! - expected    r̂(t) = β · (1, r(t−1), r(t−2), r(t−3), r(t−D+1), r(t−D), r(t−D−1), r(t−2D), r(t−S), r(t−S−1),
//!   mean of r over the last D hours, mean of r over the last S hours, d(t) − m(t)),  D hours a day
//! - of the day  d(t): the hour of the day, smoothed exponentially over the days, a day counting F of the one after
//! - forecast    m(T+h) + r̂(T+h), one hour after the other, each residual to come being the one expected; taken back
//!   from the scale
//!
//! β is found by [least squares](super::least_squares). A street that was busy all day is busy tonight; a level that
//! rose is carried on; and an hour of the day that changed this week is told from one hour of the week that did.
//! Of days, nothing is learnt from those before a long closure: what carries over fades within days, and means hold the
//! old level for weeks.
//!
//! Source: regression with autoregressive errors of a season and its neighbours is the SARIMA form (1,0,0)(1,0,0) in
//! D and S; Box, Jenkins, Reinsel & Ljung, *Time Series Analysis*, 5th ed., Wiley 2016, chapter 9, and for hours of two
//! seasons Taylor, "Short-term electricity demand forecasting using double seasonal exponential smoothing", *JORS* 54
//! (2003), 799–805.

use std::collections::VecDeque;

use super::least_squares::{self, Row, product};
use super::scale::{Scale, Scaled};
use super::{Ahead, Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, Slot};
use crate::forecast::opening::since_long_closure;

/// Slot means with autoregressive errors.
#[derive(Clone, Copy, Debug)]
pub struct Autoregression {
    /// H: seasons after which a value counts half in its slot's mean.
    pub mean_half_life: f64,
    /// How values count.
    pub scale: Scale,
    /// D: steps in a day. If the season is no multiple of it, the season itself stands for it.
    pub day: usize,
}

/// Terms of the regression.
const TERMS: usize = 13;

/// Rows that it is fitted to at the least.
const LEAST: usize = 4 * TERMS;

/// Days after the first season from which rows are learnt: before, hardly any residual is known.
const FIRST_DAYS: usize = 2;

/// F: what an hour of the day counts beside the next day's.
const DAY_DECAY: f64 = 0.7;

impl Fit for Autoregression {
    fn name(&self) -> &'static str {
        "autoregression"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        Ok(Box::new(self.regress(series)?))
    }
}

impl Autoregression {
    fn regress(&self, series: &Series<'_>) -> Result<Regressed, FitError> {
        let series = &since_long_closure(series);
        let season = series.season();
        let mut state = State::new(self, season);
        let mut scaled = Scaled::new(self.scale, season);
        let mut rows: Vec<Row<TERMS>> = Vec::new();
        for (index, step) in series.days().iter().enumerate() {
            let slot = series.slot(index).like;
            let value = scaled_value(*step, slot, &mut scaled);
            if let (Some(value), true) = (value, index >= season + FIRST_DAYS * state.hours.len()) {
                rows.push(Row { terms: state.terms(slot), outcome: value - state.usual(slot) });
            }
            state.take(slot, value);
        }
        if rows.len() < LEAST {
            return Err(FitError::TooFewOpenDays { model: self.name(), least: LEAST, open: rows.len() });
        }
        Ok(Regressed { weights: least_squares::solve(&rows), state, scaled })
    }
}

fn scaled_value(step: Observation, slot: usize, scaled: &mut Scaled) -> Option<f64> {
    match step {
        Observation::Open(value) => Some(scaled.enter(slot, value)),
        _ => None,
    }
}

/// Everything that the next hour's terms are made of.
#[derive(Clone, Debug, PartialEq)]
struct State {
    /// Σ b^k z and Σ b^k of each slot.
    slots: Vec<(f64, f64)>,
    /// d of each hour of the day.
    hours: Vec<Option<f64>>,
    /// r of the last season and an hour, the latest last.
    residuals: VecDeque<f64>,
    /// Sum of r over the last day.
    day: f64,
    /// Sum of r over the last season.
    season: f64,
    /// The largest |r| there was.
    largest: f64,
    decay: f64,
}

impl State {
    fn new(model: &Autoregression, season: usize) -> Self {
        let day = if model.day > 0 && season.is_multiple_of(model.day) { model.day } else { season };
        Self {
            slots: vec![(0.0, 0.0); season],
            hours: vec![None; day],
            residuals: VecDeque::with_capacity(season + 2),
            day: 0.0,
            season: 0.0,
            largest: 0.0,
            decay: (-model.mean_half_life.recip()).exp2(),
        }
    }

    /// m: the slot's mean, or else the hour's of the day, or else that of all.
    fn usual(&self, slot: usize) -> f64 {
        let (sum, total) = self.slots[slot];
        if total > 0.0 {
            return sum / total;
        }
        self.hours[slot % self.hours.len()].unwrap_or_else(|| {
            let (sum, total) = self.slots.iter().fold((0.0, 0.0), |(s, t), slot| (s + slot.0, t + slot.1));
            if total > 0.0 { sum / total } else { 0.0 }
        })
    }

    /// r of so many steps ago, from 1.
    fn ago(&self, steps: usize) -> f64 {
        self.residuals.len().checked_sub(steps).map_or(0.0, |index| self.residuals[index])
    }

    fn terms(&self, slot: usize) -> [f64; TERMS] {
        let (day, season) = (self.hours.len(), self.slots.len());
        let of_day = self.hours[slot % day].map_or(0.0, |hour| hour - self.usual(slot));
        [
            1.0,
            self.ago(1),
            self.ago(2),
            self.ago(3),
            self.ago(day.saturating_sub(1).max(1)),
            self.ago(day),
            self.ago(day + 1),
            self.ago(2 * day),
            self.ago(season),
            self.ago(season + 1),
            self.day / day as f64,
            self.season / season as f64,
            of_day,
        ]
    }

    /// Takes in the next hour's value.
    fn take(&mut self, slot: usize, value: Option<f64>) {
        let Some(value) = value else {
            self.push(0.0);
            return;
        };
        let residual = if self.slots[slot].1 > 0.0 { value - self.usual(slot) } else { 0.0 };
        self.largest = self.largest.max(residual.abs());
        self.push(residual);
        let (sum, total) = &mut self.slots[slot];
        *sum = *sum * self.decay + value;
        *total = *total * self.decay + 1.0;
        let hour = slot % self.hours.len();
        let smoothed = self.hours[hour].map_or(value, |old| DAY_DECAY * old + (1.0 - DAY_DECAY) * value);
        self.hours[hour] = Some(smoothed);
    }

    fn push(&mut self, residual: f64) {
        self.day += residual - self.ago(self.hours.len());
        self.season += residual - self.ago(self.slots.len());
        self.residuals.push_back(residual);
        if self.residuals.len() > self.slots.len() + 1 {
            self.residuals.pop_front();
        }
    }
}

struct Regressed {
    weights: [f64; TERMS],
    state: State,
    scaled: Scaled,
}

impl Fitted for Regressed {
    fn observe(&mut self, slot: Slot, step: Observation) {
        let value = scaled_value(step, slot.like, &mut self.scaled);
        self.state.take(slot.like, value);
    }

    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
        let mut state = self.state.clone();
        let expected = |step: &Ahead| {
            if !step.open {
                state.push(0.0);
                return Expected::Closed;
            }
            let usual = state.usual(step.slot.like);
            // What feeds on itself may explode. No residual was larger than the largest.
            let residual = product(&state.terms(step.slot.like), &self.weights)
                .clamp(-state.largest, state.largest)
                .max(-usual);
            state.push(residual);
            Expected::open(self.scaled.leave(usual + residual))
        };
        ahead.iter().map(expected).collect()
    }
}

#[cfg(test)]
mod tests;
