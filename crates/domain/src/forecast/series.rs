//! The forecast of one series of plain numbers, on its own: what a backtest over a file of series calls.
//!
//! It chooses, fits and puts intervals around its values exactly as [`issue`](super::issue()) does for a restaurant.

use chrono::{Datelike as _, NaiveDate};

use super::analogues::Analogues;
use super::backtest::Plan;
use super::choice::{Candidate, Choice, Contest};
use super::history::{Observation, Series, WEEK};
use super::intervals::{Band, Calibration};
use super::models::{Expected, FitError};
use super::special_days::SpecialDays;

/// Hours in a day.
const DAY: usize = 24;

/// Hours in a week.
const HOURS_A_WEEK: usize = DAY * WEEK;

/// Weeks of hours from which the hours of the week are told apart, and not only those of the day.
const WEEKS_TO_TELL_DAYS: usize = 3;

/// Origins that hours are backtested from, a day apart.
const DAYS_BACK: usize = 8 * WEEK;

/// Consecutive numbers and where in their season they stand.
#[derive(Clone, Debug)]
pub struct Numbers {
    season: usize,
    phase: usize,
    observations: Vec<Observation>,
    first_day: Option<NaiveDate>,
    hourly: bool,
}

impl Numbers {
    /// The values of consecutive days from `first_day` on; None is missing, and a zero is a closed day.
    #[must_use]
    pub fn of_days(first_day: NaiveDate, values: &[Option<f64>]) -> Self {
        let observe = |value: &Option<f64>| match finite(*value) {
            None => Observation::Missing,
            Some(0.0) => Observation::Closed,
            Some(value) => Observation::Open(value),
        };
        Self {
            season: WEEK,
            phase: weekday(first_day),
            observations: values.iter().map(observe).collect(),
            first_day: Some(first_day),
            hourly: false,
        }
    }

    /// The values of consecutive hours from `first_hour` of `first_day` on; None is missing. A zero is a value like
    /// any other, but a day of nothing but zeros was closed. With three weeks of them the season is a week, and a day
    /// otherwise.
    #[must_use]
    pub fn of_hours(first_day: NaiveDate, first_hour: usize, values: &[Option<f64>]) -> Self {
        let mut observations = open(values);
        let rest_of_first = (DAY - first_hour % DAY).min(observations.len());
        let (first, later) = observations.split_at_mut(rest_of_first);
        for day in std::iter::once(first).chain(later.chunks_mut(DAY)) {
            if day.len() == DAY && day.iter().all(|hour| hour.value() == Some(0.0)) {
                day.fill(Observation::Closed);
            }
        }
        Self {
            season: season_of_hours(values.len()),
            phase: weekday(first_day) * DAY + first_hour,
            observations,
            first_day: None,
            hourly: true,
        }
    }

    /// Consecutive values with a season of that many steps, 1 being none; None is missing. With a season of 24 or 168
    /// they are hours, from an hour and a weekday that are not known.
    #[must_use]
    pub fn of_steps(season: usize, values: &[Option<f64>]) -> Self {
        if [DAY, HOURS_A_WEEK].contains(&season) {
            let season = season_of_hours(values.len());
            return Self { season, phase: 0, observations: open(values), first_day: None, hourly: true };
        }
        let season = season.max(1);
        Self { season, phase: 0, observations: open(values), first_day: None, hourly: false }
    }

    /// Steps in the season by which they are forecast.
    #[must_use]
    pub fn season(&self) -> usize {
        self.season
    }

    fn plan(&self, horizon: usize) -> Plan {
        if self.hourly {
            return Plan { least_history: 2 * DAY, origins: DAYS_BACK, step: DAY, horizon };
        }
        Plan { least_history: self.season, ..Plan::for_horizon(horizon) }
    }
}

/// A week where so many hours tell one.
fn season_of_hours(len: usize) -> usize {
    if len >= WEEKS_TO_TELL_DAYS * HOURS_A_WEEK { HOURS_A_WEEK } else { DAY }
}

fn weekday(day: NaiveDate) -> usize {
    day.weekday().num_days_from_monday() as usize
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

fn open(values: &[Option<f64>]) -> Vec<Observation> {
    values.iter().map(|value| finite(*value).map_or(Observation::Missing, Observation::Open)).collect()
}

/// The forecast of one series by one model.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesForecast {
    /// The model that it comes from.
    pub model: &'static str,
    /// The coming steps, soonest first.
    pub steps: Vec<Step>,
}

/// One step's forecast. 0 ≤ lower_95 ≤ lower_80 ≤ value ≤ upper_80 ≤ upper_95, and all are 0 where closed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    /// The forecast.
    pub value: f64,
    /// Its prediction intervals.
    pub band: Band,
}

/// Forecasts the `horizon` steps after `numbers` by the model of `choice`; by the naive one, under its name, if that
/// model cannot be fitted.
///
/// `special` days, past and coming ones, matter to days only.
///
/// # Errors
/// If there is no open step at all.
pub fn forecast(
    numbers: &Numbers,
    horizon: usize,
    special: &SpecialDays,
    choice: Choice,
) -> Result<SeriesForecast, FitError> {
    let contest = numbers.contest(horizon, special, choice)?;
    Ok(numbers.forecast_by(contest.winner(contest.is_left_with_naive()), horizon))
}

impl Numbers {
    fn contest(&self, horizon: usize, special: &SpecialDays, choice: Choice) -> Result<Contest, FitError> {
        let steps = self.observations.len() + horizon;
        let notices = self.first_day.map(|first_day| special.notices(first_day, steps)).unwrap_or_default();
        let series = Series::seasonal(self.season, self.phase, &self.observations).with_notices(&notices);
        Contest::hold(&series, &self.plan(horizon), choice)
    }

