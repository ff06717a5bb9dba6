//! Reading the source: orders and what they sold, folded into the book as they come.
//!
//! Each slice is one snapshot, and each order belongs to exactly one slice, so that the daily, hourly and item figures
//! of a day count the same orders. Memory holds a slice a connection and the facts of the days, never the orders.

use std::collections::{BTreeSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::NaiveDate;
use domain::analytics_db::source_days::SourceMap;
use domain::calendar::{Calendar, SourceClock};
use domain::order_db::catalogue::Catalogue;
use domain::order_db::{IdRanges, Sold};
use domain::sales::SalesBook;
use futures_util::future::try_join_all;
use runtime::database::AsyncMysqlConnection;
use runtime::settings::{DatabaseSettings, ExtractorChoice};
use tokio::time::sleep;

use super::formerly::Former;
use super::plan::{Older, Plan, Target};
use super::slice::{Asked, Placed, Slice};
use crate::failure::Failure;
use crate::retry::Retry;

/// Parts that a range of ids is cut into for each connection, so that all of them end at about the same time although
/// some parts hold fewer orders.
const PARTS_A_JOB: usize = 16;

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
    /// Lines of the orders that count, read one by one or summed by the source.
    pub(super) lines_read: i64,
    /// Orders that belong to no day because their time is a zero date.
    pub(super) undated_orders: i64,
}

/// How hard the source may be asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Connections that read at the same time.
    pub(super) jobs: usize,
    /// Orders in a slice.
    pub(super) orders_a_slice: u32,
    /// The pause of each connection between two slices.
    pub(super) throttle: Duration,
}

/// Reads a source by a plan.
pub(super) struct Reader<'a> {
    /// The first connection, or none if it is gone; others are opened when there is enough to read.
    pub(super) connection: Option<AsyncMysqlConnection>,
    pub(super) pace: Pace,
    pub(super) source: Source<'a>,
    /// The calendars to count by as well.
    pub(super) formers: Vec<Former>,
}

/// What is known of the source, and of the days that its orders belong to.
pub(super) struct Source<'a> {
    pub(super) database: &'a DatabaseSettings,
    pub(super) retry: Retry,
    pub(super) catalogue: &'a Catalogue,
    pub(super) calendar: Calendar,
    pub(super) clock: SourceClock,
    /// How what orders sold is read; none where the orders alone are wanted.
    pub(super) extractor: Option<ExtractorChoice>,
    pub(super) first_day: Option<NaiveDate>,
    /// The days that are published by this calendar.
    pub(super) published: BTreeSet<NaiveDate>,
    pub(super) known: &'a SourceMap,
    pub(super) lowest_id: i64,
    pub(super) highest_id: i64,
}

/// What one connection reads next: no two parts share an order that is wanted.
enum Part<'a> {
    /// The orders of any day with these ids.
    Ids(RangeInclusive<i64>),
    /// The orders of one day, by this index on `created_at`.
    Day(NaiveDate, &'a str),
}

/// What to make of the orders that are read.
struct Purpose<'a> {
    /// The days whose orders count.
    wanted: &'a (dyn Fn(NaiveDate) -> bool + Sync),
    /// Which orders put an older day into the run.
    older: Option<Older>,
}

impl Reader<'_> {
    /// Reads what the plan says.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub(super) async fn read_all(mut self, plan: &Plan) -> Result<Extracted, Failure> {
        let mut found = Extracted { formers: std::mem::take(&mut self.formers), ..Extracted::default() };
        let by_index = plan.index.as_deref();
        let wanted = |day| by_index.is_none() && plan.target.contains(day);
        let purpose = Purpose { wanted: &wanted, older: plan.older };
        self.read(self.parts(&plan.ids), &purpose, &mut found).await?;
        let older_days = found.older_days.clone();
        if let Some(index) = by_index {
            let windows = match &plan.target {
                Target::Days(days) => days.union(&older_days).copied().collect(),
                Target::UpTo(_) => older_days,
            };
            let parts = windows.into_iter().map(|day| Part::Day(day, index)).collect();
            self.read(parts, &Purpose { wanted: &|_| true, older: None }, &mut found).await?;
        } else if !older_days.is_empty() {
            let known = self.source.known;
            let lying = older_days.iter().flat_map(|day| known.ids_of(*day).union(&found.map.ids_of(*day)));
            let parts = self.parts(&IdRanges::from_ids(lying, 0));
            let wanted = |day| older_days.contains(&day);
            self.read(parts, &Purpose { wanted: &wanted, older: None }, &mut found).await?;
        }
        Ok(found)
    }

    /// The ids in parts, each for one connection to read.
    fn parts<'p>(&self, ids: &IdRanges) -> VecDeque<Part<'p>> {
        ids.iter().flat_map(|range| cut(range, self.source.lowest_id, self.pace)).map(Part::Ids).collect()
    }

    /// Reads all parts, over as many connections as there may be and are parts.
    async fn read(
        &mut self,
        parts: VecDeque<Part<'_>>,
        purpose: &Purpose<'_>,
        found: &mut Extracted,
    ) -> Result<(), Failure> {
        let others = self.pace.jobs.min(parts.len()).saturating_sub(1);
        let mut connections: Vec<_> = std::iter::repeat_with(|| None).take(others).collect();
        let left = Mutex::new(parts);
        let formers: Vec<Former> = found.formers.iter().map(Former::begun_anew).collect();
        let (source, pace, left) = (&self.source, self.pace, &left);
        let readers = std::iter::once(&mut self.connection).chain(&mut connections).map(|connection| {
            let found = Extracted { formers: formers.clone(), ..Extracted::default() };
            source.read_parts(connection, pace, left, purpose, found)
        });
        for part in try_join_all(readers).await? {
            found.merge(part);
        }
        Ok(())
    }
}

