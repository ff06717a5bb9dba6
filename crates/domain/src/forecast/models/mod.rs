//! Forecasting models of a daily series.
//!
//! Fitting and predicting are two types: what has not been fitted cannot predict, and what has been fitted knows no
//! more than the series it was given. A model predicts the level of demand and which days are closed; it knows no
//! intervals, which come from its errors in the backtest, and it never sees a day after its origin.

mod seasonal_naive;
mod weekday_level;

pub use seasonal_naive::SeasonalNaive;
pub use weekday_level::WeekdayLevel;

use super::history::Series;

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
    /// The `horizon` days after the origin, soonest first.
    fn predict(&self, horizon: usize) -> Vec<Expected>;
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
}

/// Why a model could not be fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// There is no open day to learn from.
    #[error("model {model} needs at least one open day")]
    NoOpenDay {
        /// The model's name.
        model: &'static str,
    },
}
