//! The steps of a run, in their order.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use domain::analytics_db::lease::Lease;
use domain::analytics_db::runs::{self, NewRun, Outcome, RunPlan};
use domain::analytics_db::{publication, source_days};
use runtime::clock::Clock;
use runtime::database::AsyncMysqlConnection;

use super::ending::{self, Ending, GoneBack, milliseconds};
use super::extract::{Pace, Reader};
use super::formerly::{Former, before_first_day, left_behind, yet_to_come};
use super::plan::{Plan, Request, Target};
use super::progress::{Ahead, Extracted, Progress};
use super::publish::{Published, Publisher, Shown};
use super::survey::Survey;
use super::unreadable::with_the_row;
use super::{Settings, accuracy, forecast, suspicion};
use crate::cli::RunArguments;
use crate::connections::{In as _, answered, publisher};
use crate::failure::Failure;
use crate::link::Link;
use crate::migrate::bring_up_to_date;
use crate::report::Report;
use crate::writer::LAST_WORD;

/// Connections that read order_db at the same time, unless the command line says how many: two are waited for while the
/// answer of the third is folded.
const JOBS: u8 = 3;

/// Days in one transaction of a run that may have years to publish.
const DAYS_A_TRANSACTION: usize = 31;

/// Days without a SERVED order after the first one that make it look like a stray, of 1970 say.
const A_LONG_WHILE: i64 = 366;

/// Ids that the newest orders of a source may lack since the last run and still be taken for deleted: no replica is
/// worth a stop for so few orders, and no backup that is put back ends so close.
pub(super) const DELETED_AT_MOST: i64 = 10;

/// The highest id of a source without orders.
const NO_ORDERS: i64 = 0;

