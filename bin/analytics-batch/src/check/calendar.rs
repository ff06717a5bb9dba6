//! The business day, the calendar of what is published, and when a nightly run may start.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::analytics_db::days::{DayCalendar, PublishedDay};
use domain::calendar::Calendar;
use runtime::settings::AnalyticsSettings;

use super::findings::{Findings, counted};
use super::words::{at, span};
use crate::failure::Failure;

/// Between the day's end and a good time for the run: the last orders of the day are closed by then.
const GRACE: TimeDelta = TimeDelta::minutes(30);

pub(super) fn business_day(settings: &AnalyticsSettings, now: DateTime<Utc>) -> Findings {
    let mut findings = Findings::about("business day");
    let calendar = settings.calendar;
    let day = calendar.day_of(now);
    let end = calendar.end_of(day);
    findings.ok(format!(
        "from {} in {}. The last that has ended is {}; {day} ends at {} ({})",
        calendar.day_start,
        calendar.timezone,
        calendar.last_ended_day(now),
        at(end, calendar.timezone),
        end.format("%H:%M UTC")
    ));
    if let Some(first) = settings.first_day.filter(|first| *first > calendar.last_ended_day(now)) {
        findings.warning(format!(
            "ANALYTICS__FIRST_DAY is {first}, which has not ended: until it has, a run publishes nothing"
        ));
    }
    findings
}

/// Compares the calendar of the published days with that of the settings, as a run does before it starts.
pub(super) fn of_published(days: &[PublishedDay], settings: &DayCalendar) -> Findings {
    let mut findings = Findings::about("calendar");
    let others: Vec<&PublishedDay> = days.iter().filter(|day| day.calendar != *settings).collect();
    match (others.first(), others.last()) {
        (Some(first), Some(last)) => findings.problem(Failure::Configuration(format!(
            "published days and settings disagree: {}, {} to {}, by {}, and the settings say {settings}. A run would \
             refuse. Set ANALYTICS__TIMEZONE, ANALYTICS__DAY_START and ORDERS__TIMEZONE back, or run \
             `analytics-batch --rebuild` once",
            counted(others.len(), "published day"),
            first.date,
            last.date,
            first.calendar
        ))),
        _ if days.is_empty() => {}
        _ => findings.ok(format!("published days and settings agree: {settings}")),
    }
    findings
}

/// When the nightly run may start, and whether the old service's time for it would do.
pub(super) fn schedule(calendar: Calendar, now: DateTime<Utc>, old_run_time: Option<&str>) -> Findings {
    let mut findings = Findings::about("schedule");
    let (start, zone) = (calendar.day_start.time(), calendar.timezone);
    let ends = ends_in_utc(calendar, now);
    let hour = |time: NaiveTime| time.format("%H:%M").to_string();
    findings.ok(if zone == Tz::UTC {
        format!("start the nightly run after {} UTC; {} is a good time", hour(start), hour(start + GRACE))
    } else {
        let in_utc: Vec<String> = ends.iter().copied().map(hour).collect();
        let latest = ends.last().copied().unwrap_or(start);
        format!(
            "start the nightly run after {} {zone}, which is {} UTC; {} {zone} or {} UTC is a good time",
            hour(start),
            in_utc.join(" or "),
            hour(start + GRACE),
            hour(latest + GRACE)
        )
    });
    let old = old_run_time.and_then(|text| Some((text, parse(text)?)));
    if let Some((text, time)) = old {
        let after = (time - start).num_minutes().rem_euclid(1_440);
        if after >= 720 {
            findings.warning(format!(
                "SCHEDULER__RUN_TIME, which the old service ran by, says {text}. In {zone} that is {} before the \
                 business day ends: do not carry it over, or the newest day is always a day late",
                span(TimeDelta::minutes(1_440 - after))
            ));
        }
    }
    findings
}

/// The times of day, by UTC, at which business days end in the year to come: two where the clocks change, the one
/// that comes first on the same day first.
fn ends_in_utc(calendar: Calendar, now: DateTime<Utc>) -> Vec<NaiveTime> {
    let ends: BTreeSet<TimeDelta> = calendar
        .day_of(now)
        .iter_days()
        .take(366)
        .map(|day| calendar.end_of(day) - day.and_time(NaiveTime::MIN).and_utc())
        .collect();
    ends.into_iter().map(|end| NaiveTime::MIN + end).collect()
}

fn parse(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S"].into_iter().find_map(|format| NaiveTime::parse_from_str(text.trim(), format).ok())
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Kathmandu;
    use chrono_tz::Europe::{London, Paris};
    use domain::calendar::DayStart;
    use rstest::rstest;

    use super::*;

    fn said(zone: Tz, hour: u8, old: Option<&str>) -> Vec<String> {
        let calendar = Calendar { timezone: zone, day_start: DayStart::from_hour(hour).unwrap() };
        schedule(calendar, "2026-11-22T12:00:00Z".parse().unwrap(), old).lines().collect()
    }

    #[rstest]
    #[case(Tz::UTC, 0, "after 00:00 UTC; 00:30 is a good time")]
    #[case(
        Paris,
        4,
        "after 04:00 Europe/Paris, which is 02:00 or 03:00 UTC; 04:30 Europe/Paris or 03:30 UTC is"
    )]
    #[case(
        Kathmandu,
        0,
        "after 00:00 Asia/Kathmandu, which is 18:15 UTC; 00:30 Asia/Kathmandu or 18:45 UTC is"
    )]
    #[case(London, 0, "which is 23:00 or 00:00 UTC; 00:30 Europe/London or 00:30 UTC is")]
    fn the_earliest_start_is_told_in_both_zones(#[case] zone: Tz, #[case] hour: u8, #[case] words: &str) {
        let said = said(zone, hour, None);
        assert!(said.len() == 1 && said[0].contains(words), "{said:?}");
    }

    #[rstest]
    #[case(4, "02:00", Some("2 h before"))]
    #[case(4, "04:00", None)]
    #[case(4, "05:30", None)]
    #[case(0, "23:55", Some("5 min before"))]
    #[case(0, "02:00:00", None)]
    #[case(4, "nightly", None)]
    fn an_old_schedule_before_the_day_s_end_is_warned_of(
        #[case] hour: u8,
        #[case] old: &str,
        #[case] words: Option<&str>,
    ) {
        let warnings = said(Paris, hour, Some(old)).split_off(1);
        assert_eq!(warnings.len(), usize::from(words.is_some()), "{warnings:?}");
        assert!(words.is_none_or(|words| warnings[0].contains(words)), "{warnings:?}");
    }
}
