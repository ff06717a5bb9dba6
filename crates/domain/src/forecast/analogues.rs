//! Intervals of hours, and their medians, from the errors of the past forecasts that are most like the one at hand.
//!
//! Hours differ more than days do: three in the night and noon of the same day err in different ways, and counts near
//! zero can hardly err downwards at all. So each forecast ŷ at lead h is held against the backtest's forecasts ŷ(i) at
//! leads h(i), which weigh
//!
//! - v(i) = ½^(age/H) (K(i) + κ),   K(i) = max(0, 1 − d/(W+1)) · max(0, 1 − u²) / (1 + D),
//!   d the hours between the times of day of h and h(i), D the whole days between them, u = (√ŷ(i) − √ŷ) / (B √ŷ)
//!
//! and whose errors are taken on the scale of a count's, r(i) = (y(i) − ŷ(i)) / √max(ŷ(i), f). With q(p) the least r
//! up to which errors weigh p or more and n = (Σv)²/Σv²/M errors, the value is ŷ + √ŷ q(½) n/(n+N), near where the
//! absolute error is least, and its interval runs from ŷ + √ŷ q(α/2) to ŷ + √ŷ q(1−α/2), each tail counting one error
//! more than there are; where that is more than all, the farthest is stretched as normal tails are. Where the lower end
//! is zero nothing can fall below it, and the upper tail takes its share.
//!
//! Of a history of whole numbers the value is a whole number, and an end below a half is zero.
//!
//! Source: Guan, "Localized conformal prediction", *Biometrika* 110 (2023), 33–50; n is Kish, *Survey Sampling*, Wiley
//! 1965, section 8.2; u has Epanechnikov's kernel, which falls to zero. The parameters were chosen by rolling origin.

use super::backtest::Case;
use super::intervals::{Band, normal_quantile};
use super::models::Expected;
use super::series::Step;

/// H: days after which an error counts half.
const HALF_LIFE: f64 = 45.0;

/// W: hours of the day from which nothing more is learnt.
const HOURS_NEAR: f64 = 6.0;

/// B: how far a forecast may be from another on the scale of roots, as a share.
const SIZES_NEAR: f64 = 0.3;

/// κ: what the least alike forecast counts for, so that there always is one.
const LEAST_ALIKE: f64 = 0.01;

/// N: as many errors take off half of what a value is moved by.
const DOUBT: f64 = 10.0;

/// M: errors that are hardly more than one, since neighbouring hours of a day err together.
const TOGETHER: f64 = 2.0;

/// The least forecast that errors are scaled by, as a share of the mean forecast.
const FLOOR: f64 = 0.1;

/// Past forecasts of a series with so many steps a day, ready to be asked for those like another.
#[derive(Clone, Debug)]
pub(super) struct Analogues {
    past: Vec<Past>,
    day: usize,
    floor: f64,
    /// Whether what is counted comes in whole numbers.
    whole: bool,
}

/// One past forecast.
#[derive(Clone, Copy, Debug)]
struct Past {
    /// Whole days after its origin, and steps of the day after these.
    ahead: (usize, usize),
    /// √max(ŷ, f).
    scale: f64,
    /// r.
    error: f64,
    /// What its age leaves of its weight.
    weight: f64,
}

impl Analogues {
    /// Of backtest `cases` whose origins are whole days apart, a day having so many steps.
    pub(super) fn of(cases: &[Case], day: usize, whole: bool) -> Self {
        let day = day.max(1);
        let open = || cases.iter().filter(|case| matches!(case.expected, Expected::Open(_)));
        let mean = open().map(|case| case.expected.value()).sum::<f64>() / open().count().max(1) as f64;
        let floor = if mean > 0.0 { FLOOR * mean } else { 1.0 };
        let newest = open().map(Case::day).max().unwrap_or_default();
        let past = |case: &Case| {
            let scale = case.expected.value().max(floor).sqrt();
            let days = (newest - case.day()) as f64 / day as f64;
            Past {
                ahead: (case.horizon / day, case.horizon % day),
                scale,
                error: case.error() / scale,
                weight: (-days / HALF_LIFE).exp2(),
            }
        };
        Self { past: open().map(past).collect(), day, floor, whole }
    }

