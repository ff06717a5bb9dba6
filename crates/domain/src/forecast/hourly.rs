//! A day's orders by hour: the daily forecast spread by the weekday's own shape.
//!
//! With n(d,k) the orders of open day d in hour k, a(d) its age at the origin and b = ½^(1/H):
//!
//! - evidence      E(w,k) = Σ b^a(d) n(d,k)  over the open days d of weekday w
//! - whole week    o(k) = Σ_w E(w,k) / Σ_w Σ_j E(w,j)
//! - shape         s(w,k) = (E(w,k) + K o(k)) / (Σ_j E(w,j) + K)
//!
//! so that a weekday with few orders leans on the week's shape, worth K orders. Hours never forecast a day's level:
//! they divide what the daily model says, so that the two can never tell different stories.

use super::history::{DayTotals, Series, WEEK};

/// Hours of a day.
pub(super) const HOURS: usize = 24;

/// Days after which a day's hours count half.
const HALF_LIFE: f64 = 91.0;

/// The weight of the whole week's shape in a weekday's, in orders.
const PRIOR_ORDERS: f64 = 100.0;

/// Each weekday's shares of the 24 hours; they add up to 1.
#[derive(Clone, Debug)]
pub(super) struct HourShape {
    shares: [[f64; HOURS]; WEEK],
}

/// The decayed orders by weekday and hour, brought forward day by day: a backtest needs the shape at each origin.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    orders: [[f64; HOURS]; WEEK],
}

impl Evidence {
    /// The evidence of the first days of `series`, whose hours are in `days`.
    pub(super) fn of(series: &Series<'_>, days: &[Option<DayTotals>]) -> Self {
        let mut evidence = Self::default();
        for (index, day) in days.iter().enumerate() {
            evidence.observe(series.slot(index).like, day.as_ref());
        }
        evidence
    }

    /// Takes in the next day.
    pub(super) fn observe(&mut self, weekday: usize, day: Option<&DayTotals>) {
        let decay = 0.5_f64.powf(HALF_LIFE.recip());
        self.orders.iter_mut().flatten().for_each(|orders| *orders *= decay);
        if let Some(day) = day {
            for (sum, orders) in self.orders[weekday % WEEK].iter_mut().zip(day.hourly_orders) {
                // Not a number would stay for ever.
                *sum += if orders.is_finite() { orders.max(0.0) } else { 0.0 };
            }
        }
    }

    /// The shape that the evidence speaks for; without any, all hours are alike.
    pub(super) fn shape(&self) -> HourShape {
        let mut overall = [0.0; HOURS];
        for weekday in &self.orders {
            for (sum, orders) in overall.iter_mut().zip(weekday) {
                *sum += orders;
            }
        }
        let total: f64 = overall.iter().sum();
        let overall = overall.map(|orders| if total > 0.0 { orders / total } else { 1.0 / 24.0 });
        let shares = self.orders.map(|orders| {
            let known: f64 = orders.iter().sum();
            std::array::from_fn(|hour| (orders[hour] + PRIOR_ORDERS * overall[hour]) / (known + PRIOR_ORDERS))
        });
        HourShape { shares }
    }
}

impl HourShape {
    /// The shares of `weekday`'s hours, those that `exists` denies being 0 and the others adding up to 1. If only
    /// hours that do not exist had any, the existing ones share alike.
    pub(super) fn of_day(&self, weekday: usize, exists: impl Fn(usize) -> bool) -> [f64; HOURS] {
        let shares: [f64; HOURS] =
            std::array::from_fn(|hour| if exists(hour) { self.shares[weekday % WEEK][hour] } else { 0.0 });
        let total: f64 = shares.iter().sum();
        if total > 0.0 {
            return shares.map(|share| share / total);
        }
        let alike: [f64; HOURS] = std::array::from_fn(|hour| if exists(hour) { 1.0 } else { 0.0 });
        let existing: f64 = alike.iter().sum::<f64>().max(1.0);
        alike.map(|share| share / existing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(hours: &[(usize, f64)]) -> DayTotals {
        let mut hourly_orders = [0.0; HOURS];
        for (hour, orders) in hours {
            hourly_orders[*hour] = *orders;
        }
        DayTotals { revenue: 0.0, orders: hourly_orders.iter().sum(), hourly_orders }
    }

    #[test]
    fn a_weekday_has_its_own_shape_and_leans_on_the_week() {
        let mut evidence = Evidence::default();
        evidence.observe(0, Some(&day(&[(12, 300.0)])));
        evidence.observe(1, Some(&day(&[(20, 100.0)])));
        let decay = 0.5_f64.powf(1.0 / HALF_LIFE);
        let overall_12 = 300.0 * decay / (300.0 * decay + 100.0);
        let monday = evidence.shape().of_day(0, |_| true);
        let by_hand = (300.0 * decay + PRIOR_ORDERS * overall_12) / (300.0 * decay + PRIOR_ORDERS);
        assert!((monday[12] - by_hand).abs() < 1e-12);
        // A weekday never seen has the week's.
        assert!((evidence.shape().of_day(6, |_| true)[12] - overall_12).abs() < 1e-12);
    }

    #[test]
    fn hours_that_do_not_exist_leave_their_share_to_the_others() {
        let mut evidence = Evidence::default();
        evidence.observe(6, Some(&day(&[(1, 10.0), (2, 20.0), (3, 30.0)])));
        let shares = evidence.shape().of_day(6, |hour| hour != 2);
        assert!((shares[1] - 0.25).abs() < 1e-12 && shares[2] == 0.0 && (shares[3] - 0.75).abs() < 1e-12);
    }

    #[test]
    fn without_a_share_to_go_by_existing_hours_are_alike() {
        let shares = Evidence::default().shape().of_day(0, |hour| hour != 2);
        assert!(shares[2] == 0.0 && (shares[0] - 1.0 / 23.0).abs() < 1e-12);
        let mut evidence = Evidence::default();
        evidence.observe(0, Some(&day(&[(2, 5.0)])));
        let shares = evidence.shape().of_day(0, |hour| hour != 2);
        assert!(shares[2] == 0.0 && (shares[0] - 1.0 / 23.0).abs() < 1e-12);
    }
}
