//! What every answer says about itself.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::analytics_db::answers::Header;
use serde::Serialize;

/// The `meta` of a body. What a run has not written yet is null.
#[derive(Debug, Serialize)]
pub(crate) struct Meta<'a> {
    as_of: Option<String>,
    computed_through: Option<NaiveDate>,
    generation: i64,
    timezone: Option<&'static str>,
    day_start: Option<String>,
    currency: Option<&'a str>,
    stale: bool,
    #[serde(skip_serializing_if = "<[NaiveDate]>::is_empty")]
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
