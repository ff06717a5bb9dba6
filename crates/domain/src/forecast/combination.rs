//! Several models' forecasts made one.
//!
//! At each origin a model weighs w ∝ (1−λ) E^(−p) / Σ E^(−p) + λ/K, with E its mean absolute error over the forecasts
//! whose truth was known by then, counting half after H days, and K the number of models. So the weights of an origin
//! know nothing after it, and the combination is backtested as honestly as its parts.
//!
//! Source: inverse errors are those of Bates & Granger, "The combination of forecasts", *Operational Research
//! Quarterly* 20 (1969), 451–468, without covariances; shrinking to equal weights is Diebold & Pauly, *International
//! Journal of Forecasting* 6 (1990), 503–508.

use super::backtest::{Forecasts, Schedule};
use super::history::Series;
use super::models::Expected;

/// How models are weighed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighing {
    /// p: how sharply weights follow errors.
    sharpness: f64,
    /// λ: the share of equal weights.
    equal: f64,
}

impl Weighing {
    /// Models of days are much alike.
    pub(super) const OF_DAYS: Self = Self { sharpness: 12.0, equal: 0.2 };

    /// Some models of hours are far worse than others, and more hours than days tell which.
    pub(super) const OF_HOURS: Self = Self { sharpness: 20.0, equal: 0.05 };
}

/// H: seasons after which an error counts half.
const HALF_LIFE: f64 = 13.0;

/// The combination of `models`, of which there is at least one, over `series`.
pub(super) fn combine(
    models: &[&Forecasts],
    weighing: Weighing,
    series: &Series<'_>,
    schedule: &Schedule,
) -> Forecasts {
    let counts = comparable(models, schedule);
    let record = |model: &&Forecasts| Record::of(model, &counts, series, schedule);
    let mut records: Vec<Record> = models.iter().map(record).collect();
    let mut by_origin: Vec<_> = models.iter().map(|model| model.by_origin()).collect();
    let combined = schedule.origins().iter().map(|origin| {
        let errors: Vec<Option<f64>> =
            records.iter_mut().map(|record| record.known_at(origin.seen)).collect();
        let forecasts: Vec<Option<&[Expected]>> =
            by_origin.iter_mut().map(|forecasts| forecasts.next().flatten()).collect();
        average(&forecasts, &errors, weighing)
    });
    Forecasts::new(combined.collect())
}

/// Whether the errors of each origin count: if all models that forecast from at least half of the origins forecast from
/// this one, so that none is held against others' harder days.
fn comparable(models: &[&Forecasts], schedule: &Schedule) -> Vec<bool> {
    let origins = schedule.origins().len();
    let mut counts = vec![true; origins];
    for model in models {
        if 2 * model.by_origin().flatten().count() >= origins {
            let there = model.by_origin().map(|forecast| forecast.is_some());
            counts.iter_mut().zip(there).for_each(|(counts, there)| *counts &= there);
        }
    }
    counts
}

/// A model's errors by the day on which they became known.
struct Record {
    /// Sum and number of absolute errors.
    days: Vec<(f64, f64)>,
    decay: f64,
    next: usize,
    sum: f64,
    count: f64,
}

impl Record {
    /// Over the origins that count.
    fn of(model: &Forecasts, counts: &[bool], series: &Series<'_>, schedule: &Schedule) -> Self {
        let mut days = vec![(0.0, 0.0); series.days().len()];
        let origins = schedule.origins().iter().zip(model.by_origin()).zip(counts);
        for ((origin, forecast), _) in origins.filter(|(_, counts)| **counts) {
            let pairs = forecast.unwrap_or_default().iter().zip(&series.days()[origin.seen..]);
            for (ahead, (expected, truth)) in pairs.enumerate() {
                if let Some(truth) = truth.value() {
                    let (sum, count) = &mut days[origin.seen + ahead];
                    *sum += (truth - expected.value()).abs();
                    *count += 1.0;
                }
            }
        }
        let decay = (-(HALF_LIFE * series.season() as f64).recip()).exp2();
        Self { days, decay, next: 0, sum: 0.0, count: 0.0 }
    }

