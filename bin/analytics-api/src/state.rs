//! What every handler is given.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use domain::analytics_db::answers::Header;
use domain::dayparts::Daypart;
use runtime::database::{BuildError, Session, pool};
use runtime::settings::DatabaseSettings;
use serde::Serialize;

use crate::answer::Answer;
use crate::database::Database;
use crate::kept::Answers;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::rendered::Rendered;
use crate::standing::Standing;
use crate::turns::Turns;

/// A worker's state.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) database: Database,
    pub(crate) answers: Answers,
    pub(crate) turns: Turns,
    pub(crate) dayparts: Arc<[Daypart]>,
    pub(crate) metrics: Arc<Metrics>,
    /// The OpenAPI document.
    pub(crate) document: Arc<Rendered>,
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

/// What workers make their states from: what they share, and what each is given of its own.
#[derive(Clone)]
pub(crate) struct Workers {
    /// The database, with as many connections as a worker may have.
    pub(crate) database: DatabaseSettings,
    pub(crate) request_timeout: Duration,
    pub(crate) standing: Arc<Standing>,
    pub(crate) answers: Answers,
    /// The parts of a day, with the hours that are in none as the last.
    pub(crate) dayparts: Arc<[Daypart]>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) document: Arc<Rendered>,
}

impl Workers {
    /// The state of the worker on whose thread this is called: a pool belongs to the runtime that it is used on.
    pub(crate) fn state(&self) -> Result<State, BuildError> {
        let pool = pool(&self.database, Session::ApiReader)?;
        let turns = Turns::new(self.database.max_connections, self.request_timeout);
        self.metrics.watch(pool.clone(), turns.clone());
        let database = Database::new(pool, self.request_timeout, Arc::clone(&self.standing));
        Ok(State {
            database,
            answers: self.answers.clone(),
            turns,
            dayparts: Arc::clone(&self.dayparts),
            metrics: Arc::clone(&self.metrics),
            document: Arc::clone(&self.document),
        })
    }
}
