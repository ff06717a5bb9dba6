//! Looking around before the run: what analytics_db knows and what the source's catalogue says.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::analytics_db::days::{DayCalendar, PublishedDay, published};
use domain::analytics_db::migrations;
use domain::analytics_db::runs;
use domain::analytics_db::source_days::{self, SourceMap};
use domain::calendar::{Calendar, SourceClock};
use domain::order_db::catalogue::Catalogue;
use domain::order_db::{ends_of_ids, latest_times};
use runtime::clock::Clock;
use runtime::database::AsyncMysqlConnection;
use runtime::settings::ExtractorChoice;

use super::Settings;
use super::extract::Source;
use super::plan::{Known, Plan, Request, Target};
use crate::connections::{In as _, answered, source};
use crate::failure::Failure;
use crate::link::Link;
use crate::report::Report;
use crate::retry::Retry;

/// What is known before an order is read.
pub(super) struct Survey {
    pub(super) catalogue: Catalogue,
    pub(super) source_clock: SourceClock,
    pub(super) day_calendar: DayCalendar,
    pub(super) published: Vec<PublishedDay>,
    pub(super) published_dates: BTreeSet<NaiveDate>,
    pub(super) map: SourceMap,
    pub(super) watermark: Option<i64>,
    pub(super) lowest_id: i64,
    pub(super) highest_id: i64,
    pub(super) last_ended_day: NaiveDate,
    first_day: Option<NaiveDate>,
}

/// What stands in analytics_db before the run.
struct Standing {
    published: Vec<PublishedDay>,
    map: SourceMap,
    watermark: Option<i64>,
}

impl Standing {
    /// Reads it.
    async fn load(connection: &mut AsyncMysqlConnection) -> Result<Self, Failure> {
        Ok(Self {
            published: published(connection).await.in_analytics_db()?,
            map: source_days::load(connection).await.in_analytics_db()?,
            watermark: runs::highest_order_id(connection).await.in_analytics_db()?,
        })
    }
}

impl Survey {
    /// Looks around; gives the connection to the source along.
    pub(super) async fn make(
        link: &mut Link<'_>,
        settings: &Settings,
        clock: Clock,
    ) -> Result<(Self, AsyncMysqlConnection), Failure> {
        let standing = link.step("looking at what is published", Standing::load).await?;
        let look = async || Self::of_source(settings, clock).await;
        let (mut survey, source) = link.retry().run("looking at the source", look).await?;
        survey.take_up(standing);
        Ok((survey, source))
    }

    /// Adds what stands in analytics_db.
    fn take_up(&mut self, Standing { published, map, watermark }: Standing) {
        self.published_dates = published.iter().map(|day| day.date).collect();
        self.published = published;
        self.map = map;
        self.watermark = watermark;
    }

    /// Looks at the source alone, as if nothing were published yet; gives the connection along.
    async fn of_source(settings: &Settings, clock: Clock) -> Result<(Self, AsyncMysqlConnection), Failure> {
        let mut source = source(&settings.order_database).await?;
        let limit = 2 * settings.order_database.statement_timeout;
        let (catalogue, ends) = answered("order_db", limit, async {
            let catalogue = Catalogue::read(&mut source).await?;
            Ok((catalogue, ends_of_ids(&mut source).await.in_order_db()?))
        })
        .await?;
        let (lowest_id, highest_id) = ends.unwrap_or_default();
        let calendar = settings.analytics.calendar;
        let source_clock = SourceClock {
            timezone: if catalogue.created_at_is_utc {
                Tz::UTC
            } else {
                settings.orders.timezone.unwrap_or(calendar.timezone)
            },
        };
        if let Some(max_age) = settings.orders.max_age {
            let times = answered("order_db", limit, async {
                latest_times(&mut source, catalogue.ids_in_order, LOOKED_AT).await.in_order_db()
            })
            .await?;
            let entered = times.into_iter().filter_map(|time| Some(source_clock.instant_of(time.0?)));
            refuse_a_stopped_source(entered, max_age, calendar, clock.now())?;
        }
        let survey = Self {
            day_calendar: DayCalendar::new(calendar, source_clock),
            catalogue,
            source_clock,
            published: Vec::new(),
            published_dates: BTreeSet::new(),
            map: SourceMap::default(),
            watermark: None,
            lowest_id,
            highest_id,
            last_ended_day: calendar.last_ended_day(clock.now()),
            first_day: settings.analytics.first_day,
        };
        Ok((survey, source))
    }

