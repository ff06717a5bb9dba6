//! Weekday means corrected by the recent level: the model that knows what a restaurant's week looks like.
//!
//! With y(d) the value of open day d, w(d) its weekday, a(d) its age in days at the origin T and c its cap:
//!
//! - weekday mean   m(w) = Σ b^a(d) min(y(d), c(w)) / Σ b^a(d)  over the open days d of weekday w,  b = ½^(1/H)
//! - level          L = Σ min(y(d), c(w(d))) / Σ m(w(d))  over the last two weeks' worth of open days
//! - forecast       ŷ(T+h) = L · m(w(T+h)), or closed on weekdays that [`Opening`] says are
//!
//! Closed days are not demand and enter neither sum. The cap is a multiple of the median of the weekday's latest open
//! days, so that one wedding party does not feed the mean for half a year; a lasting rise moves the median after
//! some weeks and passes. Source: the exponentially decaying weekday mean is the strongest single predictor in
//! published solutions of the Recruit Restaurant Visitor Forecasting competition (Kaggle, 2018); the level correction
//! is the ratio-to-moving-average method turned round (Makridakis, Wheelwright & Hyndman, *Forecasting*, 1998, 4.3).

use super::{Expected, Fit, FitError, Fitted};
use crate::forecast::history::{Observation, Series, WEEK};
use crate::forecast::opening::Opening;

/// The weekday level model.
#[derive(Clone, Copy, Debug)]
pub struct WeekdayLevel {
    /// Days after which a day counts half.
    pub half_life: f64,
    /// Weeks' worth of open days that set the level.
    pub level_weeks: usize,
    /// The largest multiple of its weekday's recent median that a day may count as.
    pub cap: f64,
}

impl Default for WeekdayLevel {
    fn default() -> Self {
        Self { half_life: 182.0, level_weeks: 2, cap: 3.0 }
    }
}

/// How many of a weekday's latest open days its median is taken over.
const MEDIAN_OVER: usize = 13;

impl Fit for WeekdayLevel {
    fn name(&self) -> &'static str {
        "weekday_level"
    }

    fn fit(&self, series: &Series<'_>) -> Result<Box<dyn Fitted>, FitError> {
        let end = series.days().len();
        let opening = Opening::learn(series);
        let open: Vec<Day> = series
            .days()
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(index, day)| match day {
                Observation::Open(value) => {
                    Some(Day { age: end - 1 - index, weekday: series.weekday(index), value: *value })
                }
                _ => None,
            })
            .collect();
        if open.is_empty() {
            return Err(FitError::NoOpenDay { model: self.name() });
        }
        let caps: [f64; WEEK] = std::array::from_fn(|weekday| match recent_median(&open, weekday) {
            median if median > 0.0 => self.cap * median,
            _ => f64::INFINITY,
        });
        let capped = |day: &Day| day.value.min(caps[day.weekday]);
        let means = self.means(&open, capped);
        let worth = open.len().min((self.level_weeks * opening.days_a_week()).max(1));
        let recent = &open[..worth];
        let (actual, usual) =
            recent.iter().fold((0.0, 0.0), |(y, m), day| (y + capped(day), m + means[day.weekday]));
        let level = if usual > 0.0 { (actual / usual).max(0.0) } else { 1.0 };
        let week = std::array::from_fn(|offset| {
            let weekday = series.weekday(end + offset);
            if opening.is_open(weekday) {
                Expected::Open((level * means[weekday]).max(0.0))
            } else {
                Expected::Closed
            }
        });
        Ok(Box::new(LevelledWeek { week }))
    }
}

impl WeekdayLevel {
    /// The decaying mean of each weekday; one that never was open gets the mean of all.
    fn means(&self, open: &[Day], capped: impl Fn(&Day) -> f64) -> [f64; WEEK] {
        let decay = 0.5_f64.powf(self.half_life.recip());
        let mut sums = [(0.0, 0.0); WEEK];
        let (mut weight, mut age) = (1.0, 0);
        for day in open {
            while age < day.age {
                weight *= decay;
                age += 1;
            }
            let (sum, total) = &mut sums[day.weekday];
            *sum += weight * capped(day);
            *total += weight;
        }
        let (sum, total) = sums.iter().fold((0.0, 0.0), |(s, t), (sum, total)| (s + sum, t + total));
        let overall = if total > 0.0 { sum / total } else { 0.0 };
        sums.map(|(sum, total)| if total > 0.0 { sum / total } else { overall })
    }
}

/// An open day.
struct Day {
    age: usize,
    weekday: usize,
    value: f64,
}

/// The median of the latest open days of `weekday`; `open` has the latest first.
fn recent_median(open: &[Day], weekday: usize) -> f64 {
    let same = open.iter().filter(|day| day.weekday == weekday);
    let mut values: Vec<f64> = same.take(MEDIAN_OVER).map(|day| day.value).collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

struct LevelledWeek {
    week: [Expected; WEEK],
}

impl Fitted for LevelledWeek {
    fn predict(&self, horizon: usize) -> Vec<Expected> {
        self.week.iter().copied().cycle().take(horizon).collect()
    }
}
