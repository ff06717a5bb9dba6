//! Reading the source: orders and their lines, folded into sales as they come.
//!
//! Each slice is one snapshot, and each order belongs to exactly one slice, so that the daily, hourly and item figures
//! of a day count the same orders. Memory holds one slice and the facts of the days, never the orders.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use domain::analytics_db::source_days::SourceMap;
use domain::calendar::{BusinessHour, Calendar, SourceClock};
use domain::money::Money;
use domain::order_db::catalogue::Catalogue;
use domain::order_db::{IdRanges, Order, OrderLine, created_between, in_snapshot, lines_of, next_by_id};
use domain::sales::{Line, SalesBook};
use runtime::database::AsyncMysqlConnection;
use tokio::time::timeout;

use super::formerly::Former;
use super::plan::{Older, Plan, Target};
use crate::connections::In;
use crate::failure::Failure;

/// Ids between two SERVED orders across which their lines are still asked for as one range.
const LINE_GAP: i64 = 16;

/// What a run has read.
#[derive(Debug, Default)]
pub(super) struct Extracted {
    /// The facts of the target days and of the older days that joined them.
    pub(super) book: SalesBook,
    /// Days before the window of which an order turned up.
    pub(super) older_days: BTreeSet<NaiveDate>,
    /// Where the orders that were read lie.
    pub(super) map: SourceMap,
    /// The SERVED orders by former calendars, not counting those before the configured first day.
    pub(super) formers: Vec<Former>,
    /// Orders read, as often as they were read.
    pub(super) orders_read: i64,
    /// Lines read.
    pub(super) lines_read: i64,
    /// Orders that belong to no day because their time is a zero date.
    pub(super) undated_orders: i64,
}

/// Reads a source by a plan.
pub(super) struct Extractor<'a> {
    pub(super) connection: AsyncMysqlConnection,
    pub(super) catalogue: &'a Catalogue,
    pub(super) calendar: Calendar,
    pub(super) clock: SourceClock,
    pub(super) first_day: Option<NaiveDate>,
    /// The days that are published by this calendar.
    pub(super) published: BTreeSet<NaiveDate>,
    pub(super) known: &'a SourceMap,
    /// The calendars to count by as well.
    pub(super) formers: Vec<Former>,
    pub(super) highest_id: i64,
    pub(super) orders_a_slice: u32,
}

impl Extractor<'_> {
    /// Reads what the plan says.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub(super) async fn extract(mut self, plan: &Plan) -> Result<Extracted, Failure> {
        let mut found = Extracted { formers: std::mem::take(&mut self.formers), ..Extracted::default() };
        let by_index = plan.index.as_deref();
        let wanted = |day| by_index.is_none() && plan.target.contains(day);
        self.read_ids(&plan.ids, &mut found, wanted, plan.older).await?;
        let older_days = found.older_days.clone();
        match by_index {
            Some(index) => {
                let windows = match &plan.target {
                    Target::Days(days) => days.union(&older_days).copied().collect(),
                    Target::UpTo(_) => older_days,
                };
                self.read_days(&windows, index, &mut found).await?;
            }
            None if !older_days.is_empty() => {
                let lying =
                    older_days.iter().flat_map(|day| self.known.ids_of(*day).union(&found.map.ids_of(*day)));
                let ids = IdRanges::from_ids(lying, 0);
                self.read_ids(&ids, &mut found, |day| older_days.contains(&day), None).await?;
            }
            None => {}
        }
        Ok(found)
    }

    /// Reads the orders with these ids, folds those whose day is wanted, and notes the older days that join the run:
    /// to be read afterwards, whole.
    async fn read_ids(
        &mut self,
        ids: &IdRanges,
        found: &mut Extracted,
        wanted: impl Fn(NaiveDate) -> bool,
        older: Option<Older>,
    ) -> Result<(), Failure> {
        for range in ids.iter() {
            let mut next = Some(*range.start());
            while let Some(start) = next.filter(|start| start <= range.end()) {
                let limit = self.orders_a_slice;
                let (catalogue, end) = (self.catalogue, *range.end());
                let (calendar, clock) = (self.calendar, self.clock);
                let slice = answered(in_snapshot(&mut self.connection, async |connection| {
                    let orders = next_by_id(connection, start..=end, limit).await?;
                    let mut slice = Slice::new(orders, calendar, clock);
                    slice.keep(&wanted);
                    slice.lines =
                        lines_of(connection, &slice.served_ids(), &catalogue.order_id_index).await?;
                    Ok(slice)
                }))
                .await?;
                next = slice
                    .last_id
                    .filter(|_| slice.orders.len() >= limit as usize)
                    .and_then(|id| id.checked_add(1));
                if let Some(older) = older {
                    let joining = slice.orders.iter().filter_map(|placed| self.joins(older, placed));
                    found.older_days.extend(joining);
                }
                found.take_up(slice, self.first_day, self.calendar);
            }
        }
        Ok(())
    }

    /// The older day that an order puts into the run: a published one, or one before the first order known so far.
    fn joins(&self, older: Older, placed: &Placed) -> Option<NaiveDate> {
        let day = placed.at?.day;
        let is_new_first = || {
            placed.order.served
                && self.first_day.is_none_or(|floor| floor <= day)
                && self.known.first_served_day(self.first_day).is_none_or(|first| day < first)
        };
        (day < older.than
            && placed.order.id >= older.entered_from
            && (self.published.contains(&day) || is_new_first()))
        .then_some(day)
    }

    /// Reads these days by the index on `created_at`.
    async fn read_days(
        &mut self,
        days: &BTreeSet<NaiveDate>,
        index: &str,
        found: &mut Extracted,
    ) -> Result<(), Failure> {
        for day in days {
            let window = self.clock.window(self.calendar.start_of(*day)..self.calendar.end_of(*day));
            let (catalogue, highest_id) = (self.catalogue, self.highest_id);
            let (calendar, clock) = (self.calendar, self.clock);
            let slice = answered(in_snapshot(&mut self.connection, async |connection| {
                let orders = created_between(connection, window, highest_id, index).await?;
                let mut slice = Slice::new(orders, calendar, clock);
                // Where the clocks change the window holds orders of the days beside it as well.
                slice.keep(|of| of == *day);
                slice.lines = lines_of(connection, &slice.served_ids(), &catalogue.order_id_index).await?;
                Ok(slice)
            }))
            .await?;
            found.take_up(slice, self.first_day, self.calendar);
        }
        Ok(())
    }
}

