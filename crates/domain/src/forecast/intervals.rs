//! Prediction intervals from a model's own out-of-sample errors.
//!
//! Split conformal prediction (Lei, G'Sell, Rinaldo, Tibshirani & Wasserman, "Distribution-free predictive inference
//! for regression", *JASA* 113 (2018), section 5.2 on errors scaled by their local size), with weights that fade with
//! age (Barber, Candès, Ramdas & Tibshirani, "Conformal prediction beyond exchangeability", *Annals of Statistics* 51
//! (2023)) and both tails taken separately, since sales err further upwards than downwards. Each error of the backtest
//! is divided by a scale that grows with the forecast and differs by weekday,
//!
//!   r = (y − ŷ) / s(ŷ),   s(ŷ) = g √max(ŷ, f),   g = (Σ u |r'| + B m) / (Σ u + B) / m,
//!
//! with r' the errors of the weekday before g, m the mean size of all, u = ½^(age/G), and B days added; it weighs v = ½^(age/H). The interval of a forecast ŷ is [ŷ + s(ŷ) q(α/2), ŷ + s(ŷ) q(1−α/2)], where q(p) for p
//! above ½ is the least r whose errors up to it weigh p (n + c) or more, n being what all days together weigh, and
//! for p below ½ the mirror image. c = 1 promises coverage of errors that are exchangeable and is what few errors need;
//! as old ones fade, n never grows beyond N = H/ln 2, where 1 was found too wide and 0 too narrow, so that
//! c = max(¼, 1 − ¾ n/N). Where no r does, too few errors are known for that tail, and the farthest is stretched. A
//! horizon with few errors borrows its neighbours', which counts for no more days.

use super::backtest::Case;
use super::history::WEEK;
use super::models::Expected;

/// The least forecast that errors are scaled by, as a share of the mean forecast.
const FLOOR: f64 = 0.1;

/// Days after which an error counts half.
const HALF_LIFE: f64 = 45.0;

/// G: days after which an error counts half in its weekday's scale, which changes more slowly.
const WEEKDAY_HALF_LIFE: f64 = 90.0;

/// B: days of usual errors that are added to a weekday's.
const WEEKDAY_PRIOR: f64 = 10.0;

/// c for a history that fills the memory: what the error to come counts for beside those that are known.
const LEAST_SPARE: f64 = 0.25;

/// N: what the days of an endless history weigh.
const MEMORY: f64 = HALF_LIFE / std::f64::consts::LN_2;

/// Errors that a horizon needs of its own; with fewer it borrows its neighbours'.
const ENOUGH: usize = 120;

/// The 80 % and the 95 % interval around a value: nested, not negative, the value inside.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Band {
    /// Lower end of the 80 % interval.
    pub lower_80: f64,
    /// Upper end of the 80 % interval.
    pub upper_80: f64,
    /// Lower end of the 95 % interval.
    pub lower_95: f64,
    /// Upper end of the 95 % interval.
    pub upper_95: f64,
}

impl Band {
    /// Where nothing was ever forecast that could have been wrong: a convention, wide enough to say so.
    pub(super) fn unknown(value: f64) -> Self {
        Self { lower_80: value / 2.0, upper_80: value * 2.0, lower_95: 0.0, upper_95: value * 3.0 }
    }
}

/// The errors of one model, ready to be put around its forecasts.
#[derive(Clone, Debug)]
pub struct Calibration {
    scale: Scale,
    /// The step that horizon 0 is.
    origin: usize,
    tails: Vec<Option<Tails>>,
}

