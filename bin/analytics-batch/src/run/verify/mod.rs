//! `analytics-batch verify`: published days held against the source, and rebuilt if that is asked for.
//!
//! A pass over the source's orders gives each day's fingerprint. Verifying writes nothing and waits for nobody; a
//! repair is a run over the days that have drifted, under the lease, and never turns a day with sales into one without
//! unless it is told that this is right.

mod arguments;
mod compare;
mod examine;
mod report;

use std::cell::OnceCell;
use std::process::ExitCode;
use std::time::Instant;

use domain::analytics_db::days::OutOfStep;
use domain::analytics_db::lease::Lease;
use domain::analytics_db::{migrations, source_days};
use runtime::clock::Clock;
use runtime::shutdown::Shutdown;

use super::plan::Request;
use super::steps::{Run, pace};
use super::{Settings, request};
use crate::cli::{Format, RunArguments};
use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;
use crate::migrate::bring_up_to_date;
use crate::report::{Report, print};
use crate::retry::Retry;
use crate::writer::{as_an_onlooker, as_the_one_writer};
pub(crate) use arguments::VerifyArguments;
use examine::{Examiner, Findings};
use report::VerifyReport;

/// Verifies, repairs if that is asked for, and writes the report to standard output.
pub(crate) async fn verify(
    arguments: &VerifyArguments,
    settings: Settings,
    clock: Clock,
    shutdown: Shutdown,
) -> Result<ExitCode, Failure> {
    let started = Instant::now();
    let of_a_run = arguments.of_a_run();
    let request = request(&of_a_run, &settings, clock)?;
    let pace = pace(&of_a_run, &settings);
    let examiner = Examiner { settings: &settings, clock, pace, request };
    let report = if arguments.repair {
        let (found, mended) = repair(&examiner, &of_a_run, &shutdown).await?;
        VerifyReport::new(&found, mended, true, started.elapsed())
    } else {
        let looking = async {
            let retry = Retry::within(settings.analytics.retry_for, &shutdown);
            let mut link = Link::for_reading(&settings.analytics_database, retry);
            refuse_unknown_tables(&mut link).await?;
            examiner.look(&mut link).await
        };
        VerifyReport::new(&as_an_onlooker(&shutdown, looking).await?, None, false, started.elapsed())
    };
    let text = match arguments.format {
        Format::Text => report.text(),
        Format::Json => serde_json::to_string(&report)
            .map_err(|error| Failure::Internal(format!("the report cannot be written: {error}")))?,
    };
    print(&text)?;
    Ok(report.exit_code())
}

/// Tables of an older version may lack what is asked for.
async fn refuse_unknown_tables(link: &mut Link<'_>) -> Result<(), Failure> {
    let standing = async |connection: &mut _| migrations::standing(connection).await.in_analytics_db();
    match link.step("looking for migrations", standing).await?.pending.len() {
        0 => Ok(()),
        pending => Err(Failure::Configuration(format!(
            "{pending} migrations of analytics_db are pending, so there is nothing to verify yet: run \
             `analytics-batch migrate`, or let a run publish days first"
        ))),
    }
}

/// What a repair has done, and what a second look has shown.
struct Mended {
    run: Report,
    again: Findings,
}

/// Looks, rebuilds what has drifted and looks again, all under one lease. Without drift there is no run.
async fn repair(
    examiner: &Examiner<'_>,
    of_a_run: &RunArguments,
    shutdown: &Shutdown,
) -> Result<(Findings, Option<Mended>), Failure> {
    let Examiner { settings, clock, .. } = examiner;
    let (days, run) = (OnceCell::new(), OnceCell::new());
    as_the_one_writer(
        &settings.analytics_database,
        &settings.analytics,
        shutdown,
        async |lease, link| {
            bring_up_to_date(lease, link, &settings.analytics, clock.now()).await?;
            let found = examiner.look(link).await?;
            let drifted = found.to_repair(of_a_run.allow_empty);
            if drifted.is_empty() {
                add_up(lease, link, &found.rollups, clock).await?;
                return Ok((found, None));
            }
            store_map(lease, link, &found).await?;
            let days = days.get_or_init(|| drifted);
            let run = run.get_or_init(|| Run::new(Request::Repair { days }, settings, *clock, of_a_run));
            let report = run.carry_out(lease, link).await?;
            add_up(lease, link, &found.rollups, clock).await?;
            let again = examiner.look(link).await?;
            Ok((found, Some(Mended { run: report, again })))
        },
        async |failure| {
            if let Some(run) = run.get() {
                run.note_failure(failure).await;
            }
        },
    )
    .await
}

/// Adds up again what does not add up, a month or a year in one transaction. Days that are rebuilt add their differences
/// to it, so that comes before.
async fn add_up(
    lease: &Lease,
    link: &mut Link<'_>,
    rollups: &[OutOfStep],
    clock: &Clock,
) -> Result<(), Failure> {
    for rollup in rollups {
        let add_up = async |connection: &mut _| Ok(rollup.add_up(connection).await?);
        link.step("adding up item sales again", async |connection| {
            Ok(lease.publish(connection, clock.now(), add_up).await?)
        })
        .await?;
    }
    Ok(())
}

/// Stores where orders lie now: the run goes by it, and an order may have moved to another day since it was read.
async fn store_map(lease: &Lease, link: &mut Link<'_>, found: &Findings) -> Result<(), Failure> {
    let mut map = found.known_map.clone();
    map.merge(&found.map);
    let store = async |connection: &mut _| Ok(source_days::store(connection, &found.known_map, &map).await?);
    link.step("storing where orders lie", async |connection| Ok(lease.record(connection, store).await?)).await
}
