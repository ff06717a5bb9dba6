//! One slice of the source: orders and what they sold, read in one snapshot.
//!
//! A slice is had whole or not at all: nothing is kept of one that failed, so that it can be read again.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use domain::calendar::{BusinessHour, Calendar, Hours, SourceClock};
use domain::order_db::{
    Extractor, Order, Sold, created_between, ends_of_ids, highest_line_id, in_snapshot, next_by_id,
};
use runtime::database::AsyncMysqlConnection;
use runtime::settings::ExtractorChoice;

use super::extract::Source;
use super::steps::DELETED_AT_MOST;
use crate::connections::{answered, source};
use crate::failure::Failure;

/// Ids that the newest lines may lack since the first slice and still be taken for deleted, or for younger than another
/// connection's snapshot.
const LINES_DELETED_AT_MOST: i64 = 1_000;

/// Which orders a slice is to hold.
#[derive(Clone, Debug)]
pub(super) enum Asked<'a> {
    /// Of any day: the first with these ids, `limit` at the most.
    Ids { ids: RangeInclusive<i64>, limit: u32 },
    /// Those of one day, by this index on `created_at`.
    Day(NaiveDate, &'a str),
}

/// An order with its place in the book.
pub(super) struct Placed {
    pub(super) order: Order,
    pub(super) at: Option<BusinessHour>,
    pub(super) instant: Option<DateTime<Utc>>,
    pub(super) counts: bool,
}

/// The orders of one snapshot, and what those that count sold.
pub(super) struct Slice {
    /// Ascending by id.
    pub(super) orders: Vec<Placed>,
    /// What those that count sold, by business day and item.
    pub(super) sold: Vec<Sold<NaiveDate>>,
    /// The id from which on more may have been asked for.
    pub(super) next: Option<i64>,
}