impl Calibration {
    /// Learns the intervals of horizons 1 to `horizon` after the last of `known` days from backtest cases. Days forecast
    /// as closed have no interval and teach none.
    #[must_use]
    pub fn of_days<'a>(cases: impl IntoIterator<Item = &'a Case>, horizon: usize, known: usize) -> Self {
        let open = open(cases);
        let scale = Scale::of(&open).by_weekday(&open, horizon);
        Self::scaled(&open, scale, horizon, known)
    }

    /// The same of a series with another season than the week: weekdays are not told apart.
    #[must_use]
    pub fn of_steps<'a>(cases: impl IntoIterator<Item = &'a Case>, horizon: usize) -> Self {
        let open = open(cases);
        Self::scaled(&open, Scale::of(&open), horizon, 0)
    }

    fn scaled(open: &[&Case], scale: Scale, horizon: usize, known: usize) -> Self {
        let newest = newest(open);
        let mut errors = vec![Vec::new(); horizon];
        for case in open {
            if let Some(same) = case.horizon.checked_sub(1).and_then(|index| errors.get_mut(index)) {
                let scaled = case.error() / scale.at(case.day(), case.expected.value());
                let weight = 0.5_f64.powf((newest - case.day()) as f64 / HALF_LIFE);
                same.push(Error { day: case.day(), scaled, weight });
            }
        }
        let tails = (0..horizon).map(|index| pooled(&errors, index)).collect();
        Self { scale, origin: known.saturating_sub(1), tails }
    }

    /// The intervals around a forecast of `value` at `horizon`, from 1.
    #[must_use]
    pub fn band(&self, horizon: usize, value: f64) -> Band {
        let Some(tails) = horizon.checked_sub(1).and_then(|index| self.tails.get(index).copied().flatten())
        else {
            return Band::unknown(value);
        };
        let scale = self.scale.at(self.origin + horizon, value);
        let below = |tail: f64| (value + scale * tail.min(0.0)).max(0.0);
        let above = |tail: f64| value + scale * tail.max(0.0);
        Band {
            lower_80: below(tails.lower_80),
            upper_80: above(tails.upper_80),
            lower_95: below(tails.lower_95),
            upper_95: above(tails.upper_95),
        }
    }
}

/// The cases of days that were expected to open.
fn open<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Vec<&'a Case> {
    cases.into_iter().filter(|case| matches!(case.expected, Expected::Open(_))).collect()
}

fn newest(open: &[&Case]) -> usize {
    open.iter().map(|case| case.day()).max().unwrap_or_default()
}

/// What errors are divided by.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// f.
    floor: f64,
    /// g of the days 0, 7, 14 … of the series, of 1, 8, 15 … and so on.
    weekdays: [f64; WEEK],
}

impl Scale {
    fn of(open: &[&Case]) -> Self {
        let mean = open.iter().map(|case| case.expected.value()).sum::<f64>() / open.len().max(1) as f64;
        Self { floor: if mean > 0.0 { FLOOR * mean } else { 1.0 }, weekdays: [1.0; WEEK] }
    }

    /// The same, by the errors of the next week's forecasts apart for each weekday.
    fn by_weekday(mut self, open: &[&Case], horizon: usize) -> Self {
        let newest = newest(open);
        let (mut sizes, mut weights) = ([0.0; WEEK], [0.0; WEEK]);
        for case in open.iter().filter(|case| case.horizon <= WEEK) {
            let weight = 0.5_f64.powf((newest - case.day()) as f64 / WEEKDAY_HALF_LIFE);
            let weekday = case.day() % WEEK;
            sizes[weekday] += weight * (case.error() / self.at(case.day(), case.expected.value())).abs();
            weights[weekday] += weight;
        }
        let mean = sizes.iter().sum::<f64>() / weights.iter().sum::<f64>();
        if mean > 0.0 {
            // A day was forecast from several origins, and is one day.
            let prior = WEEKDAY_PRIOR * horizon.clamp(1, WEEK) as f64;
            self.weekdays =
                std::array::from_fn(|day| (sizes[day] + prior * mean) / (weights[day] + prior) / mean);
        }
        self
    }

    /// s of a forecast of `value` for step `day`.
    fn at(&self, day: usize, value: f64) -> f64 {
        // As the errors of counts do. Growth in proportion, and none, gave wider intervals for the same coverage.
        self.weekdays[day % WEEK] * value.max(self.floor).sqrt()
    }
}

/// A scaled error, the day on which it was made and what it counts for.
#[derive(Clone, Copy, Debug)]
struct Error {
    day: usize,
    scaled: f64,
    weight: f64,
}

