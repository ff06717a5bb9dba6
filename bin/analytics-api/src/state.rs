//! What every handler is given.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::analytics_db::answers::Header;
use runtime::clock::Clock;

use crate::database::Database;
use crate::meta::{self, Meta};

/// A worker's state.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    pub(crate) freshness: TimeDelta,
}

impl State {
    /// The present.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The meta of an answer made at `now` from what `header` describes.
    pub(crate) fn meta(&self, header: Header, now: DateTime<Utc>, missing_dates: Vec<NaiveDate>) -> Meta {
        Meta::new(header, now, self.freshness, missing_dates)
    }

    /// Whether a business day is overdue.
    pub(crate) fn is_stale(&self, header: &Header) -> bool {
        meta::is_stale(header, self.now(), self.freshness)
    }
}