    /// The forecast of `value` at `horizon`, from 1, with its intervals. Unless `as_it_is`, its value is moved to where
    /// the truth of forecasts like it has been above as often as below.
    pub(super) fn step(&self, horizon: usize, value: f64, as_it_is: bool) -> Step {
        let scale = value.max(self.floor).sqrt();
        let alike = self.alike((horizon / self.day, horizon % self.day), scale);
        let Some(known) = Known::of(&alike) else {
            return Step { value, band: Band::unknown(value) };
        };
        let at = |error: f64| (value + scale * error).max(0.0);
        let end = |error: f64| if self.whole && at(error) < 0.5 { 0.0 } else { at(error) };
        let median = match (as_it_is, self.whole) {
            (true, _) => value,
            (false, true) => at(known.median()).round(),
            (false, false) => at(known.median()),
        };
        let interval = |tail: f64| {
            let lower = end(known.lower(tail));
            let never_below = tail - known.share_below((lower - value) / scale);
            (lower, end(known.upper(tail + never_below.max(0.0))))
        };
        let ((lower_80, upper_80), (lower_95, upper_95)) = (interval(0.1), interval(0.025));
        let (lower_80, upper_80) = (lower_80.min(median), upper_80.max(median));
        Step {
            value: median,
            band: Band {
                lower_80,
                upper_80,
                lower_95: lower_95.min(lower_80),
                upper_95: upper_95.max(upper_80),
            },
        }
    }

    /// Errors, smallest first, and what each weighs for a forecast of that scale so many days and hours ahead.
    fn alike(&self, (days, hours): (usize, usize), scale: f64) -> Vec<(f64, f64)> {
        let weigh = |past: &Past| {
            let apart = past.ahead.1.abs_diff(hours);
            let hours = 1.0 - apart.min(self.day - apart) as f64 / (HOURS_NEAR + 1.0);
            let larger = (past.scale / scale - 1.0) / SIZES_NEAR;
            let days = 1.0 + past.ahead.0.abs_diff(days) as f64;
            let near = hours.max(0.0) * (1.0 - larger * larger).max(0.0) / days;
            (past.error, past.weight * (near + LEAST_ALIKE))
        };
        let mut alike: Vec<(f64, f64)> = self.past.iter().map(weigh).collect();
        alike.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        alike
    }
}

/// Weighted errors, smallest first.
#[derive(Clone, Copy, Debug)]
struct Known<'a> {
    errors: &'a [(f64, f64)],
    total: f64,
    /// n.
    count: f64,
    largest: f64,
}

impl<'a> Known<'a> {
    /// None if nothing is known.
    fn of(errors: &'a [(f64, f64)]) -> Option<Self> {
        let largest = errors.first()?.0.abs().max(errors.last()?.0.abs());
        let total: f64 = errors.iter().map(|(_, weight)| weight).sum();
        let squares: f64 = errors.iter().map(|(_, weight)| weight * weight).sum();
        Some(Self { errors, total, count: total * total / squares / TOGETHER, largest })
    }

    /// The median, the smaller the fewer errors there are.
    fn median(&self) -> f64 {
        let median = first_reaching(self.errors.iter(), self.total / 2.0).unwrap_or(self.largest);
        median * self.count / (self.count + DOUBT)
    }

    fn upper(&self, tail: f64) -> f64 {
        first_reaching(self.errors.iter(), self.but(tail)).unwrap_or_else(|| self.beyond(tail))
    }

    fn lower(&self, tail: f64) -> f64 {
        first_reaching(self.errors.iter().rev(), self.but(tail)).unwrap_or_else(|| -self.beyond(tail))
    }

    /// What all but a share `tail` weigh, and one more error beside.
    fn but(&self, tail: f64) -> f64 {
        (1.0 - tail) * (self.count + 1.0) / self.count * self.total
    }

    /// The largest of n errors stands where a share 1/(n+1) is expected beyond it.
    fn beyond(&self, tail: f64) -> f64 {
        self.largest * normal_quantile(tail) / normal_quantile(1.0 / (self.count + 1.0)).max(0.25)
    }