impl Source<'_> {
    /// Reads one part after another, for as long as there are any.
    async fn read_parts(
        &self,
        connection: &mut Option<AsyncMysqlConnection>,
        pace: Pace,
        left: &Mutex<VecDeque<Part<'_>>>,
        purpose: &Purpose<'_>,
        mut found: Extracted,
    ) -> Result<Extracted, Failure> {
        let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        while let Some(part) = next() {
            match part {
                Part::Ids(ids) => self.read_ids(connection, pace, ids, purpose, &mut found).await?,
                Part::Day(day, index) => {
                    // Where the clocks change the window holds orders of the days beside it as well.
                    let slice = self.read_slice(connection, &Asked::Day(day, index), &|of| of == day).await?;
                    found.take_up(slice, self.first_day, self.calendar);
                    pause(pace.throttle).await;
                }
            }
        }
        Ok(found)
    }

    /// Reads the orders with these ids, folds those whose day is wanted, and notes the older days that join the run:
    /// to be read afterwards, whole.
    async fn read_ids(
        &self,
        connection: &mut Option<AsyncMysqlConnection>,
        pace: Pace,
        ids: RangeInclusive<i64>,
        purpose: &Purpose<'_>,
        found: &mut Extracted,
    ) -> Result<(), Failure> {
        let mut next = Some(*ids.start());
        while let Some(start) = next.filter(|start| start <= ids.end()) {
            let asked = Asked::Ids { ids: start..=*ids.end(), limit: pace.orders_a_slice };
            let slice = self.read_slice(connection, &asked, purpose.wanted).await?;
            next = slice.next;
            if let Some(older) = purpose.older {
                found.older_days.extend(slice.orders.iter().filter_map(|placed| self.joins(older, placed)));
            }
            found.take_up(slice, self.first_day, self.calendar);
            if next.is_some() {
                pause(pace.throttle).await;
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
}

/// A range of ids in parts of several slices each, enough of them to keep all connections busy.
fn cut(ids: RangeInclusive<i64>, lowest_id: i64, pace: Pace) -> impl Iterator<Item = RangeInclusive<i64>> {
    let (first, last) = ids.into_inner();
    // A first build asks for all ids that there may be, and they lie at one end of those.
    let first = first.max(lowest_id).min(last);
    let most = (pace.jobs * PARTS_A_JOB).max(1) as u64;
    let width = last.abs_diff(first).div_ceil(most).max(4 * u64::from(pace.orders_a_slice));
    let next = move |start: &i64| start.checked_add_unsigned(width).filter(|next| *next <= last);
    std::iter::successors(Some(first), next)
        .map(move |start| start..=start.saturating_add_unsigned(width - 1).min(last))
}

async fn pause(throttle: Duration) {
    if !throttle.is_zero() {
        sleep(throttle).await;
    }
}

impl Extracted {
    fn take_up(&mut self, slice: Slice, first_day: Option<NaiveDate>, calendar: Calendar) {
        self.orders_read += i64::try_from(slice.orders.len()).unwrap_or(i64::MAX);
        self.lines_read += slice.sold.iter().map(|sold| sold.lines).sum::<i64>();
        let placed = slice.orders.iter();
        self.map.merge(&SourceMap::of(
            placed.filter_map(|Placed { order, at, .. }| Some(((*at)?.day, order.id, order.served))),
        ));
        for Placed { order, at, instant, counts } in slice.orders {
            let (Some(at), Some(instant), Some(written)) = (at, instant, order.created_at.0) else {
                self.undated_orders += 1;
                continue;
            };
            if order.served && first_day.is_none_or(|first| calendar.start_of(first) <= instant) {
                self.formers.iter_mut().for_each(|former| former.count(written));
            }
            if counts {
                self.book.add_order(order.id, at, order.total_amount.as_ref().map(|total| &total.0));
            }
        }
        for Sold { of: day, item_id, sales, .. } in slice.sold {
            self.book.add_items(day, item_id, sales);
        }
    }

    /// Adds what another connection has read.
    fn merge(&mut self, other: Self) {
        self.book.merge(other.book);
        self.older_days.extend(other.older_days);
        self.map.merge(&other.map);
        for (former, more) in self.formers.iter_mut().zip(&other.formers) {
            former.merge(more);
        }
        self.orders_read += other.orders_read;
        self.lines_read += other.lines_read;
        self.undated_orders += other.undated_orders;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    // A first build of ids 1 to 2,400,000 asks from the least id that there may be: 32 parts for two connections.
    #[case::first_build(i64::MIN..=2_400_000, 1, 32)]
    // A night is less than one part.
    #[case::night(782_466..=800_000, 1, 1)]
    #[case::ids_to_the_end(i64::MAX - 2_399_999..=i64::MAX, 1, 32)]
    #[case::one_id(5..=5, 5, 1)]
    // Of ids that are gone nothing is left to cut.
    #[case::purged(1..=1_000_000, 2_000_000, 1)]
    fn parts_keep_all_connections_busy(
        #[case] ids: RangeInclusive<i64>,
        #[case] lowest_id: i64,
        #[case] count: usize,
    ) {
        let pace = Pace { jobs: 2, orders_a_slice: 10_000, throttle: Duration::ZERO };
        let parts: Vec<_> = cut(ids.clone(), lowest_id, pace).collect();
        assert_eq!(parts.len(), count, "{parts:?}");
        // One begins where the one before ends, from the first id that there is to the last that is asked for.
        assert_eq!(*parts[0].start(), lowest_id.clamp(*ids.start(), *ids.end()));
        assert_eq!(parts[count - 1].end(), ids.end());
        assert!(parts.windows(2).all(|pair| pair[0].end() + 1 == *pair[1].start()), "{parts:?}");
    }
}
