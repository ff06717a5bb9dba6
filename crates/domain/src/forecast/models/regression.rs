//! Regression on weekday, special days and trend, with autoregressive errors.
//!
//! With z(t) the value of open day t on its [scale](super::Scale), w(t) the weekday that it is like, and the days that
//! are not like their own weekday, holidays and the days before them, told apart:
//!
//! - z(t) = a(w(t)) + h [w(t) is not t's own] + b t + e(t),   e(t) = φ e(t') + ε(t),  t' the open day before
//! - forecast: the same of the coming day, with φ to the power of the open days from the origin to it, times e(T)
//!
//! A weekday that was never open has the mean of the others' a, as often as they were open. Nothing is learnt from days
//! before a long closure: demand after it may be another.
//!
//! Given φ, the rest is found by [least squares](super::least_squares) on z(t) − φ z(t') and its terms alike; given the
//! rest, φ is the correlation of neighbouring errors; and so in turn. What events do to demand is learnt for all models
//! alike, beside them.
//!
//! Source: Cochrane & Orcutt, "Application of least squares regression to relationships containing auto-correlated error
//! terms", *JASA* 44 (1949), 32–61.

use super::least_squares::{self, Row, product};
use super::scale::{Scale, Scaled};
use super::{Ahead, Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, Slot, WEEK};
use crate::forecast::opening::since_long_closure;

/// Regression with autoregressive errors.
#[derive(Clone, Copy, Debug)]
pub struct Regression {
    /// The latest seasons that it is fitted to: a trend of years ago is not today's.
    pub seasons: usize,
    /// Whether there is one: b.
    pub trend: bool,
    /// How values count.
    pub scale: Scale,
}

impl Default for Regression {
    fn default() -> Self {
        Self { seasons: 30, trend: true, scale: Scale::default() }
    }
}

/// One a weekday, special days, the trend.
const TERMS: usize = WEEK + 2;

/// The fewest open days that it is fitted to.
const LEAST: usize = 4 * WEEK;

/// How often φ and the rest are found in turn.
const TURNS: usize = 4;

/// The largest |φ|: beyond it errors would hardly fade.
const MOST_CARRIED: f64 = 0.9;

/// Days in the trend's unit, so that all terms are of one size.
const TREND_UNIT: f64 = 100.0;

/// What is known of a day before it comes; `at` counts days if there is a trend.
fn terms(slot: Slot, at: Option<f64>) -> [f64; TERMS] {
    let mut terms = [0.0; TERMS];
    terms[slot.like % WEEK] = 1.0;
    terms[WEEK] = f64::from(u8::from(slot.like != slot.own));
    terms[WEEK + 1] = at.map_or(0.0, |at| at / TREND_UNIT);
    terms
}

impl Fit for Regression {
    fn name(&self) -> &'static str {
        if self.trend { "regression" } else { "regression_without_trend" }
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let series = &since_long_closure(series);
        let start = series.days().len().saturating_sub(self.seasons.saturating_mul(series.season()));
        let mut scaled = Scaled::new(self.scale, series.season());
        let mut rows: Vec<Row<TERMS>> = Vec::new();
        // From the middle: then the trend says nothing that weekdays say, and the ridge takes nothing off it.
        let mut at = (start as f64 - series.days().len() as f64) / 2.0;
        for (day, index) in series.days()[start..].iter().zip(start..) {
            if let Observation::Open(value) = day {
                let slot = series.slot(index);
                rows.push(Row {
                    terms: terms(slot, self.trend.then_some(at)),
                    outcome: scaled.enter(slot.like, *value),
                });
            }
            at += 1.0;
        }
        if rows.len() < LEAST {
            return Err(FitError::TooFewOpenDays { model: self.name(), least: LEAST, open: rows.len() });
        }
        let (mut weights, carried) = estimate(&rows);
        fill_unseen(&mut weights, &rows);
        let error = rows.last().map_or(0.0, |row| error(row, &weights));
        Ok(Box::new(Regressed { weights, carried, error, trend: self.trend, at, scaled }))
    }
}

