//! What a route answers with, apart from how it is sent: figures, and what they were made from.
//!
//! The figures are rendered once and never change; `meta.stale` does, when the database falls silent or a day becomes
//! overdue, and then only the meta is rendered anew.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use crate::csv::{Table, csv};
use crate::meta::Meta;
use crate::problem::Problem;
use crate::standing::Moment;

/// What an answer is sent as.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Format {
    /// All of it.
    Json,
    /// Its list, one of these.
    Csv(&'static [Table]),
}

/// The figures of an answer and what they depend on.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// A JSON object without its closing brace: the meta follows as its last member.
    figures: Vec<u8>,
    missing_dates: Vec<NaiveDate>,
    moment: Arc<Moment>,
}

impl Answer {
    /// An answer of `figures`, which serialise as an object with at least one member. `missing_dates` are the business
    /// days of its range that should have figures and have none.
    pub(crate) fn new(
        figures: &impl Serialize,
        missing_dates: Vec<NaiveDate>,
        moment: Moment,
    ) -> Result<Self, Problem> {
        let mut figures = json(figures)?;
        figures.pop();
        Ok(Self { figures, missing_dates, moment: Arc::new(moment) })
    }

    /// The body in this format. CSV has no room for the meta.
    pub(crate) fn body(&self, format: Format, stale: bool) -> Result<Vec<u8>, Problem> {
        match format {
            Format::Json => self.json(stale),
            Format::Csv(tables) => csv(&self.value()?, tables),
        }
    }

    fn value(&self) -> Result<Value, Problem> {
        let text = [&*self.figures, b"}"].concat();
        serde_json::from_slice(&text).map_err(|error| {
            log::error!("an answer cannot be read again: {error}");
            Problem::internal()
        })
    }

    fn json(&self, stale: bool) -> Result<Vec<u8>, Problem> {
        let meta = json(&Meta::new(&self.moment.header, &self.missing_dates, stale))?;
        Ok([&*self.figures, b",\"meta\":", &meta, b"}"].concat())
    }

    /// Whether it would be the same if it were made at `moment`.
    pub(crate) fn is_of(&self, moment: &Arc<Moment>) -> bool {
        Arc::ptr_eq(&self.moment, moment) || self.moment == *moment
    }

    /// Whether it was made from figures that a run has published. The old service changes its own without a word.
    pub(crate) fn is_published(&self) -> bool {
        self.moment.header.published_at.is_some()
    }

    /// Whether a business day was overdue when it was made.
    pub(crate) fn was_overdue(&self) -> bool {
        self.moment.overdue
    }

    /// Bytes that it keeps in memory.
    pub(crate) fn weight(&self) -> usize {
        self.figures.len()
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(|error| {
        log::error!("an answer cannot be written as JSON: {error}");
        Problem::internal()
    })
}
