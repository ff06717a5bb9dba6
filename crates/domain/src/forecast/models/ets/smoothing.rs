//! The recursions of exponential smoothing and their likelihood.
//!
//! With l the level, b the trend, s(w) the seasonal state of slot w, q = l + φb and one step a day that was open:
//!
//! - ŷ = q + s(w) or q s(w);  e = y − ŷ or (y − ŷ)/ŷ
//! - l' = q + α(p − q), p = y − s(w) or y/s(w)
//! - b' = φb + (β/α)(l' − l − φb)
//! - s'(w) = s(w) + γ(t − s(w)), t = y − q or y/q
//! - L* = n log Σe², and for a multiplicative error + 2 Σ log|ŷ|
//!
//! A closed day is no step: a slot that is always closed drops out of the season.
//!
//! Source: Hyndman, Koehler, Ord & Snyder, *Forecasting with Exponential Smoothing*, Springer 2008, sections 2.5 and
//! 5.1, in the form in which the R package forecast computes them.

/// How the error enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Error {
    Additive,
    Multiplicative,
}

/// How the level moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trend {
    None,
    Additive,
    Damped,
}

/// How the season enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Season {
    None,
    Additive,
    Multiplicative,
}

impl Season {
    /// The seasonal state that changes nothing.
    pub(super) fn neutral(self) -> f64 {
        if self == Self::Multiplicative { 1.0 } else { 0.0 }
    }

    pub(super) fn applied(self, level: f64, season: f64) -> f64 {
        if self == Self::Multiplicative { level * season } else { level + season }
    }

    pub(super) fn adjusted(self, value: f64, season: f64) -> f64 {
        if self == Self::Multiplicative { value / season } else { value - season }
    }
}

/// A kind of exponential smoothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) error: Error,
    pub(super) trend: Trend,
    pub(super) season: Season,
}

/// α, β, γ and φ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Parameters {
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
    pub(super) phi: f64,
}

impl Parameters {
    /// Where the search for the best begins.
    pub(super) const START: Self = Self { alpha: 0.15, beta: 0.01, gamma: 0.05, phi: 0.95 };
}

/// What has been learnt up to a day.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub(super) level: f64,
    pub(super) trend: f64,
    /// One a slot.
    pub(super) seasons: Vec<f64>,
}

impl Kind {
    /// Takes in an open day of `slot`; gives its one-step forecast.
    pub(super) fn step(self, parameters: &Parameters, state: &mut State, slot: usize, value: f64) -> f64 {
        let damped = parameters.phi * state.trend;
        let base = state.level + damped;
        let season = &mut state.seasons[slot];
        let forecast = self.season.applied(base, *season);
        let level = base + parameters.alpha * (self.season.adjusted(value, *season) - base);
        if self.trend != Trend::None {
            state.trend = damped + parameters.beta / parameters.alpha * (level - state.level - damped);
        }
        match self.season {
            Season::None => {}
            Season::Additive => *season += parameters.gamma * (value - base - *season),
            // A level of nothing says nothing of the season.
            Season::Multiplicative if base.abs() < 1e-9 => {}
            Season::Multiplicative => *season += parameters.gamma * (value / base - *season),
        }
        state.level = level;
        forecast
    }

    /// Takes in all of `days`, slots and values; gives L*, infinite where a multiplicative model has left the positive
    /// numbers.
    pub(super) fn run(self, parameters: &Parameters, state: &mut State, days: &[(usize, f64)]) -> f64 {
        let (mut squares, mut logs) = (0.0, LogSum::default());
        for (slot, value) in days {
            let forecast = self.step(parameters, state, *slot, *value);
            let mut error = value - forecast;
            if self.error == Error::Multiplicative {
                if forecast <= 0.0 {
                    return f64::INFINITY;
                }
                error /= forecast;
                logs.add(forecast);
            }
            squares += error * error;
        }
        let likelihood = days.len() as f64 * squares.max(f64::MIN_POSITIVE).ln() + 2.0 * logs.total();
        if likelihood.is_nan() { f64::INFINITY } else { likelihood }
    }
}

/// Σ log x of positive numbers, by few logarithms, which cost as much as all the rest of a step: the numbers are
/// multiplied for as long as their product is far from the bounds of what a float can hold.
struct LogSum {
    sum: f64,
    product: f64,
}

impl Default for LogSum {
    fn default() -> Self {
        Self { sum: 0.0, product: 1.0 }
    }
}

impl LogSum {
    fn add(&mut self, number: f64) {
        self.product *= number;
        if !(1e-100..1e100).contains(&self.product) {
            *self = Self { sum: self.total(), product: 1.0 };
        }
    }

    fn total(&self) -> f64 {
        self.sum + self.product.max(f64::MIN_POSITIVE).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_add_up() {
        let numbers: Vec<f64> = (0..1000).map(|index| (f64::from(index * 37 % 600) - 300.0).exp2()).collect();
        let mut logs = LogSum::default();
        numbers.iter().for_each(|number| logs.add(*number));
        let theirs: f64 = numbers.iter().map(|number| number.ln()).sum();
        assert!((logs.total() - theirs).abs() < 1e-9 * theirs.abs(), "{} {theirs}", logs.total());
    }
}