impl Source<'_> {
    /// Reads a slice, in which the orders of the days that are `wanted` count.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(super) async fn read_slice(
        &self,
        connection: &mut Option<AsyncMysqlConnection>,
        asked: &Asked<'_>,
        wanted: &(dyn Fn(NaiveDate) -> bool + Sync),
    ) -> Result<Slice, Failure> {
        let read = async |connection: &mut AsyncMysqlConnection| {
            in_snapshot(connection, async |connection| {
                let (orders, next) = self.orders(connection, asked).await?;
                let mut slice = Slice::new(orders, next, self.calendar, self.clock);
                slice.keep(wanted);
                slice.sold = self.sold(connection, &slice).await?;
                let lost_rows = self.lost_rows(connection, &slice).await?;
                Ok((slice, lost_rows))
            })
            .await
        };
        let (slice, lost_rows) = self.ask(connection, read).await?;
        if let Some(table) = lost_rows {
            return Err(Failure::Data(format!(
                "{table} has lost its newest rows since the run began: it was emptied, or another table has taken its \
                 place. No day was published of what was read since. Put the rows back and run again, with --rebuild if \
                 this was one"
            )));
        }
        Ok(slice)
    }

    /// The table whose rows that were the newest when the run was planned, or in the first slice, are gone, but for a
    /// few: days of the orders that are left to read would be published without them in silence.
    async fn lost_rows(
        &self,
        connection: &mut AsyncMysqlConnection,
        slice: &Slice,
    ) -> QueryResult<Option<&'static str>> {
        if self.extractor.is_none() {
            return Ok(None);
        }
        let (_, highest_id) = ends_of_ids(connection).await?.unwrap_or_default();
        if self.highest_id.saturating_sub(highest_id) > DELETED_AT_MOST {
            return Ok(Some("orders"));
        }
        let wants_lines = slice.orders.iter().any(|placed| placed.counts);
        if !wants_lines || !self.catalogue.lines_lie_by_id {
            return Ok(None);
        }
        let highest = highest_line_id(connection).await?;
        let first = match highest {
            Some(id) => Some(self.highest_line_id.get_or_init(|| id)),
            None => self.highest_line_id.get(),
        };
        let is_lost =
            |first: &i64| highest.is_none_or(|now| first.saturating_sub(now) > LINES_DELETED_AT_MOST);
        Ok(first.is_some_and(is_lost).then_some("order_items"))
    }

    /// Asks over `connection`, or a new one if there is none, and again over a new one after each fault that may pass.
    ///
    /// # Errors
    /// If the source cannot be read, or does not answer, until the time for trying again is over.
    pub(super) async fn ask<T>(
        &self,
        connection: &mut Option<AsyncMysqlConnection>,
        ask: impl AsyncFn(&mut AsyncMysqlConnection) -> QueryResult<T>,
    ) -> Result<T, Failure> {
        // Each of its few statements is ended by the server in half the time; one that hangs ends nothing by itself.
        let limit = 2 * self.database.statement_timeout;
        let attempt = async || {
            let mut open = match connection.take() {
                Some(open) => open,
                None => self.connected().await?,
            };
            let asking = async { ask(&mut open).await.map_err(|error| Failure::of_reading_on(&error)) };
            let answer = answered("order_db", limit, asking).await?;
            *connection = Some(open);
            Ok(answer)
        };
        self.retry.run("reading orders", attempt).await
    }

    /// A new connection, to a source that holds as much as when the run was planned: another server may have taken the
    /// place of that one, empty or some way behind, and days without orders would be published from it.
    pub(super) async fn connected(&self) -> Result<AsyncMysqlConnection, Failure> {
        let mut open = source(self.database).await?;
        let limit = 2 * self.database.statement_timeout;
        let look = async { ends_of_ids(&mut open).await.map_err(|error| Failure::of_reading_on(&error)) };
        let (_, highest_id) = answered("order_db", limit, look).await?.unwrap_or_default();
        if highest_id < self.highest_id {
            return Err(Failure::Unavailable(format!(
                "the highest order id in order_db is {highest_id} now, and was {} when the run began: another server has \
                 taken its place, or one that is behind. See where ORDER_DATABASE__HOST leads",
                self.highest_id
            )));
        }
        Ok(open)
    }

    async fn orders(
        &self,
        connection: &mut AsyncMysqlConnection,
        asked: &Asked<'_>,
    ) -> QueryResult<(Vec<Order>, Option<i64>)> {
        match asked {
            Asked::Ids { ids, limit } => next_by_id(connection, ids.clone(), *limit).await,
            Asked::Day(day, index) => {
                let window = self.clock.window(self.calendar.start_of(*day)..self.calendar.end_of(*day));
                Ok((created_between(connection, window, self.highest_id, index).await?, None))
            }
        }
    }

    /// What the orders that count sold, by the configured extractor, if that is wanted.
    async fn sold(
        &self,
        connection: &mut AsyncMysqlConnection,
        slice: &Slice,
    ) -> QueryResult<Vec<Sold<NaiveDate>>> {
        let Some(choice) = self.extractor else { return Ok(Vec::new()) };
        let counted = slice.orders.iter().filter(|placed| placed.counts);
        let counted: Vec<_> = counted.filter_map(|placed| Some((placed.order.id, placed.at?.day))).collect();
        let extractor = match choice {
            ExtractorChoice::Auto => Extractor::suited_to(&counted),
            ExtractorChoice::Lines => Extractor::Lines,
            ExtractorChoice::Groups => Extractor::Groups,
        };
        extractor.sold(connection, &counted, self.catalogue).await
    }
}

impl Slice {
    fn new(mut orders: Vec<Order>, next: Option<i64>, calendar: Calendar, clock: SourceClock) -> Self {
        orders.sort_unstable_by_key(|order| order.id);
        let mut hours = Hours::of(calendar);
        let placed = orders.into_iter().map(|order| {
            let instant = order.created_at.0.map(|written| clock.instant_of(written));
            Placed { at: instant.map(|instant| hours.hour_of(instant)), instant, counts: false, order }
        });
        Self { orders: placed.collect(), sold: Vec::new(), next }
    }

    /// Lets those SERVED orders count whose day is wanted.
    fn keep(&mut self, wanted: impl Fn(NaiveDate) -> bool) {
        for placed in &mut self.orders {
            placed.counts = placed.order.served && placed.at.is_some_and(|at| wanted(at.day));
        }
    }
}
