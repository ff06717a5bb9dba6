//! Publishing: computed days become the rows that are served, whole days at a time.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::analytics_db::days::{DayCalendar, DayChanges, apply, standing, too_large, withdraw};
use domain::analytics_db::lease::Lease;
use domain::analytics_db::{publication, runs};
use domain::calendar::Calendar;
use domain::sales::SalesBook;
use runtime::clock::Clock;
use runtime::database::AsyncMysqlConnection;

use crate::connections::In as _;
use crate::failure::Failure;

/// Publishes days by one calendar, in transactions of a few days each.
pub(super) struct Publisher<'a> {
    pub(super) lease: &'a Lease,
    pub(super) run_id: i64,
    pub(super) clock: Clock,
    pub(super) calendar: Calendar,
    pub(super) day_calendar: &'a DayCalendar,
    pub(super) currency: &'a str,
    /// The first business day that the source holds a SERVED order of.
    pub(super) first_day: Option<NaiveDate>,
    pub(super) allow_empty: bool,
    /// The days of before the window that are published only because an order of theirs turned up.
    pub(super) older_days: &'a BTreeSet<NaiveDate>,
    /// The most days in one transaction.
    pub(super) days_a_transaction: usize,
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
    /// Days before the source's first order: left alone.
    pub(super) before_first_order: Vec<NaiveDate>,
    /// Days with a figure that no column can hold, and which: left alone.
    pub(super) too_large: Vec<(NaiveDate, String)>,
}

impl Publisher<'_> {
    /// Withdraws the days that are `gone`, then publishes `days`, ascending, as `book` has them.
    ///
    /// # Errors
    /// If analytics_db fails or the lease is lost. The transactions before that stand, each with whole days.
    pub(super) async fn publish(
        &self,
        connection: &mut AsyncMysqlConnection,
        gone: &[NaiveDate],
        days: &[NaiveDate],
        book: &mut SalesBook,
    ) -> Result<Published, Failure> {
        let mut published = Published::default();
        let means_the_same =
            publication::load(connection).await.in_analytics_db()?.means(self.calendar, self.currency);
        if !means_the_same {
            self.lease
                .publish(connection, self.clock.now(), async |connection| {
                    Ok(publication::set_meaning(connection, self.calendar, self.currency).await?)
                })
                .await?;
        }
        for group in gone.chunks(self.days_a_transaction) {
            let now = self.clock.now();
            let withdrawn = self.lease.publish(connection, now, async |connection| {
                let rows = withdraw(connection, group, self.run_id, now).await?;
                runs::note_changes(connection, self.run_id, group.len(), rows).await?;
                Ok(rows)
            });
            published.rows_changed += withdrawn.await?;
            published.changed.extend(group);
            log::info!("withdrew {} days that are none by these settings", group.len());
        }
        for group in days.chunks(self.days_a_transaction) {
            self.publish_group(connection, group, book, &mut published).await?;
        }
        Ok(published)
    }

    async fn publish_group(
        &self,
        connection: &mut AsyncMysqlConnection,
        days: &[NaiveDate],
        book: &mut SalesBook,
        published: &mut Published,
    ) -> Result<(), Failure> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(()) };
        let standing = standing(connection, *first, *last).await.in_analytics_db()?;
        let mut changes = DayChanges::default();
        for day in days {
            let sales = book.take(*day);
            if let Some(what) = too_large(&sales) {
                published.too_large.push((*day, what));
                continue;
            }
            let counted_otherwise =
                standing.calendar_of(*day).is_some_and(|calendar| calendar != self.day_calendar);
            if sales.orders() == 0 && !self.allow_empty {
                if self.first_day.is_none_or(|first| *day < first) {
                    published.before_first_order.push(*day);
                    continue;
                }
                // By another calendar these sales may be the next day's now.
                if standing.has_sales(*day) && !counted_otherwise {
                    published.would_be_emptied.push(*day);
                    continue;
                }
            }
            // One order has turned up of a day whose others the source may have been purged of.
            let shrinks = i64::from(sales.orders()) < standing.orders(*day);
            if self.older_days.contains(day) && shrinks && !self.allow_empty {
                published.would_shrink.push(*day);
                continue;
            }
            changes.take_up(&standing, *day, &sales, self.day_calendar);
        }
        if changes.days().is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        self.lease
            .publish(connection, now, async |connection| {
                apply(connection, &changes, self.run_id, now, self.day_calendar).await?;
                runs::note_changes(connection, self.run_id, changes.days().len(), changes.rows()).await?;
                Ok(())
            })
            .await?;
        log::info!(
            "published {} to {}: {} days changed, {} rows",
            first,
            last,
            changes.days().len(),
            changes.rows()
        );
        published.rows_changed += changes.rows();
        published.changed.extend(changes.days());
        Ok(())
    }
}
