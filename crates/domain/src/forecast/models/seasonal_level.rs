//! Slot means at the recent level: the model that knows what a restaurant's week looks like.
//!
//! With z = y^λ for the value y of an open day d, capped, w(d) the slot that it is like, a(d) its age at the origin in
//! days, and P a prior:
//!
//! - slot mean   m(w) = (Σ b^a(d) z(d) + P μ) / (Σ b^a(d) + P)  over the open days of slot w, b = ½^(1/Hm), m the
//!   season, and μ the same mean over the open days of all slots
//! - level       L = Σ f^a(d) z(d) / Σ f^a(d) m(w(d))  over all open days, f = ½^(1/Rm)
//! - forecast    ŷ(T+h) = (L · m(w(T+h)))^(1/λ)
//!
//! Closed days are not demand and enter no sum. A day counts as at most a multiple of the median of its slot's latest
//! open days, so that one wedding party does not feed the mean for half a year; a lasting rise moves the median after
//! some weeks and passes. P keeps a slot that has been seen once or twice near the others. λ below 1 takes the mean
//! towards the median, which has the least absolute error where sales err further upwards than downwards.
//!
//! Source: the exponentially decaying weekday mean is the strongest single predictor in published solutions of the
//! Recruit Restaurant Visitor Forecasting competition (Kaggle, 2018); the level is simple exponential smoothing in its
//! ratio form (Brown, *Smoothing, Forecasting and Prediction of Discrete Time Series*, 1963), on seasonally adjusted
//! data; λ is the power of Box & Cox (*JRSS B* 26, 1964).

use super::{Ahead, Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, Slot};

/// The seasonal level model and its parameters.
#[derive(Clone, Copy, Debug)]
pub struct SeasonalLevel {
    /// H: seasons after which a day counts half in its slot's mean.
    pub mean_half_life: f64,
    /// R: seasons after which a day counts half in the level.
    pub level_half_life: f64,
    /// P: the weight of the mean of all slots in each slot's, in days.
    pub prior: f64,
    /// λ: the power in which means are taken.
    pub power: f64,
    /// The largest multiple of its slot's median that a day may count as.
    pub cap: f64,
}

impl Default for SeasonalLevel {
    fn default() -> Self {
        Self { mean_half_life: 26.0, level_half_life: 1.5, prior: 0.5, power: 0.5, cap: 1.5 }
    }
}

/// How many of a slot's latest open days its median is taken over.
const MEDIAN_OVER: usize = 13;

/// Exponent of two at which decaying sums are brought back into range.
const REBASE: f64 = 200.0;

impl Fit for SeasonalLevel {
    fn name(&self) -> &'static str {
        // The name under which days have been published.
        "weekday_level"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let season = series.season();
        let mut fitted = Levelled {
            model: *self,
            slots: vec![SlotSums::default(); season],
            actual: 0.0,
            age: 0.0,
            mean_decay: (self.mean_half_life * season as f64).recip(),
            level_decay: (self.level_half_life * season as f64).recip(),
        };
        for (index, day) in series.days().iter().enumerate() {
            fitted.observe(series.slot(index), *day);
        }
        if fitted.slots.iter().all(|slot| slot.total <= 0.0) {
            return Err(FitError::TooFewOpenDays { model: self.name(), least: 1, open: 0 });
        }
        Ok(Box::new(fitted))
    }
}

/// The sums as of the origin. Weights grow with each day instead of all sums shrinking, and are brought back into
/// range now and then: a season of 168 slots is not touched at every hour.
struct Levelled {
    model: SeasonalLevel,
    slots: Vec<SlotSums>,
    /// Σ f^a z, in the growing weights.
    actual: f64,
    /// Days since the weights were 1.
    age: f64,
    mean_decay: f64,
    level_decay: f64,
}

/// What is known of one slot.
#[derive(Clone, Debug, Default)]
struct SlotSums {
    /// Σ b^a z.
    sum: f64,
    /// Σ b^a.
    total: f64,
    /// Σ f^a: what the slot weighs in the level.
    in_level: f64,
    /// The latest values, in the order of a ring.
    latest: [f64; MEDIAN_OVER],
    seen: usize,
}

impl Levelled {
    fn rebase(&mut self) {
        let (mean, level) = (exp2(-self.age * self.mean_decay), exp2(-self.age * self.level_decay));
        for slot in &mut self.slots {
            slot.sum *= mean;
            slot.total *= mean;
            slot.in_level *= level;
        }
        self.actual *= level;
        self.age = 0.0;
    }

    /// (L m(w))^(1/λ) for every slot.
    fn demand(&self) -> Vec<f64> {
        let (sum, total) = self.slots.iter().fold((0.0, 0.0), |(s, t), slot| (s + slot.sum, t + slot.total));
        // After years without an open day the weights have run out of digits.
        let overall = if total > 0.0 { sum / total } else { 0.0 };
        let prior = self.model.prior * exp2(self.age * self.mean_decay);
        let mean = |slot: &SlotSums| (slot.sum + prior * overall) / (slot.total + prior);
        let means: Vec<f64> = self.slots.iter().map(mean).collect();
        let usual: f64 = means.iter().zip(&self.slots).map(|(mean, slot)| mean * slot.in_level).sum();
        let level = if usual > 0.0 { self.actual / usual } else { 1.0 };
        let power = self.model.power.recip();
        means.into_iter().map(|mean| (level * mean).max(0.0).powf(power)).collect()
    }
}

