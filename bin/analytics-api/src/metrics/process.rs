//! What the process has in hand: kept answers, connections, credentials, and its own beginning.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use prometheus::{Gauge, IntCounter, IntGauge, IntGaugeVec, Opts, Registry};
use runtime::database::Pool;
use runtime::{logging, release};

use crate::auth::Health;
use crate::kept::Answers;
use crate::turns::Turns;

/// What the process has in hand.
pub(super) struct Process {
    connections: IntGauge,
    cache_bytes: IntGauge,
    cache_capacity: IntGauge,
    cache_entries: IntGauge,
    pool_connections: IntGaugeVec,
    pool_capacity: IntGauge,
    pool_waiting: IntGauge,
    credentials_usable: IntGaugeVec,
    panics: IntCounter,
    workers: Mutex<Vec<(Pool, Turns)>>,
}

/// What is counted of the kept answers.
#[derive(Clone, Debug)]
pub(crate) struct CacheCounters {
    /// Requests that a kept answer was sent to.
    pub(crate) hits: IntCounter,
    /// Requests for which an answer had to be made.
    pub(crate) misses: IntCounter,
    /// Answers that made room for others.
    pub(crate) evictions: IntCounter,
}

impl CacheCounters {
    /// # Errors
    /// If one of their names is taken.
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| counter(registry, name, help);
        Ok(Self {
            hits: counter("analytics_cache_hits_total", "Requests that a kept answer was sent to")?,
            misses: counter("analytics_cache_misses_total", "Requests for which an answer had to be made")?,
            evictions: counter("analytics_cache_evictions_total", "Kept answers that made room for others")?,
        })
    }
}

impl Process {
    /// Of a process that began at `began`.
    ///
    /// # Errors
    /// If one of its names is taken.
    pub(super) fn new(registry: &Registry, began: DateTime<Utc>) -> prometheus::Result<Self> {
        let labelled = |name: &str, help: &str, labels: &[&str]| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let start =
            Gauge::new("process_start_time_seconds", "When the process began, in seconds since 1970")?;
        registry.register(Box::new(start.clone()))?;
        start.set(super::seconds(began));
        labelled(
            "analytics_build_info",
            "1, for the version and commit of the program",
            &["version", "commit"],
        )?
        .with_label_values(&[release::VERSION, release::COMMIT])
        .set(1);
        Ok(Self {
            connections: gauge("analytics_http_connections", "Open connections of clients")?,
            cache_bytes: gauge("analytics_cache_bytes", "Memory that kept answers take")?,
            cache_capacity: gauge("analytics_cache_capacity_bytes", "Memory that kept answers may take")?,
            cache_entries: gauge("analytics_cache_entries", "Kept answers")?,
            pool_connections: labelled(
                "analytics_pool_connections",
                "Open connections of the pools, by whether a request has them",
                &["state"],
            )?,
            pool_capacity: gauge(
                "analytics_pool_capacity_connections",
                "Connections that the pools may have open",
            )?,
            pool_waiting: gauge(
                "analytics_pool_waiting_requests",
                "Requests that wait for a connection or for their turn to ask for one",
            )?,
            credentials_usable: labelled(
                "analytics_credentials_usable",
                "1 if the file of tokens or keys can be used as it is now; 0 while what it held before stays in force",
                &[],
            )?,
            panics: counter(
                registry,
                "analytics_panics_total",
                "Panics of the process, each of which is a bug",
            )?,
            workers: Mutex::default(),
        })
    }

    /// How many connections of clients are open.
    pub(super) fn connections(&self) -> &IntGauge {
        &self.connections
    }

    /// A worker has begun to use these.
    pub(super) fn watch(&self, pool: Pool, turns: Turns) {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).push((pool, turns));
    }

    /// How things stand now.
    pub(super) fn read(&self, answers: &Answers, credentials: Option<&Arc<Health>>) {
        let size = answers.size();
        self.cache_bytes.set(whole(size.bytes));
        self.cache_capacity.set(whole(size.capacity));
        self.cache_entries.set(whole(size.entries));
        let (mut open, mut idle, mut capacity, mut waiting) = (0, 0, 0, 0);
        for (pool, turns) in &*self.workers.lock().unwrap_or_else(PoisonError::into_inner) {
            let status = pool.status();
            open += status.size;
            idle += status.available;
            capacity += status.max_size;
            waiting += status.waiting + turns.waiting();
        }
        self.pool_connections.with_label_values(&["idle"]).set(whole(idle));
        self.pool_connections.with_label_values(&["in_use"]).set(whole(open.saturating_sub(idle)));
        self.pool_capacity.set(whole(capacity));
        self.pool_waiting.set(whole(waiting));
        if let Some(credentials) = credentials {
            self.credentials_usable.with_label_values::<&str>(&[]).set(i64::from(credentials.is_usable()));
        }
        self.panics.inc_by(logging::panics().saturating_sub(self.panics.get()));
    }
}

fn counter(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntCounter> {
    let counter = IntCounter::new(name, help)?;
    registry.register(Box::new(counter.clone()))?;
    Ok(counter)
}

fn whole(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
