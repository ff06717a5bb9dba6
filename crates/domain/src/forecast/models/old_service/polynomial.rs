//! Regression on time: the polynomial of least squares through the latest open days, a line where its degree is 1.
//!
//! With x the day, moved and scaled so that the days fitted to span −1 … 1, and sums over those days:
//!
//! - ŷ(x) = Σ c(j) p(j,x),  c(j) = Σ y p(j) / Σ p(j)²
//! - p(0) = 1,  p(j+1,x) = (x − a(j)) p(j,x) − b(j) p(j−1,x)
//! - a(j) = Σ x p(j)² / Σ p(j)²,  b(j) = Σ p(j)² / Σ p(j−1)²,  b(0) = 0
//!
//! The p are orthogonal over the days, so that no ill-conditioned system of equations is solved. A curve goes on beyond
//! the last day as it will: far ahead a polynomial leaves everything that was ever sold.
//!
//! Source: Forsythe, "Generation and use of orthogonal polynomials for data-fitting with a digital computer", *Journal
//! of the SIAM* 5 (1957), 74–88.

/// A polynomial of least squares.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Polynomial {
    centre: f64,
    half_width: f64,
    terms: Vec<Term>,
}

/// c, a and b of one degree.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Term {
    coefficient: f64,
    shift: f64,
    ratio: f64,
}

impl Polynomial {
    /// The polynomial of at most `degree` through `days`, day and value, oldest first and no day twice; of a lower one
    /// where there are not that many days, and 0 where there are none.
    pub(super) fn fit(days: &[(f64, f64)], degree: usize) -> Self {
        let (first, last) = (days.first().map_or(0.0, |day| day.0), days.last().map_or(0.0, |day| day.0));
        let (centre, half_width) = (f64::midpoint(first, last), ((last - first) / 2.0).max(0.5));
        let xs: Vec<f64> = days.iter().map(|(day, _)| (day - centre) / half_width).collect();
        let (mut current, mut before) = (vec![1.0; days.len()], vec![0.0; days.len()]);
        let mut size_before = None;
        let mut terms = Vec::new();
        for _ in 0..(degree + 1).min(days.len()) {
            let size: f64 = current.iter().map(|p| p * p).sum();
            let along: f64 = current.iter().zip(days).map(|(p, (_, value))| p * value).sum();
            let moment: f64 = current.iter().zip(&xs).map(|(p, x)| x * p * p).sum();
            let term = Term {
                coefficient: along / size,
                shift: moment / size,
                ratio: size_before.map_or(0.0, |before| size / before),
            };
            for ((p, earlier), x) in current.iter_mut().zip(&mut before).zip(&xs) {
                let next = term.next(*x, *p, *earlier);
                (*earlier, *p) = (*p, next);
            }
            size_before = Some(size);
            terms.push(term);
        }
        Self { centre, half_width, terms }
    }

    /// ŷ of `day`.
    pub(super) fn at(&self, day: f64) -> f64 {
        let x = (day - self.centre) / self.half_width;
        let (mut sum, mut p, mut before) = (0.0, 1.0, 0.0);
        for term in &self.terms {
            sum += term.coefficient * p;
            (p, before) = (term.next(x, p, before), p);
        }
        sum
    }
}

impl Term {
    /// p(j+1) from p(j) and p(j−1).
    fn next(self, x: f64, p: f64, before: f64) -> f64 {
        (x - self.shift) * p - self.ratio * before
    }
}