/// A run under way.
pub(super) struct Run<'a> {
    request: Request<'a>,
    settings: &'a Settings,
    clock: Clock,
    allow_empty: bool,
    pace: Pace,
    /// The name that the run has in the ledger, once it may stand there. Not its number: a run that is interrupted as
    /// it enters itself never hears that.
    holder: OnceCell<String>,
    started: Instant,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        request: Request<'a>,
        settings: &'a Settings,
        clock: Clock,
        arguments: &RunArguments,
    ) -> Self {
        Self {
            request,
            settings,
            clock,
            allow_empty: arguments.allow_empty,
            pace: pace(arguments, settings),
            holder: OnceCell::new(),
            started: Instant::now(),
        }
    }

    /// Does all of it, as the holder of the lease.
    pub(super) async fn carry_out(&self, lease: &Lease, link: &mut Link<'_>) -> Result<Report, Failure> {
        let Settings { analytics, forecasting, .. } = self.settings;
        bring_up_to_date(lease, link, analytics, self.clock.now()).await?;
        let new_run = NewRun {
            kind: self.request.kind(),
            version: env!("CARGO_PKG_VERSION"),
            holder: lease.holder(),
            started_at: self.clock.now().naive_utc(),
            outcome: Outcome::Running.name(),
        };
        self.holder.get_or_init(|| lease.holder().to_owned());
        let start = async |connection: &mut AsyncMysqlConnection| {
            let start = async |connection: &mut _| Ok(runs::start(connection, &new_run).await?);
            Ok(lease.record(connection, start).await?)
        };
        let run_id = link.step("entering the run in the ledger", start).await?;

        let database = &self.settings.order_database;
        let surveyed = with_the_row(database, Survey::make(link, self.settings, self.clock).await);
        let (survey, source) = surveyed.await?;
        survey.refuse_another_calendar(self.request)?;
        if let Some(day) = survey.published.last().filter(|day| day.date > survey.last_ended_day) {
            log::warn!(
                "{} is published and has not ended by this machine's clock: the clock was ahead at an earlier run, or it is \
                 behind now. Set it right; the first night after the day's end computes it again. Such days \
                 after the last order are withdrawn until then",
                day.date
            );
        }
        if let Some(warning) = survey.catalogue.want_of_snapshots() {
            log::warn!("{warning}");
        }
        let plan = Plan::new(self.request, &survey.known());
        if let Some(reason) = plan.reads_everything_because {
            log::info!("reading every order: {reason}");
        }

        let reader = Reader::new(
            source,
            self.pace,
            survey.source(self.settings, Some(self.settings.orders.extractor), link.retry().clone()),
        );
        let formers = if self.request == Request::Rebuild { Former::all_of(&survey) } else { Vec::new() };
        let gone_back = self.gone_back(&survey);
        let progress = Progress::begin(formers);
        let publishing = Publisher {
            lease,
            run_id,
            clock: self.clock,
            calendar: analytics.calendar,
            day_calendar: &survey.day_calendar,
            currency: analytics.currency.as_str(),
            allow_empty: self.allow_empty,
            has_gone_back: gone_back.is_some(),
            days_a_transaction: days_a_transaction(self.request, &plan),
        };
        let ahead = ahead(&plan, &survey, analytics.first_day);
        let read = read_and_keep_up(reader, &plan, &progress, ahead, &publishing, link).await;
        let mut published = with_the_row(database, read).await?;
        let (mut extracted, taken) = progress.into_found();
        let reads_everything = plan.reads_everything_because.is_some();
        // What a source that has gone back does not hold may be there again tomorrow.
        let starts_anew = reads_everything && gone_back.is_none();
        self.store_map(lease, link, &survey, starts_anew, &extracted).await?;

        let (days, first_day) =
            days_to_publish(&plan, &survey, &extracted, analytics.first_day, self.request);
        let mut gone = BTreeSet::new();
        if !self.request.names_its_days() {
            let look = async |connection: &mut AsyncMysqlConnection| {
                let mut gone = yet_to_come(connection, &survey, &extracted.map).await?;
                if let (Target::UpTo(last), Some(first), Request::Rebuild) =
                    (&plan.target, first_day, self.request)
                {
                    gone.extend(left_behind(connection, &survey, &extracted.formers, first, *last).await?);
                    if let Some(floor) = analytics.first_day {
                        gone.extend(before_first_day(connection, &survey, &extracted.map, floor).await?);
                    }
                }
                Ok(gone)
            };
            gone = link.step("looking for days to withdraw", look).await?;
        }
        let gone: Vec<_> = gone.into_iter().collect();
        let noted = RunPlan {
            first_day: days.first().copied(),
            last_day: days.last().copied(),
            days_planned: i32::try_from(days.len()).unwrap_or(i32::MAX),
            orders_read: extracted.orders_read,
            lines_read: extracted.lines_read,
        };
        let note =
            async |connection: &mut _| runs::note_plan(connection, run_id, &noted).await.in_analytics_db();
        link.step("noting the plan in the ledger", note).await?;
        // Those that are published already, but for those that were read again.
        let left = |day: &NaiveDate| !taken.contains(day) || extracted.older_days.contains(day);
        let left: Vec<_> = days.iter().copied().filter(left).collect();
        let shown = Shown { first_day, older_days: &extracted.older_days };
        publishing.publish(link, shown, &gone, &left, &mut extracted.book, &mut published).await?;
        let calendar = analytics.calendar;
        // By what was forecast before this run.
        let suspicions = suspicion::judge(lease, link, calendar, run_id).await;
        let forecast = forecast::forecast(lease, link, calendar, self.clock, forecasting.model).await;
        // After the forecast, which does not wait for it, and whatever has become of that.
        let scored = accuracy::score(lease, link, calendar, self.clock).await;
        let load = async |connection: &mut _| publication::load(connection).await.in_analytics_db();
        let generation = link.step("reading the generation", load).await?.generation;

        let ending = Ending {
            request: self.request,
            run_id,
            plan: &plan,
            days: &days,
            extracted: &extracted,
            published,
            forecast,
            scored,
            suspicions,
            gone_back,
            generation,
            took: self.started.elapsed(),
        };
        let report = ending.report()?;
        // As long as a source that has gone back is not said to be right, the next run is to see that it has.
        let is_taken_for_right = gone_back.is_none() || report.problems.is_empty();
        if is_taken_for_right && reads_everything && !starts_anew {
            self.store_map(lease, link, &survey, true, &extracted).await?;
        }
        let highest_order_id = (plan.advances_watermark && is_taken_for_right).then_some(survey.highest_id);
        let (outcome, record) = (ending::outcome(&report), ending::record(&report, highest_order_id));
        let finish = async |connection: &mut _| {
            runs::finish(connection, run_id, outcome, self.clock.now(), &record).await.in_analytics_db()
        };
        link.step("noting the run's end in the ledger", finish).await?;
        Ok(report)
    }

    /// Whether the source holds less than when all its orders were last taken into account, but for a few that somebody
    /// may have deleted. A rerun of named days is a person's own decision.
    fn gone_back(&self, survey: &Survey) -> Option<GoneBack> {
        let from = survey.watermark.filter(|_| !self.allow_empty && !self.request.names_its_days())?;
        let to = survey.highest_id;
        let lost = from.saturating_sub(to);
        (lost > DELETED_AT_MOST || (lost > 0 && to == NO_ORDERS)).then_some(GoneBack { from, to })
    }

    /// Stores what the reading has taught about where orders lie. It is right whatever becomes of the rest of the run.
    async fn store_map(
        &self,
        lease: &Lease,
        link: &mut Link<'_>,
        survey: &Survey,
        starts_anew: bool,
        extracted: &Extracted,
    ) -> Result<(), Failure> {
        let mut map = if starts_anew { source_days::SourceMap::default() } else { survey.map.clone() };
        map.merge(&extracted.map);
        let store = async |connection: &mut _| {
            if starts_anew {
                source_days::clear(connection).await?;
                source_days::store(connection, &source_days::SourceMap::default(), &map).await?;
            } else {
                source_days::store(connection, &survey.map, &map).await?;
            }
            Ok(())
        };
        link.step("storing where orders lie", async |connection| Ok(lease.record(connection, store).await?))
            .await
    }

    /// Notes in the ledger how the run failed, on a connection of its own: the run's may be gone.
    pub(super) async fn note_failure(&self, failure: &Failure) {
        let Some(holder) = self.holder.get() else { return };
        let outcome = match failure {
            Failure::TryLater(_) | Failure::LeaseLost(_) => Outcome::Interrupted,
            _ => Outcome::Failed,
        };
        let (now, took, error) =
            (self.clock.now(), milliseconds(self.started.elapsed()), failure.to_string());
        let noted = answered("analytics_db", LAST_WORD, async {
            let mut connection = publisher(&self.settings.analytics_database).await?;
            runs::fail(&mut connection, holder, outcome, failure.name(), now, took, &error)
                .await
                .in_analytics_db()
        });
        if let Err(unnoted) = noted.await {
            log::warn!("how the run ended could not be noted in the ledger: {unnoted}");
        }
    }
}

