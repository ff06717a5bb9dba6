//! Publishing: computed days become the rows that are served, whole days at a time.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::analytics_db::days::{
    DayCalendar, DayChanges, StandingDays, apply, standing, too_large, withdraw,
};
use domain::analytics_db::lease::Lease;
use domain::analytics_db::{publication, runs};
use domain::calendar::Calendar;
use domain::sales::{DaySales, SalesBook};
use runtime::clock::Clock;
use runtime::database::AsyncMysqlConnection;

use super::progress::{Ahead, Complete, Progress};
use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;

/// Publishes days by one calendar, in transactions of a few days each.
pub(super) struct Publisher<'a> {
    pub(super) lease: &'a Lease,
    pub(super) run_id: i64,
    pub(super) clock: Clock,
    pub(super) calendar: Calendar,
    pub(super) day_calendar: &'a DayCalendar,
    pub(super) currency: &'a str,
    pub(super) allow_empty: bool,
    /// Whether the source holds less than it did, and so may be another one, or one that is behind.
    pub(super) has_gone_back: bool,
    /// The most days in one transaction.
    pub(super) days_a_transaction: usize,
}

/// What the reading has shown of the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    /// The first business day that the source holds a SERVED order of.
    pub(super) first_day: Option<NaiveDate>,
    /// The days that are published only because an order of theirs turned up.
    pub(super) older_days: &'a BTreeSet<NaiveDate>,
}

/// What publishing did.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// The days that changed.
    pub(super) changed: Vec<NaiveDate>,
    /// Rows inserted, updated or deleted.
    pub(super) rows_changed: usize,
    /// Days that stand with sales of which the source now holds nothing: left alone.
    pub(super) would_be_emptied: Vec<NaiveDate>,
    /// Older days that stand with more orders than the source now holds: left alone.
    pub(super) would_shrink: Vec<NaiveDate>,
    /// Days that stand with more orders than a source that has gone back holds: left alone.
    pub(super) would_go_back: Vec<NaiveDate>,
    /// Days of whose orders the source holds no line any more, and which stand with items: left alone.
    pub(super) would_lose_lines: Vec<NaiveDate>,
    /// Days before the source's first order: left alone.
    pub(super) before_first_order: Vec<NaiveDate>,
    /// Days with a figure that no column can hold, and which: left alone.
    pub(super) too_large: Vec<(NaiveDate, String)>,
}

