//! One run's forecasts, put together.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::backtest::{Case, Plan};
use super::choice::{Candidate, Choice, Contest};
use super::history::{History, Series, Span};
use super::hourly::{Evidence, HOURS};
use super::hundredths::Hundredths;
use super::intervals::{Band, Calibration};
use super::models::{Expected, FitError};
use super::special_days::SpecialDays;
use super::stage::{Stage, TooLittleHistory};
use crate::calendar::Calendar;

/// How many days ahead are forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizons {
    /// Days of daily revenue and daily orders.
    pub daily: u32,
    /// Days of hourly orders; at most `daily`, since hours divide a day's forecast.
    pub hourly: u32,
}

impl Default for Horizons {
    fn default() -> Self {
        Self { daily: 30, hourly: 7 }
    }
}

/// Everything that one run forecasts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Issue {
    /// The last published day. Horizon h is the h-th business day after it.
    pub origin: NaiveDate,
    /// How much history stands behind it.
    pub stage: Stage,
    /// The model that `daily_revenue` comes from.
    pub revenue_model: &'static str,
    /// The model that `daily_orders` and, through them, `hourly_orders` come from.
    pub orders_model: &'static str,
    /// Revenue of the coming days, soonest first.
    pub daily_revenue: Vec<Prediction>,
    /// Orders of the coming days, soonest first.
    pub daily_orders: Vec<Prediction>,
    /// Orders of the coming days' hours by day, then hour 0 to 23. Each day's values add up to its `daily_orders`
    /// value exactly.
    pub hourly_orders: Vec<HourlyPrediction>,
}

/// One day's forecast. 0 ≤ lower_95 ≤ lower_80 ≤ value ≤ upper_80 ≤ upper_95, and all are 0 on a closed day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Prediction {
    /// The business day.
    pub date: NaiveDate,
    /// How many business days after the origin, from 1.
    pub horizon: u32,
    /// The forecast.
    pub value: Hundredths,
    /// Lower end of the 80 % interval.
    pub lower_80: Hundredths,
    /// Upper end of the 80 % interval.
    pub upper_80: Hundredths,
    /// Lower end of the 95 % interval.
    pub lower_95: Hundredths,
    /// Upper end of the 95 % interval.
    pub upper_95: Hundredths,
}

/// One hour's forecast, with the same bounds as a day's. Hourly intervals hold for the hour on its own and do not add
/// up to the day's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HourlyPrediction {
    /// The wall-clock hour within the business day, 0 to 23.
    pub hour: u8,
    /// Its forecast; 0 throughout where the clocks skip the hour.
    #[serde(flatten)]
    pub prediction: Prediction,
}

/// Forecasts from the last published day of `history` by the model of `choice`; by the naive one if that model cannot
/// be fitted.
///
/// `special` days, past and coming, are known at every origin. `calendar` is asked only which hours exist: those that a change of the clocks skips are forecast 0.
///
/// # Errors
/// If there is too little history; the error is the reason to write into the ledger.
pub fn issue(
    history: &History,
    special: &SpecialDays,
    horizons: Horizons,
    calendar: &Calendar,
    choice: Choice,
) -> Result<Issue, TooLittleHistory> {
    let span = history.since_opening()?;
    let stage = Stage::of(&span)?;
    let days = horizons.daily as usize;
    let plan = Plan::for_horizon(days);
    let revenue_days = span.observations(|day| day.revenue);
    let orders_days = span.observations(|day| day.orders);
    let notices = special.notices(span.first_day, span.days.len() + days);
    let revenue_series = Series::new(span.first_day, &revenue_days).with_notices(&notices);
    let orders_series = Series::new(span.first_day, &orders_days).with_notices(&notices);
    let revenue = Contest::hold(&revenue_series, &plan, choice)?;
    let orders = Contest::hold(&orders_series, &plan, choice)?;
    let naive = revenue.is_left_with_naive() || orders.is_left_with_naive();
    let (best_revenue, best_orders) = (revenue.winner(naive), orders.winner(naive));

    let daily_orders = daily(best_orders, &span, days);
    let hours =
        Hours { span: &span, series: &orders_series, days: horizons.hourly.min(horizons.daily) as usize };
    Ok(Issue {
        origin: span.origin(),
        stage,
        revenue_model: best_revenue.name,
        orders_model: best_orders.name,
        daily_revenue: daily(best_revenue, &span, days),
        hourly_orders: hours.forecast(&daily_orders, best_orders, calendar),
        daily_orders,
    })
}

