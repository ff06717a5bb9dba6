//! What days come to together.

use domain::analytics_db::answers::DailyRow;
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::Decimal;

/// The figures of some days, and how many of the days that should have figures have them.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(super) struct Totals {
    /// The sum of the totals of the orders, in `meta.currency`.
    #[schema(value_type = Decimal)]
    pub(super) total_revenue: Money,
    /// Orders served.
    #[schema(minimum = 0)]
    pub(super) order_count: i64,
    /// Revenue by order, in `meta.currency`; `0.00` without orders.
    #[schema(value_type = Decimal)]
    pub(super) average_order_value: Money,
    /// Revenue by day counted, in `meta.currency`; `0.00` of none.
    #[schema(value_type = Decimal)]
    average_daily_revenue: Money,
    /// Days that should have figures.
    days_expected: usize,
    /// Days that have figures, and whose sum this is.
    pub(super) days_counted: usize,
}

impl Totals {
    /// The totals of `rows`, of which there should be one for each of `days_expected` days.
    pub(super) fn of<'a>(rows: impl IntoIterator<Item = &'a DailyRow>, days_expected: usize) -> Self {
        let mut totals = Self { days_expected, ..Self::default() };
        for row in rows {
            totals.total_revenue += &row.total_revenue;
            totals.order_count += i64::from(row.order_count);
            totals.days_counted += 1;
        }
        let over = |count: Option<u32>| totals.total_revenue.average_over(count.unwrap_or(u32::MAX));
        let average_order_value = over(totals.order_count.try_into().ok());
        let average_daily_revenue = over(totals.days_counted.try_into().ok());
        Self { average_order_value, average_daily_revenue, ..totals }
    }
}
