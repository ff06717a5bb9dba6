//! Weighted least squares of a few terms, that outliers do not rule.
//!
//! β minimises Σ w(i) (y(i) − x(i)β)² + ρ Σ_j β_j² Σ w(i) x_j(i)², w(i) being 1 at first and then [`TIMES`] times
//! m / max(|e(i)|, m), with e(i) the errors of the last β and m the mean of their sizes: Huber's weights.
//!
//! Source: Hoerl & Kennard, "Ridge regression", *Technometrics* 12 (1970), 55–67, each term on its own scale; Huber,
//! *Robust Statistics*, Wiley 1981, section 7.8, by iterated weights.

/// ρ: what keeps terms that say the same from cancelling each other out.
const RIDGE: f64 = 0.001;

/// How often weights are made anew.
const TIMES: usize = 2;

/// The least share of a term's own size that must not be told by the terms before it.
const LEAST_PIVOT: f64 = 1e-9;

/// What a row is made of and what came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<const N: usize> {
    /// x(i).
    pub(super) terms: [f64; N],
    /// y(i).
    pub(super) outcome: f64,
}

impl<const N: usize> Row<N> {
    fn error(&self, weights: &[f64; N]) -> f64 {
        self.outcome - product(&self.terms, weights)
    }
}

/// xβ.
pub(super) fn product<const N: usize>(terms: &[f64; N], weights: &[f64; N]) -> f64 {
    terms.iter().zip(weights).map(|(term, weight)| term * weight).sum()
}

/// β. Terms that are zero throughout, or say nothing of their own, weigh nothing.
pub(super) fn solve<const N: usize>(rows: &[Row<N>]) -> [f64; N] {
    let mut best = Normal::of(rows, |_| 1.0).solve();
    for _ in 0..TIMES {
        let sizes = rows.iter().map(|row| row.error(&best).abs());
        let mean = sizes.sum::<f64>() / rows.len().max(1) as f64;
        if mean <= 0.0 {
            break;
        }
        best = Normal::of(rows, |row| mean / row.error(&best).abs().max(mean)).solve();
    }
    best
}

/// The normal equations, of which the lower half is kept.
struct Normal<const N: usize> {
    products: [[f64; N]; N],
    outcomes: [f64; N],
}

impl<const N: usize> Normal<N> {
    fn of(rows: &[Row<N>], weight: impl Fn(&Row<N>) -> f64) -> Self {
        let (mut products, mut outcomes) = ([[0.0; N]; N], [0.0; N]);
        for row in rows {
            let weight = weight(row);
            for (i, term) in row.terms.iter().enumerate() {
                let weighted = weight * term;
                for (sum, other) in products[i].iter_mut().zip(&row.terms[..=i]) {
                    *sum += weighted * other;
                }
                outcomes[i] += weighted * row.outcome;
            }
        }
        Self { products, outcomes }
    }

    /// By Cholesky's decomposition.
    fn solve(&self) -> [f64; N] {
        let mut root = [[0.0; N]; N];
        for i in 0..N {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| root[i][k] * root[j][k]).sum();
                root[i][j] = if i > j {
                    if root[j][j] > 0.0 { (self.products[i][j] - known) / root[j][j] } else { 0.0 }
                } else {
                    let size = self.products[i][i];
                    let pivot = size * (1.0 + RIDGE) - known;
                    if pivot > LEAST_PIVOT * size { pivot.sqrt() } else { 0.0 }
                };
            }
        }
        let divided = |value: f64, pivot: f64| if pivot > 0.0 { value / pivot } else { 0.0 };
        let mut half = [0.0; N];
        for i in 0..N {
            let known: f64 = (0..i).map(|k| root[i][k] * half[k]).sum();
            half[i] = divided(self.outcomes[i] - known, root[i][i]);
        }
        let mut solved = [0.0; N];
        for i in (0..N).rev() {
            let known: f64 = (i + 1..N).map(|k| root[k][i] * solved[k]).sum();
            solved[i] = divided(half[i] - known, root[i][i]);
        }
        solved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(outcome: impl Fn(f64, f64) -> f64) -> Vec<Row<3>> {
        let terms = (0..60).map(|i| (f64::from(i % 7) - 3.0, f64::from(i * i % 11)));
        terms.map(|(a, b)| Row { terms: [1.0, a, b], outcome: outcome(a, b) }).collect()
    }

    fn assert_near(ours: [f64; 3], truth: [f64; 3], within: f64) {
        for (ours, truth) in ours.iter().zip(truth) {
            assert!((ours - truth).abs() < within, "{ours} is not {truth}");
        }
    }

    #[test]
    fn finds_what_the_rows_are_made_of() {
        // But for the ridge, which takes a little off each.
        assert_near(solve(&rows(|a, b| 5.0 + 2.0 * a - 0.5 * b)), [5.0, 2.0, -0.5], 0.05);
    }

    #[test]
    fn a_wild_row_does_not_rule() {
        let mut rows = rows(|a, b| 5.0 + 2.0 * a - 0.5 * b + (a * b).sin());
        let before = solve(&rows);
        rows[30].outcome += 1000.0;
        let (robust, plain) = (solve(&rows), Normal::of(&rows, |_| 1.0).solve());
        let moved = |after: [f64; 3]| (after[0] - before[0]).abs();
        assert!(moved(robust) < moved(plain) / 4.0, "{robust:?} {plain:?} {before:?}");
    }

    #[test]
    fn terms_that_say_nothing_weigh_nothing() {
        let silent: Vec<Row<3>> =
            (0..9).map(|i| Row { terms: [1.0, 0.0, f64::from(i)], outcome: 4.0 }).collect();
        let solved = solve(&silent);
        assert!(solved[1] == 0.0 && (solved[0] - 4.0).abs() < 0.05, "{solved:?}");
        assert_eq!(solve::<3>(&[]), [0.0; 3]);
    }
}
