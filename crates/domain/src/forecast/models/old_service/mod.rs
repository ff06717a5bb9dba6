//! The methods of the Python service that came before, kept so that an upgrade can be compared with what it replaces.
//!
//! They know no weekdays: each puts one level or one curve through the latest open days. They are fitted anew at every
//! day, as that service did every night. Where a series is of hours, every hour of the day is a series of its own.
//! They are served only when asked for by name and never stand for choice.

mod ensemble;
mod moving_average;
mod polynomial;

use std::collections::VecDeque;

use polynomial::Polynomial;

use super::{Ahead, Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, Slot, WEEK};
use crate::forecast::hourly::HOURS;

/// One of the methods, with its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldMethod {
    /// Which of them.
    pub kind: OldKind,
    /// The latest open days that the moving average is taken over; at least 1.
    pub window: usize,
    /// The degree of the polynomial; at least 1.
    pub degree: usize,
    /// The latest days that regressions are fitted to.
    pub history_days: usize,
}

/// Which method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldKind {
    /// The [weighted moving average](moving_average).
    MovingAverage,
    /// The [polynomial](polynomial) of degree 1.
    LinearRegression,
    /// The [polynomial](polynomial) of the degree that is set.
    PolynomialRegression,
    /// The [mean of the three](ensemble).
    FixedEnsemble,
}

impl OldKind {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::MovingAverage, Self::LinearRegression, Self::PolynomialRegression, Self::FixedEnsemble];

    /// Its name, as stored with each forecast.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MovingAverage => "moving_average",
            Self::LinearRegression => "linear_regression",
            Self::PolynomialRegression => "polynomial_regression",
            Self::FixedEnsemble => "fixed_ensemble",
        }
    }
}

impl OldMethod {
    /// The method with the settings that it has where none are given.
    #[must_use]
    pub const fn new(kind: OldKind) -> Self {
        Self { kind, window: 7, degree: 2, history_days: 90 }
    }

    /// The fewest open days that it is fitted to.
    fn least(&self) -> usize {
        match self.kind {
            OldKind::MovingAverage => 1,
            OldKind::LinearRegression => 2,
            OldKind::PolynomialRegression | OldKind::FixedEnsemble => self.degree.max(1) + 1,
        }
    }

    /// What it learns from `days`, oldest first: the day's number and its value. Regressions see those from `oldest` on.
    fn learn(&self, days: &[(f64, f64)], oldest: f64) -> Curve {
        let latest = &days[days.partition_point(|(day, _)| *day < oldest)..];
        let average = || Curve::Level(moving_average::level(days, self.window));
        let regression = |degree| Curve::Polynomial(Polynomial::fit(latest, degree));
        match self.kind {
            OldKind::MovingAverage => average(),
            OldKind::LinearRegression => regression(1),
            OldKind::PolynomialRegression => regression(self.degree),
            OldKind::FixedEnsemble => ensemble::of([average(), regression(1), regression(self.degree)]),
        }
    }
}

/// What a method says of any day.
#[derive(Clone, Debug, PartialEq)]
enum Curve {
    Level(f64),
    Polynomial(Polynomial),
    Mean(Vec<Curve>),
}

impl Curve {
    fn at(&self, day: f64) -> f64 {
        match self {
            Self::Level(level) => *level,
            Self::Polynomial(polynomial) => polynomial.at(day),
            Self::Mean(parts) => ensemble::mean(parts, day),
        }
    }
}

impl Fit for OldMethod {
    fn name(&self) -> &'static str {
        self.kind.name()
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let open = series.days().iter().filter(|day| matches!(day, Observation::Open(_))).count();
        if open < self.least() {
            return Err(FitError::TooFewOpenDays { model: self.name(), least: self.least(), open });
        }
        let is_hourly = series.season() > WEEK && series.season().is_multiple_of(HOURS);
        let count = if is_hourly { HOURS } else { 1 };
        let track = Track { days: VecDeque::new(), curve: Curve::Level(0.0) };
        let mut tracks = Tracks { method: *self, steps: 0, tracks: vec![track; count] };
        for (index, day) in series.days().iter().enumerate() {
            tracks.remember(series.slot(index), *day);
        }
        let oldest = tracks.oldest();
        tracks.tracks.iter_mut().for_each(|track| track.learn(self, oldest));
        Ok(Box::new(tracks))
    }
}

/// The fitted method: one track, or one an hour of the day.
struct Tracks {
    method: OldMethod,
    /// Steps seen.
    steps: usize,
    tracks: Vec<Track>,
}

#[derive(Clone)]
struct Track {
    /// The step and the value of the latest open days.
    days: VecDeque<(f64, f64)>,
    curve: Curve,
}

impl Track {
    fn learn(&mut self, method: &OldMethod, oldest: f64) {
        // The average's window may reach farther back than regressions do.
        while self.days.len() > method.window && self.days.front().is_some_and(|(day, _)| *day < oldest) {
            self.days.pop_front();
        }
        self.curve = method.learn(self.days.make_contiguous(), oldest);
    }
}

impl Tracks {
    /// The first step that regressions still see.
    fn oldest(&self) -> f64 {
        self.steps.saturating_sub(self.method.history_days.saturating_mul(self.tracks.len())) as f64
    }

    /// Takes in the next step.
    fn remember(&mut self, slot: Slot, day: Observation) {
        let count = self.tracks.len();
        let track = &mut self.tracks[slot.own % count];
        if let Observation::Open(value) = day {
            track.days.push_back((self.steps as f64, value));
        }
        self.steps += 1;
    }
}

impl Fitted for Tracks {
    fn observe(&mut self, slot: Slot, day: Observation) {
        self.remember(slot, day);
        let (method, oldest, count) = (self.method, self.oldest(), self.tracks.len());
        self.tracks[slot.own % count].learn(&method, oldest);
    }

    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
        let expected = |(step, day): (usize, &Ahead)| {
            if !day.open {
                return Expected::Closed;
            }
            let track = &self.tracks[day.slot.own % self.tracks.len()];
            Expected::open(track.curve.at((self.steps + step) as f64))
        };
        ahead.iter().enumerate().map(expected).collect()
    }
}

#[cfg(test)]
mod tests;
