//! What the published tables tell: who publishes now, how the last run went, how far the figures reach, and by which
//! calendars they were computed.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use domain::analytics_db::catalogue::{LeaseHolder, LedgerRun, last_run, lease_holder};
use domain::analytics_db::days::{PublishedDay, published};
use domain::analytics_db::runs::{Outcome, PROBLEMS_APART};
use domain::analytics_db::source_days;
use domain::calendar::Calendar;
use runtime::database::AsyncMysqlConnection;
use runtime::settings::AnalyticsSettings;

use super::findings::Findings;
use super::words::{relative, span};

/// By what the published figures are judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) calendar: Calendar,
    pub(super) freshness: TimeDelta,
    pub(super) now: DateTime<Utc>,
}

impl Rules {
    pub(super) fn new(settings: &AnalyticsSettings, now: DateTime<Utc>) -> Self {
        let freshness = TimeDelta::from_std(settings.freshness).unwrap_or(TimeDelta::MAX);
        Self { calendar: settings.calendar, freshness, now }
    }
}

/// Looks at fully migrated tables. Gives the published days that the source still holds, which are those that a run
/// may compute again.
pub(super) async fn check(
    connection: &mut AsyncMysqlConnection,
    rules: Rules,
    findings: &mut Findings,
) -> QueryResult<Vec<PublishedDay>> {
    let holder = lease_holder(connection).await?;
    findings.ok(lease(holder.as_ref()));
    let is_held = holder.is_some_and(|holder| holder.holds);
    tell_last_run(last_run(connection).await?.as_ref(), is_held, rules.now, findings);
    let mut days = published(connection).await?;
    reach(days.last(), rules, findings);
    let held_from = source_days::load(connection).await?.first_served_day(None);
    days.retain(|day| held_from.is_none_or(|from| day.date >= from));
    Ok(days)
}

fn lease(holder: Option<&LeaseHolder>) -> String {
    match holder {
        None => "no run is under way: the lease is free".to_owned(),
        Some(LeaseHolder { holder, holds: true, .. }) => format!(
            "a run is under way ({holder} holds the lease): another one would wait for it, and end with 75 if it goes on"
        ),
        Some(LeaseHolder { holder, expires_at, .. }) => format!(
            "no run is under way: the lease of {holder} ran out at {} UTC, and the next run takes it over",
            expires_at.format("%Y-%m-%d %H:%M:%S")
        ),
    }
}

fn tell_last_run(run: Option<&LedgerRun>, is_held: bool, now: DateTime<Utc>, findings: &mut Findings) {
    let Some(run) = run else {
        findings.ok("no run has been made yet");
        return;
    };
    let when = relative(run.finished_at.unwrap_or(run.started_at).and_utc(), now);
    let told = |how: &str| format!("the last run, {} {}, {how} {when}", run.kind, run.id);
    let is = |outcome: Outcome| run.outcome == outcome.name();
    let said = run.error.as_deref().map(|error| {
        if is(Outcome::Incomplete) { error.replace(PROBLEMS_APART, "; ") } else { error.to_owned() }
    });
    let error = said.map(|said| format!(": {said}")).unwrap_or_default();
    if is(Outcome::Succeeded) {
        findings.ok(told("succeeded"));
    } else if is(Outcome::Running) && is_held {
        findings.ok(told("began") + " and is under way");
    } else if is(Outcome::Running) {
        findings.warning(format!("{}, and did not end: it must have been killed. Run again", told("began")));
    } else {
        findings.warning(told(&format!("ended as {}", run.outcome)) + &error);
    }
}

/// How far the published days reach.
fn reach(last: Option<&PublishedDay>, rules: Rules, findings: &mut Findings) {
    let Rules { calendar, freshness, now } = rules;
    let ended = calendar.last_ended_day(now);
    let late = now - calendar.end_of(ended);
    match last.map(|day| day.date) {
        None => findings.ok("no business day is published yet"),
        Some(date) if date >= ended => findings.ok(format!("published through {date}")),
        Some(date) if date.succ_opt() == Some(ended) && late <= freshness => {
            findings.ok(format!("published through {date}; {ended} ended {} ago and is next", span(late)));
        }
        Some(date) => findings.warning(format!(
            "published only through {date}, and {ended} ended {} ago: see that the nightly run is scheduled",
            span(late)
        )),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use chrono_tz::Tz;
    use domain::analytics_db::days::DayCalendar;
    use domain::calendar::{DayStart, SourceClock};
    use rstest::rstest;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-07-02T08:00:00Z".parse().unwrap()
    }

    #[rstest]
    #[case("2026-07-01", "2026-07-02T12:00:00Z", "ok       analytics_db: published through 2026-07-01")]
    #[case("2026-06-30", "2026-07-02T05:59:00Z", "2026-07-01 ended 5 h 59 min ago and is next")]
    #[case("2026-06-30", "2026-07-02T06:01:00Z", "warning  analytics_db: published only through 2026-06-30")]
    #[case("2026-06-29", "2026-07-02T00:01:00Z", "warning  analytics_db: published only through 2026-06-29")]
    fn days_are_missed_once_they_are_stale(
        #[case] last: NaiveDate,
        #[case] now: DateTime<Utc>,
        #[case] said: &str,
    ) {
        let calendar = Calendar { timezone: Tz::UTC, day_start: DayStart::default() };
        let day = PublishedDay {
            date: last,
            run_id: 1,
            published_at: now.naive_utc(),
            calendar: DayCalendar::new(calendar, SourceClock { timezone: Tz::UTC }),
            highest_order_id: None,
        };
        let mut findings = Findings::about("analytics_db");
        reach(Some(&day), Rules { calendar, freshness: TimeDelta::hours(6), now }, &mut findings);
        let line: String = findings.lines().collect();
        assert!(line.contains(said), "{line}");
    }

    #[rstest]
    #[case("succeeded", false, "ok       analytics_db: the last run, nightly 3, succeeded 2 h ago")]
    #[case("running", true, "ok       analytics_db: the last run, nightly 3, began 2 h ago and is under way")]
    #[case(
        "running",
        false,
        "warning  analytics_db: the last run, nightly 3, began 2 h ago, and did not end"
    )]
    #[case(
        "failed",
        false,
        "warning  analytics_db: the last run, nightly 3, ended as failed 2 h ago: order_db is {}"
    )]
    fn a_run_is_told_by_how_it_ended(#[case] outcome: &str, #[case] is_held: bool, #[case] said: &str) {
        let run = LedgerRun {
            id: 3,
            kind: "nightly".to_owned(),
            started_at: "2026-07-02T06:00:00".parse().unwrap(),
            finished_at: None,
            outcome: outcome.to_owned(),
            error: Some("order_db is {}".to_owned()),
        };
        let mut findings = Findings::about("analytics_db");
        tell_last_run(Some(&run), is_held, now(), &mut findings);
        let line: String = findings.lines().collect();
        assert!(line.starts_with(said), "{line}");
    }
}
