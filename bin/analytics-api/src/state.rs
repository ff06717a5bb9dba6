//! What every handler is given.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::analytics_db::answers::Header;
use serde::Serialize;

use crate::answer::Answer;
use crate::database::Database;
use crate::kept::Answers;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::turns::Turns;

/// A worker's state.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) database: Database,
    pub(crate) answers: Answers,
    pub(crate) turns: Turns,
    pub(crate) metrics: Arc<Metrics>,
}

impl State {
    /// The present.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.database.standing().now()
    }

    /// The answer of `figures` made at `now` from what `header` describes. `missing_dates` are the business days of
    /// its range that should have figures and have none.
    pub(crate) fn answer(
        &self,
        figures: &impl Serialize,
        header: Header,
        now: DateTime<Utc>,
        missing_dates: Vec<NaiveDate>,
    ) -> Result<Answer, Problem> {
        Answer::new(figures, missing_dates, self.database.standing().moment(header, now))
    }
}
