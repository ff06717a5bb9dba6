//! Measures of one model's forecasts of many series from many origins, by which methods are compared.
//!
//! A *fold* is the forecasts of one series from one origin T. With y the truth, ŷ the forecast, (l, u) its intervals,
//! all floored at 0, and sums over all points of all folds:
//!
//! - WAPE  = Σ|y−ŷ| / Σy, and over the points with y > 0 alone, by the same Σy
//! - bias  = Σ(ŷ−y) / Σy
//! - MASE  = mean over series of the mean over folds of  MAE(T) / mean of |y(t)−y(t−m)|, t ≤ T  (Hyndman & Koehler, 2006)
//! - RMSSE = the same of  √( MSE(T) / mean of (y(t)−y(t−m))², t ≤ T )  (Makridakis, Spiliotis & Assimakopoulos, "The M5
//!   competition", *International Journal of Forecasting* 38 (2022))
//! - coverage = share of points inside their interval, and the share of those not forecast as closed (u95 > 0)
//! - sWIS  = Σ WIS / Σy,  WIS = (½|y−ŷ| + 0.1 IS₀.₂ + 0.025 IS₀.₀₅) / 2.5,
//!   IS_α = (u−l) + 2/α max(l−y, 0) + 2/α max(y−u, 0)  (Bracher, Ray, Gneiting & Reich, "Evaluating epidemic forecasts in
//!   an interval format", *PLOS Computational Biology* 17 (2021))
//!
//! A fold whose history never differs from the season before, or has no season before it, has no MASE and no RMSSE and
//! counts for the rest.

use serde::Serialize;

use super::intervals::Band;

/// A forecast and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// What happened: not negative.
    pub truth: f64,
    /// The forecast.
    pub value: f64,
    /// Its prediction intervals.
    pub band: Band,
}

/// How much a history differs from itself a season before: what the errors of a fold are scaled by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NaiveError {
    mean_absolute: f64,
    mean_square: f64,
}

impl NaiveError {
    /// Of a history of consecutive steps, None being missing, with a season of so many. None where it is undefined or
    /// as good as zero.
    #[must_use]
    pub fn of(history: &[Option<f64>], season: usize) -> Option<Self> {
        let value = |index: usize| history[index];
        let differences: Vec<f64> = seasonal_differences(history.len(), season, value).flatten().collect();
        let pairs = differences.len() as f64;
        let mean_absolute = differences.iter().map(|difference| difference.abs()).sum::<f64>() / pairs;
        let mean_square = differences.iter().map(|difference| difference * difference).sum::<f64>() / pairs;
        // Of no pairs the mean is not a number, and no comparison holds.
        (mean_absolute > 1e-9).then_some(Self { mean_absolute, mean_square })
    }
}

/// Sums over the folds of one model.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    folds: usize,
    points: usize,
    points_open: usize,
    truth: f64,
    absolute: f64,
    absolute_with_sales: f64,
    signed: f64,
    within: [usize; 2],
    within_open: [usize; 2],
    interval_score: f64,
    series: Scaled,
    scaled: Vec<(f64, f64)>,
}

/// Scaled errors of one series.
#[derive(Clone, Copy, Debug, Default)]
struct Scaled {
    folds: usize,
    absolute: f64,
    root_square: f64,
}

impl Evaluation {
    /// Takes in the next fold of the series at hand. A fold without points is none.
    pub fn add(&mut self, naive: Option<NaiveError>, points: &[Point]) {
        if points.is_empty() {
            return;
        }
        self.folds += 1;
        let (mut absolute, mut square) = (0.0, 0.0);
        for point in points.iter().map(Point::floored) {
            let error = point.value - point.truth;
            absolute += error.abs();
            square += error * error;
            self.signed += error;
            self.take(&point);
        }
        self.absolute += absolute;
        self.points += points.len();
        if let Some(naive) = naive {
            let count = points.len() as f64;
            self.series.folds += 1;
            self.series.absolute += absolute / count / naive.mean_absolute;
            self.series.root_square += (square / count / naive.mean_square).sqrt();
        }
    }

    fn take(&mut self, point: &Point) {
        let Point { truth, value, band } = *point;
        let error = (value - truth).abs();
        self.truth += truth;
        if truth > 0.0 {
            self.absolute_with_sales += error;
        }
        let inside = [
            (band.lower_80..=band.upper_80).contains(&truth),
            (band.lower_95..=band.upper_95).contains(&truth),
        ];
        let is_open = band.upper_95 > 0.0;
        self.points_open += usize::from(is_open);
        for (index, inside) in inside.into_iter().enumerate() {
            self.within[index] += usize::from(inside);
            self.within_open[index] += usize::from(inside && is_open);
        }
        let score_80 = interval_score(truth, band.lower_80, band.upper_80, 0.2);
        let score_95 = interval_score(truth, band.lower_95, band.upper_95, 0.05);
        self.interval_score += (0.5 * error + 0.1 * score_80 + 0.025 * score_95) / 2.5;
    }