fn error(row: &Row<TERMS>, weights: &[f64; TERMS]) -> f64 {
    row.outcome - product(&row.terms, weights)
}

/// Gives weekdays without a row the mean of the others'.
fn fill_unseen(weights: &mut [f64; TERMS], rows: &[Row<TERMS>]) {
    let seen: [f64; WEEK] = std::array::from_fn(|weekday| rows.iter().map(|row| row.terms[weekday]).sum());
    let mean = product(&seen, &std::array::from_fn(|weekday| weights[weekday])) / seen.iter().sum::<f64>();
    for (weight, _) in weights.iter_mut().zip(seen).filter(|(_, seen)| *seen <= 0.0) {
        *weight = mean;
    }
}

/// The weights of the terms, and φ.
fn estimate(rows: &[Row<TERMS>]) -> ([f64; TERMS], f64) {
    let (mut weights, mut carried) = (least_squares::solve(rows), 0.0);
    for _ in 0..TURNS {
        let errors: Vec<f64> = rows.iter().map(|row| error(row, &weights)).collect();
        let together: f64 = errors.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        carried = if squares > 0.0 { (together / squares).clamp(-MOST_CARRIED, MOST_CARRIED) } else { 0.0 };
        let quasi = |pair: &[Row<TERMS>]| Row {
            terms: std::array::from_fn(|term| pair[1].terms[term] - carried * pair[0].terms[term]),
            outcome: pair[1].outcome - carried * pair[0].outcome,
        };
        weights = least_squares::solve(&rows.windows(2).map(quasi).collect::<Vec<_>>());
    }
    (weights, carried)
}

struct Regressed {
    weights: [f64; TERMS],
    /// φ.
    carried: f64,
    /// e of the latest open day.
    error: f64,
    trend: bool,
    /// The day after the origin.
    at: f64,
    scaled: Scaled,
}

impl Fitted for Regressed {
    fn observe(&mut self, slot: Slot, day: Observation) {
        if let Observation::Open(value) = day {
            let row = Row {
                terms: terms(slot, self.trend.then_some(self.at)),
                outcome: self.scaled.enter(slot.like, value),
            };
            self.error = error(&row, &self.weights);
        }
        self.at += 1.0;
    }

    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
        let (mut error, mut at) = (self.error, self.at);
        let mut expected = |day: &Ahead| {
            let terms = terms(day.slot, self.trend.then_some(at));
            at += 1.0;
            if !day.open {
                return Expected::Closed;
            }
            error *= self.carried;
            Expected::open(self.scaled.leave(product(&terms, &self.weights) + error))
        };
        ahead.iter().map(&mut expected).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Values of statsmodels: `tests/reference/models.py`.
    #[derive(Deserialize)]
    struct Reference {
        days: Vec<f64>,
        regression: Model,
    }

    #[derive(Deserialize)]
    struct Model {
        phi: f64,
        forecast: Vec<f64>,
    }

    fn open(days: &[f64]) -> Vec<Observation> {
        days.iter().copied().map(Observation::Open).collect()
    }

    fn ahead(series: &Series<'_>, days: usize) -> Vec<Ahead> {
        let end = series.days().len();
        (end..end + days).map(|day| Ahead { slot: series.slot(day), open: true }).collect()
    }

    #[test]
    fn forecasts_are_those_of_statsmodels() {
        let Reference { days, regression } =
            serde_json::from_str(include_str!("../../../tests/reference/models.json")).unwrap();
        let days = open(&days);
        let series = Series::seasonal(WEEK, 0, &days);
        let fitted =
            Regression { seasons: usize::MAX, trend: true, scale: Scale::NONE }.fit(&series).unwrap();
        let ours = fitted.predict(&ahead(&series, regression.forecast.len()));
        for (ours, theirs) in ours.iter().zip(regression.forecast) {
            // Ours does not let outliers rule, and has a ridge.
            assert!((ours.value() / theirs - 1.0).abs() < 0.03, "{ours:?} {theirs} {}", regression.phi);
        }
    }

