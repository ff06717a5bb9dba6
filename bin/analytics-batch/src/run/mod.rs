//! A run, from the plan to the report.

mod extract;
mod forecast;
mod plan;
mod publish;
mod survey;

use std::cell::Cell;
use std::process::ExitCode;
use std::time::Instant;

use chrono::{Days, NaiveDate};
use domain::analytics_db::lease::Lease;
use domain::analytics_db::runs::{self, NewRun, Outcome, RunRecord};
use domain::analytics_db::{publication, source_days};
use runtime::clock::Clock;
use runtime::database::AsyncMysqlConnection;
use runtime::settings::{AnalyticsSettings, DatabaseSettings, OrdersSettings};
use runtime::shutdown::Shutdown;

use crate::cli::{Format, RunArguments};
use crate::connections::{In as _, publisher};
use crate::failure::Failure;
use crate::migrate::bring_up_to_date;
use crate::report::Report;
use crate::writer::as_the_one_writer;
use extract::{Extracted, Extractor};
use plan::{Plan, Request, Target};
use publish::{Published, Publisher};
use survey::Survey;

/// What a run works with.
pub(crate) struct Settings {
    pub(crate) order_database: DatabaseSettings,
    pub(crate) analytics_database: DatabaseSettings,
    pub(crate) analytics: AnalyticsSettings,
    pub(crate) orders: OrdersSettings,
}

/// Days in one transaction of a run that may have years to publish.
const DAYS_A_TRANSACTION: usize = 31;

/// Days without a SERVED order after the first one that make it look like a stray, of 1970 say.
const A_LONG_WHILE: i64 = 366;

/// Runs, and writes the report to standard output.
pub(crate) async fn run(
    arguments: &RunArguments,
    settings: Settings,
    clock: Clock,
    shutdown: Shutdown,
) -> Result<ExitCode, Failure> {
    let request = request(arguments, &settings, clock)?;
    let report = if arguments.dry_run {
        survey::dry_run(request, &settings, clock).await?
    } else {
        let run = Run {
            request,
            settings: &settings,
            clock,
            allow_empty: arguments.allow_empty,
            id: Cell::new(None),
            started: Instant::now(),
        };
        let length = settings.analytics.lease;
        let outcome =
            as_the_one_writer(&settings.analytics_database, length, &shutdown, async |lease, connection| {
                run.carry_out(lease, connection).await
            })
            .await;
        if let Err(failure) = &outcome {
            run.note_failure(failure).await;
        }
        outcome?
    };
    tell(&report, arguments.format)?;
    // Days are published and something is not as it should be: the ledger and the report say what.
    Ok(match (report.problems.is_empty(), report.forecast_failed) {
        (_, true) => ExitCode::from(70),
        (false, _) => ExitCode::from(65),
        (true, _) => ExitCode::SUCCESS,
    })
}

fn tell(report: &Report, format: Format) -> Result<(), Failure> {
    let text = match format {
        Format::Text => report.text(),
        Format::Json => serde_json::to_string(report)
            .map_err(|error| Failure::Internal(format!("the report cannot be written: {error}")))?,
    };
    #[expect(clippy::print_stdout, reason = "the report is this program's output")]
    {
        println!("{text}");
    }
    Ok(())
}

/// What the arguments ask for, refused if a day has not ended.
fn request(arguments: &RunArguments, settings: &Settings, clock: Clock) -> Result<Request, Failure> {
    let range = arguments.date.map(|day| (day, day)).or(arguments.from.zip(arguments.to));
    let Some((from, to)) = range else {
        let lookback = arguments.lookback.unwrap_or(settings.analytics.lookback);
        return Ok(if arguments.rebuild { Request::Rebuild } else { Request::Nightly { lookback } });
    };
    if from > to {
        return Err(Failure::Usage(format!("--from {from} is after --to {to}: swap them")));
    }
    let calendar = settings.analytics.calendar;
    if calendar.end_of(to) > clock.now() {
        let end = calendar.end_of(to).with_timezone(&calendar.timezone);
        return Err(Failure::Usage(format!(
            "business day {to} has not ended: it will at {} ({}). The last one that has is {}",
            end.format("%Y-%m-%d %H:%M %Z"),
            calendar.timezone,
            calendar.last_ended_day(clock.now())
        )));
    }
    Ok(Request::Range { from, to })
}

struct Run<'a> {
    request: Request,
    settings: &'a Settings,
    clock: Clock,
    allow_empty: bool,
    /// The run's number in the ledger, once it stands there.
    id: Cell<Option<i64>>,
    started: Instant,
}

