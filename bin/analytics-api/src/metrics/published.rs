//! The published figures: how fresh they are, and how the batch does.
//!
//! They are read when a monitor asks. While the database is away what was last read stands, `analytics_database_up` is
//! 0, and ages go on growing; what was never read is left out.

use chrono::{DateTime, Utc};
use domain::analytics_db::answers::{Header, Pulse, Run};
use domain::analytics_db::runs::Outcome;
use prometheus::{GaugeVec, Opts, Registry};

use super::seconds;

/// How a run can have ended.
const OUTCOMES: [Outcome; 5] =
    [Outcome::Succeeded, Outcome::Incomplete, Outcome::Failed, Outcome::Interrupted, Outcome::Abandoned];

/// What is known of the published figures.
#[derive(Debug)]
pub(super) struct Published {
    database_up: GaugeVec,
    stale: GaugeVec,
    generation: GaugeVec,
    as_of_age: GaugeVec,
    lag: GaugeVec,
    published_days: GaugeVec,
    last_success: GaugeVec,
    last_run: GaugeVec,
    last_run_outcome: GaugeVec,
    last_run_duration: GaugeVec,
    last_run_suspicious_days: GaugeVec,
    lease_held: GaugeVec,
}

impl Published {
    /// # Errors
    /// If one of its names is taken.
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        // A vector even without labels: it has no sample until it is set.
        let labelled = |name: &str, help: &str, labels: &[&str]| {
            let gauge = GaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let gauge = |name: &str, help: &str| labelled(name, help, &[]);
        Ok(Self {
            database_up: gauge("analytics_database_up", "1 if the database answered and could be read")?,
            stale: gauge("analytics_stale", "1 if what is served is stale, as meta.stale says")?,
            generation: gauge("analytics_generation", "The generation of the published figures")?,
            as_of_age: gauge("analytics_as_of_age_seconds", "Time since anything published last changed")?,
            lag: gauge(
                "analytics_computed_through_lag_days",
                "Business days that have ended after the newest published one",
            )?,
            published_days: gauge("analytics_published_days", "Published business days")?,
            last_success: gauge(
                "analytics_last_success_timestamp_seconds",
                "When a run of the batch last succeeded",
            )?,
            last_run: gauge(
                "analytics_last_run_timestamp_seconds",
                "When the last run ended, or began if it died without a word",
            )?,
            last_run_outcome: labelled(
                "analytics_last_run_outcome",
                "1 for the outcome of the last run, 0 for the others",
                &["outcome"],
            )?,
            last_run_duration: gauge("analytics_last_run_duration_seconds", "How long the last run took")?,
            last_run_suspicious_days: gauge(
                "analytics_last_run_suspicious_days",
                "Days that the last run found far from their forecasts",
            )?,
            lease_held: gauge("analytics_lease_held", "1 while a run holds the lease on publishing")?,
        })
    }

    /// The database answered, with this.
    pub(super) fn read(&self, pulse: &Pulse) {
        set(&self.database_up, 1.0);
        set(&self.published_days, pulse.published_days as f64);
        set(&self.lease_held, f64::from(u8::from(pulse.lease_is_held)));
        if let Some(success) = pulse.last_success {
            set(&self.last_success, seconds(success));
        }
        if let Some(run) = &pulse.last_run {
            self.last_run(run);
            set(&self.last_run_suspicious_days, pulse.suspicious_days as f64);
        }
    }

    fn last_run(&self, run: &Run) {
        set(&self.last_run, seconds(run.finished_at.unwrap_or(run.started_at).and_utc()));
        for outcome in OUTCOMES.map(Outcome::name) {
            let is_it = f64::from(u8::from(run.outcome == outcome));
            self.last_run_outcome.with_label_values(&[outcome]).set(is_it);
        }
        match run.duration_ms {
            Some(milliseconds) => set(&self.last_run_duration, milliseconds as f64 / 1e3),
            // Not the one of the run before.
            None => self.last_run_duration.reset(),
        }
    }

    /// The database did not answer, or cannot be read.
    pub(super) fn unread(&self) {
        set(&self.database_up, 0.0);
    }

    /// What can be told at `now` without asking. `header` is what was last read.
    pub(super) fn at(&self, header: &Header, stale: bool, now: DateTime<Utc>) {
        set(&self.stale, f64::from(u8::from(stale)));
        if let Some(published_at) = header.published_at {
            set(&self.generation, header.generation as f64);
            set(&self.as_of_age, (now - published_at).as_seconds_f64());
        }
        if let (Some(calendar), Some(through)) = (header.calendar, header.computed_through) {
            let days = (calendar.last_ended_day(now) - through).num_days();
            set(&self.lag, days.max(0) as f64);
        }
    }
}

fn set(gauge: &GaugeVec, value: f64) {
    gauge.with_label_values::<&str>(&[]).set(value);
}