impl Publisher<'_> {
    /// Publishes days while others are still read, as soon as they make up a transaction; what is left when all orders
    /// have been read is for [`publish`](Self::publish).
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub(super) async fn keep_up(
        &self,
        link: &mut Link<'_>,
        ahead: Ahead,
        progress: &Progress,
    ) -> Result<Published, Failure> {
        let mut published = Published::default();
        let mut meaning_is_set = false;
        while let Some(Complete { first_day, sales }) =
            progress.next_complete(ahead, self.days_a_transaction).await
        {
            if !std::mem::replace(&mut meaning_is_set, true) {
                self.set_meaning(link).await?;
            }
            let shown = Shown { first_day: Some(first_day), older_days: &BTreeSet::new() };
            self.publish_group(link, shown, &sales, &mut published).await?;
        }
        Ok(published)
    }

    /// Withdraws the days that are `gone`, then publishes `days`, ascending, as `book` has them, and adds what came of it
    /// to `published`.
    ///
    /// # Errors
    /// If analytics_db fails or the lease is lost. The transactions before that stand, each with whole days.
    pub(super) async fn publish(
        &self,
        link: &mut Link<'_>,
        shown: Shown<'_>,
        gone: &[NaiveDate],
        days: &[NaiveDate],
        book: &mut SalesBook,
        published: &mut Published,
    ) -> Result<(), Failure> {
        self.set_meaning(link).await?;
        for group in gone.chunks(self.days_a_transaction) {
            // The most of all attempts: one whose answer was lost leaves nothing to withdraw.
            let mut rows_gone = 0;
            let withdraw = async |connection: &mut _| self.withdraw(connection, group, &mut rows_gone).await;
            link.step("withdrawing days", withdraw).await?;
            published.rows_changed += rows_gone;
            published.changed.extend(group);
            log::info!("withdrew {} days that are none by these settings, or by the clock", group.len());
        }
        // What stands is read from a transaction's first day to its last, and years may lie between two of these.
        let in_a_row = days.chunk_by(|day, next| day.succ_opt() == Some(*next));
        for group in in_a_row.flat_map(|days| days.chunks(self.days_a_transaction)) {
            let sales: Vec<_> = group.iter().map(|day| (*day, book.take(*day))).collect();
            self.publish_group(link, shown, &sales, published).await?;
        }
        Ok(())
    }

    async fn set_meaning(&self, link: &mut Link<'_>) -> Result<(), Failure> {
        let step = async |connection: &mut AsyncMysqlConnection| {
            let standing = publication::load(connection).await.in_analytics_db()?;
            if !standing.means(self.calendar, self.currency) {
                let set = async |connection: &mut _| {
                    Ok(publication::set_meaning(connection, self.calendar, self.currency).await?)
                };
                self.lease.publish(connection, self.clock.now(), set).await?;
            }
            Ok(())
        };
        link.step("noting the calendar", step).await
    }

    async fn withdraw(
        &self,
        connection: &mut AsyncMysqlConnection,
        days: &[NaiveDate],
        most_rows: &mut usize,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let withdraw = async |connection: &mut _| {
            let rows = withdraw(connection, days, self.run_id, now).await?;
            *most_rows = rows.max(*most_rows);
            // None are left by an earlier attempt, which has noted them.
            if rows > 0 {
                runs::note_changes(connection, self.run_id, days.len(), rows).await?;
            }
            Ok(())
        };
        Ok(self.lease.publish(connection, now, withdraw).await?)
    }

    /// Publishes days in one transaction, those that may be.
    async fn publish_group(
        &self,
        link: &mut Link<'_>,
        shown: Shown<'_>,
        sales: &[(NaiveDate, DaySales)],
        published: &mut Published,
    ) -> Result<(), Failure> {
        let (Some((first, _)), Some((last, _))) = (sales.first(), sales.last()) else { return Ok(()) };
        // What attempts before this one set out to change: if one has, and its answer was lost, nothing is left to.
        let mut attempted: Option<DayChanges> = None;
        let what = format!("publishing {first} to {last}");
        let step = async |connection: &mut AsyncMysqlConnection| {
            let standing = standing(connection, *first, *last).await.in_analytics_db()?;
            let Sorted { changes, left_alone } = self.sort(&standing, shown, sales);
            if changes.days().is_empty() {
                return Ok(left_alone);
            }
            let changes = attempted.insert(changes);
            let now = self.clock.now();
            let apply = async |connection: &mut _| {
                apply(connection, changes, self.run_id, now, self.day_calendar).await?;
                runs::note_changes(connection, self.run_id, changes.days().len(), changes.rows()).await?;
                Ok(())
            };
            self.lease.publish(connection, now, apply).await?;
            Ok(left_alone)
        };
        let left_alone = link.step(&what, step).await?;
        published.add(left_alone);
        if let Some(changes) = attempted {
            let (days, rows) = (changes.days(), changes.rows());
            log::info!("published {first} to {last}: {} days changed, {rows} rows", days.len());
            published.rows_changed += rows;
            published.changed.extend(days);
        }
        Ok(())
    }

    /// What is to change so that the days stand as their sales say, and which are better left alone.
    fn sort(&self, standing: &StandingDays, shown: Shown<'_>, sales: &[(NaiveDate, DaySales)]) -> Sorted {
        let mut sorted = Sorted::default();
        let left_alone = &mut sorted.left_alone;
        for (day, sales) in sales {
            if let Some(what) = too_large(sales) {
                left_alone.too_large.push((*day, what));
                continue;
            }
            let counted_otherwise =
                standing.calendar_of(*day).is_some_and(|calendar| calendar != self.day_calendar);
            if sales.orders() == 0 && !self.allow_empty {
                if shown.first_day.is_none_or(|first| *day < first) {
                    left_alone.before_first_order.push(*day);
                    continue;
                }
                // By another calendar these sales may be the next day's now.
                if standing.has_sales(*day) && !counted_otherwise {
                    left_alone.would_be_emptied.push(*day);
                    continue;
                }
            }
            // One order has turned up of a day whose others the source may have been purged of.
            let shrinks = i64::from(sales.orders()) < standing.orders(*day);
            if shown.older_days.contains(day) && shrinks && !self.allow_empty {
                left_alone.would_shrink.push(*day);
                continue;
            }
            if self.has_gone_back && shrinks && !counted_otherwise {
                left_alone.would_go_back.push(*day);
                continue;
            }
            let loses_its_lines = sales.items.is_empty() && standing.has_items(*day);
            if loses_its_lines && sales.orders() > 0 && !shrinks && !counted_otherwise && !self.allow_empty {
                left_alone.would_lose_lines.push(*day);
                continue;
            }
            sorted.changes.take_up(standing, *day, sales, self.day_calendar);
        }
        sorted
    }
}

/// Days sorted by what is to become of them.
#[derive(Default)]
struct Sorted {
    changes: DayChanges,
    left_alone: Published,
}

impl Published {
    /// Adds what another transaction has left alone.
    fn add(&mut self, other: Self) {
        self.would_be_emptied.extend(other.would_be_emptied);
        self.would_shrink.extend(other.would_shrink);
        self.would_go_back.extend(other.would_go_back);
        self.would_lose_lines.extend(other.would_lose_lines);
        self.before_first_order.extend(other.before_first_order);
        self.too_large.extend(other.too_large);
    }
}