/// Quantiles of scaled errors.
#[derive(Clone, Copy, Debug)]
struct Tails {
    lower_95: f64,
    lower_80: f64,
    upper_80: f64,
    upper_95: f64,
}

impl Tails {
    fn of(mut errors: Vec<Error>) -> Self {
        errors.sort_by(|a, b| a.scaled.total_cmp(&b.scaled));
        let days = weight_of_days(&errors);
        let upper = |tail| upper_tail(errors.iter().copied(), days, tail);
        let mirrored = |error: &Error| Error { scaled: -error.scaled, ..*error };
        let lower = |tail| -upper_tail(errors.iter().rev().map(mirrored), days, tail);
        Self {
            lower_95: lower(0.025).min(lower(0.1)),
            lower_80: lower(0.1),
            upper_80: upper(0.1),
            upper_95: upper(0.025).max(upper(0.1)),
        }
    }

    fn widened(self, factor: f64) -> Self {
        Self {
            lower_95: self.lower_95 * factor,
            lower_80: self.lower_80 * factor,
            upper_80: self.upper_80 * factor,
            upper_95: self.upper_95 * factor,
        }
    }
}

/// The tails at horizon `index + 1`, from as many neighbouring horizons as it takes.
fn pooled(errors: &[Vec<Error>], index: usize) -> Option<Tails> {
    let farthest = errors.iter().rposition(|same| !same.is_empty())?;
    let mut pool: Vec<Error> = Vec::new();
    for distance in 0..errors.len() {
        let before = index.checked_sub(distance).map(|near| &errors[near]);
        let after = if distance > 0 { errors.get(index + distance) } else { None };
        pool.extend(before.into_iter().chain(after).flatten());
        if pool.len() >= ENOUGH {
            break;
        }
    }
    let tails = Tails::of(pool);
    // No error is known so far ahead: let them grow as those of a random walk do, the fastest that is plausible.
    let beyond = (index + 1) as f64 / (farthest + 1) as f64;
    Some(if beyond > 1.0 { tails.widened(beyond.sqrt()) } else { tails })
}

/// What the days of `errors` weigh: several horizons' errors of one day are hardly more than one.
fn weight_of_days(errors: &[Error]) -> f64 {
    let mut days: Vec<(usize, f64)> = errors.iter().map(|error| (error.day, error.weight)).collect();
    days.sort_by_key(|(day, _)| *day);
    days.dedup_by_key(|(day, _)| *day);
    days.iter().map(|(_, weight)| weight).sum()
}

/// The error that a share `tail` of future ones is expected to exceed. `sorted` is not empty, and its weights count
/// for `days` days.
fn upper_tail(sorted: impl Iterator<Item = Error> + Clone, days: f64, tail: f64) -> f64 {
    let total: f64 = sorted.clone().map(|error| error.weight).sum();
    let spare = (1.0 - (1.0 - LEAST_SPARE) * days / MEMORY).max(LEAST_SPARE);
    let wanted = (1.0 - tail) * (days + spare);
    let mut below = 0.0;
    for error in sorted.clone() {
        below += error.weight / total * days;
        if below >= wanted {
            return error.scaled;
        }
    }
    // The largest of n errors stands where a share 1/(n+1) is expected beyond it. Normal tails say how much farther
    // out a rarer error lies.
    let largest = sorted.fold(0.0, |largest: f64, error| largest.max(error.scaled.abs()));
    largest * normal_quantile(tail) / normal_quantile(1.0 / (days + 1.0)).max(0.25)
}

