//! What a change of calendar or of the first day leaves behind, or a clock that was ahead: published days that are none.
//!
//! The last day of the old calendar may not have ended by the new one, and the first may begin before the new one's.
//! Their orders are in other days now, so they must go; but never a day whose orders the source no longer holds all,
//! since it cannot be computed again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use domain::analytics_db::days::{DayCalendar, orders_between, standing};
use domain::analytics_db::source_days::SourceMap;
use domain::calendar::{Calendar, DayStart, SourceClock};
use runtime::database::AsyncMysqlConnection;

use super::survey::Survey;
use crate::connections::In as _;
use crate::failure::Failure;

/// SERVED orders counted by a calendar that published days were computed by.
#[derive(Clone, Debug)]
pub(super) struct Former {
    named: DayCalendar,
    calendar: Calendar,
    clock: SourceClock,
    orders: BTreeMap<NaiveDate, i64>,
}

impl Former {
    /// The calendars of published days, but for the one of this run.
    pub(super) fn all_of(survey: &Survey) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for (_, named) in survey.of_other_calendars() {
            if all.iter().all(|former| former.named != *named) {
                all.extend(Self::new(named));
            }
        }
        all
    }

    /// None if this version knows no such zone: its days then stand.
    fn new(named: &DayCalendar) -> Option<Self> {
        let zone = |name: &str| name.parse::<Tz>().ok();
        let day_start = DayStart::try_from(named.day_start).ok()?;
        Some(Self {
            named: named.clone(),
            calendar: Calendar { timezone: zone(&named.timezone)?, day_start },
            clock: SourceClock { timezone: zone(&named.orders_timezone)? },
            orders: BTreeMap::new(),
        })
    }

    /// Counts a SERVED order.
    pub(super) fn count(&mut self, written: NaiveDateTime) {
        let day = self.calendar.day_of(self.clock.instant_of(written));
        *self.orders.entry(day).or_default() += 1;
    }

    /// Whether `day` is not before the first order that the source holds.
    fn reaches(&self, day: NaiveDate) -> bool {
        self.orders.keys().next().is_some_and(|first| *first <= day)
    }
}

/// The published days before the configured first day that a rebuild must withdraw: those that stand without sales, and
/// those whose orders the source holds, as a stray one's. Others cannot be computed again, and stay.
pub(super) async fn before_first_day(
    connection: &mut AsyncMysqlConnection,
    survey: &Survey,
    source: &SourceMap,
    first_day: NaiveDate,
) -> Result<Vec<NaiveDate>, Failure> {
    let days: Vec<_> = survey.published_dates.range(..first_day).copied().collect();
    let without_sales = without_sales(connection, &days).await?;
    Ok(days.into_iter().filter(|day| source.has_served(*day) || without_sales.contains(day)).collect())
}

/// The published days that have not ended, stand without sales and come after every order, as those that a clock which
/// was ahead has published. Should it be the clock of now that is behind, nothing is lost: the night after their end
/// publishes them again.
pub(super) async fn yet_to_come(
    connection: &mut AsyncMysqlConnection,
    survey: &Survey,
    found: &SourceMap,
) -> Result<BTreeSet<NaiveDate>, Failure> {
    let last_orders = [survey.map.last_day(), found.last_day()].into_iter().flatten();
    let last = last_orders.fold(survey.last_ended_day, NaiveDate::max);
    let days: Vec<_> = survey.published_dates.range(last + Days::new(1)..).copied().collect();
    without_sales(connection, &days).await
}

/// Those of `days`, ascending, that stand without sales.
async fn without_sales(
    connection: &mut AsyncMysqlConnection,
    days: &[NaiveDate],
) -> Result<BTreeSet<NaiveDate>, Failure> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(BTreeSet::new()) };
    let orders = orders_between(connection, *first, *last).await.in_analytics_db()?;
    Ok(days.iter().copied().filter(|day| orders.get(day).is_none_or(|orders| *orders == 0)).collect())
}

/// The days that a rebuild must withdraw: those after `last`, and those before `first` that it has counted whole
/// into other days.
pub(super) async fn left_behind(
    connection: &mut AsyncMysqlConnection,
    survey: &Survey,
    formers: &[Former],
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<NaiveDate>, Failure> {
    let mut days = Vec::new();
    for (day, named) in survey.of_other_calendars() {
        let its_own = |former: &&Former| former.named == *named && former.reaches(day);
        if day > last {
            days.push(day);
        } else if day < first
            && let Some(former) = formers.iter().find(its_own)
        {
            let orders = standing(connection, day, day).await.in_analytics_db()?.orders(day);
            if former.orders.get(&day).copied().unwrap_or_default() >= orders {
                days.push(day);
            } else {
                log::warn!(
                    "{day} stays as published by {named}: the source no longer holds all of its orders. Those that it \
                     holds count in {first} as well"
                );
            }
        }
    }
    Ok(days)
}
