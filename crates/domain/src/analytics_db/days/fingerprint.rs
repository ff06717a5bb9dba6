//! Fingerprints of business days: few enough figures to compare years of them with the source in one pass.
//!
//! They tell orders from one another, and not their lines: a day whose lines alone have changed keeps its fingerprint.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::super::schema::{daily_revenue_cache, published_days};
use crate::money::Money;
use crate::sales::DaySales;

/// What tells the orders of one business day from others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// How many SERVED orders there are.
    pub orders: i64,
    /// The sum of their totals, rounded as it is published.
    pub revenue: Money,
    /// The highest of their ids. Of a published day none as well if it last changed before this was kept.
    pub highest_order_id: Option<i64>,
}

/// Date, highest order id, order count, revenue.
type Row = (NaiveDate, Option<i64>, Option<i32>, Option<BigDecimal>);

impl Fingerprint {
    /// Of what a day sold.
    #[must_use]
    pub fn of(sales: &DaySales) -> Self {
        Self {
            orders: sales.orders().into(),
            revenue: sales.revenue().rounded(),
            highest_order_id: sales.highest_order_id,
        }
    }
}

/// The fingerprints of all published days.
///
/// # Errors
/// If the database refuses.
pub async fn fingerprints(
    connection: &mut AsyncMysqlConnection,
) -> QueryResult<BTreeMap<NaiveDate, Fingerprint>> {
    // A day that has lost its row is served as one without orders, and so it is compared.
    let of_day = daily_revenue_cache::table.on(daily_revenue_cache::date.eq(published_days::date));
    let rows: Vec<Row> = published_days::table
        .left_join(of_day)
        .select((
            published_days::date,
            published_days::highest_order_id,
            daily_revenue_cache::order_count.nullable(),
            daily_revenue_cache::total_revenue.nullable(),
        ))
        .load(connection)
        .await?;
    let days = rows.into_iter().map(|(date, highest_order_id, orders, revenue)| {
        let orders = orders.map_or(0, i64::from);
        (date, Fingerprint { orders, revenue: revenue.unwrap_or_default().into(), highest_order_id })
    });
    Ok(days.collect())
}
