//! Looking around before the run: what analytics_db knows and what the source's catalogue says.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::analytics_db::days::{DayCalendar, PublishedDay, published};
use domain::analytics_db::migrations;
use domain::analytics_db::runs;
use domain::analytics_db::source_days::{self, SourceMap};
use domain::calendar::SourceClock;
use domain::order_db::catalogue::Catalogue;
use domain::order_db::ends_of_ids;
use runtime::clock::Clock;
use runtime::database::AsyncMysqlConnection;
use runtime::settings::ExtractorChoice;

use super::Settings;
use super::extract::Source;
use super::plan::{Known, Plan, Request, Target};
use crate::connections::{In as _, publisher, source};
use crate::failure::Failure;
use crate::report::Report;

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

impl Survey {
    /// Looks around; gives the connection to the source along.
    pub(super) async fn make(
        connection: &mut AsyncMysqlConnection,
        settings: &Settings,
        clock: Clock,
    ) -> Result<(Self, AsyncMysqlConnection), Failure> {
        let published = published(connection).await.in_analytics_db()?;
        let map = source_days::load(connection).await.in_analytics_db()?;
        let watermark = runs::highest_order_id(connection).await.in_analytics_db()?;
        let mut survey = Self::of_source(settings, clock).await?;
        survey.0.published_dates = published.iter().map(|day| day.date).collect();
        survey.0.published = published;
        survey.0.map = map;
        survey.0.watermark = watermark;
        Ok(survey)
    }

    /// Looks at the source alone, as if nothing were published yet.
    async fn of_source(settings: &Settings, clock: Clock) -> Result<(Self, AsyncMysqlConnection), Failure> {
        let mut source = source(&settings.order_database).await?;
        let catalogue = Catalogue::read(&mut source).await?;
        let (lowest_id, highest_id) = ends_of_ids(&mut source).await.in_order_db()?.unwrap_or_default();
        let calendar = settings.analytics.calendar;
        let source_clock = SourceClock {
            timezone: if catalogue.created_at_is_utc {
                Tz::UTC
            } else {
                settings.orders.timezone.unwrap_or(calendar.timezone)
            },
        };
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
    pub(super) fn source(&self, settings: &Settings, extractor: Option<ExtractorChoice>) -> Source<'_> {
        Source {
            catalogue: &self.catalogue,
            calendar: settings.analytics.calendar,
            clock: self.source_clock,
            extractor,
            first_day: self.first_day,
            published: self.of_this_calendar(),
            known: &self.map,
            lowest_id: self.lowest_id,
            highest_id: self.highest_id,
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

/// Says what a run would do, without a lease and without writing anything.
pub(super) async fn dry_run(
    request: Request<'_>,
    settings: &Settings,
    clock: Clock,
) -> Result<Report, Failure> {
    let mut connection = publisher(&settings.analytics_database).await?;
    let pending = migrations::pending(&mut connection).await.in_analytics_db()?;
    // Tables of an older version may lack what the survey asks for; a run would migrate them first.
    let (survey, _) = if pending == 0 {
        Survey::make(&mut connection, settings, clock).await?
    } else {
        log::info!("a run would first apply {pending} migrations to analytics_db");
        Survey::of_source(settings, clock).await?
    };
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
