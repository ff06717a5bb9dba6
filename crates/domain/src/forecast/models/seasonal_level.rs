//! Slot means at the recent level: the model that knows what a restaurant's week looks like.
//!
//! With z(d) the value of open day d on its [scale](super::Scale), w(d) the slot that it is like, a(d) its age at the
//! origin in days, and P a prior:
//!
//! - slot mean   m(w) = (Σ b^a(d) z(d) + P μ) / (Σ b^a(d) + P)  over the open days of slot w, b = ½^(1/Hm), m the
//!   season, and μ the same mean over the open days of all slots; or, of hours, the mean of the slot's weekday times
//!   that of its hour of the day over that of all
//! - level       L = Σ f^a(d) z(d) / Σ f^a(d) m(w(d))  over all open days, f = ½^(1/Rm)
//! - forecast    L · m(w(T+h)), taken back from the scale
//!
//! Closed days are not demand and enter no sum. P keeps a slot that has been seen once or twice near the others.
//!
//! Source: the exponentially decaying weekday mean is the strongest single predictor in published solutions of the
//! Recruit Restaurant Visitor Forecasting competition (Kaggle, 2018); the level is simple exponential smoothing in its
//! ratio form (Brown, *Smoothing, Forecasting and Prediction of Discrete Time Series*, 1963), on seasonally adjusted
//! data. The parameters were chosen by rolling origin; `docs/forecasting.md` has the figures.

use super::scale::{Scale, Scaled};
use super::{Ahead, Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, Slot};

/// The seasonal level model and its parameters.
#[derive(Clone, Copy, Debug)]
pub struct SeasonalLevel {
    /// H: seasons after which a day counts half in its slot's mean.
    pub mean_half_life: f64,
    /// R: seasons after which a day counts half in the level.
    pub level_half_life: f64,
    /// P: the weight of μ in each slot's mean, in days.
    pub prior: f64,
    /// How values count.
    pub scale: Scale,
    /// Steps after which slots repeat: a divisor of the series' season, or None for the season itself.
    pub cycle: Option<usize>,
    /// Steps in a day, if slots are hours, which lean on their weekday and their hour of the day.
    pub day: Option<usize>,
}

impl Default for SeasonalLevel {
    fn default() -> Self {
        Self {
            mean_half_life: 26.0,
            level_half_life: 1.5,
            prior: 0.5,
            scale: Scale::default(),
            cycle: None,
            day: None,
        }
    }
}

/// Exponent of two at which decaying sums are brought back into range.
const REBASE: f64 = 200.0;

impl Fit for SeasonalLevel {
    fn name(&self) -> &'static str {
        // The name under which days have been published.
        "weekday_level"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let season = series.season();
        let slots = self.cycle.map_or(season, |cycle| cycle.clamp(1, season));
        let mut fitted = Levelled {
            model: *self,
            slots: vec![SlotSums::default(); slots],
            scaled: Scaled::new(self.scale, slots),
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
    scaled: Scaled,
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

    /// μ of each slot.
    fn leans_on(&self, overall: f64) -> Vec<f64> {
        let Some(day) = self.model.day.filter(|day| *day > 0 && overall > 0.0) else {
            return vec![overall; self.slots.len()];
        };
        let mut hours = vec![(0.0, 0.0); day];
        let mut weekdays = vec![(0.0, 0.0); self.slots.len().div_ceil(day)];
        for (index, slot) in self.slots.iter().enumerate() {
            for (sum, total) in [&mut hours[index % day], &mut weekdays[index / day]] {
                *sum += slot.sum;
                *total += slot.total;
            }
        }
        let ratio = |(sum, total): (f64, f64)| if total > 0.0 { sum / total / overall } else { 1.0 };
        let of = |index: usize| overall * ratio(hours[index % day]) * ratio(weekdays[index / day]);
        (0..self.slots.len()).map(of).collect()
    }

    /// L m(w), back from the scale, for every slot.
    fn demand(&self) -> Vec<f64> {
        let (sum, total) = self.slots.iter().fold((0.0, 0.0), |(s, t), slot| (s + slot.sum, t + slot.total));
        // After years without an open day the weights have run out of digits.
        let overall = if total > 0.0 { sum / total } else { 0.0 };
        let prior = self.model.prior * exp2(self.age * self.mean_decay);
        let leans_on = self.leans_on(overall);
        let mean = |(slot, other): (&SlotSums, f64)| (slot.sum + prior * other) / (slot.total + prior);
        let means: Vec<f64> = self.slots.iter().zip(leans_on).map(mean).collect();
        let usual: f64 = means.iter().zip(&self.slots).map(|(mean, slot)| mean * slot.in_level).sum();
        let level = if usual > 0.0 { self.actual / usual } else { 1.0 };
        means.into_iter().map(|mean| self.scaled.leave(level * mean)).collect()
    }
}

fn exp2(exponent: f64) -> f64 {
    exponent.exp2()
}

impl Fitted for Levelled {
    fn observe(&mut self, slot: Slot, day: Observation) {
        self.age += 1.0;
        if self.age * self.level_decay.max(self.mean_decay) > REBASE {
            self.rebase();
        }
        let Observation::Open(value) = day else { return };
        let (mean, level) = (exp2(self.age * self.mean_decay), exp2(self.age * self.level_decay));
        let slots = self.slots.len();
        let value = self.scaled.enter(slot.like, value);
        let sums = &mut self.slots[slot.like % slots];
        sums.sum += mean * value;
        sums.total += mean;
        sums.in_level += level;
        self.actual += level * value;
    }

    fn predict(&self, ahead: &[Ahead]) -> Vec<Expected> {
        let demand = self.demand();
        let expected = |day: &Ahead| {
            if day.open { Expected::open(demand[day.slot.like % demand.len()]) } else { Expected::Closed }
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
    fn an_hour_leans_on_its_weekday_and_its_hour_of_the_day() {
        // Two days of two hours: the first sells 1 and 3, the second twice as much; its last hour was only seen once.
        let hours: Vec<Observation> = [1.0, 3.0, 2.0, 6.0, 1.0, 3.0, 2.0].map(Observation::Open).to_vec();
        let plain = Scale { power: 1.0, cap: f64::MAX };
        let model = SeasonalLevel { prior: 1e9, day: Some(2), scale: plain, ..SeasonalLevel::default() };
        let fitted = model.fit(&Series::seasonal(4, 0, &hours)).unwrap();
        let at = |own| fitted.predict(&[Ahead { slot: Slot { own, like: own }, open: true }])[0].value();
        // Nearly the products of their means: hours 1.5 and 4, days 2 and 10/3, over 18/7, before the level.
        assert!(relative(at(1) / at(0), 4.0 / 1.5) < 0.02 && relative(at(3) / at(1), 10.0 / 6.0) < 0.02);
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
