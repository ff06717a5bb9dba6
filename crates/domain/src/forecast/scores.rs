//! Measures of accuracy, as defined in Hyndman & Koehler, "Another look at measures of forecast accuracy",
//! *International Journal of Forecasting* 22 (2006), 679–688; WAPE is their MAD/mean ratio.
//!
//! With y the truth, ŷ the forecast, and sums over all cases:
//!
//! - WAPE  = Σ|y−ŷ| / Σ|y|
//! - bias  = Σ(ŷ−y) / Σy: above 0 is forecast too high
//! - MASE  = mean over origins T of  MAE(T) / mean of |y(t)−y(t−7)| over t ≤ T  with both days published

use serde::Serialize;

use super::backtest::Case;
use super::history::{Series, WEEK};

/// A model's scores in the backtest. None where the measure is not defined: nothing sold, or a history that never
/// differs from the week before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// How many forecasts were judged.
    pub cases: usize,
    /// Mean absolute error, in the series' unit.
    pub mae: Option<f64>,
    /// Weighted absolute percentage error, as a ratio: 0.25 is 25 %.
    pub wape: Option<f64>,
    /// Mean absolute scaled error: below 1 is better than the seasonal naive model was within the history.
    pub mase: Option<f64>,
    /// Signed error as a ratio of what was sold.
    pub bias: Option<f64>,
}

impl Scores {
    /// The scores of `cases`, ordered by origin, of forecasts of `series`.
    #[must_use]
    pub fn of(cases: &[Case], series: &Series<'_>) -> Self {
        let absolute: f64 = cases.iter().map(|case| case.error().abs()).sum();
        let signed: f64 = cases.iter().map(|case| -case.error()).sum();
        let size: f64 = cases.iter().map(|case| case.truth.abs()).sum();
        let total: f64 = cases.iter().map(|case| case.truth).sum();
        Self {
            cases: cases.len(),
            mae: ratio(absolute, cases.len() as f64),
            wape: ratio(absolute, size),
            mase: mase(cases, series),
            bias: ratio(signed, total),
        }
    }
}

fn mase(cases: &[Case], series: &Series<'_>) -> Option<f64> {
    let scales = naive_errors(series);
    let scaled: Vec<f64> = cases
        .chunk_by(|a, b| a.seen == b.seen)
        .filter_map(|origin| {
            let absolute: f64 = origin.iter().map(|case| case.error().abs()).sum();
            ratio(absolute / origin.len() as f64, scales[origin[0].seen]?)
        })
        .collect();
    ratio(scaled.iter().sum(), scaled.len() as f64)
}

/// For each n from 0, the mean of |y(t)−y(t−7)| over the first n days.
fn naive_errors(series: &Series<'_>) -> Vec<Option<f64>> {
    let days = series.days();
    let (mut sum, mut pairs) = (0.0, 0.0);
    let mut errors = vec![None];
    for difference in seasonal_differences(days.len(), WEEK, |index| days[index].value()) {
        if let Some(difference) = difference {
            sum += difference.abs();
            pairs += 1.0;
        }
        errors.push(ratio(sum, pairs));
    }
    errors
}

/// y(t)−y(t−m) for each t from 0 to `len`: None where one of the two is not known.
pub(super) fn seasonal_differences(
    len: usize,
    season: usize,
    value: impl Fn(usize) -> Option<f64>,
) -> impl Iterator<Item = Option<f64>> {
    (0..len).map(move |index| Some(value(index)? - value(index.checked_sub(season)?)?))
}

/// `numerator / denominator`, unless that is not a finite number or the denominator as good as zero.
pub(super) fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    let ratio = numerator / denominator;
    (ratio.is_finite() && denominator.abs() > 1e-9).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::history::Observation;
    use super::super::models::Expected;
    use super::*;

    fn case(seen: usize, horizon: usize, expected: f64, truth: f64) -> Case {
        Case { seen, horizon, expected: Expected::Open(expected), truth }
    }

    #[test]
    fn scores_are_what_a_hand_makes_of_their_definitions() {
        let values = [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 12.0, 16.0, 20.0];
        let days = values.map(Observation::Open);
        let series = Series::new(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(), &days);
        // After 8 days the naive error is |12−10| = 2, after 9 it is (2 + |16−10|)/2 = 4.
        let cases = [case(8, 1, 13.0, 16.0), case(8, 2, 15.0, 20.0), case(9, 1, 22.0, 20.0)];
        let scores = Scores::of(&cases, &series);
        let close = |score: Option<f64>, by_hand: f64| assert!((score.unwrap() - by_hand).abs() < 1e-12);
        assert_eq!(scores.cases, 3);
        close(scores.mae, 10.0 / 3.0);
        close(scores.wape, 10.0 / 56.0);
        close(scores.bias, (-3.0 - 5.0 + 2.0) / 56.0);
        // MAE of the first origin (3+5)/2 over 2, of the second 2 over 4.
        close(scores.mase, f64::midpoint(4.0 / 2.0, 2.0 / 4.0));
    }

    #[test]
    fn what_is_not_defined_has_no_score() {
        let days = [Observation::Open(10.0); 14];
        let series = Series::new(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(), &days);
        assert_eq!(Scores::of(&[], &series), Scores::default());
        let scores = Scores::of(&[case(8, 1, 1.0, 0.0)], &series);
        assert_eq!((scores.mae, scores.wape, scores.mase, scores.bias), (Some(1.0), None, None, None));
    }
}
