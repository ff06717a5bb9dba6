//! How far the reading has come: what has been read, and which business days no order that is left can be of.
//!
//! Days that are complete may be published while others are read. Which they are is looked up beforehand; should an
//! order of one turn up all the same, since it has changed meanwhile, then that day is read and published again, whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{Days, NaiveDate};
use domain::analytics_db::source_days::SourceMap;
use domain::calendar::Calendar;
use domain::order_db::{IdRanges, Sold};
use domain::sales::{DaySales, SalesBook};
use tokio::sync::Notify;

use super::formerly::Former;
use super::slice::{Placed, Slice};

/// What a run has read.
#[derive(Debug, Default)]
pub(super) struct Extracted {
    /// The facts of the target days and of the older days that joined them, but for those that were taken out already.
    pub(super) book: SalesBook,
    /// Days that are to be read again, whole, since an order of them turned up: those before the window, and those that
    /// were taken out already.
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

/// What is read, shared by those who read and the one who publishes meanwhile.
#[derive(Debug)]
pub(super) struct Progress {
    state: Mutex<State>,
    changed: Notify,
}

/// No days.
const NONE: Range<NaiveDate> = NaiveDate::MIN..NaiveDate::MIN;

#[derive(Debug)]
struct State {
    found: Extracted,
    /// The parts that are left, by their first ids, with the first business day that an order of each can be of.
    left: BTreeMap<i64, NaiveDate>,
    /// The days that have been taken out.
    taken: Range<NaiveDate>,
    /// All parts have been read, and no more days are taken out.
    is_over: bool,
}

/// The days that a run may publish while it reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    /// The configured first day.
    pub(super) floor: Option<NaiveDate>,
    /// The last day to publish.
    pub(super) last: NaiveDate,
}

/// Days that are complete, for one transaction.
#[derive(Debug)]
pub(super) struct Complete {
    /// The first business day that the source holds a SERVED order of.
    pub(super) first_day: NaiveDate,
    /// The days, ascending, with their facts.
    pub(super) sales: Vec<(NaiveDate, DaySales)>,
}

impl Progress {
    /// Nothing has been read yet, and orders are to be counted by these calendars as well.
    pub(super) fn begin(formers: Vec<Former>) -> Self {
        let found = Extracted { formers, ..Extracted::default() };
        let state = State { found, left: BTreeMap::new(), taken: NONE, is_over: false };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// The part that begins with id `part` is left to read, and its first order is of `day`.
    pub(super) fn expect(&self, part: i64, day: NaiveDate) {
        self.state().left.insert(part, day);
    }

    /// The part that begins with id `part` has been read.
    pub(super) fn has_read(&self, part: i64) {
        self.state().left.remove(&part);
        self.changed.notify_one();
    }

    /// A slice has been read.
    pub(super) fn take_up(&self, slice: Slice, first_day: Option<NaiveDate>, calendar: Calendar) {
        let mut state = self.state();
        let taken = if state.is_over { NONE } else { state.taken.clone() };
        state.found.take_up(slice, first_day, calendar, &taken);
    }

    /// These days are to be read again, whole.
    pub(super) fn join(&self, days: impl IntoIterator<Item = NaiveDate>) {
        self.state().found.older_days.extend(days);
    }

    /// All parts have been read: what days are complete is no longer told. Gives the days that are to be read again, each
    /// with the ids where its orders were found.
    pub(super) fn end(&self) -> BTreeMap<NaiveDate, IdRanges> {
        let mut state = self.state();
        state.is_over = true;
        self.changed.notify_one();
        state.found.older_days.iter().map(|day| (*day, state.found.map.ids_of(*day))).collect()
    }

    /// Waits until the next `count` days are complete, and takes them out; None when all parts have been read. For one
    /// caller at a time.
    pub(super) async fn next_complete(&self, ahead: Ahead, count: usize) -> Option<Complete> {
        loop {
            {
                let mut state = self.state();
                if state.is_over {
                    return None;
                }
                if let Some(complete) = state.take_complete(ahead, count) {
                    return Some(complete);
                }
            }
            self.changed.notified().await;
        }
    }

    /// What has been read, and the days that have been taken out.
    pub(super) fn into_found(self) -> (Extracted, Range<NaiveDate>) {
        let State { found, taken, .. } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        (found, taken)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere ends the run.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next `count` days, if no order that is left can be of any of them.
    fn take_complete(&mut self, ahead: Ahead, count: usize) -> Option<Complete> {
        let open_from = self.left.values().min().copied().unwrap_or(NaiveDate::MAX);
        let first_day = self.found.map.first_served_day(ahead.floor)?;
        let from = if self.taken.is_empty() { first_day } else { self.taken.end };
        let days = from.iter_days().take(count).take_while(|day| *day < open_from && *day <= ahead.last);
        let days: Vec<_> = days.collect();
        let last = days.last().filter(|_| days.len() == count)?;
        self.taken = if self.taken.is_empty() { from } else { self.taken.start }..*last + Days::new(1);
        let sales = days.into_iter().map(|day| (day, self.found.book.take(day))).collect();
        Some(Complete { first_day, sales })
    }
}

impl Extracted {
    /// Folds what counts, but for days that have been taken out: those are to be read again.
    fn take_up(
        &mut self,
        slice: Slice,
        first_day: Option<NaiveDate>,
        calendar: Calendar,
        taken: &Range<NaiveDate>,
    ) {
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
            if counts && taken.contains(&at.day) {
                self.older_days.insert(at.day);
            } else if counts {
                self.book.add_order(order.id, at, order.total_amount.as_ref().map(|total| &total.0));
            }
        }
        for Sold { of: day, item_id, sales, .. } in slice.sold {
            if !taken.contains(&day) {
                self.book.add_items(day, item_id, sales);
            }
        }
    }
}
