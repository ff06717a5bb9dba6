//! How the database stood when it was last asked, over all workers.
//!
//! A change for the worse is logged once, as a warning, and so is the recovery: a panel that asks every second must not
//! fill the log with one outage.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::analytics_db::answers::{Header, Readiness};

/// After so long without an answer, what was last read counts as stale.
const SILENCE: Duration = Duration::from_secs(30);

/// How the database stood when it was last asked.
#[derive(Debug, Default)]
pub(crate) struct Standing(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    answered: Option<Instant>,
    header: Option<Header>,
    failing: bool,
    unready: bool,
}

impl Standing {
    /// The database answered, and said this.
    pub(crate) fn answered(&self, header: &Header) {
        let mut known = self.known();
        if known.failing {
            log::info!("the database answers again");
        }
        *known = Known {
            answered: Some(Instant::now()),
            header: Some(header.clone()),
            failing: false,
            unready: known.unready,
        };
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

    /// What it last said, if it ever answered.
    pub(crate) fn last_header(&self) -> Option<Header> {
        self.known().header.clone()
    }

    /// Whether at `now` it has not answered for so long that what it last said counts as stale.
    pub(crate) fn is_silent(&self, now: Instant) -> bool {
        self.known().answered.is_none_or(|answered| now.duration_since(answered) >= SILENCE)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // What is known is replaced whole, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_silent_from_30_seconds_after_the_last_answer_on() {
        let standing = Standing::default();
        assert!(standing.is_silent(Instant::now()), "it never answered");
        let before = Instant::now();
        standing.answered(&Header::default());
        let after = Instant::now();
        standing.failed(&"gone");
        assert!(!standing.is_silent(before + Duration::from_millis(29_999)));
        assert!(standing.is_silent(after + Duration::from_secs(30)));
    }
}
