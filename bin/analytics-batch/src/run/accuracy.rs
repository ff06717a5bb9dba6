//! How near the forecasts of the published days came.

use chrono::NaiveDate;
use domain::analytics_db::accuracy;
use domain::analytics_db::lease::Lease;
use domain::calendar::Calendar;
use runtime::clock::Clock;
use runtime::database::AsyncMysqlConnection;

use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;

/// Days in one transaction. The first run after an upgrade has all published days to score.
const DAYS_A_TRANSACTION: i64 = 31;

/// Scores every published day that is not scored: those that this run has published or changed, and what earlier runs
/// left. Gives the number of those that had been forecast.
///
/// # Errors
/// If analytics_db fails or the lease is lost. The transactions before that stand, each with whole days.
pub(super) async fn score(
    lease: &Lease,
    link: &mut Link<'_>,
    calendar: Calendar,
    clock: Clock,
) -> Result<usize, Failure> {
    let mut scored = 0;
    // The days scored last, and how many of them had been forecast. They count when the next look does not find them
    // any more: so they count once, even if the answer to the COMMIT was lost.
    let mut latest: (Vec<NaiveDate>, usize) = Default::default();
    loop {
        let step = async |connection: &mut AsyncMysqlConnection| {
            let days = accuracy::unscored(connection, DAYS_A_TRANSACTION).await.in_analytics_db()?;
            if days != latest.0 {
                scored += latest.1;
            }
            latest = (days, 0);
            let days = &latest.0;
            if days.is_empty() {
                return Ok(false);
            }
            let scores = accuracy::score(connection, days, &calendar).await.in_analytics_db()?;
            latest.1 = scores.days();
            let apply = async |connection: &mut _| Ok(accuracy::apply(connection, days, &scores).await?);
            if scores.is_empty() {
                lease.record(connection, apply).await?;
            } else {
                lease.publish(connection, clock.now(), apply).await?;
                log::info!("scored the forecasts of {} days", scores.days());
            }
            Ok(true)
        };
        if !link.step("scoring forecasts", step).await? {
            return Ok(scored);
        }
    }
}
