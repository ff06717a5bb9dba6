//! How much history a forecast stands on, in words for the run ledger.

use std::fmt;

use serde::Serialize;

use super::history::Span;

/// Days since the first opening below which nothing is forecast: each weekday must have come up twice, or no model
/// could be held against another.
pub(super) const FIRST_FORECAST: usize = 14;

/// Days since the first opening from which a forecast is no longer provisional.
pub(super) const FULL_HISTORY: usize = 56;

/// Published days, of those since the first opening, below which nothing is forecast.
pub(super) const LEAST_PUBLISHED: usize = 7;

/// How far a forecast can be trusted, by the length of the history it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Under eight weeks: the model has hardly been tested and the intervals are wide.
    Provisional {
        /// Days since the first opening.
        days: usize,
    },
    /// Eight weeks or more.
    Full,
}

impl Stage {
    /// The stage of a history.
    pub(super) fn of(span: &Span<'_>) -> Result<Self, TooLittleHistory> {
        let (days, published) = (span.days.len(), span.published());
        if days < FIRST_FORECAST {
            return Err(TooLittleHistory::TooShort { days });
        }
        if published < LEAST_PUBLISHED {
            return Err(TooLittleHistory::TooFewPublished { days, published });
        }
        Ok(if days < FULL_HISTORY { Self::Provisional { days } } else { Self::Full })
    }
}

impl Stage {
    /// `provisional` or `full`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisional { .. } => "provisional",
            Self::Full => "full",
        }
    }

    /// Why it is not full; none if it is.
    #[must_use]
    pub fn reason(self) -> Option<String> {
        match self {
            Self::Provisional { days } => {
                Some(format!("{days} days since the first open day, full from {FULL_HISTORY}"))
            }
            Self::Full => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.reason().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

/// Why nothing is forecast yet. Not a failure of the run: it goes into the ledger as the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLittleHistory {
    /// No published day has an order.
    #[error("no published day has a served order yet")]
    NeverOpen,
    /// The first open day is too recent.
    #[error("{days} days since the first open day; forecasts begin with {FIRST_FORECAST}")]
    TooShort {
        /// Days from the first open day to the last published one, both included.
        days: usize,
    },
    /// Long enough, but mostly missing.
    #[error(
        "only {published} of the {days} days since the first open day are published; forecasts begin with \
         {LEAST_PUBLISHED}: publish the missing ones"
    )]
    TooFewPublished {
        /// Days from the first open day to the last published one, both included.
        days: usize,
        /// How many of them are published.
        published: usize,
    },
}
