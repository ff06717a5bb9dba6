//! `analytics-batch migrate`: the tables of analytics_db, brought up to date under the lease.

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
use crate::writer::as_the_one_writer;

pub(crate) async fn migrate(
    (AnalyticsDatabase(database), analytics): (AnalyticsDatabase, AnalyticsSettings),
    clock: Clock,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    let work = async |lease: &Lease, connection| {
        bring_up_to_date(lease, connection, &analytics, clock.now()).await.map(drop)
    };
    as_the_one_writer(&database, analytics.lease, &shutdown, work, async |_| {}).await
}

/// Runs what migrations are pending. A database in which nothing has been published yet learns the calendar and the
/// currency now, so that adopted rows are served with them.
pub(crate) async fn bring_up_to_date(
    lease: &Lease,
    connection: AsyncMysqlConnection,
    analytics: &AnalyticsSettings,
    now: DateTime<Utc>,
) -> Result<AsyncMysqlConnection, Failure> {
    // A migration blocks its thread for as long as somebody else's transaction holds the table. On a thread of its
    // own it does not keep the process from hearing that it is to stop.
    let runtime = Handle::current();
    let migrating = spawn_blocking(move || runtime.block_on(migrations::run(connection)));
    let (mut connection, applied) =
        migrating.await.map_err(|error| Failure::Internal(format!("migrating analytics_db: {error}")))??;
    // No transaction fences what was run just now: whoever has lost the lease meanwhile is not to go on.
    lease.record(&mut connection, async |_| Ok(())).await?;
    match applied.as_slice() {
        [] => log::debug!("the tables of analytics_db are up to date"),
        names => log::info!("migrated analytics_db: {}", names.join(", ")),
    }
    let standing = publication::load(&mut connection).await.in_analytics_db()?;
    if standing.timezone.is_none() {
        lease
            .publish(&mut connection, now, async |connection| {
                Ok(publication::set_meaning(connection, analytics.calendar, analytics.currency.as_str())
                    .await?)
            })
            .await?;
    }
    Ok(connection)
}