fn exp2(exponent: f64) -> f64 {
    exponent.exp2()
}

impl SlotSums {
    /// The value as it counts, and from now on among the latest.
    fn capped(&mut self, value: f64, cap: f64) -> f64 {
        self.latest[self.seen % MEDIAN_OVER] = value;
        self.seen += 1;
        let mut latest = self.latest;
        let latest = &mut latest[..self.seen.min(MEDIAN_OVER)];
        // The value itself is among them: no more than half of any values lie above twice their median.
        latest.sort_unstable_by(f64::total_cmp);
        let median = f64::midpoint(latest[(latest.len() - 1) / 2], latest[latest.len() / 2]);
        if median > 0.0 { value.min(cap * median) } else { value }
    }
}

impl Fitted for Levelled {
    fn observe(&mut self, slot: Slot, day: Observation) {
        self.age += 1.0;
        if self.age * self.level_decay.max(self.mean_decay) > REBASE {
            self.rebase();
        }
        let Observation::Open(value) = day else { return };
        let (mean, level) = (exp2(self.age * self.mean_decay), exp2(self.age * self.level_decay));
        let sums = &mut self.slots[slot.like];
        let value = sums.capped(value.max(0.0), self.model.cap).powf(self.model.power);
        sums.sum += mean * value;
        sums.total += mean;
        sums.in_level += level;
        self.actual += level * value;
    }

    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
        let demand = self.demand();
        let expected = |day: &Ahead| {
            if day.open { Expected::open(demand[day.slot.like]) } else { Expected::Closed }
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

    /// `weeks` weeks from a Monday, closed on Mondays.
    fn days(weeks: usize, value: impl Fn(usize) -> f64) -> Vec<Observation> {
        let day =
            |index| if index % WEEK == 0 { Observation::Closed } else { Observation::Open(value(index)) };
        (0..weeks * WEEK).map(day).collect()
    }

    fn predict(days: &[Observation]) -> Vec<f64> {
        let series = Series::new(NaiveDate::from_ymd_opt(2026, 1, 5).unwrap(), days);
        let fitted = SeasonalLevel::default().fit(&series).unwrap();
        let ahead = Opening::learn(&series).ahead(&series, WEEK);
        fitted.predict(&ahead).into_iter().map(Expected::value).collect()
    }

    fn relative(ours: f64, theirs: f64) -> f64 {
        (ours / theirs - 1.0).abs()
    }

    #[test]
    fn a_regular_week_is_learnt() {
        let forecast = predict(&days(30, |index| [0.0, 40.0, 45.0, 50.0, 80.0, 95.0, 60.0][index % WEEK]));
        assert_eq!(forecast[0], 0.0);
        assert!(relative(forecast[1], 40.0) < 0.02 && relative(forecast[5], 95.0) < 0.02, "{forecast:?}");
    }

    #[test]
    fn a_lasting_fall_is_followed_within_weeks() {
        // To a third, as in a pandemic, four weeks ago.
        let forecast = predict(&days(60, |index| if index >= 56 * WEEK { 20.0 } else { 60.0 }));
        assert!(relative(forecast[3], 20.0) < 0.4, "{forecast:?}");
        let forecast = predict(&days(60, |index| if index >= 50 * WEEK { 20.0 } else { 60.0 }));
        assert!(relative(forecast[3], 20.0) < 0.03, "{forecast:?}");
    }

    #[test]
    fn one_huge_day_is_not_learnt() {
        let regular = predict(&days(20, |_| 50.0));
        let party = predict(&days(20, |index| if index == 19 * WEEK + 5 { 5e6 } else { 50.0 }));
        // It counts as twice its weekday.
        for weekday in 1..WEEK {
            assert!(relative(party[weekday], regular[weekday]) < 0.15, "{party:?}");
        }
    }

    #[test]
    fn one_closed_day_is_not_learnt() {
        let regular = days(20, |_| 50.0);
        let mut burst_pipe = regular.clone();
        burst_pipe[19 * WEEK + 5] = Observation::Closed;
        for (ours, theirs) in predict(&burst_pipe).iter().zip(predict(&regular)).skip(1) {
            assert!(relative(*ours, theirs) < 1e-9);
        }
    }

    #[test]
    fn a_new_opening_day_is_forecast_at_the_weeks_level() {
        let mut days = days(20, |_| 50.0);
        for week in 18..20 {
            days[week * WEEK] = Observation::Open(50.0);
        }
        assert!(relative(predict(&days)[0], 50.0) < 0.01);
    }

    #[test]
    fn figures_below_zero_never_come_out() {
        let forecast = predict(&days(20, |index| if index % 2 == 0 { -30.0 } else { 5.0 }));
        assert!(forecast.iter().all(|value| value.is_finite() && *value >= 0.0), "{forecast:?}");
    }

    #[test]
    fn decades_of_hours_stay_in_range() {
        let days: Vec<_> = (0..200_000_u32).map(|hour| Observation::Open(f64::from(hour % 24))).collect();
        let fast = SeasonalLevel { level_half_life: 0.1, ..SeasonalLevel::default() };
        let fitted = fast.fit(&Series::seasonal(24, 0, &days)).unwrap();
        let slot = Slot { own: 23, like: 23 };
        let noon = fitted.predict(&[Ahead { slot, open: true }])[0].value();
        assert!(relative(noon, 23.0) < 0.02, "{noon}");
    }
}
