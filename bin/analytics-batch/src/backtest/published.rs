//! The backtest over the restaurant's own published days: what the nightly run would have issued on past nights.
//!
//! Each fold is given the history as it stands today, cut at its origin, and calls what the nightly run calls. Nothing
//! is written and no lease is taken.

use std::num::NonZeroUsize;

use chrono::{Days, NaiveDate};
use domain::analytics_db::{answers, history, special_days};
use domain::calendar::Calendar;
use domain::forecast::evaluation::NaiveError;
use domain::forecast::{Choice, History, Horizons, SpecialDays, issue};
use runtime::database::AsyncMysqlConnection;

use super::figures::{FIGURES, Figure};
use super::folds::Rolling;
use super::judged::{Findings, Judged};
use super::timestamps::Unit;
use super::workers::{on_threads, timed};
use crate::connections::In as _;
use crate::failure::Failure;
use crate::link::Link;
use crate::run::HISTORY_DAYS;

/// The published days and the calendar that they are in.
pub(super) struct Published {
    history: History,
    special: SpecialDays,
    calendar: Calendar,
}

impl Published {
    /// Reads as many days as the folds need.
    ///
    /// # Errors
    /// If analytics_db fails, or nothing is published in it.
    pub(super) async fn load(link: &mut Link<'_>, rolling: Rolling) -> Result<Self, Failure> {
        let load = async |connection: &mut _| Self::read(connection, rolling).await;
        link.step("reading the published days", load).await
    }

    async fn read(connection: &mut AsyncMysqlConnection, rolling: Rolling) -> Result<Self, Failure> {
        let calendar = answers::header(connection).await.in_analytics_db()?.calendar;
        let judged = rolling.horizon + rolling.folds * rolling.step;
        let history = history::published(connection, HISTORY_DAYS + judged as u64).await.in_analytics_db()?;
        let (Some(history), Some(calendar)) = (history, calendar) else {
            return Err(Failure::Data(
                "no day is published in analytics_db: let analytics-batch run first, or give a file with --csv"
                    .to_owned(),
            ));
        };
        let special = SpecialDays::new(special_days::load(connection).await.in_analytics_db()?);
        Ok(Self { history, special, calendar })
    }

    /// Judges each of `choices` on each fold. What is left out is counted and told with the reason.
    pub(super) fn backtest(&self, rolling: Rolling, choices: &[Choice], threads: NonZeroUsize) -> Findings {
        let days = &self.history.days;
        let origins = rolling.origins(days.len());
        let (published, others): (Vec<usize>, Vec<usize>) =
            origins.partition(|seen| days[seen - 1].is_some());
        let mut skipped = rolling.folds - published.len();
        let mut notes: Vec<String> = others
            .iter()
            .map(|seen| format!("{} is not published: no night forecasts from it", self.day(seen - 1)))
            .collect();
        if skipped > others.len() {
            notes.push(format!(
                "there are {} from the first published one to the last, too few for {} of {} folds",
                Unit::Day.counted(days.len()),
                skipped - others.len(),
                rolling.folds
            ));
        }
        let tasks: Vec<(usize, Choice)> =
            published.iter().flat_map(|seen| choices.iter().map(|choice| (*seen, *choice))).collect();
        let judge = |(seen, choice): &(usize, Choice)| self.judge(*seen, *choice, rolling.horizon);
        let mut judged: Vec<Judged> = Vec::with_capacity(FIGURES.len() * tasks.len());
        for result in on_threads(threads, &tasks, judge) {
            match result {
                Ok(figures) => judged.extend(figures),
                Err(why) => {
                    skipped += 1;
                    notes.push(why);
                }
            }
        }
        // Stable: a fold's choices stay in their order.
        judged.sort_by_key(|fold| (fold.subject, fold.cutoff));
        let subjects = FIGURES.map(Figure::subject).to_vec();
        Findings {
            subjects,
            judged,
            choices: choices.to_vec(),
            apart: true,
            horizon: rolling.horizon,
            skipped,
            notes,
        }
    }

    fn day(&self, index: usize) -> NaiveDate {
        self.history.first_day + Days::new(index as u64)
    }

    /// One night: the forecasts from the first `seen` days, held against the `horizon` days after them.
    fn judge(&self, seen: usize, choice: Choice, horizon: usize) -> Result<[Judged; FIGURES.len()], String> {
        let (past, coming) = self.history.days.split_at(seen);
        let coming = &coming[..horizon.min(coming.len())];
        let first = usize::try_from(HISTORY_DAYS).map_or(0, |known| seen.saturating_sub(known));
        let known = History { first_day: self.day(first), days: past[first..].to_vec() };
        // At least as far as the nightly run: a model is chosen for all horizons that are issued.
        let nightly = Horizons::default();
        let farthest = u32::try_from(horizon).unwrap_or(u32::MAX);
        let horizons = Horizons { daily: nightly.daily.max(farthest), ..nightly };
        let (issued, time) = timed(|| issue(&known, &self.special, horizons, &self.calendar, choice));
        let origin = self.day(seen - 1);
        let issued = issued.map_err(|why| format!("{origin} by {}: {why}", choice.name()))?;
        let mut subjects = 0..;
        Ok(FIGURES.map(|figure| {
            let first = figure.first_step_of(origin + Days::new(1));
            Judged {
                subject: subjects.next().unwrap_or_default(),
                cutoff: first - 1,
                choice,
                served: figure.model(&issued),
                naive: NaiveError::of(&figure.truths(&known.days), figure.season()),
                first,
                steps: figure.points(&issued, coming),
                time,
            }
        }))
    }
}
