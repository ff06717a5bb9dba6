//! What every answer says about itself.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::analytics_db::answers::Header;
use serde::Serialize;
use utoipa::ToSchema;

/// The `meta` of a body. What a run has not written yet is null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "What an answer was made from. What a run has not written yet is null.")]
pub(crate) struct Meta<'a> {
    /// When anything published last changed, in UTC; null before the first publication.
    #[schema(required, format = DateTime, examples("2026-11-22T03:10:00.250Z"))]
    as_of: Option<String>,
    /// The newest published business day; null before the first.
    #[schema(required)]
    computed_through: Option<NaiveDate>,
    /// Counts every change of what is published: the figures are of this generation, and of no other.
    #[schema(minimum = 0)]
    generation: i64,
    /// The restaurant's time zone (IANA), which business days and hours are of.
    #[schema(required, examples("Europe/Paris"))]
    timezone: Option<&'static str>,
    /// The wall-clock time at which a business day begins.
    #[schema(required, pattern = "^[0-2][0-9]:[0-5][0-9]$", examples("04:00"))]
    day_start: Option<String>,
    /// What money is in (ISO 4217); `XXX` is no currency.
    #[schema(required, pattern = "^[A-Z]{3}$", examples("EUR"))]
    currency: Option<&'a str>,
    /// The figures may be old: nothing is published, a business day that ended six hours ago (or as long as the service
    /// is set to wait) is not, or the database has been silent for 30 seconds.
    stale: bool,
    /// Business days of the range that have ended and have no figures, oldest first; the newest 366 of them. Show a
    /// gap, not a zero. Left out where there are none.
    #[serde(skip_serializing_if = "<[NaiveDate]>::is_empty")]
    #[schema(required = false)]
    missing_dates: &'a [NaiveDate],
}

impl<'a> Meta<'a> {
    /// The meta of an answer made from what `header` describes. `missing_dates` are the business days of its range
    /// that should have rows and have none.
    pub(crate) fn new(header: &'a Header, missing_dates: &'a [NaiveDate], stale: bool) -> Self {
        Self {
            as_of: header.published_at.map(rfc3339),
            computed_through: header.computed_through,
            generation: header.generation,
            timezone: header.calendar.map(|calendar| calendar.timezone.name()),
            day_start: header.calendar.map(|calendar| calendar.day_start.to_string()),
            currency: header.currency.as_deref(),
            stale,
            missing_dates,
        }
    }
}

/// An instant as answers show it.
pub(crate) fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
