//! `analytics-batch calendar`: the special days that the forecast knows beforehand, kept by people.
//!
//! Nothing published changes by it: the next run's forecast knows the days. A file is taken in whole or not at all.

mod arguments;
mod file;
mod import;

use chrono::NaiveDate;
use domain::analytics_db::lease::Lease;
use domain::analytics_db::special_days;
use domain::forecast::SpecialDay;
use runtime::clock::Clock;
use runtime::settings::{AnalyticsDatabase, AnalyticsSettings};
use runtime::shutdown::Shutdown;

pub(crate) use arguments::CalendarCommand;

use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;
use crate::migrate::bring_up_to_date;
use crate::report::print;
use crate::retry::Retry;
use crate::writer::{as_an_onlooker, as_the_one_writer};
use arguments::{ListArguments, RemoveArguments};
use import::Import;

/// Does what is asked for, and says what it did.
///
/// # Errors
/// If the file is wrong, the database fails, or another run holds the lease.
pub(crate) async fn calendar(
    command: &CalendarCommand,
    (AnalyticsDatabase(database), analytics): (AnalyticsDatabase, AnalyticsSettings),
    clock: Clock,
    shutdown: Shutdown,
) -> Result<(), Failure> {
    match command {
        CalendarCommand::List(arguments) => {
            let mut link = Link::for_reading(&database, Retry::within(analytics.retry_for, &shutdown));
            as_an_onlooker(&shutdown, list(&mut link, arguments)).await
        }
        CalendarCommand::Import { file } => {
            // Before anything is asked of the database, which need not be there for a file to be wrong.
            let import = Import::read(file)?;
            let work = async |lease: &Lease, link: &mut Link<'_>| {
                bring_up_to_date(lease, link, &analytics, clock.now()).await?;
                import.carry_out(lease, link).await
            };
            let said = as_the_one_writer(&database, &analytics, &shutdown, work, async |_| {}).await?;
            print(&said)
        }
        CalendarCommand::Remove(arguments) => {
            let work = async |lease: &Lease, link: &mut Link<'_>| {
                bring_up_to_date(lease, link, &analytics, clock.now()).await?;
                remove(lease, link, arguments).await
            };
            let said = as_the_one_writer(&database, &analytics, &shutdown, work, async |_| {}).await?;
            print(&said)
        }
    }
}

/// Writes the days as CSV that can be imported again.
async fn list(link: &mut Link<'_>, arguments: &ListArguments) -> Result<(), Failure> {
    let load = async |connection: &mut _| special_days::load(connection).await.in_analytics_db();
    let days = link.step("reading the special days", load).await?;
    let first = arguments.from.unwrap_or(NaiveDate::MIN);
    let last = arguments.to.unwrap_or(NaiveDate::MAX);
    let wanted = days.into_iter().filter(|day| (first..=last).contains(&day.date));
    print(&file::write(wanted)?)
}

async fn remove(lease: &Lease, link: &mut Link<'_>, arguments: &RemoveArguments) -> Result<String, Failure> {
    let load = async |connection: &mut _| special_days::load(connection).await.in_analytics_db();
    let days = link.step("reading the special days", load).await?;
    let days: Vec<SpecialDay> = days.into_iter().filter(|day| arguments.mean(day)).collect();
    link.step("removing special days", async |connection| {
        let remove = async |connection: &mut _| Ok(special_days::remove(connection, &days).await?);
        Ok(lease.record(connection, remove).await?)
    })
    .await?;
    let mut said = vec![format!("Removed: {}. The next run's forecast no longer knows them.", days.len())];
    said.extend(days.iter().map(|day| format!("  {}", describe(day))));
    Ok(said.join("\n"))
}

/// A special day in a few words.
fn describe(day: &SpecialDay) -> String {
    let SpecialDay { date, kind, name, effect } = day;
    if name.is_empty() {
        format!("{date} {kind}: {effect}")
    } else {
        format!("{date} {kind} ({name}): {effect}")
    }
}
