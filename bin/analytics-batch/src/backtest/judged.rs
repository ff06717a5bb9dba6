//! What came of the folds, in the order in which it is told.

use std::time::Duration;

use domain::forecast::Choice;
use domain::forecast::evaluation::{NaiveError, Point};

use super::timestamps::Unit;

/// A series that is judged.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) id: String,
    pub(super) unit: Unit,
}

/// One fold of one subject by one choice of model.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) subject: usize,
    pub(super) cutoff: i64,
    pub(super) choice: Choice,
    /// The model that the forecasts come from.
    pub(super) served: &'static str,
    /// What the fold's errors are scaled by.
    pub(super) naive: Option<NaiveError>,
    /// The first step.
    pub(super) first: i64,
    /// The steps from the first on; None where the truth is missing.
    pub(super) steps: Vec<Option<Point>>,
    /// Processor time that the forecast took, the choice included.
    pub(super) time: Duration,
}

/// Everything that a backtest found.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) subjects: Vec<Subject>,
    /// By subject, then cutoff; a fold's choices together, in the order in which they were asked for.
    pub(super) judged: Vec<Judged>,
    pub(super) choices: Vec<Choice>,
    /// Whether the subjects are figures of their own, which no sum may mix.
    pub(super) apart: bool,
    pub(super) horizon: usize,
    /// Folds that were left out.
    pub(super) skipped: usize,
    /// What was left out, and why.
    pub(super) notes: Vec<String>,
}
