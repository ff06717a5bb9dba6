//! `/top-items`: what sold best, best first.

use domain::analytics_db::answers::{ItemTotal, SortBy, published_dates, top_items as best_items};
use domain::money::Money;
use serde::Serialize;

use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::state::State;

/// The second is called revenue by the old service's clients, and item sales everywhere else.
const SORTS: [(&str, SortBy); 2] = [("quantity", SortBy::Quantity), ("revenue", SortBy::Sales)];

/// What CSV shows.
pub(super) const TABLES: &[Table] = &[Table {
    list: "top_items",
    each: None,
    columns: &["item_id", "item_name", "total_quantity", "total_revenue"],
}];

#[derive(Debug, Serialize)]
struct TopItems {
    top_items: Vec<Item>,
    total_items: usize,
}

#[derive(Debug, Serialize)]
struct Item {
    item_id: i64,
    item_name: String,
    total_quantity: i64,
    total_revenue: Money,
}

pub(super) async fn top_items(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let range = parameters.date_range()?;
    let limit = parameters.number("limit", 1..=100, 10)?;
    let sort_by = parameters.choice("sort_by", &SORTS, SortBy::Quantity)?;
    let now = state.now();
    let (header, (items, dates)) = state
        .database
        .read(async |connection, _| {
            let items = best_items(connection, range, sort_by, limit).await?;
            Ok((items, published_dates(connection, range).await?))
        })
        .await?;
    let missing = missing_dates(range, &header, header.first_published, now, dates);
    let top_items =
        TopItems { total_items: items.len(), top_items: items.into_iter().map(Item::from).collect() };
    state.answer(&top_items, header, now, missing)
}

impl From<ItemTotal> for Item {
    fn from(total: ItemTotal) -> Self {
        Self {
            item_id: total.item_id,
            item_name: total.item_name,
            total_quantity: total.quantity,
            total_revenue: total.sales,
        }
    }
}
