//! Seasonal naive: next Friday will be as last Friday was. The model to beat.
//!
//! ŷ(t+h) = y(t+h−mk), m the season and k the least whole number for which that day is past and published.
//! Source: Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., section 5.2.

use super::{Ahead, Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, Slot};

/// The seasonal naive model. It knows no holidays.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeasonalNaive;

impl Fit for SeasonalNaive {
    fn name(&self) -> &'static str {
        "seasonal_naive"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let mut fitted = LastSeason { slots: vec![None; series.season()], latest: None };
        for (index, day) in series.days().iter().enumerate() {
            fitted.observe(series.slot(index), *day);
        }
        fitted.latest.ok_or(FitError::TooFewOpenDays { model: self.name(), least: 1, open: 0 })?;
        Ok(Box::new(fitted))
    }
}

struct LastSeason {
    /// The latest published day in each slot: open or closed.
    slots: Vec<Option<Observation>>,
    /// The latest open day's value.
    latest: Option<f64>,
}

impl Fitted for LastSeason {
    fn observe(&mut self, slot: Slot, day: Observation) {
        match day {
            Observation::Missing => return,
            Observation::Closed => {}
            Observation::Open(value) => self.latest = Some(value),
        }
        self.slots[slot.own] = Some(day);
    }

    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
        let expected = |day: &Ahead| match self.slots[day.slot.own] {
            Some(Observation::Open(value)) => Expected::open(value),
            // Last week's zero is repeated, as this model must. Unless the weekday is a closed one it is a value and
            // not a certainty: the day keeps an interval.
            Some(_) if day.open => Expected::Open(0.0),
            Some(_) => Expected::Closed,
            None => Expected::open(self.latest.unwrap_or_default()),
        };
        ahead.iter().map(expected).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::forecast::history::WEEK;
    use crate::forecast::opening::Opening;

    fn week(values: [f64; WEEK]) -> [Observation; WEEK] {
        values.map(|value| match value {
            0.0 => Observation::Closed,
            value if value > 0.0 => Observation::Open(value),
            _ => Observation::Missing,
        })
    }

    #[test]
    fn repeats_the_last_published_week() {
        let missing = f64::NAN;
        let weeks = [
            week([0.0, 2.0, 3.0, 4.0, 5.0, 6.0, missing]),
            week([0.0, 12.0, 13.0, 14.0, 15.0, 16.0, missing]),
            week([0.0, 22.0, missing, 0.0, 25.0, 26.0, missing]),
        ];
        let days = weeks.concat();
        let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let series = Series::new(monday, &days);
        let fitted = SeasonalNaive.fit(&series).unwrap();
        let open = Expected::Open;
        // Wednesday is taken from the week before, Thursday's one-off zero is a value, and Sunday, which never was
        // published, gets the latest day's.
        let week = [Expected::Closed, open(22.0), open(13.0), open(0.0), open(25.0), open(26.0), open(26.0)];
        let ahead = Opening::learn(&series).ahead(&series, 9);
        assert_eq!(fitted.predict(&ahead), [&week[..], &week[..2]].concat());
    }

    #[test]
    fn needs_an_open_day() {
        let days = [Observation::Closed; 20];
        let series = Series::new(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(), &days);
        let error = FitError::TooFewOpenDays { model: "seasonal_naive", least: 1, open: 0 };
        assert_eq!(SeasonalNaive.fit(&series).err(), Some(error));
    }
}
