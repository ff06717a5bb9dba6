//! `/top-items`: what sold best, best first; on request held against earlier days.

use chrono::NaiveDate;
use domain::analytics_db::answers::{
    DateRange, Header, ItemTotal, SortBy, TopItem, published_dates, top_items as best_items,
};
use domain::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

use super::compare::{COMPARE, Compare, ended, percent, percent_of_counts, share};
use crate::answer::Answer;
use crate::csv::Table;
use crate::missing::missing_dates;
use crate::openapi::{Decimal, Described, Example, Figures, Tag};
use crate::parameters::{Choice, END_DATE, Number, Parameters, START_DATE};
use crate::problem::Problem;
use crate::state::State;

const LIMIT: Number = Number {
    name: "limit",
    about: "Items shown: the best so many.",
    legal: 1..=100,
    default: 10,
    default_varies: false,
};

/// The second is called revenue by the old service's clients, and item sales everywhere else.
const SORT_BY: Choice<SortBy> = Choice {
    name: "sort_by",
    about: "What is best: by `quantity` the most pieces, by `revenue` the highest item sales.",
    legal: &[("quantity", SortBy::Quantity), ("revenue", SortBy::Sales)],
    default: SortBy::Quantity,
};

pub(super) const ENDPOINT: Figures = Figures {
    path: "/top-items",
    name: "top_items",
    tag: Tag::Sales,
    summary: "What sold best, best first; ties by item_id",
    description: "An item is one row, under the name that it had on its latest day in the range. Item sales, quantity \
                  times unit price, need not add up to the revenue of `/summary`, which is what orders were charged. \
                  Items are known of published days only.",
    parameters: &[&START_DATE, &END_DATE, &LIMIT, &SORT_BY, &COMPARE],
    answers: &[Described::of::<TopItems>()],
    tables: TABLES,
    examples: &[
        Example {
            name: "best",
            query: "?limit=2&start_date=2026-11-20",
            answer: include_str!("../openapi/examples/top_items.json"),
        },
        Example {
            name: "compared",
            query: "?limit=1&start_date=2026-11-21&compare=previous",
            answer: include_str!("../openapi/examples/top_items_compared.json"),
        },
    ],
};

/// What CSV shows.
const TABLES: &[Table] = &[
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

/// What sold best.
#[derive(Debug, Serialize, ToSchema)]
struct TopItems {
    /// Best first.
    top_items: Vec<Item>,
    /// Rows in `top_items`.
    total_items: usize,
    /// The earlier days; only with `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
}

/// The days that the range is held against.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemComparison)]
struct Comparison {
    /// What was asked for.
    compare: Compare,
    /// The first of the earlier days.
    start_date: NaiveDate,
    /// The last of them.
    end_date: NaiveDate,
    /// Days that should have figures.
    days_expected: usize,
    /// Days that have figures. With none there is nothing to compare with.
    days_counted: usize,
}

/// An item and what of it was sold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TopItem)]
struct Item {
    /// The ordering platform's id.
    item_id: i64,
    /// Its name on its latest day in the range.
    item_name: String,
    #[serde(flatten)]
    present: Sold,
    // Its members need not be there. Generators of clients leave out what may be null as a whole.
    #[serde(flatten)]
    #[schema(value_type = Versus)]
    versus: Option<Versus>,
}

/// What an item sold over some days, and its place among the items.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemSales)]
struct Sold {
    /// Pieces sold.
    total_quantity: i64,
    /// Item sales, quantity times unit price, in `meta.currency`.
    #[schema(value_type = Decimal)]
    total_revenue: Money,
    /// Its place by `sort_by`, 1 being the best; null of an item that sold nothing.
    #[schema(required, minimum = 1)]
    rank: Option<i64>,
    /// In percent of the sales of all items, to one decimal; null where those are not above zero.
    #[schema(required)]
    share_percent: Option<f64>,
}

/// An item held against what it sold before; only with `compare`. All is null where no day has figures to compare with.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ItemVersus)]
struct Versus {
    /// Places gained; null of an item that sold nothing before.
    rank_change: Option<i64>,
    /// What it sold on the earlier days.
    previous: Option<Sold>,
    /// What was added since.
    change: Option<Change>,
    /// The same in percent.
    change_percent: Option<Percent>,
}

/// What an item sold more than before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemChange)]
struct Change {
    /// Pieces.
    total_quantity: i64,
    /// Item sales, in `meta.currency`.
    #[schema(value_type = Decimal)]
    total_revenue: Money,
}

/// What was added, in percent of what was, to one decimal; null where that was not above zero.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemChangePercent)]
struct Percent {
    /// In percent: 12.5 is 12.5 %.
    #[schema(required)]
    total_quantity: Option<f64>,
    /// In percent.
    #[schema(required)]
    total_revenue: Option<f64>,
}

pub(super) async fn top_items(state: &State, parameters: &Parameters) -> Result<Answer, Problem> {
    let range = parameters.date_range()?;
    let limit = parameters.number(&LIMIT)?;
    let sort_by = parameters.choice(&SORT_BY)?;
    let compare = parameters.choice(&COMPARE)?;
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
        let present = Sold::new(Some(rank), &item.total);
        Self { item_id: item.item_id, item_name: item.item_name, present, versus }
    }
}

impl Sold {
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
            previous: Some(Sold::new(place, &base)),
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
