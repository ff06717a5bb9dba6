//! Days held against earlier ones.

use chrono::NaiveDate;
use domain::analytics_db::answers::DateRange;
use domain::money::Money;
use serde::Serialize;

use super::super::compare::{Compare, percent, percent_of_counts};
use super::totals::Totals;

/// What the days are held against, and by how much they differ from it.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    compare: Compare,
    start_date: NaiveDate,
    end_date: NaiveDate,
    /// None, and with it all that follows, if none of the earlier days has figures.
    totals: Option<Totals>,
    change: Option<Change>,
    change_percent: Option<Percent>,
}

/// What was added since.
#[derive(Debug, Serialize)]
struct Change {
    total_revenue: Money,
    order_count: i64,
    average_order_value: Money,
}

/// The same in percent of what was, to one decimal; none where that was not above zero.
#[derive(Debug, Serialize)]
struct Percent {
    total_revenue: Option<f64>,
    order_count: Option<f64>,
    average_order_value: Option<f64>,
}

impl Comparison {
    /// Holds `present` against `base`, the totals of the days `of`.
    pub(super) fn new(compare: Compare, present: &Totals, of: DateRange, base: Totals) -> Self {
        let totals = (base.days_counted > 0).then_some(base);
        Self {
            compare,
            start_date: of.first,
            end_date: of.last,
            change: totals.as_ref().map(|base| Change {
                total_revenue: &present.total_revenue - &base.total_revenue,
                order_count: present.order_count - base.order_count,
                average_order_value: &present.average_order_value - &base.average_order_value,
            }),
            change_percent: totals.as_ref().map(|base| Percent {
                total_revenue: percent(&present.total_revenue, &base.total_revenue),
                order_count: percent_of_counts(present.order_count, base.order_count),
                average_order_value: percent(&present.average_order_value, &base.average_order_value),
            }),
            totals,
        }
    }
}