impl Run<'_> {
    async fn carry_out(&self, lease: &Lease, connection: AsyncMysqlConnection) -> Result<Report, Failure> {
        let Settings { analytics, orders, .. } = self.settings;
        let mut connection = bring_up_to_date(lease, connection, analytics, self.clock.now()).await?;
        let new_run = NewRun {
            kind: self.request.kind(),
            version: env!("CARGO_PKG_VERSION"),
            holder: lease.holder(),
            started_at: self.clock.now().naive_utc(),
            outcome: Outcome::Running.name(),
        };
        let run_id = runs::start(&mut connection, &new_run).await.in_analytics_db()?;
        self.id.set(Some(run_id));

        let (survey, source) = Survey::make(&mut connection, self.settings, self.clock).await?;
        survey.refuse_another_calendar(self.request)?;
        let plan = Plan::new(self.request, &survey.known());
        if let Some(reason) = plan.reads_everything_because {
            log::info!("reading every order: {reason}");
        }

        let extractor = Extractor {
            connection: source,
            catalogue: &survey.catalogue,
            calendar: analytics.calendar,
            clock: survey.source_clock,
            first_day: analytics.first_day,
            published: &survey.published_dates,
            known: &survey.map,
            highest_id: survey.highest_id,
            orders_a_slice: orders.slice,
        };
        let mut extracted = extractor.extract(&plan).await?;
        self.store_map(lease, &mut connection, &survey, &plan, &extracted).await?;

        let (days, first_day) =
            days_to_publish(&plan, &survey, &extracted, analytics.first_day, self.request);
        let one_a_day =
            matches!(self.request, Request::Nightly { .. }) && plan.reads_everything_because.is_none();
        let publishing = Publisher {
            lease,
            run_id,
            clock: self.clock,
            calendar: analytics.calendar,
            day_calendar: &survey.day_calendar,
            currency: analytics.currency.as_str(),
            first_day,
            allow_empty: self.allow_empty,
            days_a_transaction: if one_a_day { 1 } else { DAYS_A_TRANSACTION },
        };
        let published = publishing.publish(&mut connection, &days, &mut extracted.book).await?;
        let forecast = forecast::forecast(lease, &mut connection, analytics.calendar, self.clock).await;
        let generation = publication::load(&mut connection).await.in_analytics_db()?.generation;

        let report = self.report(run_id, &plan, &days, extracted, published, forecast, generation)?;
        let record = record_of(&report, plan.advances_watermark.then_some(survey.highest_id));
        let outcome = if report.outcome == Outcome::Succeeded.name() {
            Outcome::Succeeded
        } else {
            Outcome::Incomplete
        };
        runs::finish(&mut connection, run_id, outcome, self.clock.now(), &record).await.in_analytics_db()?;
        Ok(report)
    }

    /// Stores what the reading has taught about where orders lie. It is right whatever becomes of the rest of the run.
    async fn store_map(
        &self,
        lease: &Lease,
        connection: &mut AsyncMysqlConnection,
        survey: &Survey,
        plan: &Plan,
        extracted: &Extracted,
    ) -> Result<(), Failure> {
        let starts_anew = plan.reads_everything_because.is_some();
        let mut map = if starts_anew { source_days::SourceMap::default() } else { survey.map.clone() };
        map.merge(&extracted.map);
        lease
            .record(connection, async |connection| {
                if starts_anew {
                    source_days::clear(connection).await?;
                    source_days::store(connection, &source_days::SourceMap::default(), &map).await?;
                } else {
                    source_days::store(connection, &survey.map, &map).await?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the report is where all parts of a run come together")]
    fn report(
        &self,
        run_id: i64,
        plan: &Plan,
        days: &[NaiveDate],
        extracted: Extracted,
        published: Published,
        forecast: Result<String, Failure>,
        generation: i64,
    ) -> Result<Report, Failure> {
        let mut problems = Vec::new();
        if !published.would_be_emptied.is_empty() {
            problems.push(format!(
                "the source holds no SERVED order of {}, which stands with sales: left alone. If that is right, rerun with --allow-empty",
                list(&published.would_be_emptied)
            ));
        }
        if !published.before_first_order.is_empty() {
            problems.push(format!(
                "{} lies before the source's first SERVED order: left alone. To publish it as without sales, rerun with --allow-empty",
                list(&published.before_first_order)
            ));
        }
        if extracted.undated_orders > 0 {
            log::warn!("{} orders have a zero date and belong to no business day", extracted.undated_orders);
        }
        let (forecast, forecast_failed) = match forecast {
            Ok(said) => (said, false),
            // Without the lease or the database nothing more can be said of this run here.
            Err(failure @ (Failure::TryLater(_) | Failure::Unavailable(_))) => return Err(failure),
            Err(failure) => {
                log::error!("the days are published, but the forecast failed: {failure}");
                (format!("failed: {failure}"), true)
            }
        };
        let mut left_alone = published.would_be_emptied;
        left_alone.extend(published.before_first_order);
        let succeeded = problems.is_empty() && !forecast_failed;
        Ok(Report {
            kind: self.request.kind(),
            run_id: Some(run_id),
            dry_run: false,
            outcome: if succeeded { Outcome::Succeeded } else { Outcome::Incomplete }.name(),
            first_day: days.first().copied(),
            last_day: days.last().copied(),
            days_planned: days.len(),
            days_changed: published.changed,
            days_left_alone: left_alone,
            reading: survey::describe(plan),
            orders_read: extracted.orders_read,
            lines_read: extracted.lines_read,
            rows_changed: published.rows_changed,
            forecast: Some(forecast),
            forecast_failed,
            generation: Some(generation),
            duration_ms: i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX),
            problems,
        })
    }

    /// Notes in the ledger how the run failed, on a connection of its own: the run's may be gone.
    async fn note_failure(&self, failure: &Failure) {
        let Some(run_id) = self.id.get() else { return };
        let outcome =
            if matches!(failure, Failure::TryLater(_)) { Outcome::Interrupted } else { Outcome::Failed };
        let record = RunRecord { error: Some(failure.to_string()), ..RunRecord::default() };
        let noted = async {
            let mut connection = publisher(&self.settings.analytics_database).await?;
            runs::finish(&mut connection, run_id, outcome, self.clock.now(), &record).await.in_analytics_db()
        };
        if let Err(unnoted) = noted.await {
            log::warn!("how the run ended could not be noted in the ledger: {unnoted}");
        }
    }
}

/// The days to publish, ascending, and the first business day that the source holds a SERVED order of.
fn days_to_publish(
    plan: &Plan,
    survey: &Survey,
    extracted: &Extracted,
    floor: Option<NaiveDate>,
    request: Request,
) -> (Vec<NaiveDate>, Option<NaiveDate>) {
    let found = extracted.map.first_served_day(floor);
    let known = survey.map.first_served_day(floor).filter(|_| plan.reads_everything_because.is_none());
    let first_day = known.into_iter().chain(found).min().map(|first| {
        let before = first - Days::new(1);
        // A change of calendar can move a day's every order into the next day: that day is without sales now.
        let moved = request == Request::Rebuild
            && extracted.first_served.is_some_and(|instant| survey.held_by_its_own_calendar(before, instant));
        if moved { before } else { first }
    });
    if let Some(first) = first_day
        && let Some(next) = extracted.map.first_served_day(Some(first + Days::new(1)))
        && (next - first).num_days() > A_LONG_WHILE
    {
        log::warn!(
            "the first SERVED order is of {first} and the next ones of {next}: the days between are published as \
             without sales. If that order is a stray one, set ANALYTICS__FIRST_DAY={next}"
        );
    }
    let days = match (&plan.target, first_day) {
        (Target::Days(days), _) => days.union(&extracted.older_days).copied().collect(),
        (Target::UpTo(last), Some(first)) => first.iter_days().take_while(|day| day <= last).collect(),
        (Target::UpTo(_), None) => Vec::new(),
    };
    (days, first_day)
}

fn record_of(report: &Report, highest_order_id: Option<i64>) -> RunRecord {
    RunRecord {
        first_day: report.first_day,
        last_day: report.last_day,
        days_planned: i32::try_from(report.days_planned).unwrap_or(i32::MAX),
        days_changed: i32::try_from(report.days_changed.len()).unwrap_or(i32::MAX),
        orders_read: report.orders_read,
        lines_read: report.lines_read,
        rows_changed: i64::try_from(report.rows_changed).unwrap_or(i64::MAX),
        duration_ms: Some(report.duration_ms),
        highest_order_id,
        generation: report.generation,
        forecast: report.forecast.clone(),
        error: (!report.problems.is_empty()).then(|| report.problems.join("; ")),
    }
}

/// A few dates in words.
fn list(days: &[NaiveDate]) -> String {
    const NAMED: usize = 5;
    let named: Vec<String> = days.iter().take(NAMED).map(ToString::to_string).collect();
    match days.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
