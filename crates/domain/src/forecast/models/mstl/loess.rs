//! Loess: locally weighted regression of values on their positions.
//!
//! The smooth at x is that of least squares over the q nearest known values, each weighing (1 − (d/h)³)³ by its distance
//! d, h being that of the farthest. With fewer than q known values h grows by half of what is missing.
//!
//! Source: Cleveland, "Robust locally weighted regression and smoothing scatterplots", *JASA* 74 (1979), 829–836, with
//! the details of the program STL (Cleveland et al., *Journal of Official Statistics* 6 (1990), 3–73).

/// What is fitted around each position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Degree {
    /// A weighted mean.
    Mean,
    /// A line.
    Line,
}

/// The parameters of a smooth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loess {
    /// q: the nearest known values that count.
    pub(super) window: usize,
    pub(super) degree: Degree,
    /// Positions from one at which the smooth is computed to the next; between them lines are drawn.
    pub(super) jump: usize,
}

/// Known values and where they stand, in order.
#[derive(Debug, Default)]
pub(super) struct Known {
    positions: Vec<f64>,
    values: Vec<f64>,
}

impl Known {
    /// Replaces all by `values`, which stand at 0, 1, 2 …; NaN is not known.
    pub(super) fn replace(&mut self, values: impl Iterator<Item = f64>) {
        self.positions.clear();
        self.values.clear();
        for (position, value) in values.enumerate() {
            if !value.is_nan() {
                self.positions.push(position as f64);
                self.values.push(value);
            }
        }
    }
}

impl Loess {
    /// The smooth of `known` at `from`, `from` + 1 …; 0 where nothing is known.
    pub(super) fn smooth(self, known: &Known, from: f64, smooth: &mut [f64]) {
        if known.values.is_empty() {
            smooth.fill(0.0);
            return;
        }
        let last = smooth.len().saturating_sub(1);
        let (mut left, mut before) = (0, None);
        for at in (0..last).step_by(self.jump.max(1)).chain([last]) {
            let value = self.at(known, from + at as f64, &mut left);
            if let Some((start, first)) = before {
                let slope = (value - first) / (at - start) as f64;
                for (step, between) in (1..).zip(&mut smooth[start + 1..at]) {
                    *between = first + slope * f64::from(step);
                }
            }
            smooth[at] = value;
            before = Some((at, value));
        }
    }

    /// The smooth at `x`. `left` is where the window began for a lesser x.
    fn at(self, known: &Known, x: f64, left: &mut usize) -> f64 {
        let Known { positions, values } = known;
        let count = self.window.clamp(1, positions.len());
        while *left + count < positions.len()
            && (positions[*left + count] - x).abs() < (positions[*left] - x).abs()
        {
            *left += 1;
        }
        let window = *left..*left + count;
        let (positions, values) = (&positions[window.clone()], &values[window]);
        let missing = (self.window - count) / 2;
        let farthest = (positions[0] - x).abs().max((positions[count - 1] - x).abs()) + missing as f64;
        let (mut weights, mut first, mut second) = (0.0, 0.0, 0.0);
        let (mut sum, mut product) = (0.0, 0.0);
        for (position, value) in positions.iter().zip(values) {
            let distance = position - x;
            let weight = tricube(distance.abs(), farthest);
            weights += weight;
            first += weight * distance;
            second += weight * distance * distance;
            sum += weight * value;
            product += weight * distance * value;
        }
        let spread = second / weights - (first / weights).powi(2);
        // Where all that weighs stands in one place there is no line.
        let narrow = 1e-3 * (known.positions[known.positions.len() - 1] - known.positions[0]);
        if self.degree == Degree::Line && spread > narrow * narrow {
            (second * sum - first * product) / (weights * second - first * first)
        } else {
            sum / weights
        }
    }
}

/// The weight of a value at `distance`.
fn tricube(distance: f64, farthest: f64) -> f64 {
    // The limits are those of the program STL: the farthest values weigh nothing, and one that stands alone weighs 1.
    if distance <= 0.001 * farthest {
        1.0
    } else if distance <= 0.999 * farthest {
        (1.0 - (distance / farthest).powi(3)).powi(3)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smooth(loess: Loess, values: &[f64], from: f64, len: usize) -> Vec<f64> {
        let mut known = Known::default();
        known.replace(values.iter().copied());
        let mut smooth = vec![f64::NAN; len];
        loess.smooth(&known, from, &mut smooth);
        smooth
    }

    const LINE: Loess = Loess { window: 5, degree: Degree::Line, jump: 1 };

    #[test]
    fn a_line_stays_a_line_where_values_are_missing_and_beyond_the_ends() {
        let values = [1.0, 3.0, f64::NAN, f64::NAN, f64::NAN, 11.0, 13.0, 15.0, 17.0];
        for jump in [1, 4] {
            for (at, smooth) in smooth(Loess { jump, ..LINE }, &values, -1.0, 11).into_iter().enumerate() {
                assert!((smooth - (2.0 * at as f64 - 1.0)).abs() < 1e-9, "{at}: {smooth}");
            }
        }
    }

    #[test]
    fn a_mean_is_that_of_tricube_weights() {
        // Distances 0, 1 and 2 of 2: the farthest weighs nothing, the middle (1 − 1/8)³ = 0.669922.
        let mean = Loess { degree: Degree::Mean, ..LINE };
        let value = smooth(mean, &[0.0, 1.0, 5.0, 2.0, 0.0], 2.0, 1)[0];
        assert!((value - (5.0 + 0.669_921_875 * 3.0) / (1.0 + 2.0 * 0.669_921_875)).abs() < 1e-12, "{value}");
    }

    #[test]
    fn nothing_known_is_nothing() {
        assert_eq!(smooth(LINE, &[f64::NAN; 3], 0.0, 4), [0.0; 4]);
        let one = smooth(LINE, &[f64::NAN, 6.0], 0.0, 3);
        assert!(one.iter().all(|value| (value - 6.0).abs() < 1e-12), "{one:?}");
    }
}
