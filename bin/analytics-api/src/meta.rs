//! What every answer says about itself.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use domain::analytics_db::answers::Header;
use serde::Serialize;

/// The `meta` of a body. What a run has not written yet is null.
#[derive(Debug, Serialize)]
pub(crate) struct Meta {
    as_of: Option<String>,
    computed_through: Option<NaiveDate>,
    generation: i64,
    timezone: Option<&'static str>,
    day_start: Option<String>,
    currency: Option<String>,
    stale: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_dates: Vec<NaiveDate>,
}

impl Meta {
    /// The meta of an answer made from what `header` describes. `missing_dates` are the business days of its range
    /// that should have rows and have none.
    pub(crate) fn new(
        header: Header,
        now: DateTime<Utc>,
        freshness: TimeDelta,
        missing_dates: Vec<NaiveDate>,
    ) -> Self {
        Self {
            as_of: header.published_at.map(rfc3339),
            computed_through: header.computed_through,
            generation: header.generation,
            stale: is_stale(&header, now, freshness),
            timezone: header.calendar.map(|calendar| calendar.timezone.name()),
            day_start: header.calendar.map(|calendar| calendar.day_start.to_string()),
            currency: header.currency,
            missing_dates,
        }
    }
}

/// Whether a business day that ended `freshness` ago or earlier is not published yet.
pub(crate) fn is_stale(header: &Header, now: DateTime<Utc>, freshness: TimeDelta) -> bool {
    match (header.calendar, header.computed_through) {
        (Some(calendar), Some(computed_through)) => {
            computed_through < calendar.last_ended_day(now - freshness)
        }
        _ => true,
    }
}

/// An instant as answers show it.
pub(crate) fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
