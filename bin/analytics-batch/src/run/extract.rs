//! Reading the source: orders and what they sold, folded into the book as they come.
//!
//! Each slice is one snapshot, and each order belongs to exactly one slice, so that the daily, hourly and item figures
//! of a day count the same orders. Memory holds a slice a connection and the facts of the days that are not complete or
//! not published yet, never the orders.

use std::collections::{BTreeSet, VecDeque};
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{Days, NaiveDate};
use domain::analytics_db::source_days::SourceMap;
use domain::calendar::{Calendar, SourceClock};
use domain::order_db::catalogue::Catalogue;
use domain::order_db::{IdRanges, SourceTime, first_entered, parts};
use futures_util::future::{join_all, try_join_all};
use runtime::database::AsyncMysqlConnection;
use runtime::settings::{DatabaseSettings, ExtractorChoice};
use tokio::time::sleep;

use super::plan::{Older, Plan, Target};
use super::progress::Progress;
use super::slice::{Asked, Placed};
use crate::failure::Failure;
use crate::retry::Retry;

/// Parts that a range of ids is cut into for each connection, so that all of them end at about the same time although
/// some parts hold fewer orders.
const PARTS_A_JOB: usize = 16;

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
    connections: Vec<Option<AsyncMysqlConnection>>,
    pace: Pace,
    source: Source<'a>,
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
    /// The highest id of a line in the first slice's snapshot, once that is known.
    pub(super) highest_line_id: OnceLock<i64>,
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

impl<'a> Reader<'a> {
    /// Reads at this pace, over `connection` and over others if there is enough to read.
    pub(super) fn new(connection: AsyncMysqlConnection, pace: Pace, source: Source<'a>) -> Self {
        Self { connections: vec![Some(connection)], pace, source }
    }

    /// Reads what the plan says.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub(super) async fn read_all(&mut self, plan: &Plan, progress: &Progress) -> Result<(), Failure> {
        let by_index = plan.index.as_deref();
        let wanted = |day| by_index.is_none() && plan.target.contains(day);
        let purpose = Purpose { wanted: &wanted, older: plan.older };
        self.read(self.cut(&plan.ids).map(Part::Ids).collect(), &purpose, progress).await?;
        let older_days = progress.end();
        if let Some(index) = by_index {
            let mut windows: BTreeSet<NaiveDate> = older_days.into_keys().collect();
            if let Target::Days(days) = &plan.target {
                windows.extend(days);
            }
            let parts = windows.into_iter().map(|day| Part::Day(day, index)).collect();
            self.read(parts, &Purpose { wanted: &|_| true, older: None }, progress).await?;
        } else if !older_days.is_empty() {
            let known = self.source.known;
            let lying = older_days.iter().flat_map(|(day, found)| known.ids_of(*day).union(found));
            let parts = self.cut(&IdRanges::from_ids(lying, 0)).map(Part::Ids).collect();
            let wanted = |day| older_days.contains_key(&day);
            self.read(parts, &Purpose { wanted: &wanted, older: None }, progress).await?;
        }
        Ok(())
    }

    /// Whether there is more than a part for each connection.
    pub(super) fn has_parts_to_spare(&self, plan: &Plan) -> bool {
        self.cut(&plan.ids).count() > self.pace.jobs
    }

    /// Looks up the first business day of each part, so that `progress` can tell which days are complete while others
    /// are read. It costs a look at every order, and is of no use unless they were entered in the order of their ids.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub(super) async fn look_ahead(&mut self, plan: &Plan, progress: &Progress) -> Result<(), Failure> {
        let ids: VecDeque<_> = self.cut(&plan.ids).collect();
        self.connect(ids.len()).await?;
        let (source, throttle) = (&self.source, self.pace.throttle);
        share(&mut self.connections, ids, async |connection, ids: RangeInclusive<i64>| {
            progress.expect(*ids.start(), source.first_day_of(connection, &ids).await?);
            pause(throttle).await;
            Ok(())
        })
        .await
    }

    /// Makes as many more connections as there may be, and parts to read over them. One that cannot be had now, since
    /// the account may have fewer say, is done without: the run takes longer.
    async fn connect(&mut self, parts: usize) -> Result<(), Failure> {
        let more = self.pace.jobs.min(parts).saturating_sub(self.connections.len());
        let mut missed = None;
        for connected in join_all((0..more).map(|_| self.source.connected())).await {
            match connected {
                Ok(connection) => self.connections.push(Some(connection)),
                Err(failure) if failure.may_pass() => missed = Some(failure),
                Err(failure) => return Err(failure),
            }
        }
        if let Some(failure) = missed {
            log::warn!(
                "{failure}. order_db is read over {} of the {} connections that --jobs asks for, and so for longer",
                self.connections.len(),
                self.pace.jobs
            );
        }
        Ok(())
    }

    /// The ids in parts, each for one connection to read.
    fn cut(&self, ids: &IdRanges) -> impl Iterator<Item = RangeInclusive<i64>> {
        ids.iter().flat_map(|range| cut(range, self.source.lowest_id, self.pace))
    }

    /// Reads all parts.
    async fn read(
        &mut self,
        parts: VecDeque<Part<'_>>,
        purpose: &Purpose<'_>,
        progress: &Progress,
    ) -> Result<(), Failure> {
        self.connect(parts.len()).await?;
        let (source, pace) = (&self.source, self.pace);
        share(&mut self.connections, parts, async |connection, part| match part {
            Part::Ids(ids) => source.read_ids(connection, pace, ids, purpose, progress).await,
            Part::Day(day, index) => {
                // Where the clocks change the window holds orders of the days beside it as well.
                let slice = source.read_slice(connection, &Asked::Day(day, index), &|of| of == day).await?;
                progress.take_up(slice, source.first_day, source.calendar);
                pause(pace.throttle).await;
                Ok(())
            }
        })
        .await
    }
}

