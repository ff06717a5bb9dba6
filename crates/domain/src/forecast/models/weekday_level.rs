//! Weekday means at the recent level: the model that knows what a restaurant's week looks like.
//!
//! With y(d) the value of open day d, w(d) its weekday, a(d) its age in days at the origin T, c(w) the weekday's cap
//! and n(d) the number of open days after d:
//!
//! - weekday mean   m(w) = (Σ b^a(d) min(y(d), c(w)) + P μ) / (Σ b^a(d) + P)  over the open days of weekday w,
//!   b = ½^(1/H), and μ the same mean over the open days of all weekdays
//! - level          L = Σ f^n(d) min(y(d), c(w(d))) / Σ f^n(d) m(w(d))  over all open days, f = ½^(1/R)
//! - forecast       ŷ(T+h) = L · m(w(T+h)), or closed on weekdays that [`Opening`] says are
//!
//! Closed days are not demand and enter no sum. The cap is a multiple of the median of the weekday's latest open days,
//! so that one wedding party does not feed the mean for half a year; a lasting rise moves the median after some weeks
//! and passes. P keeps a weekday that has been seen once or twice near the others.
//!
//! Source: the exponentially decaying weekday mean is the strongest single predictor in published solutions of the
//! Recruit Restaurant Visitor Forecasting competition (Kaggle, 2018); the level is simple exponential smoothing in its
//! ratio form (Brown, *Smoothing, Forecasting and Prediction of Discrete Time Series*, 1963), on seasonally adjusted
//! data. The default parameters were chosen by rolling origin; `docs/forecasting.md` has the figures.

use super::{Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, WEEK};
use crate::forecast::opening::Opening;

/// The weekday level model and its parameters.
#[derive(Clone, Copy, Debug)]
pub struct WeekdayLevel {
    /// H: days after which a day counts half in its weekday's mean.
    pub mean_half_life: f64,
    /// P: the weight of the mean of all weekdays in each weekday's, in days.
    pub prior_days: f64,
    /// R: weeks' worth of open days after which a day counts half in the level.
    pub level_half_life: f64,
    /// The largest multiple of its weekday's median that a day may count as.
    pub cap: f64,
}

impl Default for WeekdayLevel {
    fn default() -> Self {
        Self { mean_half_life: 182.0, prior_days: 0.5, level_half_life: 1.5, cap: 2.0 }
    }
}

/// How many of a weekday's latest open days its median is taken over.
const MEDIAN_OVER: usize = 13;

impl Fit for WeekdayLevel {
    fn name(&self) -> &'static str {
        "weekday_level"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let opening = Opening::learn(series);
        let mut days = open_days(series);
        if days.is_empty() {
            return Err(FitError::NoOpenDay { model: self.name() });
        }
        self.cap(&mut days);
        let means = self.means(&days);
        let level = self.level(&days, &means, opening.days_a_week());
        let week = std::array::from_fn(|offset| {
            let weekday = series.weekday(series.days().len() + offset);
            if !opening.is_open(weekday) {
                return Expected::Closed;
            }
            Expected::Open((level * means[weekday]).max(0.0))
        });
        Ok(Box::new(LevelledWeek { week }))
    }
}

impl WeekdayLevel {
    /// Cuts each day down to the cap of its weekday.
    fn cap(&self, days: &mut [OpenDay]) {
        let caps: [f64; WEEK] = std::array::from_fn(|weekday| match recent_median(days, weekday) {
            Some(median) if median > 0.0 => self.cap * median,
            _ => f64::INFINITY,
        });
        for day in days {
            day.value = day.value.min(caps[day.weekday]);
        }
    }

    /// m: the decaying mean of each weekday.
    fn means(&self, days: &[OpenDay]) -> [f64; WEEK] {
        let mut sums = [(0.0, 0.0); WEEK];
        for day in days {
            let weight = 0.5_f64.powf(day.age as f64 / self.mean_half_life);
            let (sum, total) = &mut sums[day.weekday];
            *sum += weight * day.value;
            *total += weight;
        }
        let (sum, total) = sums.iter().fold((0.0, 0.0), |(s, t), (sum, total)| (s + sum, t + total));
        // After years without an open day the weights have run out of digits.
        let overall = if total > 0.0 { sum / total } else { 0.0 };
        sums.map(|(sum, total)| (sum + self.prior_days * overall) / (total + self.prior_days))
    }

    /// L: how the latest days compare with their weekdays' means.
    fn level(&self, days: &[OpenDay], means: &[f64; WEEK], days_a_week: usize) -> f64 {
        let fade = 0.5_f64.powf((self.level_half_life * days_a_week.max(1) as f64).recip());
        let (mut actual, mut usual, mut weight) = (0.0, 0.0, 1.0);
        for day in days {
            actual += weight * day.value;
            usual += weight * means[day.weekday];
            weight *= fade;
        }
        if usual > 0.0 { actual / usual } else { 1.0 }
    }
}

/// A day on which the restaurant was open.
struct OpenDay {
    /// Days from it to the origin.
    age: usize,
    weekday: usize,
    value: f64,
}

/// The open days of `series`, latest first.
fn open_days(series: &Series<'_>) -> Vec<OpenDay> {
    let open = |(age, (index, day)): (usize, (usize, &Observation))| match day {
        Observation::Open(value) => Some(OpenDay { age, weekday: series.weekday(index), value: *value }),
        _ => None,
    };
    series.days().iter().enumerate().rev().enumerate().filter_map(open).collect()
}

/// The median of the latest open days of `weekday`; `days` has the latest first.
fn recent_median(days: &[OpenDay], weekday: usize) -> Option<f64> {
    let same = days.iter().filter(|day| day.weekday == weekday);
    let mut values: Vec<f64> = same.take(MEDIAN_OVER).map(|day| day.value).collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().checked_sub(1)? / 2, values.len() / 2);
    Some(f64::midpoint(values[low], values[high]))
}

struct LevelledWeek {
    week: [Expected; WEEK],
}

impl Fitted for LevelledWeek {
    fn predict(&self, horizon: usize) -> Vec<Expected> {
        self.week.iter().copied().cycle().take(horizon).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    /// `weeks` weeks from a Monday, closed on Mondays.
    fn days(weeks: usize, value: impl Fn(usize) -> f64) -> Vec<Observation> {
        let day =
            |index| if index % WEEK == 0 { Observation::Closed } else { Observation::Open(value(index)) };
        (0..weeks * WEEK).map(day).collect()
    }

    fn predict(days: &[Observation]) -> Vec<f64> {
        let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let fitted = WeekdayLevel::default().fit(&Series::new(monday, days)).unwrap();
        fitted.predict(WEEK).into_iter().map(Expected::value).collect()
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
}