impl From<FitError> for TooLittleHistory {
    fn from(error: FitError) -> Self {
        match error {
            // Only the naive model's error comes here, and one open day is all that it needs.
            FitError::TooFewOpenDays { .. } => Self::NeverOpen,
        }
    }
}

/// A model's forecast with intervals, as dated predictions.
fn daily(candidate: &Candidate, span: &Span<'_>, days: usize) -> Vec<Prediction> {
    let calibration = Calibration::of_days(&candidate.cases, days, span.days.len());
    let horizons = (1..).zip(candidate.forecast.iter().take(days));
    horizons
        .map(|(horizon, expected)| {
            let value = Hundredths::nearest(expected.value());
            let band = match expected {
                Expected::Closed => Band::default(),
                Expected::Open(value) => calibration.band(horizon as usize, *value),
            };
            Prediction::new(span.origin(), horizon, value, band)
        })
        .collect()
}

/// What the hours are learnt from.
struct Hours<'a> {
    span: &'a Span<'a>,
    series: &'a Series<'a>,
    days: usize,
}

impl Hours<'_> {
    /// The hours of the first days of `daily`.
    fn forecast(
        &self,
        daily: &[Prediction],
        model: &Candidate,
        calendar: &Calendar,
    ) -> Vec<HourlyPrediction> {
        let origin = self.span.origin();
        let shape = Evidence::of(self.series, self.span.days).shape();
        let calibrations = self.calibrations(&model.cases);
        let mut hours = Vec::with_capacity(self.days * HOURS);
        for (day, expected) in daily.iter().zip(&model.forecast).take(self.days) {
            let weekday = self.series.slot(self.span.days.len() + day.horizon as usize - 1).like;
            let exists = HOUR_NUMBERS.map(|hour| calendar.has_hour(day.date, hour));
            let shares = shape.of_day(weekday, |hour| exists[hour]);
            let values = day.value.split(&shares);
            for (((hour, value), share), calibration) in
                HOUR_NUMBERS.into_iter().zip(values).zip(shares).zip(&calibrations)
            {
                let band = if share > 0.0 && *expected != Expected::Closed {
                    calibration.band(day.horizon as usize, expected.value() * share)
                } else {
                    Band::default()
                };
                let prediction = Prediction::new(origin, day.horizon, value, band);
                hours.push(HourlyPrediction { hour, prediction });
            }
        }
        hours
    }

    /// The intervals of each hour, from what dividing the daily backtest's forecasts would have said of it.
    fn calibrations(&self, daily: &[Case]) -> Vec<Calibration> {
        let mut cases: [Vec<Case>; HOURS] = Default::default();
        let (mut evidence, mut known) = (Evidence::default(), 0);
        for origin in daily.chunk_by(|a, b| a.seen == b.seen) {
            while known < origin[0].seen {
                evidence.observe(self.series.slot(known).like, self.span.days[known].as_ref());
                known += 1;
            }
            let shape = evidence.shape();
            for case in origin.iter().filter(|case| case.horizon <= self.days) {
                let ahead = case.seen + case.horizon - 1;
                let Some(truth) = self.span.days[ahead].as_ref() else { continue };
                let shares = shape.of_day(self.series.slot(ahead).like, |_| true);
                for (hour, share) in shares.into_iter().enumerate() {
                    let expected = match case.expected {
                        Expected::Open(value) if share > 0.0 => Expected::Open(value * share),
                        _ => Expected::Closed,
                    };
                    cases[hour].push(Case { expected, truth: truth.hourly_orders[hour], ..*case });
                }
            }
        }
        cases.iter().map(|cases| Calibration::of_days(cases, self.days, self.span.days.len())).collect()
    }
}

/// 0 to 23.
const HOUR_NUMBERS: [u8; HOURS] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23];

impl Prediction {
    /// The prediction of `value` within `band`, which rounding must not leave it outside of.
    fn new(origin: NaiveDate, horizon: u32, value: Hundredths, band: Band) -> Self {
        let below = |bound: f64| Hundredths::nearest(bound).min(value);
        let above = |bound: f64| Hundredths::nearest(bound).max(value);
        Self {
            date: origin + Days::new(u64::from(horizon)),
            horizon,
            value,
            lower_80: below(band.lower_80),
            upper_80: above(band.upper_80),
            lower_95: below(band.lower_95),
            upper_95: above(band.upper_95),
        }
    }
}

#[cfg(test)]
mod disruptions;
#[cfg(test)]
mod tests;