    pub(super) fn known(&self) -> Known<'_> {
        Known {
            last_ended_day: self.last_ended_day,
            first_day: self.first_day,
            published: &self.published_dates,
            map: &self.map,
            watermark: self.watermark,
            highest_id: self.highest_id,
            catalogue: &self.catalogue,
        }
    }

    /// The source as it is to be read.
    pub(super) fn source<'a>(
        &'a self,
        settings: &'a Settings,
        extractor: Option<ExtractorChoice>,
        retry: Retry,
    ) -> Source<'a> {
        Source {
            database: &settings.order_database,
            retry,
            catalogue: &self.catalogue,
            calendar: settings.analytics.calendar,
            clock: self.source_clock,
            extractor,
            first_day: self.first_day,
            published: self.of_this_calendar(),
            known: &self.map,
            lowest_id: self.lowest_id,
            highest_id: self.highest_id,
            highest_line_id: OnceLock::new(),
        }
    }

    /// Refuses to mix calendars, unless the run is to recompute everything anyhow. Days that the source no longer
    /// holds keep the calendar that they were computed by.
    pub(super) fn refuse_another_calendar(&self, request: Request<'_>) -> Result<(), Failure> {
        let held_from = self.map.first_served_day(None).unwrap_or(NaiveDate::MIN);
        let other =
            self.published.iter().find(|day| day.date >= held_from && day.calendar != self.day_calendar);
        match other {
            Some(day) if request != Request::Rebuild => Err(Failure::Configuration(format!(
                "published days were computed by another calendar: {} by {}, and the settings now say {}. \
                 Set ANALYTICS__TIMEZONE, ANALYTICS__DAY_START and ORDERS__TIMEZONE back, or run \
                 `analytics-batch --rebuild` once to recompute every day that the source still holds",
                day.date, day.calendar, self.day_calendar
            ))),
            _ => Ok(()),
        }
    }

    /// The days published by the calendar of this run.
    pub(super) fn of_this_calendar(&self) -> BTreeSet<NaiveDate> {
        let same = self.published.iter().filter(|day| day.calendar == self.day_calendar);
        same.map(|day| day.date).collect()
    }

    /// The days published by another calendar, each with that calendar.
    pub(super) fn of_other_calendars(&self) -> impl Iterator<Item = (NaiveDate, &DayCalendar)> {
        let others = self.published.iter().filter(|day| day.calendar != self.day_calendar);
        others.map(|day| (day.date, &day.calendar))
    }
}

/// Orders looked at for the newest one: the last may be dated tomorrow, or a month ago.
const LOOKED_AT: u32 = 100;

/// Refuses a source whose newest order is older than it may be, as a stopped replica's is. Orders dated in the future
/// tell nothing, and a source without any has not been said to be old.
fn refuse_a_stopped_source(
    entered: impl Iterator<Item = DateTime<Utc>>,
    max_age: Duration,
    calendar: Calendar,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(newest) = entered.filter(|entered| *entered <= now).max() else { return Ok(()) };
    let age = (now - newest).to_std().unwrap_or_default();
    if age <= max_age {
        return Ok(());
    }
    let hours = |span: Duration| format!("{:.1} h", span.as_secs_f64() / 3_600.0);
    Err(Failure::Data(format!(
        "the newest order in order_db is of {} and so {} old, but ORDERS__MAX_AGE allows {}: nothing was published. If \
         this is a replica, see whether it has stopped; if the restaurant was closed that long, raise ORDERS__MAX_AGE",
        newest.with_timezone(&calendar.timezone).format("%Y-%m-%d %H:%M %Z"),
        hours(age),
        hours(max_age)
    )))
}

/// Says what a run would do, without a lease and in sessions that cannot write.
pub(super) async fn dry_run(
    request: Request<'_>,
    settings: &Settings,
    clock: Clock,
    retry: Retry,
) -> Result<Report, Failure> {
    let mut link = Link::for_reading(&settings.analytics_database, retry);
    let look = async |connection: &mut AsyncMysqlConnection| match migrations::standing(connection)
        .await
        .in_analytics_db()?
        .pending
        .len()
    {
        0 => Ok((0, Some(Standing::load(connection).await?))),
        // Tables of an older version may lack what the survey asks for; a run would migrate them first.
        pending => Ok((pending, None)),
    };
    let (pending, standing) = link.step("looking at what is published", look).await?;
    let look = async || Survey::of_source(settings, clock).await;
    let (mut survey, _) = link.retry().run("looking at the source", look).await?;
    match standing {
        Some(standing) => survey.take_up(standing),
        None => log::info!("a run would first apply {pending} migrations to analytics_db"),
    }
    survey.refuse_another_calendar(request)?;
    let plan = Plan::new(request, &survey.known());
    let (first_day, last_day, days_planned) = match &plan.target {
        Target::Days(days) => (days.first().copied(), days.last().copied(), days.len()),
        Target::UpTo(last) => {
            let first = survey.map.first_served_day(settings.analytics.first_day);
            let days = first.map_or(0, |first| first.iter_days().take_while(|day| day <= last).count());
            (first, Some(*last), days)
        }
    };
    Ok(Report {
        kind: request.kind(),
        dry_run: true,
        outcome: "planned",
        first_day,
        last_day,
        days_planned,
        reading: describe(&plan),
        ..Report::default()
    })
}

/// How a plan finds its orders, in words.
pub(super) fn describe(plan: &Plan) -> String {
    let ids: Vec<String> =
        plan.ids.iter().map(|ids| format!("{} to {}", ids.start().max(&1), ids.end())).collect();
    match (plan.reads_everything_because, &plan.index) {
        (Some(reason), _) => format!("every order, because {reason}"),
        (None, Some(index)) if ids.is_empty() => format!("the days' orders by the index {index}"),
        (None, Some(index)) => {
            format!("the days' orders by the index {index}, and new ids {}", ids.join(", "))
        }
        (None, None) if ids.is_empty() => "no orders".to_owned(),
        (None, None) => format!("orders with ids {}", ids.join(", ")),
    }
}
