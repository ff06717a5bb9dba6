//! Days that a run has published and that somebody should look at. It says so, and fails no run.

use chrono::NaiveDate;
use domain::analytics_db::lease::Lease;
use domain::analytics_db::special_days;
use domain::analytics_db::suspicions::{self, Suspicion};
use domain::calendar::Calendar;
use domain::forecast::SpecialDays;
use runtime::database::AsyncMysqlConnection;

use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;
use crate::report::SuspiciousFigure;

/// Days in one transaction: a rebuild may have changed all of them.
const DAYS_A_TRANSACTION: i64 = 366;

/// Judges every published day that has changed since it was judged: those of this run, and what a run left that died.
/// Gives those that are far from their forecasts.
///
/// # Errors
/// If analytics_db fails or the lease is lost. The transactions before that stand.
pub(super) async fn judge(
    lease: &Lease,
    link: &mut Link<'_>,
    calendar: Calendar,
    run_id: i64,
) -> Result<Vec<SuspiciousFigure>, Failure> {
    let mut all = Vec::new();
    // The days judged last, and what was found. It is told when the next look does not find them any more: so it is told
    // once, even if the answer to the COMMIT was lost.
    let mut latest: (Vec<NaiveDate>, Vec<Suspicion>) = Default::default();
    loop {
        let step = async |connection: &mut AsyncMysqlConnection| {
            let days = suspicions::unjudged(connection, DAYS_A_TRANSACTION).await.in_analytics_db()?;
            if days != latest.0 {
                all.extend(latest.1.iter().map(SuspiciousFigure::from));
            }
            latest = (days, Vec::new());
            let days = &latest.0;
            if days.is_empty() {
                return Ok(false);
            }
            let special = SpecialDays::new(special_days::load(connection).await.in_analytics_db()?);
            let found = suspicions::judge(connection, days, &calendar, &special).await.in_analytics_db()?;
            latest.1 = found;
            let found = &latest.1;
            let apply =
                async |connection: &mut _| Ok(suspicions::apply(connection, run_id, days, found).await?);
            lease.record(connection, apply).await?;
            Ok(true)
        };
        if !link.step("judging the days published", step).await? {
            for figure in &all {
                log::warn!("{figure}. {}", advice(figure.date));
            }
            return Ok(all);
        }
    }
}

fn advice(day: NaiveDate) -> String {
    format!(
        "See that the source holds every order of {day} once, and rerun it with --date if that has been mended. If it \
         was no usual day, enter it with `analytics-batch calendar import`"
    )
}
