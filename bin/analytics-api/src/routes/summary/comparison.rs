//! Days held against earlier ones.

use chrono::NaiveDate;
use domain::analytics_db::answers::DateRange;
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::compare::{Compare, percent, percent_of_counts};
use super::totals::Totals;
use crate::openapi::Decimal;

/// What the days are held against, and by how much they differ from it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Comparison {
    /// What was asked for.
    compare: Compare,
    /// The first of the earlier days.
    start_date: NaiveDate,
    /// The last of them.
    end_date: NaiveDate,
    /// What they come to; null, and with it all that follows, if none of them has figures.
    #[schema(required)]
    totals: Option<Totals>,
    /// What was added since.
    #[schema(required)]
    change: Option<Change>,
    /// The same in percent.
    #[schema(required)]
    change_percent: Option<Percent>,
}

/// What was added since.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TotalsChange)]
struct Change {
    /// In `meta.currency`.
    #[schema(value_type = Decimal)]
    total_revenue: Money,
    /// Orders.
    order_count: i64,
    /// In `meta.currency`.
    #[schema(value_type = Decimal)]
    average_order_value: Money,
}

/// What was added, in percent of what was, to one decimal; null where that was not above zero.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TotalsChangePercent)]
struct Percent {
    /// In percent: 12.5 is 12.5 %.
    #[schema(required)]
    total_revenue: Option<f64>,
    /// In percent.
    #[schema(required)]
    order_count: Option<f64>,
    /// In percent.
    #[schema(required)]
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