    fn forecast_by(&self, model: &Candidate, horizon: usize) -> SeriesForecast {
        let steps = if self.hourly {
            let analogues = Analogues::of(&model.cases, DAY, self.is_whole());
            open_steps(model, |horizon, value| analogues.step(horizon, value, model.is_yardstick()))
        } else {
            let calibration = match self.first_day {
                Some(_) => Calibration::of_days(&model.cases, horizon, self.observations.len()),
                None => Calibration::of_steps(&model.cases, horizon),
            };
            open_steps(model, |horizon, value| Step { value, band: calibration.band(horizon, value) })
        };
        SeriesForecast { model: model.name, steps }
    }

    /// Whether all numbers are whole, as counts are.
    fn is_whole(&self) -> bool {
        self.observations.iter().filter_map(|step| step.value()).all(|value| value.fract() == 0.0)
    }
}

/// What `step` makes of each of the model's steps that is not closed, from its horizon and its value.
fn open_steps(model: &Candidate, step: impl Fn(usize, f64) -> Step) -> Vec<Step> {
    let of = |(horizon, expected): (usize, &Expected)| match *expected {
        Expected::Closed => Step::default(),
        Expected::Open(value) => step(horizon, value),
    };
    (1..).zip(&model.forecast).map(of).collect()
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    fn monday() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 5).unwrap()
    }

    /// Closed on Mondays, with some noise.
    fn days(len: usize) -> Vec<Option<f64>> {
        let week = [0.0, 40.0, 45.0, 50.0, 80.0, 95.0, 60.0];
        let value =
            |day: usize| if day.is_multiple_of(7) { 0.0 } else { week[day % 7] + (day * 37 % 11) as f64 };
        (0..len).map(|day| Some(value(day))).collect()
    }

    fn assert_sound(forecast: &SeriesForecast, horizon: usize) {
        assert_eq!(forecast.steps.len(), horizon);
        for Step { value, band } in &forecast.steps {
            let ends = [0.0, band.lower_95, band.lower_80, *value, band.upper_80, band.upper_95];
            assert!(ends.is_sorted() && ends.iter().all(|end| end.is_finite()), "{ends:?}");
        }
    }

    #[test]
    fn days_are_forecast_with_their_closed_weekday() {
        let forecast =
            forecast(&Numbers::of_days(monday(), &days(200)), 14, &SpecialDays::default(), Choice::Auto)
                .unwrap();
        assert_sound(&forecast, 14);
        // Day 203 is the first Monday after the end.
        let closed: Vec<usize> = (0..14).filter(|step| forecast.steps[*step].band.upper_95 == 0.0).collect();
        assert_eq!(closed, [3, 10]);
    }

    #[test]
    fn a_lone_holiday_is_like_a_sunday() {
        // Day 204 is a Tuesday.
        let holidays = SpecialDays::of_holidays([monday() + Days::new(204)]);
        let numbers = Numbers::of_days(monday(), &days(203));
        let tuesday = |holidays| {
            forecast(&numbers, 7, holidays, Choice::Model("weekday_level")).unwrap().steps[1].value
        };
        let (usual, holiday) = (tuesday(&SpecialDays::default()), tuesday(&holidays));
        assert!((usual - 45.0).abs() < 5.0 && (holiday - 65.0).abs() < 5.0, "{usual} {holiday}");
    }

    #[test]
    fn hours_know_their_day_of_the_week() {
        // Nothing at night, and twice as much on Saturdays.
        let hour = |hour: usize| match hour % 24 {
            12..22 => (if hour / 24 % 7 == 5 { 20.0 } else { 10.0 }) + (hour * 37 % 5) as f64,
            _ => 0.0,
        };
        let hours: Vec<Option<f64>> = (0..12 * 168 + 5 * 24).map(|at| Some(hour(at))).collect();
        let forecast =
            forecast(&Numbers::of_hours(monday(), 0, &hours), 24, &SpecialDays::default(), Choice::Auto)
                .unwrap();
        assert_sound(&forecast, 24);
        assert_eq!(forecast.steps[3], Step::default());
        assert!((forecast.steps[13].value - 22.0).abs() < 3.0, "{:?}", forecast.steps[13]);
    }

    #[test]
    fn other_seasons_and_short_series_do() {
        for (season, len) in [(1, 3), (1, 40), (12, 13), (12, 100), (24, 30)] {
            let values: Vec<Option<f64>> =
                (0..len).map(|step: u32| Some(f64::from(step * 31 % 12))).collect();
            let forecast =
                forecast(&Numbers::of_steps(season, &values), 5, &SpecialDays::default(), Choice::Auto)
                    .unwrap();
            assert_sound(&forecast, 5);
        }
    }

    #[test]
    fn what_cannot_be_forecast_says_why() {
        let nothing = Numbers::of_days(monday(), &[Some(0.0), None, Some(f64::NAN)]);
        assert!(matches!(
            forecast(&nothing, 7, &SpecialDays::default(), Choice::Auto),
            Err(FitError::TooFewOpenDays { open: 0, .. })
        ));
    }

    #[test]
    fn a_model_that_cannot_be_fitted_leaves_the_naive_one() {
        let numbers = Numbers::of_days(monday(), &days(8));
        let forecast = forecast(&numbers, 7, &SpecialDays::default(), Choice::Model("theta")).unwrap();
        assert_eq!(forecast.model, "seasonal_naive");
    }
}