/// The standard normal value that a share `tail`, at most ½, lies above, to 4.5e-4: Abramowitz & Stegun, *Handbook of
/// Mathematical Functions*, 26.2.23.
pub(super) fn normal_quantile(tail: f64) -> f64 {
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn case(seen: usize, horizon: usize, expected: f64, truth: f64) -> Case {
        Case { seen, horizon, expected: Expected::Open(expected), truth }
    }

    #[test]
    fn normal_quantiles_are_those_of_the_tables() {
        for (tail, table) in [(0.5, 0.0), (0.1, 1.281_552), (0.025, 1.959_964), (0.001, 3.090_232)] {
            assert!((normal_quantile(tail) - table).abs() < 4.5e-4, "{tail}");
        }
    }

    #[test]
    fn tails_are_order_statistics_with_something_to_spare() {
        // Errors −20…19 of forecasts of 100, all of one age: 40 days, and c = 0.54. In units of √100 the 80 % tails
        // are the 37th largest either way (0.9 · 40.54 = 36.5), the 95 % ones the 40th (39.5).
        let errors: Vec<Error> = (0_u32..40)
            .map(|day| Error { day: day as usize, scaled: f64::from(day) - 20.0, weight: 1.0 })
            .collect();
        let tails = Tails::of(errors);
        assert_eq!(
            [tails.lower_95, tails.lower_80, tails.upper_80, tails.upper_95],
            [-20.0, -17.0, 16.0, 19.0]
        );
    }

    #[test]
    fn a_weekday_that_errs_more_has_wider_intervals() {
        // Every seventh day, of which 13 are within 90 days, errs by 30 and others by 10.
        let truth = |day: usize| if day % 7 == 6 { 130.0 } else { 110.0 };
        let cases: Vec<Case> = (0..182).map(|seen| case(seen, 1, 100.0, truth(seen))).collect();
        // Day 182 is like day 0.
        let narrow = Calibration::of_days(&cases, 1, 182).band(1, 100.0).upper_80 - 100.0;
        let wide = Calibration::of_days(&cases, 1, 188).band(1, 100.0).upper_80 - 100.0;
        let days: f64 = (0..26).map(|week| 0.5_f64.powf(f64::from(week) * 7.0 / 90.0)).sum();
        let others: f64 = (0..182).map(|age| 0.5_f64.powf(f64::from(age) / 90.0)).sum::<f64>() - days;
        let mean = (30.0 * days + 10.0 * others) / (days + others);
        let tuesday: f64 = (0..26).map(|week| 0.5_f64.powf(f64::from(week * 7 + 6) / 90.0)).sum();
        let expected =
            (30.0 * days + 10.0 * mean) / (days + 10.0) / ((10.0 * tuesday + 10.0 * mean) / (tuesday + 10.0));
        assert!((wide / narrow / expected - 1.0).abs() < 1e-9, "{wide} {narrow} {expected}");
    }

    #[test]
    fn without_errors_intervals_are_wide() {
        let band = Calibration::of_days(&[], 7, 0).band(1, 10.0);
        assert_eq!([band.lower_95, band.lower_80, band.upper_80, band.upper_95], [0.0, 5.0, 20.0, 30.0]);
    }

    #[test]
    fn horizons_beyond_the_farthest_error_widen() {
        let cases: Vec<Case> =
            (0..30).map(|seen| case(seen, 1, 100.0, if seen % 2 == 0 { 90.0 } else { 110.0 })).collect();
        let calibration = Calibration::of_days(&cases, 4, 30);
        let width = |horizon| calibration.band(horizon, 100.0).upper_80 - 100.0;
        assert!((width(1) - 10.0).abs() < 1e-9);
        assert!((width(4) - 20.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn intervals_are_nested_and_not_negative(
            errors in proptest::collection::vec((1_usize..9, 0.0_f64..500.0, 0.0_f64..500.0), 0..200),
            horizon in 1_usize..12,
            value in 0.0_f64..1000.0,
        ) {
            let cases: Vec<Case> = errors
                .into_iter()
                .enumerate()
                .map(|(seen, (horizon, expected, truth))| case(seen, horizon, expected, truth))
                .collect();
            let band = Calibration::of_days(&cases, 12, 200).band(horizon, value);
            let ends = [0.0, band.lower_95, band.lower_80, value, band.upper_80, band.upper_95];
            prop_assert!(ends.is_sorted() && ends.iter().all(|end| end.is_finite()), "{:?}", ends);
        }
    }
}