    /// Ends the series at hand: the folds to come are another one's.
    pub fn end_series(&mut self) {
        let Scaled { folds, absolute, root_square } = std::mem::take(&mut self.series);
        if folds > 0 {
            let folds = folds as f64;
            self.scaled.push((absolute / folds, root_square / folds));
        }
    }

    /// The measures of everything taken in, the series at hand included.
    #[must_use]
    pub fn measures(mut self) -> Measures {
        self.end_series();
        let series = self.scaled.len() as f64;
        let (points, open) = (self.points as f64, self.points_open as f64);
        let share = |within: usize, of: f64| ratio(within as f64, of);
        Measures {
            folds: self.folds,
            points: self.points,
            wape: ratio(self.absolute, self.truth),
            wape_open: ratio(self.absolute_with_sales, self.truth),
            mase: ratio(self.scaled.iter().map(|(mase, _)| mase).sum(), series),
            rmsse: ratio(self.scaled.iter().map(|(_, rmsse)| rmsse).sum(), series),
            bias: ratio(self.signed, self.truth),
            coverage_80: share(self.within[0], points),
            coverage_95: share(self.within[1], points),
            open_coverage_80: share(self.within_open[0], open),
            open_coverage_95: share(self.within_open[1], open),
            swis: ratio(self.interval_score, self.truth),
        }
    }
}

/// What a model's forecasts come to: ratios, 0.25 being 25 %. None where a measure is not defined, as when nothing was
/// sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Measures {
    /// How many folds were judged.
    pub folds: usize,
    /// How many forecasts they have.
    pub points: usize,
    /// Weighted absolute percentage error.
    pub wape: Option<f64>,
    /// The same over points with sales.
    pub wape_open: Option<f64>,
    /// Mean absolute scaled error.
    pub mase: Option<f64>,
    /// Root mean squared scaled error.
    pub rmsse: Option<f64>,
    /// Signed error: above 0 is forecast too high.
    pub bias: Option<f64>,
    /// Share inside the 80 % interval.
    pub coverage_80: Option<f64>,
    /// Share inside the 95 % interval.
    pub coverage_95: Option<f64>,
    /// Share inside the 80 % interval of those not forecast as closed.
    pub open_coverage_80: Option<f64>,
    /// Share inside the 95 % interval of those not forecast as closed.
    pub open_coverage_95: Option<f64>,
    /// Scaled weighted interval score.
    pub swis: Option<f64>,
}

impl Point {
    fn floored(&self) -> Self {
        let Band { lower_80, upper_80, lower_95, upper_95 } = self.band;
        let band = Band {
            lower_80: lower_80.max(0.0),
            upper_80: upper_80.max(0.0),
            lower_95: lower_95.max(0.0),
            upper_95: upper_95.max(0.0),
        };
        Self { truth: self.truth, value: self.value.max(0.0), band }
    }
}

/// The interval score: the width, and what the truth lies beyond it, dearer the surer the interval claims to be.
fn interval_score(truth: f64, lower: f64, upper: f64, alpha: f64) -> f64 {
    (upper - lower) + 2.0 / alpha * ((lower - truth).max(0.0) + (truth - upper).max(0.0))
}

/// y(t)−y(t−m) for each t from 0 to `len`: None where one of the two is not known.
fn seasonal_differences(
    len: usize,
    season: usize,
    value: impl Fn(usize) -> Option<f64>,
) -> impl Iterator<Item = Option<f64>> {
    (0..len).map(move |index| Some(value(index)? - value(index.checked_sub(season)?)?))
}

