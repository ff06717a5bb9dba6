//! How the database stood when it was last asked, over all workers, and what answers depend on.
//!
//! A change for the worse is logged once, as a warning, and so is the recovery: a panel that asks every second must not
//! fill the log with one outage.

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::analytics_db::answers::{Header, Readiness};
use domain::calendar::BusinessHour;
use runtime::clock::Clock;

/// After so long without an answer, what was last read counts as stale.
const SILENCE: Duration = Duration::from_secs(30);

/// How the database stood when it was last asked.
#[derive(Debug)]
pub(crate) struct Standing {
    clock: Clock,
    freshness: TimeDelta,
    known: Mutex<Known>,
}

/// Everything that an answer depends on beside its path and query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) header: Header,
    /// The business hour in progress, of which the next day's and the next hours' forecasts speak.
    hour: Option<BusinessHour>,
    /// The last business day that has ended: later ones are not missing.
    last_ended_day: Option<NaiveDate>,
    /// Whether a business day is overdue.
    pub(crate) overdue: bool,
}

/// What a request has to know of the database before it asks.
#[derive(Clone, Debug)]
pub(crate) struct Outlook {
    /// What an answer made now would depend on.
    pub(crate) moment: Arc<Moment>,
    /// Whether what was last read counts as stale.
    pub(crate) stale: bool,
    /// How long ago the database last answered, if it does no longer.
    pub(crate) failing_for: Option<Duration>,
}

#[derive(Debug, Default)]
struct Known {
    answered: Option<Instant>,
    moment: Arc<Moment>,
    failing: bool,
    unready: bool,
}

impl Standing {
    pub(crate) fn new(clock: Clock, freshness: TimeDelta) -> Self {
        Self { clock, freshness, known: Mutex::default() }
    }

    /// The present.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The database answered, and said this.
    pub(crate) fn answered(&self, header: &Header) {
        let moment = self.moment(header.clone(), self.now());
        let mut known = self.known();
        if known.failing {
            log::info!("the database answers again");
        }
        known.failing = false;
        known.answered = Some(Instant::now());
        known.renew(moment);
    }

    /// The database could not be asked, or did not answer.
    pub(crate) fn failed(&self, error: &dyn Display) {
        let mut known = self.known();
        if known.failing {
            log::debug!("the database still does not answer: {error}");
        } else {
            log::warn!("the database does not answer: {error}");
        }
        known.failing = true;
    }

    /// A look at the tables found this. The tables may be too old and still hold what most answers need, so this is
    /// apart from whether the database answers.
    pub(crate) fn examined(&self, readiness: &Readiness) {
        let mut known = self.known();
        let unready = *readiness != Readiness::Ready;
        if unready && !known.unready {
            log::warn!("not ready: {}", describe(readiness));
        } else if !unready && known.unready {
            log::info!("the tables are ready now");
        }
        known.unready = unready;
    }

    /// Time has passed: hours end and days become overdue without the database.
    pub(crate) fn tick(&self) {
        let mut known = self.known();
        let moment = self.moment(known.moment.header.clone(), self.now());
        known.renew(moment);
    }

    /// How it looks to a request that comes in at `now`.
    pub(crate) fn outlook(&self, now: Instant) -> Outlook {
        let known = self.known();
        let silence = known.answered.map(|answered| now.duration_since(answered));
        Outlook {
            moment: Arc::clone(&known.moment),
            stale: known.moment.overdue || silence.is_none_or(|silence| silence >= SILENCE),
            failing_for: silence.filter(|_| known.failing),
        }
    }

    /// What an answer depends on that is made at `now` from what `header` describes.
    pub(crate) fn moment(&self, header: Header, now: DateTime<Utc>) -> Moment {
        Moment {
            hour: header.calendar.map(|calendar| calendar.hour_of(now)),
            last_ended_day: header.calendar.map(|calendar| calendar.last_ended_day(now)),
            overdue: self.is_overdue_at(&header, now),
            header,
        }
    }

    /// Whether a business day that ended FRESHNESS ago or earlier is not published yet.
    pub(crate) fn is_overdue(&self, header: &Header) -> bool {
        self.is_overdue_at(header, self.now())
    }

    fn is_overdue_at(&self, header: &Header, now: DateTime<Utc>) -> bool {
        match (header.calendar, header.computed_through) {
            (Some(calendar), Some(computed_through)) => {
                computed_through < calendar.last_ended_day(now - self.freshness)
            }
            _ => true,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Each change is one assignment, so a panic elsewhere leaves nothing half done.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Takes `moment` for the present one. While nothing changes it stays the same in memory too: to compare two is
    /// then to compare two pointers.
    fn renew(&mut self, moment: Moment) {
        if *self.moment != moment {
            self.moment = Arc::new(moment);
        }
    }
}

/// Why the tables cannot be read, and what to do.
pub(crate) fn describe(readiness: &Readiness) -> String {
    match readiness {
        Readiness::Ready => "The tables are ready.".to_owned(),
        Readiness::NoTables => "The database holds no tables yet: run `analytics-batch migrate`.".to_owned(),
        Readiness::Older { found, needed } => format!(
            "The tables are at version {found} and this program needs {needed}: run `analytics-batch migrate`."
        ),
        Readiness::Gap { missing } => format!(
            "The tables lack migration {missing}, though later ones were run: run `analytics-batch migrate`."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::calendar::{Calendar, DayStart};

    #[test]
    fn is_silent_from_30_seconds_after_the_last_answer_on() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let standing = Standing::new(Clock::Fixed(now), TimeDelta::hours(6));
        assert!(standing.outlook(Instant::now()).stale, "it never answered");
        let calendar = Calendar { timezone: chrono_tz::UTC, day_start: DayStart::default() };
        let computed_through = Some(calendar.last_ended_day(now));
        let header = Header { calendar: Some(calendar), computed_through, ..Header::default() };
        let before = Instant::now();
        standing.answered(&header);
        let after = Instant::now();
        standing.failed(&"gone");
        assert!(!standing.outlook(before + Duration::from_millis(29_999)).stale);
        assert!(standing.outlook(after + Duration::from_secs(30)).stale);
    }
}
