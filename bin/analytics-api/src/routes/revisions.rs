//! `/revisions`: what changed of days that had been served, so that "why did last week change?" has an answer.

use chrono::NaiveDate;
use domain::analytics_db::answers::{self, Header, newest_revisions};
use domain::money::Money;
use serde::Serialize;

use crate::answer::Answer;
use crate::csv::Table;
use crate::meta::rfc3339;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::state::State;

/// What CSV shows.
pub(super) const TABLES: &[Table] = &[Table {
    list: "revisions",
    beside: None,
    each: None,
    columns: &[
        "date",
        "revised_at",
        "cause",
        "total_revenue.from",
        "total_revenue.to",
        "order_count.from",
        "order_count.to",
        "item_sales.from",
        "item_sales.to",
        "hours_changed",
        "items_changed",
        "run_id",
        "run_kind",
        "generation",
    ],
}];

#[derive(Debug, Serialize)]
struct Revisions {
    revisions: Vec<Revision>,
    total_revisions: usize,
}

#[derive(Debug, Serialize)]
struct Revision {
    date: NaiveDate,
    revised_at: String,
    cause: String,
    total_revenue: Change<Option<Money>>,
    order_count: Change<Option<i32>>,
    item_sales: Change<Option<Money>>,
    hours_changed: i32,
    items_changed: i32,
    run_id: i64,
    run_kind: Option<String>,
    generation: i64,
}

/// A figure before and after; null where there is none.
#[derive(Debug, Serialize)]
struct Change<T> {
    from: T,
    to: T,
}

pub(super) async fn revisions(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let range = parameters.date_range()?;
    let limit = parameters.number("limit", 1..=366, 30)?;
    let now = state.now();
    let read = async |connection: &mut _, _: &Header| newest_revisions(connection, range, limit).await;
    let (header, rows) = state.database.read(read).await?;
    let revisions =
        Revisions { total_revisions: rows.len(), revisions: rows.into_iter().map(Revision::from).collect() };
    state.answer(&revisions, header, now, Vec::new())
}

impl From<answers::Revision> for Revision {
    fn from(revision: answers::Revision) -> Self {
        let (revenue, orders, item_sales) = (revision.revenue, revision.orders, revision.item_sales);
        Self {
            date: revision.date,
            revised_at: rfc3339(revision.revised_at),
            cause: revision.cause,
            total_revenue: Change { from: Some(revenue.0), to: revenue.1 },
            order_count: Change { from: Some(orders.0), to: orders.1 },
            item_sales: Change { from: item_sales.0, to: item_sales.1 },
            hours_changed: revision.hours_changed,
            items_changed: revision.items_changed,
            run_id: revision.run_id,
            run_kind: revision.run_kind,
            generation: revision.generation,
        }
    }
}
