//! The least of a function of a few variables, without derivatives.
//!
//! Source: Nelder & Mead, "A simplex method for function minimization", *The Computer Journal* 7 (1965), 308–313, with
//! the usual coefficients 1, 2, ½, ½.

/// The most variables.
pub(super) const MOST: usize = 6;

/// A point; variables beyond those in use stay as they were given.
pub(super) type Point = [f64; MOST];

/// Where and how long to look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    /// How many variables are in use.
    pub(super) variables: usize,
    /// The point to start from.
    pub(super) start: Point,
    /// How far to look from it at first, in each variable.
    pub(super) width: Point,
    /// The most evaluations.
    pub(super) evaluations: usize,
    /// The relative difference of values at which the simplex has settled.
    pub(super) tolerance: f64,
}

/// The least point found, and its value. A function forbids a point by being infinite there.
pub(super) fn minimise(function: impl Fn(&Point) -> f64, search: &Search) -> (Point, f64) {
    let count = search.variables.min(MOST);
    let mut simplex = Simplex::around(&function, search, count);
    let mut evaluations = count + 1;
    loop {
        simplex.corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (best, next, worst) =
            (simplex.corners[0].1, simplex.corners[count.saturating_sub(1)].1, simplex.corners[count].1);
        let settled = (worst - best).abs() <= search.tolerance * (best.abs() + search.tolerance);
        if settled || evaluations >= search.evaluations || !best.is_finite() {
            return simplex.corners[0];
        }
        let reflected = simplex.along(&function, -1.0);
        evaluations += 1;
        let better = if reflected.1 < best {
            evaluations += 1;
            let expanded = simplex.along(&function, -2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < next {
            reflected
        } else {
            evaluations += 1;
            let contracted = simplex.along(&function, if reflected.1 < worst { -0.5 } else { 0.5 });
            if contracted.1 >= worst.min(reflected.1) {
                evaluations += count;
                simplex.shrink(&function);
                continue;
            }
            contracted
        };
        simplex.corners[count] = better;
    }
}

struct Simplex {
    /// Points and their values; one more than there are variables.
    corners: Vec<(Point, f64)>,
}

impl Simplex {
    fn around(function: impl Fn(&Point) -> f64, search: &Search, count: usize) -> Self {
        let mut corners = vec![(search.start, function(&search.start))];
        for axis in 0..count {
            let mut corner = search.start;
            corner[axis] += search.width[axis];
            let mut value = function(&corner);
            if !value.is_finite() {
                corner[axis] = search.start[axis] - search.width[axis];
                value = function(&corner);
            }
            corners.push((corner, value));
        }
        Self { corners }
    }

    /// The point on the line from the centre of all corners but the last, the worst, to that one.
    fn along(&self, function: impl Fn(&Point) -> f64, factor: f64) -> (Point, f64) {
        let others = self.corners.len() - 1;
        let worst = self.corners[others].0;
        let at: Point = std::array::from_fn(|axis| {
            let centre =
                self.corners[..others].iter().map(|(at, _)| at[axis]).sum::<f64>() / others.max(1) as f64;
            centre + factor * (worst[axis] - centre)
        });
        (at, function(&at))
    }

    fn shrink(&mut self, function: impl Fn(&Point) -> f64) {
        let nearest = self.corners[0].0;
        for (at, value) in &mut self.corners[1..] {
            *at = std::array::from_fn(|axis| f64::midpoint(at[axis], nearest[axis]));
            *value = function(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(variables: usize, start: [f64; 2], width: f64) -> Search {
        let mut point = [0.0; MOST];
        point[..2].copy_from_slice(&start);
        Search { variables, start: point, width: [width; MOST], evaluations: 1000, tolerance: 1e-12 }
    }

    #[test]
    fn finds_the_valley_of_rosenbrock() {
        let valley = |at: &Point| (1.0 - at[0]).powi(2) + 100.0 * (at[1] - at[0] * at[0]).powi(2);
        let (at, least) = minimise(valley, &search(2, [-1.2, 1.0], 0.5));
        assert!(least < 1e-9 && (at[0] - 1.0).abs() < 1e-4 && (at[1] - 1.0).abs() < 1e-4, "{at:?}");
    }

    #[test]
    fn stays_where_it_may_be() {
        let walled = |at: &Point| if at[0] < 0.5 { f64::INFINITY } else { at[0] };
        let (at, _) = minimise(walled, &search(1, [0.9, 7.0], 0.2));
        assert!((at[0] - 0.5).abs() < 1e-6 && (at[1] - 7.0).abs() < 1e-12, "{at:?}");
    }
}
