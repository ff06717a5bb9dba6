//! The coming days' revenue and orders, learnt from a restaurant's own published days.
//!
//! [`issue`] is the door: it chooses a model for each figure by [`backtest`], forecasts from the last
//! published day, puts [`intervals`] of the model's own past errors around the values and divides the days'
//! orders among their hours. [`series::forecast`] does the same for one series of plain numbers.
//! `docs/forecasting.md` says why so.
//!
//! Nothing here knows a database or a clock, draws a random number, or sees a day after the origin: the same history
//! gives the same forecast, to the hundredth.

mod analogues;
pub mod backtest;
mod choice;
mod combination;
pub mod evaluation;
mod events;
mod history;
mod holidays;
mod hourly;
mod hundredths;
pub mod intervals;
mod issue;
mod median;
pub mod models;
mod opening;
#[cfg(test)]
mod reference;
pub mod series;
mod special_days;
mod stage;
pub mod suspicion;

pub use choice::{Choice, UnknownModel};
pub use history::{DayTotals, History, Observation, Series, Slot, WEEK};
pub use hundredths::Hundredths;
pub use issue::{Horizons, HourlyPrediction, Issue, Prediction, issue};
pub use opening::Opening;
pub use special_days::{Effect, Event, HOLIDAY, Notice, SpecialDay, SpecialDays, UnknownEffect};
pub use stage::{Stage, TooLittleHistory};
