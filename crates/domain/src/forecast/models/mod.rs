//! Forecasting models of a seasonal series.
//!
//! Fitting and predicting are two types: what has not been fitted cannot predict, and what has been fitted knows no
//! more than it was given. A fitted model may be told of the next days without being fitted again, so that a backtest
//! need not fit at every origin. A model predicts the level of demand; which days are closed is learnt beside it, and
//! intervals come from its errors in the backtest. It never sees a day after its origin.

mod autoregression;
mod ets;
mod least_squares;
mod mstl;
mod old_service;
mod regression;
mod scale;
mod seasonal_level;
mod seasonal_naive;
mod simplex;
mod theta;

pub use autoregression::Autoregression;
pub use ets::Ets;
pub use mstl::Mstl;
pub use old_service::{OldKind, OldMethod};
pub use regression::Regression;
pub use scale::Scale;
pub use seasonal_level::SeasonalLevel;
pub use seasonal_naive::SeasonalNaive;
pub use theta::Theta;

use super::history::{Observation, Series, Slot};

/// A model that can be fitted.
pub trait Fit {
    /// Its name, as stored with each forecast: at most 64 characters, never changed once published.
    fn name(&self) -> &'static str;

    /// Fits it to `series`, whose last day is the forecast's origin.
    ///
    /// # Errors
    /// If the series does not hold what the model needs.
    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError>;
}

/// A fitted model.
pub trait Fitted {
    /// Takes in the day after the origin, which becomes the origin. Parameters stay as they were fitted.
    fn observe(&mut self, slot: Slot, day: Observation);

    /// The coming days, soonest first; `ahead` begins with the day after the origin.
    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected>;
}

/// The share of the last level below which no trend takes a forecast: a day that opens sells something.
const LEAST_LEFT: f64 = 0.5;

/// What is known of a coming day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Where in the season it stands.
    pub slot: Slot,
    /// Whether the restaurant is expected to open.
    pub open: bool,
}

/// What is expected of one day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expected {
    /// The restaurant does not open.
    Closed,
    /// It opens, and this is its value: finite and not negative.
    Open(f64),
}

impl Expected {
    /// The day's value: 0 if closed.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Closed => 0.0,
            Self::Open(value) => value,
        }
    }

    /// An open day of `value`, which is brought into range: what overflowed is as large as a number can be.
    pub(super) fn open(value: f64) -> Self {
        Self::Open(value.clamp(0.0, f64::MAX))
    }
}

/// Why a model could not be fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// There are too few open days for the number of parameters.
    #[error("model {model} needs at least {least} open days and has {open}")]
    TooFewOpenDays {
        /// The model's name.
        model: &'static str,
        /// Open days that it needs.
        least: usize,
        /// Open days that there are.
        open: usize,
    },
}