/// `numerator / denominator`, unless that is not a finite number or the denominator as good as zero.
fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    let ratio = numerator / denominator;
    (ratio.is_finite() && denominator.abs() > 1e-9).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(measure: Option<f64>, by_hand: f64) {
        assert!((measure.unwrap() - by_hand).abs() < 1e-12, "{measure:?} is not {by_hand}");
    }

    fn point(truth: f64, value: f64, [lower_95, lower_80, upper_80, upper_95]: [f64; 4]) -> Point {
        Point { truth, value, band: Band { lower_80, upper_80, lower_95, upper_95 } }
    }

    #[test]
    fn measures_are_what_a_hand_makes_of_their_definitions() {
        let history = [10.0, 20.0, 12.0, 26.0].map(Some);
        // |12−10| and |26−20|: mean 4, mean square 20.
        let naive = NaiveError::of(&history, 2);
        let mut evaluation = Evaluation::default();
        evaluation.add(naive, &[point(10.0, 12.0, [6.0, 8.0, 14.0, 18.0]), point(0.0, 0.0, [0.0; 4])]);
        evaluation.add(naive, &[point(30.0, 20.0, [10.0, 15.0, 25.0, 28.0])]);
        evaluation.end_series();
        // Another series: an error of 2 on a scale of 1; the forecast below 0 is taken for 0.
        evaluation
            .add(NaiveError::of(&[Some(1.0), Some(2.0)], 1), &[point(2.0, -1.0, [-1.0, -1.0, 1.0, 2.0])]);
        let measures = evaluation.measures();
        assert_eq!((measures.folds, measures.points), (3, 4));
        close(measures.wape, (2.0 + 0.0 + 10.0 + 2.0) / 42.0);
        close(measures.wape_open, 14.0 / 42.0);
        close(measures.bias, (2.0 - 10.0 - 2.0) / 42.0);
        // First series: folds 1/4 and 10/4, mean 1.375; second 2.
        close(measures.mase, f64::midpoint(1.375, 2.0));
        let first = f64::midpoint((2.0_f64 / 20.0).sqrt(), (100.0_f64 / 20.0).sqrt());
        close(measures.rmsse, f64::midpoint(first, 2.0));
        close(measures.coverage_80, 2.0 / 4.0);
        close(measures.coverage_95, 3.0 / 4.0);
        close(measures.open_coverage_80, 1.0 / 3.0);
        close(measures.open_coverage_95, 2.0 / 3.0);
        let wis = [
            (0.5 * 2.0 + 0.1 * 6.0 + 0.025 * 12.0) / 2.5,
            (0.5 * 10.0 + 0.1 * (10.0 + 10.0 * 5.0) + 0.025 * (18.0 + 40.0 * 2.0)) / 2.5,
            (0.5 * 2.0 + 0.1 * (1.0 + 10.0) + 0.025 * 2.0) / 2.5,
        ];
        close(measures.swis, wis.iter().sum::<f64>() / 42.0);
    }

    /// What the made-up series number `series` came to on day `day`, in whole numbers.
    fn made_up(series: u32, day: u32) -> f64 {
        if series == 1 && (day % 7 == 3 || day == 24) {
            return 0.0;
        }
        f64::from(20 * (series + 1) + day * day * 31 % 23 + if day % 7 >= 4 { 10 } else { 0 })
    }

    /// The expected values were made by tests/reference/measures.py and by another program in pandas, from the same
    /// series and forecasts written to files.
    #[test]
    fn measures_are_those_of_independent_programs() {
        let mut evaluation = Evaluation::default();
        for series in 0..2 {
            for seen in [21, 28] {
                let history: Vec<Option<f64>> = (0..seen).map(|day| Some(made_up(series, day))).collect();
                let point = |ahead: u32| {
                    let value = made_up(series, seen + ahead - 7);
                    let wide = if value == 0.0 { 0.0 } else { f64::from(3 + ahead + series) };
                    let ends = [value - 2.0 * wide, value - wide, value + wide, value + 2.0 * wide];
                    point(made_up(series, seen + ahead), value, ends)
                };
                let points: Vec<Point> = (0..7).map(point).collect();
                evaluation.add(NaiveError::of(&history, 7), &points);
            }
            evaluation.end_series();
        }
        let measures = evaluation.measures();
        assert_eq!((measures.folds, measures.points), (4, 28));
        close(measures.wape, 0.149_446_494_464_944_65);
        close(measures.wape_open, 0.149_446_494_464_944_65);
        close(measures.mase, 0.891_353_237_781_775);
        close(measures.rmsse, 0.861_125_043_155_852_8);
        close(measures.bias, -0.012_915_129_151_291_513);
        close(measures.coverage_80, 0.607_142_857_142_857_1);
        close(measures.coverage_95, 0.964_285_714_285_714_3);
        close(measures.open_coverage_80, 0.576_923_076_923_076_9);
        close(measures.open_coverage_95, 0.961_538_461_538_461_5);
        close(measures.swis, 0.059_926_199_261_992_61);
    }

    #[test]
    fn a_fold_without_a_scale_counts_for_the_rest() {
        assert_eq!(NaiveError::of(&[Some(3.0); 9], 2), None);
        assert_eq!(NaiveError::of(&[Some(3.0), Some(4.0)], 2), None);
        // Both days of a pair must be known.
        assert_eq!(NaiveError::of(&[Some(3.0), None, None, Some(9.0)], 2), None);
        let mut evaluation = Evaluation::default();
        evaluation.add(None, &[point(4.0, 5.0, [0.0, 4.0, 6.0, 8.0])]);
        let measures = evaluation.measures();
        assert_eq!((measures.wape, measures.mase, measures.rmsse), (Some(0.25), None, None));
    }

    #[test]
    fn without_sales_nothing_is_a_share_of_them() {
        let mut evaluation = Evaluation::default();
        evaluation.add(None, &[]);
        assert_eq!(evaluation.clone().measures(), Measures::default());
        evaluation.add(None, &[point(0.0, 1.0, [0.0, 0.0, 2.0, 3.0])]);
        let measures = evaluation.measures();
        assert_eq!((measures.wape, measures.bias, measures.swis), (None, None, None));
        assert_eq!(measures.coverage_80, Some(1.0));
    }
}
