//! What a monitor is told, in Prometheus's text format: one registry for all workers, and nothing that listens.
//!
//! - `published` is what is known of the published figures, read when it is asked for.
//! - `requests` is what has been asked, counted as it is answered.
//! - `process` is what the process has in hand.

mod process;
mod published;
mod requests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::analytics_db::answers::{Header, Pulse};
use prometheus::{IntGauge, Registry, TextEncoder};
use runtime::database::Pool;

use crate::auth::{Health, Refusal};
use crate::kept::Answers;
use crate::turns::Turns;

pub(crate) use self::process::CacheCounters;
pub(crate) use self::requests::{NO_ROUTE, UNREAD, WorkersRequests};

use self::process::Process;
use self::published::Published;
use self::requests::Requests;

/// The metrics of the process.
pub(crate) struct Metrics {
    registry: Registry,
    published: Published,
    requests: Requests,
    process: Process,
    cache: CacheCounters,
    credentials: Option<Arc<Health>>,
}

impl Metrics {
    /// Of a process that began at `began` and tells callers apart by `credentials`.
    ///
    /// # Errors
    /// If two metrics have one name.
    pub(crate) fn new(began: DateTime<Utc>, credentials: Option<Arc<Health>>) -> prometheus::Result<Self> {
        let registry = Registry::new();
        Ok(Self {
            published: Published::new(&registry)?,
            requests: Requests::new(&registry)?,
            process: Process::new(&registry, began)?,
            cache: CacheCounters::new(&registry)?,
            credentials,
            registry,
        })
    }

    /// The counters of one worker's requests.
    pub(crate) fn requests(&self) -> WorkersRequests {
        WorkersRequests::new(self.requests.clone())
    }

    /// How many connections of clients are open.
    pub(crate) fn connections(&self) -> &IntGauge {
        self.process.connections()
    }

    /// The counters of the kept answers.
    pub(crate) fn cache(&self) -> &CacheCounters {
        &self.cache
    }

    /// A worker has begun to use this pool, and these turns to ask for its connections.
    pub(crate) fn watch(&self, pool: Pool, turns: Turns) {
        self.process.watch(pool, turns);
    }

    /// A caller was not let in.
    pub(crate) fn refused(&self, refusal: &Refusal) {
        self.requests.refused(refusal);
    }

    /// What was found of the published figures when the database was asked; none if it did not answer, or cannot be
    /// read.
    pub(crate) fn read(&self, pulse: Option<&Pulse>) {
        match pulse {
            Some(pulse) => self.published.read(pulse),
            None => self.published.unread(),
        }
    }

    /// What is known at `now`, as text. `header` is what was last read.
    ///
    /// # Errors
    /// If a metric cannot be written.
    pub(crate) fn text(
        &self,
        header: &Header,
        stale: bool,
        answers: &Answers,
        now: DateTime<Utc>,
    ) -> prometheus::Result<String> {
        self.published.at(header, stale, now);
        self.process.read(answers, self.credentials.as_ref());
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

fn seconds(instant: DateTime<Utc>) -> f64 {
    instant.timestamp_millis() as f64 / 1e3
}