/// Reads what the plan says, and publishes meanwhile what may be.
async fn read_and_keep_up(
    mut reader: Reader<'_>,
    plan: &Plan,
    progress: &Progress,
    ahead: Option<Ahead>,
    publishing: &Publisher<'_>,
    link: &mut Link<'_>,
) -> Result<Published, Failure> {
    let Some(ahead) = ahead.filter(|_| reader.has_parts_to_spare(plan)) else {
        reader.read_all(plan, progress).await?;
        return Ok(Published::default());
    };
    reader.look_ahead(plan, progress).await?;
    let ((), published) =
        tokio::try_join!(reader.read_all(plan, progress), publishing.keep_up(link, ahead, progress))?;
    Ok(published)
}

/// The days that may be published while orders are still read: those of a run that reads all of them, unless there are
/// days to withdraw first, which is known only at the end.
fn ahead(plan: &Plan, survey: &Survey, floor: Option<NaiveDate>) -> Option<Ahead> {
    let Target::UpTo(last) = plan.target else { return None };
    let withdraws = survey.of_other_calendars().next().is_some()
        || floor.is_some_and(|floor| survey.published_dates.range(..floor).next().is_some());
    (survey.catalogue.ids_in_order && plan.index.is_none() && !withdraws).then_some(Ahead { floor, last })
}

/// The most days in one transaction.
fn days_a_transaction(request: Request<'_>, plan: &Plan) -> usize {
    match request {
        Request::Nightly { .. } if plan.reads_everything_because.is_none() => 1,
        _ => DAYS_A_TRANSACTION,
    }
}

/// How hard the source may be asked.
pub(super) fn pace(arguments: &RunArguments, settings: &Settings) -> Pace {
    Pace {
        jobs: arguments.jobs.unwrap_or(JOBS).into(),
        orders_a_slice: settings.orders.slice,
        throttle: arguments.throttle.map_or(Duration::ZERO, |pause| pause.0),
    }
}

/// The days to publish, ascending, and the first business day that the source holds a SERVED order of.
fn days_to_publish(
    plan: &Plan,
    survey: &Survey,
    extracted: &Extracted,
    floor: Option<NaiveDate>,
    request: Request<'_>,
) -> (Vec<NaiveDate>, Option<NaiveDate>) {
    let found = extracted.map.first_served_day(floor);
    let known = survey.map.first_served_day(floor).filter(|_| plan.reads_everything_because.is_none());
    let first_day = known.into_iter().chain(found).min();
    if let (Some(first), Target::UpTo(_)) = (first_day, &plan.target)
        && let Some(next) = extracted.map.first_served_day(Some(first + Days::new(1)))
        && (next - first).num_days() > A_LONG_WHILE
    {
        log::warn!(
            "the first SERVED order is of {first} and the next ones of {next}: the days between are published as \
             without sales. If that order is a stray one, set ANALYTICS__FIRST_DAY={next} and run --rebuild once"
        );
    }
    let days = match (&plan.target, first_day) {
        (Target::Days(days), Some(first)) if matches!(request, Request::Nightly { .. }) => {
            // An order of before the first one known so far has turned up: the days from there on are not published.
            let newly_held = first.iter_days().take_while(|day| known.is_some_and(|known| *day < known));
            let newly_held = newly_held.filter(|day| !survey.published_dates.contains(day));
            let all = days.union(&extracted.older_days).copied().chain(newly_held);
            let ended: BTreeSet<_> =
                all.filter(|day| first <= *day && *day <= survey.last_ended_day).collect();
            ended.into_iter().collect()
        }
        (Target::Days(days), _) => days.union(&extracted.older_days).copied().collect(),
        (Target::UpTo(last), Some(first)) => first.iter_days().take_while(|day| day <= last).collect(),
        (Target::UpTo(_), None) => Vec::new(),
    };
    (days, first_day)
}
