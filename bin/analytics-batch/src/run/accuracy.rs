//! How near the forecasts of the published days came.

use domain::analytics_db::accuracy;
use domain::analytics_db::lease::Lease;
use domain::calendar::Calendar;
use runtime::clock::Clock;
use runtime::database::AsyncMysqlConnection;

use crate::connections::In as _;
use crate::failure::Failure;

/// Days in one transaction. The first run after an upgrade has all published days to score.
const DAYS_A_TRANSACTION: i64 = 31;

/// Scores every published day that is not scored: those that this run has published or changed, and what earlier runs
/// left. Gives the number of those that had been forecast.
///
/// # Errors
/// If analytics_db fails or the lease is lost. The transactions before that stand, each with whole days.
pub(super) async fn score(
    lease: &Lease,
    connection: &mut AsyncMysqlConnection,
    calendar: Calendar,
    clock: Clock,
) -> Result<usize, Failure> {
    let mut scored = 0;
    loop {
        let days = accuracy::unscored(connection, DAYS_A_TRANSACTION).await.in_analytics_db()?;
        if days.is_empty() {
            return Ok(scored);
        }
        let scores = accuracy::score(connection, &days, &calendar).await.in_analytics_db()?;
        let apply = async |connection: &mut _| Ok(accuracy::apply(connection, &days, &scores).await?);
        if scores.is_empty() {
            lease.record(connection, apply).await?;
        } else {
            lease.publish(connection, clock.now(), apply).await?;
            log::info!("scored the forecasts of {} days", scores.days());
        }
        scored += scores.days();
    }
}
