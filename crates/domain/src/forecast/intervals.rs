//! Prediction intervals from a model's own out-of-sample errors.
//!
//! Split conformal prediction (Lei, G'Sell, Rinaldo, Tibshirani & Wasserman, "Distribution-free predictive inference
//! for regression", *JASA* 113 (2018), section 5.2 on errors scaled by their local size), with both tails taken
//! separately since sales err further upwards than downwards. Each backtest error is divided by a scale that grows
//! with the forecast,
//!
//!   r = (y − ŷ) / s(ŷ),   s(ŷ) = max(ŷ, f)^p
//!
//! and the interval of a forecast ŷ is  [ŷ + s(ŷ) q(α/2), ŷ + s(ŷ) q(1−α/2)],  where q is the order statistic of rank
//! ⌊(n+1)α/2⌋ or ⌈(n+1)(1−α/2)⌉ of the n errors of that horizon. Where the rank falls outside 1…n, too few errors are
//! known for that tail, and the farthest is stretched.

use super::backtest::Case;
use super::models::Expected;

/// How errors grow with the forecast: 0 not at all, ½ as counts do, 1 in proportion.
const POWER: f64 = 0.75;

/// The least forecast that errors are scaled by, as a share of the mean forecast.
const FLOOR: f64 = 0.1;

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

/// The errors of one model, ready to be put around its forecasts.
#[derive(Clone, Debug)]
pub struct Calibration {
    floor: f64,
    tails: Vec<Option<Tails>>,
}

impl Calibration {
    /// Learns the intervals of horizons 1 to `horizon` from backtest cases. Days forecast as closed have no interval
    /// and teach none.
    #[must_use]
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a Case>, horizon: usize) -> Self {
        let open: Vec<&Case> =
            cases.into_iter().filter(|case| matches!(case.expected, Expected::Open(_))).collect();
        let mean = open.iter().map(|case| case.expected.value()).sum::<f64>() / count(open.len().max(1));
        let floor = if mean > 0.0 { FLOOR * mean } else { 1.0 };
        let mut errors = vec![Vec::new(); horizon];
        for case in open {
            if let Some(same) = case.horizon.checked_sub(1).and_then(|index| errors.get_mut(index)) {
                same.push(case.error() / scale(case.expected.value(), floor));
            }
        }
        let tails = (0..horizon).map(|index| pooled(&errors, index)).collect();
        Self { floor, tails }
    }

    /// The intervals around a forecast of `value` at `horizon`, from 1.
    #[must_use]
    pub fn band(&self, horizon: usize, value: f64) -> Band {
        let Some(tails) = horizon.checked_sub(1).and_then(|index| self.tails.get(index).copied().flatten())
        else {
            // Nothing was ever forecast that could have been wrong: a convention, wide enough to say so.
            return Band {
                lower_80: value / 2.0,
                upper_80: value * 2.0,
                lower_95: 0.0,
                upper_95: value * 3.0,
            };
        };
        let scale = scale(value, self.floor);
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

fn scale(value: f64, floor: f64) -> f64 {
    value.max(floor).powf(POWER)
}

/// Quantiles of scaled errors.
#[derive(Clone, Copy, Debug, Default)]
struct Tails {
    lower_95: f64,
    lower_80: f64,
    upper_80: f64,
    upper_95: f64,
}

impl Tails {
    fn of(mut errors: Vec<f64>) -> Self {
        errors.sort_by(f64::total_cmp);
        let (lower_80, upper_80) = (lower_tail(&errors, 0.1), upper_tail(&errors, 0.1));
        let (lower_95, upper_95) = (lower_tail(&errors, 0.025), upper_tail(&errors, 0.025));
        Self { lower_95: lower_95.min(lower_80), lower_80, upper_80, upper_95: upper_95.max(upper_80) }
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
fn pooled(errors: &[Vec<f64>], index: usize) -> Option<Tails> {
    let farthest = errors.iter().rposition(|same| !same.is_empty())?;
    let mut pool = Vec::new();
    for distance in 0..errors.len() {
        let before = index.checked_sub(distance).map(|near| &errors[near]);
        let after = if distance > 0 { errors.get(index + distance) } else { None };
        pool.extend(before.into_iter().chain(after).flatten().copied());
        if pool.len() >= ENOUGH {
            break;
        }
    }
    let tails = Tails::of(pool);
    // No error is known so far ahead: let them grow as those of a random walk do, the fastest that is plausible.
    let beyond = count(index + 1) / count(farthest + 1);
    Some(if beyond > 1.0 { tails.widened(beyond.sqrt()) } else { tails })
}

/// The error that a share `tail` of future ones is expected to exceed; `sorted` is not empty.
fn upper_tail(sorted: &[f64], tail: f64) -> f64 {
    let n = sorted.len();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is a small positive number"
    )]
    let rank = (count(n + 1) * (1.0 - tail)).ceil() as usize;
    let largest = || sorted.iter().fold(0.0, |largest: f64, error| largest.max(error.abs()));
    // The largest of n errors stands where a share 1/(n+1) is expected beyond it. Normal tails say how much farther
    // out a rarer error lies.
    let stretch = || normal_quantile(tail) / normal_quantile(1.0 / count(n + 1)).max(0.25);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_else(|| largest() * stretch())
}

fn lower_tail(sorted: &[f64], tail: f64) -> f64 {
    let mirrored: Vec<f64> = sorted.iter().rev().map(|error| -error).collect();
    -upper_tail(&mirrored, tail)
}

/// The standard normal value that a share `tail`, at most ½, lies above, to 4.5e-4: Abramowitz & Stegun, *Handbook of
/// Mathematical Functions*, 26.2.23.
fn normal_quantile(tail: f64) -> f64 {
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases are far below 2^53")]
fn count(n: usize) -> f64 {
    n as f64
}
