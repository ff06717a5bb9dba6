//! `/revisions`: what changed of days that had been served, so that "why did last week change?" has an answer.

use chrono::NaiveDate;
use domain::analytics_db::answers::{self, Header, newest_revisions};
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::csv::Table;
use crate::meta::rfc3339;
use crate::openapi::{Decimal, Described, Example, Figures, Tag, words};
use crate::parameters::{END_DATE, Number, Parameters, START_DATE};
use crate::problem::Problem;
use crate::state::State;

const LIMIT: Number = Number {
    name: "limit",
    about: "Changes shown: the newest so many.",
    legal: 1..=366,
    default: 30,
    default_varies: false,
};

pub(super) const ENDPOINT: Figures = Figures {
    path: "/revisions",
    name: "revisions",
    tag: Tag::Batch,
    summary: "What changed of days that had been served already, newest change first",
    description: "Why last week is not what it was. A row is one business day changed by one run; the first publication \
                  of a day is none. All figures are shown, also those that stayed.",
    parameters: &[&START_DATE, &END_DATE, &LIMIT],
    answers: &[Described::of::<Revisions>()],
    tables: TABLES,
    examples: &[Example {
        name: "since",
        query: "?start_date=2026-11-18",
        answer: include_str!("../openapi/examples/revisions.json"),
    }],
};

/// What CSV shows.
const TABLES: &[Table] = &[Table {
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

/// What changed.
#[derive(Debug, Serialize, ToSchema)]
struct Revisions {
    /// Newest first.
    revisions: Vec<Revision>,
    /// Rows in `revisions`.
    total_revisions: usize,
}

/// A business day changed by a run.
#[derive(Debug, Serialize, ToSchema)]
struct Revision {
    /// The business day.
    date: NaiveDate,
    /// When, in UTC.
    #[schema(format = DateTime)]
    revised_at: String,
    /// `orders`: its orders or their lines are not what they were. `calendar`: a rebuild by another time zone or day
    /// start. `adopted`: the figures before were the old service's. `withdrawn`: it is no business day any more.
    #[schema(value_type = RevisionCause)]
    cause: String,
    /// In `meta.currency`; `to` is null of a day that was withdrawn.
    total_revenue: AmountChange,
    /// Orders served; likewise.
    order_count: CountChange,
    /// Quantity times unit price over all items, in `meta.currency`; `from` is null of an adopted day.
    item_sales: AmountChange,
    /// Hours whose figures differ.
    #[schema(minimum = 0)]
    hours_changed: i32,
    /// Items whose figures or name differ.
    #[schema(minimum = 0)]
    items_changed: i32,
    /// The run that changed it.
    run_id: i64,
    /// What kind of run that was; null if it is not in the ledger any more.
    #[schema(required)]
    run_kind: Option<String>,
    /// From which generation on the figures are the new ones.
    generation: i64,
}

words!(RevisionCause: ["orders", "calendar", "adopted", "withdrawn"]);

/// An amount before and after; null where there is none.
#[derive(Debug, Serialize, ToSchema)]
struct AmountChange {
    /// What it was.
    #[schema(value_type = Option<Decimal>, required)]
    from: Option<Money>,
    /// What it is.
    #[schema(value_type = Option<Decimal>, required)]
    to: Option<Money>,
}

/// A count before and after; null where there is none.
#[derive(Debug, Serialize, ToSchema)]
struct CountChange {
    /// What it was.
    #[schema(required)]
    from: Option<i32>,
    /// What it is.
    #[schema(required)]
    to: Option<i32>,
}

pub(super) async fn revisions(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let range = parameters.date_range()?;
    let limit = parameters.number(&LIMIT)?;
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
            total_revenue: AmountChange { from: Some(revenue.0), to: revenue.1 },
            order_count: CountChange { from: Some(orders.0), to: orders.1 },
            item_sales: AmountChange { from: item_sales.0, to: item_sales.1 },
            hours_changed: revision.hours_changed,
            items_changed: revision.items_changed,
            run_id: revision.run_id,
            run_kind: revision.run_kind,
            generation: revision.generation,
        }
    }
}
