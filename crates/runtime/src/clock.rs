//! The present, which a test or a replay may fix.
//!
//! Every program takes the time from here and nowhere else, so that a run can be repeated at any moment. Leases do
//! not use it: two machines agree on the database's clock, not on their own.

use chrono::{DateTime, Utc};

/// Where the time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still.
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// The machine's clock, or one that stands at `now`, which is logged as a warning: a process left running so
    /// would take the same moment for the present for ever.
    #[must_use]
    pub fn from_override(now: Option<DateTime<Utc>>) -> Self {
        now.map_or(Self::System, |instant| {
            log::warn!("the clock is fixed at {}: for tests and replays only", instant.to_rfc3339());
            Self::Fixed(instant)
        })
    }

    /// The present.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Fixed(instant) => *instant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_still() {
        let instant = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(Clock::from_override(Some(instant)).now(), instant);
    }

    #[test]
    fn the_system_clock_advances() {
        let clock = Clock::from_override(None);
        let before = clock.now();
        assert!(clock.now() >= before);
        assert!(before > DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    }
}
