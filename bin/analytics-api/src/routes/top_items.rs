//! `/top-items`: what sold best, best first; on request held against earlier days.

use chrono::NaiveDate;
use domain::analytics_db::answers::{
    DateRange, Header, ItemTotal, SortBy, TopItem, published_dates, top_items as best_items,
};
use domain::money::Money;
use serde::Serialize;

use super::compare::{COMPARISONS, Compare, ended, percent, percent_of_counts, share};
use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::state::State;

/// The second is called revenue by the old service's clients, and item sales everywhere else.
const SORTS: [(&str, SortBy); 2] = [("quantity", SortBy::Quantity), ("revenue", SortBy::Sales)];

/// What CSV shows.
pub(super) const TABLES: &[Table] = &[
    Table {
        list: "top_items",
        beside: Some("comparison"),
        each: None,
        columns: &[
            "item_id",
            "item_name",
            "total_quantity",
            "total_revenue",
            "rank",
            "share_percent",
            "rank_change",
            "previous.rank",
            "previous.total_quantity",
            "previous.total_revenue",
            "previous.share_percent",
            "change.total_quantity",
            "change.total_revenue",
            "change_percent.total_quantity",
            "change_percent.total_revenue",
        ],
    },
    Table {
        list: "top_items",
        beside: None,
        each: None,
        columns: &["item_id", "item_name", "total_quantity", "total_revenue", "rank", "share_percent"],
    },
];

#[derive(Debug, Serialize)]
struct TopItems {
    top_items: Vec<Item>,
    total_items: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
}

/// The days that the range is held against.
#[derive(Debug, Serialize)]
struct Comparison {
    compare: Compare,
    start_date: NaiveDate,
    end_date: NaiveDate,
    days_expected: usize,
    /// With none there is nothing to compare with.
    days_counted: usize,
}

#[derive(Debug, Serialize)]
struct Item {
    item_id: i64,
    item_name: String,
    #[serde(flatten)]
    present: Figures,
    #[serde(flatten)]
    versus: Option<Versus>,
}

/// What an item sold over some days, and its place among the items.
#[derive(Debug, Serialize)]
struct Figures {
    total_quantity: i64,
    total_revenue: Money,
    /// None of an item that sold nothing.
    rank: Option<i64>,
    /// Of the sales of all items; none where those are not above zero.
    share_percent: Option<f64>,
}

/// An item held against what it sold before. All is none where no day has figures to compare with.
#[derive(Debug, Default, Serialize)]
struct Versus {
    /// Places gained; none of an item that sold nothing before.
    rank_change: Option<i64>,
    previous: Option<Figures>,
    change: Option<Change>,
    change_percent: Option<Percent>,
}

#[derive(Debug, Serialize)]
struct Change {
    total_quantity: i64,
    total_revenue: Money,
}

/// The same in percent of what was, to one decimal; none where that was not above zero.
#[derive(Debug, Serialize)]
struct Percent {
    total_quantity: Option<f64>,
    total_revenue: Option<f64>,
}

pub(super) async fn top_items(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let range = parameters.date_range()?;
    let limit = parameters.number("limit", 1..=100, 10)?;
    let sort_by = parameters.choice("sort_by", &SORTS, SortBy::Quantity)?;
    let compare = parameters.choice("compare", &COMPARISONS, None)?;
    let now = state.now();
    let base_of = |header: &Header| {
        let asked = since_the_first_day(ended(range, header, now), header);
        compare.and_then(|compare| Some((compare, compare.base(asked)?)))
    };
    let (header, (items, mut dates)) = state
        .database
        .read(async |connection, header| {
            let base = base_of(header).map_or(DateRange::NONE, |(_, base)| base);
            let (all, base_all) = (widened(range, header), widened(base, header));
            let items = best_items(connection, all, base_all, sort_by, limit).await?;
            Ok((items, published_dates(connection, range, base).await?))
        })
        .await?;
    let comparison = base_of(&header).map(|(compare, base)| Comparison::new(compare, base, &header, &dates));
    dates.retain(|date| (range.first..=range.last).contains(date));
    let missing = missing_dates(range, &header, header.first_published, now, dates);
    let items: Vec<Item> =
        (1..).zip(items).map(|(rank, item)| Item::new(rank, item, comparison.as_ref())).collect();
    let top_items = TopItems { total_items: items.len(), top_items: items, comparison };
    state.answer(&top_items, header, now, missing)
}

/// The range from the first published day on, where its beginning is open.
fn since_the_first_day(range: DateRange, header: &Header) -> DateRange {
    let first = header.first_published.filter(|_| range.first == DateRange::ALL.first);
    DateRange { first: first.unwrap_or(range.first), ..range }
}

/// The range without an end where nothing is published beyond it: whole months and years are read faster than days.
fn widened(range: DateRange, header: &Header) -> DateRange {
    let from_the_first = header.first_published.is_some_and(|first| range.first <= first);
    let to_the_last = header.computed_through.is_some_and(|last| range.last >= last);
    DateRange {
        first: if from_the_first { DateRange::ALL.first } else { range.first },
        last: if to_the_last { DateRange::ALL.last } else { range.last },
    }
}

impl Comparison {
    fn new(compare: Compare, base: DateRange, header: &Header, published: &[NaiveDate]) -> Self {
        // Of days before the first published one nothing is expected.
        let first = header.first_published.unwrap_or(DateRange::ALL.last);
        let held = base.intersection(DateRange { first, ..DateRange::ALL });
        Self {
            compare,
            start_date: base.first,
            end_date: base.last,
            days_expected: held.days().count(),
            days_counted: published.iter().filter(|date| (base.first..=base.last).contains(date)).count(),
        }
    }
}

impl Item {
    fn new(rank: i64, item: TopItem, comparison: Option<&Comparison>) -> Self {
        let versus = comparison.map(|comparison| match comparison.days_counted {
            0 => Versus::default(),
            _ => Versus::new(rank, &item.total, item.base),
        });
        let present = Figures::new(Some(rank), &item.total);
        Self { item_id: item.item_id, item_name: item.item_name, present, versus }
    }
}

impl Figures {
    fn new(rank: Option<i64>, total: &ItemTotal) -> Self {
        Self {
            total_quantity: total.quantity,
            total_revenue: total.sales.clone(),
            rank,
            share_percent: share(&total.sales, &total.all_sales),
        }
    }
}

impl Versus {
    fn new(rank: i64, present: &ItemTotal, base: Option<(i64, ItemTotal)>) -> Self {
        let (place, base) = base.unzip();
        let base = base.unwrap_or_default();
        Self {
            rank_change: place.map(|place| place - rank),
            previous: Some(Figures::new(place, &base)),
            change: Some(Change {
                total_quantity: present.quantity - base.quantity,
                total_revenue: &present.sales - &base.sales,
            }),
            change_percent: Some(Percent {
                total_quantity: percent_of_counts(present.quantity, base.quantity),
                total_revenue: percent(&present.sales, &base.sales),
            }),
        }
    }
}