    /// E over the first `seen` days; `seen` never falls.
    fn known_at(&mut self, seen: usize) -> Option<f64> {
        while self.next < seen {
            let (sum, count) = self.days[self.next];
            self.sum = self.sum * self.decay + sum;
            self.count = self.count * self.decay + count;
            self.next += 1;
        }
        (self.count > 0.0).then(|| self.sum / self.count)
    }
}

/// The weighted mean of the forecasts that there are.
fn average(
    forecasts: &[Option<&[Expected]>],
    errors: &[Option<f64>],
    Weighing { sharpness, equal }: Weighing,
) -> Option<Vec<Expected>> {
    let present: Vec<(&[Expected], Option<f64>)> =
        forecasts.iter().zip(errors).filter_map(|(forecast, error)| Some(((*forecast)?, *error))).collect();
    let least = present.iter().filter_map(|(_, error)| *error).fold(f64::INFINITY, f64::min);
    // A model without a record, or whose record is spotless, weighs as much as the best.
    let sharp = |error: Option<f64>| match error {
        Some(error) if error > least => (least / error).powf(sharpness),
        _ => 1.0,
    };
    let total: f64 = present.iter().map(|(_, error)| sharp(*error)).sum();
    let even = equal / present.len() as f64;
    let weights: Vec<f64> =
        present.iter().map(|(_, error)| (1.0 - equal) * sharp(*error) / total + even).collect();
    let horizon = present.first()?.0.len();
    let mean = |ahead: usize| {
        let open = present.iter().zip(&weights).filter_map(|((forecast, _), weight)| match forecast[ahead] {
            Expected::Open(value) => Some(weight * value),
            Expected::Closed => None,
        });
        // Which days are closed is not a model's opinion: all that are combined here have the same.
        open.fold(Expected::Closed, |sum, part| Expected::Open(sum.value() + part))
    };
    Some((0..horizon).map(mean).collect())
}

#[cfg(test)]
mod tests {
    use super::super::backtest::Plan;
    use super::super::history::Observation;
    use super::*;

    fn constant(value: f64, schedule: &Schedule) -> Forecasts {
        let one =
            |origin: &super::super::backtest::Origin| Some(vec![Expected::Open(value); origin.ahead.len()]);
        Forecasts::new(schedule.origins().iter().map(one).collect())
    }

    fn values(forecasts: &Forecasts) -> Vec<f64> {
        forecasts.by_origin().map(|forecast| forecast.unwrap()[0].value()).collect()
    }

    #[test]
    fn weights_follow_the_errors_that_were_known() {
        let days = [Observation::Open(10.0); 6];
        let series = Series::seasonal(1, 0, &days);
        let schedule = Schedule::of(&series, &Plan { least_history: 2, origins: 9, step: 1, horizon: 1 });
        let (near, far) = (constant(11.0, &schedule), constant(12.0, &schedule));
        let combined = values(&combine(&[&near, &far], Weighing::OF_DAYS, &series, &schedule));
        // At the first origin nothing was known; then errors of 1 and 2 weigh 1 and 2^−12, shrunk by a fifth.
        assert!((combined[0] - 11.5).abs() < 1e-12);
        let weight = 0.8 * 2.0_f64.powi(-12) / (1.0 + 2.0_f64.powi(-12)) + 0.1;
        for combined in &combined[1..] {
            assert!((combined - (11.0 + weight)).abs() < 1e-12, "{combined}");
        }
    }

    #[test]
    fn a_model_without_a_forecast_is_left_out() {
        let days = [Observation::Open(10.0); 6];
        let series = Series::seasonal(1, 0, &days);
        let schedule = Schedule::of(&series, &Plan { least_history: 4, origins: 9, step: 1, horizon: 1 });
        let mut late = vec![None; schedule.origins().len()];
        if let Some(last) = late.last_mut() {
            *last = Some(vec![Expected::Open(20.0)]);
        }
        let models = [&constant(10.0, &schedule), &Forecasts::new(late)];
        let combined = values(&combine(&models, Weighing::OF_DAYS, &series, &schedule));
        assert!((combined[0] - 10.0).abs() < 1e-12 && (combined[1] - 10.0).abs() < 1e-12);
        assert!((combined[2] - 15.0).abs() < 1e-12);
    }
}
