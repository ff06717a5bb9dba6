//! `analytics-batch migrate`: the tables of analytics_db, brought up to date under the lease.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::analytics_db::lease::Lease;
use domain::analytics_db::{migrations, publication};
use runtime::clock::Clock;
use runtime::database::AsyncMysqlConnection;
use runtime::settings::{AnalyticsDatabase, AnalyticsSettings};
use runtime::shutdown::Shutdown;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;
use crate::writer::as_the_one_writer;

pub(crate) async fn migrate(
    (AnalyticsDatabase(database), analytics): (AnalyticsDatabase, AnalyticsSettings),
    clock: Clock,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    let work = async |lease: &Lease, link: &mut Link<'_>| {
        bring_up_to_date(lease, link, &analytics, clock.now()).await
    };
    as_the_one_writer(&database, &analytics, &shutdown, work, async |_| {}).await
}

/// How long migrations may take together: a large table may be made anew.
const LONGEST_MIGRATION: Duration = Duration::from_secs(3_600);

/// Runs what migrations are pending. A database in which nothing has been published yet learns the calendar and the
/// currency now, so that adopted rows are served with them.
pub(crate) async fn bring_up_to_date(
    lease: &Lease,
    link: &mut Link<'_>,
    analytics: &AnalyticsSettings,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let standing = async |connection: &mut _| migrations::standing(connection).await.in_analytics_db();
    let standing = link.step("looking for migrations", standing).await?;
    if let Some(version) = standing.unknown.last() {
        log::warn!(
            "analytics_db was migrated further than this program knows, to {version}: use the newer analytics-batch that \
             did it. This one works on, and does not keep up to date what the newer one has added"
        );
    }
    if standing.pending.is_empty() {
        log::debug!("the tables of analytics_db are up to date");
    } else {
        // One that is tried again goes on where it stopped, and tells only of that.
        let applied = link.step_with("migrating analytics_db", LONGEST_MIGRATION, run_pending).await?;
        log::info!("migrated analytics_db: {}", applied.join(", "));
    }
    link.step("noting the calendar", async |connection| {
        // No transaction fences what was migrated: whoever has lost the lease meanwhile is not to go on.
        lease.record(connection, async |_| Ok(())).await?;
        if publication::load(connection).await.in_analytics_db()?.timezone.is_none() {
            let set = async |connection: &mut _| {
                Ok(publication::set_meaning(connection, analytics.calendar, analytics.currency.as_str())
                    .await?)
            };
            lease.publish(connection, now, set).await?;
        }
        Ok(())
    })
    .await
}

/// A migration blocks its thread for as long as somebody else's transaction holds the table. On a thread of its own it
/// does not keep the process from hearing that it is to stop.
async fn run_pending(
    connection: AsyncMysqlConnection,
) -> Result<(AsyncMysqlConnection, migrations::Applied), Failure> {
    let runtime = Handle::current();
    let migrating = spawn_blocking(move || runtime.block_on(migrations::run(connection)));
    let migrated =
        migrating.await.map_err(|error| Failure::Internal(format!("migrating analytics_db: {error}")))?;
    Ok(migrated?)
}