/// How long a slice may take: one of ten thousand orders takes well under a second. A source that hangs without ending
/// its connections must not hold the lease for ever.
const SLICE_DEADLINE: Duration = Duration::from_secs(300);

async fn answered<T>(slice: impl Future<Output = QueryResult<T>>) -> Result<T, Failure> {
    timeout(SLICE_DEADLINE, slice).await.map_or_else(
        |_| {
            Err(Failure::Unavailable(format!(
                "order_db has not answered for {SLICE_DEADLINE:?}: see whether its server or the way to it hangs. What \
                 had been published stands; run again"
            )))
        },
        In::in_order_db,
    )
}

/// An order with its place in the book.
struct Placed {
    order: Order,
    at: Option<BusinessHour>,
    instant: Option<DateTime<Utc>>,
    counts: bool,
}

/// The orders of one snapshot, and the lines of those that count.
struct Slice {
    orders: Vec<Placed>,
    lines: Vec<OrderLine>,
    last_id: Option<i64>,
}

impl Slice {
    fn new(orders: Vec<Order>, calendar: Calendar, clock: SourceClock) -> Self {
        let last_id = orders.last().map(|order| order.id);
        let placed = orders.into_iter().map(|order| {
            let instant = order.created_at.0.map(|written| clock.instant_of(written));
            Placed { at: instant.map(|instant| calendar.hour_of(instant)), instant, counts: false, order }
        });
        Self { orders: placed.collect(), lines: Vec::new(), last_id }
    }

    fn keep(&mut self, wanted: impl Fn(NaiveDate) -> bool) {
        for placed in &mut self.orders {
            placed.counts = placed.order.served && placed.at.is_some_and(|at| wanted(at.day));
        }
    }

    fn served_ids(&self) -> IdRanges {
        let ids =
            self.orders.iter().filter(|placed| placed.counts).map(|placed| placed.order.id..=placed.order.id);
        IdRanges::from_ids(ids, LINE_GAP)
    }
}

impl Extracted {
    fn take_up(&mut self, slice: Slice, first_day: Option<NaiveDate>, calendar: Calendar) {
        self.orders_read += count(slice.orders.len());
        self.lines_read += count(slice.lines.len());
        let placed = slice.orders.iter();
        self.map.merge(&SourceMap::of(
            placed.filter_map(|Placed { order, at, .. }| Some(((*at)?.day, order.id, order.served))),
        ));
        let mut days = BTreeMap::new();
        for Placed { order, at, instant, counts } in slice.orders {
            let (Some(at), Some(instant), Some(written)) = (at, instant, order.created_at.0) else {
                self.undated_orders += 1;
                continue;
            };
            if order.served && first_day.is_none_or(|first| calendar.start_of(first) <= instant) {
                self.formers.iter_mut().for_each(|former| former.count(written));
            }
            if counts {
                self.book.add_order(at, order.total_amount.map(Money::from).as_ref());
                days.insert(order.id, at.day);
            }
        }
        for line in slice.lines {
            let Some(day) = days.get(&line.order_id) else { continue };
            let OrderLine { id, item_id, item_name, quantity, unit_price, .. } = line;
            self.book
                .add_line(*day, Line { id, item_id, item_name, quantity, unit_price: unit_price.into() });
        }
    }
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