    fn share_below(&self, error: f64) -> f64 {
        let below = self.errors.iter().take_while(|(known, _)| *known < error);
        below.map(|(_, weight)| weight).sum::<f64>() / self.total
    }
}

/// The first error with which they weigh `wanted`.
fn first_reaching<'a>(errors: impl Iterator<Item = &'a (f64, f64)>, wanted: f64) -> Option<f64> {
    let mut weight = 0.0;
    for (error, its) in errors {
        weight += its;
        if weight >= wanted {
            return Some(*error);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: usize = 24;

    fn case(day: usize, horizon: usize, expected: f64, truth: f64) -> Case {
        Case { seen: day * DAY, horizon, expected: Expected::Open(expected), truth }
    }

    /// Two hours a day: noon of about 100 that errs by −10 to 10, and midnight of 1 that sells 0, 1 or 2.
    fn days() -> Vec<Case> {
        let hours = |day: usize| {
            let error = (day * 8 % 21) as f64 - 10.0;
            [case(day, 12, 100.0, 100.0 + error), case(day, 24, 1.0, (day % 3) as f64)]
        };
        (0..99).flat_map(hours).collect()
    }

    #[test]
    fn an_hour_has_the_errors_of_its_like() {
        let analogues = Analogues::of(&days(), DAY, true);
        let noon = analogues.step(12, 100.0, true);
        // Of 21 errors, each as frequent as the next, a tenth to either side of the interval are two, or hardly more.
        assert!((-10.0..=-8.0).contains(&(noon.band.lower_80 - 100.0)), "{noon:?}");
        assert!((8.0..=10.0).contains(&(noon.band.upper_80 - 100.0)), "{noon:?}");
        assert_eq!((noon.value, noon.band.lower_95, noon.band.upper_95), (100.0, 90.0, 110.0));
        let midnight = analogues.step(24, 1.0, true);
        assert_eq!((midnight.band.lower_95, midnight.band.upper_95), (0.0, 2.0));
    }

    #[test]
    fn the_value_is_where_the_truth_is_above_as_often_as_below() {
        let cases: Vec<Case> =
            (0..90).map(|day| case(day, 5, 4.0, if day % 3 == 0 { 9.0 } else { 2.0 })).collect();
        assert_eq!(Analogues::of(&cases, DAY, true).step(5, 4.0, false).value, 2.0);
        assert_eq!(Analogues::of(&cases, DAY, true).step(5, 4.0, true).value, 4.0);
        // Only counts are whole. As they age, 90 errors are (Σv)²/Σv² = 49.1²/30.9 = 78, in pairs 39.
        let between = Analogues::of(&cases, DAY, false).step(5, 4.0, false).value;
        assert!((between - (4.0 - 2.0 * 39.0 / 49.0)).abs() < 0.01, "{between}");
    }

    #[test]
    fn hours_in_which_next_to_nothing_is_sold_have_no_interval() {
        let cases: Vec<Case> =
            (0..90).map(|day| case(day, 3, 0.05, if day == 40 { 1.0 } else { 0.0 })).collect();
        assert_eq!(Analogues::of(&cases, DAY, true).step(3, 0.05, false), Step::default());
    }

    #[test]
    fn without_errors_intervals_are_wide() {
        let step = Analogues::of(&[], DAY, true).step(1, 10.0, false);
        assert_eq!((step.value, step.band), (10.0, Band::unknown(10.0)));
    }

    proptest! {
        #[test]
        fn intervals_are_nested_and_not_negative(
            errors in proptest::collection::vec((1_usize..60, 0.0_f64..50.0, 0_u8..200), 0..200),
            horizon in 1_usize..60,
            value in 0.0_f64..100.0,
            whole: bool,
            as_it_is: bool,
        ) {
            let cases: Vec<Case> = errors
                .into_iter()
                .enumerate()
                .map(|(day, (horizon, expected, truth))| case(day, horizon, expected, f64::from(truth)))
                .collect();
            let Step { value, band } = Analogues::of(&cases, DAY, whole).step(horizon, value, as_it_is);
            let ends = [0.0, band.lower_95, band.lower_80, value, band.upper_80, band.upper_95];
            prop_assert!(ends.is_sorted() && ends.iter().all(|end| end.is_finite()), "{:?}", ends);
        }
    }
}
