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
        Ok(Box::new(LastWeek { week }))
    }
}

struct LastWeek {
    week: [Expected; WEEK],
}

impl Fitted for LastWeek {
    fn predict(&self, horizon: usize) -> Vec<Expected> {
        self.week.iter().copied().cycle().take(horizon).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

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
        let fitted = SeasonalNaive.fit(&Series::new(monday, &days)).unwrap();
        let open = Expected::Open;
        // Wednesday is taken from the week before, Thursday's one-off zero is a value, and Sunday, which never was
        // published, gets the latest day's.
        let week = [Expected::Closed, open(22.0), open(13.0), open(0.0), open(25.0), open(26.0), open(26.0)];
        assert_eq!(fitted.predict(9), [&week[..], &week[..2]].concat());
    }

    #[test]
    fn needs_an_open_day() {
        let days = [Observation::Closed; 20];
        let series = Series::new(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(), &days);
        assert_eq!(SeasonalNaive.fit(&series).err(), Some(FitError::NoOpenDay { model: "seasonal_naive" }));
    }
}