/// Does `work` on each of `items`, over all connections: whichever is free takes the next one.
async fn share<I>(
    connections: &mut [Option<AsyncMysqlConnection>],
    items: VecDeque<I>,
    work: impl AsyncFn(&mut Option<AsyncMysqlConnection>, I) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let left = Mutex::new(items);
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let worker = async |connection: &mut Option<AsyncMysqlConnection>| {
        while let Some(item) = next() {
            work(connection, item).await?;
        }
        Ok::<_, Failure>(())
    };
    try_join_all(connections.iter_mut().map(&worker)).await?;
    Ok(())
}

impl Source<'_> {
    /// The first business day that an order with one of these ids can be of.
    async fn first_day_of(
        &self,
        connection: &mut Option<AsyncMysqlConnection>,
        ids: &RangeInclusive<i64>,
    ) -> Result<NaiveDate, Failure> {
        let look = async |connection: &mut _| first_entered(connection, ids.clone()).await;
        Ok(match self.ask(connection, look).await? {
            None => NaiveDate::MAX,
            Some(SourceTime(None)) => NaiveDate::MIN,
            // The day before, since where clocks are set back what was written later may have been earlier.
            Some(SourceTime(Some(written))) => {
                self.calendar.day_of(self.clock.instant_of(written)) - Days::new(1)
            }
        })
    }

    /// Reads the orders with these ids, folds those whose day is wanted, and notes the older days that join the run:
    /// to be read afterwards, whole.
    async fn read_ids(
        &self,
        connection: &mut Option<AsyncMysqlConnection>,
        pace: Pace,
        ids: RangeInclusive<i64>,
        purpose: &Purpose<'_>,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let mut next = Some(*ids.start());
        while let Some(start) = next.filter(|start| start <= ids.end()) {
            let asked = Asked::Ids { ids: start..=*ids.end(), limit: pace.orders_a_slice };
            let slice = self.read_slice(connection, &asked, purpose.wanted).await?;
            next = slice.next;
            if let Some(older) = purpose.older {
                progress.join(slice.orders.iter().filter_map(|placed| self.joins(older, placed)));
            }
            progress.take_up(slice, self.first_day, self.calendar);
            if next.is_some() {
                pause(pace.throttle).await;
            }
        }
        progress.has_read(*ids.start());
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
    let width = last.abs_diff(first).div_ceil(most).max(2 * u64::from(pace.orders_a_slice));
    parts(first..=last, NonZeroU64::new(width).unwrap_or(NonZeroU64::MAX))
}

async fn pause(throttle: Duration) {
    if !throttle.is_zero() {
        sleep(throttle).await;
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
