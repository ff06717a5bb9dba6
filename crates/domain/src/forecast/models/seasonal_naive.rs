//! Seasonal naive: next Friday will be as last Friday was. The model to beat.
//!
//! ŷ(t+h) = y(t+h−7k), k the least whole number for which that day is past and published.
//! Source: Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., section 5.2.

use super::{Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, WEEK};
use crate::forecast::opening::Opening;

/// The seasonal naive model with a season of a week.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeasonalNaive;

impl Fit for SeasonalNaive {
    fn name(&self) -> &'static str {
        "seasonal_naive"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let opening = Opening::learn(series);
        let end = series.days().len();
        let latest = series.days().iter().rev().find_map(|day| match day {
            Observation::Open(value) => Some(*value),
            _ => None,
        });
        let latest = latest.ok_or(FitError::NoOpenDay { model: self.name() })?;
        let week = std::array::from_fn(|offset| {
            let weekday = series.weekday(end + offset);
            let same = (1..).map_while(|weeks| (end + offset).checked_sub(weeks * WEEK));
            let last = same.map(|index| series.days()[index]).find(|day| *day != Observation::Missing);
            match last {
                Some(Observation::Open(value)) => Expected::Open(value.max(0.0)),
                // Last week's zero is repeated, as this model must. Unless the weekday is a closed one it is a value
                // and not a certainty: the day keeps an interval.
                Some(_) if opening.is_open(weekday) => Expected::Open(0.0),
                Some(_) => Expected::Closed,
                None => Expected::Open(latest.max(0.0)),
            }
        });
        Ok(Box::new(Fit7 { week }))
    }
}

struct Fit7 {
    week: [Expected; WEEK],
}

impl Fitted for Fit7 {
    fn predict(&self, horizon: usize) -> Vec<Expected> {
        self.week.iter().copied().cycle().take(horizon).collect()
    }
}