    #[test]
    fn errors_carry_over_and_fade() {
        // 50 on every day but for runs of five days above it and five below: neighbours err alike.
        let value = |day: usize| if (day / 5).is_multiple_of(2) { 60.0 } else { 40.0 };
        let days: Vec<f64> = (0..20 * WEEK + 3).map(value).collect();
        let days = open(&days);
        let series = Series::seasonal(WEEK, 0, &days);
        let forecast = Regression::default().fit(&series).unwrap().predict(&ahead(&series, 20));
        assert!(forecast[0].value() > 53.0 && (forecast[19].value() - 50.0).abs() < 2.0, "{forecast:?}");
    }

    #[test]
    fn a_day_told_later_counts_as_one_fitted() {
        let week = [0.0, 40.0, 45.0, 50.0, 80.0, 95.0, 60.0];
        let days: Vec<Observation> = (0..140)
            .map(|day| match week[day % WEEK] {
                0.0 => Observation::Closed,
                usual => Observation::Open(usual + 0.1 * day as f64),
            })
            .collect();
        let series = Series::seasonal(WEEK, 0, &days);
        let model = Regression { scale: Scale::NONE, ..Regression::default() };
        let mut told = model.fit(&series.first(130)).unwrap();
        for (at, day) in days.iter().enumerate().skip(130) {
            told.observe(series.slot(at), *day);
        }
        for (forecast, day) in told.predict(&ahead(&series, 14)).iter().zip(140_usize..) {
            if day % WEEK > 0 {
                let truth = week[day % WEEK] + 0.1 * day as f64;
                assert!((forecast.value() / truth - 1.0).abs() < 0.02, "{forecast:?} {truth}");
            }
        }
    }

    #[test]
    fn a_weekday_that_was_never_open_is_like_the_others() {
        // Closed on Mondays; 40 on Tuesdays to Thursdays, 70 later: (3·40 + 3·70) / 6 = 55.
        let day = |day: usize| match day % WEEK {
            0 => Observation::Closed,
            1..=3 => Observation::Open(40.0),
            _ => Observation::Open(70.0),
        };
        let days: Vec<Observation> = (0..10 * WEEK).map(day).collect();
        let model = Regression { scale: Scale::NONE, ..Regression::default() };
        let series = Series::seasonal(WEEK, 0, &days);
        let forecast = model.fit(&series).unwrap().predict(&ahead(&series, WEEK));
        assert!((forecast[0].value() - 55.0).abs() < 0.2, "{forecast:?}");
        assert!((forecast[1].value() - 40.0).abs() < 0.2, "{forecast:?}");
    }

    #[test]
    fn what_was_before_a_long_closure_is_forgotten() {
        // A year of 80, two weeks closed, then 40, give or take one.
        let days = |open_again: usize| {
            let mut days = vec![Observation::Open(80.0); 52 * WEEK];
            days.extend([Observation::Closed; 2 * WEEK]);
            days.extend((0..open_again).map(|day| Observation::Open(39.0 + (day * day % 3) as f64)));
            days
        };
        let after = days(LEAST);
        let series = Series::seasonal(WEEK, 0, &after);
        let forecast = Regression::default().fit(&series).unwrap().predict(&ahead(&series, WEEK));
        assert!(forecast.iter().all(|day| (day.value() - 40.0).abs() < 2.0), "{forecast:?}");
        let few = days(LEAST - 1);
        let error = Regression::default().fit(&Series::seasonal(WEEK, 0, &few)).err();
        assert_eq!(
            error,
            Some(FitError::TooFewOpenDays { model: "regression", least: LEAST, open: LEAST - 1 })
        );
    }

    #[test]
    fn too_few_open_days_are_refused() {
        let days = open(&[5.0; 27]);
        let error = Regression::default().fit(&Series::seasonal(WEEK, 0, &days)).err();
        assert_eq!(error, Some(FitError::TooFewOpenDays { model: "regression", least: 28, open: 27 }));
    }
}
